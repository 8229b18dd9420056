"""Answers that the literature gives as formulas, on real data: the solver must find them to its own residual.

Arkolakis, Costinot and Rodriguez-Clare (2012, AER 102), equation 1: whatever the foreign shock, real income moves with
the share of spending at home, W = (home share)^(-1/theta). With sectors and inputs (Caliendo and Parro 2015, equation
15; Costinot and Rodriguez-Clare 2014, handbook chapter 4): ln real wage = - sum_k reach_k / theta_k ln (home share_k),
reach = final shares through the Leontief inverse of input shares. Autarky: the home share goes to one.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from test_advanced_guide_borders import world
from trade_samples import cp1993, eu_enlargement, need, wiod2014

from landbridge import trade

TIGHT = 1e-8  # residuals are at most 1e-10 of each market; gains add up over markets


def home_share(flow: np.ndarray, tariff: np.ndarray) -> np.ndarray:
    """Share of spending at home [k,n]; one where nothing is bought."""
    spent = flow * (1.0 + tariff)
    total, home = spent.sum(axis=1), spent.diagonal(axis1=1, axis2=2)
    return np.divide(home, total, out=np.ones_like(total), where=total > 0)


def formula(base: trade.Baseline, share_hat: np.ndarray) -> np.ndarray:
    """Real wages [n] by the closed form, from home shares after over before [k,n]."""
    size = np.eye(len(base.sectors))
    reach = np.stack(
        [np.linalg.solve(size - base.io[n], base.final_share[:, n]) for n in range(len(base.iso3))], axis=1
    )
    return np.exp(-(reach / base.theta[:, None] * np.log(share_hat)).sum(axis=0))


def alone(base: trade.Baseline, iso3: str) -> np.ndarray:
    """Wedges that shut one economy off."""
    wedge = np.ones(base.flow_usd.shape[1:])
    me = base.index(iso3)
    wedge[me, :] = wedge[:, me] = np.inf
    wedge[me, me] = 1.0
    return wedge


@pytest.mark.parametrize("iso3", ["ARG", "BEL", "CHN", "MLT", "USA"])
def test_one_sector_autarky(iso3: str) -> None:
    base = trade.purge(world()[0])
    found = trade.solve(base, alone(base, iso3))
    share = home_share(base.flow_usd, base.tariff)[0, base.index(iso3)]
    assert found.real_income_hat[base.index(iso3)] == pytest.approx(share ** (1 / base.theta[0]), rel=TIGHT)


def test_any_foreign_shock_in_one_sector() -> None:
    """Enlargement of the EU seen from outside and inside: one number, the home share, says it all."""
    raw, stored = eu_enlargement(need("trade/eu_enlargement_expected.csv"))
    base = trade.purge(raw)
    found = trade.solve(base, np.exp(-stored["eu_effect"] / base.theta[0]))
    hat = home_share(found.flow_usd, base.tariff) / home_share(base.flow_usd, base.tariff)
    assert found.real_income_hat == pytest.approx(hat[0] ** (-1 / base.theta[0]), rel=TIGHT)


def test_nafta_with_sectors_and_inputs() -> None:
    """31 countries x 40 sectors: the formula gives the real wages of Caliendo and Parro's table 2."""
    raw, later = cp1993(need("trade/cp1993"))
    base = trade.purge(raw)
    members = [base.index(c) for c in ("CAN", "MEX", "USA")]
    tariff = base.tariff.copy()
    tariff[:, *np.ix_(members, members)] = later[:, *np.ix_(members, members)]
    found = trade.solve(base, tariff_new=tariff)
    before, after = home_share(base.flow_usd, base.tariff), home_share(found.flow_usd, tariff)
    known = (before > 0).all(axis=0)  # who makes some of everything; the formula is silent on the others (Mexico)
    assert known.sum() == 16
    real_wage = formula(base, np.where(before > 0, after / np.where(before > 0, before, 1.0), 1.0))
    assert found.real_wage_hat[known] == pytest.approx(real_wage[known], rel=TIGHT)
    assert 100 * (real_wage[[base.index("CAN"), base.index("USA")]] - 1) == pytest.approx([0.32, 0.11], abs=0.005)


@pytest.mark.parametrize("iso3", ["DEU", "RUS", "USA"])
def test_autarky_with_sectors_and_inputs(iso3: str) -> None:
    """44 regions x 50 sectors of 2014, theta 5. Sectors that an economy does not make at all are given back a trace:
    where home sells nothing the gain would be without bound."""
    raw = wiod2014(need("trade/wiod2014"))
    flow = raw.flow_usd.copy()
    home = flow[:, range(len(raw.iso3)), range(len(raw.iso3))]
    flow[:, range(len(raw.iso3)), range(len(raw.iso3))] = np.maximum(home, 1e-3 * flow.sum(axis=1))
    base = trade.purge(replace(raw, flow_usd=flow))
    me = base.index(iso3)
    found = trade.solve(base, alone(base, iso3))
    share = home_share(base.flow_usd, base.tariff)
    assert found.real_wage_hat[me] == pytest.approx(formula(base, 1.0 / share)[me], rel=1e-7)


@pytest.mark.parametrize(("economies", "dearer", "theta"), [(26, 1.5, 4.0), (5, 2.0, 6.0), (2, 0.5, 3.0)])
def test_equal_economies(economies: int, dearer: float, theta: float) -> None:
    """The case that R's gravityGE tests by sign: equal economies, all links abroad dearer by one factor."""
    flow, one = np.ones((1, economies, economies)), np.ones((1, economies))
    nothing = np.zeros_like(flow)
    base = trade.Baseline(
        tuple(f"A{k:02d}" for k in range(economies)), ("goods",), flow, nothing, one, np.zeros((economies, 1, 1)), one,
        np.array([theta]), nothing.astype(np.int8),
    )  # fmt: skip
    wedge = np.full((economies, economies), dearer)
    np.fill_diagonal(wedge, 1.0)
    expected = ((1 + (economies - 1) * dearer**-theta) / economies) ** (1 / theta)
    assert trade.solve(base, wedge).real_income_hat == pytest.approx(np.full(economies, expected), rel=TIGHT)
