"""One world solved: freight, trade, flows, energy and the monitored routes, with residuals and seconds."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from landbridge import tables, trade
from landbridge.engine import energy as energy_step
from landbridge.engine import flows as flow_step
from landbridge.engine import freight, gains, goods, regimes
from landbridge.engine import trade as trade_step
from landbridge.engine.energy import FUELS, FuelAnswer
from landbridge.engine.flight import FlightAnswer, flight
from landbridge.engine.flows import ArcFlows
from landbridge.engine.freight import FreightCosts, Memo
from landbridge.engine.gains import Surplus
from landbridge.engine.regimes import Regime
from landbridge.engine.route import RouteAnswer, route
from landbridge.engine.zones import Zones, zones
from landbridge.errors import BadInput, UnknownName
from landbridge.network import Network
from landbridge.rules import network_mixture
from landbridge.world import World

ROOMS: Final = ("routes", "flows", "energy", "trade")
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class FreightRegime:
    """Costs in one regime of closures."""

    regime: Regime
    network: Network
    costs: FreightCosts


@dataclass
class State:
    """What is known of one world so far; rooms that were not asked for stay empty."""

    world: World
    rooms: tuple[str, ...]
    zones: Zones | None = None
    found: list[tuple[Regime, Network, tuple[freight.Found, ...]]] = field(default_factory=list)
    freight: list[FreightRegime] = field(default_factory=list)
    wedges: trade_step.Wedges | None = None
    purged: trade.Baseline | None = None  # the baseline without deficits, solved once
    equilibrium: trade.Equilibrium | None = None
    incomes: tuple[trade.Equilibrium, ...] = ()  # for real income: central, then the corners of the parameter box
    gains: dict[str, Surplus] = field(default_factory=dict)  # by fuel, against the status quo; empty for that itself
    flows: ArcFlows | None = None
    energy: dict[str, FuelAnswer] = field(default_factory=dict)
    routes: list[tuple[tuple[str, ...], RouteAnswer | FlightAnswer]] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)


def rooms_of(only: tuple[str, ...], world: World) -> tuple[str, ...]:
    """Rooms to run, checked; flows need trade's freight costs, which run as soon as either is asked for."""
    unknown = [r for r in only if r not in ROOMS]
    if unknown:
        raise UnknownName(f"unknown room {unknown[0]!r}", "--only", f"rooms: {', '.join(ROOMS)}")
    if world.energy_only:
        missing = [r for r in only if r != "energy"]
        if missing:
            what = f"baseline {world.name} has no {missing[0]}: it is calibrated for energy only"
            raise BadInput(what, "--only", "leave --only out, or start from baseline 2023-10")
        return ("energy",)
    return only or ROOMS


@contextmanager
def timed(state: State, step: str, progress: Progress) -> Iterator[None]:
    """Show a step and remember its seconds."""
    progress(step)
    start = time.perf_counter()
    yield
    state.seconds[step] = time.perf_counter() - start


def prepare(world: World, rooms: tuple[str, ...], label: str, progress: Progress, memo: Memo) -> State:
    """Everything of a world that does not depend on another world: freight costs, wedges, energy, routes."""
    state = State(world, rooms)
    if "trade" in rooms or "flows" in rooms:
        with timed(state, f"{label}: freight costs", progress):
            state.zones = zones(world.network, world.trade.iso3)
            rules = world.rules.on(world.date)
            for regime in regimes.regimes(world.closures):
                network = regimes.network_of(world.network, regime)
                # who obeys a rule of strength below one and who does not meet two networks
                for share, obeyed in network_mixture(rules, network, freight.MOVEMENTS):
                    part = replace(regime, weight=regime.weight * share)
                    state.found.append((part, network, freight.find(network, obeyed, state.zones, memo)))
    if "energy" in rooms:
        for fuel in energy_step.FUELS:
            with timed(state, f"{label}: {fuel}", progress):
                state.energy[fuel] = energy_step.solve(world, fuel, ranges=label == "scenario")
    if "routes" in rooms:
        with timed(state, f"{label}: routes", progress):
            state.routes = _monitored(world)
    return state


def price_freight(states: Sequence[State], progress: Progress) -> None:
    """Freight costs and wedges of each world, all choosing among the ways that any of them found."""
    settings = [found for state in states for _, _, found in state.found]
    for state, label in zip(states, ("status quo", "scenario")):
        assert state.zones is not None
        n = len(state.world.trade.iso3)
        with timed(state, f"{label}: freight wedges", progress):
            for regime, network, found in state.found:
                costs = freight.costs(freight.price(found, settings), state.zones, n)
                state.freight.append(FreightRegime(regime, network, costs))
        with timed(state, f"{label}: rules on trade", progress):
            pairs = [(f.regime.weight, f.costs.wedge) for f in state.freight]
            state.wedges = trade_step.wedges(state.world, pairs)


def _monitored(world: World) -> list[tuple[tuple[str, ...], RouteAnswer | FlightAnswer]]:
    """The routes that every result shows (data/monitored_routes.csv)."""
    table = tables.shipped("monitored_routes")
    out: list[tuple[tuple[str, ...], RouteAnswer | FlightAnswer]] = []
    for row in table.to_dict("records"):
        origin, destination, modes = row["origin"], row["destination"], tuple(row["by"].split(","))
        if modes == ("air",):
            out.append((modes, flight(world, origin, destination, carrier=row["carrier"])))
            continue
        named = {k: row[k] for k in ("carrier", "flag")} | {"good": row["good"] or "containers"}
        out.append((modes, route(world, origin, destination, by=modes, **named)))
    return out


# Ranges: elasticity of trade and size of the freight wedge, low and high (docs/explanation/decisions.md).
THETA_FACTORS: Final = (0.67, 1.4)  # the low and high elasticities of the shipped baseline (data/trade/parameters.csv)
WEDGE_POWERS: Final = (0.5, 1.5)  # value of time and value per tonne, both known within about half


def solve_trade(state: State, before: State, label: str, progress: Progress) -> None:
    """The trade equilibrium of a world against its base, central and at the corners of the parameter box."""
    assert state.wedges is not None and before.wedges is not None
    with timed(state, f"{label}: trade", progress):
        base = before.purged or trade.purge(before.world.trade)
        before.purged = base
        productivity = state.world.productivity
        hat = trade_step.wedge_hat(before.wedges, state.wedges, base)
        tariffs = trade_step.tariffs_new(before.wedges, state.wedges, base)
        state.equilibrium = trade_step.solve(base, productivity, hat, tariffs)
        # what happens to crude and gas enters real income once: from the energy room where it runs, else from here
        known = trade_step.without(hat, FUELS, base) if state.energy else hat
        corners = [(1.0, 1.0), *((t, p) for t in THETA_FACTORS for p in WEDGE_POWERS)]
        state.incomes = tuple(
            trade_step.solve(base, productivity, known, tariffs, theta_factor=t, hat_power=p) for t, p in corners
        )


def solve_flows(state: State, label: str, progress: Progress) -> None:
    """Goods on the arcs: the equilibrium's trade on the chains of each regime."""
    assert state.zones is not None and state.equilibrium is not None
    with timed(state, f"{label}: flows", progress):
        flow_usd = carried_usd(state)
        state.flows = flow_step.add(
            [flow_step.load(f.network, f.costs.chains, flow_usd, state.zones, f.regime.weight) for f in state.freight]
        )


def carried_usd(state: State) -> NDArray[np.float64]:
    """Trade between economies by commodity group, USD a year [g, n, n]."""
    assert state.equilibrium is not None
    mix = goods.sector_mix(state.world.trade.sectors)
    return np.asarray(np.tensordot(mix.T, trade_step.flow_usd(state.world, state.equilibrium), axes=1))


def solve_pair(world: World, changed: World, rooms: tuple[str, ...], progress: Progress) -> tuple[State, State]:
    """The status quo and the world with the scenario, both solved."""
    memo = Memo()
    before = prepare(world, rooms, "status quo", progress, memo)
    after = before if changed is world else prepare(changed, rooms, "scenario", progress, memo)
    if "trade" in rooms or "flows" in rooms:
        price_freight([before] if after is before else [before, after], progress)
        solve_trade(before, before, "status quo", progress)
        if after is not before:
            solve_trade(after, before, "scenario", progress)
    if "energy" in rooms and after is not before:
        after.gains = gains.change(before.energy, after.energy, world.trade)
    if "flows" in rooms:
        solve_flows(before, "status quo", progress)
        if after is not before:
            solve_flows(after, "scenario", progress)
    return before, after


def at_date(world: World, changed: World) -> World:
    """The status quo read on the scenario's day, so that only the scenario differs."""
    return world if world.date == changed.date else replace(world, date=changed.date)
