"""Baier, Yotov and Zylkin (2019), On the Widely Differing Effects of Free Trade Agreements: the ge_gravity example.

44 countries, 2000, 2005, 2010, 2014. METHODS 4: eu_enlargement 0.22424901, other_fta -0.0365, standard error (pair)
0.0730, on 7,568 observations: domestic flows are left out; with them the coefficient is 0.4735.
"""

from __future__ import annotations

import csv

import numpy as np
import pytest
from trade_samples import need

from landbridge import gravity

X = ["eu_enlargement", "other_fta"]


def panel(domestic: bool) -> dict[str, np.ndarray]:
    with need("trade/eu_enlargement.csv").open(encoding="utf-8") as handle:
        rows = [r for r in csv.DictReader(handle) if domestic or r["exporter"] != r["importer"]]
    words = {c: np.array([r[c] for r in rows]) for c in ("exporter", "importer")}
    return words | {c: np.array([float(r[c]) for r in rows]) for c in ("year", "trade", *X)}


def test_published_estimate() -> None:
    """Eight printed decimals of the first coefficient, four of the second."""
    result = gravity.fit_panel(panel(domestic=False), x=X)
    assert result.observations == 7_568
    assert result["eu_enlargement"] == pytest.approx(0.22424901, abs=5e-9)
    assert result["other_fta"] == pytest.approx(-0.0365, abs=5e-5)


@pytest.mark.parametrize(("small", "error"), [("none", 0.07129), ("clusters", 0.07131), ("full", 0.07303)])
def test_standard_error_names_its_correction(small: gravity.SmallSample, error: float) -> None:
    """0.0730 needs the factor G/(G-1) x (n-1)/(n-k), k = 2 coefficients + 351 effects that no pair contains."""
    result = gravity.fit_panel(panel(domestic=False), x=X, settings=gravity.PpmlSettings(small_sample=small))
    assert result.se("eu_enlargement") == pytest.approx(error, abs=5e-6)
    if small == "full":
        assert result.se("eu_enlargement") == pytest.approx(0.0730, abs=5e-5)
        assert "G/(G-1) x (n-1)/(n-k)" in result.correction and "k = 353" in result.correction


def test_with_domestic_flows() -> None:
    result = gravity.fit_panel(panel(domestic=True), x=X)
    assert result.observations == 7_744
    assert result["eu_enlargement"] == pytest.approx(0.4735, abs=5e-5)


def test_bootstrap_by_pair_spreads_like_the_clustered_error() -> None:
    """100 draws know a standard deviation to about 7 %; the bootstrap is no copy of the sandwich: 30 % is allowed."""
    data = panel(domestic=False)
    result = gravity.fit_panel(data, x=X)
    draws = gravity.bootstrap(data, x=X, draws=100, seed=4)
    assert draws.unidentified == 0
    assert np.sqrt(np.diag(draws.covariance)) == pytest.approx(result.standard_errors, rel=0.3)
    assert draws.coefficients.mean(axis=0) == pytest.approx(result.coefficients, abs=0.03)
    again = gravity.bootstrap(data, x=X, draws=2, seed=4)
    assert np.array_equal(again.coefficients, draws.coefficients[:2])
