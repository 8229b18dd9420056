"""Transport projects (data/projects.csv) in the atlas: their way points, and their lines as closed arcs.

A project names its way points by place (column `via`); those that are not among the cities stand in
tables/project_places.csv, as places in layer `city` without people. Lines that were not open in October 2023 lie in the
atlas shut, with the project's id as tag: a scenario that builds one only opens them, on the same nodes and arcs.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from landbridge.network import Network, build_line

TABLES: Final = Path(__file__).parent / "tables"
PROJECTS: Final = Path(__file__).parents[2] / "src" / "landbridge" / "data" / "projects.csv"
LINES: Final = {"rail": "rail", "road": "road", "canal": "sea"}  # kinds that are lines, and what the network builds


def project_places() -> pd.DataFrame:
    """place, name, country, lon, lat, population (0)."""
    table = pd.read_csv(TABLES / "project_places.csv")
    return table.drop(columns="source").assign(population=0.0)


def with_project_places(cities: pd.DataFrame) -> pd.DataFrame:
    """The cities, then the way points of projects; ValueError where one is a city already."""
    places = project_places()
    double = sorted(set(places["place"]) & set(cities["place"]))
    if double:
        raise ValueError(f"project_places.csv: cities already: {', '.join(double)}")
    return pd.concat([cities, places], ignore_index=True)


def place_nodes() -> list[dict[str, Any]]:
    """Rows of the way points' nodes in layer `city`."""
    return [{**row, "layer": "city", "kind": "junction"} for row in project_places().to_dict("records")]


def projects_to_come() -> list[dict[str, Any]]:
    """Rows of data/projects.csv that are lines and were not open in October 2023."""
    table = pd.read_csv(PROJECTS)
    return table[table["kind"].isin(LINES) & (table["status"] != "existing")].to_dict("records")


def with_projects(net: Network) -> Network:
    """The network with every line of `projects_to_come` as closed arcs, in the order of the table."""
    for row in projects_to_come():
        before = net.n_arcs
        figures = {
            name: None if row[name] != row[name] else float(row[name])
            for name in ("speed_kmh", "length_km", "capacity_teu_yr", "capacity_t_yr")
        }
        net = build_line(
            net,
            LINES[row["kind"]],
            [word.strip() for word in row["via"].split(";")],
            project=row["id"],
            gauge_mm=None if row["gauge_mm"] != row["gauge_mm"] else int(row["gauge_mm"]),
            source=f"{row['status']}, opens {row['opens']:g}; {row['source']}",
            **figures,
        )
        net = _shut(net, before, row["name"])
    return net


def _shut(net: Network, first: int, name: str) -> Network:
    """The arcs from `first` on closed, their tags shut by default, the project's under its own name."""
    closed = net.closed.copy()
    closed[first:] = True
    new = {int(k) for k in np.unique(net.arc_tag[first:]) if k >= 0}
    known = {int(k) for k in np.unique(net.arc_tag[:first])}
    tags = tuple(
        replace(t, open_by_default=False, name=name if t.kind == "project" else t.name) if k in new - known else t
        for k, t in enumerate(net.tags)
    )
    return replace(net, closed=closed, tags=tags)
