"""From an estimate with its error to welfare with its error.

Panel of the Advanced Guide (69 countries, with trade at home), every four years: the effect of agreements 0.5671, its
clustered standard error 0.0827. The bootstrap by pair must centre on the one and spread like the other; its quantiles
carry over to welfare, which is monotone in the effect of one agreement.
"""

from __future__ import annotations

import csv
import gzip
from functools import cache

import numpy as np
import pytest
from trade_samples import need

import landbridge as lb
from landbridge import gravity, trade
from landbridge.errors import BadInput, UnknownName

WAVES = (1986, 1990, 1994, 1998, 2002, 2006)


@cache
def panel() -> dict[str, np.ndarray]:
    with gzip.open(need("trade/advanced_guide_panel.csv.gz"), "rt") as handle:
        rows = [r for r in csv.DictReader(handle) if float(r["year"]) in WAVES]
    words = {c: np.array([r[c] for r in rows]) for c in ("exporter", "importer")}
    return words | {c: np.array([float(r[c]) for r in rows]) for c in ("year", "trade", "rta")}


def test_draws_centre_on_the_estimate_and_spread_like_the_clustered_error() -> None:
    """24 draws know their mean to a fifth of a standard deviation and their spread to a seventh: about three times."""
    point = gravity.fit_panel(panel(), x=["rta"])
    draws = gravity.bootstrap(panel(), x=["rta"], draws=24, seed=1).coefficients[:, 0]
    assert point["rta"] == pytest.approx(0.5671055, abs=5e-8)
    assert draws.mean() == pytest.approx(point["rta"], abs=3 * point.se("rta") / np.sqrt(24))
    assert draws.std() == pytest.approx(point.se("rta"), rel=0.45)


def test_processes_change_nothing() -> None:
    one = gravity.bootstrap(panel(), x=["rta"], draws=4, seed=7)
    two = gravity.bootstrap(panel(), x=["rta"], draws=4, seed=7, processes=2)
    np.testing.assert_array_equal(one.coefficients, two.coefficients)
    base = trade.load_baseline(1)
    change = np.zeros((1, len(base.iso3), len(base.iso3)))
    can, jpn = base.index("CAN"), base.index("JPN")
    change[0, can, jpn] = change[0, jpn, can] = 1.0
    worlds = [trade.spread(base, one.coefficients, change, processes=p) for p in (1, 2)]
    np.testing.assert_array_equal(worlds[0].real_income_hat, worlds[1].real_income_hat)


def test_welfare_of_an_agreement_with_quantiles() -> None:
    found = lb.welfare_of_estimate(panel(), "rta", ["CAN", "JPN"], draws=8, seed=3)
    assert found.spread.residual <= 1e-10
    table = found.frame().set_index("iso3")
    assert set(table.index[table["member"]]) == {"CAN", "JPN"}
    for iso3 in ("CAN", "JPN"):
        assert 0 < table.loc[iso3, "low"] < table.loc[iso3, "median"] < table.loc[iso3, "high"]
    # welfare of a member rises with the effect, draw by draw
    can = found.spread.real_income_hat[:, found.spread.iso3.index("CAN")]
    np.testing.assert_array_equal(np.argsort(can), np.argsort(found.draws.coefficients[:, 0]))
    # one draw by hand: exp(-b/theta) on goods between the two, none on services
    base = trade.purge(trade.load_baseline(12))
    hat = np.ones_like(base.flow_usd)
    for k, sector in enumerate(base.sectors):
        if sector != "services":
            for i, j in (("CAN", "JPN"), ("JPN", "CAN")):
                hat[k, base.index(i), base.index(j)] = np.exp(-found.draws.coefficients[0, 0] / base.theta[k])
    assert trade.solve(base, hat).real_income_hat[base.index("CAN")] == pytest.approx(can[0], abs=1e-12)
    assert "Canada" in found.text() and "World" in found.text()


def test_faults_are_named() -> None:
    with pytest.raises(UnknownName, match="XXX"):
        lb.welfare_of_estimate(panel(), "rta", ["CAN", "XXX"])
    with pytest.raises(BadInput, match="two members"):
        lb.welfare_of_estimate(panel(), "rta", ["CAN"])
    base = trade.load_baseline(1)
    with pytest.raises(BadInput, match="are needed"):
        trade.spread(base, [[0.1]], np.zeros((1, 3, 3)))
    with pytest.raises(BadInput, match="no sector"):
        trade.spread(base, [[0.1]], np.zeros((1, len(base.iso3), len(base.iso3))), sectors=["wool"])
    with pytest.raises(BadInput, match="weights or resample"):
        gravity.bootstrap(panel(), x=["rta"], scheme="wild")  # type: ignore[arg-type]
