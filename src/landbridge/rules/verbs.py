"""What the verbs `rules list | show | judge | diff` answer: plain records, ready to print or to write as JSON."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from landbridge.codes import is_territory, nearest
from landbridge.errors import BadInput, Fault
from landbridge.rules import vocabulary as v
from landbridge.rules.matching import facts_of
from landbridge.rules.reach import without_effect
from landbridge.rules.reading import iso_date
from landbridge.rules.records import Judgement, Rule
from landbridge.rules.ruleset import ActiveRules, RuleSet


@dataclass(frozen=True, slots=True)
class RuleDiff:
    """What differs between two dates: rules begun, ended and with another value; memberships begun and ended."""

    first: str
    second: str
    began: tuple[Rule, ...]
    ended: tuple[Rule, ...]
    changed: tuple[tuple[Rule, float, float], ...]
    joined: tuple[tuple[str, str], ...]  # (group, ISO3)
    left: tuple[tuple[str, str], ...]

    def to_record(self) -> dict[str, Any]:
        """The difference as plain lists."""
        return {
            "from": self.first,
            "to": self.second,
            "began": [_short(r) for r in self.began],
            "ended": [_short(r) for r in self.ended],
            "changed": [{**_short(r), "before": a, "after": b, "unit": r.unit} for r, a, b in self.changed],
            "joined": [{"group": g, "iso3": c} for g, c in self.joined],
            "left": [{"group": g, "iso3": c} for g, c in self.left],
        }


def parse_movement(text: str) -> dict[str, str | float]:
    """A movement from "KEY=VALUE ...": every fault with its position, and the nearest words, in one BadInput."""
    movement: dict[str, str | float] = {}
    faults: list[Fault] = []
    at = 0
    for token in text.split():
        at = text.index(token, at)
        where = f"position {at + 1}"
        at += len(token)
        key, equals, value = token.partition("=")
        if not equals or not value:
            faults.append(Fault(f"{token!r} is not KEY=VALUE", where, "write e.g. action=import origin=RUS good=crude"))
        elif key not in v.MOVEMENT_KEYS:
            near = nearest(key, v.MOVEMENT_KEYS)
            faults.append(
                Fault(f"unknown key {key!r}", where, f"nearest: {', '.join(near) or ', '.join(v.MOVEMENT_KEYS)}")
            )
        elif key in movement:
            faults.append(Fault(f"{key} is given twice", where, "say it once"))
        else:
            movement[key] = value
            faults += _word_faults(key, value, where)
    if not text.strip():
        faults.append(Fault("the movement is empty", "", "write e.g. action=import origin=RUS good=crude country=DEU"))
    if faults:
        raise BadInput(faults)
    return {k: float(x) if k in v.NUMBER_KEYS else x for k, x in movement.items()}


def _word_faults(key: str, value: str, where: str) -> list[Fault]:
    try:
        facts_of({key: value, "country": "CHN"} if key == "port" else {key: value})
    except BadInput as error:
        return [Fault(f.what, where, f.remedy) for f in error.faults]
    return []


def judge_all(active: ActiveRules, movement: dict[str, str | float]) -> dict[str, Judgement]:
    """Judge a movement under its action, or without one under every action on which some rule has a say.

    A port or an end that is named gives the country of the call, the import or the export where that is left out, and
    a port, flag, strait or airspace the mode.
    """
    if "action" in movement:
        return {str(movement["action"]): active.judge(movement)}
    full = dict(movement)
    port = str(full.get("port", ""))
    if port and "destination" not in full:
        country = str(full.get("country", v.place_line(port)[-1]))
        if is_territory(country):
            full["destination"] = country
    mode = next((m for key, m in _MODE_OF.items() if key in full), "")
    if mode:
        full.setdefault("mode", mode)
    out = {}
    for action in v.ACTIONS:
        judged = active.judge({**full, "action": action})
        if judged.by or judged.adds or judged.permits or (judged.undecided and _fits_action(action, full)):
            out[action] = judged
    return out


_MODE_OF: Final = {"port": "sea", "flag": "sea", "strait": "sea", "airspace": "air"}
# what must be said of a movement for an action to be what it is: else every rule of the book would be undecided
_NEEDS: Final = {
    "import": ("destination",),
    "export": ("origin",),
    "transit": ("strait",),
    "cross": ("crossing", "border"),
    "call": ("port",),
    "overfly": ("airspace",),
    "operate": ("carrier",),
    "serve": ("provider",),
    "finance": ("provider",),
    "flow": ("link",),
    "visit": ("person",),
}


def _fits_action(action: str, movement: Mapping[str, object]) -> bool:
    return any(key in movement for key in _NEEDS.get(action, ()))


def judge(
    ruleset: RuleSet, text: str, on: str | dt.date, country_of: Callable[[str], str] | None = None
) -> dict[str, Any]:
    """`rules judge "KEY=VALUE ..." --on DATE`: allowed, by, adds, permits, undecided; without an action all of them.

    Each entry of `by` and `adds` cites rule, title and source and says under which action it came up. `country_of`
    gives the ISO3 ('' unknown) of a port that the rules do not know, so that its country need not be said.
    """
    movement, active = parse_movement(text), ruleset.on(on)
    port = str(movement.get("port", ""))
    unplaced = not is_territory(port) and port not in v.places() and not {"country", "destination"} & movement.keys()
    if port and country_of and unplaced and (found := country_of(port)):
        movement["country"] = found
    judged = judge_all(active, movement)
    record: dict[str, Any] = {
        "movement": movement,
        "on": active.date,
        "allowed": all(j.allowed for j in judged.values()),
    }
    for key in ("by", "adds", "permits", "undecided"):
        record[key] = []
    for action, judgement in judged.items():
        plain = judgement.to_record()
        for key in ("by", "adds", "permits", "undecided"):
            entries = plain[key]
            assert isinstance(entries, list)
            record[key] += [{**entry, "action": action} for entry in entries]
    return record


def list_rules(
    ruleset: RuleSet, on: str | dt.date | None = None, action: str = "", effect: str = "", word: str = ""
) -> list[dict[str, Any]]:
    """`rules list`: one record a rule, by id; narrowed to a date, action, effect, or a word of id, title or maker."""
    faults = [
        Fault(f"unknown {name} {given!r}", "rules list", f"allowed: {', '.join(allowed)}")
        for name, given, allowed in (("action", action, v.ACTIONS), ("effect", effect, v.EFFECTS))
        if given and given not in allowed
    ]
    if faults:
        raise BadInput(faults)
    chosen: Sequence[Rule] = ruleset.rules if on is None else ruleset.on(on).rules
    needle = word.lower()
    return [
        {
            **_short(r),
            "by": ",".join(r.by),
            "action": r.action,
            "effect": r.effect,
            "from": r.from_date,
            "until": r.until_date,
        }
        for r in sorted(chosen, key=lambda r: r.id)
        if (not action or r.action == action)
        and (not effect or r.effect == effect)
        and (not needle or needle in f"{r.id} {r.title} {','.join(r.by)}".lower())
    ]


def show_rule(ruleset: RuleSet, rule_id: str, on: str | dt.date) -> dict[str, Any]:
    """`rules show ID`: the whole rule, whether it is in force on a date, and who is in the groups it names."""
    rule, active = ruleset.rule(rule_id), ruleset.on(on)
    named = [*(m[1:] for m in rule.by if m.startswith("@"))]
    for selector in (rule.who, rule.where, *rule.unless):
        named += [x.text for t in selector for x in t.values if x.kind in ("group", "within")]
    return {
        **rule.to_row(),
        "on": active.date,
        "in_force": rule.holds_on(active.date),
        "value_on_date": rule.value_on(active.date),
        "models": without_effect(rule) or "takes effect",
        "members": {g: sorted(active.members(g)) for g in dict.fromkeys(named)},
    }


def diff(ruleset: RuleSet, first: str | dt.date, second: str | dt.date) -> RuleDiff:
    """`rules diff DATE DATE`: rules and memberships that differ between two dates; BadInput where they are reversed."""
    one, two = iso_date(first, "first date"), iso_date(second, "second date")
    if two < one:
        raise BadInput(f"{two} is before {one}", "rules diff", "give the earlier date first")
    before, after = ruleset.on(one), ruleset.on(two)
    old, new = {r.id: r for r in before.rules}, {r.id: r for r in after.rules}
    both = [(new[k], old[k].value_on(one), new[k].value_on(two)) for k in sorted(old.keys() & new.keys())]
    was = {(g, c) for g, members in before.groups.items() for c in members}
    now = {(g, c) for g, members in after.groups.items() for c in members}
    return RuleDiff(
        one,
        two,
        tuple(new[k] for k in sorted(new.keys() - old.keys())),
        tuple(old[k] for k in sorted(old.keys() - new.keys())),
        tuple(x for x in both if x[1] != x[2] and not (x[1] != x[1] and x[2] != x[2])),
        tuple(sorted(now - was)),
        tuple(sorted(was - now)),
    )


def _short(rule: Rule) -> dict[str, Any]:
    return {"rule": rule.id, "title": rule.title, "source": rule.source}
