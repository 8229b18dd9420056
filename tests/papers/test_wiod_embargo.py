"""Two-way embargo of the West against Russia on WIOD 2014 (44 regions, 50 sectors, input-output links and tariffs).

METHODS 4 asks for less than 60 sweeps; theta is 5 throughout, since the sample carries no elasticities.
"""

from __future__ import annotations

import numpy as np
import pytest
from trade_samples import need, wiod2014

from landbridge import trade

NOT_WEST = ("RUS", "CHN", "IND", "IDN", "BRA", "MEX", "TUR", "ROW")


def test_two_way_embargo_under_sixty_sweeps() -> None:
    baseline = trade.purge(wiod2014(need("trade/wiod2014")))
    assert baseline.value_added_usd.sum() / 1e12 == pytest.approx(74.2, abs=0.1)  # purging keeps the numeraire
    russia = baseline.index("RUS")
    west = [i for i, c in enumerate(baseline.iso3) if c not in NOT_WEST]
    wedge = np.ones(baseline.flow_usd.shape[1:])
    wedge[russia, west] = wedge[west, russia] = np.inf
    result = trade.solve(baseline, wedge)
    assert result.iterations < 60
    assert result.residual <= 1e-10
    assert result.flow_usd[:, russia, west].sum() == 0.0
    assert result.real_income_hat[russia] < min(result.real_income_hat[w] for w in west)


def test_how_far_first_order_errs() -> None:
    """METHODS 4: 2 % too much at a wedge of 1.01, 18 % at 1.10, 98 % at 1.5.

    The case behind those three is not named; on this one, the West and Russia, the loss of Russia errs by 1.9, 19 and
    103 %, of Germany by 1.5, 15 and 83 %: their mean is held to the stated numbers within a fifth.
    """
    baseline = trade.purge(wiod2014(need("trade/wiod2014")))
    russia, germany = baseline.index("RUS"), baseline.index("DEU")
    west = [i for i, c in enumerate(baseline.iso3) if c not in NOT_WEST]
    for factor, percent in ((1.01, 2.0), (1.10, 18.0), (1.5, 98.0)):
        wedge = np.ones(baseline.flow_usd.shape[1:])
        wedge[russia, west] = wedge[west, russia] = factor
        full = trade.solve(baseline, wedge).real_income_hat - 1.0
        line = trade.solve(baseline, wedge, mode="first_order").real_income_hat - 1.0
        error = 100.0 * (line / full - 1.0)
        assert (error[russia] + error[germany]) / 2 == pytest.approx(percent, rel=0.2)
