"""2023 predicted from 2022: its terms, 2023's volumes, capacities, bans, cap and general price level as inputs.

A trade that 2022 itself opened is taken at the pace at which the year left it (pace.csv), known at its end: the mean of
a year of which two months knew no such trade says less.
"""

from __future__ import annotations

import csv
import dataclasses
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from landbridge import energy
from landbridge.energy.data import SPLIT
from tools.energy.calibrate import _level
from tools.energy.sea import rows


@dataclass(frozen=True)
class Prediction:
    """Rows (trade, 2022 observed, 2023 observed, predicted), the solved year and the year before."""

    table: tuple[tuple[str, float, float, float], ...]
    year: energy.EnergyResult
    before: energy.EnergyResult

    def mean_error(self, but: Collection[str] = ()) -> tuple[float, float]:
        """Mean absolute error over trades but those named: of the prediction, and of saying that nothing changes."""
        values = np.array([row[1:] for row in self.table if row[0] not in but])
        known = np.isfinite(values).all(axis=1)
        v = values[known]
        return float(np.abs(v[:, 2] - v[:, 1]).mean()), float(np.abs(v[:, 0] - v[:, 1]).mean())


def predict(fuel: Any) -> Prediction:
    """The market of 2022 with what 2023 brought, apart from where the trade would go and at what discount."""
    old, new = energy.load_market(fuel, year=2022), energy.load_market(fuel, year=2023)
    made, used = (_growth(fuel, old, what) for what in ("production", "consumption"))
    level = _level(fuel, 2023) / _level(fuel, 2022)
    supply = dataclasses.replace(
        old.supply,
        size=old.supply.size * made[old.supply.node],
        low=old.supply.low * level,
        high=old.supply.high * level,
    )
    demand = dataclasses.replace(
        old.demand, slope=old.demand.slope * level / used[old.demand.node], intercept=old.demand.intercept * level
    )
    observed = _at_pace(fuel, dataclasses.replace(old.observed, term=old.observed.term * level))
    arcs = dataclasses.replace(old.arcs, capacity=new.arcs.capacity)
    market = dataclasses.replace(old, supply=supply, demand=demand, observed=observed, arcs=arcs)
    shunned = {k: v * level for k, v in energy.shunning(fuel, 2022).items()}
    year = energy.solve(market, forbidden=energy.restrictions(fuel), capacity_factor=energy.closed_links(fuel),
                        price_caps=energy.price_caps(fuel), tariffs=shunned)  # fmt: skip
    before = energy.solve(
        old,
        forbidden=energy.restrictions(fuel, 2022),
        capacity_factor=energy.closed_links(fuel, 2022),
        tariffs=energy.shunning(fuel, 2022),
    )
    seen = dict(zip(new.observed.name, new.observed.flow))
    table = tuple((r.name, r.observed, float(seen.get(r.name, np.nan)), r.model) for r in year.fit if r.kind != SPLIT)
    return Prediction(tuple(sorted(table, key=lambda r: -r[2])), year, before)


def _at_pace(fuel: str, seen: energy.Observed) -> energy.Observed:
    """Friction of the trades of pace.csv about their pace, in proportion to trades as large as that (`scale`)."""
    centre, slope = seen.centre.copy(), seen.slope.copy()
    with Path(__file__).with_name("pace.csv").open(encoding="utf-8") as handle:
        found = [row for row in csv.DictReader(handle) if row["fuel"] == fuel]
    for row in found:
        place, pace = seen.name.index(row["name"]), float(row["flow"])
        slope[place] *= np.sqrt(centre[place] / pace)
        centre[place] = pace
    return dataclasses.replace(seen, centre=centre, slope=slope)


def _growth(fuel: str, market: energy.Market, what: str) -> np.ndarray:
    volume = {(r["node"], r["year"]): float(r[what]) for r in rows("anchors") if r["fuel"] == fuel}
    pairs = [(volume[n, "2022"], volume[n, "2023"]) for n in market.nodes.id]
    return np.array([b / a if a > 0 and b > 0 else 1.0 for a, b in pairs])
