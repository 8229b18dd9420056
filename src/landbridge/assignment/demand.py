"""From trade in money to freight: tonnes, containers, trains. Pure functions of arrays; the figures ship as a table.

`tables.shipped("assignment/values")` holds, by commodity group, USD per tonne, tonnes per TEU, container share, value
of time and share of world trade, each with its source. Pass its columns in as arrays [g].
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landbridge.errors import BadInput, Fault
from landbridge.units import DAYS_PER_YEAR

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Freight:
    """Goods moved, shape [g, ...] by commodity group and whatever the trade array adds (origin, destination)."""

    total_t_yr: Floats  # container_t_yr + bulk_t_yr
    container_t_yr: Floats  # tonnes that move in containers
    bulk_t_yr: Floats  # tonnes that move as bulk, liquid or general cargo
    teu_yr: Floats  # loaded TEU


def freight(value_usd_yr: ArrayLike, usd_t: ArrayLike, t_teu: ArrayLike, container_share: ArrayLike) -> Freight:
    """Tonnes and loaded TEU of trade flows.

    value_usd_yr [g, ...] by commodity group; usd_t [g] > 0; t_teu [g] > 0 (NaN where nothing goes in containers);
    container_share [g] in 0..1 of tonnes. BadInput lists every faulty entry.
    """
    value = np.asarray(value_usd_yr, np.float64)
    price, load, share = (np.asarray(a, np.float64) for a in (usd_t, t_teu, container_share))
    _check(value, price, load, share)
    tail = (1,) * (value.ndim - 1)
    price, share = price.reshape(-1, *tail), share.reshape(-1, *tail)
    per_teu = np.where(share.ravel() > 0, load, 1.0).reshape(-1, *tail)
    total = value / price
    boxed = total * share
    return Freight(total, boxed, total - boxed, boxed / per_teu)


def split_by_group(value_usd_yr: ArrayLike, group_share: ArrayLike) -> Floats:
    """Trade flows [...] of one sector cut into commodity groups [g, ...] by fixed shares [g] of value (sum <= 1).

    For a trade model with one sector. What the shares leave out (gas and power by line, gold, aircraft) is not freight.
    """
    value, share = np.asarray(value_usd_yr, np.float64), np.asarray(group_share, np.float64)
    if np.any(share < 0) or share.sum() > 1 + 1e-9:
        raise BadInput(f"group shares sum to {share.sum():.4f}", "group_share", "shares of value, >= 0, sum at most 1")
    return share.reshape(-1, *(1,) * value.ndim) * value


def trains_day(teu_yr: ArrayLike, teu_train: float) -> Floats:
    """Container trains a day that carry `teu_yr` with `teu_train` TEU each (China-Europe 2023: about 108)."""
    if not teu_train > 0:
        raise BadInput(f"teu_train = {teu_train}", "trains_day", "TEU on one train, above 0")
    return np.asarray(teu_yr, np.float64) / teu_train / DAYS_PER_YEAR


def _check(value: Floats, price: Floats, load: Floats, share: Floats) -> None:
    faults = []
    if value.ndim == 0 or not (len(value) == len(price) == len(load) == len(share)):
        faults.append(Fault("the first axis of value_usd_yr must match usd_t, t_teu and container_share", "freight"))
    if not np.all(np.isfinite(value)) or np.any(value < 0):
        faults.append(Fault("entries are not finite or negative", "value_usd_yr", "0 where there is no trade"))
    if not np.all(price > 0):
        faults.append(Fault("entries are not above 0", "usd_t", "USD per tonne by commodity group"))
    if not np.all((share >= 0) & (share <= 1)):
        faults.append(Fault("entries are not in 0..1", "container_share", "share of tonnes in containers"))
    elif len(load) == len(share) and not np.all((load > 0) | (share == 0)):
        faults.append(Fault("entries are not above 0 where containers are used", "t_teu", "tonnes per loaded TEU"))
    if faults:
        raise BadInput(faults)
