"""What a scenario puts between economies: wedges by sector and pair, who bears them, which goods go round bans."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from landbridge import tables, trade
from landbridge.codes import name_of
from landbridge.engine import income
from landbridge.engine import trade as trade_step
from landbridge.engine.state import State
from landbridge.rules import TradeEffects

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
ROLES: Final = ("acting", "target", "third")
_MOVED: Final = 1e-9  # change of a listed share that counts as a change of the rules
_SMALL_BUSD: Final = 0.01  # re-exports below this, before and after, are not shown
_MOST_WAYS: Final = 300
_STRENGTH_STEP: Final = 0.1  # the strengths of bans are assumed, most at 0.7: how much more or less is in the range
_MOST_WEDGES: Final = 400


def roles(before: State, after: State) -> NDArray[np.int64] | None:
    """Place in ROLES of every economy [n]: those whose bans the scenario changes, those they are aimed at, the rest.

    None where the scenario changes no ban on trade.
    """
    assert before.wedges is not None and after.wedges is not None
    old, new = before.wedges.effects, after.wedges.effects
    changed: Mask = np.asarray((np.abs(new.listed_share - old.listed_share) > _MOVED).any(axis=0))
    if not changed.any():
        return None
    acting = np.zeros(len(new.iso3), dtype=bool)
    bans = [_bans(effects, changed) for effects in (old, new)]
    for name in {*bans[0], *bans[1]}:
        if name in bans[0] and name in bans[1] and np.array_equal(bans[0][name], bans[1][name]):
            continue  # holds there too, but is not what changed
        for state, found in zip((before, after), bans, strict=True):
            if name in found:
                active = state.world.rules.on(state.world.date)
                rule = next(r for r in active.rules if r.id == name)
                named = {m for by in rule.by for m in (active.members(by[1:]) if by[:1] == "@" else {by})}
                acting |= np.isin(new.iso3, sorted(named))
    aimed_at = (changed & acting[:, None]).any(axis=0) | (changed & acting[None, :]).any(axis=1)
    return np.where(acting, 0, np.where(aimed_at & ~acting, 1, 2))


def _bans(effects: TradeEffects, changed: Mask) -> dict[str, Mask]:
    """The pairs [n,n] that each ban covers, of those bans that cover some changed pair."""
    found: dict[str, Mask] = {}
    n = len(effects.iso3)
    for spot in effects.spots:
        if spot.rule.effect == "forbid" and (spot.cells & changed[np.ix_(spot.rows, spot.columns)]).any():
            found[spot.rule.id] = found.get(spot.rule.id, np.zeros((n, n), dtype=bool)) | (spot.spread(n) > 0)
    return found


def burdens(before: State, after: State) -> pd.DataFrame | None:
    """Real income by role and economy: each role's sum first (iso3 blank), then its economies by what they bear."""
    part = roles(before, after)
    if part is None:
        return None
    size = after.world.trade.value_added_usd / 1e9
    every = income.every_percent(after)
    iso3, rows = after.world.trade.iso3, list[Mapping[str, Any]]()
    for r, role in enumerate(ROLES):
        inside = np.flatnonzero(part == r)
        if not len(inside):
            continue
        whole = every[:, inside] @ size[inside] / size[inside].sum()
        rows.append(_row(role, "", f"all {role} economies", whole, size[inside].sum()))
        order = inside[np.argsort(every[0, inside] * size[inside], kind="stable")]
        rows += [_row(role, iso3[i], name_of(iso3[i]), every[:, i], size[i]) for i in order]
    return pd.DataFrame(rows, columns=list(tables.dictionary("result_burdens")))


def _row(role: str, iso3: str, name: str, percent: Floats, size_busd: float) -> Mapping[str, Any]:
    return {
        "role": role,
        "iso3": iso3,
        "name": name,
        "busd": percent[0] * size_busd / 100,
        "percent": percent[0],
        "low": percent.min(),
        "high": percent.max(),
    }


def reexports(before: State, after: State) -> pd.DataFrame:
    """Listed goods that go round bans through third economies, by origin, way and destination, without and with the
    scenario; empty where nothing evades."""
    assert before.wedges is not None and after.wedges is not None
    assert before.equilibrium is not None and after.equilibrium is not None
    base = after.world.trade
    loose = trade_step.divertible(base.sectors)
    widths = trade_step.boxed_usd(base, loose)
    sides = [trade_step.side(s.wedges) for s in (before, after) if s.wedges is not None]
    old, new = (_shut(before, s, widths, loose) for s in (before, after))
    free = trade.would_be(base.flow_usd, sides[0])
    solved = [trade_step.flow_usd(s.world, s.equilibrium) for s in (before, after) if s.equilibrium is not None]
    # how the flow moved for reasons other than the bans themselves
    was, now = solved[0] * (1.0 - new), solved[1] * (1.0 - old)
    moved = np.divide(now, was, out=np.ones_like(free), where=was > 0)
    parts = []
    for side, shut, value in ((sides[0], old, free), (sides[1], new, free * moved)):
        answered = replace(side, shut=shut)
        cells, usd = trade.reexports(value, widths, base.theta, answered, loose)
        parts.append(_summed(answered, cells, usd))
    return _ways(parts[0], parts[1], base.iso3)


def _shut(before: State, after: State, widths: Floats, loose: Floats) -> Floats:
    """Share of each flow that is shut once ways round have answered [k,i,j]."""
    assert before.wedges is not None and after.wedges is not None
    sides = trade_step.side(before.wedges), trade_step.side(after.wedges)
    return trade.shut_share(widths, after.world.trade.theta, *sides, loose)


def _summed(side: trade.Side, cells: trade.Cells, ways: trade.Ways) -> pd.DataFrame:
    """Sums over sectors by way: index (origin, via, destination), columns usd, the same with all bans obeyed more and
    less, what of it is unloaded on the way, and the mean detour where known."""
    usd, dearer = ways.total, trade.detour_percent(side, cells, ways)
    p, h = np.nonzero(usd > 0)
    loose, listed = cells.of(side.evading), cells.of(side.listed)
    step = _STRENGTH_STEP * listed
    ends = [np.clip(loose + sign * step, 0.0, listed) / np.where(loose > 0, loose, 1.0) for sign in (-1.0, 1.0)]
    known = np.where(np.isfinite(dearer), usd, 0.0)
    values = {"usd": usd, "low": usd * ends[0][:, None], "high": usd * ends[1][:, None], "unloaded": ways.unloaded}
    values |= {"known": known, "dear": known * np.nan_to_num(dearer)}
    rows = pd.DataFrame(
        {name: v[p, h] for name, v in values.items()},
        index=pd.MultiIndex.from_arrays([cells.origin[p], h, cells.destination[p]]),
    )
    return rows.groupby(level=[0, 1, 2]).sum()


def _ways(old: pd.DataFrame, new: pd.DataFrame, iso3: tuple[str, ...]) -> pd.DataFrame:
    both = old.add_suffix("_old").join(new.add_suffix("_new"), how="outer").fillna(0.0)
    base, value = both["usd_old"] / 1e9, both["usd_new"] / 1e9
    weight = np.maximum(base, value) + 10 * (value - base).abs()
    shown = both[np.maximum(base, value) >= _SMALL_BUSD].index
    shown = weight[shown].sort_values(ascending=False, kind="stable").index[:_MOST_WAYS]
    known = (both["known_old"] + both["known_new"])[shown]
    dear = (both["dear_old"] + both["dear_new"])[shown]
    code = np.array(iso3)
    columns = {
        "origin": code[shown.get_level_values(0)],
        "via": code[shown.get_level_values(1)],
        "destination": code[shown.get_level_values(2)],
        "base_busd": base[shown].to_numpy(),
        "value_busd": value[shown].to_numpy(),
        "low_busd": both["low_new"][shown].to_numpy() / 1e9,
        "high_busd": both["high_new"][shown].to_numpy() / 1e9,
        "unloaded_percent": 100
        * (both["unloaded_old"] + both["unloaded_new"])[shown].to_numpy()
        / (both["usd_old"] + both["usd_new"])[shown].to_numpy(),
        "detour_percent": (dear / known.where(known > 0)).to_numpy(),
        "basis": "modelled",
    }
    return pd.DataFrame(columns, columns=list(tables.dictionary("result_reexports")))


def wedges(before: State, after: State) -> pd.DataFrame:
    """The parts of the trade cost by sector and pair, each with its base named: freight f (real cost), tariff
    (revenue), the rules' factor, what is shut; those that the scenario moves most, weighted by trade, come first."""
    assert before.wedges is not None and after.wedges is not None and before.purged is not None
    base, old, new = after.world.trade, before.wedges, after.wedges
    tariff = trade_step.tariffs_new(old, new, before.purged)
    widths = trade_step.boxed_usd(base, trade_step.divertible(base.sectors))
    shut = [_shut(before, s, widths, trade_step.divertible(base.sectors)) for s in (before, after)]
    factor = [w.effects.wedge * w.agreements for w in (old, new)]
    hat = trade_step.wedge_hat(old, new, before.purged) * (1.0 + tariff) / (1.0 + base.tariff)
    with np.errstate(divide="ignore"):
        weight = base.flow_usd * (1e-3 + np.minimum(np.abs(np.log(hat)), 1.0))  # unmoved flows come last, by size
    weight[:, np.arange(len(base.iso3)), np.arange(len(base.iso3))] = 0.0
    spots = np.argsort(-weight, axis=None, kind="stable")[:_MOST_WEDGES]
    k, i, j = np.unravel_index(spots[weight.ravel()[spots] > 0], weight.shape)
    f_old, f_new = old.freight[k, i, j], new.freight[k, i, j]
    known = np.isfinite(f_old) & np.isfinite(f_new)
    change = trade.change_percent(np.where(known, f_old, np.nan), np.where(known, f_new, np.nan))
    code, named = np.array(base.iso3), np.array(base.sectors)
    columns = {
        "exporter": code[i],
        "importer": code[j],
        "sector": named[k],
        "busd": base.flow_usd[k, i, j] / 1e9,
        "base_freight_percent": 100 * f_old,
        "freight_percent": 100 * f_new,
        "change_of_wedge_percent": change.of_wedge_percent,
        "change_of_factor_percent": change.of_factor_percent,
        "base_tariff_percent": 100 * base.tariff[k, i, j],
        "tariff_percent": 100 * tariff[k, i, j],
        "base_rules_factor": factor[0][k, i, j],
        "rules_factor": factor[1][k, i, j],
        "base_shut_percent": 100 * shut[0][k, i, j],
        "shut_percent": 100 * shut[1][k, i, j],
        "hat": hat[k, i, j],
    }
    return pd.DataFrame(columns, columns=list(tables.dictionary("result_wedges")))


def terms(after: State) -> pd.DataFrame:
    """Why real income moves: the exact change beside the first-order terms as the literature publishes them."""
    assert after.equilibrium is not None
    found = after.equilibrium
    columns = {
        "iso3": list(found.iso3),
        "name": [name_of(c) for c in found.iso3],
        "percent": 100 * (found.real_income_hat - 1),
        "terms_of_trade": 100 * found.terms_of_trade,
        "volume_of_trade": 100 * found.volume_of_trade,
        "resource_cost": 100 * found.technical,
        "basis": "modelled",
    }
    return pd.DataFrame(columns, columns=list(tables.dictionary("result_terms")))
