"""The OpenStreetMap lists of scgraph_data (ODbL) as arrays, with the country of every point. Rail and roads alike.

The package's modules import scgraph < 3; the two lists in them are read here as text instead.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from tools.atlas import outlines

OSM_SOURCE: Final = "OpenStreetMap contributors (ODbL) through scgraph_data 2.0.0"
ENCLAVE_KM: Final = 40.0  # a scrap of line this short between two borders is an error of the outlines, not a transit


@dataclass(frozen=True)
class Graph:
    """Undirected geometry: n points and m edges with tail < head, each once."""

    lon: NDArray[np.float64]  # [n] degrees
    lat: NDArray[np.float64]  # [n]
    country: NDArray[np.str_]  # [n] ISO3, "" unknown
    tail: NDArray[np.int64]  # [m]
    head: NDArray[np.int64]  # [m]
    km: NDArray[np.float64]  # [m]

    def only(self, keep: NDArray[np.bool_]) -> Graph:
        """The same points with the edges of the mask `keep` [m]."""
        return replace(self, tail=self.tail[keep], head=self.head[keep], km=self.km[keep])

    def components(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Component label of every point [n], and the track length of every component, km."""
        n = len(self.lon)
        matrix = coo_matrix((np.ones(len(self.tail)), (self.tail, self.head)), shape=(n, n))
        count, label = connected_components(matrix, directed=False)
        return label, np.bincount(label[self.tail], weights=self.km, minlength=count)


@cache
def read_graph(name: str) -> Graph:
    """`world_railways` or `world_highways` of scgraph_data without self-loops; of parallel edges the shortest."""
    tail, head, km, lat, lon = _read_lists(name)
    keep = tail < head
    tail, head, km = tail[keep], head[keep], np.maximum(km[keep], 0.01)
    order = np.lexsort((km, head, tail))
    tail, head, km = tail[order], head[order], km[order]
    first = np.r_[True, (np.diff(tail) != 0) | (np.diff(head) != 0)]
    graph = Graph(lon, lat, fine_country_at(lon, lat), tail[first], head[first], km[first])
    return _without_enclaves(_without_enclaves(graph))


def _read_lists(name: str) -> tuple[NDArray[np.float64], ...]:
    spec = find_spec("scgraph_data")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("scgraph_data is not installed: pip install 'landbridge[atlas]'")
    lines = (Path(spec.submodule_search_locations[0]) / f"{name}.py").read_text(encoding="utf-8").splitlines()
    graph = next(line for line in lines if line.startswith("graph=")).removeprefix("graph=[").removesuffix("]")
    nodes = next(line for line in lines if line.startswith("nodes=")).removeprefix("nodes=")
    degree = np.array([piece.count(":") for piece in graph.split("}, {")])
    numbers = np.array(graph.translate(str.maketrans("{}:,", "    ")).split(), dtype=float)
    head, km = numbers[0::2].astype(np.int64), numbers[1::2]
    tail = np.repeat(np.arange(len(degree)), degree)
    points = np.array(nodes.translate(str.maketrans("[],", "   ")).split(), dtype=float).reshape(-1, 2)
    return tail, head, km, points[:, 0], points[:, 1]


def fine_country_at(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.str_]:
    """ISO3 of each point by the 10m outlines (borders to about a kilometre), UN view; off shore by the 50m ones."""
    answer = np.full(len(lon), "", dtype="<U3")
    for iso3, piece in _fine_outlines():
        west, south, east, north = piece.bounds
        near = np.flatnonzero((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north) & (answer == ""))
        if len(near):
            shapely.prepare(piece)
            answer[near[shapely.contains_xy(piece, lon[near], lat[near])]] = iso3
    for row in outlines.contested().to_dict("records"):
        here = (lon >= row["west"]) & (lon <= row["east"]) & (lat >= row["south"]) & (lat <= row["north"])
        answer[here & (answer == row["de_facto"])] = row["un_view"]
    rest = np.flatnonzero(answer == "")
    if len(rest):
        answer[rest] = outlines.country_at(lon[rest], lat[rest])
    return answer


@cache
def _fine_outlines() -> list[tuple[str, Any]]:
    """(iso3, polygon) of the 10m outlines; rings of fewer than four points (specks) are left out."""
    data = outlines.topology("10m")
    arcs = outlines._absolute(data)
    found = []
    for geometry in data["objects"]["countries"]["geometries"]:
        iso3 = outlines._iso3(geometry)
        for rings in geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]:
            points = [outlines._ring(arcs, r) for r in rings]
            if iso3 and len(points[0]) >= 4:
                whole = outlines._cut(points[0], [p for p in points[1:] if len(p) >= 4])
                found += [(iso3, piece) for piece in getattr(whole, "geoms", [whole]) if piece.area > 0]
    return found


def _without_enclaves(graph: Graph) -> Graph:
    """Short scraps of line that touch one other country at two places or more are given to that country."""
    inside = graph.country[graph.tail] == graph.country[graph.head]
    label, length = graph.only(inside).components()
    crossing = ~inside
    ends = np.r_[graph.tail[crossing], graph.head[crossing]]
    other = graph.country[np.r_[graph.head[crossing], graph.tail[crossing]]]
    touches: dict[int, list[str]] = {}
    for scrap, neighbour in zip(label[ends].tolist(), other.tolist()):
        if length[scrap] < ENCLAVE_KM:
            touches.setdefault(scrap, []).append(neighbour)
    country = graph.country.copy()
    for scrap, neighbours in touches.items():
        if len(neighbours) > 1 and len(set(neighbours)) == 1:
            country[label == scrap] = neighbours[0]
    return replace(graph, country=country)


def great_circle(lon1: float, lat1: float, lon2: NDArray[np.float64], lat2: NDArray[np.float64]) -> NDArray[np.float64]:
    """Kilometres from one point to many."""
    p1, p2 = np.radians(lat1), np.radians(lat2)
    half = np.sin((p2 - p1) / 2) ** 2 + np.cos(p1) * np.cos(p2) * np.sin(np.radians(lon2 - lon1) / 2) ** 2
    out: NDArray[np.float64] = 2 * 6371.0 * np.arcsin(np.sqrt(np.clip(half, 0, 1)))
    return out


def nearest(
    graph: Graph, lon: float, lat: float, within_km: float, allowed: NDArray[np.bool_], cost_km: NDArray[np.float64]
) -> int:
    """The allowed point with the least distance plus `cost_km` [n] inside the radius; -1 where there is none."""
    reach = within_km / 111.0
    wide = reach / max(np.cos(np.radians(lat)), 0.05)
    box = allowed & (np.abs(graph.lat - lat) < reach) & (np.abs(graph.lon - lon) < wide)
    near = np.flatnonzero(box)
    if len(near) == 0:
        return -1
    distance = great_circle(lon, lat, graph.lon[near], graph.lat[near])
    score = np.where(distance <= within_km, distance + cost_km[near], np.inf)
    best = int(np.argmin(score))
    return int(near[best]) if np.isfinite(score[best]) else -1


def polyline(points: Iterable[tuple[float, float]], tolerance: float) -> list[tuple[float, float]]:
    """A line thinned to `tolerance` degrees, three decimals."""
    line = shapely.simplify(shapely.LineString(list(points)), tolerance, preserve_topology=False)
    return [(round(float(x), 3), round(float(y), 3)) for x, y in line.coords]
