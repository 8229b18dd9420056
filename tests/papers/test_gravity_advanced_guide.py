"""Yotov, Piermartini, Monteiro and Larch (2016), An Advanced Guide to Trade Policy Analysis (UNCTAD and WTO).

Panel of 69 countries, 1986-2006, with domestic trade. The figures are those of METHODS 4: seven or eight decimals, so
the tolerance is half of the last one. Directed pairs over all 21 years leave 99,708 observations.
"""

from __future__ import annotations

import csv
import gzip
from functools import cache

import numpy as np
import pytest
from trade_samples import need

from landbridge import gravity

WAVES = (1986, 1990, 1994, 1998, 2002, 2006)


@cache
def panel() -> dict[str, np.ndarray]:
    with gzip.open(need("trade/advanced_guide_panel.csv.gz"), "rt") as handle:
        rows = list(csv.DictReader(handle))
    words = {c: np.array([r[c] for r in rows]) for c in ("exporter", "importer")}
    return words | {
        c: np.array([float(r[c]) for r in rows]) for c in ("year", "trade", "dist", "cntg", "rta", "rta_lag4")
    }


def years(chosen: tuple[int, ...]) -> dict[str, np.ndarray]:
    keep = np.isin(panel()["year"], chosen)
    return {name: column[keep] for name, column in panel().items()}


def test_borders_2006() -> None:
    """Ln distance, contiguity and the international border, exporter and importer effects, one year."""
    data = years((2006,))
    data |= {"ln_dist": np.log(data["dist"]), "border": (data["exporter"] != data["importer"]).astype(float)}
    result = gravity.fit_panel(data, x=["ln_dist", "cntg", "border"], fe=["exporter", "importer"])
    assert result.coefficients == pytest.approx([-0.7912879, 0.6736456, -2.4744505], abs=5e-8)
    assert result.observations == 69 * 69
    assert result.certificate.path == "cube"


@pytest.mark.parametrize(("pair", "effect"), [("pair_symmetric", 0.5571853), ("pair", 0.5671055)])
def test_trade_agreements_every_four_years(pair: str, effect: float) -> None:
    fe = ["exporter^year", "importer^year", pair]
    result = gravity.fit_panel(years(WAVES), x=["rta"], fe=fe, cluster=[pair])
    assert result["rta"] == pytest.approx(effect, abs=5e-8)


def test_trade_agreements_all_years() -> None:
    result = gravity.fit_panel(panel(), x=["rta"])
    assert result["rta"] == pytest.approx(0.5539473, abs=5e-8)
    assert result.observations == 99_708
    assert result.dropped.count("fe") == 99_981 - 99_708
    tight = gravity.fit_panel(panel(), x=["rta"], settings=gravity.PpmlSettings(tolerance=1e-12))
    assert result["rta"] == pytest.approx(tight["rta"], abs=1e-8)  # METHODS 4: coefficients to 1e-8


def test_cube_and_list_agree() -> None:
    """The same panel without the hint of a cube takes the list path: other code, same answer."""
    data = years(WAVES)
    fe = {name: gravity.interaction(data, name) for name in ("exporter^year", "importer^year", "pair")}
    listed = gravity.ppml(data["trade"], {"rta": data["rta"]}, fe, clusters={"pair": fe["pair"]})
    cubed = gravity.fit_panel(data, x=["rta"])
    assert (listed.certificate.path, cubed.certificate.path) == ("list", "cube")
    assert listed["rta"] == pytest.approx(cubed["rta"], abs=1e-9)
    assert listed.se("rta") == pytest.approx(cubed.se("rta"), rel=1e-7)


def test_lags_are_the_guides() -> None:
    """The panel brings rta lagged by four years; from 1990 on it can be built from rta itself.

    The panel contradicts itself for 32 directed pairs (Spain and Portugal with seven neighbours, Israel-USA,
    Iran-Turkey): the lags know an agreement, the column rta never does. All else agrees.
    """
    data = panel()
    built = gravity.lagged(data, "rta", 4)
    known = np.isfinite(built)
    assert known.sum() == 80_937
    wrong = known & (built != data["rta_lag4"])
    pairs = set(zip(data["exporter"][wrong].tolist(), data["importer"][wrong].tolist()))
    assert len(pairs) == 32 and {("ESP", "CYP"), ("ISR", "USA"), ("IRN", "TUR")} < pairs
    assert not data["rta"][wrong].any()


def test_globalisation_borders_take_from_agreements() -> None:
    """With borders that fade over time, less is left for agreements (the Guide's point; its own table is not held)."""
    data = years(WAVES)
    borders = gravity.globalisation_borders(data)
    result = gravity.fit_panel(data | borders, x=["rta", *borders])
    assert result["rta"] < 0.5671055
    fading = [result[name] for name in borders]  # against 2006: the earlier, the thicker the border
    assert fading == sorted(fading) and fading[-1] < 0
