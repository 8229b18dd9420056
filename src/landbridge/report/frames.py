"""The tables of a Result as the report reads them: known columns, missing ones blank, absent tables empty."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from landbridge.results import Result
from landbridge.tables import dictionary, names


def result_tables() -> tuple[str, ...]:
    """Names of the tables that a result may carry, in the data dictionary ('real_income', 'arcs', ...)."""
    return tuple(n.removeprefix("result_") for n in names() if n.startswith("result_"))


def frame(result: Result, table: str) -> pd.DataFrame:
    """Table `table` with every column of its dictionary: blanks are NaN or ''; no rows if it is absent."""
    columns = dictionary(f"result_{table}")
    given = result.tables.get(table, pd.DataFrame())
    out: dict[str, Any] = {}
    for column in columns.values():
        if column.name not in given.columns:
            fill: Any = float("nan") if column.type == "float" else column.default
            out[column.name] = pd.Series([fill] * len(given), index=given.index, dtype=None if len(given) else object)
        elif column.type == "float":
            out[column.name] = pd.to_numeric(given[column.name], errors="coerce").astype("float64")
        else:
            out[column.name] = given[column.name].astype(object).map(lambda v, c=column: _text(v, c.default))
    return pd.DataFrame(out, index=given.index).reset_index(drop=True)


def _text(value: Any, default: str) -> Any:
    """Text as it was before it went through a CSV file: blanks come back as NaN, the year 2030 as 2030.0."""
    if isinstance(value, float):
        return default if math.isnan(value) else f"{value:.15g}"
    return default if value is None else value


def rows(table: pd.DataFrame) -> Iterator[Mapping[str, Any]]:
    """Rows as mappings, in order."""
    yield from table.to_dict("records")  # type: ignore[misc]


def moved_first(base: pd.Series, value: pd.Series, sizes: bool = True) -> NDArray[np.intp]:
    """Order of rows in which what moves comes first, then what is large; with `sizes` off the rest keeps its order.

    With `sizes` off what does not move keeps its order. From no way (inf) to some way comes before all; noise in the
    last digits is no move.
    """
    old, new = (x.fillna(0.0).to_numpy(float) for x in (base, value))
    both = np.isinf(old) & np.isinf(new)
    moved = np.where(both, 0.0, np.abs(np.where(both, 0.0, new) - np.where(both, 0.0, old)))
    most = np.maximum(old, new)
    moved[moved <= 5e-4 * np.where(np.isfinite(most), most, 0.0)] = 0.0
    return np.lexsort((-most if sizes else np.zeros(len(most)), -moved))


def points(shape: Any) -> NDArray[np.float64]:
    """[p, 2] longitudes and latitudes of 'lon lat lon lat ...' or of a flat list; empty where it cannot be read."""
    empty = np.empty((0, 2))
    if shape is None or (isinstance(shape, float) and math.isnan(shape)):
        return empty
    try:
        parts: Sequence[Any] = shape.replace(",", " ").split() if isinstance(shape, str) else list(np.ravel(shape))
        flat = np.asarray(parts, dtype=np.float64)
    except (TypeError, ValueError):
        return empty
    if len(flat) < 2 or len(flat) % 2 or not np.isfinite(flat).all():
        return empty
    return flat.reshape(-1, 2)
