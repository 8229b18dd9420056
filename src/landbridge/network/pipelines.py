"""Oil and gas pipelines with way points (data/atlas/pipelines.csv): where they run, who owns the ground, what state.

Capacities stand in the energy market's own table; `link` is the name of the link there, empty where it has none.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Pipeline:
    """One pipeline; `points` are (degrees east, degrees north) from its start to its end."""

    id: str
    name: str
    fuel: str  # crude or gas
    link: str  # of the energy market, "" where it has none
    countries: tuple[str, ...]
    points: tuple[tuple[float, float], ...]
    length_km: float  # NaN where not published
    status: str  # in October 2023: operating, idle, destroyed, construction, proposed
    opened: str
    basis: str
    source: str
    note: str


@cache
def pipelines() -> tuple[Pipeline, ...]:
    """Every pipeline of the table, in its order."""
    text = (files("landbridge") / "data" / "atlas" / "pipelines.csv").read_text(encoding="utf-8")
    return tuple(
        Pipeline(
            row["id"],
            row["name"],
            row["fuel"],
            row["link"],
            tuple(row["countries"].split()),
            tuple((float(x), float(y)) for x, y in (point.split() for point in row["via"].split(";"))),
            float(row["length_km"] or "nan"),
            row["status"],
            row["opened"],
            row["basis"],
            row["source"],
            row["note"],
        )
        for row in csv.DictReader(text.splitlines())
    )
