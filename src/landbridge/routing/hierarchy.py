"""Customizable contraction hierarchy (Dibbelt, Strasser, Wagner 2016) over directed arcs.

`prepare` looks at the topology alone: closed arcs belong to it, so that opening or re-pricing them never needs a new
order. `Hierarchy.customise(weights)` gives costs to a prepared hierarchy; everything else is asked of its result.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from numpy.typing import NDArray

from landbridge.errors import BadInput
from landbridge.network import Network
from landbridge.routing.order import elimination_of, elimination_order
from landbridge.routing.plan import Plan, plan
from landbridge.routing.stored import stored_rank

if TYPE_CHECKING:
    from landbridge.routing.customise import Customised


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """Topology only. Positions 0..n-1 are places in the elimination order, the last ones the most important.

    An edge joins a position to a higher one; side 0 of edge e runs upward, side 1 downward, and `2 e + side` numbers
    both. Edges are sorted by lower, then by upper end.
    """

    rank: NDArray[np.int32]  # [n] position of each node
    parent: NDArray[np.int32]  # [n] of each position in the elimination tree, -1 at roots
    depth: NDArray[np.int32]  # [n] of each position, 0 at roots
    up_ptr: NDArray[np.int64]  # [n+1] into up_node
    up_node: NDArray[np.int32]  # [e] upper ends
    up_depth: NDArray[np.int32]  # [e] depth of the upper ends
    arc_side: NDArray[np.int32]  # [m] 2 e + side of each arc, -1 for loops
    plan: Plan  # what customisation needs besides
    digest: str  # of the arcs it was prepared for

    @property
    def n_nodes(self) -> int:
        """Number of nodes."""
        return len(self.rank)

    @property
    def n_arcs(self) -> int:
        """Number of arcs."""
        return len(self.arc_side)

    def fits(self, network: Network) -> bool:
        """True if this is a hierarchy of just this network's arcs."""
        return self.digest == digest_of(network.n_nodes, network.tail, network.head)

    def customise(
        self,
        weights: NDArray[np.float64],
        ends_only: NDArray[np.bool_] | None = None,
        threads: int | None = None,
    ) -> Customised:
        """Costs for this topology; weights [m] >= 0 in any one unit, inf = barred. BadInput on NaN or negatives.

        No way leads through a node of `ends_only` [n]; it may start or end there. `threads` None = one per processor.
        """
        from landbridge.routing.customise import customise

        return customise(self, weights, ends_only, threads)


_LAST: list[Hierarchy] = []  # the hierarchy of the topology asked last: re-weighting never prepares twice


def prepare(network: Network) -> Hierarchy:
    """Hierarchy of a network's topology; weights, closures and classes play no part.

    The atlas brings its order along; one is made only for other topologies. The topology asked last is kept.
    """
    digest = digest_of(network.n_nodes, network.tail, network.head)
    if not _LAST or _LAST[0].digest != digest:
        _LAST[:] = [_prepare(network.n_nodes, network.tail, network.head, digest, stored_rank(digest))]
    return _LAST[0]


def prepare_arcs(n_nodes: int, tail: NDArray[np.integer], head: NDArray[np.integer]) -> Hierarchy:
    """Hierarchy of bare arcs tail [m] -> head [m] over nodes 0..n_nodes-1; loops and parallel arcs are allowed."""
    ends = np.concatenate([tail, head])
    if len(tail) != len(head) or (len(ends) and (ends.min() < 0 or ends.max() >= n_nodes)):
        raise BadInput("arcs whose ends are no nodes", "tail, head", f"two arrays of one length, 0 to {n_nodes - 1}")
    return _prepare(n_nodes, tail, head, digest_of(n_nodes, tail, head), None)


def _prepare(
    n_nodes: int,
    tail: NDArray[np.integer],
    head: NDArray[np.integer],
    digest: str,
    known_rank: NDArray[np.int32] | None,
) -> Hierarchy:
    tail32, head32 = tail.astype(np.int32), head.astype(np.int32)
    if known_rank is None:
        rank, parent, ptr, neighbour = elimination_order(n_nodes, tail32, head32)
    else:
        rank, parent, ptr, neighbour = elimination_of(known_rank, tail32, head32)
    up_ptr, up_node = _fill(ptr, neighbour, rank, parent)
    up_node = up_node[: up_ptr[-1]].copy()
    depth = _depths(parent)
    arc_side = _arc_sides(up_ptr, up_node, rank, tail32, head32)
    return Hierarchy(
        rank, parent, depth, up_ptr, up_node, depth[up_node], arc_side, plan(parent, up_ptr, up_node), digest
    )


def digest_of(n_nodes: int, tail: NDArray[np.integer], head: NDArray[np.integer]) -> str:
    """Fingerprint of a topology: the number of nodes and the ends of all arcs, in order."""
    code = hashlib.blake2b(str(n_nodes).encode(), digest_size=16)
    for ends in (tail, head):
        code.update(np.ascontiguousarray(ends, dtype=np.int32).tobytes())
    return code.hexdigest()


@njit(cache=True)
def _fill(ptr, neighbour, rank, parent):  # type: ignore[no-untyped-def]
    """Upper ends of each position's edges, sorted: its own neighbours and what its children hand up."""
    n = len(rank)
    node = np.empty(n, np.int32)
    for u in range(n):
        node[rank[u]] = u
    child = np.full(n, -1, np.int32)
    sibling = np.full(n, -1, np.int32)
    seen = np.full(n, -1, np.int32)
    up_ptr = np.zeros(n + 1, np.int64)
    up = np.empty(len(neighbour) + 16, np.int32)
    t = 0
    for v in range(n):
        first = t
        u = node[v]
        need = ptr[u + 1] - ptr[u]
        c = child[v]
        while c >= 0:
            need += up_ptr[c + 1] - up_ptr[c]
            c = sibling[c]
        if t + need > len(up):
            larger = np.empty(2 * (t + need), np.int32)
            for k in range(t):
                larger[k] = up[k]
            up = larger
        for e in range(ptr[u], ptr[u + 1]):
            x = rank[neighbour[e]]
            if x > v and seen[x] != v:
                seen[x] = v
                up[t] = x
                t += 1
        c = child[v]
        while c >= 0:
            for e in range(up_ptr[c], up_ptr[c + 1]):
                x = up[e]
                if x > v and seen[x] != v:
                    seen[x] = v
                    up[t] = x
                    t += 1
            c = sibling[c]
        _shell_sort(up, first, t)
        up_ptr[v + 1] = t
        p = parent[v]
        if p >= 0:
            sibling[v] = child[p]
            child[p] = v
    return up_ptr, up


@njit(cache=True)
def _shell_sort(x, first, last):  # type: ignore[no-untyped-def]
    gap = 1
    while gap < (last - first) // 3:
        gap = 3 * gap + 1
    while gap > 0:
        for i in range(first + gap, last):
            value = x[i]
            j = i
            while j - gap >= first and x[j - gap] > value:
                x[j] = x[j - gap]
                j -= gap
            x[j] = value
        gap //= 3


@njit(cache=True)
def _depths(parent):  # type: ignore[no-untyped-def]
    depth = np.zeros(len(parent), np.int32)
    for v in range(len(parent) - 1, -1, -1):
        if parent[v] >= 0:
            depth[v] = depth[parent[v]] + 1
    return depth


@njit(cache=True)
def _arc_sides(up_ptr, up_node, rank, tail, head):  # type: ignore[no-untyped-def]
    out = np.full(len(tail), -1, np.int32)
    for a in range(len(tail)):
        low, high, side = rank[tail[a]], rank[head[a]], 0
        if low == high:
            continue
        if low > high:
            low, high, side = high, low, 1
        left, right = up_ptr[low], up_ptr[low + 1]
        while right - left > 1:
            middle = (left + right) // 2
            if up_node[middle] <= high:
                left = middle
            else:
                right = middle
        out[a] = 2 * left + side
    return out
