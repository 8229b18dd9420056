"""What customisation needs of the topology besides the edges: triangles, the core, and who may work side by side.

Where no node below has more than FEW edges upward, nearly everything is chains, and the triangles are simply listed.
Above that lies the core, whose nodes pull from the core nodes below them. The elimination tree is cut into GROUPS of
whole subtrees of about equal work, which share nothing they write to, and the top that joins them, which comes last.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

FEW: Final = 3  # measured: 3 to 6 are alike on the world's railways
GROUPS: Final = 4
SHARE: Final = 16  # a subtree with more than 1/SHARE of all work belongs to the top


@dataclass(frozen=True, slots=True)
class Plan:
    """Group g of triangles and core nodes are rows ptr[g]:ptr[g+1]; group GROUPS is the top."""

    low: NDArray[np.int32]  # [e] lower end of each edge
    group: NDArray[np.int8]  # [n] of each position
    triangles: NDArray[np.int32]  # [t, 3] edges v-a, v-b, a-b with v < a < b and v below the core
    triangle_ptr: NDArray[np.int64]  # [GROUPS+2]
    core: NDArray[np.int32]  # [c] core nodes, ascending in each group
    core_ptr: NDArray[np.int64]  # [GROUPS+2]
    down_ptr: NDArray[np.int64]  # [n+1] into down_edge
    down_edge: NDArray[np.int32]  # edges from core nodes, by upper end


def plan(parent: NDArray[np.int32], up_ptr: NDArray[np.int64], up_node: NDArray[np.int32]) -> Plan:
    """The plan of a hierarchy; arrays as in Hierarchy."""
    low, in_core, group, down_ptr, down_edge = _groups(parent, up_ptr, up_node)
    triangles, triangle_ptr = _triangles(up_ptr, up_node, in_core, group)
    core = np.flatnonzero(in_core).astype(np.int32)
    core = core[np.argsort(group[core], kind="stable")]
    core_ptr = np.searchsorted(group[core], np.arange(GROUPS + 2))
    return Plan(low, group, triangles, triangle_ptr, core, core_ptr, down_ptr, down_edge)


@njit(cache=True)
def _groups(parent, up_ptr, up_node):  # type: ignore[no-untyped-def]
    """Lower ends [e], whether in the core [n], group [n], edges from core nodes by upper end (ptr [n+1], edge)."""
    n = len(parent)
    low = np.empty(len(up_node), np.int32)
    core = np.zeros(n, np.bool_)
    work = np.zeros(n, np.int64)
    down_ptr = np.zeros(n + 1, np.int64)
    for v in range(n):
        last = up_ptr[v + 1]
        core[v] = core[v] or last - up_ptr[v] > FEW
        work[v] += 8  # what a node costs in itself, in triangles
        for e in range(up_ptr[v], last):
            low[e] = v
            work[up_node[e]] += last - e - 1
            if core[v]:
                down_ptr[up_node[e] + 1] += 1
        if parent[v] >= 0:
            core[parent[v]] = core[parent[v]] or core[v]
    for v in range(n):
        down_ptr[v + 1] += down_ptr[v]
    free = down_ptr[:-1].copy()
    down_edge = np.empty(down_ptr[n], np.int32)
    for v in range(n):
        if core[v]:
            for e in range(up_ptr[v], up_ptr[v + 1]):
                down_edge[free[up_node[e]]] = e
                free[up_node[e]] += 1
    total = 0
    for v in range(n):  # work becomes that of the whole subtree
        if parent[v] >= 0:
            work[parent[v]] += work[v]
        else:
            total += work[v]
    group = np.full(n, GROUPS, np.int8)
    load = np.zeros(GROUPS, np.int64)
    for v in range(n - 1, -1, -1):
        p = parent[v]
        if p >= 0 and group[p] < GROUPS:
            group[v] = group[p]
        elif work[v] * SHARE <= total:
            least = np.argmin(load)
            group[v] = least
            load[least] += work[v]
    return low, core, group, down_ptr, down_edge


@njit(cache=True)
def _triangles(up_ptr, up_node, core, group):  # type: ignore[no-untyped-def]
    """Triangles whose lowest node is below the core, sorted by the group that may write to their third edge."""
    n = len(core)
    ptr = np.zeros(GROUPS + 2, np.int64)
    for v in range(n):
        if not core[v]:
            for e in range(up_ptr[v], up_ptr[v + 1]):
                ptr[group[up_node[e]] + 1] += up_ptr[v + 1] - e - 1
    for g in range(GROUPS + 1):
        ptr[g + 1] += ptr[g]
    free = ptr[:-1].copy()
    out = np.empty((ptr[GROUPS + 1], 3), np.int32)
    for v in range(n):
        if core[v]:
            continue
        for e in range(up_ptr[v], up_ptr[v + 1]):
            g = group[up_node[e]]
            k = up_ptr[up_node[e]]
            for f in range(e + 1, up_ptr[v + 1]):
                while up_node[k] != up_node[f]:
                    k += 1
                out[free[g], 0] = e
                out[free[g], 1] = f
                out[free[g], 2] = k
                free[g] += 1
    return out, ptr
