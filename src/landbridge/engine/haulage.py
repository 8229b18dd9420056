"""Lorries across borders that need a permit for every trip: what such haulage costs beyond its kilometres and hours.

Outside areas of free haulage (data/assignment/haulage_areas.csv) two states exchange a number of trip permits a year
and let no foreign lorry carry between their own towns or to a third country: hauliers wait for papers, hand over at the
border, and come back empty. Published figures say that it binds, not what it costs a lorry, so one number stands for
all of it: a share of the road's own cost, for each such border up to two (the start's side and the end's).
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from landbridge import tables
from landbridge.network import LAYERS, Network

Floats = NDArray[np.float64]

# Of the cost of the way by road, money and hours, for each border with permits: as if the lorry came back empty. Fitted
# by `python -m tools.modes --fit` on two corridors, Kazakhstan - China and EU to China, that gave 1.06, and rounded;
# all other rows of data/assignment/mode_shares.csv are a test.
PERMIT_SHARE: Final = 1.0
MOST_PERMITS: Final = 2.0
# What a kilometre by road takes in the atlas on average: USD per TEU on its lines, hours at 50 km/h, 15 hours a day.
_USD_TEU_KM: Final = 0.71
_HOURS_KM: Final = 24.0 / (50.0 * 15.0)
_T_PER_TEU: Final = 12.0  # as the atlas has it for bulk


@cache
def _areas() -> tuple[frozenset[str], ...]:
    return tuple(frozenset(members.split()) for members in tables.shipped("assignment/haulage_areas")["members"])


def free(one: str, other: str) -> bool:
    """Whether lorries of two territories carry between them without a permit for the trip."""
    return one == other or any(one in area and other in area for area in _areas())


def permit_arcs(network: Network) -> NDArray[np.bool_]:
    """Arcs by road between two territories that need permits, [m]."""
    tail, head = network.node_country[network.tail], network.node_country[network.head]
    crossing = (network.arc_layer == LAYERS.index("road")) & (tail != head) & (tail != "") & (head != "")
    out = np.zeros(network.n_arcs, np.bool_)
    at = np.flatnonzero(crossing)
    pairs, which = np.unique(np.stack([tail[at], head[at]]), axis=1, return_inverse=True)
    needs = np.array([not free(str(a), str(b)) for a, b in pairs.T], np.bool_)
    out[at] = needs[which.ravel()]
    return out


def permit_km(road_km: Floats, permits: Floats) -> Floats:
    """Kilometres by road times the borders with permits that are paid for."""
    return np.where(permits > 0, road_km, 0.0) * np.minimum(permits, MOST_PERMITS)


def extra_usd(permit_km: Floats, boxed: bool, load_t: float, hour_usd: float) -> Floats:
    """USD per tonne (of `load_t` tonnes in a TEU where boxed) at a value of time in USD per tonne and hour, [r]."""
    per_km = _USD_TEU_KM / (load_t if boxed else _T_PER_TEU) + _HOURS_KM * hour_usd
    return np.asarray(PERMIT_SHARE * per_km * permit_km, np.float64)


__all__ = ["MOST_PERMITS", "PERMIT_SHARE", "extra_usd", "free", "permit_arcs", "permit_km"]
