"""Edits: pure functions from a Network to a new one. `where` is what `names.arcs_at` accepts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from landbridge.errors import BadInput, Fault
from landbridge.network.names import arcs_at
from landbridge.network.records import Network

_T = TypeVar("_T", bound=np.generic)


def close(net: Network, where: str | Sequence[str], share: float = 1.0) -> Network:
    """Take `share` of the capacity away; 1 shuts the arcs.

    A share below 1 acts on capacities: an arc whose capacity is unknown (NaN) keeps it, since an unknown capacity
    never binds (`capacity_known` tells where that is so). UnknownName, BadInput where share is outside 0..1.
    """
    if not 0.0 <= share <= 1.0:
        raise BadInput(f"share = {share:g} is not between 0 and 1", "close", "1 shuts, 0.5 takes half of the capacity")
    arcs = arcs_at(net, where)
    if share == 1.0:
        return replace(net, closed=_with(net.closed, arcs, True))
    left = 1.0 - share
    return replace(
        net,
        capacity_teu_yr=_with(net.capacity_teu_yr, arcs, net.capacity_teu_yr[arcs] * left),
        capacity_t_yr=_with(net.capacity_t_yr, arcs, net.capacity_t_yr[arcs] * left),
    )


def capacity_known(net: Network, where: str | Sequence[str]) -> float:
    """Share of the arcs of `where` that have a capacity in either unit, 0..1."""
    arcs = arcs_at(net, where)
    known = np.isfinite(net.capacity_teu_yr[arcs]) | np.isfinite(net.capacity_t_yr[arcs])
    return float(known.mean())


def reopen(net: Network, where: str | Sequence[str]) -> Network:
    """End closures, by scenario or by status (the Northern Sea Route, a port not yet open)."""
    return replace(net, closed=_with(net.closed, arcs_at(net, where), False))


def improve(
    net: Network,
    where: str | Sequence[str] | NDArray[np.int64],
    *,
    time_factor: float = 1.0,
    cost_factor: float = 1.0,
    capacity_factor: float = 1.0,
    time_h: float | None = None,
    cost_usd_teu: float | None = None,
) -> Network:
    """Change existing arcs: factors multiply hours, money (USD/TEU and USD/t) and capacity; `time_h` and
    `cost_usd_teu` set the figure of each arc before the factors act. A country means its borders and ports; numbers of
    arcs are taken as they are.

    UnknownName, BadInput where a figure is negative or not finite. The changed hours and money become `assumed`.
    """
    _require(
        {"time_factor": time_factor, "cost_factor": cost_factor, "capacity_factor": capacity_factor},
        {"time_h": time_h, "cost_usd_teu": cost_usd_teu},
    )
    arcs = where if isinstance(where, np.ndarray) else arcs_at(net, where)
    hours = net.time_h[arcs] if time_h is None else np.full(len(arcs), time_h)
    money = net.cost_usd_teu[arcs] if cost_usd_teu is None else np.full(len(arcs), cost_usd_teu)
    return replace(
        net,
        time_h=_with(net.time_h, arcs, hours * time_factor),
        cost_usd_teu=_with(net.cost_usd_teu, arcs, money * cost_factor),
        cost_usd_t=_with(net.cost_usd_t, arcs, net.cost_usd_t[arcs] * cost_factor),
        capacity_teu_yr=_with(net.capacity_teu_yr, arcs, net.capacity_teu_yr[arcs] * capacity_factor),
        capacity_t_yr=_with(net.capacity_t_yr, arcs, net.capacity_t_yr[arcs] * capacity_factor),
        basis=_with(net.basis, arcs, np.int8(2)),
    )


def _require(factors: dict[str, float], figures: dict[str, float | None]) -> None:
    given = {**factors, **{k: v for k, v in figures.items() if v is not None}}
    faults = [
        Fault(f"{name} = {value:g} is not a figure of 0 or more", "improve", "0.5 halves, 1 changes nothing")
        for name, value in given.items()
        if not (np.isfinite(value) and value >= 0)
    ]
    if faults:
        raise BadInput(faults)


def _with(values: NDArray[_T], where: NDArray[np.int64], new: Any) -> NDArray[_T]:
    changed = values.copy()
    changed[where] = new
    return changed
