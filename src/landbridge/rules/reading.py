"""From text to records: rules and memberships out of CSV rows, TOML tables or plain mappings; all faults together."""

from __future__ import annotations

import calendar
import datetime as dt
import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Final

from landbridge.codes import is_territory, nearest
from landbridge.errors import BadInput, BadRule, Fault
from landbridge.rules import vocabulary as v
from landbridge.rules.language import parse_selector, parse_unless
from landbridge.rules.records import Membership, Rule

RULE_KEYS: Final = (
    "id",
    "title",
    "by",
    "action",
    "who",
    "where",
    "effect",
    "value",
    "unit",
    "unless",
    "from",
    "until",
    "strength",
    "overrides",
    "source",
    "confidence",
    "basis",
    "note",
)
_BARE_DATE: Final = re.compile(r"(?<![\w\"-])(\d{4}-\d{2}-\d{2})(?![\w\"-])")


def iso_date(value: str | dt.date, where: str = "date") -> str:
    """ISO text of a date; BadInput where it is none."""
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    try:
        if v.DATE.fullmatch(value):
            return dt.date.fromisoformat(value).isoformat()
    except (ValueError, TypeError):
        pass
    raise BadInput(f"{value!r} is not a date", where, "write YYYY-MM-DD, e.g. 2023-10-17")


def day_before(date: str) -> str:
    """The day before an ISO date."""
    return (dt.date.fromisoformat(date) - dt.timedelta(days=1)).isoformat()


def whole_date(text: str, *, last: bool) -> str:
    """A date from YYYY, YYYY-MM or YYYY-MM-DD: its first day, or with `last` its last one; '' stays ''."""
    if len(text) == 4:
        return f"{text}-12-31" if last else f"{text}-01-01"
    if len(text) == 7:
        days = calendar.monthrange(int(text[:4]), int(text[5:]))[1]
        return f"{text}-{days:02d}" if last else f"{text}-01"
    return text


def rule_from(row: Mapping[str, object], where: str = "") -> Rule:
    """One Rule from a mapping with the keys of METHODS 6 (`id`, `by`, `action`, `effect` and `source` are needed).

    Raises BadRule listing every fault with its column and position.
    """
    rules, faults = _rules_from([(where, row)])
    if faults:
        raise BadRule(faults)
    return rules[0]


def rules_from(rows: Sequence[tuple[str, Mapping[str, object]]]) -> tuple[Rule, ...]:
    """Rules from (where, mapping) pairs; BadRule lists the faults of all rows together."""
    rules, faults = _rules_from(rows)
    if faults:
        raise BadRule(faults)
    return tuple(rules)


def _rules_from(rows: Sequence[tuple[str, Mapping[str, object]]]) -> tuple[list[Rule], list[Fault]]:
    rules, faults = [], list[Fault]()
    for where, row in rows:
        name = str(row.get("id", "")) or "without id"
        rule = _read_rule(row, f"{where}: rule {name}" if where else f"rule {name}", faults)
        if rule is not None:
            rules.append(rule)
    return rules, faults


def _read_rule(row: Mapping[str, object], where: str, faults: list[Fault]) -> Rule | None:
    before = len(faults)
    text = {key: _text(row.get(key, "")) for key in RULE_KEYS}
    for key in row:
        if key not in RULE_KEYS:
            near = nearest(str(key), RULE_KEYS)
            faults.append(Fault(f"unknown key {key!r}", where, f"nearest: {', '.join(near) or ', '.join(RULE_KEYS)}"))
    for key in ("id", "by", "action", "effect", "source"):
        if not text[key]:
            faults.append(Fault(f"{key!r} is missing", where, "every rule names who made it and where it is written"))
    if text["id"] and not v.SLUG.fullmatch(text["id"]):
        faults.append(Fault(f"id {text['id']!r} is no slug", f"{where}, id", "lower-case words joined by '-'"))
    _one_of(text["action"], v.ACTIONS, "action", where, faults)
    _one_of(text["effect"], v.EFFECTS, "effect", where, faults)
    who = parse_selector(text["who"], f"{where}, who", (*v.WHO_KEYS, *v.EVERYWHERE_KEYS), faults)
    place = parse_selector(text["where"], f"{where}, where", (*v.WHERE_KEYS, *v.EVERYWHERE_KEYS), faults)
    unless = parse_unless(text["unless"], f"{where}, unless", faults)
    by = tuple(x.strip() for x in text["by"].split(",") if x.strip())
    _check_makers(by, where, faults)
    value, schedule = _read_value(text, where, faults)
    strength = _share(text["strength"] or "1", "strength", where, faults)
    start, end = _dates(text, where, faults)
    if text["overrides"] and text["effect"] != "permit":
        faults.append(
            Fault("only a permit may override", f"{where}, overrides", "set effect = permit, or drop overrides")
        )
    if len(faults) > before:
        return None
    return Rule(
        id=text["id"],
        title=text["title"] or text["id"],
        by=by,
        action=text["action"],
        who=who,
        where=place,
        effect=text["effect"],
        value=value,
        unit=text["unit"],
        unless=unless,
        from_date=start,
        until_date=end,
        strength=strength,
        source=text["source"],
        confidence=text["confidence"] or "high",
        overrides=tuple(x.strip() for x in text["overrides"].split(",") if x.strip()),
        basis=text["basis"] or "observed",
        note=text["note"],
        schedule=schedule,
    )


def _text(value: object) -> str:
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return ",".join(str(x) for x in value)
    return "" if value is None else str(value).strip()


def _one_of(word: str, allowed: Sequence[str], key: str, where: str, faults: list[Fault]) -> None:
    if word and word not in allowed:
        near = nearest(word, allowed)
        faults.append(
            Fault(
                f"unknown {key} {word!r}",
                f"{where}, {key}",
                f"nearest: {', '.join(near)}; allowed: {', '.join(allowed)}",
            )
        )


def _check_makers(by: Sequence[str], where: str, faults: list[Fault]) -> None:
    for maker in by:
        group = maker.startswith("@") and v.GROUP.fullmatch(maker[1:])
        if not group and maker not in v.ACTORS and not is_territory(maker):
            remedy = f"use ISO3, @GROUP or one of {', '.join(v.ACTORS)}"
            faults.append(Fault(f"unknown maker {maker!r} in by", f"{where}, by", remedy))


def _read_value(
    text: Mapping[str, str], where: str, faults: list[Fault]
) -> tuple[float, tuple[tuple[str, float], ...]]:
    """The number or schedule, checked against the units that the effect allows."""
    effect, unit, raw = text["effect"], text["unit"], text["value"]
    nan = math.nan
    units = v.EFFECT_UNITS.get(effect)
    if units is None:
        return nan, ()
    if unit not in units:
        allowed = ", ".join(u or "(none)" for u in units)
        faults.append(Fault(f"unit {unit!r} does not go with effect {effect}", f"{where}, unit", f"allowed: {allowed}"))
        return nan, ()
    if raw.startswith("["):
        return nan, _read_schedule(raw, where, faults)
    if not raw:
        if effect not in ("forbid", "permit"):
            faults.append(
                Fault(f"effect {effect} needs a value", f"{where}, value", f"a number in {' or '.join(units)}")
            )
        return nan, ()
    try:
        number = float(raw)
    except ValueError:
        number = nan
    if not math.isfinite(number):
        faults.append(
            Fault(f"value {raw!r} is not a number", f"{where}, value", "a number or [[YYYY-MM-DD, number], ...]")
        )
    else:
        _check_range(number, effect, unit, f"{where}, value", faults)
    return number, ()


def _check_range(number: float, effect: str, unit: str, where: str, faults: list[Fault]) -> None:
    if effect in ("capacity", "quota", "time") and number < 0:
        faults.append(Fault(f"{effect} {number:g} is negative", where, "0 or more"))
    if effect == "forbid" and not 0.0 <= number <= 1.0:
        faults.append(
            Fault(f"covered share {number:g} is outside 0..1", where, "the share of the named goods on the lists")
        )
    if effect in ("cost_advalorem", "tariff") and number <= -1.0:
        faults.append(Fault(f"{effect} {number:g} {unit} is -100 % or less", where, "write a share such as 0.05"))


def _read_schedule(raw: str, where: str, faults: list[Fault]) -> tuple[tuple[str, float], ...]:
    try:
        steps = [(iso_date(str(a)), float(b)) for a, b in json.loads(_BARE_DATE.sub(r'"\1"', raw))]
    except (ValueError, TypeError, BadInput):
        faults.append(Fault(f"schedule {raw!r} does not read", f"{where}, value", "write [[2023-07-01, 1.776], ...]"))
        return ()
    if [a for a, _ in steps] != sorted({a for a, _ in steps}):
        faults.append(Fault("schedule's dates do not rise", f"{where}, value", "order the steps by date"))
    return tuple(steps)


def _share(raw: str, key: str, where: str, faults: list[Fault]) -> float:
    try:
        number = float(raw)
    except ValueError:
        number = math.nan
    if not 0.0 <= number <= 1.0:
        faults.append(Fault(f"{key} {raw!r} is not a share", f"{where}, {key}", "0 to 1"))
    return number


def _dates(text: Mapping[str, str], where: str, faults: list[Fault]) -> tuple[str, str]:
    out = []
    for key in ("from", "until"):
        try:
            out.append(iso_date(text[key]) if text[key] else "")
        except BadInput as error:
            faults += [Fault(f.what, f"{where}, {key}", f.remedy) for f in error.faults]
            out.append("")
    if out[0] and out[1] and out[1] < out[0]:
        faults.append(Fault(f"until {out[1]} is before from {out[0]}", f"{where}, until", "swap the two dates"))
    return out[0], out[1]


def membership_from(row: Mapping[str, str]) -> Membership:
    """One Membership from a row already checked against the dictionary; partial dates are made whole."""
    return Membership(
        iso3=row["iso3"],
        group=row["group"],
        status=row["status"],
        from_date=whole_date(row["from"], last=False),
        until_date=whole_date(row["until"], last=True),
        source=row["source"],
        confidence=row["confidence"],
    )
