"""Scenario -> World': each action is a pure function of the world. Names that do not exist raise, with the nearest."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from landbridge import network as net
from landbridge.codes import nearest, require_territory
from landbridge.energy import Market
from landbridge.errors import BadRule, BadScenario, Fault, LandbridgeError, UnknownName
from landbridge.rules import deepening, rule_from, unknown_groups
from landbridge.scenario import schema, works
from landbridge.scenario.conflicts import conflicts
from landbridge.scenario.idle import idle
from landbridge.scenario.record import Scenario
from landbridge.scenario.schema import Action, as_list
from landbridge.world import Agreement, Closure, TariffChange, World, resolve_where


def apply(scenario: Scenario, world: World) -> World:
    """The world with the scenario's actions in force. BadScenario lists every name that does not exist, with lines.

    An action that changes nothing is no error here: it is named in the world's notes, and is a fault for `check`.
    """
    changed, faults, idle = examine(scenario, world)
    if faults:
        raise BadScenario(faults)
    notes = tuple(f"{f.where} changes nothing: {f.what}." for f in idle)
    notes += tuple(f"Read as {note}." for note in _shared_names(scenario, world))
    notes += _duties_only(scenario, world)
    return replace(changed, notes=(*changed.notes, *notes)) if notes else changed


def _shared_names(scenario: Scenario, world: World) -> tuple[str, ...]:
    """What the way points of works were taken for where several places share a name."""
    works = [a for a in scenario.ordered() if isinstance(a, schema.Build)]
    words = dict.fromkeys(w for a in works for w in (*a.via, a.at) if w)
    found = []
    for word in words:
        with contextlib.suppress(UnknownName):  # a node of energy alone
            found.append(net.place_note(world.network, word))
    return tuple(filter(None, found))


def _duties_only(scenario: Scenario, world: World) -> tuple[str, ...]:
    """Who joins or leaves an agreement changes duties alone: its estimated effect is in the base and stays there."""
    moved = dict.fromkeys(g for a in scenario.actions if isinstance(a, schema.Join | schema.Leave) for g in a.groups)
    names = [
        rule.title.split(": effect on trade")[0]
        for rule in world.rules.rules
        if rule.unit == "trade_change" and any(f"@{g}" in re.findall(r"@\w+", rule.to_row()["who"]) for g in moved)
    ]
    if not names:
        return ()
    return (
        f"Membership in {', '.join(moved)} changes duties under {', '.join(dict.fromkeys(names))}, not what the "
        "agreement saves beyond them, which is larger: add [[agree]] with `depth` (or a negative `effect`) for that.",
    )


def examine(scenario: Scenario, world: World) -> tuple[World, list[Fault], list[Fault]]:
    """The world as far as the actions can be applied, what is wrong with them, and which of them change nothing."""
    if scenario.date is not None:
        world = replace(world, date=scenario.date)
    faults = [Fault(f.what, scenario.where(action, key), f.remedy) for action, key, f in conflicts(scenario.actions)]
    moot: list[Fault] = []
    for action in scenario.ordered():
        moot += [Fault(f.what, scenario.where(action, key), f.remedy) for key, f in idle(action, world)]
        try:
            if isinstance(action, schema.Close | schema.Reopen):
                _require_places(action, world)
            world = _APPLY[type(action)](action, world)
        except LandbridgeError as error:
            faults.extend(_placed(error, scenario, action))
    return world, faults, moot


_OF_RULE = re.compile(r"rule [^,]*, (?P<key>\w+)(?:, position (?P<at>\d+))?$")


def _placed(error: LandbridgeError, scenario: Scenario, action: Action) -> list[Fault]:
    """An error's faults with the line of the action, of a rule's faults with the line of the key and the position."""
    out = []
    for fault in getattr(error, "faults", None) or (Fault(str(error)),):
        spot = _OF_RULE.match(fault.where)
        key = spot["key"] if spot else fault.where if fault.where in schema.fields_of(type(action)) else ""
        at = f" at position {spot['at']} of {key}" if spot and spot["at"] else ""
        out.append(Fault(f"{fault.what}{at}", scenario.where(action, key), fault.remedy))
    return out


def _rule(action: schema.NewRule, world: World) -> World:
    row = action.row()
    try:
        rule = rule_from(row)
    except BadRule as error:  # the groups that it names are looked up as well, so that all faults come together
        raise BadRule([*error.faults, *unknown_groups(row, world.rules.groups)]) from error
    return replace(world, rules=world.rules.add(rule))


def _lift(action: schema.Lift, world: World) -> World:
    return replace(world, rules=world.rules.lift(action.ids, world.date))


def _require_members(action: schema.Join | schema.Leave, world: World) -> None:
    """Unknown countries and unknown groups in one message."""
    faults: list[Fault] = []
    for code in action.who:
        try:
            require_territory(code)
        except UnknownName as error:
            faults += error.faults
    known = world.rules.groups
    for group in action.groups:
        if group not in known:
            near = ", ".join(nearest(group, known)) or "see `landbridge rules list`"
            faults.append(Fault(f"unknown group {group!r}", remedy=f"nearest: {near}"))
    if faults:
        raise UnknownName(faults)


def _join(action: schema.Join, world: World) -> World:
    _require_members(action, world)
    return replace(world, rules=world.rules.join(action.who, action.groups, world.date, action.source or "scenario"))


def _leave(action: schema.Leave, world: World) -> World:
    _require_members(action, world)
    return replace(world, rules=world.rules.leave(action.who, action.groups, world.date))


def _agree(action: schema.Agree, world: World) -> World:
    """The trade change among members, and a cap on the hours at the borders between them."""
    members = tuple(_economies(action.members, world))
    n = len(members)
    source = action.source or "assumed: effect by depth of agreement (data/effects.csv)"
    if action.effect is not None:
        change = np.full((n, n), action.effect)
        np.fill_diagonal(change, 0.0)
    elif action.depth:
        change = deepening(world.rules.on(world.date), members, schema.DEPTH_OF[action.depth])
    else:
        change = np.zeros((n, n))
    if action.border_hours is not None:
        slow = _slow_borders(world.network, members, action.border_hours)
        world = replace(world, network=net.improve(world.network, slow, time_h=action.border_hours))
    return replace(world, agreements=(*world.agreements, Agreement(members, change, source)))


def _slow_borders(network: net.Network, members: tuple[str, ...], hours: float) -> np.ndarray:
    """Border arcs between two members where goods wait longer than `hours`."""
    inside = [len(t.countries) == 2 and set(t.countries) <= set(members) for t in network.tags]
    tagged = np.array([*inside, False])[network.arc_tag]  # arcs without a tag have -1: the last entry
    border = network.arc_kind == net.ARC_KINDS.index("border")
    return np.flatnonzero(tagged & border & (network.time_h > hours))


def _tariff(action: schema.Tariff, world: World) -> World:
    sectors = tuple(as_list(action.sector)) if action.sector else ()
    goods = [s for s in world.trade.sectors if s != "services"]
    unknown = [s for s in sectors if s not in goods]
    if unknown:
        near = ", ".join(nearest(unknown[0], goods))
        hint = f"did you mean {near}? " if near else "services bear no tariff; " if "services" in unknown else ""
        raise UnknownName(f"unknown sector {unknown[0]!r}", "sector", f"{hint}sectors: {', '.join(goods)}")
    change = TariffChange(
        tuple(_economies(action.by, world)), tuple(_economies(action.on, world)), action.rate, action.inside, sectors
    )
    return replace(world, tariffs=(*world.tariffs, change))


def _close(action: schema.Close, world: World) -> World:
    shut = tuple(Closure(where, action.share, action.days) for where in as_list(action.where))
    return replace(world, closures=(*world.closures, *shut))


def _require_places(action: schema.Close | schema.Reopen, world: World) -> None:
    """Every unknown name of an action's `where` in one message."""
    faults: list[Fault] = []
    for where in as_list(action.where):
        try:
            resolve_where(world, where)
        except UnknownName as error:
            faults += error.faults
    if faults:
        raise UnknownName(faults)


def _shock(action: schema.Shock, world: World) -> World:
    if action.what == "price":
        return _with_market(world, action.good, _market(world, action.good).scale_price(action.factor))
    where = [require_territory(w) for w in as_list(action.where)]
    factor = dict.fromkeys(where, action.factor)
    if action.what == "productivity":
        known = _economies(where, world)
        return replace(world, productivity={**world.productivity, **dict.fromkeys(known, action.factor)})
    market = _market(world, action.good)
    change = {"supply": market.scale_supply, "demand": market.scale_demand, "conduct": market.with_conduct}
    return _with_market(world, action.good, change[action.what](factor))


def _market(world: World, good: str) -> Market:
    return world.crude if good == "crude" else world.gas


def _with_market(world: World, good: str, market: Market) -> World:
    return replace(world, crude=market) if good == "crude" else replace(world, gas=market)


def _economies(codes: list[str], world: World) -> list[str]:
    """Economies or @GROUPS as ISO3 codes of the trade baseline."""
    out: list[str] = []
    for code in codes:
        if code.startswith("@"):
            members = world.rules.on(world.date).members(code[1:])
            out += [m for m in sorted(members) if m in world.trade.iso3]
        else:
            out.append(world.trade.iso3[world.trade.index(require_territory(code))])
    return list(dict.fromkeys(out))


_APPLY: dict[type[Action], Callable[[Any, World], World]] = {
    schema.NewRule: _rule,
    schema.Lift: _lift,
    schema.Join: _join,
    schema.Leave: _leave,
    schema.Agree: _agree,
    schema.Tariff: _tariff,
    schema.Build: works.build,
    schema.Improve: works.improve,
    schema.Reopen: works.reopen,
    schema.Close: _close,
    schema.Shock: _shock,
}
