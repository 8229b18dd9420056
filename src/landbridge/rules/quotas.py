"""Quotas in force: how much of which goods may go from where to where, for assignment and energy as capacity rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from landbridge.rules import vocabulary as v
from landbridge.rules.language import Term, Value
from landbridge.rules.records import Rule
from landbridge.rules.ruleset import ActiveRules
from landbridge.units import BBL_PER_T_CRUDE

FUELS: Final = frozenset(("crude", "gas"))  # goods whose quotas bind in the energy markets
# unit -> million tonnes; in the energy markets a season counts as the year it lies in
_MT: Final = {"bbl/year": 1e-6 / BBL_PER_T_CRUDE, "Mt/year": 1.0, "Mt/season": 1.0, "t/year": 1e-6}


def mt_yr(value: float, unit: str) -> float:
    """A quota in million tonnes a year (or season); NaN where its unit is not of weight."""
    return value * _MT.get(unit, float("nan"))


@dataclass(frozen=True, slots=True)
class Quota:
    """At most `value` in `unit` of any of `goods` from origin to destination ('*' = any)."""

    origin: str
    destination: str
    goods: tuple[str, ...]
    value: float
    unit: str
    rule: Rule

    @property
    def flow_mt_yr(self) -> float:
        """The quota in million tonnes a year; NaN where its unit is not of weight."""
        return mt_yr(self.value, self.unit)

    def amount(self, fuel: str) -> float:
        """The quota in the unit of a fuel's market: Mt a year of crude, bcm a year of gas; NaN in other units."""
        if fuel == "gas":
            return self.value if self.unit == "bcm/year" else float("nan")
        return self.flow_mt_yr


def quotas(active: ActiveRules, goods: Sequence[str] = ()) -> tuple[Quota, ...]:
    """Quotas on exports and imports, by rule; only those that touch one of `goods` where some are given."""
    out = []
    wanted = {word for good in goods for word in v.good_line(good)}
    for rule in (*active.by_action("export"), *active.by_action("import")):
        named = tuple(x.text for t in terms_of(rule, "good") for x in t.values)
        if rule.effect != "quota" or (goods and not wanted & set(named)):
            continue
        ends = []
        at_home = "origin" if rule.action == "export" else "destination"  # the end that `country` stands for
        for key in ("origin", "destination"):
            values = [x for t in terms_of(rule, key) for x in t.values]
            if key == at_home:
                values += [x for t in terms_of(rule, "country") for x in t.values]
            ends.append(sorted(territories(active, values)) or ["*"])
        value = rule.value_on(active.date)
        out += [Quota(o, d, named, value, rule.unit, rule) for o in ends[0] for d in ends[1]]
    return tuple(out)


def terms_of(rule: Rule, key: str) -> list[Term]:
    """The terms on a key in a rule's who and where."""
    return [t for t in (*rule.who, *rule.where) if t.key == key]


def territories(active: ActiveRules, values: Sequence[Value]) -> frozenset[str]:
    """The territories that values name, groups opened on the date; none for '*' and for those that are negated."""
    out: set[str] = set()
    for value in values:
        if value.kind != "any" and not value.negated:
            out |= active.groups[value.text] if value.kind == "group" else {value.text}
    return frozenset(out)
