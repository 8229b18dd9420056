"""close and critical: what breaks at once when a port, crossing or passage shuts, trade held as it was.

The short run beside `run`'s long run: shippers reroute under known capacities, rents move, goods without a way stay.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from landbridge.assignment import Choice, Rents, RouteSet, settle
from landbridge.engine import choice, detours, flows, freight
from landbridge.engine.choice import SIGMA, SIGMA_ROUTE, Load
from landbridge.engine.coupling import couple
from landbridge.engine.detours import Detour
from landbridge.engine.freight import Memo
from landbridge.engine.offers import Places, Priced
from landbridge.engine.state import FreightRegime, Progress, State, carried_usd, prepare
from landbridge.engine.why import of_arcs
from landbridge.engine.zones import Zones
from landbridge.network import Network, arcs_at
from landbridge.network import close as shut
from landbridge.routing import spread
from landbridge.world import World

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Open:
    """The world before: solved once, kept for the closures that are asked of it."""

    world: World
    state: State
    memo: Memo
    demand_usd: Floats  # [g, n, n]
    loads: tuple[Load, ...]  # with that demand
    choices: tuple[Choice, ...]  # of the loads, at its rents
    rules_on_arcs: dict[int, set[str]]
    shapes: dict[int, str]  # of arcs, as drawn so far

    @property
    def zones(self) -> Zones:
        """Zones of the freight network."""
        assert self.state.zones is not None
        return self.state.zones

    @property
    def freight(self) -> FreightRegime:
        """The freight of the regime in which all is open that the world leaves open."""
        return self.state.freight[-1]


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a closure: prices, loads, rents and what shippers choose."""

    network: Network
    priced: tuple[Priced, ...]
    loads: tuple[Load, ...]
    rents: Rents  # loads of places with a capacity; of the others where a share is taken away
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Closed:
    """A place closed and solved anew; [q] by zone pair, in tonnes, TEU and USD a year."""

    where: str
    places: Places
    before: Side
    after: Side
    exposed: Floats  # [2] tonnes, TEU
    unserved: Floats  # [2] of all goods
    rerouted: Floats  # [2] of the exposed
    no_way_t: float
    loss_usd: Floats  # [q]
    rents_usd: float  # change of what bottlenecks earn
    seconds: float


_TOLERANCE: Final = 1e-4  # breach of capacities
_held: list[Open] = []


def opened(world: World, progress: Progress) -> Open:
    """The world as it is, solved; the last one asked for is kept."""
    if _held and _held[0].world is world:
        return _held[0]
    memo = Memo()
    state = prepare(world, ("trade",), "status quo", progress, memo)
    couple(state, state, memo, progress, congestion=True)
    f = state.freight[-1]
    assert state.zones is not None and f.rents is not None
    demand = carried_usd(state)
    loads = flows.with_demand(f.loads, demand, state.zones)
    choices = tuple(choice.all_taken(loads, f.rents))
    rules = of_arcs(world, f.network, freight.MOVEMENTS)
    _held[:] = [Open(world, state, memo, demand, loads, choices, rules, {})]
    return _held[0]


def solve(base: Open, where: str, share: float = 1.0) -> Closed:
    """Take `share` of a place away (of its capacity, or of what passes where none is known) and solve again.

    Only pairs with a way through it are put together anew; the others start from what they do in the open world.
    UnknownName where no arc of the network has that name.
    """
    begun = time.perf_counter()
    f = base.freight
    arcs = arcs_at(f.network, where)
    network = shut(f.network, where)
    # the ways around it are in the choice of both sides
    memo = Memo(base.memo.hierarchy, dict(base.memo.ways))  # what is found here alone is not kept
    found: dict[int, Detour] = {}
    # closing shuts arcs and changes no class of traffic
    closed = [
        (x, freight.ways(network, x.chain, base.zones, memo, alternatives=False)) for x in base.state.found[-1][2]
    ]

    def work(first: int, last: int) -> None:
        for spot in range(first, last):
            priced = f.priced[spot]
            own, ways = zip(*(both for both in closed if both[0].chain.unit == priced.offer.unit))
            found[spot] = detours.around(priced, own, ways, arcs, f.places)

    spread(work, len(f.priced))
    made = [found[spot] for spot in range(len(f.priced))]
    before = _before(base, made, everywhere=share < 1.0)
    here = np.isin(f.places.arc, arcs)
    if share == 1.0:
        after = _after(base, network, made, f.places.capacity(network), before)
    else:
        room = f.places.capacity(f.network)
        for limit, load in zip(room, (before.rents.teu, before.rents.tonnes)):
            limit[here] = (1.0 - share) * np.where(np.isfinite(limit[here]), limit[here], load[here])
        after = _after(base, f.network, [], room, before)
    return _compare(where, f.places, here, before, after, time.perf_counter() - begun)


def _before(base: Open, made: Sequence[Detour], everywhere: bool) -> Side:
    """The open world with the ways around what will shut among its choices."""
    f = base.freight
    assert f.rents is not None
    touched = {p.offer.unit: d.touched for p, d in zip(f.priced, made)}
    routes = {p.offer.unit: np.repeat(d.touched, np.diff(p.offer.routes.pair_ptr)) for p, d in zip(f.priced, made)}
    rest, known = [], []
    for load, old in zip(base.loads, base.choices):
        mine, apart = touched[load.unit], routes[load.unit]
        rest.append(replace(load, batch=replace(load.batch, demand=np.where(mine, 0.0, load.batch.demand))))
        known.append(Choice(np.where(apart, 0.0, old.flow), old.composite, np.where(mine, 0.0, old.shipped)))
    around = []
    for load in choice.loads([d.before for d in made]):
        whole = next((x for x in base.loads if (x.group, x.unit) == (load.group, load.unit)), None)
        if whole is not None:
            demand = np.where(touched[load.unit], whole.batch.demand, 0.0)
            around.append(replace(load, batch=replace(load.batch, demand=demand)))
    priced = (*f.priced, *(d.before for d in made))
    warm = f.rents.usd_teu, f.rents.usd_t
    return _settled(f.network, priced, (*rest, *around), f.places.capacity(f.network), warm, known, everywhere)


def _after(base: Open, network: Network, made: Sequence[Detour], room: tuple[Floats, Floats], before: Side) -> Side:
    """The closed world: prices of the pairs touched (none: prices as they were) and goods worth what they were."""
    priced = (*base.freight.priced, *(d.after for d in made)) if made else before.priced
    now = {(x.group, x.unit): x for x in choice.loads([d.after for d in made], [d.before for d in made])}
    loads = list(before.loads)
    for spot in range(len(base.loads), len(loads)) if made else ():
        load, new = loads[spot], now[loads[spot].group, loads[spot].unit]
        loads[spot] = replace(load, member=new.member, batch=replace(load.batch, usd=new.batch.usd))
    known = before.choices[: len(base.loads)] if made else before.choices
    return _settled(network, priced, tuple(loads), room, (before.rents.usd_teu, before.rents.usd_t), known)


def _settled(
    network: Network, priced: tuple[Priced, ...], loads: tuple[Load, ...], room: tuple[Floats, Floats],
    warm: tuple[Floats, Floats], known: Sequence[Choice], everywhere: bool = False,
) -> Side:  # fmt: skip
    """Rents and choices, starting from rents at which the first loads do what is `known`."""
    rents, choices = settle(flows.batches(loads), room, SIGMA, SIGMA_ROUTE, warm, _TOLERANCE, known, everywhere)
    return Side(network, priced, loads, rents, choices)


def _passing(routes: RouteSet, here: Bools) -> tuple[Ints, Ints]:
    """Routes that pass some of the places [p], and their pairs."""
    passing = np.flatnonzero(routes.through(here))
    return passing, np.searchsorted(routes.pair_ptr, passing, side="right") - 1


def _compare(where: str, places: Places, here: Bools, before: Side, after: Side, seconds: float) -> Closed:
    pairs = before.loads[0].batch.routes.n_pairs
    exposed, rerouted, unserved = np.zeros(2), np.zeros(2), np.zeros(2)
    loss, no_way = np.zeros(pairs), 0.0
    sets = {id(x.batch.routes): x.batch.routes for x in before.loads}  # many loads share one
    through = {key: _passing(routes, here) for key, routes in sets.items()}
    for load, old, new in zip(before.loads, before.choices, after.choices):
        batch, routes = load.batch, load.batch.routes
        units = np.array([batch.tonnes, batch.boxes])
        lost = np.maximum(old.shipped - new.shipped, 0.0)
        unserved += units * lost.sum()
        no_way += batch.tonnes * float(lost[np.isinf(new.composite)].sum())
        passing, pair = through[id(routes)]
        if old.flow[passing].any():
            by_pair, still = (np.bincount(pair, x.flow[passing], minlength=pairs) for x in (old, new))
            exposed += units * by_pair.sum()
            rerouted += units * np.maximum(by_pair - still - lost, 0.0).sum()
        # both sides are valued at what is worth paying in the open network, where goods stay beyond
        with np.errstate(invalid="ignore"):
            worth = np.minimum(new.composite, batch.outside) - np.minimum(old.composite, batch.outside)
        loss += np.where(np.isnan(worth), 0.0, batch.demand * worth)
    earned = [_earned(s.rents) for s in (before, after)]
    return Closed(
        where, places, before, after, exposed, unserved, rerouted, no_way, loss, earned[1] - earned[0], seconds
    )


def _earned(rents: Rents) -> float:
    """Rents a year, USD; where none is asked, how much passes may be unknown."""
    sums = [usd[usd > 0] @ load[usd > 0] for usd, load in ((rents.usd_teu, rents.teu), (rents.usd_t, rents.tonnes))]
    return float(sum(sums))


def screen(base: Open) -> tuple[Floats, Floats, Floats]:
    """Every place at today's rents, by place [p]: tonnes and TEU that pass, and what shutting it would cost over the
    ways already in the choice (goods without another at what they are worth)."""
    f = base.freight
    assert f.rents is not None
    n = len(f.places.arc)
    tonnes, teu, bound = np.zeros(n), np.zeros(n), np.zeros(n)
    for load, taken in zip(base.loads, base.choices):
        part = np.zeros(n)
        choice.add_loads(load, taken, part)
        tonnes += load.batch.tonnes * part
        teu += load.batch.boxes * part
        choice.add_screen(load, taken, f.rents, bound)
    return tonnes, teu, bound


def by_economy(closed: Closed, zones: Zones, n: int) -> tuple[Floats, Floats]:
    """Rise of cost by exporting and by importing economy, USD a year [n], [n]."""
    z = len(zones.node)
    loss = closed.loss_usd.reshape(z, z)
    return (
        np.bincount(zones.economy, loss.sum(axis=1), minlength=n).astype(np.float64),
        np.bincount(zones.economy, loss.sum(axis=0), minlength=n).astype(np.float64),
    )


def arc_flows(closed: Closed, zones: Zones, n: int) -> tuple[flows.ArcFlows, flows.ArcFlows]:
    """Goods on every arc before and after."""
    sides = [(s.loads, s.choices) for s in (closed.before, closed.after)]
    before, after = flows.on_arcs(closed.after.network.n_arcs, [p.offer for p in closed.before.priced], sides, zones, n)
    return before, after
