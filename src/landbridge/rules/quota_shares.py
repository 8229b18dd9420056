"""Quotas in trade: the part of the base year's flow that a quota shuts, by good and pair; crude and gas bind in energy.

A quota of q tonnes on a base flow of F tonnes shuts 1 - q/F of it where q < F. One for a season that is the part f of
the year touches f F only: it shuts f - q/F. Tonnes come from the flows' dollars at data/good_prices.csv.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from landbridge.rules import vocabulary as v
from landbridge.rules.cover import Cover, portions
from landbridge.rules.pairs import Pairs, Spot
from landbridge.rules.quotas import FUELS, mt_yr, terms_of
from landbridge.rules.records import Rule
from landbridge.rules.shipped import rows
from landbridge.units import DAYS_PER_YEAR

Floats = NDArray[np.float64]
_MT: Final = 1e6


@cache
def prices_usd_t() -> dict[str, float]:
    """Value per tonne of the goods that a quota in trade can count."""
    return {r["good"]: r["usd_t"] for r in rows("good_prices")}


def season_share(rule: Rule, date: str) -> float:
    """Part of the year that a quota for a season holds: from its start or step to the next or its end."""
    if not rule.unit.endswith("/season"):
        return 1.0
    starts = [start for start, _ in rule.schedule] or [rule.from_date]
    begun = [s for s in starts if s <= date]
    start = begun[-1] if begun else ""
    later = [s for s in starts if s > date]
    end = dt.date.fromisoformat(later[0]) if later else None
    if end is None and rule.until_date:
        end = dt.date.fromisoformat(rule.until_date) + dt.timedelta(days=1)
    if not start or end is None:
        return 1.0
    return min((end - dt.date.fromisoformat(start)).days / DAYS_PER_YEAR, 1.0)


def shut_by_quotas(pairs: Pairs, parts: Cover, flow_usd: Floats) -> Iterator[tuple[int, Spot, Floats]]:
    """(good, pairs, [2, 1, 1] share shut and share listed) of every quota that binds on the base flows [k, i, j]."""
    for rule in (*pairs.active.by_action("export"), *pairs.active.by_action("import")):
        if rule.effect != "quota":
            continue
        amount_t = mt_yr(rule.value_on(pairs.active.date), rule.unit) * _MT
        touched = list(_spots(pairs, rule, parts))
        if not touched or np.isnan(amount_t):
            continue
        flow_t = sum(portion * _tonnes(parts, flow_usd, g, spot) for g, portion, spot in touched)
        season = season_share(rule, pairs.active.date)
        shut = season - amount_t / flow_t if flow_t > 0 else 0.0
        if shut > 0:
            weight = np.array([rule.strength, 1.0])[:, None, None] * shut
            yield from ((g, spot, portion * weight) for g, portion, spot in touched)


def _spots(pairs: Pairs, rule: Rule, parts: Cover) -> Iterator[tuple[int, float, Spot]]:
    wanted = frozenset(x.text for t in terms_of(rule, "good") for x in t.values if not x.negated)
    for g, word, portion in portions(wanted) if wanted else ():
        line = frozenset(v.good_line(word))
        if FUELS & line or parts.goods[g] not in prices_usd_t():
            continue
        spot = pairs.spot(rule, {"good": line})
        if spot is not None:
            yield g, portion, spot


def _tonnes(parts: Cover, flow_usd: Floats, g: int, spot: Spot) -> float:
    block = np.ix_(spot.rows, spot.columns)
    usd = sum(
        float((flow_usd[k][block] * parts.part(k, g)[block] * spot.cells).sum())
        for k in range(len(flow_usd))
        if parts.member[k, g]
    )
    return usd / prices_usd_t()[parts.goods[g]]
