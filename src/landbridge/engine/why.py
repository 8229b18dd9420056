"""Why something moved: the rules and closures on the way of one world and not of the other; by pair, arc and flow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from landbridge.engine.flight import FlightAnswer
from landbridge.engine.route import RouteAnswer
from landbridge.network import Network, arcs_at, shown_name
from landbridge.rules import EnergyEffects, Rule, TradeEffects, compile_network
from landbridge.world import World, in_network

Cited = dict[str, str]  # rule, title, source, when


def why(
    worlds: tuple[World, World], answers: tuple[RouteAnswer | FlightAnswer, RouteAnswer | FlightAnswer]
) -> list[Cited]:
    """What blocks or changes a route between two worlds, each rule once, with `when`; [] where the route is the same.

    Where a side has no way, what blocks it there. Otherwise the rules and closures in force on one side only that
    touch an arc of either side's way, or for a flight close airspace to it.
    """
    before, after = answers
    if not (before.routes and after.routes):
        sides = [{b["rule"]: b for b in a.blocked_by} for a in answers]
    elif isinstance(before, FlightAnswer) or isinstance(after, FlightAnswer):
        if before.routes[0].length_km == after.routes[0].length_km:
            return []
        sides = [{b["rule"]: b for b in a.avoided_by} for a in answers if isinstance(a, FlightAnswer)]
    else:
        old, new = before.routes[0], after.routes[0]
        if np.array_equal(old.arcs, new.arcs) and old.cost_usd == new.cost_usd and old.time_h == new.time_h:
            return []
        path = np.union1d(old.arcs, new.arcs)
        sides = [_on_path(worlds[0], before, path), _on_path(worlds[1], after, path)]
    moved = bool(before.routes and after.routes)
    return [
        {**rule, "when": when(name in sides[0], name in sides[1])}
        for name, rule in {**sides[0], **sides[1]}.items()
        if not moved or (name in sides[0]) != (name in sides[1])
    ]


def when(in_base: bool, in_scenario: bool) -> str:
    """Whether something holds without the scenario, with it, or in both."""
    return "both" if in_base and in_scenario else ("base" if in_base else "scenario")


def _on_path(world: World, answer: RouteAnswer, path: NDArray[np.int64]) -> dict[str, Cited]:
    """Rules and closures of a world that touch arcs of a path."""
    network = world.network
    path = path[path < network.n_arcs]  # works append arcs, they never renumber
    found: dict[str, Cited] = {}
    effects = compile_network(world.rules.on(world.date), network, answer.movement)
    touched = effects.rule_index[path]
    for number in set(touched[touched >= 0].tolist()):
        rule: Rule = effects.rules[number]
        found[rule.id] = {"rule": rule.id, "title": rule.title, "source": rule.source}
    for closure in world.closures:
        if in_network(network, closure.where) and np.isin(arcs_at(network, closure.where), path).any():
            name = f"closure:{closure.where}"
            found[name] = {
                "rule": name,
                "title": f"{shown_name(network, closure.where)} is closed",
                "source": "scenario",
            }
    return found


def of_pair(before: TradeEffects, after: TradeEffects, origin: str, destination: str) -> str:
    """Ids of the rules that change what goes from origin to destination, in force on one side only."""
    sides = [{r.id for r in effects.rules_of(origin, destination)} for effects in (before, after)]
    return " ".join(sorted(sides[0] ^ sides[1]))


def of_arcs(world: World, network: Network, movements: Sequence[Mapping[str, str | float]]) -> dict[int, set[str]]:
    """Arc -> ids of the rules and closures that block it or add to it for traffic of these movements."""
    found: dict[int, set[str]] = {}
    active = world.rules.on(world.date)
    for movement in movements:
        effects = compile_network(active, network, movement)
        for arc in np.flatnonzero(effects.rule_index >= 0).tolist():
            found.setdefault(arc, set()).add(effects.rules[effects.rule_index[arc]].id)
    for closure in world.closures:
        if in_network(network, closure.where):
            for arc in arcs_at(network, closure.where).tolist():
                found.setdefault(arc, set()).add(f"closure:{closure.where}")
    return found


def of_flow(effects: Sequence[EnergyEffects], ends: tuple[str, str], mode: str, link: str) -> str:
    """Ids of the rules that forbid or cap a fuel's flow between two territories, or narrow its link, on either side."""
    found: set[str] = set()
    for side in effects:
        found |= {f.rule.id for f in side.forbid if (f.origin, f.destination) == ends and f.mode == mode}
        found |= {c.rule.id for c in side.caps if c.origin == ends[0] and mode == "sea"}
        found |= {q.rule.id for q in side.quotas if q.origin in ("*", ends[0]) and q.destination in ("*", ends[1])}
        found |= {rule.id for name, rule in side.capacity_rule.items() if name == link}
    return " ".join(sorted(found))
