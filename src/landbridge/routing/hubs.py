"""All least-cost ways from many origins to many destinations, kept so that any path can be read off at once.

Every origin gets a label: its ancestors in the elimination tree with the edge by which the cheapest climb reaches
them; every destination likewise, downward. A pair's best way turns at one common ancestor, its hub (hub labels:
Abraham, Delling, Goldberg, Werneck 2011), which a sweep down from the top finds for 128 origins at a time (restricted
sweeps: Delling, Goldberg, Werneck 2011). Paths, sums along paths and the loads of an origin-destination matrix follow
from labels and hubs without another search.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from landbridge.errors import BadInput
from landbridge.routing import labels as kernels
from landbridge.routing import sweeps
from landbridge.routing.plan import GROUPS
from landbridge.routing.sweeps import LANES
from landbridge.routing.threads import spread

if TYPE_CHECKING:
    from landbridge.routing.customise import Customised


@dataclass(frozen=True, slots=True)
class Labels:
    """Labels of k places in blocks of LANES; a block's rows are all ancestors of its places, in ascending order."""

    order: NDArray[np.int64]  # [k] the places by their position: lane l of block b is order[LANES b + l]
    node: NDArray[np.int32]  # [k] their positions, ascending
    union: NDArray[np.int32]  # all ancestors of all places, ascending
    start: NDArray[np.int64]  # [k+1] first entry of each label: an ancestor's entry follows by its depth
    ptr: NDArray[np.int64]  # [blocks+1] first row of each block
    rows: NDArray[np.int32]  # [rows] position of each row
    via: NDArray[np.int32]  # [rows, LANES] last edge of the climb, -1 at the place itself and where there is no way

    @property
    def blocks(self) -> int:
        """Number of blocks."""
        return len(self.ptr) - 1


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
    threads: int

    def sums(self, parts: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sums along the chosen ways of quantities given by arc: parts [c, m] -> [c, o, d], inf = no way."""
        h = self.customised.hierarchy
        parts = np.atleast_2d(parts)
        if parts.ndim != 2 or parts.shape[1] != h.n_arcs:
            raise BadInput(f"parts of shape {parts.shape}", "sums", f"(quantities, {h.n_arcs})")
        out = np.empty((len(parts), *self.cost.shape))
        for k in range(0, len(parts), 2):
            last = min(k + 1, len(parts) - 1)  # an odd one goes twice
            self._two_sums(np.stack([parts[k], parts[last]], axis=1).astype(np.float64), out[k], out[last])
        return out

    def _two_sums(
        self, parts: NDArray[np.float64], first_sum: NDArray[np.float64], second_sum: NDArray[np.float64]
    ) -> None:
        """Sums of parts [m, 2], written to two arrays [o, d]."""
        c, h = self.customised, self.customised.hierarchy
        sides = np.empty((len(c.via), 2))

        def add_up(first: int, last: int) -> None:
            for g in range(first, last):
                kernels.side_sums(g, h.plan.group, c.via, h.up_ptr, parts, sides)

        spread(add_up, GROUPS, self.threads)
        add_up(GROUPS, GROUPS + 1)
        a, b = self.origins, self.destinations
        ahead, after = (self._climbed(x, side, sides) for side, x in enumerate((a, b)))

        def work(first: int, last: int) -> None:
            kernels.pair_sums(
                self.hub_depth, a.order, a.start, ahead, b.order, b.start, after, first_sum, second_sum, first, last
            )

        spread(work, len(a.order), self.threads)

    def _climbed(self, x: Labels, side: int, sides: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sums along the climbs of labels, [entries, 2]."""
        out = np.empty((x.start[-1], 2))
        h = self.customised.hierarchy

        def work(first: int, last: int) -> None:
            kernels.label_sums(
                side, h.parent, h.depth, h.plan.low, x.node, x.start, x.ptr, x.rows, x.via, sides, out, first, last
            )

        spread(work, x.blocks, self.threads)
        return out

    def path(self, i: int, j: int) -> NDArray[np.int64]:
        """Arcs in order of the way from origin i to destination j (places in the lists asked for); empty if none."""
        if self.hub_depth[i, j] < 0:
            return np.empty(0, dtype=np.int64)
        up, down = (
            self._climb(x, k, int(self.hub_depth[i, j])) for x, k in ((self.origins, i), (self.destinations, j))
        )
        sides = np.array([2 * e for e in reversed(up)] + [2 * e + 1 for e in down], dtype=np.int64)
        via, arcs = self.customised.via, np.empty(256, dtype=np.int64)
        count = kernels.unpack(sides, via, arcs)
        if count > len(arcs):
            arcs = np.empty(count, dtype=np.int64)
            kernels.unpack(sides, via, arcs)
        return arcs[:count]

    def _climb(self, x: Labels, i: int, hub_depth: int) -> list[int]:
        """Edges from the hub back to place i."""
        h = self.customised.hierarchy
        place = int(np.flatnonzero(x.order == i)[0])
        block, lane = divmod(place, LANES)
        first, last = x.ptr[block], x.ptr[block + 1]
        turn = int(x.node[place])
        while h.depth[turn] > hub_depth:
            turn = int(h.parent[turn])
        edges: list[int] = []
        while True:
            edge = int(x.via[first + np.searchsorted(x.rows[first:last], turn), lane])
            if edge < 0:
                return edges
            edges.append(edge)
            turn = int(h.plan.low[edge])

    def marks(
        self, mark: NDArray[np.int32], origin: NDArray[np.int64], destination: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Marks (>= 0) of arcs [m] met on the ways origin [p] -> destination [p] (places in the lists asked for):
        (ptr [p+1], marks), in no order."""
        a, b, h = self.origins, self.destinations, self.customised.hierarchy
        place = [np.argsort(x.order, kind="stable") for x in (a, b)]
        return kernels.marks(  # type: ignore[no-any-return]
            self.hub_depth, origin, destination, mark, self.customised.via, h.parent, h.depth, h.plan.low,
            a.node, place[0], a.ptr, a.rows, a.via, b.node, place[1], b.ptr, b.rows, b.via, LANES,
        )  # fmt: skip

    def load(self, matrix: NDArray[np.float64]) -> Loading:
        """Flows on arcs when matrix [o, d] (>= 0, in any unit) goes by these ways, without unpacking path by path."""
        arc_flow = self.loads(np.asarray(matrix)[None])[0]
        return Loading(arc_flow, np.where(np.isfinite(self.cost), 0.0, matrix))

    def loads(self, matrices: NDArray[np.float64]) -> NDArray[np.float64]:
        """Flows on arcs [c, m] of several matrices [c, o, d] at once, as `load` gives them one by one."""
        matrices = np.ascontiguousarray(matrices, dtype=np.float64)
        if matrices.shape[1:] != self.cost.shape or not ((matrices >= 0) & (matrices < np.inf)).all():
            raise BadInput(
                "a matrix of another shape, or with negative, infinite or unknown cells", "load", f"{self.cost.shape}"
            )
        c, h = self.customised, self.customised.hierarchy
        a, b = self.origins, self.destinations
        ahead, after = (np.zeros((x.start[-1], len(matrices))) for x in (a, b))
        kernels.spread_flow(self.hub_depth, matrices, a.order, a.start, ahead, b.order, b.start, after)
        edge = np.zeros((len(c.cost), len(matrices)))
        for side, (x, flow) in enumerate(((a, ahead), (b, after))):
            kernels.push_flow(side, h.parent, h.depth, h.plan.low, x.node, x.start, x.ptr, x.rows, x.via, flow, edge)
        return np.asarray(kernels.edges_to_arcs(c.via, edge, h.n_arcs))


def find_ways(
    customised: Customised, origins: NDArray[np.int64], destinations: NDArray[np.int64], threads: int
) -> Ways:
    """See Customised.ways."""
    h = customised.hierarchy
    for what, nodes in (("origins", origins), ("destinations", destinations)):
        if nodes.ndim != 1 or (len(nodes) and (nodes.min() < 0 or nodes.max() >= h.n_nodes)):
            raise BadInput("nodes that do not exist", what, f"a list of node indices from 0 to {h.n_nodes - 1}")
    ahead, climbed = _labels(customised, origins, 0, threads)
    after, _ = _labels(customised, destinations, 1, threads)
    shape = (len(origins), len(destinations))
    cost, hub_depth = np.empty(shape), np.empty(shape, dtype=np.int32)
    height = int(h.depth.max(initial=0)) + 1

    def work(first: int, last: int) -> None:
        sweeps.descend(
            h.depth, h.up_ptr, h.up_depth, customised.cost, customised.ends_only, height,
            ahead.node, ahead.order, ahead.ptr, ahead.rows, climbed,
            after.node, after.order, after.union, cost, hub_depth, first, last,
        )  # fmt: skip

    spread(work, ahead.blocks, threads)
    return Ways(cost, hub_depth, ahead, after, customised, threads)


def _labels(c: Customised, nodes: NDArray[np.int64], side: int, threads: int) -> tuple[Labels, NDArray[np.float64]]:
    """Labels of nodes, and the costs of their climbs [rows, LANES]."""
    h = c.hierarchy
    at = h.rank[nodes]
    order = np.argsort(at, kind="stable")
    node = at[order]
    union, ptr, rows = sweeps.block_rows(h.parent, node)
    cost, via = np.empty((len(rows), LANES)), np.empty((len(rows), LANES), dtype=np.int32)

    def work(first: int, last: int) -> None:
        sweeps.climb(h.up_ptr, h.up_node, c.cost, c.ends_only, side, node, ptr, rows, cost, via, first, last)

    spread(work, len(ptr) - 1, threads)
    start = np.append(0, np.cumsum(h.depth[node] + 1, dtype=np.int64))
    return Labels(order, node, union, start, ptr, rows, via), cost
