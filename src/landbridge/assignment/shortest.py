"""Least-cost trees on a small directed network: binary-heap Dijkstra on forward-star arrays.

Kept here beside its users because it blocks centroids (first-through-node) and runs inside other kernels; queries on
the world network go through `routing`.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def forward_star(tail: NDArray[np.integer], n_nodes: int) -> tuple[Ints, Ints]:
    """Arcs grouped by tail: (star_ptr [n+1], star_arc [m]), arcs of node u are star_arc[star_ptr[u]:star_ptr[u+1]]."""
    star_arc = np.argsort(tail, kind="stable").astype(np.int64)
    star_ptr = np.zeros(n_nodes + 1, np.int64)
    np.add.at(star_ptr, np.asarray(tail, np.int64) + 1, 1)
    return np.cumsum(star_ptr), star_arc


@njit(cache=True, nogil=True)
def tree(
    source: int,
    star_ptr: Ints,
    star_arc: Ints,
    head: Ints,
    cost: Floats,
    first_through: int,
    dist: Floats,
    pred: Ints,
    heap_key: Floats,
    heap_node: Ints,
    order: NDArray[np.int32],
) -> None:
    """Fill dist [n] (inf = no way) and pred [n] (arc into the node, -1 none) from `source`; cost [m] >= 0, inf = shut.

    Nodes below `first_through` are centroids: paths start and end there, never pass. The heap arrays need m + 1 places.
    `order` [n] gets the nodes from near to far, those without a way behind.
    """
    settled = 0
    for i in range(len(dist)):
        dist[i] = np.inf
        pred[i] = -1
    dist[source] = 0.0
    heap_key[0] = 0.0
    heap_node[0] = source
    size = 1
    while size > 0:
        d, u = heap_key[0], heap_node[0]
        size -= 1
        if size > 0:
            key, node = heap_key[size], heap_node[size]
            i = 0
            while True:
                child = 2 * i + 1
                if child >= size:
                    break
                if child + 1 < size and heap_key[child + 1] < heap_key[child]:
                    child += 1
                if heap_key[child] >= key:
                    break
                heap_key[i] = heap_key[child]
                heap_node[i] = heap_node[child]
                i = child
            heap_key[i] = key
            heap_node[i] = node
        if d > dist[u]:
            continue
        order[settled] = u
        settled += 1
        if u < first_through and u != source:
            continue
        for j in range(star_ptr[u], star_ptr[u + 1]):
            e = star_arc[j]
            v = head[e]
            new = d + cost[e]
            if new < dist[v]:
                dist[v] = new
                pred[v] = e
                i = size
                size += 1
                while i > 0:
                    parent = (i - 1) // 2
                    if heap_key[parent] <= new:
                        break
                    heap_key[i] = heap_key[parent]
                    heap_node[i] = heap_node[parent]
                    i = parent
                heap_key[i] = new
                heap_node[i] = v
    for u in range(len(dist)):
        if dist[u] == np.inf:
            order[settled] = u
            settled += 1


@njit(cache=True, nogil=True)
def again(  # type: ignore[no-untyped-def]
    source, star_ptr, star_arc, head, cost, first_through, dist, pred, order, state, queue
):  # fmt: skip
    """The same tree where costs moved little since `order` was found: nodes in that order, then what it got wrong.

    Returns how many nodes were looked at twice; -1 where it gave up, and dist and pred mean nothing. state, queue [n].
    """
    n = len(dist)
    dist[:] = np.inf
    pred[:] = -1
    state[:] = 0  # 0 to come, 1 seen, 2 waits in the queue
    dist[source] = 0.0
    first, last, seen = 0, 0, 0
    while seen < n or first < last:
        if seen < n:
            u = order[seen]
        else:
            u = queue[first % n]
            first += 1
            if first > n:
                return -1
        seen += 1
        state[u] = 1
        d = dist[u]
        if d == np.inf or (u < first_through and u != source):
            continue
        for j in range(star_ptr[u], star_ptr[u + 1]):
            e = star_arc[j]
            v = head[e]
            new = d + cost[e]
            if new < dist[v]:
                dist[v] = new
                pred[v] = e
                if state[v] == 1:
                    state[v] = 2
                    queue[last % n] = v
                    last += 1
    return first


@njit(cache=True, nogil=True)
def least_paths(
    n_nodes: int,
    star_ptr: Ints,
    star_arc: Ints,
    tail: Ints,
    head: Ints,
    cost: Floats,
    origin: Ints,
    destination: Ints,
    order: Ints,
) -> tuple[Floats, Ints, NDArray[np.int32]]:
    """Least-cost path of each pair: (cost [q], ptr [q+1], arcs in travel order), rows in the sequence of `order`.

    `order` sorts the pairs by origin, so that each tree is grown once. No way: cost inf and no arcs.
    """
    m, n = len(tail), len(order)
    dist, pred = np.empty(n_nodes), np.empty(n_nodes, np.int64)
    heap_key, heap_node, near = np.empty(m + 1), np.empty(m + 1, np.int64), np.empty(n_nodes, np.int32)
    least, ptr = np.empty(n), np.zeros(n + 1, np.int64)
    arcs = np.empty(32 * n + 64, np.int32)
    used, last = 0, -1
    for i in range(n):
        q = order[i]
        if origin[q] != last:
            last = origin[q]
            tree(last, star_ptr, star_arc, head, cost, 0, dist, pred, heap_key, heap_node, near)
        node = destination[q]
        least[i] = dist[node]
        begin = used
        while dist[destination[q]] < np.inf and node != last:
            if used >= len(arcs):
                wider = np.empty(2 * len(arcs), np.int32)
                wider[:used] = arcs
                arcs = wider
            arcs[used] = pred[node]
            used += 1
            node = tail[pred[node]]
        arcs[begin:used] = arcs[begin:used][::-1].copy()
        ptr[i + 1] = used
    return least, ptr, arcs[:used].copy()
