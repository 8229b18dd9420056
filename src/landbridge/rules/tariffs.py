"""Applied tariffs: most-favoured-nation means, what agreements leave of them, and punitive rates. [k, i, j] or [i, j].

Of several rates on the same goods of a pair a punitive one (above the most-favoured-nation rate) wins, the highest of
them; otherwise the lowest preference.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from landbridge.rules import vocabulary as v
from landbridge.rules.cover import Cover, cover_of, portions
from landbridge.rules.matching import Facts
from landbridge.rules.pairs import Pairs, Spot
from landbridge.rules.records import Rule
from landbridge.rules.ruleset import ActiveRules
from landbridge.rules.shipped import rows

Floats = NDArray[np.float64]


@cache
def _means() -> dict[str, float]:
    return {r["iso3"]: r["mfn"] for r in rows("tariffs")}


def mfn_rates(iso3: Sequence[str]) -> Floats:
    """[j] mean most-favoured-nation rate of each importer; NaN where none is known."""
    known = _means()
    return np.array([known.get(code, np.nan) for code in iso3])


def tariff_matrix(active: ActiveRules, iso3: Sequence[str]) -> Floats:
    """Applied ad valorem rates on the mean of goods, [i, j] = from origin i into destination j, at the rules' date.

    Agreements' and punitive rates, else most-favoured-nation means; duties on single goods count with the goods' share
    in the pair's trade. NaN where the importer's rate is not known, 0 on the diagonal.
    """
    pairs = Pairs(active, tuple(iso3))
    parts = cover_of(iso3, ["goods"])
    rates = applied_tariffs(pairs, parts, parts.inside, {}, preferences=True)[0]
    unknown = np.isnan(mfn_rates(iso3))[None, :] & (rates == 0.0)
    np.fill_diagonal(unknown, False)
    return np.where(unknown, np.nan, rates)


def applied_tariffs(
    pairs: Pairs, parts: Cover, inside: Floats, spots: dict[tuple[str, int], Spot], *, preferences: bool
) -> Floats:
    """[k, i, j] rates, those on single goods weighted by the goods; unknown importers' means count as 0.

    `inside` [k, i, j] = part of the sector's flows that is goods; services bear no tariff.
    """
    base = np.nan_to_num(np.broadcast_to(mfn_rates(pairs.iso3), (len(pairs.iso3), len(pairs.iso3))))
    general = np.nan_to_num(_general(pairs, spots, preferences=preferences))
    special: dict[int, Floats] = {}
    for rule in _tariff_rules(pairs.active):
        if not _by_good(rule) or (not preferences and rule.unit == "x"):
            continue
        wanted = frozenset(x.text for t in rule.who if t.key == "good" for x in t.values if not x.negated)
        for g, word, portion in portions(wanted):
            facts: Facts = {"good": frozenset(v.good_line(word))}
            spot = pairs.spot(rule, facts)
            if spot is None:
                continue
            now = special.setdefault(g, general.copy())
            block = np.ix_(spot.rows, spot.columns)
            merged = _merge(now[block], _rate(rule, base[block], pairs), base[block])
            now[block] += np.where(spot.cells, portion * (merged - now[block]), 0.0)
            spots[(rule.id, g)] = spot
    return general * inside + parts.weigh({g: rate - general for g, rate in special.items()})


def _by_good(rule: Rule) -> bool:
    return any(t.key == "good" for s in (rule.who, rule.where, *rule.unless) for t in s)


def _tariff_rules(active: ActiveRules) -> list[Rule]:
    return [r for r in active.by_action("import") if r.effect == "tariff"]


def _rate(rule: Rule, base: Floats, pairs: Pairs) -> Floats:
    """The rate that a rule sets, shape of `base`; strength mixes it with the base rate."""
    value = rule.value_on(pairs.active.date)
    rate = base * value if rule.unit == "x" else np.full_like(base, value)
    return rule.strength * rate + (1.0 - rule.strength) * base


def _merge(now: Floats, new: Floats, base: Floats) -> Floats:
    """Punitive rates win over preferences and the higher over the lower; of preferences the lower."""
    punitive = np.maximum(now, new)
    preferred = np.minimum(now, new)
    return np.where((now > base) | (new > base), punitive, preferred)


def _general(pairs: Pairs, spots: dict[tuple[str, int], Spot], *, preferences: bool) -> Floats:
    """[i, j] rates from the rules on all goods."""
    n = len(pairs.iso3)
    base = np.broadcast_to(mfn_rates(pairs.iso3), (n, n))
    out = base.copy()
    for rule in _tariff_rules(pairs.active):
        if _by_good(rule) or (not preferences and rule.unit == "x"):
            continue
        spot = pairs.spot(rule, {})
        if spot is None:
            continue
        block = np.ix_(spot.rows, spot.columns)
        merged = _merge(out[block], _rate(rule, base[block], pairs), base[block])
        out[block] = np.where(spot.cells, merged, out[block])
        spots[(rule.id, -1)] = spot
    np.fill_diagonal(out, 0.0)
    return out
