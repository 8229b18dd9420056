"""Caliendo and Parro (2015), Estimates of the Trade and Welfare Effects of NAFTA, Review of Economic Studies 82(1).

NAFTA's tariff cuts of 1993-2005 alone, world tariffs of the others unchanged, aggregate deficits purged: their Table 2
(welfare, terms of trade, volume of trade) and Table 3 (real wages). Inputs: the journal supplement.
"""

from __future__ import annotations

import numpy as np
import pytest
from trade_samples import cp1993, need

from landbridge import trade

NAFTA = ("CAN", "MEX", "USA")


@pytest.fixture(scope="module")
def nafta() -> trade.Equilibrium:
    baseline, tariff_2005 = cp1993(need("trade/cp1993"))
    members = [baseline.index(c) for c in NAFTA]
    tariff = baseline.tariff.copy()
    tariff[:, *np.ix_(members, members)] = tariff_2005[:, *np.ix_(members, members)]
    return trade.solve(baseline, tariff_new=tariff)


def percent(values: np.ndarray, result: trade.Equilibrium) -> list[float]:
    return [100.0 * float(values[result.iso3.index(c)]) for c in NAFTA]


@pytest.mark.parametrize(
    ("what", "published"),
    # the tables print two decimals: half a unit of the last one is the tolerance
    [
        ("terms_of_trade", (-0.11, -0.41, 0.04)),
        ("volume_of_trade", (0.04, 1.72, 0.04)),
        ("welfare", (-0.06, 1.31, 0.08)),
        ("real_wage", (0.32, 1.72, 0.11)),
    ],
)
def test_published_first_order_numbers(nafta: trade.Equilibrium, what: str, published: tuple[float, ...]) -> None:
    values = {
        "terms_of_trade": nafta.terms_of_trade,
        "volume_of_trade": nafta.volume_of_trade,
        "welfare": nafta.terms_of_trade + nafta.volume_of_trade,
        "real_wage": nafta.real_wage_hat - 1.0,
    }
    assert percent(values[what], nafta) == pytest.approx(published, abs=0.005)


def test_exact_equivalent_variation(nafta: trade.Equilibrium) -> None:
    """Four decimals as in METHODS 4: the published 1.31 for Mexico is a one-step number, the exact one 0.0073."""
    assert percent(nafta.real_income_hat - 1.0, nafta) == pytest.approx((-0.1101, 0.0073, 0.0741), abs=5e-5)


def test_certificate(nafta: trade.Equilibrium) -> None:
    assert nafta.residual <= 1e-10
    assert nafta.iterations < 80
