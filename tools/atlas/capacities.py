"""Published capacities of crossings, passages and ports (tables/capacities.csv) on the atlas's arcs.

`capacity_teu_yr` is the most containers and `capacity_t_yr` the most tonnes that pass an arc in its direction a year,
NaN where nobody has published a figure. A figure in trains is turned into TEU alone, at TEU_PER_TRAIN.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from tools.atlas.part import Part

TABLES: Final = Path(__file__).parent / "tables"
TEU_PER_TRAIN: Final = 108.0  # 1.749 million TEU on 16,145 China-Europe trains in January-November 2023 (China Railway)
DAYS: Final = 365.0
UNITS: Final = {
    "TEU_yr": ("capacity_teu_yr", 1.0),
    "Mt_yr": ("capacity_t_yr", 1e6),
    "trains_day": ("capacity_teu_yr", DAYS * TEU_PER_TRAIN),
}


def capacities(what: str = "capacity") -> list[dict[str, Any]]:
    """Rows of tables/capacities.csv: `what` is "capacity" (a limit) or "traffic" (observed, to compare with)."""
    table = pd.read_csv(TABLES / "capacities.csv", keep_default_na=False)
    return table[table["what"] == what].to_dict("records")


def each_way(value: float, unit: str, way: str) -> tuple[str, float]:
    """Column and figure in one direction; `way` "sum" means both directions together. ValueError for unknown units."""
    if unit not in UNITS:
        raise ValueError(f"unknown unit {unit!r}; known: {', '.join(UNITS)}")
    column, factor = UNITS[unit]
    return column, value * factor / (2.0 if way == "sum" else 1.0)


def set_room(arcs: pd.DataFrame, rows: Any, room: tuple[str, float]) -> None:
    """Write a capacity on the rows, in place."""
    arcs.loc[rows, room[0]] = room[1]


def with_capacities(part: Part) -> Part:
    """The part with the table's capacities; ValueError with every row that names no arcs.

    A crossing's figure holds for its break of gauge too. `way` = "CHN>RUS": out of the first country only.
    """
    arcs = part.arcs.copy()
    country = dict(zip(part.nodes["place"] + "@" + part.nodes["layer"], part.nodes["country"]))
    leaves = arcs["tail"].map(country)
    lost = []
    for row in capacities():
        tagged = arcs["tag"].isin([row["id"], f"{row['id']}-gauge"])
        if row["mode"] != "":
            tagged &= arcs["layer"].str.startswith(row["mode"])
        if ">" in row["way"]:
            tagged &= _direction(arcs, tagged, leaves, row["way"].split(">")[0])
        if not tagged.any():
            lost.append(f"{row['id']} ({row['mode']} {row['way']})")
            continue
        set_room(arcs, tagged, each_way(float(row["value"]), row["unit"], row["way"]))
    if lost:
        raise ValueError(f"capacities.csv: no arcs of {', '.join(lost)}")
    return Part(part.nodes, arcs, part.tags)


def _direction(arcs: pd.DataFrame, tagged: pd.Series, leaves: pd.Series, first: str) -> pd.Series:
    """Arcs of a crossing that lead out of a country: its border arcs, and the break of gauge before or after."""
    border = tagged & (arcs["kind"] == "border") & (leaves == first)
    ends = set(arcs.loc[border, "head"])
    starts = set(arcs.loc[border, "tail"])
    gauge = tagged & (arcs["kind"] == "gauge") & (arcs["tail"].isin(ends) | arcs["head"].isin(starts))
    return border | gauge


def write(path: Path) -> int:
    """The table as the package ships it, with the figure of one direction; returns bytes."""
    table = pd.read_csv(TABLES / "capacities.csv", keep_default_na=False)
    room = [each_way(float(v), u, w) for v, u, w in zip(table["value"], table["unit"], table["way"])]
    table["teu_yr_each_way"] = [v if c == "capacity_teu_yr" else np.nan for c, v in room]
    table["t_yr_each_way"] = [v if c == "capacity_t_yr" else np.nan for c, v in room]
    table.to_csv(path, index=False, lineterminator="\n")
    return path.stat().st_size
