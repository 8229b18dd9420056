"""Caliendo and Parro (2015), Estimates of the Trade and Welfare Effects of NAFTA, Review of Economic Studies 82(1).

NAFTA's tariff cuts of 1993-2005 alone, world tariffs of the others unchanged, aggregate deficits purged: their Table 2
(welfare, terms of trade, volume of trade, real wages) and Table 3 (terms by partner). Inputs: the journal supplement.
"""

from __future__ import annotations

from dataclasses import replace

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


def test_imports_from_members(nafta: trade.Equilibrium) -> None:
    """Abstract: intra-bloc trade increases by 118 % for Mexico, 11 for Canada and 41 for the USA; whole per cents."""
    base = trade.purge(cp1993(need("trade/cp1993"))[0])
    members = [base.index(c) for c in NAFTA]
    grown = []
    for me in members:
        partners = [i for i in members if i != me]
        old, new = (flow[:, partners, me].sum() for flow in (base.flow_usd, nafta.flow_usd))
        grown.append(100.0 * (new / old - 1.0))
    assert grown == pytest.approx([11, 118, 41], abs=0.5)


def test_exact_equivalent_variation(nafta: trade.Equilibrium) -> None:
    """Four decimals as in METHODS 4: the published 1.31 for Mexico is a one-step number, the exact one 0.0073."""
    assert percent(nafta.real_income_hat - 1.0, nafta) == pytest.approx((-0.1101, 0.0073, 0.0741), abs=5e-5)


def test_certificate(nafta: trade.Equilibrium) -> None:
    assert nafta.residual <= 1e-10
    assert nafta.iterations < 80


def test_the_published_formula_in_steps() -> None:
    """METHODS 4: Mexico's 1.312 falls to 0.318, 0.084, 0.026 in 4, 16, 64 steps of equal tariff changes.

    Each step applies the first-order formula with x_hat - 1 at the equilibrium reached so far and gains compound; the
    limit is the exact 0.0073. Three decimals are given: 6e-4 allows for rounding and for how the steps are cut.
    """
    baseline, tariff_2005 = cp1993(need("trade/cp1993"))
    members = [baseline.index(c) for c in NAFTA]
    cut = np.zeros_like(baseline.tariff)
    cut[:, *np.ix_(members, members)] = (tariff_2005 - baseline.tariff)[:, *np.ix_(members, members)]
    start = trade.purge(baseline)
    for steps, expected in ((1, 1.312), (4, 0.318), (16, 0.084), (64, 0.026)):
        here, gain = start, np.ones(len(start.iso3))
        for step in range(1, steps + 1):
            tariff = start.tariff + cut * step / steps
            result = trade.solve(here, tariff_new=tariff)
            gain *= 1.0 + result.terms_of_trade + result.volume_of_trade
            here = replace(here, flow_usd=result.flow_usd, tariff=tariff)
        assert 100.0 * (gain[members[1]] - 1.0) == pytest.approx(expected, abs=6e-4)


def test_path_exact_split_adds_up_to_the_exact_number(nafta: trade.Equilibrium) -> None:
    """Integrated along the path, terms and volume of trade add up to the exact equivalent variation."""
    baseline, tariff_2005 = cp1993(need("trade/cp1993"))
    members = [baseline.index(c) for c in NAFTA]
    tariff = baseline.tariff.copy()
    tariff[:, *np.ix_(members, members)] = tariff_2005[:, *np.ix_(members, members)]
    split = trade.split_along_path(baseline, tariff_new=tariff)
    assert split.error < 1e-6
    assert split.exact == pytest.approx(np.log(nafta.real_income_hat), abs=1e-9)
    mexico = members[1]  # gains and losses cancel: what the one-step number hides
    assert 100 * split.terms_of_trade[mexico] == pytest.approx(-0.678, abs=0.001)
    assert 100 * split.volume_of_trade[mexico] == pytest.approx(0.685, abs=0.001)


@pytest.mark.parametrize(
    ("country", "terms", "volume"),
    # Table 3, "Bilateral welfare effects": with NAFTA partners, with the rest of the world; two decimals are printed
    [
        ("MEX", (-0.39, -0.02), (1.80, -0.08)),
        ("CAN", (-0.09, -0.02), (0.08, -0.04)),
        ("USA", (0.03, 0.01), (0.04, 0.00)),
    ],
)
def test_terms_by_partner(
    nafta: trade.Equilibrium, country: str, terms: tuple[float, float], volume: tuple[float, float]
) -> None:
    baseline = trade.purge(cp1993(need("trade/cp1993"))[0])
    split = trade.first_order_terms(nafta, baseline)
    assert split.terms_of_trade.sum(axis=(0, 1)) == pytest.approx(nafta.terms_of_trade, abs=1e-12)
    assert split.volume_of_trade.sum(axis=(0, 1)) == pytest.approx(nafta.volume_of_trade, abs=1e-12)
    partners = [baseline.index(c) for c in NAFTA if c != country]
    rest = [i for i, c in enumerate(baseline.iso3) if c not in NAFTA]
    me = baseline.index(country)
    for values, published in ((split.terms_of_trade, terms), (split.volume_of_trade, volume)):
        found = [100 * float(values[:, who, me].sum()) for who in (partners, rest)]
        assert found == pytest.approx(published, abs=0.0055)
