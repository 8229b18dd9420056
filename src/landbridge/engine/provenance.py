"""Provenance: what ran, on what, how exactly it was solved, and what it leaves out."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import platform
from importlib.metadata import version

import landbridge
from landbridge.engine.state import State
from landbridge.results import Provenance
from landbridge.rules import unplaced, without_effect
from landbridge.scenario import Scenario
from landbridge.world import World

_PACKAGES = ("numpy", "scipy", "numba", "pandas", "piqp", "highspy")

# What every reader must know; the report prints them.
LIMITS = (
    "Freight: capacities bind where they are known (some ports, canals and rail crossings); elsewhere nothing does. "
    "Rents raise costs and accrue to nobody. Crude takes no room: it moves in the energy model.",
    "Freight: a sector has the same mix of commodity groups in every pair; tonnes and boxes by pair are estimates.",
    "Freight: one constant for overland boxes is fitted to China-Europe rail in January-November 2023.",
    "Trade: static, exact-hat equilibrium of 177 economies and 12 sectors without deficits; wages adjust, capital and "
    "people do not move; canal dues and freight earnings accrue to nobody.",
    "Trade: flows by sector are estimates from totals, customs and gravity; tariffs are weighted applied means of 2015 "
    "(India 2020, Taiwan 2022), then existing preferences included; large departures since then are rules.",
    "Trade: ranges span the trade elasticity (two thirds to 1.4 of central), half to one and a half times the log "
    "wedges of freight and rules, none to five times the 2 % that sanctions are assumed to add to finance where a "
    "scenario changes that, and sluggish and lively energy markets; they are no range over errors of the data.",
    "Trade: what evades a ban (one less the rule's strength) goes round through third economies as recorded trade and "
    "freight suggest; a model's estimate, of no firm and no shipment; the middlemen's margin is nobody's income.",
    "Real income is the trade model's equivalent variation without crude and gas, plus the change of surplus in the "
    "energy markets over income: exact to first order, without the second round of energy prices on wages and trade.",
    "Energy surplus falls to where fuel is made and to where crude is refined or gas is used; who owns rents of links "
    "is assumed (half at each end); refiners' gains passed on abroad in products stay where the refinery is.",
    "Duty and margin between a regulated gas price at home (Russia, Iran, Saudi Arabia) and the export price count as "
    "a cost of the trade (Russia 2023: about 18 billion USD): who loses such exports loses more than is shown.",
    "Flows of crude and gas in the trade tables follow the trade model; those of the energy tables the energy model.",
    "Energy: one year, competitive sellers, linear demand; calibration terms are bounded and printed in table `fit`.",
    "Energy: crude is one quality; refined products, coal and power are outside.",
    "Rules on carriers, flags and single goods bind the watched routes and `landbridge route`, not the flows on the "
    "network: who carries what is not known.",
    "Rules: what is listed in data/rules.csv on the day; evasion is the share of `strength`, not modelled in detail.",
    "Borders and names follow the United Nations' view as far as the data allow; contested places are listed in the "
    "atlas's override table. No position on any dispute is implied.",
)


def of(before: State, after: State, scenario: Scenario, started: dt.datetime) -> Provenance:
    """The record of one run."""
    world = after.world
    seconds = {**before.seconds, **after.seconds}
    inputs = dict(world.inputs)
    text = json.dumps([scenario.digest(), world.date.isoformat(), inputs], sort_keys=True)
    return Provenance(
        landbridge=landbridge.__version__,
        python=platform.python_version(),
        packages={name: version(name) for name in _PACKAGES},
        inputs=inputs,
        input_digest=hashlib.sha256(text.encode()).hexdigest(),
        residuals=_residuals(before, "status quo") | _residuals(after, "scenario"),
        seconds={k: round(v, 3) for k, v in seconds.items()},
        sources=dict(world.sources),
        limits=(*LIMITS, *_out_of_reach(world)),
        started=started.isoformat(timespec="seconds"),
    )


def _out_of_reach(world: World) -> tuple[str, ...]:
    """The rules in force that no model takes up, and the places that they name and no model has."""
    active = world.rules.on(world.date)
    idle = [r.id for r in active.rules if not r.id.startswith("agr-") and without_effect(r)]
    names = {t.id for t in world.network.tags} | {*world.crude.arcs.link, *world.gas.arcs.link}
    lost = sorted({f"{name} ({rule})" for rule, name in unplaced(active, names)})
    out = []
    if idle:
        out.append(f"Rules in force that are documented and have no effect in the models: {', '.join(idle)}.")
    if lost:
        out.append(f"Places of rules that neither the network nor the energy markets have: {', '.join(lost)}.")
    return tuple(out)


def _residuals(state: State, label: str) -> dict[str, float]:
    out = {}
    if state.equilibrium is not None:
        out[f"{label}: trade"] = state.equilibrium.residual
    rents = [f.rents for f in state.freight if f.rents is not None]
    if rents:
        out[f"{label}: assignment, duality gap"] = max(r.duality_gap for r in rents)
        out[f"{label}: assignment, excess over capacity"] = max(r.violation for r in rents)
        out[f"{label}: assignment, rents against loads"] = max(r.residual for r in rents)
        out[f"{label}: freight and trade, {state.coupling[0]} rounds"] = state.coupling[1]
    for fuel, found in state.energy.items():
        result = found.year
        out[f"{label}: {fuel}, KKT"] = result.kkt.worst
        out[f"{label}: {fuel}, price caps"] = result.cap_residual
    return out
