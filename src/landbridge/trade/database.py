"""Rows of files that are too large to go through one by one, or are no text: Parquet, and one year out of many.

DuckDB reads and filters them; what is left streams on as words, so that the same checks meet every row. It is an
extra (`data`): plain CSV, gzipped or not, needs no database.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from landbridge.errors import BadTable, DataMissing

PARQUET: Final = (".parquet", ".pq")
_AT_ONCE: Final = 100_000  # rows


def rows(path: Path, year_columns: str, year: str) -> Iterator[list[str]]:
    """The header, then every row as words; of `year` alone where one is named and the file has one of `year_columns`
    ("t|year"). Raises DataMissing without DuckDB or the file, BadTable where DuckDB cannot make sense of it."""
    try:
        import duckdb
    except ImportError as error:
        raise DataMissing(f"reading {path.name} needs duckdb: pip install 'landbridge[data]'") from error
    if not path.is_file():
        raise DataMissing(f"{path.name} is missing (looked in {path.parent})")
    source = "read_parquet(?)" if path.suffix in PARQUET else "read_csv(?, all_varchar = true, header = true)"
    try:
        with duckdb.connect() as base:
            names = [str(r[0]) for r in base.execute(f"DESCRIBE SELECT * FROM {source}", [str(path)]).fetchall()]
            yield names
            known = {n.strip().lower(): n for n in names}
            column = next((known[c] for c in year_columns.lower().split("|") if c in known), "") if year else ""
            words = ", ".join(f"coalesce(CAST({_quoted(n)} AS VARCHAR), '')" for n in names)
            query, given = f"SELECT {words} FROM {source}", [str(path)]
            if column:
                query += f" WHERE trim(CAST({_quoted(column)} AS VARCHAR)) = ?"
                given.append(year)
            found = base.execute(query, given)
            while block := found.fetchmany(_AT_ONCE):
                yield from (list(row) for row in block)
    except duckdb.Error as error:
        raise BadTable(str(error).splitlines()[0], path.name, "is it whole, and a table with one header?") from error


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
