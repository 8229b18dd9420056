"""What is carried: value per tonne, tonnes per TEU and value of time by group (data/assignment/values.csv)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from landbridge import tables
from landbridge.units import HOURS_PER_DAY

# Goods of the rule language -> commodity group of the table; everything else travels as the mean container.
GROUP_OF_GOOD: Final = {
    "crude": "crude",
    "products": "oil_products_lng",
    "diesel": "oil_products_lng",
    "gasoline": "oil_products_lng",
    "lng": "oil_products_lng",
    "coal": "ore_coal",
    "ore": "ore_coal",
    "iron": "ore_coal",
    "grain": "grain",
    "wheat": "grain",
}


@dataclass(frozen=True, slots=True)
class Groups:
    """Commodity groups, arrays [g]."""

    names: tuple[str, ...]
    kind: tuple[str, ...]  # dry, general, liquid
    value_usd_t: NDArray[np.float64]
    t_per_teu: NDArray[np.float64]  # NaN for liquids
    container_share: NDArray[np.float64]
    time_share_day: NDArray[np.float64]  # ad valorem cost of one day
    world_value_share: NDArray[np.float64]  # of world goods trade, normalised to one
    most_road_km: NDArray[np.float64]  # what goes further by road does not go by road, inf where all may


@cache
def groups() -> Groups:
    """The shipped commodity groups."""
    table = tables.shipped("assignment/values")
    share = table["world_value_share"].to_numpy(float)
    return Groups(
        tuple(table["commodity_group"]),
        tuple(table["kind"]),
        table["usd_t"].to_numpy(float),
        table["t_teu"].to_numpy(float),
        table["container_share"].to_numpy(float),
        table["value_of_time_share_day"].to_numpy(float),
        share / share.sum(),
        table["most_road_km"].fillna(np.inf).to_numpy(float),
    )


def sector_mix(sectors: Sequence[str]) -> NDArray[np.float64]:
    """Share of each sector's trade that travels as each commodity group, [k, g]; rows sum to the part that travels."""
    known = groups()
    table = tables.shipped("assignment/sector_groups")
    out = np.zeros((len(sectors), len(known.names)))
    for sector, group, share in zip(table["sector"], table["commodity_group"], table["share"]):
        if sector not in sectors:
            continue
        row = list(sectors).index(str(sector))
        if group == "*":
            out[row] += share * known.world_value_share
        else:
            out[row, known.names.index(str(group))] += share
    return out


def container_value_usd_teu() -> float:
    """Mean value of a loaded TEU: value over TEU, both over the containerised part of every group."""
    g = groups()
    value = g.world_value_share * g.container_share
    boxed = value > 0
    teu = value[boxed] / (g.value_usd_t[boxed] * g.t_per_teu[boxed])
    return float(value[boxed].sum() / teu.sum())


def container_time_usd_h() -> float:
    """Mean value of one hour of a loaded TEU, weighted by the boxes of each group."""
    g = groups()
    boxes = np.nan_to_num(g.world_value_share * g.container_share / (g.value_usd_t * g.t_per_teu))
    daily = np.nan_to_num(g.value_usd_t * g.t_per_teu) * g.time_share_day
    return float((boxes * daily).sum() / boxes.sum() / HOURS_PER_DAY)


def least_time_usd_h() -> float:
    """Value of one hour of a TEU of the group that hurries least."""
    g = groups()
    daily = g.value_usd_t * g.t_per_teu * g.time_share_day
    return float(np.nanmin(daily) / HOURS_PER_DAY)


def unit_of(good: str) -> str:
    """'t' for bulk and liquids, 'teu' for everything else."""
    return "t" if good in GROUP_OF_GOOD else "teu"


def time_value_usd_h(good: str) -> float:
    """Value of one hour, USD per tonne for bulk goods, USD per TEU otherwise."""
    if good not in GROUP_OF_GOOD:
        return container_time_usd_h()
    g = groups()
    row = g.names.index(GROUP_OF_GOOD[good])
    return float(g.value_usd_t[row] * g.time_share_day[row] / HOURS_PER_DAY)
