"""Tables of a result as CSV files, with a list of what every column means."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pandas as pd

from landbridge.results import Result
from landbridge.tables import dictionary, names, write_csv


def write_tables(result: Result, folder: str | Path) -> tuple[Path, ...]:
    """Write every table as `<name>.csv`, headline figures as figures.csv, what columns mean as columns.csv."""
    folder = Path(folder)
    written = [write_csv(folder / f"{name}.csv", table) for name, table in result.tables.items()]
    figures = pd.DataFrame([{**dataclasses.asdict(f), "sources": "; ".join(f.sources)} for f in result.figures])
    written.append(write_csv(folder / "figures.csv", figures))
    written.append(write_csv(folder / "columns.csv", _meanings(result)))
    return tuple(written)


def _meanings(result: Result) -> pd.DataFrame:
    known = set(names())
    return pd.DataFrame(
        [
            {"table": name, "column": c.name, "unit": c.unit, "meaning": c.meaning}
            for name in result.tables
            if f"result_{name}" in known
            for c in dictionary(f"result_{name}").values()
        ],
        columns=["table", "column", "unit", "meaning"],
    )
