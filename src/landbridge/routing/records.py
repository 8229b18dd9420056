"""What routing takes and gives: traffic classes in; matrices, routes and blockers out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class TrafficClass:
    """Who moves: everything that turns a Network into weights. Arrays are [m] by arc unless said otherwise.

    `unit` picks the cost column (`cost_usd_teu` or `cost_usd_t`); the value of time is per that unit. `layers` are the
    names of `network.LAYERS` that may be used; "city" always is. `blocked` arcs may not be used, and `reason` says why
    (index into `reasons`, -1 none). The addends come from rules. The factors are [len(LAYERS)] and multiply the hours
    and the money of line arcs, for slower or dearer vessels and trains. `ends_only` nodes, [n], may be where a way
    starts or ends, never what it passes through: inland cities, for ships that must not change ports by lorry.
    """

    name: str
    unit: Literal["teu", "t"]
    value_of_time_usd_h: float
    layers: tuple[str, ...]
    blocked: NDArray[np.bool_] | None = None
    reason: NDArray[np.int32] | None = None
    reasons: tuple[str, ...] = ()
    add_time_h: NDArray[np.float64] | None = None
    add_cost_usd: NDArray[np.float64] | None = None
    time_factor: NDArray[np.float64] | None = None
    cost_factor: NDArray[np.float64] | None = None
    ends_only: NDArray[np.bool_] | None = None


@dataclass(frozen=True, slots=True)
class Components:
    """What one unit meets on each arc, [m]: kilometres, hours, dollars, and their generalised cost in dollars.

    generalised_usd = cost_usd + value of time x time_h; inf on arcs that the class may not use.
    """

    generalised_usd: NDArray[np.float64]
    length_km: NDArray[np.float64]
    time_h: NDArray[np.float64]
    cost_usd: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Matrices:
    """Least generalised cost and its parts, [o, d] = origin row, destination column. inf = no way; 0 only from a node
    to itself or along arcs that truly cost nothing."""

    generalised_usd: NDArray[np.float64]
    length_km: NDArray[np.float64]
    time_h: NDArray[np.float64]
    cost_usd: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Leg:
    """A stretch of a route in one layer, or one transfer. `mode` is rail, road, sea, inland, air, or the transfers
    terminal, port, gauge. Hours and money include the borders and passages inside the stretch, and rules' addends."""

    mode: str
    origin: str
    destination: str
    length_km: float
    time_h: float
    cost_usd: float
    gauge_mm: int | None
    countries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stop:
    """A named thing on the way: crossing, gauge_change, port, passage, corridor or project, with what it costs."""

    id: str
    name: str
    kind: str
    time_h: float
    cost_usd: float


@dataclass(frozen=True, slots=True)
class Route:
    """One way from origin to destination. `arcs` index the network's arcs in order; `lonlat` is [points, 2]."""

    origin: str
    destination: str
    generalised_usd: float
    length_km: float
    time_h: float
    cost_usd: float
    legs: tuple[Leg, ...]
    stops: tuple[Stop, ...]
    countries: tuple[str, ...]
    arcs: NDArray[np.int64]
    lonlat: NDArray[np.float64]
    avoids: str = ""  # id of the passage or crossing, or ISO3 of the country, that this way was found to avoid

    def named(self, kind: str) -> tuple[str, ...]:
        """Names of the stops of one kind, in order."""
        return tuple(s.name for s in self.stops if s.kind == kind)

    @property
    def crossings(self) -> tuple[str, ...]:
        """Names of the border crossings, in order."""
        return self.named("crossing")

    @property
    def gauge_changes(self) -> tuple[str, ...]:
        """Names of the places where the gauge changes, in order."""
        return self.named("gauge_change")

    @property
    def passages(self) -> tuple[str, ...]:
        """Names of the straits and canals, in order."""
        return self.named("passage")

    @property
    def ports(self) -> tuple[str, ...]:
        """Names of the ports, in order."""
        return self.named("port")


@dataclass(frozen=True, slots=True)
class Blocker:
    """One closure or rule that stands in the way. `kind`: "closure" (a shut tag, or shut arcs without one) or
    "reason" (a reason of the class, such as a rule id). `arcs` are the arcs it blocks on the way it would open."""

    kind: Literal["closure", "reason"]
    id: str
    name: str
    arcs: tuple[int, ...]
