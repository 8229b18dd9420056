"""Save and load a Result: every file is written aside first, result.json comes last and seals the others.

result.json carries the sha256 of each file, so that a half-written folder is recognised and never read as a result.
"""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from landbridge.atomic import write_all
from landbridge.errors import DataMissing
from landbridge.results.records import Figure, Provenance, Result
from landbridge.tables import dictionary, names

SCHEMA = 1
# Files that upper rooms add to a saved result: name -> text from Result. `report` registers report.html and
# summary.txt here when it is imported, so that results need not know it.
WRITERS: dict[str, Callable[[Result], str]] = {}


def save(result: Result, folder: str | Path) -> Path:
    """Write result.json, tables/*.csv and what is registered in WRITERS. Nothing is lost if it fails half-way.

    BadInput with the cause where the disk is full or the folder cannot be written: the old files stay as they were.
    """
    folder = Path(folder)
    contents = {f"tables/{name}.csv": _csv(frame) for name, frame in result.tables.items()}
    contents |= {name: write(result).encode() for name, write in WRITERS.items()}
    sealed = {name: hashlib.sha256(data).hexdigest() for name, data in contents.items()}
    record = as_json(result) | {"files": sealed}
    contents["result.json"] = json.dumps(record | {"seal": _seal(record)}, indent=1).encode()
    # result.json comes last and seals the others
    write_all({folder / name: data for name, data in contents.items()}, f"save to {folder}")
    return folder


def load(folder: str | Path) -> Result:
    """Read a saved result. DataMissing where files are absent, altered or half-written."""
    folder = Path(folder)
    try:
        raw = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise DataMissing(
            f"{folder} holds no result.json: save a run with `landbridge run SCENARIO --out {folder}`"
        ) from error
    except (OSError, ValueError) as error:
        raise DataMissing(f"{folder}/result.json cannot be read ({error}): run the scenario again") from error
    if not isinstance(raw, dict) or raw.get("seal") != _seal(raw):
        raise DataMissing(f"{folder}/result.json was altered or is no result: run the scenario again")
    if raw.get("schema") != SCHEMA:
        raise DataMissing(
            f"{folder}/result.json has schema {raw.get('schema')!r}, this version reads {SCHEMA}: run again"
        )
    tables = {}
    for name, digest in raw["files"].items():
        data = (folder / name).read_bytes() if (folder / name).is_file() else b""
        if hashlib.sha256(data).hexdigest() != digest:
            raise DataMissing(
                f"{folder}/{name} does not belong to its result.json (altered or half-written): run again"
            )
        if name.startswith("tables/"):
            tables[Path(name).stem] = _typed(Path(name).stem, pd.read_csv(io.BytesIO(data)))
    known = {f.name for f in dataclasses.fields(Figure)}
    figures = tuple(Figure(**{k: _from_json(k, v) for k, v in row.items() if k in known}) for row in raw["figures"])
    provenance = Provenance(**{**raw["provenance"], "limits": tuple(raw["provenance"]["limits"])})
    return Result(raw["title"], raw["scenario"], raw["baseline"], figures, tables, provenance, tuple(raw["notes"]))


def as_json(result: Result) -> dict[str, Any]:
    """Everything but the tables as plain JSON data (NaN becomes null)."""
    return {
        "schema": SCHEMA,
        "title": result.title,
        "baseline": result.baseline,
        "scenario": dict(result.scenario),
        "figures": [{k: _to_json(v) for k, v in dataclasses.asdict(f).items()} for f in result.figures],
        "notes": list(result.notes),
        "provenance": dataclasses.asdict(result.provenance),
    }


def answer_json(result: Result) -> dict[str, Any]:
    """`run --json`: everything of `as_json`, and the tables as rows without map shapes; infinity is the word "inf"."""
    tables = {}
    for name, frame in result.tables.items():
        plain = frame.drop(columns=[c for c in ("shape",) if c in frame])
        rows = [{k: _to_json(v) for k, v in row.items()} for row in plain.to_dict("records")]
        tables[name] = {"columns": _units(name, plain), "rows": rows}
    return as_json(result) | {"tables": tables}


def _units(name: str, frame: pd.DataFrame) -> dict[str, str]:
    known = dictionary(f"result_{name}") if f"result_{name}" in names() else {}
    return {c: known[c].unit for c in frame.columns if c in known and known[c].unit}


def _typed(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Types of the data dictionary, which CSV forgets: whole numbers that are floats, blanks that are text."""
    known = dictionary(f"result_{name}") if f"result_{name}" in names() else {}
    for column in known.values():
        if column.name in frame:
            old = frame[column.name]
            frame[column.name] = old.astype("float64") if column.type == "float" else old
            if column.type not in ("float", "int"):
                frame[column.name] = old.astype(object).where(old.notna(), "").astype(str)
    return frame


def _seal(record: dict[str, Any]) -> str:
    """sha256 of result.json without the seal itself."""
    plain = json.loads(json.dumps({k: v for k, v in record.items() if k != "seal"}))
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def _csv(frame: pd.DataFrame) -> bytes:
    return frame.to_csv(index=False, float_format="%.10g", lineterminator="\n").encode()


def _to_json(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else ("inf" if value > 0 else "-inf")
    return value


def _from_json(name: str, value: Any) -> Any:
    if name == "sources":
        return tuple(value)
    if name in ("value", "base", "low", "high"):
        return float("nan") if value is None else float(value)
    return value
