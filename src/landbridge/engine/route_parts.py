"""Parts of a route's hours, and which of many routes are different enough to be shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from landbridge import routing
from landbridge.network import ARC_KINDS, LAYERS, Network
from landbridge.routing import Route, TrafficClass

SHARED: Final = 0.6  # largest share of a route's kilometres on arcs of one already shown (assumed)
BASES: Final = ("observed", "estimated", "assumed")  # Network.basis
_NAMES: Final = {
    "line": "moving",
    "border": "borders",
    "gauge": "gauge changes",
    "passage": "passages",
    "port": "ports",
    "terminal": "terminals",
}


@dataclass(frozen=True, slots=True)
class HoursPart:
    """Hours of one kind on a way. `basis`: where most of them come from, observed, estimated or assumed."""

    name: str  # moving, driver rest, borders, gauge changes, passages, ports, terminals
    time_h: float
    basis: str


@dataclass(frozen=True, slots=True)
class Way:
    """A route with the ship it goes by ("" without a sea leg) and the class it was found for."""

    route: Route
    ship: str
    cls: TrafficClass


def hours_parts(network: Network, cls: TrafficClass, route: Route) -> tuple[HoursPart, ...]:
    """The hours of a route by what they are spent on, those that are none left out; they add up to its time."""
    arcs = route.arcs
    time_h = routing.components(network, cls).time_h[arcs]
    kind = network.arc_kind[arcs]
    rest = np.zeros(len(arcs))
    if cls.time_factor is not None:  # of a road's hours those beyond driving are rest
        road = (kind == ARC_KINDS.index("line")) & (network.arc_layer[arcs] == LAYERS.index("road"))
        rest[road] = (network.time_h[arcs] * (cls.time_factor[network.arc_layer[arcs]] - 1.0))[road]
    out = []
    for position, name in enumerate(ARC_KINDS):
        mine = kind == position
        hours = np.where(mine, time_h - rest, 0.0)
        out.append(HoursPart(_NAMES[name], float(hours.sum()), _basis(network, arcs, hours)))
        if name == "line":
            out.append(HoursPart("driver rest", float(rest.sum()), "estimated"))
    return tuple(p for p in out if p.time_h > 0)


def _basis(network: Network, arcs: NDArray[np.int64], hours: NDArray[np.float64]) -> str:
    """What most of the hours rest on."""
    if not len(arcs):
        return BASES[1]
    return BASES[int(np.argmax(np.bincount(network.basis[arcs], weights=hours, minlength=len(BASES))))]


def different(found: Sequence[Way], network: Network, count: int) -> tuple[Way, ...]:
    """Up to `count` ways in order of generalised cost: the best, the best that avoids its largest choke point, and
    others which share no more than SHARED of their kilometres with any shown. Two ships on one lane are one way."""
    if not found:
        return ()
    ordered = sorted(found, key=lambda w: w.route.generalised_usd)
    chosen = [ordered[0]]
    same_class = [w for w in found if w.cls is ordered[0].cls]
    avoided = next((w.route.avoids for w in same_class if w.route.avoids), "")
    if count > 1 and avoided:
        chosen.append(next(w for w in ordered if not _touches(w.route, avoided)))
    for way in ordered:
        if len(chosen) >= count:
            break
        if all(_shared(network, way.route, other.route) <= SHARED for other in chosen):
            chosen.append(way)
    return tuple(sorted(chosen, key=lambda w: w.route.generalised_usd))


def _touches(route: Route, point: str) -> bool:
    return point in route.countries or any(stop.id == point for stop in route.stops)


def _shared(network: Network, route: Route, other: Route) -> float:
    """Share of a route's kilometres on arcs of another; 1 where it has none."""
    km = network.length_km[route.arcs]
    total = float(km.sum())
    return float(km[np.isin(route.arcs, other.arcs)].sum()) / total if total > 0 else 1.0
