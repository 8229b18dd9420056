"""Hard capacities for a nested logit in the logarithm of cost: rents such that no place carries more than it can.

The choice is not the gradient of a potential, so no one programme yields it. At given rents its shares are those of an
entropic programme (`condensed.twin`); that is solved for new rents (`entropic.solve`, with its duality gap), and
so on until the rents repeat themselves: then loads, rents and capacities are complementary in the choice itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landbridge.assignment import route_set
from landbridge.assignment.condensed import Condensed, answer, condense, joined, twin
from landbridge.assignment.entropic import solve
from landbridge.assignment.entropic_records import Settings, assets
from landbridge.assignment.route_set import RouteSet
from landbridge.errors import BadInput, NotConverged
from landbridge.routing import spread

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TOLERANCE: float = 1e-6  # relative excess over a capacity, and relative slack under a rent
_MOST_ROUNDS: int = 60
_LITTLE: float = 0.01  # of the tolerance times a capacity: pairs that could load less wait for the next turn
_EXACT: float = 0.03  # of the breach: how exactly a programme is solved before the next one replaces it
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
        r.pair_ptr, r.nest, r.use_ptr, r.place, batch.usd, batch.boxes * usd_teu + batch.tonnes * usd_t, r.path_size,
        batch.log_odds, sigma, sigma_route, batch.demand, batch.outside, out.flow, out.composite, out.shipped,
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
    """Rents at places [p] whose capacities [p] (inf: none) would be exceeded without them; see `settle`."""
    return settle(batches, (capacity_teu, capacity_t), sigma, sigma_route, start, tolerance)[0]


def settle(
    batches: Sequence[Batch],
    room: tuple[Floats, Floats],
    sigma: float,
    sigma_route: float,
    start: tuple[Floats, Floats] | None = None,
    tolerance: float = TOLERANCE,
    known: Sequence[Choice] = (),
) -> tuple[Rents, tuple[Choice, ...]]:
    """Rents at places [p] whose capacities [p] in TEU and tonnes (inf: none) would be exceeded without them, 0
    elsewhere, and what the batches do at these rents. `known`: what the first batches do at the rents of `start`.

    A place of no capacity must not be passed by any route at finite cost (BadInput). NotConverged where the rents do
    not settle, Infeasible where a capacity must be broken.
    """
    limit = np.concatenate(room)
    n = len(limit) // 2
    price = np.zeros(2 * n) if start is None else np.where(np.isfinite(limit), np.concatenate(start), 0.0)
    gap = violation = 0.0
    active = price > 0
    small = _only(batches, np.isfinite(room[0]) | np.isfinite(room[1]))
    rounds = 0
    while True:
        choices = (*known, *_choices(small[len(known) :], price, sigma, sigma_route))
        known = ()
        load = _loads(small, choices, n)
        residual = _breach(load, limit, price)
        if np.any(load[limit == 0] > 0):
            raise BadInput(
                f"{int(np.sum(load[limit == 0] > 0))} places of no capacity are passed", "find_rents", "shut them"
            )
        if residual <= tolerance:
            load = _loads(batches, choices, n)
            return Rents(price[:n], price[n:], load[:n], load[n:], rounds, residual, gap, violation), choices
        active |= load > limit
        rows = np.flatnonzero(active & (limit > 0))
        part = _near(small, rows, limit, price, tolerance, sigma, sigma_route)
        found_load, toll, base = answer(part, price[rows], sigma, sigma_route)
        fixed = load[rows] - found_load
        while residual > 0.5 * tolerance:
            if rounds == _MOST_ROUNDS:
                raise NotConverged("rents of bottlenecks", residual, f"they do not settle within {rounds} rounds")
            rounds += 1
            # the rest loads little and takes its room first; its own answer to the rents comes with the next turn
            left = np.maximum(limit[rows] - fixed, 1e-3 * limit[rows])
            exactly = Settings(tolerance=max(_EXACT * residual, 1e-9))  # the next twin is another programme
            found = solve(twin(part, toll, base, sigma, sigma_route), assets(left), price[rows], settings=exactly)
            price = np.zeros(2 * n)
            price[rows] = found.price
            gap, violation = found.duality_gap, found.violation
            found_load, toll, base = answer(part, found.price, sigma, sigma_route)
            residual = _breach(found_load + fixed, limit[rows], found.price)


def _near(
    batches: Sequence[Batch], rows: Ints, room: Floats, price: Floats, tolerance: float, sigma: float,
    sigma_route: float,
) -> Condensed:  # fmt: skip
    """The pairs that matter to the rows (places of TEU, then of tonnes), with the routes that could carry anything."""
    n = len(room) // 2
    row = np.full(2 * n, -1, np.int64)
    row[rows] = np.arange(len(rows))
    none = np.full(n, -1, np.int64)
    parts: list[tuple[Any, ...]] = [() for _ in batches]

    def work(spot: int) -> None:
        b = batches[spot]
        least = np.full(n, np.inf)
        for units, here in ((b.boxes, slice(0, n)), (b.tonnes, slice(n, 2 * n))):
            if units > 0:
                least = np.minimum(least, np.where(row[here] >= 0, _LITTLE * tolerance * room[here] / units, np.inf))
        r = b.routes
        parts[spot] = condense(
            r.pair_ptr, r.nest, r.use_ptr, r.place, b.usd, r.path_size, np.exp(b.log_odds * (sigma_route / sigma)),
            b.boxes * price[:n] + b.tonnes * price[n:], row[:n] if b.boxes > 0 else none, b.boxes,
            row[n:] if b.tonnes > 0 else none, b.tonnes, least, b.demand, sigma_route, _FAR,
        )  # fmt: skip

    _each(work, len(batches))
    demand, outside = (
        np.concatenate([values[part[0]] for values, part in zip(column, parts)])
        for column in ([b.demand for b in batches], [b.outside for b in batches])
    )
    return joined([part[1:] for part in parts], demand, outside, len(rows))


def _each(work: Callable[[int], None], count: int) -> None:
    """work(0), work(1) ... on as many threads as there are processors."""

    def piece(first: int, last: int) -> None:
        for spot in range(first, last):
            work(spot)

    spread(piece, count)


def _only(batches: Sequence[Batch], places: NDArray[np.bool_]) -> list[Batch]:
    """Batches whose routes know no other places than these."""
    own = {id(b.routes): b.routes for b in batches}
    small = {key: routes.only(places) for key, routes in own.items()}
    return [replace(b, routes=small[id(b.routes)]) for b in batches]


def _choices(batches: Sequence[Batch], price: Floats, sigma: float, sigma_route: float) -> list[Choice]:
    """What each batch does at prices of TEU, then of tonnes [2 p]."""
    n = len(price) // 2
    out: dict[int, Choice] = {}

    def work(spot: int) -> None:
        out[spot] = choose(batches[spot], price[:n], price[n:], sigma, sigma_route)

    _each(work, len(batches))
    return [out[spot] for spot in range(len(batches))]


def _loads(batches: Sequence[Batch], choices: Sequence[Choice], n_places: int) -> Floats:
    """TEU, then tonnes, at every place [2 p] that the batches' routes know."""
    units = np.zeros((len(batches), n_places))

    def work(spot: int) -> None:
        routes = batches[spot].routes
        route_set.loads(routes.use_ptr, routes.place, choices[spot].flow, 1.0, units[spot])

    _each(work, len(batches))
    return np.concatenate([np.array([b.boxes for b in batches]) @ units, np.array([b.tonnes for b in batches]) @ units])


def _breach(load: Floats, room: Floats, price: Floats) -> float:
    known = np.isfinite(room) & (room > 0)
    over = (load[known] - room[known]) / room[known]
    return float(np.where(price[known] > 0, np.abs(over), np.maximum(over, 0.0)).max(initial=0.0))
