"""Named road posts placed in the geometry: an edge between the nearest points of either side.

Other edges over the same border near a named post go, so that every way passes the post by its name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tools.atlas.crossings import Crossing, crossings
from tools.atlas.rail_graph import Graph, great_circle, nearest

REACH_KM: Final = 100.0  # a side of a post lies no further from it (the geometry has points far apart in empty country)
REPLACED_KM: Final = 45.0  # edges over the border this near to the post are replaced by it
DETOUR: Final = 1.2  # of the road between the sides over the straight line
WORTH_KM: Final = 100.0  # a component shorter than this is a scrap of road
SCRAP_KM: Final = 25.0  # added to the distance of a scrap


@dataclass(frozen=True)
class Gates:
    """The geometry with the posts in it."""

    graph: Graph
    foreign: NDArray[np.bool_]  # [m] edges over a border
    post_of: dict[tuple[int, int], Crossing]  # by the edge's points, the smaller first
    stations: dict[int, str]  # names of the posts' points


def gated(graph: Graph) -> Gates:
    """Place every named road post that has roads near it on both sides."""
    foreign = graph.country[graph.tail] != graph.country[graph.head]
    inner = graph.only(~foreign)
    label, length = inner.components()
    cost = np.where(length[label] >= WORTH_KM, 0.0, SCRAP_KM)
    used = np.zeros(len(graph.lon), dtype=bool)
    used[graph.tail] = used[graph.head] = True
    lon = (graph.lon[graph.tail] + graph.lon[graph.head]) / 2
    lat = (graph.lat[graph.tail] + graph.lat[graph.head]) / 2
    one, other = graph.country[graph.tail], graph.country[graph.head]
    gone = np.zeros(len(graph.tail), dtype=bool)
    post_of: dict[tuple[int, int], Crossing] = {}
    stations: dict[int, str] = {}
    for post in crossings("road"):
        sides = [
            nearest(graph, post.lon, post.lat, REACH_KM, used & (graph.country == c), cost) for c in post.countries
        ]
        edge = (min(sides), max(sides))
        if edge[0] < 0 or edge in post_of:
            continue
        post_of[edge] = post
        stations.update(zip(sides, post.stations))
        a, b = post.countries
        pair = foreign & (((one == a) & (other == b)) | ((one == b) & (other == a)))
        gone |= pair & (great_circle(post.lon, post.lat, lon, lat) <= REPLACED_KM)
        gone |= pair & (graph.tail == edge[0]) & (graph.head == edge[1])
    tail, head = (np.array([e[k] for e in post_of], dtype=np.int64) for k in (0, 1))
    km = [
        DETOUR * float(great_circle(graph.lon[a], graph.lat[a], graph.lon[b], graph.lat[b])) + 0.1 for a, b in post_of
    ]
    left = graph.only(~gone)
    joined = Graph(
        graph.lon, graph.lat, graph.country, np.r_[left.tail, tail], np.r_[left.head, head], np.r_[left.km, km]
    )
    return Gates(joined, np.r_[foreign[~gone], np.ones(len(tail), dtype=bool)], post_of, stations)
