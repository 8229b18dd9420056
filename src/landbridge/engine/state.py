"""One world solved: freight, trade, flows, energy and the monitored routes, with residuals and seconds."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from landbridge import tables, trade
from landbridge.assignment import Rents
from landbridge.engine import energy as energy_step
from landbridge.engine import flows as flow_step
from landbridge.engine import freight, goods, regimes
from landbridge.engine import trade as trade_step
from landbridge.engine.choice import FreightCosts, Load
from landbridge.engine.energy import FUELS, FuelAnswer
from landbridge.engine.flight import FlightAnswer, flight
from landbridge.engine.flows import ArcFlows
from landbridge.engine.freight import Memo
from landbridge.engine.gains import Surplus
from landbridge.engine.offers import Places, Priced
from landbridge.engine.regimes import Regime
from landbridge.engine.route import RouteAnswer, route
from landbridge.engine.zones import Zones, zones
from landbridge.errors import BadInput, UnknownName
from landbridge.network import Network
from landbridge.rules import load_rules, network_mixture
from landbridge.world import BASELINES, World

ROOMS: Final = ("routes", "flows", "energy", "trade")
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class FreightRegime:
    """Freight in one regime of closures: offers at its prices, and what the bottlenecks charge."""

    regime: Regime
    network: Network
    places: Places
    priced: tuple[Priced, ...]
    loads: tuple[Load, ...]
    rents: Rents | None  # None: without capacities
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
    gain_ends: tuple[dict[str, Surplus], ...] = ()  # the same with sluggish and with lively markets
    flows: ArcFlows | None = None
    congestion: bool = True
    left_out: float = 0.0  # mean saving that the best ways outside the choice would offer at the rents
    coupling: tuple[int, float] = (0, 0.0)  # rounds of trade and rents, and the last change of a freight wedge
    energy: dict[str, FuelAnswer] = field(default_factory=dict)
    outlook: tuple[Mapping[str, Any], ...] = ()  # rows of years to come, where the scenario builds for them
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


def prepare(
    world: World, rooms: tuple[str, ...], label: str, progress: Progress, memo: Memo, before: State | None = None
) -> State:
    """Everything of a world that does not depend on another world: freight costs, wedges, energy, routes.

    A fuel that meets the same market, rules and closures as in the state `before` takes its answer from there.
    """
    state = State(world, rooms)
    if "trade" in rooms or "flows" in rooms:
        with timed(state, f"{label}: freight costs", progress):
            between = world.trade.flow_usd.sum(axis=0) * (1.0 - np.eye(len(world.trade.iso3)))
            state.zones = zones(world.network, world.trade.iso3, between.sum(axis=0) + between.sum(axis=1))
            rules, published = world.rules.on(world.date), load_rules().on(BASELINES[world.name])
            for regime in regimes.regimes(world.closures):
                network = regimes.ruled(regimes.network_of(world.network, regime), rules, published)
                # who obeys a rule of strength below one and who does not meet two networks
                for share, obeyed in network_mixture(rules, network, freight.MOVEMENTS):
                    part = replace(regime, weight=regime.weight * share)
                    # the status quo's ways around choke points are in the scenario's choice as well
                    found = freight.find(network, obeyed, state.zones, memo, alternatives=label == "status quo")
                    state.found.append((part, network, found))
    if "energy" in rooms:
        for fuel in energy_step.FUELS:
            with timed(state, f"{label}: {fuel}", progress):
                known = before is not None and energy_step.same(before.world, world, fuel)
                state.energy[fuel] = (
                    before.energy[fuel] if before and known else energy_step.solve(world, fuel, ranges=True)
                )
    if "routes" in rooms:
        with timed(state, f"{label}: routes", progress):
            state.routes = _monitored(world)
    return state


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
# What sanctions add to the cost of finance is assumed (2 %): none to 10 %, what importers in Iran named in 2007
# (note of the rule swift-ban).
FINANCE_POWERS: Final = (0.0, 5.0)


def solve_trade(state: State, before: State, label: str, progress: Progress) -> None:
    """The trade equilibrium of a world against its base, central and at the corners of the parameter box."""
    with timed(state, f"{label}: trade", progress):
        solve_central(state, before)
        base, hat, tariffs = _shift(state, before)
        productivity = state.world.productivity
        # what happens to crude and gas enters real income once: from the energy room where it runs, else from here
        known = trade_step.without(hat, FUELS, base) if state.energy else hat
        corners = [(1.0, 1.0), *((t, p) for t in THETA_FACTORS for p in WEDGE_POWERS)]
        cases = [trade_step.solve(base, productivity, known, tariffs, theta_factor=t, hat_power=p) for t, p in corners]
        finance = dearer_finance(before, state)
        if finance is not None:
            more = trade_step.without(finance, FUELS, base) if state.energy else finance
            cases += [trade_step.solve(base, productivity, known * more ** (p - 1.0), tariffs) for p in FINANCE_POWERS]
        state.incomes = tuple(cases)


def dearer_finance(before: State, state: State) -> NDArray[np.float64] | None:
    """How the cost of finance moves [k,i,j], factor; None where the scenario leaves it alone."""
    assert state.wedges is not None and before.wedges is not None
    hat = state.wedges.effects.finance / before.wedges.effects.finance
    return None if np.array_equal(hat, np.ones_like(hat)) else hat


def solve_central(state: State, before: State) -> None:
    """The trade equilibrium at central parameters."""
    base, hat, tariffs = _shift(state, before)
    state.equilibrium = trade_step.solve(base, state.world.productivity, hat, tariffs)


def _shift(state: State, before: State) -> tuple[trade.Baseline, NDArray[np.float64], NDArray[np.float64]]:
    """The purged base, the change of its wedges, the new tariffs."""
    assert state.wedges is not None and before.wedges is not None
    base = before.purged or trade.purge(before.world.trade)
    before.purged = base
    return (
        base,
        trade_step.wedge_hat(before.wedges, state.wedges, base),
        trade_step.tariffs_new(before.wedges, state.wedges, base),
    )


def solve_flows(state: State, label: str, progress: Progress) -> None:
    """Goods on the arcs: the equilibrium's trade on the routes of each regime."""
    assert state.zones is not None and state.equilibrium is not None
    with timed(state, f"{label}: flows", progress):
        flow_usd = carried_usd(state)
        parts = []
        for f in state.freight:
            loads = flow_step.with_demand(f.loads, flow_usd, state.zones)
            n = len(state.world.trade.iso3)
            parts.append(flow_step.load(f.network, f.priced, loads, f.rents, state.zones, n, f.regime.weight))
        state.flows = flow_step.add(parts)


def carried_usd(state: State) -> NDArray[np.float64]:
    """Trade between economies by commodity group, USD a year [g, n, n]: the equilibrium's, or the observed."""
    world = state.world
    flow = world.trade.flow_usd if state.equilibrium is None else trade_step.flow_usd(world, state.equilibrium)
    return np.asarray(np.tensordot(goods.sector_mix(world.trade.sectors).T, flow, axes=1))


def at_date(world: World, changed: World) -> World:
    """The status quo read on the scenario's day, so that only the scenario differs."""
    return world if world.date == changed.date else replace(world, date=changed.date)
