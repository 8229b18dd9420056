"""The same base year with other elasticities: what a range of the answer rests on."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, Literal

import numpy as np

from landbridge.energy.data import SPLIT, Elasticities, table
from landbridge.energy.market import Demand, Market, Supply
from landbridge.errors import DataMissing

Side = Literal["low", "high"]
SIDES: Final[tuple[Side, Side]] = ("low", "high")
# of each side, the end of the parameter's range (parameters.csv): a sluggish market has little give and much friction
_ENDS: Final = {"low": {"friction": "high"}, "high": {"friction": "low"}}


def elasticities(fuel: str, side: Side, horizon: str = "short") -> Elasticities:
    """Supply, demand and friction at one end of their ranges; choke price and floor stay central."""
    central = Elasticities.of(fuel, "short" if horizon == "short" else "long")
    ends = _ENDS[side]
    values = {
        name: _end(f"{word}_{horizon}", fuel, ends.get(name, side))
        for name, word in (("supply", "supply_elasticity"), ("demand", "demand_elasticity"), ("friction", "friction"))
    }
    return replace(central, **values)


def _end(name: str, fuel: str, side: str) -> float:
    for row in table("parameters"):
        if row["name"] == name and row["fuel"] == fuel and row[side]:
            return float(row[side])
    raise DataMissing(f"data/energy/parameters.csv has no {side} end of {name} for {fuel}: rebuild it")


def at(market: Market, side: Side) -> Market:
    """The market calibrated to the same base point with sluggish ("low") or lively ("high") supply and demand.

    Curves turn about their base points and the friction of trades about the base flows, so that without a change the
    answer is the central one: nothing has to be fitted again. The split of a trade by node keeps its friction.
    """
    return _turned(market, Elasticities.of(market.fuel, "short"), elasticities(market.fuel, side))


def long_run(market: Market) -> Market:
    """A short-run market, and what was done to it, with the elasticities of the long run about the same base point."""
    return _turned(market, Elasticities.of(market.fuel, "short"), Elasticities.of(market.fuel, "long"))


def _turned(market: Market, old: Elasticities, new: Elasticities) -> Market:
    seen = market.observed
    ratio = new.friction / old.friction
    part = np.array([kind == SPLIT for kind in seen.kind], dtype=bool)
    by_ship = np.isin(np.array(market.arcs.mode), ("sea", "lng"))
    return replace(
        market,
        supply=_supply(market.fuel, market.supply, old, new),
        demand=_demand(market.demand, old, new),
        observed=replace(seen, slope=np.where(part, seen.slope, seen.slope * ratio)),
        arcs=replace(market.arcs, slope=np.where(by_ship, market.arcs.slope * ratio, market.arcs.slope)),
    )


def _demand(demand: Demand, old: Elasticities, new: Elasticities) -> Demand:
    lift = (1.0 + 1.0 / new.demand) / (1.0 + 1.0 / old.demand)
    return replace(demand, intercept=demand.intercept * lift, slope=demand.slope * old.demand / new.demand)


def _supply(fuel: str, supply: Supply, old: Elasticities, new: Elasticities) -> Supply:
    """Base and elastic steps of `data.supply_curves` for another elasticity; idle capacity, which follows, stays."""
    spare = sum(r["fuel"] == fuel for r in table("spare"))
    curves = (len(supply.size) - spare) // 2
    size = supply.size.copy()
    size[:curves] *= (1.0 - 0.5 * new.supply) / (1.0 - 0.5 * old.supply)
    size[curves : 2 * curves] *= new.supply / old.supply
    return replace(supply, size=size)
