"""A place shut for days: what waits, what comes late, how long stocks last and when all is back (`lb.close(days=...)`).

The re-solve says what can go round; a ship waits where the rest of the closure is shorter than its detour. Importers
live off stocks (data/assignment/stocks.csv) and refill them; the place works off its queue with the room it has.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from landbridge import tables
from landbridge.assignment import Recovery, recovery
from landbridge.engine import answer, goods
from landbridge.engine.closing import Closed, Open, Side
from landbridge.network import arcs_at
from landbridge.units import DAYS_PER_YEAR, HOURS_PER_DAY

Floats = NDArray[np.float64]
# What a place can pass beyond its usual load where its capacity is unknown: Suez passes about 50 ships a day and passed
# 80 to 90 a day after March 2021 (Suez Canal Authority via India Seatrade News, April 2021).
_SPARE: Final = 0.7
_LEAST_SPARE: Final = 0.02  # a full place is never quite full every day; assumed
_SURGE: Final = 0.25  # arrivals beyond use while stocks are refilled; assumed
_AFTER: Final = 365  # days looked at after the opening
_DUST_T_DAY: Final = 1.0
_MOST_NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class Shut:
    """What a closure does by commodity group and importer, [g, n]: tonnes a day, and the detour in days."""

    imports: Floats
    exposed: Floats
    stranded: Floats  # of exposed: no way round
    detour_days: Floats  # NaN where nothing goes round
    spare: float  # room beyond the usual load, share of it


def shut(base: Open, done: Closed) -> Shut:
    """The daily flows of a closure, from the two solves."""
    here = np.isin(done.places.arc, arcs_at(base.freight.network, done.where))
    g, n, z = len(goods.groups().names), len(base.world.trade.iso3), len(base.zones.node)
    importer = np.tile(base.zones.economy, z)  # pair = origin x z + destination
    imports, exposed, stranded, late = (np.zeros((g, n)) for _ in range(4))
    for i, (load, old, new) in enumerate(zip(done.before.loads, done.before.choices, done.after.choices)):
        routes = load.batch.routes
        pair = routes.pair_of_route()
        through = routes.through(here)

        def by_pair(values: Floats, pair: NDArray[np.int64] = pair, q: int = routes.n_pairs) -> Floats:
            return np.bincount(pair, values, minlength=q).astype(np.float64)

        left = np.maximum(by_pair(np.where(through, old.flow, 0.0)) - by_pair(np.where(through, new.flow, 0.0)), 0.0)
        lost = np.minimum(np.maximum(old.shipped - new.shipped, 0.0), left)
        hours = _mean_hours(done.after, i, by_pair, new.flow) - _mean_hours(done.before, i, by_pair, old.flow)
        delay = np.where(left > 0, hours * np.maximum(old.shipped, 1e-9) / np.maximum(left, 1e-9), 0.0)
        for out, values in ((imports, old.shipped), (exposed, left), (stranded, lost)):
            out[load.group] += np.bincount(importer, values, minlength=n) / DAYS_PER_YEAR
        round_t = left - lost
        late[load.group] += np.bincount(importer, round_t * np.maximum(delay, 0.0), minlength=n) / DAYS_PER_YEAR
    went = exposed - stranded
    with np.errstate(invalid="ignore", divide="ignore"):
        detour = np.where(went > _DUST_T_DAY * 1e-3, late / went / HOURS_PER_DAY, np.nan)
    return Shut(imports, exposed, stranded, detour, _spare(done, here))


def _mean_hours(side: Side, i: int, by_pair: Any, flow: Floats) -> Floats:
    """Mean hours of a load by pair [q] in one side's choice, 0 where nothing goes."""
    load = side.loads[i]
    time = next(p.time_h for p in side.priced if p.offer.routes is load.batch.routes)[load.member]
    total = by_pair(flow)
    spent = by_pair(np.where(flow > 0, flow * np.where(np.isfinite(time), time, 0.0), 0.0))
    return np.asarray(np.where(total > 0, spent / np.maximum(total, 1e-12), 0.0), np.float64)


def _spare(done: Closed, here: NDArray[np.bool_]) -> float:
    """Room of the open place beyond its load, the least of its directions; where no capacity is known, Suez's."""
    known = []
    rooms = done.places.capacity(done.before.network)
    for room, load in zip(rooms, (done.before.rents.teu, done.before.rents.tonnes)):
        used = here & np.isfinite(room) & (load > 0)
        known += list(room[used] / load[used] - 1.0)
    return float(max(min(known, default=_SPARE), _LEAST_SPARE))


def recover(base: Open, done: Closed, days: float) -> dict[str, pd.DataFrame]:
    """Tables `recovery` (by commodity group) and `recovery_path` (by day) of a closure of so many days."""
    flows = shut(base, done)
    rows = np.argwhere(flows.exposed > _DUST_T_DAY)
    some = flows.exposed[rows[:, 0], rows[:, 1]]
    stock = _stock_days()
    lasted = _live(flows, rows, some, stock, days)
    wait = _waiting_days(flows, days)
    table = [
        _row(base, flows, k, days, wait, lasted, rows, some, float(stock[k]))
        for k in range(len(stock))
        if flows.exposed[k].sum() > _DUST_T_DAY
    ]
    table.insert(0, _row(base, flows, None, days, wait, lasted, rows, some, float("nan")))
    return {
        "recovery": answer.frame("result_recovery", table),
        "recovery_path": answer.frame("result_recovery_path", _path(flows, days, lasted, rows, some, stock)),
    }


def _stock_days() -> Floats:
    table = tables.shipped("assignment/stocks").set_index("commodity_group")["stock_days"]
    return np.array([float(table[name]) for name in goods.groups().names])


def _live(flows: Shut, rows: NDArray[np.int64], some: Floats, stock: Floats, days: float) -> Recovery:
    """Days of the exposed flow [row]: all of an importer's stock of a good stands in for what the place carried."""
    k, c = rows[:, 0], rows[:, 1]
    share = 1.0 - flows.stranded[k, c] / some
    held = stock[k] * flows.imports[k, c] / some
    late = np.ceil(np.nan_to_num(flows.detour_days[k, c])).astype(np.int64)
    return recovery(
        np.clip(share, 0.0, 1.0), held, int(np.ceil(days)), late, surge=_SURGE,
        horizon_days=int(np.ceil(days)) + _AFTER,
    )  # fmt: skip


def _waiting_days(flows: Shut, days: float) -> Floats:
    """Days of the exposed flow that wait when the place opens, [g, n]."""
    went = np.where(np.isfinite(flows.detour_days), np.minimum(flows.detour_days, days), days)
    with np.errstate(invalid="ignore", divide="ignore"):
        stuck = np.where(flows.exposed > 0, flows.stranded / flows.exposed, 0.0)
    return np.asarray(stuck * days + (1.0 - stuck) * went, np.float64)


def _row(
    base: Open, flows: Shut, k: int | None, days: float, wait: Floats, lasted: Recovery, rows: NDArray[np.int64],
    some: Floats, stock: float,
) -> Mapping[str, Any]:  # fmt: skip
    iso3 = base.world.trade.iso3
    pick: Any = slice(None) if k is None else [k]
    exposed, waiting = flows.exposed[pick], (flows.exposed * wait)[pick]
    went = exposed - flows.stranded[pick]
    mine = np.ones(len(rows), bool) if k is None else rows[:, 0] == k
    short = np.bincount(rows[mine, 1], (lasted.lost_days * some)[mine], minlength=len(iso3))
    back = lasted.recovered_on[mine]
    total = float(exposed.sum())
    queue = float(waiting.sum()) / total
    return {
        "good": "all" if k is None else goods.groups().names[k],
        "exposed_t_day": total,
        "detour_days": float(np.nansum(flows.detour_days[pick] * went) / went.sum()) if went.sum() > 0 else np.nan,
        "waiting_t": float(waiting.sum()),
        "passed_days": queue / (1.0 + flows.spare),
        "normal_days": queue / flows.spare,
        "stock_days": stock,
        "short_t": float(short.sum()),
        "recovered_day": float(back.max(initial=0)) if (back >= 0).all() else np.nan,
        "worst": " ".join(iso3[c] for c in np.argsort(-short, kind="stable")[:_MOST_NAMED] if short[c] > _DUST_T_DAY),
    }


def _path(
    flows: Shut, days: float, lasted: Recovery, rows: NDArray[np.int64], some: Floats, stock: Floats
) -> list[Mapping[str, Any]]:
    """The same by day, to the day from which nothing waits and all stocks are back."""
    held = stock[rows[:, 0]] * flows.imports[rows[:, 0], rows[:, 1]]
    at_opening, daily = _waiting_days(flows, days), float(flows.exposed.sum())
    queue = float((flows.exposed * at_opening).sum())
    recovered = lasted.recovered_on
    last = int(recovered.max(initial=0)) if (recovered >= 0).all() else lasted.stock.shape[1] - 1
    last = min(max(last, int(np.ceil(days + queue / max(daily * flows.spare, 1e-9)))), lasted.stock.shape[1] - 1)
    out: list[Mapping[str, Any]] = []
    for day in range(last + 1):
        # those wait who come when less is left of the closure than their detour takes
        so_far = np.maximum(min(float(day), days) - (days - at_opening), 0.0)
        waiting = float((flows.exposed * so_far).sum()) - max(day - days, 0.0) * daily * flows.spare
        out.append(
            {
                "day": day,
                "waiting_t": max(waiting, 0.0),
                "late_t": float(np.maximum(1.0 - lasted.arrivals[:, day], 0.0) @ some),
                "short_t": float(lasted.shortage[:, day] @ some),
                "stock_share": float(lasted.stock[:, day] @ some / held.sum()) if held.sum() > 0 else np.nan,
            }
        )
    return out


__all__ = ["Shut", "recover", "shut"]
