"""All least-cost ways from many origins to many destinations, kept so that any path can be read off at once.

Every origin gets a label: its ancestors in the elimination tree with the least cost of reaching them upward; every
destination likewise, downward. A pair's best way turns at one common ancestor, its hub (hub labels: Abraham, Delling,
Goldberg, Werneck 2011). Labels remember the edge they came by, so paths, sums along paths and the loads of an
origin-destination matrix follow without another search.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from landbridge.errors import BadInput
from landbridge.routing import labels as kernels

if TYPE_CHECKING:
    from landbridge.routing.customise import Customised


@dataclass(frozen=True, slots=True)
class Labels:
    """Labels of k nodes, one after another; entry 0 of a label is the node itself, entry i its i-th ancestor."""

    ptr: NDArray[np.int64]  # [k+1]
    node: NDArray[np.int32]  # [k] positions in the hierarchy
    cost: NDArray[np.float64]  # [entries] inf = not reached
    via: NDArray[np.int32]  # [entries] edge side that leads there, -1 at entry 0
    back: NDArray[np.int32]  # [entries] entry of the same label that it leads from


@dataclass(frozen=True, slots=True)
class Loading:
    """Flows on arcs [m], and the part of the matrix [o, d] for which there is no way, in the unit of the matrix."""

    arc_flow: NDArray[np.float64]
    unserved: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ways:
    """Least costs [o, d] (inf = no way, 0 = the same node or a way that costs nothing) and the ways themselves."""

    cost: NDArray[np.float64]
    hub_depth: NDArray[np.int32]  # [o, d] depth of the hub in the elimination tree, -1 = no way
    origins: Labels
    destinations: Labels
    customised: Customised

    def sums(self, parts: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sums along the chosen ways of quantities given by arc: parts [c, m] -> [c, o, d], inf = no way."""
        c = self.customised
        parts = np.ascontiguousarray(np.atleast_2d(parts), dtype=np.float64)
        if parts.ndim != 2 or parts.shape[1] != c.hierarchy.n_arcs:
            raise BadInput(f"parts of shape {parts.shape}", "sums", f"(quantities, {c.hierarchy.n_arcs})")
        a, b = self.origins, self.destinations
        used = np.zeros(len(a.cost), np.bool_), np.zeros(len(b.cost), np.bool_)
        number = np.zeros(len(c.first), np.int32)
        kernels.used_entries(self.hub_depth, a.ptr, b.ptr, *used)
        for x, mine in zip((a, b), used):
            kernels.used_sides(x.ptr, x.via, x.back, mine, number)
        sides = np.empty((kernels.number_sides(number, c.first, c.second), len(parts)))
        kernels.side_sums(number, c.first, c.second, parts, sides)
        ahead, after = (kernels.label_sums(x.ptr, x.via, x.back, mine, number, sides) for x, mine in zip((a, b), used))
        out = np.empty((len(parts), *self.cost.shape))

        def work(first: int, last: int) -> None:
            kernels.pair_sums(self.hub_depth, a.ptr, b.ptr, ahead, after, out, first, last)

        _spread(work, len(a.node), 64, os.cpu_count() or 1)
        return out

    def path(self, i: int, j: int) -> NDArray[np.int64]:
        """Arcs in order of the way from origin i to destination j (places in the lists asked for); empty if none."""
        if self.hub_depth[i, j] < 0:
            return np.empty(0, dtype=np.int64)
        up = _sides(self.origins, i, int(self.hub_depth[i, j]))[::-1]
        down = _sides(self.destinations, j, int(self.hub_depth[i, j]))
        c = self.customised
        sides, arcs = np.array(up + down, dtype=np.int32), np.empty(256, dtype=np.int64)
        count = kernels.unpack(sides, c.first, c.second, arcs)
        if count > len(arcs):
            arcs = np.empty(count, dtype=np.int64)
            kernels.unpack(sides, c.first, c.second, arcs)
        return arcs[:count]

    def load(self, matrix: NDArray[np.float64]) -> Loading:
        """Flows on arcs when matrix [o, d] (>= 0, in any unit) goes by these ways, without unpacking path by path."""
        matrix = np.ascontiguousarray(matrix, dtype=np.float64)
        if matrix.shape != self.cost.shape or not ((matrix >= 0) & (matrix < np.inf)).all():
            raise BadInput(
                "a matrix of another shape, or with negative, infinite or unknown cells", "load", f"{self.cost.shape}"
            )
        c = self.customised
        ahead, after = np.zeros(len(self.origins.cost)), np.zeros(len(self.destinations.cost))
        kernels.spread(self.hub_depth, self.origins.ptr, self.destinations.ptr, matrix, ahead, after)
        edge = np.zeros(len(c.cost))
        kernels.push(self.origins.ptr, self.origins.via, self.origins.back, ahead, edge)
        kernels.push(self.destinations.ptr, self.destinations.via, self.destinations.back, after, edge)
        flow = kernels.edges_to_arcs(c.first, c.second, edge, c.hierarchy.n_arcs)
        return Loading(flow, np.where(np.isfinite(self.cost), 0.0, matrix))


def _sides(labels: Labels, i: int, hub_depth: int) -> list[int]:
    """Edge sides from the hub back to the own node of label i."""
    start = labels.ptr[i]
    entry = int(labels.ptr[i + 1] - start) - 1 - hub_depth
    sides = []
    while entry > 0:
        sides.append(int(labels.via[start + entry]))
        entry = int(labels.back[start + entry])
    return sides


def find_ways(
    customised: Customised, origins: NDArray[np.int64], destinations: NDArray[np.int64], threads: int | None
) -> Ways:
    """See Customised.ways."""
    n = customised.hierarchy.n_nodes
    for what, nodes in (("origins", origins), ("destinations", destinations)):
        if nodes.ndim != 1 or (len(nodes) and (nodes.min() < 0 or nodes.max() >= n)):
            raise BadInput("nodes that do not exist", what, f"a list of node indices from 0 to {n - 1}")
    workers = max(1, threads or os.cpu_count() or 1)
    ahead = _labels(customised, origins, 0, workers)
    after = _labels(customised, destinations, 1, workers)
    cost, hub = _meet(customised, ahead, after, workers)
    return Ways(cost, hub, ahead, after, customised)


def _spread(work: Callable[[int, int], None], count: int, step: int, workers: int) -> None:
    """Run work(first, last) over 0..count in pieces of whole steps, one piece for each worker."""
    if count <= step or workers == 1:
        work(0, count)
        return
    blocks = -(-count // step)
    cuts = [min(count, step * round(blocks * k / workers)) for k in range(workers + 1)]
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(work, cuts[:-1], cuts[1:]))


def _labels(c: Customised, nodes: NDArray[np.int64], side: int, workers: int) -> Labels:
    h = c.hierarchy
    at = h.rank[nodes]
    ptr = np.zeros(len(at) + 1, dtype=np.int64)
    np.cumsum(h.depth[at] + 1, out=ptr[1:])
    cost, via, back = np.empty(ptr[-1]), np.empty(ptr[-1], dtype=np.int32), np.empty(ptr[-1], dtype=np.int32)

    order = np.argsort(at, kind="stable")  # neighbours in the tree share ancestors, and these stay in the cache

    def work(first: int, last: int) -> None:
        kernels.climb(
            h.parent,
            h.depth,
            h.up_ptr,
            h.up_depth,
            c.cost,
            c.ends_only,
            side,
            at,
            order,
            ptr,
            cost,
            via,
            back,
            first,
            last,
        )

    _spread(work, len(at), 64, workers)
    return Labels(ptr, at, cost, via, back)


def _meet(c: Customised, ahead: Labels, after: Labels, workers: int) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    h = c.hierarchy
    shape = (len(ahead.node), len(after.node))
    cost, hub = np.empty(shape), np.empty(shape, dtype=np.int32)
    order = np.argsort(after.node, kind="stable")

    def work(first: int, last: int) -> None:
        kernels.meet(
            h.parent,
            h.depth,
            c.ends_only,
            ahead.node,
            ahead.ptr,
            ahead.cost,
            after.node,
            after.ptr,
            after.cost,
            order,
            cost,
            hub,
            first,
            last,
        )

    _spread(work, shape[1], kernels.LANES, workers)
    return cost, hub
