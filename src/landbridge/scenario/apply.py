"""Scenario -> World': each action is a pure function of the world. Names that do not exist raise, with the nearest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from landbridge.codes import nearest, require_territory
from landbridge.errors import BadScenario, Fault, LandbridgeError, UnknownName
from landbridge.rules import rule_from
from landbridge.scenario import schema, works
from landbridge.scenario.record import Scenario
from landbridge.scenario.schema import Action, as_list
from landbridge.world import Agreement, Closure, TariffChange, World, resolve_where

# Trade change of an agreement by depth, log points turned into shares: customs unions about double trade; a free
# trade area exp(0.40) (data/effects.csv: Baier and Bergstrand 2007, Yotov et al. 2016; the split is a judgement).
DEPTH_EFFECT = {"preferential": 0.17, "free_trade": 0.49, "customs_union": 0.99}


def apply(scenario: Scenario, world: World) -> World:
    """The world with the scenario's actions in force. BadScenario lists every name that does not exist, with lines."""
    if scenario.date is not None:
        world = replace(world, date=scenario.date)
    faults: list[Fault] = []
    for action in scenario.ordered():
        try:
            world = _APPLY[type(action)](action, world)
        except LandbridgeError as error:
            faults.extend(_placed(error, scenario, action))
    if faults:
        raise BadScenario(faults)
    return world


def _placed(error: LandbridgeError, scenario: Scenario, action: Action) -> list[Fault]:
    """An error's faults with the line of the action."""
    inner = getattr(error, "faults", None) or (Fault(str(error)),)
    return [Fault(f.what, scenario.where(action), f.remedy) for f in inner]


def _rule(action: Any, world: World) -> World:
    row = action.model_dump(by_alias=True, exclude={"title"}) | {"title": action.title or action.id}
    row["source"] = action.source or "scenario"
    return replace(world, rules=world.rules.add(rule_from(row)))


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
    members = tuple(_economies(action.members, world))
    effect = DEPTH_EFFECT.get(action.depth, 0.0) if action.effect is None else action.effect
    source = action.source or "assumed: effect by depth of agreement (scenario/apply.py)"
    return replace(world, agreements=(*world.agreements, Agreement(members, effect, action.border_hours, source)))


def _tariff(action: schema.Tariff, world: World) -> World:
    change = TariffChange(
        tuple(_economies(action.by, world)), tuple(_economies(action.on, world)), action.rate, action.inside
    )
    return replace(world, tariffs=(*world.tariffs, change))


def _close(action: schema.Close, world: World) -> World:
    shut = []
    for where in as_list(action.where):
        resolve_where(world, where)
        shut.append(Closure(where, action.share, action.days))
    return replace(world, closures=(*world.closures, *shut))


def _shock(action: schema.Shock, world: World) -> World:
    where = [require_territory(w) for w in as_list(action.where)]
    factor = dict.fromkeys(where, action.factor)
    if action.what == "productivity":
        known = _economies(where, world)
        return replace(world, productivity={**world.productivity, **dict.fromkeys(known, action.factor)})
    market = world.crude if action.good == "crude" else world.gas
    market = market.scale_supply(factor) if action.what == "supply" else market.scale_demand(factor)
    return replace(world, **{action.good: market})  # type: ignore[arg-type]


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
