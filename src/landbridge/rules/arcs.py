"""Compile the rules in force onto a network: which arcs a movement may not use, and what the others cost it more.

Every rule is judged once per named place or country, never per arc, and the answers are spread to the arcs.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from landbridge.codes import slug
from landbridge.network import ARC_KINDS, LAYERS, Network, Tag
from landbridge.rules import vocabulary as v
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

    def put(self, arcs: NDArray[np.int64] | NDArray[np.bool_], rule: Rule, share_of_round: float) -> None:
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
    seen: set[str] = set()
    wanted = {str(movement["mode"])} if "mode" in movement else set(v.MODES)
    arcs_of_tag = _arcs_by_tag(network)
    for number, tag in enumerate(network.tags):
        for action, facts in _tag_cases(tag, base, wanted, network, arcs_of_tag[number]):
            seen.update((tag.id, *(x for y in facts.values() if isinstance(y, frozenset) for x in y)))
            _judge_into(sheet, active, action, facts, arcs_of_tag[number])
    _countries(sheet, active, network, base, wanted)
    return ArcEffects(
        sheet.blocked,
        sheet.rule,
        tuple(sheet.rules),
        sheet.time,
        sheet.teu,
        sheet.tonne,
        sheet.capacity,
        sheet.strength,
        _unplaced(active, seen),
    )


def _judge_into(
    sheet: _Sheet, active: ActiveRules, action: str, facts: Facts, arcs: NDArray[np.int64] | NDArray[np.bool_]
) -> None:
    hits = [r for r in active.by_action(action) if _applies(r, facts, active)]
    lifted = {o for r in hits for o in r.overrides}
    for rule in hits:
        if rule.effect in ("forbid", "time", "cost", "cost_advalorem", "capacity") and rule.id not in lifted:
            sheet.put(arcs, rule, _share_of_round(rule))


def _applies(rule: Rule, facts: Facts, active: ActiveRules) -> bool:
    if not fits((*rule.who, *rule.where), facts, active.groups, active.date):
        return False
    return not any(fits(s, facts, active.groups, active.date) for s in rule.unless)


def _arcs_by_tag(network: Network) -> list[NDArray[np.int64]]:
    order = np.argsort(network.arc_tag, kind="stable")
    edges = np.searchsorted(network.arc_tag[order], np.arange(len(network.tags) + 1))
    return [order[a:b] for a, b in itertools.pairwise(edges)]


def _mode_of_layers() -> list[str]:
    return ["rail" if name.startswith("rail") else name for name in LAYERS]


def _tag_cases(
    tag: Tag, base: Facts, wanted: set[str], network: Network, arcs: NDArray[np.int64]
) -> Iterator[tuple[str, Facts]]:
    """The questions to ask about a named place: action and facts."""
    if not len(arcs):
        return
    if tag.kind == "crossing" and len(tag.countries) == 2:
        modes = {_mode_of_layers()[layer] for layer in np.unique(network.arc_layer[arcs])}
        for mode in sorted(modes & wanted):
            facts = {**base, "mode": frozenset((mode,)), "crossing": frozenset((tag.id,))}
            yield "cross", {**facts, "border": line_of("border", "-".join(tag.countries))}
    elif tag.kind == "passage" and "sea" in wanted:
        yield "transit", {**base, "mode": frozenset(("sea",)), "strait": _strait_line(tag.id, base)}
    elif tag.kind == "port" and "sea" in wanted:
        yield "call", {**base, "mode": frozenset(("sea",)), "port": _port_line(tag)}


def _strait_line(name: str, base: Facts) -> frozenset[str]:
    draft = base.get("draft")
    if name == "panama" and isinstance(draft, float):
        name = "panama-neo" if draft > PANAMA_OLD_LOCKS_M else "panama-old"
    return line_of("strait", name)


def _port_line(tag: Tag) -> frozenset[str]:
    names = {tag.id, slug(tag.name), tag.id.removeprefix("port-")}
    lines = [v.place_line(n) for n in names if n in v.places()] or [(tag.id,)]
    countries = [v.territory_line(c) for c in tag.countries]
    return frozenset(x for line in (*lines, *countries) for x in line)


def _countries(sheet: _Sheet, active: ActiveRules, network: Network, base: Facts, wanted: set[str]) -> None:
    """Rules on operating in, crossing or overflying a country, spread to its arcs."""
    codes, number = np.unique(network.node_country, return_inverse=True)
    modes = _mode_of_layers()
    line = (network.arc_kind == ARC_KINDS.index("line")) | (network.arc_kind == ARC_KINDS.index("terminal"))
    ends: set[str] = set()
    for key in ("origin", "destination"):
        value = base.get(key)
        ends |= value if isinstance(value, frozenset) else set()
    for mode in sorted(wanted & {"road", "rail", "inland", "air"}):
        layers = [i for i, m in enumerate(modes) if m == mode]
        arcs = np.flatnonzero(line & np.isin(network.arc_layer, layers))
        if not len(arcs):
            continue
        sides = number[network.tail[arcs]], number[network.head[arcs]]
        for i, code in enumerate(codes):
            if code == "":
                continue
            inside = None
            for action, facts in _country_cases(str(code), mode, base, ends):
                if not any(_applies(r, facts, active) for r in active.by_action(action)):
                    continue
                inside = arcs[(sides[0] == i) | (sides[1] == i)] if inside is None else inside
                _judge_into(sheet, active, action, facts, inside)


def _country_cases(code: str, mode: str, base: Facts, ends: set[str]) -> Iterator[tuple[str, Facts]]:
    line = frozenset(v.territory_line(code))
    facts: Facts = {**base, "mode": frozenset((mode,))}
    if mode == "air":
        yield "overfly", {**facts, "airspace": line}
        return
    yield "operate", {**facts, "country": line}
    if ends and code not in ends:
        yield "transit", {**facts, "country": line}


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


def _unplaced(active: ActiveRules, seen: set[str]) -> tuple[tuple[str, str], ...]:
    """(rule id, name) of crossings and straits that the network does not have."""
    named: Sequence[tuple[str, str]] = [
        (r.id, x.text)
        for action in ("cross", "transit")
        for r in active.by_action(action)
        for t in r.where
        if t.key in ("crossing", "strait")
        for x in t.values
        if x.kind == "plain"
    ]
    parts = {p.id for p in v.places().values() if p.part_of in seen}
    return tuple(x for x in named if x[1] not in seen and x[1] not in parts)
