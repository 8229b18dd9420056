"""Baier, Yotov and Zylkin (2019), On the Widely Differing Effects of Free Trade Agreements, and their ge_gravity.

The Stata and R package's own example: eastern enlargement of the EU, 44 countries, year 2000, theta 4, partial effect
0.22424901. Its stored results are in single precision, so 1e-7 is all that can be asked of welfare.
"""

from __future__ import annotations

import numpy as np
import pytest
from trade_samples import eu_enlargement, need

from landbridge import trade

EFFECT = 0.22424901


@pytest.mark.parametrize(
    ("deficits", "welfare", "flows"), [("share", "w_eu", "X_eu"), ("multiplicative", "w_mult", "X_mult")]
)
def test_stored_results(deficits: trade.Deficits, welfare: str, flows: str) -> None:
    """Their additive default keeps deficits in units of world output: our closure "share"."""
    baseline, stored = eu_enlargement(need("trade/eu_enlargement_expected.csv"))
    assert stored["eu_effect"].max() == pytest.approx(EFFECT, abs=1e-8)
    wedge = np.exp(-stored["eu_effect"] / baseline.theta[0])
    result = trade.solve(baseline, wedge, deficits=deficits)
    assert result.real_income_hat == pytest.approx(stored[welfare][:, 0], abs=1e-7)
    traded = stored[flows] > 0
    assert result.flow_usd[0][traded] == pytest.approx(stored[flows][traded], rel=5e-6)  # flows of 7 digits
    assert result.residual <= 1e-10


def test_published_gains() -> None:
    """METHODS 4: Malta 1.535, Hungary 1.404, Slovenia 1.180, Czechia 0.998 %."""
    baseline, stored = eu_enlargement(need("trade/eu_enlargement_expected.csv"))
    result = trade.solve(baseline, np.exp(-stored["eu_effect"] / baseline.theta[0]), deficits="share")
    for country, percent in (("MLT", 1.535), ("HUN", 1.404), ("SVN", 1.180), ("CZE", 0.998)):
        assert 100 * (result.real_income_hat[baseline.index(country)] - 1) == pytest.approx(percent, abs=5e-4)
