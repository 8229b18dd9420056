"""Compile the rules in force for trade: wedges, tariffs and covered shares by sector, origin, destination [k, i, j]."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landbridge.rules import vocabulary as v
from landbridge.rules.cover import Cover, atoms, cover_of, mode_shares, portions
from landbridge.rules.matching import Facts
from landbridge.rules.pairs import Pairs, Spot
from landbridge.rules.quota_shares import shut_by_quotas
from landbridge.rules.records import Rule
from landbridge.rules.ruleset import ActiveRules
from landbridge.rules.tariffs import applied_tariffs

Floats = NDArray[np.float64]
Agreements = Literal["tariff", "effect"]
Spots = dict[tuple[str, int], Spot]
_GOODWORDS: Final = ("good", "mode")
_FINANCE: Final[Facts] = {"service": frozenset(("finance",))}


@dataclass(frozen=True, slots=True)
class TradeEffects:
    """What the rules do to trade between economies. Arrays are [k, i, j] = sector, origin, destination.

    `wedge` = factor on the iceberg cost (1 none); `finance` = the part of it that is dearer finance; `tariff` = applied
    ad valorem rate, most-favoured-nation means, agreements and punitive rates together (0 on the diagonal);
    `forbidden_share` = share of the pair's flow in the sector that rules shut; `listed_share` = share that their texts
    cover, obeyed or not: the difference evades. `spots` say which pairs each rule touches: see `rules_of`.
    """

    iso3: tuple[str, ...]
    sectors: tuple[str, ...]
    wedge: Floats
    tariff: Floats
    forbidden_share: Floats
    listed_share: Floats
    rules: tuple[Rule, ...]
    spots: tuple[Spot, ...]
    finance: Floats

    def rules_of(self, origin: str, destination: str) -> tuple[Rule, ...]:
        """Every rule that changes what goes from origin to destination, by id; empty for economies not in `iso3`."""
        if origin not in self.iso3 or destination not in self.iso3:
            return ()
        i, j = self.iso3.index(origin), self.iso3.index(destination)
        found = {}
        for spot in self.spots:
            row = spot.rows.searchsorted(i)
            if row == len(spot.rows) or spot.rows[row] != i:
                continue
            column = spot.columns.searchsorted(j)
            if column < len(spot.columns) and spot.columns[column] == j and spot.cells[row, column]:
                found[spot.rule.id] = spot.rule
        return tuple(found[k] for k in sorted(found))


def trade_effects(
    active: ActiveRules,
    iso3: Sequence[str],
    sectors: Sequence[str],
    *,
    elasticity: ArrayLike,
    cover: Mapping[str, Mapping[str, float]] | None = None,
    agreements: Agreements = "tariff",
    flow_usd: Floats | None = None,
) -> TradeEffects:
    """Effects of the rules in force on trade between `iso3` in `sectors`.

    `elasticity` = trade elasticity, one number or one a sector; it turns a literature effect D on trade into the wedge
    (1 + D)^(-1/e). A ban counts with the share of the sector that its goods are (`cover`, default the shipped tables)
    x the share of those goods on the act's lists x `strength`; of bans on the same good the largest counts. Agreements
    act through tariffs, or with `agreements="effect"` through their estimated effect instead, never both. Quotas on
    other goods than crude and gas shut what the base flows `flow_usd` [k, i, j] exceed them by; without flows none.
    """
    names = tuple(iso3)
    pairs = Pairs(active, names)
    parts = cover_of(names, sectors, cover)
    power = np.broadcast_to(np.asarray(elasticity, dtype=float), (len(sectors),))
    spots: Spots = {}
    inside = parts.inside
    shut, listed = np.clip(_forbidden(pairs, parts, inside, spots, flow_usd), 0.0, 1.0)
    rates = applied_tariffs(pairs, parts, inside, spots, preferences=agreements == "tariff")
    changes = _changes(pairs, spots, agreements)
    paying = [c for c in changes if c.spot.rule.action == "finance"]
    wedge, finance = (
        np.stack([_wedge(part, parts, k, inside[k], float(e)) for k, e in enumerate(power)])
        for part in (changes, paying)
    )
    used = {spot.rule.id: spot.rule for spot in spots.values()}
    rules = tuple(used[k] for k in sorted(used))
    return TradeEffects(names, tuple(sectors), wedge, rates, shut, listed, rules, tuple(spots.values()), finance)


def _asks_for(rule: Rule, keys: Sequence[str]) -> bool:
    selectors = (rule.who, rule.where, *rule.unless)
    return any(t.key in keys for s in selectors for t in s)


@dataclass(frozen=True, slots=True)
class _Case:
    """A word of a rule's on good `g` of the share table, of which it is the part `portion`, by one mode or all ('')."""

    g: int
    word: str
    portion: float
    mode: str


def _cases(rule: Rule, modes: Mapping[str, Mapping[str, Floats]]) -> list[_Case]:
    """What to evaluate a rule on: every good it may touch, by each mode where modes matter."""
    wanted = frozenset(x.text for t in rule.who if t.key == "good" for x in t.values if not x.negated)
    by_mode, names = _asks_for(rule, ("mode",)), atoms()
    return [
        _Case(g, word, portion, mode)
        for g, word, portion in portions(wanted)
        for mode in (modes.get(names[g], {"": None}) if by_mode else ("",))
    ]


def _spots(pairs: Pairs, rule: Rule, modes: Mapping[str, Mapping[str, Floats]]) -> Iterator[tuple[_Case, Spot]]:
    """A rule's pairs for every good and mode it may touch; found once where only its own list of goods asks."""
    fixed = not _asks_for(rule, ("mode",)) and not any(t.key == "good" for s in rule.unless for t in s)
    fixed &= not any(x.negated for t in rule.who if t.key == "good" for x in t.values)
    fixed &= not any(rule.id in permit.overrides for permit in pairs.active.rules)
    known: Spot | None = None
    for case in _cases(rule, modes):
        spot = known if known is not None else pairs.spot(rule, _facts(case.word, case.mode))
        if spot is not None:
            known = spot if fixed else None
            yield case, spot


def _facts(good: str, mode: str) -> Facts:
    facts: Facts = {"good": frozenset(v.good_line(good))}
    return {**facts, "mode": frozenset((mode,))} if mode else facts


def _remember(spots: Spots, spot: Spot) -> None:
    spots[(spot.rule.id, hash((spot.rows.tobytes(), spot.columns.tobytes(), spot.cells.tobytes())))] = spot


def _trade_rules(active: ActiveRules, *effects: str) -> list[Rule]:
    return [r for a in ("import", "export") for r in active.by_action(a) if r.effect in effects]


def _forbidden(pairs: Pairs, parts: Cover, inside: Floats, spots: Spots, flow_usd: Floats | None) -> Floats:
    """[2, k, i, j] share of each sector's flow that is shut, and that would be if everybody obeyed."""
    n = len(pairs.iso3)
    every, single = np.zeros((2, n, n)), dict[int, Floats]()  # bans on all goods, and on single ones
    modes = mode_shares(pairs.iso3)
    for rule in _trade_rules(pairs.active, "forbid"):
        listed = rule.value_on(pairs.active.date)
        weight = np.array([rule.strength, 1.0])[:, None, None] * (1.0 if np.isnan(listed) else listed)
        if not _asks_for(rule, _GOODWORDS):
            spot = pairs.spot(rule, {})
            if spot is not None:
                _remember(spots, spot)
                _raise_to(every, spot, weight)
            continue
        sums: dict[int, Floats] = {}
        for case, spot in _spots(pairs, rule, modes):
            _remember(spots, spot)
            if case.mode or case.portion < 1.0:
                carried = modes[parts.goods[case.g]][case.mode] if case.mode else 1.0
                sums[case.g] = sums.get(case.g, 0.0) + case.portion * carried * weight * spot.spread(n)
            else:
                _raise_to(single.setdefault(case.g, np.zeros((2, n, n))), spot, weight)
        for g, total in sums.items():
            single[g] = np.maximum(single[g], total) if g in single else total
    for g, spot, weight in shut_by_quotas(pairs, parts, flow_usd) if flow_usd is not None else ():
        _remember(spots, spot)
        _raise_to(single.setdefault(g, np.zeros((2, n, n))), spot, weight)
    more = {g: np.maximum(total - every, 0.0) for g, total in single.items()}
    return np.stack([every[s] * inside + parts.weigh({g: v[s] for g, v in more.items()}) for s in (0, 1)])


def _raise_to(total: Floats, spot: Spot, weight: Floats) -> None:
    """The larger of what is there and `weight` on a rule's pairs, in place; [2, n, n]."""
    block = np.ix_(np.arange(2), spot.rows, spot.columns)
    total[block] = np.maximum(total[block], spot.cells * weight)


def _finance_rules(active: ActiveRules) -> list[Rule]:
    """Rules that make the finance of trade dearer."""
    return [r for r in active.by_action("finance") if r.effect == "cost_advalorem"]


@dataclass(frozen=True, slots=True)
class _Change:
    """A wedge or an estimated effect on trade: on good `g` of the share table (-1 all goods), on some pairs."""

    spot: Spot
    g: int
    portion: float  # of the good
    value: float
    is_trade: bool  # `value` is the change of trade itself, else an ad valorem cost
    is_agreement: bool

    def kept(self, e: float) -> float:
        """What is left of the trade at elasticity e: a wedge t obeyed by a share s leaves s (1+t)^-e + 1 - s."""
        left: float = 1.0 + self.value if self.is_trade else (1.0 + self.value) ** -e
        touched = self.spot.rule.strength * self.portion
        return touched * left + 1.0 - touched


def _changes(pairs: Pairs, spots: Spots, agreements: Agreements) -> list[_Change]:
    found = []
    costly = (*_trade_rules(pairs.active, "cost_advalorem"), *_finance_rules(pairs.active))
    for rule in costly:
        value = rule.value_on(pairs.active.date)
        agreement = rule.unit == "trade_change" and value > 0
        if value == 0.0 or rule.strength == 0.0 or (agreement and agreements == "tariff"):
            continue
        cases = _cases(rule, {}) if _asks_for(rule, _GOODWORDS) else [_Case(-1, "", 1.0, "")]
        for case in cases:
            facts: Facts = _facts(case.word, case.mode) if case.word else {}
            spot = pairs.spot(rule, {**facts, **_FINANCE} if rule.action == "finance" else facts)
            if spot is not None:
                _remember(spots, spot)
                found.append(_Change(spot, case.g, case.portion, value, rule.unit == "trade_change", agreement))
    return found


def _wedge(changes: Sequence[_Change], parts: Cover, k: int, inside: Floats, e: float) -> Floats:
    """[i, j] factor on the iceberg cost of sector k.

    Wedges multiply; agreements overlap, so of a pair's agreements the one with the greatest effect counts alone.
    """
    n = len(inside)
    factor, deal, zero = np.ones((n, n)), np.zeros((n, n)), np.zeros((n, n))
    by_good, deals = dict[int, Floats](), dict[int, Floats]()
    for change in changes:
        if change.g >= 0 and not parts.member[k, change.g]:
            continue
        moved = change.spot.spread(n) * (change.kept(e) - 1.0)
        if change.is_agreement:
            held = deal if change.g < 0 else deals.setdefault(change.g, zero.copy())
            np.maximum(held, moved, out=held)
        elif change.g < 0:
            factor *= 1.0 + inside * moved
        else:
            by_good[change.g] = by_good.get(change.g, zero + 1.0) * (1.0 + moved)
    goods = sum((parts.part(k, g) * (left - 1.0) for g, left in by_good.items()), zero)
    deeper = sum((parts.part(k, g) * np.maximum(more - deal, 0.0) for g, more in deals.items()), zero)
    wedge: Floats = (factor * (1.0 + goods) * (1.0 + inside * deal + deeper)) ** (-1.0 / e)
    return wedge
