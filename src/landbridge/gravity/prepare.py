"""Columns that gravity panels need and rarely bring: lags, borders that fade with the years, trade at home."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landbridge.errors import BadInput
from landbridge.gravity.factors import Factor, cross, factor

Vector = NDArray[np.float64]


def _pair_and_year(columns: Mapping[str, ArrayLike]) -> tuple[Factor, NDArray[np.int64]]:
    pair = cross([factor(columns["exporter"], "exporter"), factor(columns["importer"], "importer")])
    year = np.asarray(columns["year"], dtype=float)
    if not np.array_equal(year, np.round(year)):
        raise BadInput("years must be whole numbers", where="column 'year'")
    return pair, year.astype(np.int64)


def lagged(columns: Mapping[str, ArrayLike], name: str, years: int) -> Vector:
    """Column `name` [n] of the same pair `years` earlier (negative: later); NaN where the panel has no such row."""
    pair, year = _pair_and_year(columns)
    width = int(year.max() - year.min()) + 1
    key = pair.code * width + (year - year.min())
    order = np.argsort(key, kind="stable")
    if (np.diff(key[order]) == 0).any():
        raise BadInput("a pair has two rows in one year", where="panel", remedy="lags need one row per pair and year")
    wanted = year - years - year.min()
    place = np.searchsorted(key[order], pair.code * width + wanted).clip(max=key.size - 1)
    found = (key[order][place] == pair.code * width + wanted) & (wanted >= 0) & (wanted < width)
    value = np.asarray(columns[name], dtype=float)[order][place]
    return np.where(found, value, np.nan)


def globalisation_borders(columns: Mapping[str, ArrayLike], base_year: int | None = None) -> dict[str, Vector]:
    """`border_YEAR` [n]: one for trade across a border in that year; the base (by default the last) year is left out.

    With pair effects only changes against the base year are identified; they stand for globalisation that is common
    to all pairs (Bergstrand, Larch and Yotov 2015). Needs trade at home in the panel.
    """
    _, year = _pair_and_year(columns)
    abroad = np.asarray(columns["exporter"]) != np.asarray(columns["importer"])
    if abroad.all():
        raise BadInput("no trade at home in the panel", where="panel", remedy="append it with domestic_rows")
    base = int(year.max()) if base_year is None else base_year
    if base not in year:
        raise BadInput(f"base year {base} is not in the panel")
    return {f"border_{y}": (abroad & (year == y)).astype(float) for y in np.unique(year).tolist() if y != base}


def domestic_rows(
    columns: Mapping[str, ArrayLike], output: Mapping[tuple[object, int], float], trade: str = "trade"
) -> dict[str, NDArray[np.generic]]:
    """Rows (exporter, importer, year, `trade`) of trade at home: output of (country, year) less its exports there.

    `output` in the unit of trade, gross output of the same goods (not value added). Raises BadInput naming the
    countries and years whose exports exceed output: re-exports or another coverage of goods.
    """
    _, year = _pair_and_year(columns)
    origin, home = np.asarray(columns["exporter"]), np.asarray(columns["exporter"]) == np.asarray(columns["importer"])
    value = np.where(home, 0.0, np.nan_to_num(np.asarray(columns[trade], dtype=float)))
    sold: dict[tuple[object, int], float] = {}
    for who, when, much in zip(origin.tolist(), year.tolist(), value.tolist()):
        sold[who, when] = sold.get((who, when), 0.0) + much
    rest = {key: output[key] - sold[key] for key in sold if key in output}
    negative = [f"{who} {when}" for (who, when), much in rest.items() if much < 0]
    if negative:
        raise BadInput(f"exports exceed output: {', '.join(negative)}", remedy="take gross output, net of re-exports")
    names = np.array([who for who, _ in rest])
    years = np.array([when for _, when in rest], dtype=np.int64)
    return {"exporter": names, "importer": names.copy(), "year": years, trade: np.array(list(rest.values()))}
