"""Actions that change nothing: each is a fault for `check` and a note in the result of a run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from landbridge import rules
from landbridge.codes import is_territory
from landbridge.errors import BadRule, Fault, UnknownName
from landbridge.network import arcs_at
from landbridge.rules import Rule
from landbridge.scenario import schema
from landbridge.scenario.schema import Action, as_list
from landbridge.world import World, in_network, resolve_where

Idle = list[tuple[str, Fault]]  # key of the action, what changes nothing


def idle(action: Action, world: World) -> Idle:
    """What of an action changes nothing in the world as it stands before the action, by key; [] where all of it does.

    Unknown names are not looked at here: applying the action raises for them.
    """
    look = _LOOK.get(type(action))
    return [] if look is None else look(action, world)


def _join(action: schema.Join, world: World) -> Idle:
    return _members(action, world, inside=True)


def _leave(action: schema.Leave, world: World) -> Idle:
    return _members(action, world, inside=False)


def _members(action: schema.Join | schema.Leave, world: World, *, inside: bool) -> Idle:
    active = world.rules.on(world.date)
    groups = [g for g in action.groups if g in active.groups]
    codes = [c for c in action.who if is_territory(c)]
    moot = {(c, g) for c in codes for g in groups if (c in active.groups[g]) == inside}
    idle_codes = [c for c in codes if groups and all((c, g) in moot for g in groups)]
    idle_groups = [g for g in groups if codes and all((c, g) in moot for c in codes)]
    word = "already in" if inside else "not in"
    verb = "join" if inside else "leave"
    out: Idle = [
        ("who", Fault(f"{c} is {word} {', '.join(groups)} on {active.date}", "", f"drop {c}, or choose other groups"))
        for c in idle_codes
    ]
    if len(idle_codes) == len(codes):
        return out
    return out + [
        ("groups", Fault(f"{', '.join(codes)} {verb} {g} without effect: {word} it on {active.date}", "", f"drop {g}"))
        for g in idle_groups
    ]


def _lift(action: schema.Lift, world: World) -> Idle:
    day, known = world.date.isoformat(), {r.id: r for r in world.rules.rules}
    out: Idle = []
    for rule in (known[name] for name in action.ids if name in known):
        why = _out_of_force(rule, day) or rules.without_effect(rule)
        if why:
            out.append(("ids", Fault(f"lifting {rule.id} changes nothing: {why}", "", "drop it, or change `date`")))
    return out


def _out_of_force(rule: Rule, day: str) -> str:
    if rule.until_date and rule.until_date < day:
        return f"it ended on {rule.until_date}"
    return f"it begins on {rule.from_date} only, after {day}" if rule.from_date > day else ""


def _rule(action: schema.NewRule, world: World) -> Idle:
    try:
        rule = rules.rule_from(action.row())
    except BadRule:  # applying it says what is wrong
        return []
    why = _out_of_force(rule, world.date.isoformat())
    if why:
        return [("from" if "begins" in why else "until", Fault(f"rule {rule.id} changes nothing: {why}", "", _DATES))]
    value = rule.value_on(world.date.isoformat())
    if rule.strength == 0.0:
        return [("strength", Fault(f"rule {rule.id} changes nothing: nobody obeys it", "", "give a strength above 0"))]
    nothing = 1.0 if rule.unit == "x" else 0.0
    free_trade = rule.effect == "tariff" and rule.unit == "share"
    if value == nothing and not free_trade and rule.effect not in ("quota", "permit"):
        what = f"rule {rule.id} changes nothing: {rule.effect} {value:g} {rule.unit}".rstrip()
        return [("value", Fault(what, "", "give a value that changes something"))]
    why = rules.without_effect(rule)
    return [("effect", Fault(f"rule {rule.id} changes nothing: {why}", "", _EFFECTS))] if why else []


_DATES = "set from and until around the scenario's date"
_EFFECTS = "docs/reference/rules.md says which rules the models take up"


def _agree(action: schema.Agree, world: World) -> Idle:
    out: Idle = []
    members = [m for m in action.members if m in world.trade.iso3]
    if action.effect == 0.0:
        out.append(("effect", Fault("an agreement with effect 0 changes no trade", "", "give depth or another effect")))
    elif action.effect is None and action.depth and len(members) == len(action.members):
        more = rules.deepening(world.rules.on(world.date), members, schema.DEPTH_OF[action.depth])
        if not (more > 0.0).any():
            what = f"{', '.join(members)} have agreements at least as deep as {action.depth} on {world.date}"
            out.append(("depth", Fault(what, "", "choose a greater depth, other members, or give `effect`")))
    return out


def _tariff(action: schema.Tariff, world: World) -> Idle:
    if action.inside and len(action.by) == 1 and not action.by[0].startswith("@"):
        return [("by", Fault(f"no pair inside {action.by[0]} alone", "", "name two or more importers, or `on`"))]
    if action.on and not action.inside and set(action.on) == set(action.by) and len(action.on) == 1:
        return [("on", Fault(f"{action.on[0]} sets no tariff on itself", "", "name another exporter in `on`"))]
    return []


def _improve(action: schema.Improve, world: World) -> Idle:
    factors = (action.time_factor, action.cost_factor, action.capacity_factor)
    if action.time_h is None and action.cost_usd_teu is None and all(f in (None, 1.0) for f in factors):
        key = next(k for k in ("time_factor", "cost_factor", "capacity_factor") if getattr(action, k) is not None)
        return [(key, Fault("factors of 1 change nothing", "", "below 1 is less, above 1 is more"))]
    return []


def _close(action: schema.Close, world: World) -> Idle:
    out: Idle = []
    for where in as_list(action.where):
        if in_network(world.network, where) and np.all(world.network.closed[arcs_at(world.network, where)]):
            out.append(("where", Fault(f"{where} is closed already", "", "`reopen` it, or close another place")))
    return out


def _reopen(action: schema.Reopen, world: World) -> Idle:
    out: Idle = []
    for where in filter(lambda name: _known(world, name), as_list(action.where)):
        closed = in_network(world.network, where) and np.any(world.network.closed[arcs_at(world.network, where)])
        day = world.date.isoformat()
        if not closed and not any(rules.shuts(r, where) and r.holds_on(day) for r in world.rules.rules):
            out.append(("where", Fault(f"{where} is open on {day}", "", "drop it, or reopen another place")))
    return out


def _known(world: World, where: str) -> bool:
    try:
        resolve_where(world, where)
    except UnknownName:
        return False
    return True


def _shock(action: schema.Shock, world: World) -> Idle:
    if action.what == "conduct":  # 1 is Cournot there, and no factor of what was
        market = world.crude if action.good == "crude" else world.gas
        if any(market.conjecture.get(where, 0.0) != action.factor for where in as_list(action.where)):
            return []
        return [
            ("factor", Fault(f"they sell so already, at a conduct of {action.factor:g}", "", "0 to 1, 1 is Cournot"))
        ]
    return [("factor", Fault("a factor of 1 changes nothing", "", "1.1 is a tenth more"))] if action.factor == 1 else []


_LOOK: dict[type[Action], Callable[[Any, World], Idle]] = {
    schema.NewRule: _rule,
    schema.Lift: _lift,
    schema.Join: _join,
    schema.Leave: _leave,
    schema.Agree: _agree,
    schema.Tariff: _tariff,
    schema.Improve: _improve,
    schema.Close: _close,
    schema.Reopen: _reopen,
    schema.Shock: _shock,
}
