"""Hard capacities for a nested logit in the logarithm of cost: rents such that no place carries more than it can.

The choice is not the gradient of a potential, so no one programme yields it. At given rents its shares are those of an
entropic programme (`route_set.linear_twin`); that is solved for new rents (`entropic.solve`, with its duality gap), and
so on until the rents repeat themselves: then loads, rents and capacities are complementary in the choice itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from landbridge.assignment import route_set
from landbridge.assignment.entropic import solve
from landbridge.assignment.entropic_records import Shipments, assets
from landbridge.assignment.route_set import RouteSet
from landbridge.errors import BadInput, NotConverged

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TOLERANCE: float = 1e-6  # relative excess over a capacity, and relative slack under a rent
_MOST_ROUNDS: int = 60
_LITTLE: float = 1e-6  # of a capacity: pairs that could load less do not move its rent
_FAR: float = 2.0  # times the best route of pair and nest: 2 ** -16 is no share


@dataclass(frozen=True, slots=True)
class Batch:
    """Shipments of one kind of goods on a route set: q pairs, r routes, n nests."""

    routes: RouteSet
    usd: Floats  # [r] cost per unit of demand without rents, inf = shut
    log_odds: Floats  # [n] of the nests at equal cost
    demand: Floats  # [q]
    outside: Floats  # [q] cost beyond which shipping is given up
    boxes: float  # TEU per unit of demand, 0 for bulk
    tonnes: float  # tonnes per unit of demand


@dataclass(frozen=True, slots=True)
class Choice:
    """What a batch does at given rents."""

    flow: Floats  # [r]
    composite: Floats  # [q] inf = no way
    shipped: Floats  # [q]


@dataclass(frozen=True, slots=True)
class Rents:
    """USD per TEU and per tonne at each place [p], and how exactly they were found."""

    usd_teu: Floats
    usd_t: Floats
    teu: Floats  # [p] load
    tonnes: Floats  # [p]
    rounds: int
    residual: float  # largest relative breach of load <= capacity, or slack under a rent, in the choice itself
    duality_gap: float  # of the last entropic programme
    violation: float  # largest relative excess over a capacity in the last entropic programme


def choose(batch: Batch, usd_teu: Floats, usd_t: Floats, sigma: float, sigma_route: float) -> Choice:
    """Shares of a batch at rents by place [p]."""
    r = batch.routes
    out = Choice(np.empty(len(batch.usd)), np.empty(r.n_pairs), np.empty(r.n_pairs))
    route_set.nested(
        r.pair_ptr, r.nest, batch.usd, _toll(batch, usd_teu, usd_t), r.path_size, batch.log_odds, sigma, sigma_route,
        batch.demand, batch.outside, out.flow, out.composite, out.shipped,
    )  # fmt: skip
    return out


def find_rents(
    batches: Sequence[Batch],
    capacity_teu: Floats,
    capacity_t: Floats,
    sigma: float,
    sigma_route: float,
    start: tuple[Floats, Floats] | None = None,
    tolerance: float = TOLERANCE,
) -> Rents:
    """Rents at places [p] whose capacities [p] (inf: none) would be exceeded without them; 0 elsewhere.

    A place of no capacity must not be passed by any route at finite cost (BadInput). NotConverged where the rents do
    not settle, Infeasible where a capacity must be broken.
    """
    room = np.concatenate([capacity_teu, capacity_t])
    n = len(capacity_teu)
    price = np.zeros(2 * n) if start is None else np.where(np.isfinite(room), np.concatenate(start), 0.0)
    gap = violation = 0.0
    active = price > 0
    rounds = 0
    while True:
        load = _loads(batches, price[:n], price[n:], sigma, sigma_route)
        residual = _breach(load, room, price)
        if np.any(load[room == 0] > 0):
            raise BadInput(
                f"{int(np.sum(load[room == 0] > 0))} places of no capacity are passed", "find_rents", "shut them"
            )
        if residual <= tolerance:
            return Rents(price[:n], price[n:], load[:n], load[n:], rounds, residual, gap, violation)
        active |= load > room
        rows = np.flatnonzero(active & (room > 0))
        near = _near(batches, rows, room, price)
        fixed = load - _loads(near, price[:n], price[n:], sigma, sigma_route)
        while residual > 0.5 * tolerance:
            if rounds == _MOST_ROUNDS:
                raise NotConverged("rents of bottlenecks", residual, f"they do not settle within {rounds} rounds")
            rounds += 1
            ship = _programme(near, rows, price, sigma, sigma_route)
            # the rest loads little and takes its room first; its own answer to the rents comes with the next turn
            found = solve(ship, assets(np.maximum(room - fixed, 1e-3 * room)[rows]), price[rows])
            price = np.zeros(2 * n)
            price[rows] = found.price
            gap, violation = found.duality_gap, found.violation
            residual = _breach(
                (_loads(near, price[:n], price[n:], sigma, sigma_route) + fixed)[rows], room[rows], price[rows]
            )


def _near(batches: Sequence[Batch], rows: Ints, room: Floats, price: Floats) -> list[Batch]:
    """The pairs that matter to the rows, with the routes that could carry anything."""
    n = len(room) // 2
    row = np.zeros(2 * n, bool)
    row[rows] = True
    out = []
    for batch in batches:
        r = batch.routes
        least = np.full(n, np.inf)
        for units, here in ((batch.boxes, slice(0, n)), (batch.tonnes, slice(n, 2 * n))):
            if units > 0:
                least = np.minimum(least, np.where(row[here], _LITTLE * room[here] / units, np.inf))
        usd = batch.usd + _toll(batch, price[:n], price[n:])
        pairs, kept = route_set.near(r.pair_ptr, r.nest, r.use_ptr, r.place, usd, batch.demand, least, _FAR)
        if pairs.any():
            routes, which = route_set.part(r, pairs, kept)
            out.append(
                replace(
                    batch, routes=routes, usd=batch.usd[which], demand=batch.demand[pairs], outside=batch.outside[pairs]
                )
            )
    return out


def _toll(batch: Batch, usd_teu: Floats, usd_t: Floats) -> Floats:
    out = np.zeros(len(batch.usd))
    if usd_t.any() or (batch.boxes > 0 and usd_teu.any()):
        route_set.tolls(batch.routes.use_ptr, batch.routes.place, batch.boxes * usd_teu + batch.tonnes * usd_t, out)
    return out


def _loads(batches: Sequence[Batch], usd_teu: Floats, usd_t: Floats, sigma: float, sigma_route: float) -> Floats:
    """TEU, then tonnes, at every place [2 p]."""
    n = len(usd_teu)
    out = np.zeros(2 * n)
    for batch in batches:
        flow = choose(batch, usd_teu, usd_t, sigma, sigma_route).flow
        units = np.zeros(n)
        route_set.loads(batch.routes.use_ptr, batch.routes.place, flow, 1.0, units)
        out[:n] += batch.boxes * units
        out[n:] += batch.tonnes * units
    return out


def _breach(load: Floats, room: Floats, price: Floats) -> float:
    known = np.isfinite(room) & (room > 0)
    over = (load[known] - room[known]) / room[known]
    return float(np.where(price[known] > 0, np.abs(over), np.maximum(over, 0.0)).max(initial=0.0))


def _programme(batches: Sequence[Batch], rows: Ints, price: Floats, sigma: float, sigma_route: float) -> Shipments:
    """The entropic programme of batches under the capacities of some rows (places of TEU, then of tonnes)."""
    n = len(price) // 2
    row = np.full(2 * n, -1, np.int64)
    row[rows] = np.arange(len(rows))
    parts = []
    for b in batches:
        r, toll = b.routes, _toll(b, price[:n], price[n:])
        parts.append(
            route_set.linear_twin(
                r.pair_ptr, r.nest, r.use_ptr, r.place, b.usd, toll, r.path_size, b.log_odds, sigma, sigma_route,
                b.demand, b.outside, row[:n], b.boxes, row[n:], b.tonnes,
            )
        )  # fmt: skip
    columns = list(zip(*parts))
    demand, theta, mode_theta, outside = (np.concatenate(columns[i]) for i in range(4))
    nest_ptr, chain_ptr, use_ptr = (_chain_pointers(columns[i]) for i in (4, 5, 8))
    cost, size, asset, weight = (np.concatenate(columns[i]) for i in (6, 7, 9, 10))
    return Shipments(
        demand, theta, mode_theta, outside, np.zeros(len(demand), bool), nest_ptr, chain_ptr, cost, size, use_ptr,
        asset, weight,
    )  # fmt: skip


def _chain_pointers(parts: Sequence[Ints]) -> Ints:
    """Pointers of arrays put one after another."""
    ends = np.cumsum([0, *(p[-1] for p in parts)])
    return np.concatenate([[0], *(p[1:] + e for p, e in zip(parts, ends))]).astype(np.int64)
