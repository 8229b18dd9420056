"""Compile the rules in force onto a network: which arcs a movement may not use, and what the others cost it more.

Every rule is judged once per named place or country, never per arc, and the answers are spread to the arcs.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from landbridge.codes import slug
from landbridge.network import ARC_KINDS, LAYERS, Network, Tag
from landbridge.rules import vocabulary as v
from landbridge.rules.language import Selector, Term, split_border
from landbridge.rules.matching import Facts, facts_of, fits, line_of
from landbridge.rules.records import Rule
from landbridge.rules.ruleset import ActiveRules

# Ships carry fewer net tons than they measure: ITC 1969, container ships about 5 net tons a nominal TEU at 80 % full;
# bulk carriers and tankers about 0.34 net tons a deadweight tonne at 93 % full (assumed from fleet registers' ratios).
NET_TON_PER_TEU: Final = 6.25
NET_TON_PER_T: Final = 0.365
TONNES_PER_TEU: Final = 12.0  # mean load of a laden TEU, assumed (data/assignment/values.csv: 8-20)
SHIP_TEU: Final = 8000.0  # a fee in USD a ship is spread over this many TEU or tonnes: assumed mean ships
SHIP_T: Final = 75000.0
USD_PER_TEU: Final = 50000.0  # value of a TEU: Reed and Trubetskoy 2019
USD_PER_T: Final = 600.0  # value of a bulk tonne: crude at 80.8 USD/bbl x 7.33 bbl/t, World Bank 2023
_MODE_OF_LAYER: Final = tuple("rail" if name.startswith("rail") else name for name in LAYERS)
_PLACE_KEYS: Final = ("crossing", "border", "strait", "port", "country", "airspace", "link")
_ON_ARCS: Final = ("forbid", "time", "cost", "cost_advalorem", "capacity")
Arcs = NDArray[np.int64]
PANAMA_OLD_LOCKS_M: Final = 12.04  # deeper ships take the Neopanamax locks (Panama Canal Authority, OP Notice N-1)


@dataclass(frozen=True, slots=True)
class ArcEffects:
    """What the rules do to a movement on each arc of a network, all arrays [m].

    `rule_index` points into `rules`: the first rule by id that blocks the arc, else one that adds to it, else -1.
    `strength` = largest share of traffic that obeys the block (0 where open). `unplaced` are names of crossings,
    straits, ports or links that rules speak of and the network does not have.
    """

    blocked: NDArray[np.bool_]
    rule_index: NDArray[np.int32]
    rules: tuple[Rule, ...]
    add_time_h: NDArray[np.float64]
    add_cost_usd_teu: NDArray[np.float64]
    add_cost_usd_t: NDArray[np.float64]
    capacity_factor: NDArray[np.float64]
    strength: NDArray[np.float64]
    unplaced: tuple[tuple[str, str], ...]


class _Sheet:
    """Effects per arc while they are gathered; `index` keeps each rule's number."""

    def __init__(self, size: int, date: str) -> None:
        self.date = date
        self.index: dict[str, int] = {}
        self.rules: list[Rule] = []
        self.blocked = np.zeros(size, dtype=np.bool_)
        self.rule = np.full(size, -1, dtype=np.int32)
        self.time = np.zeros(size)
        self.teu = np.zeros(size)
        self.tonne = np.zeros(size)
        self.capacity = np.ones(size)
        self.strength = np.zeros(size)

    def number(self, rule: Rule) -> int:
        """The rule's index, given on first use."""
        if rule.id not in self.index:
            self.index[rule.id] = len(self.rules)
            self.rules.append(rule)
        return self.index[rule.id]

    def put(self, arcs: Arcs, rule: Rule, share_of_round: float) -> None:
        """Write one rule's effect on some arcs."""
        number = self.number(rule)
        if rule.effect == "forbid":
            fresh = ~self.blocked[arcs]
            self.rule[arcs] = np.where(fresh, number, self.rule[arcs])
            self.blocked[arcs] = True
            self.strength[arcs] = np.maximum(self.strength[arcs], rule.strength)
            return
        value = rule.value_on(self.date)
        if rule.effect == "time":
            self.time[arcs] += value
        elif rule.effect == "capacity":
            self.capacity[arcs] = np.minimum(self.capacity[arcs], value)
        else:
            teu, tonne = _money(rule, value, share_of_round)
            self.teu[arcs] += teu
            self.tonne[arcs] += tonne
        self.rule[arcs] = np.where(self.rule[arcs] < 0, number, self.rule[arcs])


def compile_network(active: ActiveRules, network: Network, movement: Mapping[str, str | float]) -> ArcEffects:
    """Effects of the rules in force on every arc for one kind of movement, e.g. {"good": "containers", "flag": "LBR"}.

    Keys that the movement leaves unsaid never block: a rule on Russian carriers does not touch a movement without a
    carrier. With a `mode`, only that mode's arcs are judged. Import and export of the goods themselves are judged by
    `ActiveRules.judge`, not here. Tolls for a round trip are spread evenly over both ways and the named passages.
    """
    base = facts_of({k: x for k, x in movement.items() if k != "action"})
    sheet = _Sheet(network.n_arcs, active.date)
    wanted = {str(movement["mode"])} if "mode" in movement else set(v.MODES)
    bench = _Bench(active, base)
    arcs_of_tag = _arcs_by_tag(network)
    for number, tag in enumerate(network.tags):
        for action, mode, facts in _tag_cases(tag, base, wanted, network, arcs_of_tag[number]):
            bench.judge_into(sheet, action, mode, facts, arcs_of_tag[number])
    _countries(sheet, bench, network, wanted)
    return ArcEffects(
        sheet.blocked,
        sheet.rule,
        tuple(sheet.rules),
        sheet.time,
        sheet.teu,
        sheet.tonne,
        sheet.capacity,
        sheet.strength,
        unplaced(replace(active, rules=_on_network(active)), {t.id for t in network.tags}),
    )


def network_mixture(
    active: ActiveRules, network: Network, movements: Sequence[Mapping[str, str | float]]
) -> tuple[tuple[float, ActiveRules], ...]:
    """Traffic on the network by obedience: (share, the rules that it obeys), shares summing to one, most first.

    Only rules that touch an arc under one of the `movements` and that part of the traffic ignores make a mixture, so
    that there is one entry wherever the strength of no such rule lies between 0 and 1.
    """
    found = {rule for movement in movements for rule in compile_network(active, network, movement).rules}
    return active.mixture({rule.strength for rule in found})


@dataclass(frozen=True, slots=True)
class _Open:
    """A rule with only those terms left that depend on the place."""

    rule: Rule
    terms: Selector
    unless: tuple[Selector, ...]


class _Bench:
    """Judges places: what a rule asks of the movement itself is settled once per action and mode."""

    def __init__(self, active: ActiveRules, base: Facts) -> None:
        self.active, self.base = active, base
        self._open: dict[tuple[str, str], list[_Open]] = {}
        self._index: dict[tuple[str, str], tuple[dict[str, list[int]], list[int]]] = {}

    def judge_into(self, sheet: _Sheet, action: str, mode: str, facts: Facts, arcs: Arcs) -> None:
        """Write the effects of all rules that apply at a place on its arcs."""
        hits = self.hits(action, mode, facts)
        lifted = {o for r in hits for o in r.overrides}
        for rule in hits:
            if rule.effect in _ON_ARCS and rule.id not in lifted:
                sheet.put(arcs, rule, _share_of_round(rule))

    def hits(self, action: str, mode: str, facts: Facts) -> list[Rule]:
        """The rules on an action that apply at a place, given the facts that the place adds."""
        groups, date = self.active.groups, self.active.date
        rules = self.open(action, mode)
        by_name, anywhere = self._index[action, mode]
        said = {name for have in facts.values() if isinstance(have, frozenset) for name in have}
        possible = sorted({*anywhere, *(i for name in said for i in by_name.get(name, ()))})
        return [
            x.rule
            for x in map(rules.__getitem__, possible)
            if fits(x.terms, facts, groups, date) and not any(fits(s, facts, groups, date) for s in x.unless)
        ]

    def open(self, action: str, mode: str) -> list[_Open]:
        """The rules on an action that the movement itself does not already put aside."""
        if (action, mode) not in self._open:
            known: Facts = {**self.base, "mode": frozenset((mode,))}
            found = [self._reduced(r, known) for r in self.active.by_action(action)]
            self._open[action, mode] = [x for x in found if x is not None]
            by_name: dict[str, list[int]] = {}
            anywhere: list[int] = []
            for i, x in enumerate(self._open[action, mode]):
                names = next((n for n in (self._names(t) for t in x.terms) if n is not None), None)
                for spots in [anywhere] if names is None else [by_name.setdefault(n, []) for n in names]:
                    spots.append(i)
            self._index[action, mode] = by_name, anywhere
        return self._open[action, mode]

    def _names(self, term: Term) -> set[str] | None:
        """Names of which a place must have one for the term to hold; None where that does not say it."""
        wanted = [x for x in term.values if not x.negated]
        if term.op != "=" or not wanted or any(x.kind not in ("plain", "group") for x in wanted):
            return None
        names: set[str] = set()
        for x in wanted:
            names |= set(self.active.groups[x.text]) if x.kind == "group" else {x.text, "-".join(split_border(x.text))}
        return names

    def _reduced(self, rule: Rule, known: Facts) -> _Open | None:
        terms = self._rest((*rule.who, *rule.where), known)
        if terms is None:
            return None
        unless = [s for s in (self._rest(x, known) for x in rule.unless) if s is not None]
        return None if () in unless else _Open(rule, terms, tuple(unless))

    def _rest(self, selector: Selector, known: Facts) -> Selector | None:
        """Terms on the place; None where the others do not hold."""
        settled = tuple(t for t in selector if t.key not in _PLACE_KEYS)
        if not fits(settled, known, self.active.groups, self.active.date):
            return None
        return tuple(t for t in selector if t.key in _PLACE_KEYS)


def _arcs_by_tag(network: Network) -> list[Arcs]:
    order = np.argsort(network.arc_tag, kind="stable")
    edges = np.searchsorted(network.arc_tag[order], np.arange(len(network.tags) + 1))
    return [order[a:b] for a, b in itertools.pairwise(edges)]


def _tag_cases(
    tag: Tag, base: Facts, wanted: set[str], network: Network, arcs: Arcs
) -> Iterator[tuple[str, str, Facts]]:
    """The questions to ask about a named place: action, mode and the facts that the place adds."""
    if not len(arcs):
        return
    if tag.kind == "crossing" and len(tag.countries) == 2:
        facts: Facts = {"crossing": frozenset((tag.id,)), "border": line_of("border", "-".join(tag.countries))}
        for mode in sorted({_MODE_OF_LAYER[layer] for layer in network.arc_layer[arcs].tolist()} & wanted):
            yield "cross", mode, facts
    elif tag.kind == "passage" and "sea" in wanted:
        yield "transit", "sea", {"strait": _strait_line(tag.id, base)}
    elif tag.kind == "port" and "sea" in wanted:
        yield "call", "sea", {"port": _port_line(tag)}


def _strait_line(name: str, base: Facts) -> frozenset[str]:
    draft = base.get("draft")
    if name == "panama" and isinstance(draft, float):
        name = "panama-neo" if draft > PANAMA_OLD_LOCKS_M else "panama-old"
    return line_of("strait", name)


@functools.cache
def _port_line(tag: Tag) -> frozenset[str]:
    names = {tag.id, slug(tag.name), tag.id.removesuffix("-port")}
    lines = [v.place_line(n) for n in names if n in v.places()] or [(tag.id,)]
    countries = [v.territory_line(c) for c in tag.countries]
    return frozenset(x for line in (*lines, *countries) for x in line)


def _countries(sheet: _Sheet, bench: _Bench, network: Network, wanted: set[str]) -> None:
    """Rules on operating in, crossing or overflying a country, spread to its arcs."""
    codes, number = np.unique(network.node_country, return_inverse=True)
    line = (network.arc_kind == ARC_KINDS.index("line")) | (network.arc_kind == ARC_KINDS.index("terminal"))
    ends: set[str] = set()
    for key in ("origin", "destination"):
        value = bench.base.get(key)
        ends |= value if isinstance(value, frozenset) else set()
    for mode in sorted(wanted & {"road", "rail", "inland", "air"}):
        layers = [i for i, m in enumerate(_MODE_OF_LAYER) if m == mode]
        arcs = np.flatnonzero(line & np.isin(network.arc_layer, layers))
        sides = number[network.tail[arcs]], number[network.head[arcs]]
        for action, key in (
            (("overfly", "airspace"),) if mode == "air" else (("operate", "country"), ("transit", "country"))
        ):
            if not bench.open(action, mode) or not len(arcs):
                continue
            for i, code in enumerate(codes.tolist()):
                if code == "" or (action == "transit" and (not ends or code in ends)):
                    continue
                facts: Facts = {key: frozenset(v.territory_line(code))}
                if bench.hits(action, mode, facts):
                    bench.judge_into(sheet, action, mode, facts, arcs[(sides[0] == i) | (sides[1] == i)])


def _share_of_round(rule: Rule) -> float:
    """Part of a round-trip due that falls on one way through one of the places that the rule names."""
    named = [len(t.values) for t in rule.where if t.key in ("strait", "crossing", "port")]
    return 1.0 / (2.0 * max(named, default=1))


def _money(rule: Rule, value: float, share_of_round: float) -> tuple[float, float]:
    """USD a TEU and USD a tonne of a cost in the rule's unit."""
    if rule.effect == "cost_advalorem":
        return value * USD_PER_TEU, value * USD_PER_T
    if rule.unit == "USD/TEU":
        return value, value / TONNES_PER_TEU
    if rule.unit == "USD/t":
        return value * TONNES_PER_TEU, value
    if rule.unit == "USD":
        return value / SHIP_TEU, value / SHIP_T
    part = share_of_round if rule.unit.endswith("/round") else 1.0
    return value * part * NET_TON_PER_TEU, value * part * NET_TON_PER_T


def _on_network(active: ActiveRules) -> tuple[Rule, ...]:
    return tuple(r for r in active.rules if r.action != "flow")


def unplaced(active: ActiveRules, names: set[str]) -> tuple[tuple[str, str], ...]:
    """(rule id, name) of crossings, straits and pipelines that the rules in force speak of and `names` lacks."""
    locks = {p.id for p in v.places().values() if p.part_of in names}
    return tuple(
        (rule.id, value.text)
        for action in ("cross", "transit", "flow")
        for rule in active.by_action(action)
        for term in rule.where
        if term.key in ("crossing", "strait", "link")
        for value in term.values
        if value.kind == "plain" and value.text not in names | locks
    )
