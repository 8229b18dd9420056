"""run: a scenario in, an answer out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pandas as pd

from landbridge.engine import answer, energy_outlook, figures, provenance
from landbridge.engine.coupling import solve_pair
from landbridge.engine.state import Progress, State, at_date, rooms_of
from landbridge.network import arcs_at, shown_name
from landbridge.results import Result
from landbridge.scenario import Scenario, apply, read_scenario
from landbridge.world import World, resolve_where

STATUS_QUO = "Status quo, October 2023"
_LEAST_RENT_BUSD: Final = 1.0  # billion USD a year
_LEAST_PERCENT: Final = 5e-4  # of real income, as in figures
_LEAST_T: Final = 1e3  # a year
_NOTHING: Final = (
    "Nothing moves: what the scenario changes is not used in the status quo, has room to spare, or is no limit there "
    "(more plant or port does not make more fuel or trade)."
)


def run(
    world: World,
    scenario: Scenario | str | Path | None = None,
    *,
    only: str | tuple[str, ...] = (),
    congestion: bool = True,
    progress: Progress = lambda step: None,
) -> Result:
    """Solve the world with the scenario against the status quo of the same day.

    `only` names rooms (routes, flows, energy, trade); without `congestion` known capacities of ports, crossings and
    passages hold nothing back. Raises BadScenario for names that do not exist, NotConverged
    where a solver stops short: never numbers with a warning.
    """
    started = dt.datetime.now(dt.UTC)
    if isinstance(scenario, str | Path):
        scenario = read_scenario(scenario)
    rooms = rooms_of((only,) if isinstance(only, str) else only, world)
    asked = scenario or Scenario(title=STATUS_QUO)
    changed = apply(asked, world) if scenario is not None else world
    before, after = solve_pair(at_date(world, changed), changed, rooms, progress, congestion)
    found, tables = figures.figures(before, after), answer.tables(before, after)
    still = after is not before and figures.nothing_moves(found) and _nobody_moves(tables)
    return Result(
        title=asked.title,
        scenario=asked.as_dict(),
        baseline=world.name,
        figures=found,
        tables=tables,
        provenance=provenance.of(before, after, asked, started),
        notes=((_NOTHING,) if still else ()) + _unused(before, after) + _notes(before, after),
    )


def _nobody_moves(tables: Mapping[str, pd.DataFrame]) -> bool:
    """Whether no economy's real income changes by as much as would be told."""
    return "real_income" not in tables or float(tables["real_income"]["percent"].abs().max()) < _LEAST_PERCENT


def _unused(before: State, after: State) -> tuple[str, ...]:
    """Closed places that carry no goods in the status quo: a closure that costs nothing is then no finding."""
    if before.flows is None:
        return ()
    out = []
    for where in dict.fromkeys(c.where for c in after.world.closures if not c.season):
        if resolve_where(after.world, where) != ("network",):
            continue
        arcs = arcs_at(before.world.network, where)
        if float(before.flows.tonnes[arcs].sum()) < _LEAST_T:
            name = shown_name(before.world.network, where)
            out.append(f"{name} carries no goods in the model's status quo, so that closing it moves none.")
    return tuple(out)


def _notes(before: State, state: State) -> tuple[str, ...]:
    world = state.world
    notes = list(world.notes)
    if state.outlook:
        notes.append(energy_outlook.note(state.outlook))
    if world.energy_only:
        notes.append(f"Baseline {world.name} knows crude oil and gas only: networks and trade ship for 2023-10.")
    later = [w for w in world.works if w.opens and int(w.opens) > world.date.year]
    if later:
        names = ", ".join(f"{w.name} ({w.opens})" for w in later[:4])
        more = f" and {len(later) - 4} more" if len(later) > 4 else ""
        notes.append(f"Works that open later are treated as open in the economy of {world.date.year}: {names}{more}.")
    for closure in world.closures:
        if closure.season:
            notes.append(
                f"{shown_name(world.network, closure.where)} is open from {closure.season}: a share of "
                f"{1.0 - closure.intensity:.0%} of the year's traffic may use it, the rest goes the next best way."
            )
        elif closure.days is not None or closure.share < 1:
            days = "all year" if closure.days is None else f"{closure.days:g} days"
            notes.append(
                f"{shown_name(world.network, closure.where)} is shut for {closure.share:.0%} of traffic, {days}: "
                f"the model is static and counts {closure.intensity:.0%} of the year's traffic."
            )
    if state.flows is not None and before.flows is not None:
        stuck = state.flows.unserved_t - before.flows.unserved_t
        if stuck > 1e5:
            notes.append(f"{stuck / 1e6:,.1f} Mt a year more than without the scenario find no way, and stay unserved.")
    ownerless = sum(part.unallocated_usd for part in state.gains.values()) / 1e9
    if abs(ownerless) > _LEAST_RENT_BUSD:
        notes.append(
            f"Energy rents without a known owner (shadow fleet, rationed passages) change by {ownerless:+,.1f} "
            "billion USD a year and are in no economy's income."
        )
    hard = [f.regimes[-1] for f in state.energy.values() if len(f.regimes) > 1 and f.regimes[-1][0].shut]
    if hard:
        prices = "; ".join(
            f"{', '.join(f'{n} {p:,.0f}' for n, p in list(r.benchmarks().items())[:3])} {r.market.price_unit}"
            for _, r in hard
        )
        shut = ", ".join(shown_name(world.network, where) for where in hard[0][0].shut)
        notes.append(f"While {shut} is shut, without stocks: {prices}.")
    for fuel, found in state.energy.items():
        result = found.year
        short = float(result.unserved.sum())
        if short > 0.05:
            where = [
                result.market.nodes.name[i] for i in result.unserved.argsort()[::-1][:3] if result.unserved[i] > 0.05
            ]
            notes.append(
                f"{short:,.1f} {result.market.quantity_unit} of {fuel} demand go unserved ({', '.join(where)})."
            )
    return tuple(notes)
