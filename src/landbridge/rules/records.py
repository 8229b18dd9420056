"""Rule and Membership: the two records that carry every sanction, agreement, warrant and closure; and a Judgement."""

from __future__ import annotations

from dataclasses import dataclass, field

from landbridge.rules.language import Selector, print_selector, print_unless
from landbridge.rules.vocabulary import STATUSES_COUNTED


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of one maker. Dates are ISO text, both inclusive, '' = open. `strength` = share of traffic that obeys.

    `value` is a number, or a schedule of (from date, value); NaN where the effect needs none. On a `forbid`, a value
    with unit `share` is the part of the named goods that the act's lists cover. `overrides` lifts the named rules
    where this `permit` applies (a licence); without it a permit only documents an exemption.
    """

    id: str
    title: str
    by: tuple[str, ...]
    action: str
    who: Selector
    where: Selector
    effect: str
    value: float
    unit: str
    unless: tuple[Selector, ...]
    from_date: str
    until_date: str
    strength: float
    source: str
    confidence: str
    overrides: tuple[str, ...] = ()
    basis: str = "observed"
    note: str = ""
    schedule: tuple[tuple[str, float], ...] = field(default=())

    def holds_on(self, date: str) -> bool:
        """True where the rule is in force on an ISO date."""
        return (not self.from_date or self.from_date <= date) and (not self.until_date or date <= self.until_date)

    def value_on(self, date: str) -> float:
        """The value on a date: of a schedule, the last step begun; NaN where there is none."""
        steps = [value for start, value in self.schedule if start <= date]
        return steps[-1] if steps else self.value

    def to_row(self) -> dict[str, str]:
        """The rule as the text it was read from, one entry a column."""
        value = f"{self.value:.10g}" if self.value == self.value else ""
        if self.schedule:
            value = "[" + ", ".join(f"[{start}, {number:.10g}]" for start, number in self.schedule) + "]"
        return {
            "id": self.id,
            "title": self.title,
            "by": ",".join(self.by),
            "action": self.action,
            "who": print_selector(self.who),
            "where": print_selector(self.where),
            "effect": self.effect,
            "value": value,
            "unit": self.unit,
            "unless": print_unless(self.unless),
            "from": self.from_date,
            "until": self.until_date,
            "strength": f"{self.strength:.10g}",
            "overrides": ",".join(self.overrides),
            "source": self.source,
            "confidence": self.confidence,
            "basis": self.basis,
            "note": self.note,
        }


@dataclass(frozen=True, slots=True)
class Membership:
    """A territory in a group from one date to another (inclusive, '' = open)."""

    iso3: str
    group: str
    status: str
    from_date: str
    until_date: str
    source: str
    confidence: str = "high"

    def counts_on(self, date: str) -> bool:
        """True where the status puts the territory into the group and the date lies inside."""
        inside = (not self.from_date or self.from_date <= date) and (not self.until_date or date <= self.until_date)
        return inside and self.status in STATUSES_COUNTED


@dataclass(frozen=True, slots=True)
class Added:
    """What a rule adds to a movement that may pass: hours, money, a wedge, a tariff, a capacity, a quota."""

    rule: Rule
    effect: str
    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """The answer to one movement: `by` are the rules that forbid it, `adds` what others add, both in order of id.

    `strength` is the largest share of traffic that obeys a forbidding rule (1.0 where none forbids); `permits` are
    exemptions that apply; `undecided` names rules that could also forbid, with the keys the movement left unsaid.
    """

    allowed: bool
    by: tuple[Rule, ...]
    adds: tuple[Added, ...]
    permits: tuple[Rule, ...] = ()
    undecided: tuple[tuple[Rule, tuple[str, ...]], ...] = ()
    strength: float = 1.0

    def to_record(self) -> dict[str, object]:
        """`rules judge --json`: allowed, by [{rule, title, source, strength}], adds [{rule, effect, ...}], ..."""
        return {
            "allowed": self.allowed,
            "by": [{"rule": r.id, "title": r.title, "source": r.source, "strength": r.strength} for r in self.by],
            "adds": [
                {"rule": a.rule.id, "effect": a.effect, "value": a.value, "unit": a.unit, "source": a.rule.source}
                for a in self.adds
            ],
            "permits": [{"rule": r.id, "title": r.title, "source": r.source} for r in self.permits],
            "undecided": [{"rule": r.id, "title": r.title, "say": list(keys)} for r, keys in self.undecided],
        }
