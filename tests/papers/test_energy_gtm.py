"""GTM, the gas trade model of Manne and Beltramo (Stanford): curved supply and demand, solved by tangent markets."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from landbridge.energy import EnergyResult, small_market, solve

SAMPLE = Path(__file__).parents[2].parent / "shared" / "testdata" / "energy" / "gtm.json"
FIXED = 1e4  # slope that stands for a demand that does not answer to price


@pytest.fixture(scope="module")
def data() -> dict[str, Any]:
    if not SAMPLE.is_file():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{SAMPLE.name} is missing where CI=true")
        pytest.skip("../shared/testdata/energy/gtm.json is not here")
    loaded: dict[str, Any] = json.loads(SAMPLE.read_text(encoding="utf-8"))
    return loaded


class Supply:
    """Marginal cost a + b / (limit - s), cost a s - b ln((limit - s) / limit)."""

    def __init__(self, row: dict[str, float | None]) -> None:
        p1, q1, p2, q2 = (float(row[k] or 0) for k in ("price1_usd_mcf", "quantity1_tcf", "price2_usd_mcf", "quantity2_tcf"))  # fmt: skip  # noqa: E501
        self.limit = row["limit_tcf"] or 100.0
        self.b = (p1 - p2) / (1 / (self.limit - q1) - 1 / (self.limit - q2)) if row["limit_tcf"] else 0.0
        self.a = round(p1 - self.b / (self.limit - q1), 4)
        self.b = round(self.b, 4)

    def marginal(self, s: float) -> tuple[float, float]:
        return self.a + self.b / (self.limit - s), self.b / (self.limit - s) ** 2

    def cost(self, s: float) -> float:
        return float(self.a * s - self.b * np.log((self.limit - s) / self.limit))


class Demand:
    """Benefit A d^B with B = 1/e + 1, through the reference price and quantity."""

    def __init__(self, row: dict[str, float]) -> None:
        self.q, self.power = row["quantity_tcf"], 1 / row["elasticity"] + 1
        self.scale = row["price_usd_mcf"] / self.power / self.q ** (self.power - 1)

    def price(self, d: float) -> tuple[float, float]:
        first = self.scale * self.power * d ** (self.power - 1)
        return first, (self.power - 1) * first / d

    def benefit(self, d: float) -> float:
        return float(self.scale * d**self.power)


def tangent(
    data: dict[str, Any], made: dict[str, float], used: dict[str, float], price: dict[str, float]
) -> EnergyResult:
    """The market whose straight curves touch the true ones at (made, used); fixed demands are steep about `price`."""
    supply = []
    for name, row in data["supply"].items():
        curve = Supply(row)
        value, slope = curve.marginal(made[name])
        size = 0.99 * curve.limit
        supply.append((f"s-{name}", size, value - slope * made[name], value + slope * (size - made[name])))
    demand = []
    for name, row in data["demand"].items():
        value, slope = Demand(row).price(used[name])
        if name in data["fixed_demand"]:
            demand.append((f"d-{name}", price[name] + FIXED * row["quantity_tcf"], FIXED))
        else:
            demand.append((f"d-{name}", value - slope * used[name], -slope))
    cost = {(i, j): c for i, j, c in data["transport_cost_usd_mcf"]}
    arcs = [
        (f"s-{i}", f"d-{j}", cost.get((i, j), 0.0), np.inf if cap is None else cap)
        for i, j, cap in data["pipeline_capacity_tcf"]
    ]
    names = [f"s-{n}" for n in data["supply"]] + [f"d-{n}" for n in data["demand"]]
    return solve(small_market(names, supply, demand, arcs))


def test_gtm_optimum(data: dict[str, Any]) -> None:
    supply, demand = list(data["supply"]), list(data["demand"])
    made = {n: 0.5 * (data["supply"][n]["limit_tcf"] or 1.0) for n in supply}
    used = {n: data["demand"][n]["quantity_tcf"] for n in demand}
    price = dict.fromkeys(demand, 8.0)
    for _ in range(40):
        result = tangent(data, made, used, price)
        price = {n: result.price_at(f"d-{n}") for n in demand}
        new_made = dict(zip(supply, result.production[: len(supply)]))
        new_used = dict(zip(demand, result.consumption[len(supply) :]))
        gap = max(*(abs(new_made[n] - made[n]) for n in supply), *(abs(new_used[n] - used[n]) for n in demand))
        for n in supply:  # a tangent of a steep curve overshoots: go to within nine tenths of the way to the limit
            limit = Supply(data["supply"][n]).limit
            made[n] = min(new_made[n], made[n] + 0.9 * (0.99 * limit - made[n]) if new_made[n] > made[n] else np.inf)
        used = {n: max(v, 0.2) for n, v in new_used.items()}
        if gap < 1e-9:
            break
    assert gap < 1e-6
    cost = sum(Supply(data["supply"][n]).cost(made[n]) for n in supply)
    benefit = sum(Demand(data["demand"][n]).benefit(used[n]) for n in demand)
    freight = float(result.market.arcs.cost @ result.flow)
    expected = data["expected"]
    # the model library maximises benefit less cost; isoelastic benefits of inelastic demand are negative
    assert benefit - cost - freight == pytest.approx(expected["objective"], rel=2e-6)
    assert made["us-gulf"] == pytest.approx(expected["us_gulf_supply"], abs=2e-4)
    for name, price in expected["price"].items():
        assert result.price_at(f"d-{name}") == pytest.approx(price, abs=2e-4)
