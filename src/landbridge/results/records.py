"""Result: figures with their sources, tidy tables, a map, and the provenance that makes them defensible."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of the summary with everything needed to defend it.

    `base` is the value without the scenario (NaN for a figure that has none); `low` and `high` bound the value
    (NaN where no range was computed); `basis` is observed, estimated, assumed or modelled.
    """

    id: str  # "energy.crude.rus-chn"
    label: str  # "Russian crude to China"
    value: float
    unit: str  # "Mt/yr"
    base: float = float("nan")
    low: float = float("nan")
    high: float = float("nan")
    vintage: str = ""  # "2023"
    basis: str = "modelled"
    sources: tuple[str, ...] = ()  # keys of Provenance.sources
    note: str = ""


@dataclass(frozen=True, slots=True)
class Provenance:
    """What was run, on what, how exactly it was solved, and what it does not know."""

    landbridge: str
    python: str
    packages: Mapping[str, str]  # name -> version
    inputs: Mapping[str, str]  # file or record -> sha256
    input_digest: str  # one sha256 over scenario and inputs
    residuals: Mapping[str, float]  # solver -> residual
    seconds: Mapping[str, float]  # step -> seconds
    sources: Mapping[str, str]  # key -> citation
    limits: tuple[str, ...]  # what the model leaves out, in sentences
    started: str  # UTC, ISO 8601


@dataclass(frozen=True, slots=True, repr=False)
class Result:
    """The answer to one scenario. Tables are tidy frames, one row a fact, columns as in tables/columns/result_*.csv."""

    title: str
    scenario: Mapping[str, Any]  # the scenario as read: title, date, actions ...
    baseline: str  # "2023-10"
    figures: tuple[Figure, ...]
    tables: Mapping[str, pd.DataFrame]
    provenance: Provenance
    notes: tuple[str, ...] = field(
        default=()
    )  # statements the summary must carry, e.g. "opens in 2030, treated as open"

    def __repr__(self) -> str:
        sizes = ", ".join(f"{name} {len(table)}" for name, table in self.tables.items())
        return f"<Result {self.title!r}, baseline {self.baseline}: {len(self.figures)} figures; rows: {sizes}>"

    def summary(self) -> str:
        """About ten lines that a minister can read."""
        from landbridge.results.save import WRITERS

        return WRITERS["summary.txt"](self)

    def stale(self, inputs: Mapping[str, str]) -> tuple[str, ...]:
        """Data files that have changed, come or gone since this result was made; `inputs` is World.inputs of today."""
        then = self.provenance.inputs
        return tuple(sorted(name for name in {*then, *inputs} if then.get(name) != inputs.get(name)))

    def save(self, folder: str | Path) -> Path:
        """Write result.json, tables/*.csv, report.html and summary.txt into a folder; nothing is lost if it fails."""
        from landbridge.results.save import save

        return save(self, folder)

    @staticmethod
    def load(folder: str | Path) -> Result:
        """Read what `save` wrote; DataMissing where it is absent, altered or half-written."""
        from landbridge.results.save import load

        return load(folder)
