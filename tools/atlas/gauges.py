"""The track gauge of a place: the national main gauge, and boxes where another one rules (tables/gauge_regions.csv)."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

TABLES: Final = Path(__file__).parent / "tables"


@cache
def regions() -> pd.DataFrame:
    """country, gauge_mm, box in degrees (blank = the whole country), why, source, basis; later rows win."""
    return pd.read_csv(TABLES / "gauge_regions.csv")


def gauge_at(country: NDArray[np.str_], lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.int64]:
    """Gauge in mm of the through network at each point; 0 where the country has none of the gauges of the atlas."""
    gauge = np.zeros(len(lon), dtype=np.int64)
    for row in regions().to_dict("records"):
        here = country == row["country"]
        if row["west"] == row["west"]:
            here &= (lon >= row["west"]) & (lon <= row["east"]) & (lat >= row["south"]) & (lat <= row["north"])
        gauge[here] = int(row["gauge_mm"])
    return gauge
