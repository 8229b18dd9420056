"""Which carriers, flags and origins the rules in force treat alike: the classes that compilation has to look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from landbridge.rules import vocabulary as v
from landbridge.rules.language import Term
from landbridge.rules.matching import Facts, fits
from landbridge.rules.records import Rule
from landbridge.rules.ruleset import ActiveRules

# kind -> key of the movement, actions, mode
KINDS: Final[dict[str, tuple[str, tuple[str, ...], str]]] = {
    "road carrier": ("carrier", ("operate", "cross"), "road"),
    "air carrier": ("carrier", ("overfly",), "air"),
    "ship flag": ("flag", ("call",), "sea"),
    "origin": ("origin", ("import", "export"), ""),
}


@dataclass(frozen=True, slots=True)
class TrafficClasses:
    """For each kind, territories in groups that no rule in force tells apart; the largest class first."""

    road_carrier: tuple[tuple[str, ...], ...]
    air_carrier: tuple[tuple[str, ...], ...]
    ship_flag: tuple[tuple[str, ...], ...]
    origin: tuple[tuple[str, ...], ...]


def traffic_classes(active: ActiveRules, iso3: Sequence[str]) -> TrafficClasses:
    """Equivalence classes of `iso3` as carriers, flags and origins under the forbidding rules in force.

    Two territories share a class where every rule's terms on that key answer alike for both; rules that only touch
    a territory's own airspace or one origin make further classes.
    """
    return TrafficClasses(*(_classes(active, iso3, *KINDS[kind]) for kind in KINDS))


def _classes(
    active: ActiveRules, iso3: Sequence[str], key: str, actions: tuple[str, ...], mode: str
) -> tuple[tuple[str, ...], ...]:
    terms = [t for a in actions for r in active.by_action(a) if _matters(r, key, mode, active) for t in _on_key(r, key)]
    found: dict[tuple[bool, ...], list[str]] = {}
    for code in iso3:
        facts: Facts = {key: frozenset(v.territory_line(code))}
        answer = tuple(fits((t,), facts, active.groups, active.date) is True for t in terms)
        found.setdefault(answer, []).append(code)
    return tuple(tuple(x) for x in sorted(found.values(), key=lambda x: (-len(x), x)))


def _on_key(rule: Rule, key: str) -> list[Term]:
    return [t for s in (rule.who, *rule.unless) for t in s if t.key == key]


def _matters(rule: Rule, key: str, mode: str, active: ActiveRules) -> bool:
    """A rule that forbids, on that mode or on any, and asks for the key."""
    if rule.effect != "forbid" or not _on_key(rule, key):
        return False
    modes = tuple(t for t in rule.who if t.key == "mode")
    return not mode or fits(modes, {"mode": frozenset((mode,))}, active.groups, active.date) is not False
