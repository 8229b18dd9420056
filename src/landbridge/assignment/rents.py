"""Hard capacities for a nested logit in the logarithm of cost: rents such that no place carries more than it can.

The choice is not the gradient of a potential, so no one programme yields it. At given rents its shares are those of an
entropic programme (`condensed.twin`); that is solved for new rents (`entropic.solve`, with its duality gap), and
so on until the rents repeat themselves: then loads, rents and capacities are complementary in the choice itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
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
_LITTLE: float = 0.1  # of the tolerance times a capacity: pairs that could load less wait for the next turn
_FIRST: float = 0.01  # of the first breach: how far the first rents reduce it
_EXACT: float = 0.03  # of the breach: how exactly a programme is solved before the next one replaces it
_NO_NEARER: float = 0.5  # of the breach before: where whole steps to the twin's rents leave more, they are halved
_HARDLY: float = 0.1  # of the breach before the turn
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
    pairs = batch.routes.n_pairs
    out = Choice(np.empty(len(batch.usd)), np.empty(pairs), np.empty(pairs))
    _fill(out, np.arange(pairs), batch, usd_teu, usd_t, sigma, sigma_route)
    return out


def _fill(
    out: Choice, which: Ints, batch: Batch, usd_teu: Floats, usd_t: Floats, sigma: float, sigma_route: float
) -> None:
    """What the pairs `which` of a batch do at rents by place [p]."""
    r = batch.routes
    route_set.nested(
        which, r.pair_ptr, r.nest, r.use_ptr, r.place, batch.usd, batch.boxes * usd_teu + batch.tonnes * usd_t,
        r.path_size, batch.log_odds, sigma, sigma_route, batch.demand, batch.outside, out.flow, out.composite,
        out.shipped,
    )  # fmt: skip


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
    everywhere: bool = True,
) -> tuple[Rents, tuple[Choice, ...]]:
    """Rents at places [p] whose capacities [p] in TEU and tonnes (inf: none) would be exceeded without them, 0
    elsewhere, and what the batches do at these rents. `known`: what the first batches do at the rents of `start`;
    `everywhere`: loads of places without a capacity as well (else NaN).

    A place of no capacity must not be passed by any route at finite cost (BadInput). NotConverged where the rents do
    not settle, Infeasible where a capacity must be broken.
    """
    limit = np.concatenate(room)
    n = len(limit) // 2
    price = np.zeros(2 * n) if start is None else np.where(np.isfinite(limit), np.concatenate(start), 0.0)
    gap = violation = 0.0
    active = price > 0
    now = _Standing.at(batches, np.isfinite(room[0]) | np.isfinite(room[1]), price, known, (sigma, sigma_route))
    rounds, rows, part, turn = 0, np.empty(0, np.int64), None, np.inf
    while True:
        load = now.load()
        residual = _breach(load, limit, price)
        if np.any(load[limit == 0] > 0):
            raise BadInput(
                f"{int(np.sum(load[limit == 0] > 0))} places of no capacity are passed", "find_rents", "shut them"
            )
        if residual <= tolerance:
            load = _loads(batches, now.choices, n) if everywhere else np.where(now.known, load, np.nan)
            choices = tuple(now.choices)
            return Rents(price[:n], price[n:], load[:n], load[n:], rounds, residual, gap, violation), choices
        active |= load > limit
        last, rows = rows, np.flatnonzero(active & (limit > 0))
        # what could carry nothing at the first rents may at these: looked up again where a turn hardly helped
        if part is None or not np.array_equal(rows, last) or residual > _HARDLY * turn:
            part = _near(now.batches, rows, limit, price, tolerance, sigma, sigma_route)
        turn = residual
        found_load, toll, base = answer(part, price[rows], sigma, sigma_route)
        fixed = load[rows] - found_load
        # the first rents only tell which other places they fill
        enough = 0.5 * tolerance if rounds else max(0.5 * tolerance, _FIRST * residual)
        # far from the answer the twin's rents can jump from none to too high and back: then go part of the way, less
        # at each turn
        before = np.inf
        step, way, now_at = np.ones(len(rows)), np.zeros(len(rows)), price[rows]
        while residual > enough:
            if rounds == _MOST_ROUNDS:
                raise NotConverged("rents of bottlenecks", residual, f"they do not settle within {rounds} rounds")
            rounds += 1
            # the rest loads little and takes its room first; its own answer to the rents comes with the next turn
            left = np.maximum(limit[rows] - fixed, 1e-3 * limit[rows])
            exactly = Settings(tolerance=max(_EXACT * residual, 1e-9))  # the next twin is another programme
            found = solve(twin(part, toll, base, sigma, sigma_route), assets(left), now_at, settings=exactly)
            gap, violation = found.duality_gap, found.violation
            turned = way * (found.price - now_at) < 0
            if residual > _NO_NEARER * before:
                step = np.where(turned, 0.5 * step, step)
            else:
                step = np.minimum(np.where(turned, step, 2.0 * step), 1.0)
            way = found.price - now_at
            now_at = np.where(step < 1.0, now_at + step * way, found.price)
            found_load, toll, base = answer(part, now_at, sigma, sigma_route)
            before, residual = residual, _breach(found_load + fixed, limit[rows], now_at)
        price = np.zeros(2 * n)
        price[rows] = now_at
        now.move(price)


@dataclass(slots=True)
class _Standing:
    """What batches do at prices that move: only pairs with a way through a place whose price moved choose again.

    Pairs without demand keep the composite cost of the first prices.
    """

    batches: list[Batch]  # their routes know priced places only
    choices: list[Choice]
    own: list[bool]  # of each choice: no one else's arrays
    units: Floats  # [batches, places] units of demand that pass
    known: NDArray[np.bool_]  # [2 p] places that the routes know
    price: Floats  # [2 p]
    sigmas: tuple[float, float]

    @classmethod
    def at(
        cls, batches: Sequence[Batch], places: NDArray[np.bool_], price: Floats, known: Sequence[Choice],
        sigmas: tuple[float, float],
    ) -> _Standing:  # fmt: skip
        """Choices at the first prices; those of the first batches are known."""
        small, n = _only(batches, places), len(places)
        choices = [*known, *_choices(small[len(known) :], price, *sigmas)]
        own = [k >= len(known) for k in range(len(small))]
        return cls(small, choices, own, _units(small, choices, n), np.concatenate([places, places]), price, sigmas)

    def load(self) -> Floats:
        """TEU, then tonnes, at every place [2 p]."""
        return _sum(self.batches, self.units)

    def move(self, price: Floats) -> None:
        """Choose again at prices [2 p]."""
        n = len(price) // 2
        which = _passing(self.batches, price != self.price)
        self.price = price

        def work(spot: int) -> None:
            b, pairs = self.batches[spot], which[spot]
            if not len(pairs):
                return
            if not self.own[spot]:
                old = self.choices[spot]
                self.choices[spot] = Choice(old.flow.copy(), old.composite.copy(), old.shipped.copy())
                self.own[spot] = True
            r, flow = b.routes, self.choices[spot].flow
            route_set.loads(pairs, r.pair_ptr, r.use_ptr, r.place, flow, -1.0, self.units[spot])
            _fill(self.choices[spot], pairs, b, price[:n], price[n:], *self.sigmas)
            route_set.loads(pairs, r.pair_ptr, r.use_ptr, r.place, flow, 1.0, self.units[spot])

        _each(work, len(self.batches))


def _passing(batches: Sequence[Batch], rows: NDArray[np.bool_]) -> list[Ints]:
    """Pairs of each batch with demand and a route through some of the rows (places of TEU, then of tonnes)."""
    n = len(rows) // 2
    found: dict[tuple[int, bool, bool], NDArray[np.bool_]] = {}
    out = []
    for b in batches:
        r, kind = b.routes, (id(b.routes), b.boxes > 0, b.tonnes > 0)
        if kind not in found:
            here = (rows[:n] & kind[1]) | (rows[n:] & kind[2])
            found[kind] = route_set.pairs_through(r.pair_ptr, r.use_ptr, r.place, here)
        out.append(np.flatnonzero(found[kind] & (b.demand > 0)))
    return out


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
    which = _passing(batches, row >= 0)

    def work(spot: int) -> None:
        b = batches[spot]
        least = np.full(n, np.inf)
        for units, here in ((b.boxes, slice(0, n)), (b.tonnes, slice(n, 2 * n))):
            if units > 0:
                least = np.minimum(least, np.where(row[here] >= 0, _LITTLE * tolerance * room[here] / units, np.inf))
        r = b.routes
        parts[spot] = condense(
            which[spot], r.pair_ptr, r.nest, r.use_ptr, r.place, b.usd, r.path_size,
            np.exp(b.log_odds * (sigma_route / sigma)), b.boxes * price[:n] + b.tonnes * price[n:],
            row[:n] if b.boxes > 0 else none, b.boxes, row[n:] if b.tonnes > 0 else none, b.tonnes, least, b.demand,
            sigma_route, _FAR,
        )  # fmt: skip

    _each(work, len(batches))
    demand, outside = (
        np.concatenate([values[part[0]] for values, part in zip(column, parts)])
        for column in ([b.demand for b in batches], [b.outside for b in batches])
    )
    return joined([part[1:] for part in parts], demand, outside, len(rows))


def _each(work: Callable[[int], None], count: int) -> None:
    """work(0), work(1) ... on as many threads as there are processors."""

    order = [*range(0, count, 2), *range(1, count, 2)]  # what comes first may be the larger: some of it to each thread

    def piece(first: int, last: int) -> None:
        for spot in order[first:last]:
            work(spot)

    spread(piece, count)


def _only(batches: Sequence[Batch], places: NDArray[np.bool_]) -> list[Batch]:
    """Batches whose routes know no other places than these."""
    return [replace(b, routes=_small(b.routes, places.tobytes())) for b in batches]


@lru_cache(maxsize=8)
def _small(routes: RouteSet, places: bytes) -> RouteSet:
    """Routes with these places alone: kept, for the routes of the open world serve every closure."""
    return routes.only(np.frombuffer(places, np.bool_))


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
    return _sum(batches, _units(batches, choices, n_places))


def _units(batches: Sequence[Batch], choices: Sequence[Choice], n_places: int) -> Floats:
    """Units of demand of each batch at every place that its routes know, [batches, p]."""
    units = np.zeros((len(batches), n_places))

    def work(spot: int) -> None:
        r = batches[spot].routes
        route_set.loads(
            np.flatnonzero(batches[spot].demand > 0), r.pair_ptr, r.use_ptr, r.place, choices[spot].flow, 1.0,
            units[spot],
        )  # fmt: skip

    _each(work, len(batches))
    return units


def _sum(batches: Sequence[Batch], units: Floats) -> Floats:
    """TEU, then tonnes, of units of demand [batches, p]."""
    return np.concatenate([np.array([b.boxes for b in batches]) @ units, np.array([b.tonnes for b in batches]) @ units])


def _breach(load: Floats, room: Floats, price: Floats) -> float:
    known = np.isfinite(room) & (room > 0)
    over = (load[known] - room[known]) / room[known]
    return float(np.where(price[known] > 0, np.abs(over), np.maximum(over, 0.0)).max(initial=0.0))
