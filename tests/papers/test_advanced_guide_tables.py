"""An Advanced Guide (UNCTAD, WTO 2016), chapter 1: Table 1, column 4, and Table 2, columns 2 to 5 (distance puzzle).

Figures as the R rewrite prints them (pachadotdev/tradepolicy, 01-traditional-gravity, rendered page in its repository),
which says that they are the Guide's: four decimals, so half of the last one is the tolerance. Panel every four years,
exporter-year and importer-year effects. Standard errors there are clustered by pair without the regressors' factor:
ours with `small_sample="clusters"`. Not used before these tests were written: all held at the first run.
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
DISTANCES = tuple(f"log_dist_{year}" for year in WAVES)
FIXED = ["exporter^year", "importer^year"]

# column: with trade at home, further regressors, further effect, (coefficient, standard error) of each regressor
TABLE_1 = {
    "log_dist": (-0.8409, 0.0317),
    "cntg": (0.4374, 0.0832),
    "lang": (0.2475, 0.0765),
    "clny": (-0.2225, 0.1162),
}
TABLE_2 = {
    2: {
        "log_dist_1986": (-0.8593, 0.0370),
        "log_dist_1990": (-0.8341, 0.0377),
        "log_dist_1994": (-0.8348, 0.0351),
        "log_dist_1998": (-0.8469, 0.0354),
        "log_dist_2002": (-0.8484, 0.0316),
        "log_dist_2006": (-0.8356, 0.0312),
        "cntg": (0.4372, 0.0832),
        "lang": (0.2475, 0.0765),
        "clny": (-0.2223, 0.1163),
    },
    3: {
        "log_dist_1986": (-0.9797, 0.0720),
        "log_dist_1990": (-0.9399, 0.0731),
        "log_dist_1994": (-0.9150, 0.0720),
        "log_dist_1998": (-0.8868, 0.0710),
        "log_dist_2002": (-0.8839, 0.0706),
        "log_dist_2006": (-0.8722, 0.0713),
        "cntg": (0.3714, 0.1396),
        "lang": (0.3373, 0.1682),
        "clny": (0.0192, 0.1563),
        "log_dist_intra": (-0.4884, 0.1007),
    },
    4: {
        "log_dist_1986": (-0.8570, 0.0627),
        "log_dist_1990": (-0.8189, 0.0633),
        "log_dist_1994": (-0.7958, 0.0635),
        "log_dist_1998": (-0.7699, 0.0630),
        "log_dist_2002": (-0.7666, 0.0626),
        "log_dist_2006": (-0.7544, 0.0622),
        "cntg": (0.5737, 0.1551),
        "lang": (0.3523, 0.1370),
        "clny": (0.0269, 0.1248),
        "log_dist_intra": (-0.6024, 0.1092),
        "smctry": (1.6890, 0.5737),
    },
    5: {
        "log_dist_1986": (-0.9100, 0.0323),
        "log_dist_1990": (-0.8790, 0.0321),
        "log_dist_1994": (-0.8598, 0.0318),
        "log_dist_1998": (-0.8329, 0.0317),
        "log_dist_2002": (-0.8292, 0.0320),
        "log_dist_2006": (-0.8105, 0.0320),
        "cntg": (0.4421, 0.0816),
        "lang": (0.2406, 0.0760),
        "clny": (-0.2203, 0.1165),
    },
}


@cache
def panel() -> dict[str, np.ndarray]:
    with gzip.open(need("trade/advanced_guide_panel.csv.gz"), "rt") as handle:
        rows = [r for r in csv.DictReader(handle) if float(r["year"]) in WAVES]
    data = {c: np.array([r[c] for r in rows]) for c in ("exporter", "importer", "pair_id")}
    data |= {c: np.array([float(r[c]) for r in rows]) for c in ("year", "trade", "dist", "cntg", "lang", "clny")}
    home = data["exporter"] == data["importer"]
    data["log_dist"] = np.log(data["dist"])
    data["smctry"], data["log_dist_intra"] = home.astype(float), np.where(home, data["log_dist"], 0.0)
    for year, name in zip(WAVES, DISTANCES, strict=True):
        data[name] = np.where((data["year"] == year) & ~home, data["log_dist"], 0.0)
    data["intra_pair"] = np.where(home, data["exporter"], "inter")
    return data


def fitted(names: list[str], at_home: bool, effects: list[str]) -> gravity.PpmlResult:
    data = panel()
    keep = np.ones(len(data["trade"]), dtype=bool) if at_home else data["smctry"] == 0
    settings = gravity.PpmlSettings(small_sample="clusters")
    part = {name: column[keep] for name, column in data.items()}
    return gravity.fit_panel(part, x=names, fe=[*FIXED, *effects], cluster=["pair_id"], settings=settings)


def compare(result: gravity.PpmlResult, printed: dict[str, tuple[float, float]]) -> None:
    assert result.names == tuple(printed)
    assert result.coefficients == pytest.approx([v[0] for v in printed.values()], abs=5.1e-5)
    assert result.standard_errors == pytest.approx([v[1] for v in printed.values()], abs=5.1e-5)


def test_table_1_column_4() -> None:
    result = fitted(list(TABLE_1), False, [])
    assert result.observations == 28152
    compare(result, TABLE_1)


@pytest.mark.parametrize("column", [2, 3, 4, 5])
def test_table_2_the_distance_puzzle(column: int) -> None:
    effects = ["intra_pair"] if column == 5 else []
    result = fitted(list(TABLE_2[column]), column > 2, effects)
    assert result.observations == (28152 if column == 2 else 28566)
    compare(result, TABLE_2[column])
