"""The order in which a hierarchy eliminates nodes: those of low degree in rounds, then the core by minimum degree.

A round takes no two neighbours, so that chains are halved again and again. Dead ends and chains are nodes of the
hierarchy like all others, so any node may be an origin or a destination. Minimum degree is Liu's multiple minimum
degree (1985) as found in SuperLU. The result is renumbered as a postorder of the elimination tree, which changes no
cost and keeps memory accesses near.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.sparse import csc_matrix
from scipy.sparse.linalg import spilu

LOW_DEGREE: Final = 3  # nodes up to this degree go before the core; more brings no gain in time
ROOM: Final = 2  # places by which a list of neighbours may grow meanwhile
Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]


def elimination_order(n_nodes: int, tail: Int32, head: Int32) -> tuple[Int32, Int32, Int64, Int32]:
    """Position of each node in the order [n], the parent of each position in the elimination tree [n] (-1 = root),
    and the undirected neighbours of each node (ptr [n+1], node), without loops or doubles."""
    ptr, neighbour = _neighbours(n_nodes, tail, head)
    neighbour = neighbour[: ptr[-1]]
    rank, core, ends, start, size, to = _low_degree(ptr, neighbour)
    if len(core):
        rank[core] = n_nodes - len(core) + _minimum_degree(len(core), ends)
    parent = _elimination_tree(start, size, to, rank, n_nodes - len(core))
    return *_renumbered(rank, parent), ptr, neighbour


def elimination_of(rank: Int32, tail: Int32, head: Int32) -> tuple[Int32, Int32, Int64, Int32]:
    """The same for an order that is known: the position of each node [n] in it."""
    ptr, neighbour = _neighbours(len(rank), tail, head)
    neighbour = neighbour[: ptr[-1]]
    parent = _elimination_tree(ptr, np.diff(ptr).astype(np.int32), neighbour, rank, 0)
    return *_renumbered(rank, parent), ptr, neighbour


def _renumbered(rank: Int32, parent: Int32) -> tuple[Int32, Int32]:
    """Rank and parents in a postorder of the elimination tree."""
    place = _postorder(parent)
    moved = np.full(len(rank), -1, dtype=np.int32)
    moved[place] = np.where(parent >= 0, place[parent], -1)
    return place[rank], moved


def _minimum_degree(n_core: int, ends: NDArray[np.int32]) -> Int32:
    """Position of each core node [n_core] in a minimum-degree order of the graph with edges `ends` [e, 2].

    SuperLU gives its ordering only together with a factorisation; an incomplete one that drops everything is the
    cheapest. The values make the matrix diagonally dominant, they mean nothing else.
    """
    if len(ends) == 0:
        return np.arange(n_core, dtype=np.int32)
    row = np.concatenate([ends[:, 0], ends[:, 1], np.arange(n_core)])
    column = np.concatenate([ends[:, 1], ends[:, 0], np.arange(n_core)])
    degree = np.bincount(row[: 2 * len(ends)], minlength=n_core)
    value = np.concatenate([np.full(2 * len(ends), -1.0), degree + 1.0])
    matrix = csc_matrix((value, (row, column)), shape=(n_core, n_core))
    factor = spilu(
        matrix,
        drop_tol=1.0,
        fill_factor=1.0,
        permc_spec="MMD_AT_PLUS_A",
        diag_pivot_thresh=0.0,
        options={"SymmetricMode": True},
    )
    return np.asarray(factor.perm_c, dtype=np.int32)


@njit(cache=True)
def _neighbours(n, tail, head):  # type: ignore[no-untyped-def]
    start = np.zeros(n + 1, np.int64)
    for a in range(len(tail)):
        if tail[a] != head[a]:
            start[tail[a] + 1] += 1
            start[head[a] + 1] += 1
    for u in range(n):
        start[u + 1] += start[u]
    free = np.empty(n, np.int64)
    for u in range(n):
        free[u] = start[u]
    every = np.empty(start[n], np.int32)
    for a in range(len(tail)):
        if tail[a] != head[a]:
            every[free[tail[a]]] = head[a]
            free[tail[a]] += 1
            every[free[head[a]]] = tail[a]
            free[head[a]] += 1
    seen = np.full(n, -1, np.int32)
    ptr = np.zeros(n + 1, np.int64)
    k = 0
    for u in range(n):
        for e in range(start[u], start[u + 1]):
            v = every[e]
            if seen[v] != u:
                seen[v] = u
                every[k] = v
                k += 1
        ptr[u + 1] = k
    return ptr, every  # the first ptr[n] entries count


@njit(cache=True)
def _low_degree(ptr, neighbour):  # type: ignore[no-untyped-def]
    """Eliminate nodes of low degree, joining their neighbours: first degrees up to 2, then up to LOW_DEGREE.

    A round takes no two neighbours, so chains are halved again and again and the tree over them stays shallow.
    Returns the ranks of these nodes (others -1), the nodes of the core, its edges, [e, 2] by index in the core, and
    each node's list of neighbours when it went, or in the core at the end (start [n+1], size [n], node).
    """
    n = len(ptr) - 1
    rank = np.full(n, -1, np.int32)
    count = 0
    start = np.empty(n + 1, np.int64)  # own lists with room to grow
    start[0] = 0
    size = np.empty(n, np.int32)
    for u in range(n):
        size[u] = ptr[u + 1] - ptr[u]
        start[u + 1] = start[u] + size[u] + ROOM
    to = np.empty(start[n], np.int32)
    for u in range(n):
        for e in range(size[u]):
            to[start[u] + e] = neighbour[ptr[u] + e]
    queue = np.empty(n, np.int32)
    later = np.empty(n, np.int32)
    touched = np.full(n, -1, np.int32)  # last round in which a neighbour went
    noted = np.full(n, -1, np.int32)  # last round that noted the node for the next
    turn = 0
    for limit in range(2, LOW_DEGREE + 1):
        waiting = 0
        for u in range(n):
            if rank[u] < 0 and size[u] <= limit:
                queue[waiting] = u
                waiting += 1
        while waiting > 0:
            n_later = 0
            for i in range(waiting):
                v = queue[i]
                if rank[v] >= 0 or size[v] > limit:
                    continue
                if touched[v] == turn:
                    if noted[v] != turn:
                        noted[v] = turn
                        later[n_later] = v
                        n_later += 1
                elif _eliminate(v, start, size, to):
                    rank[v] = count
                    count += 1
                    for e in range(size[v]):
                        x = to[start[v] + e]
                        touched[x] = turn
                        if size[x] <= limit and noted[x] != turn:
                            noted[x] = turn
                            later[n_later] = x
                            n_later += 1
            queue, later = later, queue
            waiting = n_later
            turn += 1
    core = np.empty(n - count, np.int32)
    index = np.empty(n, np.int32)
    k = 0
    n_ends = 0
    for u in range(n):
        if rank[u] < 0:
            core[k] = u
            index[u] = k
            k += 1
            n_ends += size[u]
    ends = np.empty((n_ends // 2, 2), np.int32)
    k = 0
    for v in core:
        for e in range(size[v]):
            x = to[start[v] + e]
            if v < x:
                ends[k, 0] = index[v]
                ends[k, 1] = index[x]
                k += 1
    return rank, core, ends, start, size, to


@njit(cache=True)
def _eliminate(v, start, size, to):  # type: ignore[no-untyped-def]
    """Take v out of its neighbours' lists and join these with each other; False where a list has no room."""
    first, last = start[v], start[v] + size[v]
    for e in range(first, last):
        x = to[e]
        if start[x] + size[x] + size[v] - 2 > start[x + 1]:
            return False
    for e in range(first, last):
        x = to[e]
        gap = _place(start[x], size[x], to, v)
        for f in range(first, last):
            y = to[f]
            if y != x and _place(start[x], size[x], to, y) < 0:
                if gap < 0:
                    gap = start[x] + size[x]
                    size[x] += 1
                to[gap] = y
                gap = -1
        if gap >= 0:
            size[x] -= 1
            to[gap] = to[start[x] + size[x]]
    return True


@njit(cache=True)
def _place(first, size, to, y):  # type: ignore[no-untyped-def]
    """Where y stands in a list, -1 if nowhere."""
    for k in range(first, first + size):
        if to[k] == y:
            return k
    return -1


@njit(cache=True)
def _elimination_tree(start, size, to, rank, n_low):  # type: ignore[no-untyped-def]
    """Parent of each position [n]: of the first n_low, the lowest neighbour left; of the core by Liu 1986."""
    n = len(rank)
    node = np.empty(n, np.int32)
    parent = np.full(n, -1, np.int32)
    for u in range(n):
        v = rank[u]
        node[v] = u
        if v < n_low and size[u] > 0:
            lowest = n
            for e in range(start[u], start[u] + size[u]):
                lowest = min(lowest, rank[to[e]])
            parent[v] = lowest
    ancestor = np.full(n, -1, np.int32)
    for v in range(n_low, n):
        u = node[v]
        for e in range(start[u], start[u] + size[u]):
            x = rank[to[e]]
            if x >= v:
                continue
            while ancestor[x] >= 0 and ancestor[x] != v:
                after = ancestor[x]
                ancestor[x] = v
                x = after
            if ancestor[x] < 0:
                ancestor[x] = v
                parent[x] = v
    return parent


@njit(cache=True)
def _postorder(parent):  # type: ignore[no-untyped-def]
    """New place of each position [n], such that every subtree is contiguous and ends with its root."""
    n = len(parent)
    size = np.ones(n, np.int32)
    for v in range(n):
        if parent[v] >= 0:
            size[parent[v]] += size[v]
    free = np.empty(n, np.int32)  # first place not yet given away below each node
    place = np.empty(n, np.int32)
    cursor = 0
    for v in range(n - 1, -1, -1):
        p = parent[v]
        if p >= 0:
            free[v] = free[p]
            free[p] += size[v]
        else:
            free[v] = cursor
            cursor += size[v]
        place[v] = free[v] + size[v] - 1
    return place
