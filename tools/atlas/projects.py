"""Way points of transport projects that are no cities of the atlas: places in layer `city` without people.

A scenario that builds a shipped project names its way points by place (`data/projects.csv`, column `via`); those that
are not among the cities stand in tables/project_places.csv and are added here, so that every project can be drawn.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pandas as pd

TABLES: Final = Path(__file__).parent / "tables"


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
