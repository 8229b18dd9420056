"""The data dictionary: for every table, its columns with type, unit, default and meaning (columns/<table>.csv)."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from landbridge.codes import nearest_hint
from landbridge.errors import UnknownName

# str: any text; float: number or empty (NaN); int: whole number; iso3: a territory code; date: YYYY, YYYY-MM or
# YYYY-MM-DD or empty; basis: observed, estimated or assumed; "a|b|c": one of the words
TYPES: Final = ("str", "float", "int", "iso3", "date", "basis")
BASES: Final = ("observed", "estimated", "assumed")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `required` columns may not be absent, a non-empty `default` fills blanks."""

    name: str
    type: str
    unit: str
    default: str
    required: bool
    meaning: str


@cache
def dictionary(table: str) -> dict[str, Column]:
    """Columns of a table by name. UnknownName where the dictionary has no such table."""
    path = files("landbridge.tables") / "columns" / f"{table}.csv"
    if not path.is_file():
        raise UnknownName(f"no table {table!r}", remedy=nearest_hint(table, names()))
    with path.open(encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    return {
        r["name"]: Column(r["name"], r["type"], r["unit"], r["default"], r["required"] == "yes", r["meaning"])
        for r in rows
    }


@cache
def names() -> tuple[str, ...]:
    """Every table that the dictionary knows."""
    folder = files("landbridge.tables") / "columns"
    return tuple(sorted(p.name.removesuffix(".csv") for p in folder.iterdir() if p.name.endswith(".csv")))
