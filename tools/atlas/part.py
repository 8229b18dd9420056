"""A Part: what one builder (rail, road, sea, ports) adds to the atlas, as plain tables. `assemble` joins the parts.

Units are in the column names; NaN = unknown, 0 = truly none. Arcs are directed: give both directions (`both_ways`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd

from landbridge.network import ARC_KINDS, LAYERS, NODE_KINDS, TAG_KINDS, Tag

NODE_COLUMNS: Final = ("place", "layer", "name", "country", "kind", "lon", "lat", "population")
ARC_COLUMNS: Final = (
    "tail",  # "place@layer"
    "head",
    "layer",  # transfers: the non-city, or the land, side
    "kind",
    "length_km",
    "time_h",
    "cost_usd_teu",
    "cost_usd_t",
    "capacity_teu_yr",
    "capacity_t_yr",
    "tag",  # id of a Tag, or ""
    "basis",  # observed | estimated | assumed: of the hours and the money
    "closed",
    "shape",  # list of (lon, lat) from tail to head, or None for a straight line
)
BASES: Final = ("observed", "estimated", "assumed")


@dataclass(frozen=True)
class Part:
    """Nodes, directed arcs and tags of one builder. Arcs may point to nodes of another part by their "place@layer"."""

    nodes: pd.DataFrame
    arcs: pd.DataFrame
    tags: list[Tag] = field(default_factory=list)


def nodes_frame(rows: Iterable[dict[str, Any]]) -> pd.DataFrame:
    """Node rows as a frame with all columns in order; population defaults to 0, country to ""."""
    frame = pd.DataFrame(list(rows))
    defaults: dict[str, Any] = {"population": 0.0, "country": ""}
    for column in NODE_COLUMNS:
        if column not in frame:
            if column not in defaults and len(frame):
                raise ValueError(f"nodes lack the column {column!r}")
            frame[column] = defaults.get(column, "")
    return frame.loc[:, list(NODE_COLUMNS)]


def arcs_frame(rows: Iterable[dict[str, Any]]) -> pd.DataFrame:
    """Arc rows as a frame with all columns in order; capacities default to NaN, tag "", closed False, shape None."""
    frame = pd.DataFrame(list(rows))
    defaults: dict[str, Any] = {
        "capacity_teu_yr": np.nan,
        "capacity_t_yr": np.nan,
        "tag": "",
        "closed": False,
        "shape": None,
    }
    for column in ARC_COLUMNS:
        if column not in frame:
            if column not in defaults and len(frame):
                raise ValueError(f"arcs lack the column {column!r}")
            frame[column] = defaults.get(column, "")
    return frame.loc[:, list(ARC_COLUMNS)]


def both_ways(arcs: pd.DataFrame) -> pd.DataFrame:
    """The arcs and their mirror images: tail and head swapped, shape reversed, all else equal."""
    back = arcs.rename(columns={"tail": "head", "head": "tail"}).loc[:, list(arcs.columns)]
    back["shape"] = [s[::-1] if isinstance(s, Sequence) else None for s in arcs["shape"]]
    return pd.concat([arcs, back], ignore_index=True)


def merge(parts: Iterable[Part]) -> Part:
    """Parts one after the other; a node given twice ("place@layer") must agree in position and is kept once."""
    parts = list(parts)
    nodes = pd.concat([p.nodes for p in parts], ignore_index=True)
    nodes["country"] = nodes["country"].fillna("")  # the high seas
    nodes["population"] = nodes["population"].astype(float).fillna(0.0)  # only cities have people
    key = nodes["place"] + "@" + nodes["layer"]
    first = nodes.groupby(key, sort=False)[["lon", "lat"]].transform("first")
    apart = ((nodes[["lon", "lat"]] - first).abs() > 0.5).any(axis=1)
    if apart.any():
        raise ValueError(f"nodes with one id in two positions: {sorted(set(key[apart]))[:10]}")
    arcs = pd.concat([p.arcs for p in parts], ignore_index=True)
    tags = list({t.id: t for p in parts for t in p.tags}.values())
    return Part(nodes[~key.duplicated()].reset_index(drop=True), arcs, tags)


def faults(part: Part, known_nodes: Iterable[str] = ()) -> list[str]:
    """Everything wrong with a part: unknown words, dangling arcs, negative or missing figures, unknown tags."""
    nodes, arcs = part.nodes, part.arcs
    ids = set(nodes["place"] + "@" + nodes["layer"]) | set(known_nodes)
    tags = {t.id for t in part.tags}
    found: list[str] = []

    def note(mask: pd.Series, frame: pd.DataFrame, columns: list[str], what: str) -> None:
        if mask.any():
            sample = frame.loc[mask, columns].head(3).to_dict("records")
            found.append(f"{int(mask.sum())} rows: {what}, e.g. {sample}")

    note(~nodes["layer"].isin(LAYERS), nodes, ["place", "layer"], "unknown layer")
    note(~nodes["kind"].isin(NODE_KINDS), nodes, ["place", "kind"], "unknown node kind")
    note(~(nodes["lon"].between(-180, 180) & nodes["lat"].between(-90, 90)), nodes, ["place", "lon", "lat"], "position")
    note((nodes["place"] + "@" + nodes["layer"]).duplicated(), nodes, ["place", "layer"], "node given twice")
    ends = ["tail", "head"]
    note(~arcs["layer"].isin(LAYERS), arcs, [*ends, "layer"], "unknown layer")
    note(~arcs["kind"].isin(ARC_KINDS), arcs, [*ends, "kind"], "unknown arc kind")
    note(~arcs["basis"].isin(BASES), arcs, [*ends, "basis"], "unknown basis")
    for end in ends:
        note(~arcs[end].isin(ids), arcs, ends, f"{end} is no node")
    note(arcs["tail"] == arcs["head"], arcs, ends, "arc from a node to itself")
    for column in ("length_km", "time_h", "cost_usd_teu", "cost_usd_t"):
        note(~(arcs[column] >= 0), arcs, [*ends, column], f"{column} negative or missing")
    for column in ("capacity_teu_yr", "capacity_t_yr"):
        note(arcs[column] < 0, arcs, [*ends, column], f"{column} negative")
    note(~arcs["tag"].isin(tags | {""}), arcs, [*ends, "tag"], "unknown tag")
    found += [f"tag {t.id!r}: unknown kind {t.kind!r}" for t in part.tags if t.kind not in TAG_KINDS]
    return found
