"""The outer fixed point: costs of freight -> wedges -> trade -> loads -> rents of bottlenecks -> costs of freight."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from landbridge import trade
from landbridge.assignment import Rents, find_rents
from landbridge.assignment.rents import TOLERANCE
from landbridge.engine import choice as choice_step
from landbridge.engine import crossing, energy_outlook, flows, freight, gains, offers
from landbridge.engine import trade as trade_step
from landbridge.engine.choice import SIGMA, SIGMA_ROUTE
from landbridge.engine.freight import Found, Memo
from landbridge.engine.state import (
    FreightRegime,
    Progress,
    State,
    carried_usd,
    prepare,
    solve_central,
    solve_flows,
    solve_trade,
    timed,
)
from landbridge.errors import NotConverged
from landbridge.network import Network
from landbridge.world import World

Floats = NDArray[np.float64]

_MOST_ROUNDS: Final = 40
_DAMPERS: Final = (0.3, 1.0)  # least and largest step from the trade that rents were found at to the trade they make
_ROUGH: Final = 1e-4  # breach of capacities while trade still moves
_LEFT_OUT: Final = 3e-3  # mean saving of the best ways left out, above which they join the choice
_TOLERANCE: Final = 1e-4  # largest change of a freight wedge 1 + f, relative, between rounds


def solve_pair(
    world: World, changed: World, rooms: tuple[str, ...], progress: Progress, congestion: bool = True
) -> tuple[State, State]:
    """The status quo and the world with the scenario, both solved."""
    memo = Memo()
    before = prepare(world, rooms, "status quo", progress, memo)
    after = before if changed is world else prepare(changed, rooms, "scenario", progress, memo, before)
    if "trade" in rooms or "flows" in rooms:
        couple(before, after, memo, progress, congestion)
    if "energy" in rooms and after is not before:
        after.gains = gains.change(before.energy, after.energy, world.trade)
        after.gain_ends = gains.ends(before.energy, after.energy, world.trade)
        with timed(after, "scenario: outlook of gas", progress):
            after.outlook = energy_outlook.solve(world, changed)
    if "flows" in rooms:
        solve_flows(before, "status quo", progress)
        if after is not before:
            solve_flows(after, "scenario", progress)
    return before, after


def couple(before: State, after: State, memo: Memo, progress: Progress, congestion: bool) -> None:
    """Freight and trade of both worlds, in step; the rounds and the last change stay with each state."""
    states = [before] if after is before else [before, after]
    labels = ("status quo", "scenario")
    for state in states:
        state.congestion = congestion
    with timed(before, "freight: routes to choose among", progress):
        _offer(states, [[] for _ in states])
    if congestion:
        with timed(before, "status quo: bottlenecks", progress):
            _rents(before, carried_usd(before))
            before.left_out = _left_out(before, memo)
        if before.left_out > _LEFT_OUT:
            # ways that only bottleneck rents make worth while join the choice
            with timed(before, "freight: ways around bottlenecks", progress):
                _offer(states, [_around(state, before, memo) for state in states])
                _rents(before, carried_usd(before))
                before.left_out = _left_out(before, memo)
    for state, label in zip(states, labels):
        with timed(state, f"{label}: freight and trade in step", progress):
            _settle(state, before)
        solve_trade(state, before, label, progress)


def _offer(states: list[State], extra: list[list[tuple[Found, ...]]]) -> None:
    """Routes found in all settings together, priced in each; every state's regimes are replaced."""
    settings = [found for state in states for _, _, found in state.found]
    settings += [found for more in extra for found in more]
    network = max((net for state in states for _, net, _ in state.found), key=lambda net: net.n_arcs)
    where = offers.places(network)
    made = offers.offers(settings, where)
    for state in states:
        assert state.zones is not None
        n = len(state.world.trade.iso3)
        old = [f.rents for f in state.freight] or [None] * len(state.found)
        state.freight = []
        for (regime, net, found), rents in zip(state.found, old):
            priced = tuple(offers.price(found, offer) for offer in made)
            loads = choice_step.loads(priced, states[0].freight[0].priced if states[0].freight else ())
            costs = choice_step.costs(priced, loads, rents, state.zones, n)
            state.freight.append(FreightRegime(regime, net, where, priced, loads, rents, costs))


def _around(state: State, before: State, memo: Memo) -> list[tuple[Found, ...]]:
    """The best ways at the status quo's rents, by regime."""
    assert state.zones is not None
    rules = state.world.rules.on(state.world.date)
    first = before.freight[-1]
    assert first.rents is not None
    return [
        freight.find(net, rules, state.zones, memo, alternatives=False, rents=arc_rents(first.rents, first.places, net))
        for _, net, _ in state.found
    ]


def _left_out(state: State, memo: Memo) -> float:
    """What the best way not in the choice would save at these rents: share of cost, mean over the goods' tonnes."""
    assert state.zones is not None
    z = len(state.zones.node)
    saved = moved = 0.0
    for f, (_, net, found) in zip(state.freight, state.found):
        assert f.rents is not None
        if not (np.any(f.rents.usd_teu) or np.any(f.rents.usd_t)):
            continue
        on_arcs = arc_rents(f.rents, f.places, net)
        loads = flows.with_demand(f.loads, carried_usd(state), state.zones)
        for chain in (x.chain for x in found):
            cls = chain.searches[-1].cls
            weights = freight.priced_weights(net, freight.Search(cls), chain.unit, on_arcs)
            new = memo.find(net, weights, state.zones).cost.ravel()
            priced = next(p for p in f.priced if p.offer.unit == chain.unit)
            nest = [c.name for c in priced.offer.chains].index(chain.name)
            old = choice_step.least_in_nest(priced, nest, cls.value_of_time_usd_h, f.rents)
            tonnes = np.asarray(sum(x.batch.demand for x in loads if x.unit == chain.unit))
            known = (old < np.inf) & (new > 0) & (np.arange(z * z) % (z + 1) != 0)
            saved += f.regime.weight * float(tonnes[known] @ np.maximum(1.0 - new[known] / old[known], 0.0))
            moved += f.regime.weight * float(tonnes[known].sum())
    return saved / moved if moved > 0 else 0.0


def arc_rents(rents: Rents, where: offers.Places, network: Network) -> tuple[Floats, Floats]:
    """Rents by place [p] as rents by arc [m]."""
    here = where.arc < network.n_arcs
    out = []
    for values in (rents.usd_teu, rents.usd_t):
        by_arc = np.zeros(network.n_arcs)
        by_arc[where.arc[here]] = values[here]
        out.append(by_arc)
    return out[0], out[1]


def _rents(state: State, flow_usd: Floats, tolerance: float = TOLERANCE) -> None:
    """Rents of every regime at trade by commodity group, and the freight costs that contain them."""
    assert state.zones is not None
    n = len(state.world.trade.iso3)
    out = []
    for f in state.freight:
        loads = flows.with_demand(f.loads, flow_usd, state.zones)
        warm = f.rents
        rents = find_rents(
            flows.batches(loads), *f.places.capacity(f.network), SIGMA, SIGMA_ROUTE,
            None if warm is None else (warm.usd_teu, warm.usd_t), tolerance,
        )  # fmt: skip
        costs = choice_step.costs(f.priced, f.loads, rents, state.zones, n)
        out.append(replace(f, rents=rents, costs=costs))
    state.freight = out


def _settle(state: State, before: State) -> None:
    """Wedges and trade of one world until rents and wedges repeat themselves."""
    if state is not before and state.congestion:
        start = before.freight[-1].rents
        state.freight = [replace(f, rents=f.rents or start) for f in state.freight]
        _recost(state)
    _wedges(state)
    if state is before or not state.congestion:
        return
    demand = carried_usd(before)
    change, damper, step = np.inf, 1.0, np.zeros_like(demand)
    for rounds in range(1, _MOST_ROUNDS + 1):
        solve_central(state, before)
        last, step = step, carried_usd(state) - demand
        if rounds > 1:
            damper = _damper(last, step, damper)
        demand = demand + damper * step
        old = [f.costs.wedge for f in state.freight]
        _rents(state, demand, _ROUGH)
        change = max(_change(a, f.costs.wedge) for a, f in zip(old, state.freight))
        _wedges(state)
        if change <= _TOLERANCE:
            break
    else:
        raise NotConverged("freight and trade in step", change, "rents do not settle: run with --no-congestion")
    _rents(state, demand)
    _wedges(state)
    state.coupling = rounds, change


def _damper(last: Floats, step: Floats, damper: float) -> float:
    """How much of a step to go: a secant along the last one (Barzilai and Borwein 1988).

    Rents curb the trade that makes them, and at full steps the two can swing around each other; how strongly, the last
    two steps tell.
    """
    answer = float(np.vdot(last - step, last)) / max(float(np.vdot(last, last)), 1e-300) / damper
    return float(np.clip(1.0 / max(answer, 1e-9), *_DAMPERS))


def _recost(state: State) -> None:
    assert state.zones is not None
    n = len(state.world.trade.iso3)
    state.freight = [
        replace(f, costs=choice_step.costs(f.priced, f.loads, f.rents, state.zones, n)) for f in state.freight
    ]


def _change(old: Floats, new: Floats) -> float:
    known = np.isfinite(old) & np.isfinite(new)
    return float(np.abs((1.0 + new[known]) / (1.0 + old[known]) - 1.0).max(initial=0.0))


def _wedges(state: State) -> None:
    """The state's wedges at its freight costs; what rules and tariffs put on trade is found once, as is which carriage
    crosses a destination of bans."""
    parts = [(f.regime.weight, f.costs) for f in state.freight]
    if state.wedges is None:
        assert state.zones is not None
        found = trade_step.wedges(state.world, parts)
        base, rules, side = state.world.trade, state.world.rules.on(state.world.date), trade_step.side(found)
        evading_usd = side.evading * trade.would_be(base.flow_usd, side)
        evading_usd *= trade_step.divertible(base.sectors)[:, None, None]
        crossed = crossing.across(state.freight, state.zones, base.iso3, rules, evading_usd)
        state.wedges = replace(found, across=crossed)
    else:
        state.wedges = replace(state.wedges, freight=trade_step.freight_by_sector(parts, state.world))
