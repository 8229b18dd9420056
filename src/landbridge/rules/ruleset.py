"""RuleSet: all rules and memberships, changed by pure functions; `on(date)` gives the rules in force, which judge."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from landbridge.codes import nearest, require_territory
from landbridge.errors import BadInput, BadRule, Fault, UnknownName
from landbridge.rules import vocabulary as v
from landbridge.rules.language import Term
from landbridge.rules.matching import Facts, Groups, facts_of, fits, missing_keys
from landbridge.rules.reading import day_before, iso_date
from landbridge.rules.records import Added, Judgement, Membership, Rule

MOST: Final = 0.5  # a ban binds one movement, an advice closes airspace to it, where more than this share obeys


@dataclass(frozen=True, slots=True)
class ActiveRules:
    """The rules in force on a date, by id, and each group's members on that date."""

    date: str
    rules: tuple[Rule, ...]
    groups: Groups

    def judge(self, movement: Mapping[str, str | float]) -> Judgement:
        """Judge one movement: `action` and any of the keys in vocabulary.MOVEMENT_KEYS. Default: permitted.

        Forbid wins; what other rules add is listed apart. A permit with `overrides` lifts the rules it names. Of
        a wide good (oil, metals) of which a part is forbidden, the part's rules are undecided for want of `good`.
        Raises BadInput for unknown keys or words.
        """
        if "action" not in movement:
            raise BadInput("a movement needs an action", "movement", "say e.g. action=import")
        facts = facts_of(movement)
        whole = self._judge_facts(str(movement["action"]), facts)
        good = v.spoken("good", str(movement.get("good", "")))
        parts = v.parts_of_good(good)
        if whole.by or not parts:
            return whole
        judged = [self._judge_facts(str(movement["action"]), facts | _good(p)) for p in parts]
        return _of_parts(whole, judged, entire=good in v.WHOLE)

    def _judge_facts(self, action: str, facts: Facts) -> Judgement:
        hits: list[Rule] = []
        undecided: list[tuple[Rule, tuple[str, ...]]] = []
        for rule in self.rules:
            if rule.action != action:
                continue
            answer = fits((*rule.who, *rule.where), facts, self.groups, self.date)
            if answer is False or any(fits(s, facts, self.groups, self.date) for s in rule.unless):
                continue
            if answer is None:
                undecided.append((rule, missing_keys(rule, facts)))
            else:
                hits.append(rule)
        return self._judgement(hits, undecided)

    def _judgement(self, hits: Sequence[Rule], undecided: Sequence[tuple[Rule, tuple[str, ...]]]) -> Judgement:
        permits = tuple(r for r in hits if r.effect == "permit")
        lifted = {name for r in permits for name in r.overrides}
        live = [r for r in hits if r.id not in lifted]
        by = tuple(r for r in live if r.effect == "forbid")
        adds = tuple(
            Added(r, r.effect, r.value_on(self.date), r.unit) for r in live if r.effect not in ("forbid", "permit")
        )
        return Judgement(
            allowed=not by,
            by=by,
            adds=adds,
            permits=permits,
            undecided=tuple(x for x in undecided if x[0].effect == "forbid" and x[0].id not in lifted),
            strength=max((r.strength for r in by), default=1.0),
        )

    def by_action(self, action: str) -> tuple[Rule, ...]:
        """The rules in force on one action, by id."""
        return tuple(r for r in self.rules if r.action == action)

    def mixture(self, strengths: Iterable[float] | None = None) -> tuple[tuple[float, ActiveRules], ...]:
        """Traffic by obedience: (share, the rules that this share obeys), shares summing to one.

        Nested: who obeys a rule obeys all that more of the traffic obeys. Most traffic first; one entry where every
        rule has strength 1. A compiled answer for all traffic is the mixture of the entries' answers. `strengths`
        limits the levels to those of the rules that matter; a rule of another strength then goes with the level above.
        """
        every = [r.strength for r in self.rules] if strengths is None else strengths
        levels = sorted({s for s in every if 0.0 < s < 1.0})
        edges = [0.0, *levels, 1.0]
        parts = [
            (upper - lower, replace(self, rules=tuple(r for r in self.rules if r.strength > lower)))
            for lower, upper in itertools.pairwise(edges)
        ]
        return tuple(sorted(parts, key=lambda x: -x[0]))

    def binding(self) -> ActiveRules:
        """Without the bans that half of the traffic or fewer obey: what one typical movement keeps to."""
        kept = tuple(r for r in self.rules if r.effect != "forbid" or r.strength > MOST)
        return self if len(kept) == len(self.rules) else replace(self, rules=kept)

    def members(self, group: str) -> frozenset[str]:
        """Members of a group on the date; UnknownName where there is no such group."""
        if group not in self.groups:
            raise _unknown("group", group, self.groups)
        return self.groups[group]

    def rule(self, rule_id: str) -> Rule:
        """The rule in force of that id; UnknownName otherwise."""
        for rule in self.rules:
            if rule.id == rule_id:
                return rule
        raise _unknown("rule in force", rule_id, [r.id for r in self.rules])


def _good(part: str) -> Facts:
    return {"good": frozenset(v.good_line(part))}


def _of_parts(whole: Judgement, parts: Sequence[Judgement], *, entire: bool) -> Judgement:
    """The judgement of a wide good from those of its parts: undecided where some are forbidden.

    `entire` = the parts make up the good: it is forbidden where each of them is.
    """
    by = {r.id: r for part in parts for r in part.by}
    found = tuple(by[name] for name in sorted(by))
    if entire and all(part.by for part in parts):
        weakest = min(part.strength for part in parts)
        return replace(whole, allowed=False, by=found, strength=weakest, undecided=())
    return replace(whole, undecided=(*whole.undecided, *((r, ("good",)) for r in found)))


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Every rule and membership known, at all dates. Changes return a new RuleSet; the order of rows means nothing."""

    rules: tuple[Rule, ...]
    memberships: tuple[Membership, ...]

    def __post_init__(self) -> None:
        faults = _reference_faults(self.rules, {m.group for m in self.memberships})
        if faults:
            raise BadRule(faults)

    @property
    def groups(self) -> tuple[str, ...]:
        """Names of all groups."""
        return tuple(sorted({m.group for m in self.memberships}))

    def on(self, date: str | dt.date) -> ActiveRules:
        """The rules in force and the groups' members on a date."""
        day = iso_date(date)
        members: dict[str, set[str]] = {m.group: set() for m in self.memberships}
        for m in self.memberships:
            if m.counts_on(day):
                members[m.group].add(m.iso3)
        rules = sorted((r for r in self.rules if r.holds_on(day)), key=lambda r: r.id)
        return ActiveRules(day, tuple(rules), {g: frozenset(s) for g, s in members.items()})

    def rule(self, rule_id: str) -> Rule:
        """The rule of that id; UnknownName with the nearest ids otherwise."""
        for rule in self.rules:
            if rule.id == rule_id:
                return rule
        raise _unknown("rule", rule_id, [r.id for r in self.rules])

    def join(
        self, who: Iterable[str], groups: Iterable[str], from_date: str | dt.date, source: str = "scenario"
    ) -> RuleSet:
        """Countries enter groups from a date. UnknownName for an unknown country or group."""
        day = iso_date(from_date)
        names = [require_territory(c, "join, who") for c in who]
        self._require_groups(groups := list(groups), "join, groups")
        new = [
            Membership(c, g, "member", day, "", source)
            for g in groups
            for c in names
            if not any(m.iso3 == c and m.group == g and m.counts_on(day) and not m.until_date for m in self.memberships)
        ]
        return replace(self, memberships=(*self.memberships, *new))

    def leave(self, who: Iterable[str], groups: Iterable[str], from_date: str | dt.date) -> RuleSet:
        """Countries are out of groups from a date on. UnknownName for an unknown country or group."""
        day = iso_date(from_date)
        names = {require_territory(c, "leave, who") for c in who}
        self._require_groups(groups := list(groups), "leave, groups")
        rows = []
        for m in self.memberships:
            if m.iso3 in names and m.group in groups:
                if m.from_date and m.from_date >= day:
                    # keeps the group known even where its last row goes
                    rows.append(replace(m, status="former", until_date=m.from_date))
                    continue
                m = replace(m, until_date=min(m.until_date or day, day_before(day)))
            rows.append(m)
        return replace(self, memberships=tuple(rows))

    def add(self, *rules: Rule) -> RuleSet:
        """With more rules. BadRule where an id is taken or a group unknown."""
        return replace(self, rules=(*self.rules, *rules))

    def lift(self, ids: Iterable[str], from_date: str | dt.date) -> RuleSet:
        """Rules end the day before a date (gone where they would only begin). UnknownName for an unknown id."""
        day, wanted = iso_date(from_date), set(ids)
        for name in sorted(wanted):
            self.rule(name)
        rows = []
        for rule in self.rules:
            if rule.id in wanted:
                if rule.from_date and rule.from_date >= day:
                    continue
                rule = replace(rule, until_date=min(rule.until_date or day, day_before(day)))
            rows.append(rule)
        gone = wanted - {r.id for r in rows}
        kept = [replace(r, overrides=tuple(o for o in r.overrides if o not in gone)) for r in rows]
        return replace(self, rules=tuple(kept))

    def _require_groups(self, groups: Iterable[str], where: str) -> None:
        faults = [_unknown_fault("group", g, self.groups, where) for g in groups if g not in self.groups]
        if faults:
            raise UnknownName(faults)


def unknown_groups(row: Mapping[str, object], groups: Iterable[str]) -> list[Fault]:
    """A fault for each @GROUP that a rule's text names and that does not exist, whatever else is wrong with it."""
    known, faults = set(groups), []
    for key in ("by", "who", "where", "unless"):
        for found in re.finditer(r"@([A-Z][A-Z0-9_]*)", str(row.get(key, ""))):
            if found[1] not in known:
                where = f"rule {row.get('id', '')}, {key}, position {found.start() + 1}"
                faults.append(_unknown_fault("group", found[1], known, where))
    return faults


def _reference_faults(rules: Sequence[Rule], groups: set[str]) -> list[Fault]:
    """Ids used twice, groups and overridden rules that do not exist."""
    faults, ids = [], {r.id for r in rules}
    seen: set[str] = set()
    for rule in rules:
        where = f"rule {rule.id}"
        if rule.id in seen:
            faults.append(
                Fault("this id is used twice", f"{where}, id", "choose another id, or lift the old rule first")
            )
        seen.add(rule.id)
        parts = [("who", rule.who), ("where", rule.where), *[("unless", s) for s in rule.unless]]
        for part, selector in parts:
            faults += [f for term in selector for f in _group_faults(term, groups, f"{where}, {part}")]
        for maker in rule.by:
            if maker.startswith("@") and maker[1:] not in groups:
                faults.append(_unknown_fault("group", maker[1:], groups, f"{where}, by"))
        faults += [_unknown_fault("rule", o, ids, f"{where}, overrides") for o in rule.overrides if o not in ids]
    return faults


def _group_faults(term: Term, groups: set[str], where: str) -> list[Fault]:
    return [
        _unknown_fault("group", x.text, groups, f"{where}, position {x.at}")
        for x in term.values
        if x.kind in ("group", "within") and x.text not in groups
    ]


def _unknown_fault(kind: str, name: str, known: Iterable[str], where: str = "") -> Fault:
    near = nearest(name, known)
    remedy = f"nearest: {', '.join(near)}" if near else f"`landbridge rules list` shows every {kind}"
    return Fault(f"unknown {kind} {name!r}", where, remedy)


def _unknown(kind: str, name: str, known: Iterable[str]) -> UnknownName:
    return UnknownName([_unknown_fault(kind, name, known)])
