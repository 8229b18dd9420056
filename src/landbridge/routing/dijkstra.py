"""Dijkstra's algorithm on arcs in arrays: the plain method, the oracle of the hierarchy, and trees for alternatives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Star:
    """Arcs grouped by the node they leave (forward) or enter (backward): ptr [n+1]; arc, node [m] (the other end)."""

    ptr: NDArray[np.int64]
    arc: NDArray[np.int64]
    node: NDArray[np.int64]


def star(n_nodes: int, tail: NDArray[np.integer], head: NDArray[np.integer]) -> Star:
    """Forward star of arcs tail -> head [m]; swap tail and head for the backward star."""
    order = np.argsort(tail, kind="stable")
    ptr = np.zeros(n_nodes + 1, dtype=np.int64)
    np.cumsum(np.bincount(tail, minlength=n_nodes), out=ptr[1:])
    return Star(ptr, order.astype(np.int64), head[order].astype(np.int64))


def tree(
    graph: Star, weight: NDArray[np.float64], source: int, ends_only: NDArray[np.bool_] | None = None
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Least costs from (or, on a backward star, to) `source` [n], inf = no way, and the arc that settled each node.

    `weight` [m] >= 0 by arc, inf = barred; no way leads through an `ends_only` node [n]. The arc is -1 at the source
    and where there is no way.
    """
    if ends_only is None:
        ends_only = np.zeros(len(graph.ptr) - 1, dtype=np.bool_)
    return _tree(graph.ptr, graph.arc, graph.node, weight, source, ends_only)  # type: ignore[no-any-return]


@njit(cache=True, nogil=True)
def _tree(ptr, arc, node, weight, source, ends_only):  # type: ignore[no-untyped-def]
    n = len(ptr) - 1
    dist = np.full(n, np.inf)
    via = np.full(n, -1, np.int64)
    heap = np.empty(n, np.int64)  # binary heap of nodes keyed by dist
    place = np.full(n, -1, np.int64)  # position in the heap; -1 not seen; -2 settled
    dist[source] = 0.0
    heap[0] = source
    place[source] = 0
    size = 1
    while size > 0:
        u = heap[0]
        place[u] = -2
        size -= 1
        if size > 0:
            _sift_down(heap, place, dist, heap[size], size)
        if ends_only[u] and u != source:
            continue
        for k in range(ptr[u], ptr[u + 1]):
            v = node[k]
            d = dist[u] + weight[arc[k]]
            if d < dist[v]:
                dist[v] = d
                via[v] = arc[k]
                if place[v] == -1:
                    place[v] = size
                    size += 1
                _sift_up(heap, place, dist, v)
    return dist, via


@njit(cache=True, nogil=True)
def _sift_down(heap, place, dist, x, size):  # type: ignore[no-untyped-def]
    i = 0
    while True:
        child = 2 * i + 1
        if child >= size:
            break
        if child + 1 < size and dist[heap[child + 1]] < dist[heap[child]]:
            child += 1
        if dist[heap[child]] >= dist[x]:
            break
        heap[i] = heap[child]
        place[heap[i]] = i
        i = child
    heap[i] = x
    place[x] = i


@njit(cache=True, nogil=True)
def _sift_up(heap, place, dist, x):  # type: ignore[no-untyped-def]
    i = place[x]
    while i > 0:
        up = (i - 1) // 2
        if dist[heap[up]] <= dist[x]:
            break
        heap[i] = heap[up]
        place[heap[i]] = i
        i = up
    heap[i] = x
    place[x] = i


@njit(cache=True, nogil=True)
def sums_along_tree(via, tail, dist, parts, source):  # type: ignore[no-untyped-def]
    """Sums of `parts` [c, m] along the tree from `source` to every node, [c, n]; inf where dist is inf."""
    c = parts.shape[0]
    n = len(via)
    out = np.full((c, n), np.inf)
    out[:, source] = 0.0
    stack = np.empty(n, np.int64)
    for t in range(n):
        if dist[t] == np.inf or out[0, t] < np.inf:
            continue
        depth = 0
        v = t
        while out[0, v] == np.inf:
            stack[depth] = v
            depth += 1
            v = tail[via[v]]
        while depth > 0:
            depth -= 1
            v = stack[depth]
            a = via[v]
            for k in range(c):
                out[k, v] = out[k, tail[a]] + parts[k, a]
    return out


def path(via: NDArray[np.int64], tail: NDArray[np.integer], target: int) -> NDArray[np.int64]:
    """Arcs from the tree's source to `target`, in order (on a backward tree: give `head`, and reverse the result)."""
    arcs = []
    node = target
    while via[node] >= 0:
        arcs.append(int(via[node]))
        node = int(tail[via[node]])
    return np.array(arcs[::-1], dtype=np.int64)
