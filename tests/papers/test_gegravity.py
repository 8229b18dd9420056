"""Herman (2021), gegravity: General Equilibrium Gravity Modeling in Python, USITC working paper 2021-04-B.

gegravity 0.3 calls its last step the full equilibrium, but keeps output and expenditure shares of the base: it is one
round of prices after the conditional step, which is our mode "conditional". The numbers below are its own, from a run
of version 0.3 on its sample (30 countries, 2006, sigma 5, Canada and Japan sign an agreement), printed to six decimals
of a per cent, which is the tolerance.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from trade_samples import need

from landbridge import gravity, trade

COEFFICIENTS = {
    "lndist": -0.3898,
    "contiguity": 0.8916,
    "common_language": 0.0336,
    "pta": 0.4824,
    "international": -3.4226,
}
TERMS_OF_TRADE_PERCENT = {
    "CAN": 0.427615,
    "JPN": 0.054796,
    "USA": -0.007628,
    "DEU": -0.002059,
    "KOR": -0.004416,
    "MEX": -0.013333,
}


def sample(path: Path) -> trade.Baseline:
    """Flows fitted from the coefficients to outputs and expenditures of the sample, as gegravity builds its base."""
    with path.open(encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    names = tuple(sorted({r["exporter"] for r in rows}))
    place = {c: i for i, c in enumerate(names)}
    n = len(names)
    flow, output, spent = np.zeros((n, n)), np.zeros(n), np.zeros(n)
    for row in rows:
        i, j = place[row["exporter"]], place[row["importer"]]
        flow[i, j] = np.exp(sum(c * float(row[name]) for name, c in COEFFICIENTS.items()))
        output[i], spent[j] = float(row["Y"]), float(row["E"])
    spent *= output.sum() / spent.sum()  # its shares are of each side's own total
    for _ in range(2000):
        flow *= output[:, None] / flow.sum(axis=1, keepdims=True)
        flow *= spent / flow.sum(axis=0)
    ones = np.ones((1, n))
    zero = np.zeros((1, n, n))
    return trade.Baseline(
        names, ("goods",), flow[None], zero, ones, np.zeros((n, 1, 1)), ones, np.array([4.0]), zero.astype(np.int8)
    )


def test_its_estimates() -> None:
    """The coefficients and robust errors that its own example took from ppmlhdfe on this sample (examples/
    examples_OneSectorGE.py in peter-herman/gegravity, 2024), seven digits; ppmlhdfe multiplies by n/(n-1)."""
    with need("trade/gegravity_sample.csv").open(encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    names = ["lndist", "contiguity", "common_language", "pta", "international"]
    data = {c: np.array([r[c] for r in rows]) for c in ("exporter", "importer")}
    data |= {c: np.array([float(r[c]) for r in rows]) for c in ("trade", *names)}
    plain = gravity.PpmlSettings(small_sample="none")
    found = gravity.fit_panel(data, x=names, fe=["exporter", "importer"], cluster=(), settings=plain)
    assert found.coefficients == pytest.approx([-0.3898623, 0.891577, 0.0326249, 0.4711383, -3.412584], abs=5e-7)
    errors = np.array([found.se(n) for n in names]) * np.sqrt(len(rows) / (len(rows) - 1))
    assert errors == pytest.approx([0.0729915, 0.1327354, 0.0840702, 0.1076578, 0.2151235], abs=1e-7)


def test_its_full_equilibrium_is_our_one_round() -> None:
    baseline = sample(need("trade/gegravity_sample.csv"))
    canada, japan = baseline.index("CAN"), baseline.index("JPN")
    wedge = np.ones(baseline.flow_usd.shape[1:])
    wedge[canada, japan] = wedge[japan, canada] = np.exp(-COEFFICIENTS["pta"] / baseline.theta[0])
    one_round = trade.solve(baseline, wedge, mode="conditional", deficits="share")
    for country, percent in TERMS_OF_TRADE_PERCENT.items():
        assert 100 * (one_round.real_wage_hat[baseline.index(country)] - 1) == pytest.approx(percent, abs=1e-6)
    full = trade.solve(baseline, wedge, mode="full", deficits="share")
    # let outputs and expenditures answer, and Canada gains more, Japan less: the difference is the frozen shares
    assert full.real_wage_hat[canada] - 1 > 1.02 * (one_round.real_wage_hat[canada] - 1)
    assert full.real_wage_hat[japan] - 1 < 0.97 * (one_round.real_wage_hat[japan] - 1)
