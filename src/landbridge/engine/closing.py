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

from landbridge.assignment import Choice, Rents, find_rents
from landbridge.engine import choice, flows, freight, offers
from landbridge.engine.choice import SIGMA, SIGMA_ROUTE, Load
from landbridge.engine.coupling import couple
from landbridge.engine.freight import Memo
from landbridge.engine.offers import Places, Priced
from landbridge.engine.state import FreightRegime, Progress, State, carried_usd, prepare
from landbridge.engine.zones import Zones
from landbridge.network import Network, arcs_at
from landbridge.network import close as shut
from landbridge.world import World

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Open:
    """The world before: solved once, kept for the closures that are asked of it."""

    world: World
    state: State
    memo: Memo
    demand_usd: Floats  # [g, n, n]

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
    rents: Rents
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
    _held[:] = [Open(world, state, memo, carried_usd(state))]
    return _held[0]


def solve(base: Open, where: str, share: float = 1.0) -> Closed:
    """Take `share` of a place away (of its capacity, or of what passes where none is known) and solve again.

    UnknownName where no arc of the network has that name.
    """
    begun = time.perf_counter()
    f, z = base.freight, base.zones
    rules = base.world.rules.on(base.world.date)
    arcs = arcs_at(f.network, where)
    network = shut(f.network, where)
    found = base.state.found[-1][2]
    # the ways around it are in the choice of both sides
    settings = [found, freight.find(network, rules, z, base.memo, alternatives=False)]
    made = offers.offers(settings, f.places)
    before = _side(base, f.network, [offers.price(found, o) for o in made], f.places.capacity(f.network))
    room = f.places.capacity(network)
    here = np.isin(f.places.arc, arcs)
    if share < 1.0:
        for limit, load in zip(room, (before.rents.teu, before.rents.tonnes)):
            limit[here] = (1.0 - share) * np.where(np.isfinite(limit[here]), limit[here], load[here])
    priced = [offers.price(settings[-1], o) for o in made] if share == 1.0 else list(before.priced)
    after = _side(base, network if share == 1.0 else f.network, priced, room, before)
    return _compare(where, f.places, here, before, after, time.perf_counter() - begun)


def _side(
    base: Open, network: Network, priced: Sequence[Priced], room: tuple[Floats, Floats], before: Side | None = None
) -> Side:
    """A network's prices, rents and choices; after a closure goods are worth what they were worth before."""
    loads = flows.with_demand(choice.loads(priced), base.demand_usd, base.zones)
    if before is not None:
        worth = [x.batch.outside for x in before.loads]
        loads = tuple(replace(x, batch=replace(x.batch, outside=w)) for x, w in zip(loads, worth))
    warm = base.freight.rents if before is None else before.rents
    assert warm is not None
    rents = find_rents(flows.batches(loads), *room, SIGMA, SIGMA_ROUTE, (warm.usd_teu, warm.usd_t), _TOLERANCE)
    return Side(network, tuple(priced), loads, rents, tuple(choice.taken(x, rents) for x in loads))


def _compare(where: str, places: Places, here: Bools, before: Side, after: Side, seconds: float) -> Closed:
    pairs = before.loads[0].batch.routes.n_pairs
    exposed, rerouted, unserved = np.zeros(2), np.zeros(2), np.zeros(2)
    loss, no_way = np.zeros(pairs), 0.0
    for load, old, new in zip(before.loads, before.choices, after.choices):
        batch = load.batch
        units = np.array([batch.tonnes, batch.boxes])
        routes = batch.routes
        through = np.zeros(len(old.flow), bool)
        through[np.repeat(np.arange(len(old.flow)), np.diff(routes.use_ptr))[here[routes.place]]] = True
        by_pair = np.bincount(routes.pair_of_route(), np.where(through, old.flow, 0.0), minlength=pairs)
        still = np.bincount(routes.pair_of_route(), np.where(through, new.flow, 0.0), minlength=pairs)
        lost = np.maximum(old.shipped - new.shipped, 0.0)
        exposed += units * by_pair.sum()
        unserved += units * lost.sum()
        rerouted += units * np.maximum(by_pair - still - lost, 0.0).sum()
        no_way += batch.tonnes * float(lost[np.isinf(new.composite)].sum())
        # both sides are valued at what is worth paying in the open network, where goods stay beyond
        some = (batch.demand > 0) & np.isfinite(batch.outside)
        worth = [np.minimum(c.composite[some], batch.outside[some]) for c in (old, new)]
        loss[some] += batch.demand[some] * (worth[1] - worth[0])
    earned = [float(s.rents.usd_teu @ s.rents.teu + s.rents.usd_t @ s.rents.tonnes) for s in (before, after)]
    return Closed(
        where, places, before, after, exposed, unserved, rerouted, no_way, loss, earned[1] - earned[0], seconds
    )


def screen(base: Open) -> tuple[Floats, Floats, Floats]:
    """Every place at today's rents, by place [p]: tonnes and TEU that pass, and what shutting it would cost over the
    ways already in the choice (goods without another at what they are worth)."""
    f = base.freight
    assert f.rents is not None
    n = len(f.places.arc)
    loads = flows.with_demand(f.loads, base.demand_usd, base.zones)
    tonnes, teu, bound = np.zeros(n), np.zeros(n), np.zeros(n)
    for load in loads:
        taken = choice.taken(load, f.rents)
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
    before, after = (flows.load(s.network, s.priced, s.loads, s.rents, zones, n) for s in (closed.before, closed.after))
    return before, after
