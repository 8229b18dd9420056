"""Sea lanes: the maritime network of the package searoute 1.6 (Apache-2; Eurostat/ORNL), cut at the passages.

A passage is a gate: a line from land to land in tables/passages.csv. Every lane that crosses a gate becomes an arc of
kind `passage`, so that closing the passage is a true cut. Lanes that the package lacks come from tables/sea_links.csv.
Chains of lanes without a junction are contracted; their shape is kept.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import searoute
import shapely
from numpy.typing import NDArray

from landbridge.network import Tag
from landbridge.units import KM_PER_NM
from tools.atlas.cities import great_circle_km
from tools.atlas.part import Part, arcs_frame, both_ways, nodes_frame

TABLES: Final = Path(__file__).parent / "tables"
SPEED_KN: Final = 16.0  # METHODS 1: ship 16 kn
COST_USD_TEU_KM: Final = (
    0.045  # .04-.05 USD per TEU-km (Reed and Trubetskoy 2019, median of five studies and used value)
)
# bulk: Panamax, 75,000 t, about 30,000 USD a day all in (charter 15,000, fuel 30 t at 500 USD), 16 kn x 24 h, laden one
# way of two: 60,000 USD per day and laden leg / (711 km x 75,000 t) = 0.0011 USD per t-km; assumed
COST_USD_T_KM: Final = 0.0011
OCEAN: Final = "sea"
FREE: Final = {"hours": 0.0, "dues_usd_teu": 0.0, "dues_usd_t": 0.0, "capacity_t_yr": np.nan, "open": "yes"}


@dataclass(frozen=True)
class Lanes:
    """The undirected lanes: position [n, 2], ends [m, 2], km [m], passage id or "" [m], shape of each lane."""

    lonlat: NDArray[np.float64]
    ends: NDArray[np.int64]
    km: NDArray[np.float64]
    passage: list[str]
    shape: list[list[tuple[float, float]]]


@cache
def passages() -> pd.DataFrame:
    """The table of passages, gates as text."""
    return pd.read_csv(TABLES / "passages.csv", keep_default_na=True)


def passage_tags() -> list[Tag]:
    """One Tag a passage, with its limits and whether it is open."""
    return [
        Tag(
            id=r["id"],
            name=r["name"],
            kind="passage",
            countries=tuple(r["countries"].split()),
            source=r["source"],
            max_draught_m=float(r["max_draught_m"]),
            max_beam_m=float(r["max_beam_m"]),
            open_by_default=r["open"] == "yes",
            first_month=_month(r["first_month"]),
            last_month=_month(r["last_month"]),
            ice_class=r["ice_class"] if isinstance(r["ice_class"], str) else "",
        )
        for r in passages().to_dict("records")
    ]


def _month(value: float) -> int:
    """Number of a month, 0 where the table is blank; ValueError for no month of the year."""
    if value != value:
        return 0
    if value not in range(1, 13):
        raise ValueError(f"passages.csv: no month {value:g}")
    return int(value)


@cache
def raw_lanes() -> Lanes:
    """searoute's network and the added links: longitudes in -180..180, passages marked where gates are cut."""
    namespace: dict[str, Any] = {}
    source = Path(searoute.__file__).parent / "data" / "marnet_dict.py"
    exec(source.read_text(encoding="utf-8"), namespace)  # a package's data file of two literals
    index: dict[tuple[float, float], int] = {}
    pairs: set[tuple[int, int]] = set()

    def node(point: tuple[float, float]) -> int:
        key = (round((point[0] + 180.0) % 360.0 - 180.0, 4), round(point[1], 4))
        return index.setdefault(key, len(index))

    for tail, heads in namespace["edge_list"].items():
        for head in heads:
            a, b = node(tail), node(head)
            if a != b:
                pairs.add((min(a, b), max(a, b)))
    lonlat = np.array(list(index))
    dropped = _dropped_edges(lonlat, pairs)
    pairs -= dropped
    for chain in _added(lonlat):
        numbers = [node(p) for p in chain]
        pairs |= {(min(a, b), max(a, b)) for a, b in pairwise(numbers) if a != b}
    lonlat = np.array(list(index))
    ends = np.array(sorted(pairs), dtype=np.int64)
    a, b = lonlat[ends[:, 0]], lonlat[ends[:, 1]]
    km = great_circle_km(a[:, 0], a[:, 1], b[:, 0], b[:, 1])
    shape = [[(p[0], p[1]), (q[0], q[1])] for p, q in zip(a.tolist(), b.tolist())]
    return Lanes(lonlat, ends, km, crossing_gates(a, b), shape)


def crossing_gates(a: NDArray[np.float64], b: NDArray[np.float64]) -> list[str]:
    """Passage id of each straight lane a[k] -> b[k] (longitude, latitude) that crosses a gate, "" elsewhere."""
    unrolled = b.copy()
    unrolled[:, 0] = a[:, 0] + (b[:, 0] - a[:, 0] + 180.0) % 360.0 - 180.0
    tree, ids = gates()
    lane, gate = tree.query(shapely.linestrings(np.stack([a, unrolled], axis=1)), predicate="intersects")
    found = [""] * len(a)
    for k, g in sorted(zip(lane.tolist(), gate.tolist())):
        found[k] = found[k] or ids[g]
    return found


@cache
def gates() -> tuple[shapely.STRtree, list[str]]:
    """The gates of all passages, each also one turn to the east and west, and their ids."""
    lines, ids = [], []
    for row in passages().to_dict("records"):
        for gate in row["gate"].split("|"):
            points = np.array([tuple(map(float, p.split())) for p in gate.split(";")])
            lines += [shapely.LineString(points + np.array([turn, 0.0])) for turn in (0.0, 360.0, -360.0)]
            ids += [row["id"]] * 3
    return shapely.STRtree(lines), ids


def contract(lanes: Lanes, keep: NDArray[np.bool_]) -> Lanes:
    """Chains of lanes through nodes of degree two become one lane with its shape; `keep` [n] are never swallowed."""
    n = len(lanes.lonlat)
    degree = np.bincount(lanes.ends.ravel(), minlength=n)
    fixed = keep | (degree != 2)
    for k in np.flatnonzero(np.array(lanes.passage) != ""):
        fixed[lanes.ends[k]] = True
    touching: list[list[int]] = [[] for _ in range(n)]
    for k, (a, b) in enumerate(lanes.ends.tolist()):
        touching[a].append(k)
        touching[b].append(k)
    done = np.zeros(len(lanes.ends), dtype=bool)
    ends, km, passage, shape = [], [], [], []
    for start in np.flatnonzero(fixed).tolist():
        for first in touching[start]:
            if done[first]:
                continue
            chain, at, length, via = first, start, 0.0, [start]
            while True:
                done[chain] = True
                a, b = lanes.ends[chain].tolist()
                at = b if a == at else a
                length += float(lanes.km[chain])
                via.append(at)
                if fixed[at]:
                    break
                chain = next(k for k in touching[at] if k != chain)
            if at == start:
                continue
            ends.append((start, at))
            km.append(length)
            passage.append(lanes.passage[first])
            shape.append([(float(x), float(y)) for x, y in lanes.lonlat[via]])
    used = np.unique(np.array(ends))
    number = np.full(n, -1)
    number[used] = np.arange(len(used))
    return Lanes(lanes.lonlat[used], number[np.array(ends)], np.array(km), passage, shape)


def sea_part(lanes: Lanes, ports: pd.DataFrame) -> Part:
    """Nodes in layer `sea` (a port's own node where a lane ends at a port) and arcs both ways at 16 kn.

    Passages carry their hours and dues; those that are not open by default are closed arcs.
    """
    names = node_names(lanes, ports)
    rows_of_ports = {r["place"]: r for r in ports.to_dict("records")}
    nodes = nodes_frame(_node(p, x, y, rows_of_ports) for p, (x, y) in zip(names, lanes.lonlat.tolist()))
    rows = passages().set_index("id").to_dict("index")
    arcs = []
    for (a, b), km, passage, shape in zip(lanes.ends.tolist(), lanes.km.tolist(), lanes.passage, lanes.shape):
        extra = rows.get(passage, FREE)
        arcs.append(
            {
                "tail": f"{names[a]}@{OCEAN}",
                "head": f"{names[b]}@{OCEAN}",
                "layer": OCEAN,
                "kind": "passage" if passage else "line",
                "length_km": km,
                "time_h": km / (SPEED_KN * KM_PER_NM) + extra["hours"],
                "cost_usd_teu": km * COST_USD_TEU_KM + extra["dues_usd_teu"],
                "cost_usd_t": km * COST_USD_T_KM + extra["dues_usd_t"],
                "capacity_t_yr": extra["capacity_t_yr"],
                "tag": passage,
                "basis": extra.get("basis", "assumed"),
                "closed": extra["open"] == "no",
                "shape": shape if len(shape) > 2 else None,
            }
        )
    return Part(nodes, both_ways(arcs_frame(arcs)), passage_tags())


def node_names(lanes: Lanes, ports: pd.DataFrame) -> list[str]:
    """Place ids of the lanes' nodes: the port's, or one from the position so that it outlives a rebuild."""
    at_port = {_key(x, y): p for x, y, p in zip(ports["lon"], ports["lat"], ports["place"])}
    return [at_port.get(_key(x, y)) or _sea_name(x, y) for x, y in lanes.lonlat.tolist()]


def _key(x: float, y: float) -> tuple[float, float]:
    return round(x, 4), round(y, 4)


def _sea_name(x: float, y: float) -> str:
    """'sea-n312222e1214581': ten-thousandths of a degree."""
    south, west = ("n" if y >= 0 else "s"), ("e" if x >= 0 else "w")
    return f"sea-{south}{abs(round(y * 1e4)):06d}{west}{abs(round(x * 1e4)):07d}"


def _node(place: str, x: float, y: float, ports: dict[str, dict[str, Any]]) -> dict[str, Any]:
    base = {"place": place, "layer": OCEAN, "lon": x, "lat": y}
    if place.startswith("sea-"):
        return {**base, "name": place, "kind": "sea"}
    row = ports[place]
    return {**base, "name": row["name"], "kind": "port", "country": row["iso3"], "lon": row["lon"], "lat": row["lat"]}


def with_lanes(lanes: Lanes, chains: list[list[tuple[float, float]]]) -> Lanes:
    """The lanes and straight ones along the chains' points; a chain's points may be nodes already there."""
    index = {(round(x, 4), round(y, 4)): k for k, (x, y) in enumerate(lanes.lonlat.tolist())}
    extra: set[tuple[int, int]] = set()
    for chain in chains:
        numbers = [index.setdefault((round(x, 4), round(y, 4)), len(index)) for x, y in chain]
        extra |= {(min(a, b), max(a, b)) for a, b in pairwise(numbers) if a != b}
    extra -= {(min(a, b), max(a, b)) for a, b in lanes.ends.tolist()}
    lonlat = np.array(list(index))
    ends = np.array(sorted(extra), dtype=np.int64).reshape(-1, 2)
    a, b = lonlat[ends[:, 0]], lonlat[ends[:, 1]]
    km = great_circle_km(a[:, 0], a[:, 1], b[:, 0], b[:, 1])
    shape = [[(p[0], p[1]), (q[0], q[1])] for p, q in zip(a.tolist(), b.tolist())]
    return replace(
        lanes,
        lonlat=lonlat,
        ends=np.vstack([lanes.ends, ends]),
        km=np.concatenate([lanes.km, km]),
        passage=[*lanes.passage, *crossing_gates(a, b)],
        shape=[*lanes.shape, *shape],
    )


def with_chains(lanes: Lanes, ends: list[tuple[int, int]], shapes: list[list[tuple[float, float]]]) -> Lanes:
    """The lanes and new ones between nodes that are there, each with its shape, along great circles."""
    new = np.array(ends, dtype=np.int64).reshape(-1, 2)
    a, b = lanes.lonlat[new[:, 0]], lanes.lonlat[new[:, 1]]
    return replace(
        lanes,
        ends=np.vstack([lanes.ends, new]),
        km=np.concatenate([lanes.km, great_circle_km(a[:, 0], a[:, 1], b[:, 0], b[:, 1])]),
        passage=[*lanes.passage, *([""] * len(ends))],
        shape=[*lanes.shape, *shapes],
    )


def _added(lonlat: NDArray[np.float64]) -> list[list[tuple[float, float]]]:
    """Links of tables/sea_links.csv: points; an end marked `*` is moved to the nearest node of the network."""
    chains = []
    for row in pd.read_csv(TABLES / "sea_links.csv").to_dict("records"):
        if row["what"] != "add":
            continue
        chains.append([_snap(p, lonlat) for p in row["points"].split(";")])
    return chains


def _dropped_edges(lonlat: NDArray[np.float64], pairs: set[tuple[int, int]]) -> set[tuple[int, int]]:
    """Lanes that the table's cut lines cross: rivers, and lanes that run over land."""
    cuts = [r for r in pd.read_csv(TABLES / "sea_links.csv").to_dict("records") if r["what"] == "cut"]
    if not cuts:
        return set()
    ordered = np.array(sorted(pairs))
    tree = shapely.STRtree(shapely.linestrings(lonlat[ordered]))
    lines = [shapely.LineString([tuple(map(float, p.split())) for p in r["points"].split(";")]) for r in cuts]
    hits = np.unique(np.concatenate([tree.query(line, predicate="intersects") for line in lines]))
    return {(int(a), int(b)) for a, b in ordered[hits]}


def _snap(text: str, lonlat: NDArray[np.float64]) -> tuple[float, float]:
    x, y = map(float, text.strip().strip("*").split())
    if not text.strip().endswith("*"):
        return x, y
    near = int(np.argmin(great_circle_km(x, y, lonlat[:, 0], lonlat[:, 1])))
    return float(lonlat[near, 0]), float(lonlat[near, 1])
