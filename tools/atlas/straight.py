"""Straightens the lanes between the main ports: the package's grid makes ocean legs one to three per cent too long.

The shortest way between each pair of main ports is pulled taut: from each of its points a great circle runs to the
farthest later point that it reaches without touching land, a gate or the ice. Each such leg becomes a lane of its own;
all lanes of the package stay.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra

from tools.atlas.cities import great_circle_km
from tools.atlas.ports import land_tiles
from tools.atlas.sea import Lanes, crossing_gates, with_chains

STEP_KM: Final = 40.0  # points along a great circle that are tested
DRAWN_KM: Final = 200.0  # points of the shape that is kept
CLEAR_DEGREES: Final = 0.2  # to keep off the coast, some 12 nautical miles
ICE_NORTH, ICE_SOUTH = 72.0, -52.0  # no new leg beyond: ice, and the roaring forties' southern edge
LEAST_KM: Final = 60.0
GAIN: Final = 0.0015  # a leg must save this share


def straighten(lanes: Lanes, ports: dict[str, int]) -> Lanes:
    """The lanes and the taut legs of all ways between the main ports; `ports` gives the node of each one's place."""
    n = len(lanes.lonlat)
    a, b = lanes.ends.T
    graph = coo_matrix((lanes.km + 1e-9, (a, b)), shape=(n, n)).tocsr()
    nodes = np.array(sorted(set(ports.values())))
    through = {(min(i, j), max(i, j)) for (i, j), p in zip(lanes.ends.tolist(), lanes.passage) if p}
    km, before = dijkstra(graph, directed=False, indices=nodes, return_predecessors=True)
    stretches: set[tuple[int, ...]] = set()
    for row, origin in enumerate(nodes.tolist()):
        for goal in nodes.tolist():
            if goal > origin and np.isfinite(km[row, goal]):
                stretches |= set(_free_stretches(before[row], origin, goal, through))
    legs: set[tuple[int, int]] = set()
    for stretch in sorted(stretches):
        legs |= _taut(stretch, lanes.lonlat)
    chains = [great_circle(lanes.lonlat[i], lanes.lonlat[j], DRAWN_KM) for i, j in sorted(legs)]
    return with_chains(lanes, sorted(legs), chains)


def great_circle(one: NDArray[np.float64], other: NDArray[np.float64], step_km: float) -> list[tuple[float, float]]:
    """Points about every `step_km` along the great circle, longitudes in -180..180."""
    total = float(great_circle_km(one[0], one[1], other[0], other[1]))
    steps = max(int(np.ceil(total / step_km)), 1)
    p, q = _unit(one), _unit(other)
    angle = np.arccos(np.clip(p @ q, -1, 1))
    share = np.linspace(0, 1, steps + 1)[:, None]
    points = (np.sin((1 - share) * angle) * p + np.sin(share * angle) * q) / np.sin(angle)
    lon, lat = np.degrees(np.arctan2(points[:, 1], points[:, 0])), np.degrees(np.arcsin(np.clip(points[:, 2], -1, 1)))
    inner = [(round(float(x), 4), round(float(y), 4)) for x, y in zip(lon[1:-1], lat[1:-1])]
    return [(float(one[0]), float(one[1])), *inner, (float(other[0]), float(other[1]))]


def _unit(point: NDArray[np.float64]) -> NDArray[np.float64]:
    lon, lat = np.radians(point)
    return np.array([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


def _free_stretches(
    before: NDArray[np.int32], origin: int, goal: int, through: set[tuple[int, int]]
) -> list[tuple[int, ...]]:
    """The way from origin to goal, cut at the passages; only stretches of three nodes and more."""
    way = [goal]
    while way[-1] != origin:
        way.append(int(before[way[-1]]))
    stretches, current = [], [way[0]]
    for i, j in pairwise(way):
        if (min(i, j), max(i, j)) in through:
            stretches.append(tuple(current))
            current = []
        current.append(j)
    stretches.append(tuple(current))
    return [s if s[0] < s[-1] else s[::-1] for s in stretches if len(s) > 2]


def _taut(stretch: tuple[int, ...], lonlat: NDArray[np.float64]) -> set[tuple[int, int]]:
    """Pairs of nodes joined by the legs of the pulled way, other than neighbours on it."""
    legs, at = set(), 0
    while at < len(stretch) - 1:
        reach = at + 1
        low, high = at + 2, len(stretch) - 1
        while low <= high:  # visibility along a taut way is nearly monotone: bisect, then try to go on
            middle = (low + high) // 2
            if _clear(stretch[at], stretch[middle], lonlat):
                reach, low = middle, middle + 1
            else:
                high = middle - 1
        if reach > at + 1 and _saves(stretch[at : reach + 1], lonlat):
            legs.add((min(stretch[at], stretch[reach]), max(stretch[at], stretch[reach])))
        at = reach
    return legs


def _saves(way: tuple[int, ...], lonlat: NDArray[np.float64]) -> bool:
    points = lonlat[list(way)]
    old = great_circle_km(points[:-1, 0], points[:-1, 1], points[1:, 0], points[1:, 1]).sum()
    new = great_circle_km(points[0, 0], points[0, 1], points[-1, 0], points[-1, 1])
    return bool(new >= LEAST_KM and new < (1 - GAIN) * old)


_KNOWN: dict[tuple[int, int], bool] = {}


def _clear(i: int, j: int, lonlat: NDArray[np.float64]) -> bool:
    """Whether the great circle between two nodes keeps off land, gates and ice."""
    pair = (min(i, j), max(i, j))
    if pair not in _KNOWN:
        _KNOWN[pair] = _is_clear(lonlat[pair[0]], lonlat[pair[1]])
    return _KNOWN[pair]


def _is_clear(one: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    points = np.array(great_circle(one, other, STEP_KM))
    if points[:, 1].max() > max(ICE_NORTH, one[1], other[1]) or points[:, 1].min() < min(ICE_SOUTH, one[1], other[1]):
        return False
    a, b = points[:-1], points[1:].copy()
    b[:, 0] = a[:, 0] + (b[:, 0] - a[:, 0] + 180.0) % 360.0 - 180.0
    lines = shapely.linestrings(np.stack([a, b], axis=1))
    if len(_shore().query(lines, predicate="intersects")[0]):
        return False
    return not any(crossing_gates(a, b))


@cache
def _shore() -> shapely.STRtree:
    """Land with a margin."""
    return shapely.STRtree(shapely.buffer(land_tiles()[1], CLEAR_DEGREES, quad_segs=2))
