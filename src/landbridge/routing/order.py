"""The order in which a hierarchy eliminates nodes: dead ends, then chains, then the core by minimum degree.

Dead ends and chains need no special treatment afterwards: they are nodes of the hierarchy like all others, so any
node may be an origin or a destination. Minimum degree is Liu's multiple minimum degree (1985) as found in SuperLU.
The result is renumbered as a postorder of the elimination tree, which changes no cost and keeps memory accesses near.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.sparse import csc_matrix
from scipy.sparse.linalg import spilu

Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]


def elimination_order(n_nodes: int, tail: Int32, head: Int32) -> tuple[Int32, Int32, Int64, Int32]:
    """Position of each node in the order [n], the parent of each position in the elimination tree [n] (-1 = root),
    and the undirected neighbours of each node (ptr [n+1], node), without loops or doubles."""
    ptr, neighbour = _neighbours(n_nodes, tail, head)
    neighbour = neighbour[: ptr[-1]]
    rank, core, ends = _low_degree(ptr, neighbour)
    if len(core):
        rank[core] = n_nodes - len(core) + _minimum_degree(len(core), ends)
    parent = _elimination_tree(ptr, neighbour, rank)
    place = _postorder(parent)
    moved = np.full(n_nodes, -1, dtype=np.int32)
    moved[place] = np.where(parent >= 0, place[parent], -1)
    return place[rank], moved, ptr, neighbour


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
    """Ranks of dead ends and chains (others -1), the core nodes, and the edges among them, [e, 2] by core index."""
    n = len(ptr) - 1
    rank = np.full(n, -1, np.int32)
    degree = np.empty(n, np.int32)
    todo = np.empty(n, np.int32)
    size = 0
    for u in range(n):
        degree[u] = ptr[u + 1] - ptr[u]
        if degree[u] <= 1:
            todo[size] = u
            size += 1
    count = 0
    while size > 0:  # dead ends, leaves first
        size -= 1
        u = todo[size]
        rank[u] = count
        count += 1
        for e in range(ptr[u], ptr[u + 1]):
            v = neighbour[e]
            if rank[v] < 0:
                degree[v] -= 1
                if degree[v] == 1:
                    todo[size] = v
                    size += 1
    level = np.full(n, -1, np.int8)
    ends = np.empty((len(neighbour), 2), np.int32)
    n_ends = 0
    chain, n_chain = todo, 0  # nodes of all chains, one after another
    for u in range(n):
        if rank[u] >= 0 or degree[u] == 2:
            continue
        for e in range(ptr[u], ptr[u + 1]):
            v = neighbour[e]
            if rank[v] >= 0 or level[v] >= 0:
                continue
            before = u
            step = 0
            while degree[v] == 2 and level[v] < 0:
                step += 1
                x = step  # halving: odd places go first, so that the tree over a chain is shallow
                level[v] = 0
                while x % 2 == 0:
                    x //= 2
                    level[v] += 1
                chain[n_chain] = v
                n_chain += 1
                after = u
                for f in range(ptr[v], ptr[v + 1]):
                    if rank[neighbour[f]] < 0 and neighbour[f] != before:
                        after = neighbour[f]
                before = v
                v = after
            if v != u and (step > 0 or u < v):
                ends[n_ends, 0] = u
                ends[n_ends, 1] = v
                n_ends += 1
    for wanted in range(64):
        if n_chain == 0:
            break
        left = 0
        for i in range(n_chain):
            v = chain[i]
            if level[v] == wanted:
                rank[v] = count
                count += 1
            else:
                chain[left] = v
                left += 1
        n_chain = left
    core = np.empty(n - count, np.int32)
    index = np.empty(n, np.int32)
    k = 0
    for u in range(n):
        if rank[u] < 0:
            core[k] = u
            index[u] = k
            k += 1
    for i in range(n_ends):
        ends[i, 0] = index[ends[i, 0]]
        ends[i, 1] = index[ends[i, 1]]
    return rank, core, ends[:n_ends]


@njit(cache=True)
def _elimination_tree(ptr, neighbour, rank):  # type: ignore[no-untyped-def]
    """Parent of each position [n]; Liu 1986, with path compression."""
    n = len(rank)
    node = np.empty(n, np.int32)
    for u in range(n):
        node[rank[u]] = u
    parent = np.full(n, -1, np.int32)
    ancestor = np.full(n, -1, np.int32)
    for v in range(n):
        u = node[v]
        for e in range(ptr[u], ptr[u + 1]):
            x = rank[neighbour[e]]
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
