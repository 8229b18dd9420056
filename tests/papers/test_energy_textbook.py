"""Textbook equilibria with published or closed-form answers."""

from __future__ import annotations

import numpy as np
import pytest

from landbridge.energy import PriceCap, small_market, solve


def test_compecon_three_countries() -> None:
    """Miranda and Fackler (2002), Applied Computational Economics and Finance, p. 56: three-country trade."""
    supply = [("a", 1e3, 9.0, 9.0 + 1e3), ("b", 1e3, 3.0, 3.0 + 2e3), ("c", 1e3, 18.0, 18.0 + 1e3)]
    demand = [("a", 42.0, 3.0), ("b", 54.0, 2.0), ("c", 51.0, 1.0)]
    freight = {("a", "b"): 3.0, ("a", "c"): 9.0, ("b", "a"): 3.0, ("b", "c"): 3.0, ("c", "a"): 6.0, ("c", "b"): 3.0}
    market = small_market("abc", supply, demand, [(i, j, cost, np.inf) for (i, j), cost in freight.items()])
    result = solve(market)
    np.testing.assert_allclose(result.price, [24.3462, 27.3462, 30.3462], atol=5e-5)


@pytest.mark.parametrize("firms", [1, 2, 3, 10])
def test_cournot_formula(firms: int) -> None:
    """n equal firms, p = a - bQ, unit cost c: q = (a - c) / (b (n + 1)) each (Cournot 1838)."""
    a, b, c = 100.0, 2.0, 10.0
    names = [f"F{k}" for k in range(firms)]
    market = small_market(
        [*names, "m"],
        [(f, 100.0, c, c) for f in names],
        [("m", a, b)],
        [(f, "m", 0.0, np.inf) for f in names],
        conjecture=dict.fromkeys(names, 1.0),
    )
    result = solve(market)
    np.testing.assert_allclose(result.production[:firms], (a - c) / (b * (firms + 1)), rtol=1e-6)
    assert result.price_at("m") == pytest.approx(a - b * firms * (a - c) / (b * (firms + 1)), rel=1e-6)


@pytest.mark.parametrize(
    ("cap", "shadow", "wedge", "quantity", "coalition", "price"),
    [
        (100.0, 1.5, 0.0, 5.2, 5.2, 72.0),
        (60.0, 1.5, 12.0, 4.0, 2.5, 60.0),
        (45.0, 1.5, 27.0, 2.5, 1.0, 45.0),
        (30.0, 1.5, None, 1.5, 0.0, 35.0),
        (60.0, 50.0, None, 4.5, 0.0, 65.0),
    ],
)
def test_price_cap_table(
    cap: float, shadow: float, wedge: float | None, quantity: float, coalition: float, price: float
) -> None:
    """Port price mu = 20 + 10 q, world price 80, coalition service 8, shadow service 15 of limited capacity."""
    market = small_market(
        ["port", "world"], [("port", 50.0, 20.0, 520.0)], [("world", 80.0, 0.0)], [("port", "world", 8.0, np.inf)],
        iso3={"port": "RUS", "world": "IND"}, mode="sea",
    )  # fmt: skip
    rule = PriceCap("RUS", cap, frozenset({"USA"}), shadow_capacity=shadow, shadow_cost=7.0)
    result = solve(market, price_caps=(rule,))
    outcome = result.caps[0]
    assert result.production[0] == pytest.approx(quantity, abs=1e-3)
    assert outcome.coalition_flow == pytest.approx(coalition, abs=1e-3)
    assert outcome.fob["port"] == pytest.approx(price, abs=1e-2)
    if wedge is not None:
        assert outcome.wedge["port"] == pytest.approx(wedge, abs=1e-2)
        assert outcome.cap_rent_usd == pytest.approx(wedge * coalition, abs=0.05)
    assert result.cap_residual <= 1e-3
