"""Kernels over labels (see hubs.py): climb, prune, meet; sums, loads and paths from what the labels remember."""

from __future__ import annotations

from typing import Final

import numpy as np
from numba import njit

LANES: Final = 128  # destinations side by side in each row of the meeting table


@njit(cache=True, nogil=True)
def climb(  # type: ignore[no-untyped-def]
    parent, depth, up_ptr, up_depth, edge_cost, ends_only, side, at, order, ptr, cost, via, back, first, last
):
    """Labels of nodes order[first:last]: relax the edges of each ancestor in turn, side 0 upward, side 1 downward."""
    for o in range(first, last):
        i = order[o]
        start = ptr[i]
        for k in range(start, ptr[i + 1]):
            cost[k] = np.inf
            via[k] = -1
            back[k] = -1
        cost[start] = 0.0
        root = start + depth[at[i]]  # entry of the ancestor at depth 0
        v = at[i]
        k = start
        while v >= 0:
            here = cost[k]
            if here < np.inf and (k == start or not ends_only[v]):
                for e in range(up_ptr[v], up_ptr[v + 1]):
                    x = here + edge_cost[2 * e + side]
                    to = root - up_depth[e]
                    if x < cost[to]:
                        cost[to] = x
                        via[to] = 2 * e + side
                        back[to] = k - start
            v = parent[v]
            k += 1


@njit(cache=True, nogil=True)
def _lower(best, group, k, table, rows, costs):  # type: ignore[no-untyped-def]
    """Let rows k..k+3 compete on every lane; `group` notes which four last held the best. Compiles to vector code."""
    a, b, c, d = rows[k], rows[k + 1], rows[k + 2], rows[k + 3]
    wa, wb, wc, wd = costs[k], costs[k + 1], costs[k + 2], costs[k + 3]
    for j in range(LANES):
        x = min(min(table[a, j] + wa, table[b, j] + wb), min(table[c, j] + wc, table[d, j] + wd))
        better = x < best[j]
        group[j] = k if better else group[j]
        best[j] = x if better else best[j]


@njit(cache=True, nogil=True)
def meet(  # type: ignore[no-untyped-def]
    parent, depth, ends_only, at_o, ptr_o, label_o, at_d, ptr_d, label_d, order, cost, hub, first, last
):
    """Least cost and hub depth of every origin with the destinations order[first:last], in blocks of LANES.

    A node where ways may only end has two rows: one for origins that are this node, and one for all others, who can
    use it as a hub only if the destination is this node.
    """
    n = len(parent)
    row_of = np.full(n, -1, np.int32)
    nodes = np.empty(2 * n, np.int32)
    rows = np.empty(n + 4, np.int32)
    costs = np.empty(n + 4)
    best = np.empty(LANES)
    group = np.empty(LANES, np.int32)
    for block in range(first, last, LANES):
        lanes = min(LANES, last - block)
        used = 0
        for j in range(lanes):
            v = at_d[order[block + j]]
            while v >= 0 and row_of[v] < 0:
                row_of[v] = used
                nodes[used] = v
                used += 1
                if ends_only[v]:
                    nodes[used] = v
                    used += 1
                v = parent[v]
        table = np.empty((used + 1, LANES))
        for k in range(used + 1):
            for j in range(LANES):
                table[k, j] = np.inf
        for j in range(lanes):
            t = order[block + j]
            v = at_d[t]
            if ends_only[v]:
                table[row_of[v] + 1, j] = 0.0
            for k in range(ptr_d[t], ptr_d[t + 1]):
                table[row_of[v], j] = label_d[k]
                v = parent[v]
        for i in range(len(at_o)):
            size = 0
            v = at_o[i]
            for k in range(ptr_o[i], ptr_o[i + 1]):
                if row_of[v] >= 0 and label_o[k] < np.inf:
                    rows[size] = row_of[v] + (ends_only[v] and k > ptr_o[i])
                    costs[size] = label_o[k]
                    size += 1
                v = parent[v]
            while size % 4 != 0:  # the last row is all inf
                rows[size] = used
                costs[size] = np.inf
                size += 1
            for j in range(LANES):
                best[j] = np.inf
                group[j] = -1
            for k in range(0, size, 4):
                _lower(best, group, k, table, rows, costs)
            for j in range(lanes):
                t = order[block + j]
                cost[i, t] = best[j]
                hub[i, t] = -1
                k = group[j]
                if k >= 0:
                    while table[rows[k], j] + costs[k] != best[j]:
                        k += 1
                    hub[i, t] = depth[nodes[rows[k]]]
        for k in range(used):
            row_of[nodes[k]] = -1


@njit(cache=True, nogil=True)
def used_entries(hub, ptr_o, ptr_d, used_o, used_d):  # type: ignore[no-untyped-def]
    """Mark the hubs' entries in both labels of every pair."""
    for i in range(hub.shape[0]):
        top = ptr_o[i + 1] - 1  # entry of the ancestor at depth 0
        for j in range(hub.shape[1]):
            h = hub[i, j]
            if h >= 0:
                used_o[top - h] = True
                used_d[ptr_d[j + 1] - 1 - h] = True


@njit(cache=True, nogil=True)
def used_sides(ptr, via, back, used, needed):  # type: ignore[no-untyped-def]
    """Mark all entries on the way to used ones, and (1) the edge sides they came by."""
    for i in range(len(ptr) - 1):
        start = ptr[i]
        for k in range(ptr[i + 1] - 1, start, -1):
            if used[k]:
                needed[via[k]] = 1
                used[start + back[k]] = True


@njit(cache=True, nogil=True)
def number_sides(needed, first, second):  # type: ignore[no-untyped-def]
    """Add what the needed edge sides are made of, and number them all from 1 in ascending order; their count."""
    for s in range(len(first) - 1, -1, -1):  # parts always lie before the whole
        if needed[s] and second[s] >= 0:
            needed[first[s]] = 1
            needed[second[s]] = 1
    count = 0
    for s in range(len(first)):
        if needed[s]:
            count += 1
            needed[s] = count
    return count


@njit(cache=True, nogil=True)
def side_sums(number, first, second, parts, out):  # type: ignore[no-untyped-def]
    """Sums of `parts` [c, m] along each numbered edge side, into row number - 1 of out [sides, c]."""
    size = parts.shape[0]
    row = 0
    for s in range(len(first)):
        if number[s]:
            a, b = first[s], second[s]
            if b < 0:
                for c in range(size):
                    out[row, c] = parts[c, a]
            else:
                for c in range(size):
                    out[row, c] = out[number[a] - 1, c] + out[number[b] - 1, c]
            row += 1


@njit(cache=True, nogil=True)
def label_sums(ptr, via, back, used, number, sides):  # type: ignore[no-untyped-def]
    """Sums along the way of each used label entry, [entries, c]; others are left unset."""
    out = np.empty((len(via), sides.shape[1]))
    for i in range(len(ptr) - 1):
        start = ptr[i]
        for c in range(sides.shape[1]):
            out[start, c] = 0.0
        for k in range(start + 1, ptr[i + 1]):
            if used[k]:
                for c in range(sides.shape[1]):
                    out[k, c] = out[start + back[k], c] + sides[number[via[k]] - 1, c]
    return out


@njit(cache=True, nogil=True)
def pair_sums(hub, ptr_o, ptr_d, ahead, after, out, first, last):  # type: ignore[no-untyped-def]
    """Sums along the way of each pair of origins first..last, [c, o, d]; inf where there is none."""
    for i in range(first, last):
        top = ptr_o[i + 1] - 1  # entry of the ancestor at depth 0
        for j in range(hub.shape[1]):
            h = hub[i, j]
            for c in range(out.shape[0]):
                out[c, i, j] = ahead[top - h, c] + after[ptr_d[j + 1] - 1 - h, c] if h >= 0 else np.inf


@njit(cache=True, nogil=True)
def spread(hub, ptr_o, ptr_d, matrix, ahead, after):  # type: ignore[no-untyped-def]
    """Put each pair's quantity on its hub's entry of both labels."""
    for i in range(hub.shape[0]):
        top = ptr_o[i + 1] - 1
        for j in range(hub.shape[1]):
            h = hub[i, j]
            if h >= 0 and matrix[i, j] > 0:
                ahead[top - h] += matrix[i, j]
                after[ptr_d[j + 1] - 1 - h] += matrix[i, j]


@njit(cache=True, nogil=True)
def push(ptr, via, back, flow, edge):  # type: ignore[no-untyped-def]
    """Push the quantities on label entries down to the label's node, adding them to the edge sides they pass."""
    for i in range(len(ptr) - 1):
        start = ptr[i]
        for k in range(ptr[i + 1] - 1, start, -1):
            if flow[k] > 0:
                edge[via[k]] += flow[k]
                flow[start + back[k]] += flow[k]


@njit(cache=True, nogil=True)
def edges_to_arcs(first, second, edge, n_arcs):  # type: ignore[no-untyped-def]
    """Hand the flow on each edge side down to the sides it is made of, and in the end to arcs, [m]."""
    arc = np.zeros(n_arcs)
    for s in range(len(first) - 1, -1, -1):
        if edge[s] > 0:
            if second[s] < 0:
                arc[first[s]] += edge[s]
            else:
                edge[first[s]] += edge[s]
                edge[second[s]] += edge[s]
    return arc


@njit(cache=True, nogil=True)
def unpack(sides, first, second, arcs):  # type: ignore[no-untyped-def]
    """Arcs in order that a row of edge sides is made of; returns their number, and writes as many as `arcs` holds."""
    count = 0
    stack = np.empty(64, np.int32)
    for s in sides:
        size = 1
        stack[0] = s
        while size > 0:
            size -= 1
            s = stack[size]
            if second[s] < 0:
                if count < len(arcs):
                    arcs[count] = first[s]
                count += 1
            else:
                if size + 2 > len(stack):
                    taller = np.empty(2 * len(stack), np.int32)
                    for k in range(size):
                        taller[k] = stack[k]
                    stack = taller
                stack[size] = second[s]
                stack[size + 1] = first[s]
                size += 2
    return count
