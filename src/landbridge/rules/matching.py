"""Does a movement fit a selector? Three answers: yes, no, or unsaid (the movement leaves a key out)."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Final

from landbridge.codes import is_territory, nearest, territory_hint
from landbridge.errors import BadInput, Fault
from landbridge.rules import vocabulary as v
from landbridge.rules.language import Selector, Term, Value, good_hint, split_border
from landbridge.rules.records import Rule

Groups = Mapping[str, frozenset[str]]
Facts = dict[str, frozenset[str] | float]
_PLACED: Final = ("port", "strait")


def facts_of(movement: Mapping[str, str | float]) -> Facts:
    """Each key's value with everything it is part of; country and its twin completed for imports and exports.

    Goods, modes and services may be said in everyday words. Raises BadInput naming every unknown key or word of the
    movement.
    """
    faults: list[Fault] = []
    movement = {k: v.spoken(k, x) if isinstance(x, str) else x for k, x in movement.items()}
    for key, value in movement.items():
        _check_entry(key, value, faults)
    port = str(movement.get("port", ""))
    if port and not (is_territory(port) or port in v.places() or "country" in movement):
        remedy = f"say its country as well, or port=COUNTRY; ports that rules know: {', '.join(_ports())}"
        faults.append(Fault(f"unknown port {port!r}", "movement, port", remedy))
    if faults:
        raise BadInput(faults)
    full = complete(movement)
    facts: Facts = {k: float(x) if k in v.NUMBER_KEYS else line_of(k, str(x)) for k, x in full.items() if k != "action"}
    if port and port not in v.places() and not is_territory(port):
        facts["port"] = frozenset((port, *v.territory_line(str(full["country"]))))
    return facts


def _ports() -> list[str]:
    return [p.id for p in v.places().values() if p.kind == "port"]


def complete(movement: Mapping[str, str | float]) -> dict[str, str | float]:
    """The movement with what follows from its action: the country of an import is its destination, and so on."""
    out = dict(movement)
    twin = {"import": "destination", "export": "origin"}.get(str(out.get("action", "")))
    if twin is not None:
        known = out.get("country", out.get(twin))
        if known is None and twin == "origin" and is_territory(str(out.get("border", ""))):
            known = out["border"]
        if known is not None:
            out.setdefault("country", known)
            out.setdefault(twin, known)
    return out


@functools.cache
def line_of(key: str, value: str) -> frozenset[str]:
    """The names a value answers to: a diesel is a product, a port lies in a country, a border touches two."""
    if key == "good":
        return frozenset(v.good_line(value))
    if key == "border":
        sides = split_border(value) if "-" in value and not is_territory(value) else (value,)
        lines = [name for side in sides for name in v.territory_line(side)]
        return frozenset((*lines, "-".join(sides)))
    if key in _PLACED:
        return frozenset(v.place_line(value))
    return frozenset(v.territory_line(value)) if key in v.TERRITORY_KEYS else frozenset((value,))


def _check_entry(key: str, value: str | float, faults: list[Fault]) -> None:
    where = f"movement, {key}"
    if key not in v.MOVEMENT_KEYS:
        near = nearest(key, v.MOVEMENT_KEYS)
        faults.append(Fault(f"unknown key {key!r}", where, f"nearest: {', '.join(near) or ', '.join(v.MOVEMENT_KEYS)}"))
        return
    if key in v.NUMBER_KEYS:
        try:
            bad = not abs(float(value)) < float("inf")
        except (TypeError, ValueError):
            bad = True
        if bad:
            faults.append(Fault(f"{value!r} is not a number", where, "price in USD a barrel, draft in metres"))
        return
    text = str(value)
    allowed: tuple[str, ...] | None = None
    if key == "action":
        allowed = v.ACTIONS
    elif key == "strait":
        allowed = v.straits()
    elif key in v.WORDS:
        allowed = v.WORDS[key]
    if key == "good" and text not in v.goods():
        faults.append(Fault(f"unknown good {text!r}", where, good_hint(text)))
    if allowed is not None and text not in allowed:
        near = nearest(text, allowed)
        faults.append(Fault(f"unknown {key} {text!r}", where, f"nearest: {', '.join(near) or ', '.join(allowed)}"))
    if key in v.TERRITORY_KEYS and not is_territory(text):
        faults.append(Fault(f"unknown country {text!r}", where, territory_hint(text)))
    if key == "border" and not all(is_territory(x) for x in ((text,) if is_territory(text) else split_border(text))):
        faults.append(Fault(f"unknown border {text!r}", where, "write two countries such as ARM-TUR"))


def fits(selector: Selector, facts: Facts, groups: Groups, date: str) -> bool | None:
    """True, False, or None where the movement leaves a needed key unsaid (and nothing else already says no)."""
    unsaid = False
    for term in selector:
        answer = _term_fits(term, facts, groups, date)
        if answer is False:
            return False
        unsaid = unsaid or answer is None
    return None if unsaid else True


def missing_keys(rule: Rule, facts: Facts) -> tuple[str, ...]:
    """Keys that the rule asks for and the movement leaves unsaid."""
    keys = []
    for term in (*rule.who, *rule.where):
        need = ("origin", "destination") if term.key in ("within", "between") else (term.key,)
        keys += [k for k in need if k not in facts and k not in ("from", "until")]
    return tuple(dict.fromkeys(keys))


def _term_fits(term: Term, facts: Facts, groups: Groups, date: str) -> bool | None:
    key = term.key
    if key == "from":
        return term.values[0].text <= date
    if key == "until":
        return date <= term.values[0].text
    if key in ("within", "between"):
        return _both_ends(term, facts, groups)
    have = facts.get(key)
    if have is None:
        return None
    if isinstance(have, float):
        return have > term.number if term.op == ">" else have < term.number
    allowed, only_negated = False, True
    for value in term.values:
        if value.negated:
            if _hits(value, have, groups):
                return False
        else:
            only_negated = False
            allowed = allowed or _hits(value, have, groups)
    return allowed or only_negated


def _both_ends(term: Term, facts: Facts, groups: Groups) -> bool | None:
    ends = [facts.get("origin"), facts.get("destination")]
    known = [e for e in ends if isinstance(e, frozenset)]
    if term.key == "within":
        if not all(any(_hits(x, e, groups) for x in term.values) for e in known):
            return False
        return True if len(known) == 2 else None
    if len(known) < 2:
        return None
    one, other = term.values
    there = _hits(one, known[0], groups) and _hits(other, known[1], groups)
    back = _hits(one, known[1], groups) and _hits(other, known[0], groups)
    return there or back


def _hits(value: Value, have: frozenset[str], groups: Groups) -> bool:
    if value.kind == "any":
        return True
    if value.kind == "group":
        return not have.isdisjoint(groups[value.text])
    if value.kind == "within":
        pair = next((x for x in have if "-" in x and not is_territory(x)), "")
        return bool(pair) and all(
            not groups[value.text].isdisjoint(v.territory_line(side)) for side in split_border(pair)
        )
    text = value.text
    return text in have or ("-" in text and "-".join(split_border(text)) in have)
