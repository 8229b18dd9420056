"""Read a CSV against the data dictionary: every fault at once, with file and row."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import pandas as pd

from landbridge.codes import is_territory
from landbridge.errors import BadTable, DataMissing, Fault
from landbridge.tables.dictionary import BASES, Column, dictionary

_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")
_MOST_FAULTS = 20  # of one column: enough to see the pattern, short enough to read


def shipped(name: str, table: str | None = None) -> pd.DataFrame:
    """Read `data/<name>.csv` from the package, validated as `table` (default: the last part of the name)."""
    path = Path(str(files("landbridge") / "data" / f"{name}.csv"))
    return read(path, table or name.rsplit("/", 1)[-1])


def read(path: str | Path, table: str) -> pd.DataFrame:
    """A validated frame of the table's columns in the dictionary's order; text stays text, blanks become NaN or ''.

    Raises DataMissing where the file is absent or unreadable, BadTable with every fault otherwise.
    """
    path = Path(path)
    try:
        raw = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")
    except FileNotFoundError as error:
        raise DataMissing(f"{path.name} is missing (looked in {path.parent}): restore or rebuild it") from error
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise DataMissing(f"{path.name} is not a readable CSV file ({error}): restore or rebuild it") from error
    return validate(raw, table, path.name)


def read_any(path: str | Path) -> pd.DataFrame:
    """A user's own CSV (gzipped or not) as it is, types guessed; DataMissing where it is absent or unreadable."""
    path = Path(path)
    try:
        return pd.read_csv(path)
    except FileNotFoundError as error:
        raise DataMissing(f"{path.name} is missing (looked in {path.parent}): check the path") from error
    except (OSError, ValueError) as error:
        raise DataMissing(f"{path.name} is not a readable CSV file ({error}): save it as UTF-8 CSV") from error


def validate(raw: pd.DataFrame, table: str, where: str = "") -> pd.DataFrame:
    """Check a frame of text against the dictionary and convert it; BadTable lists every fault found."""
    columns = dictionary(table)
    faults = [
        Fault(f"column {c.name!r} is missing", where, f"add it: {c.meaning}")
        for c in columns.values()
        if c.required and c.name not in raw.columns
    ]
    faults += [
        Fault(f"unknown column {c!r}", where, f"allowed: {', '.join(columns)}") for c in raw.columns if c not in columns
    ]
    out: dict[str, pd.Series] = {}
    for column in columns.values():
        text = raw[column.name] if column.name in raw.columns else pd.Series([""] * len(raw), index=raw.index)
        text = text.astype(str).str.strip()
        if column.default:
            text = text.where(text != "", column.default)
        bad = text[~text.map(lambda v, c=column: _fits(v, c))]
        faults += [
            Fault(f"{column.name} = {v!r} is not {_allowed(column)}", f"{where} row {int(str(i)) + 2}")
            for i, v in bad.head(_MOST_FAULTS).items()
        ]
        if len(bad) > _MOST_FAULTS:
            faults.append(Fault(f"{column.name}: {len(bad) - _MOST_FAULTS} more rows like these", where))
        if len(bad) == 0:
            out[column.name] = _convert(text, column)
    if faults:
        raise BadTable(faults)
    return pd.DataFrame(out, index=raw.index)


def _fits(value: str, column: Column) -> bool:
    if value == "":
        return not column.required or column.type in ("str", "float", "date")
    kind = column.type
    if kind == "float":
        return _is_number(value)
    if kind == "int":
        return value.lstrip("-").isdigit()
    if kind == "iso3":
        return is_territory(value)
    if kind == "date":
        return _DATE.fullmatch(value) is not None
    if kind == "basis":
        return value in BASES
    return kind == "str" or value in kind.split("|")


def _is_number(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True


def _allowed(column: Column) -> str:
    words = {
        "float": "a number",
        "int": "a whole number",
        "iso3": "a known ISO3 code",
        "date": "a date YYYY-MM-DD",
        "basis": f"one of {', '.join(BASES)}",
    }
    return words.get(column.type, f"one of {', '.join(column.type.split('|'))}")


def _convert(text: pd.Series, column: Column) -> pd.Series:
    if column.type == "float":
        return text.map(lambda v: float(v) if v else float("nan")).astype("float64")
    if column.type == "int":
        return text.where(text != "", "0").astype("int64")
    return text
