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
