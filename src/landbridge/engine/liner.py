"""Liner services: what a box pays for a port where few ships call (waiting, a feeder leg, a service that is not there).

With N services, each with its own luck (Gumbel) for a shipper, the best of them is worth scale x ln N (the logsum of
McFadden 1978): a port with fewer calls is dearer by CALLS_USD x ln(most calls / calls). One figure for all ports.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from landbridge import tables
from landbridge.network import ARC_KINDS, Network
from landbridge.routing import TrafficClass

# USD per TEU and e-fold of calls. Fitted by `python -m tools.port_calls` on the half of the thirty largest ports that
# data/assignment/counts.csv gives to the fit; the other half is a test (docs/validation/assignment.md).
CALLS_USD: Final = 50.0
_FEWEST: Final = 12.0  # calls a year where none were counted: once a month, assumed
_PORT: Final = ARC_KINDS.index("port")


@cache
def _calls() -> dict[str, float]:
    table = tables.shipped("assignment/port_calls")
    return dict(zip(table["port"], table["container_calls_yr"].astype(float).clip(lower=_FEWEST)))


def surcharge_usd(network: Network) -> NDArray[np.float64]:
    """USD per TEU on the arcs of ports, 0 elsewhere, [m]. A port that nobody counted (a new one) is a median port."""
    known = _calls()
    most = max(known.values())
    usual = float(np.median([n for n in known.values() if n > _FEWEST]))
    by_tag = np.array([CALLS_USD * np.log(most / known.get(t.id, usual)) for t in network.tags] + [0.0])
    return np.where(network.arc_kind == _PORT, by_tag[network.arc_tag], 0.0)


def without_terminal(network: Network) -> NDArray[np.bool_]:
    """Arcs of ports where no container ship is counted and the atlas knows no container terminal, [m].

    An economy without any other port keeps its own: goods that must be boxed somewhere are boxed there.
    """
    known = _calls()
    at = network.arc_kind == _PORT
    calls = np.array([known.get(t.id, np.inf) for t in network.tags] + [np.inf])[network.arc_tag]
    tail, head = network.node_country[network.tail], network.node_country[network.head]
    land = np.where(tail != "", tail, head)
    served = set(land[at & (calls > _FEWEST)].tolist())
    return np.asarray(at & (calls <= _FEWEST) & np.isin(land, list(served)), np.bool_)


def called(network: Network, cls: TrafficClass) -> TrafficClass:
    """A class of container ships with the surcharge on its ports, and none where no such ship can berth."""
    extra = surcharge_usd(network)
    blocked = without_terminal(network)
    return replace(
        cls, add_cost_usd=extra if cls.add_cost_usd is None else cls.add_cost_usd + extra,
        blocked=blocked if cls.blocked is None else cls.blocked | blocked,
    )  # fmt: skip
