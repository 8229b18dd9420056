"""The ways of neighbours in OpenStreetMap's railways as drawn: a second opinion on tables/neighbours_apart.csv.

`drawn_km` asks the geometry before any repair, border, gauge or thinning of ours, with every gap of GAP_KM and less
joined: where even that has no way under the limit of the audit, no direct line is drawn between the two cities. Where
it has one, the pair needs a document or a repair.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from landbridge.network import Network
from tools.atlas.audit import LIMIT_KM, SLACK_KM, STRETCH, Pair
from tools.atlas.rail_graph import Graph, read_graph

GAP_KM: Final = 5.0  # a dead end this near to another line, or to another dead end, counts as joined to it
STATION_KM: Final = 12.0  # a line this near to the middle of a city serves it
JOINS: Final = 3  # a dead end is joined to so many of the nearest
DRAWN_SHORT: Final = 1.03  # drawn lines run 2-5 % short of timetables (METHODS 1)
EARTH_KM: Final = 6371.0


def drawn_km(net: Network, pairs: list[Pair]) -> dict[tuple[str, str], float]:
    """Kilometres of the shortest drawn way of each pair, the straight way to the line included; inf where none is."""
    graph = read_graph("world_railways")
    points = np.unique(np.r_[graph.tail, graph.head])
    tree = cKDTree(_sphere(graph.lon[points], graph.lat[points]))
    tail, head, km = _joined(graph, points, tree)
    place = {str(name).removesuffix("@city"): k for k, name in enumerate(net.node_id) if str(name).endswith("@city")}
    cities = sorted({c for p in pairs for c in (p.a, p.b)})
    number, n = {c: len(graph.lon) + k for k, c in enumerate(cities)}, len(graph.lon) + len(cities)
    where = [place[c] for c in cities]
    spots = _sphere(net.lon[where], net.lat[where])
    for k, near in enumerate(tree.query_ball_point(spots, STATION_KM)):
        stubs = np.linalg.norm(tree.data[near] - spots[k], axis=1)
        tail, head = np.r_[tail, points[near]], np.r_[head, np.full(len(near), len(graph.lon) + k)]
        km = np.r_[km, stubs]
    order = np.lexsort((km, head, tail))
    tail, head, km = tail[order], head[order], km[order]
    first = np.r_[True, (np.diff(tail) != 0) | (np.diff(head) != 0)]
    matrix = csr_matrix((km[first] + 1e-6, (tail[first], head[first])), shape=(n, n))
    found = {}
    for a in sorted({p.a for p in pairs}):
        reach = dijkstra(matrix, directed=False, indices=number[a], limit=LIMIT_KM)
        found.update({(a, p.b): float(reach[number[p.b]]) for p in pairs if p.a == a})
    return found


def short_enough(pair: Pair, km: float) -> bool:
    """Whether a drawn way of so many kilometres would not be far for the pair."""
    return km * DRAWN_SHORT <= STRETCH * pair.straight_km + SLACK_KM


def _joined(
    graph: Graph, points: NDArray[np.int64], tree: cKDTree
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """The edges of the geometry and a joint from every dead end to the nearest points of other lines."""
    label, _ = graph.components()
    degree = np.bincount(np.r_[graph.tail, graph.head], minlength=len(graph.lon))
    ends = np.flatnonzero(degree == 1)
    spots = _sphere(graph.lon[ends], graph.lat[ends])
    tails, heads, lengths = [], [], []
    for k, near in enumerate(tree.query_ball_point(spots, GAP_KM)):
        others = points[near]
        gap = np.linalg.norm(tree.data[near] - spots[k], axis=1)
        free = (others != ends[k]) & ((label[others] != label[ends[k]]) | (degree[others] == 1))
        best = np.argsort(np.where(free, gap, np.inf), kind="stable")[: min(JOINS, int(free.sum()))]
        tails += [int(ends[k])] * len(best)
        heads += others[best].tolist()
        lengths += gap[best].tolist()
    tail, head = np.r_[graph.tail, tails].astype(np.int64), np.r_[graph.head, heads].astype(np.int64)
    return tail, head, np.r_[graph.km, lengths]


def _sphere(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points on the sphere [n, 3] in kilometres, so that nearby straight distances are great circles."""
    x, y = np.radians(lon), np.radians(lat)
    return np.stack([np.cos(y) * np.cos(x), np.cos(y) * np.sin(x), np.sin(y)], axis=1) * EARTH_KM
