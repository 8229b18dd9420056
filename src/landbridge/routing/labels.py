"""Kernels over labels (see hubs.py): sums, loads and paths from the edges that the labels remember."""

from __future__ import annotations

import numpy as np
from numba import njit

from landbridge.routing.sweeps import LANES


@njit(cache=True, nogil=True)
def legs(s, via, low, up_ptr, up_node):  # type: ignore[no-untyped-def]
    """The two edge sides, in order, that side s of a triangle runs along. s joins a and b; the third node is v."""
    f = via[s]
    v, a = low[f], low[s // 2]
    e = up_ptr[v]
    while up_node[e] != a:
        e += 1
    if s % 2 == 0:
        return 2 * e + 1, 2 * f
    return 2 * f + 1, 2 * e


@njit(cache=True, nogil=True)
def side_sums(g, group, via, low, up_ptr, up_node, parts, out):  # type: ignore[no-untyped-def]
    """Sums of `parts` [c, m] along each edge side whose lower end is in group g, [2 e, c]; 0 where there is no way.

    What a side is made of lies below it: in its own group, or for the top in any, so groups can go side by side.
    """
    size = out.shape[1]
    for v in range(len(group)):
        if group[v] != g:
            continue
        for s in range(2 * up_ptr[v], 2 * up_ptr[v + 1]):
            if via[s] >= 0:
                a, b = legs(s, via, low, up_ptr, up_node)
                for c in range(size):
                    out[s, c] = out[a, c] + out[b, c]
            else:
                for c in range(size):
                    out[s, c] = parts[c, -2 - via[s]] if via[s] < -1 else 0.0


@njit(cache=True, nogil=True)
def label_sums(n, side, ptr, rows, via, low, sides, out, first, last):  # type: ignore[no-untyped-def]
    """Sums along the climbs of blocks first:last, into out [rows, LANES, c]; unreached entries are 0."""
    row_of = np.empty(n, np.int32)
    for b in range(first, last):
        for r in range(ptr[b], ptr[b + 1]):
            row_of[rows[r]] = r
            for lane in range(LANES):
                e = via[r, lane]
                for c in range(out.shape[2]):
                    out[r, lane, c] = 0.0 if e < 0 else out[row_of[low[e]], lane, c] + sides[2 * e + side, c]


@njit(cache=True, nogil=True)
def pair_sums(  # type: ignore[no-untyped-def]
    n, hub, order_o, rows_o, sums_o, order_d, ptr_d, rows_d, sums_d, out, first, last
):
    """Sums along the way of each pair with the origins of blocks first:last, out [c, o, d]; inf where there is none."""
    row_of = np.empty(n, np.int32)
    for b in range(first, last):
        for d in range(len(ptr_d) - 1):
            for r in range(ptr_d[d], ptr_d[d + 1]):
                row_of[rows_d[r]] = r
            for i in range(b * LANES, min(len(order_o), (b + 1) * LANES)):
                for j in range(d * LANES, min(len(order_d), (d + 1) * LANES)):
                    x, y = order_o[i], order_d[j]
                    h = hub[x, y]
                    for c in range(out.shape[0]):
                        if h >= 0:
                            turn = row_of[rows_o[h]]
                            out[c, x, y] = sums_o[h, i % LANES, c] + sums_d[turn, j % LANES, c]
                        else:
                            out[c, x, y] = np.inf


@njit(cache=True, nogil=True)
def spread_flow(n, hub, matrix, order_o, rows_o, flow_o, order_d, ptr_d, rows_d, flow_d):  # type: ignore[no-untyped-def]
    """Put each pair's quantity on its hub's entry of both labels, flow_o and flow_d [rows, LANES]."""
    row_of = np.empty(n, np.int32)
    for d in range(len(ptr_d) - 1):
        for r in range(ptr_d[d], ptr_d[d + 1]):
            row_of[rows_d[r]] = r
        for i in range(len(order_o)):
            for j in range(d * LANES, min(len(order_d), (d + 1) * LANES)):
                h = hub[order_o[i], order_d[j]]
                quantity = matrix[order_o[i], order_d[j]]
                if h >= 0 and quantity > 0:
                    flow_o[h, i % LANES] += quantity
                    flow_d[row_of[rows_o[h]], j % LANES] += quantity


@njit(cache=True, nogil=True)
def push_flow(n, side, ptr, rows, via, low, flow, edge):  # type: ignore[no-untyped-def]
    """Push the quantities on label entries down to the labels' places, adding them to the edge sides they pass."""
    row_of = np.empty(n, np.int32)
    for b in range(len(ptr) - 1):
        for r in range(ptr[b], ptr[b + 1]):
            row_of[rows[r]] = r
        for r in range(ptr[b + 1] - 1, ptr[b] - 1, -1):
            for lane in range(LANES):
                e = via[r, lane]
                if e >= 0 and flow[r, lane] > 0:
                    edge[2 * e + side] += flow[r, lane]
                    flow[row_of[low[e]], lane] += flow[r, lane]


@njit(cache=True, nogil=True)
def edges_to_arcs(via, low, up_ptr, up_node, edge, n_arcs):  # type: ignore[no-untyped-def]
    """Hand the flow on each edge side down to the sides it is made of, and in the end to arcs, [m]."""
    arc = np.zeros(n_arcs)
    for s in range(len(via) - 1, -1, -1):
        if edge[s] > 0:
            if via[s] < 0:
                arc[-2 - via[s]] += edge[s]
            else:
                a, b = legs(s, via, low, up_ptr, up_node)
                edge[a] += edge[s]
                edge[b] += edge[s]
    return arc


@njit(cache=True, nogil=True)
def unpack(sides, via, low, up_ptr, up_node, arcs):  # type: ignore[no-untyped-def]
    """Arcs in order that a row of edge sides is made of; returns their number, and writes as many as `arcs` holds."""
    count = 0
    stack = np.empty(64, np.int32)
    for s in sides:
        size = 1
        stack[0] = s
        while size > 0:
            size -= 1
            s = stack[size]
            if via[s] < 0:
                if count < len(arcs):
                    arcs[count] = -2 - via[s]
                count += 1
            else:
                if size + 2 > len(stack):
                    taller = np.empty(2 * len(stack), np.int32)
                    for k in range(size):
                        taller[k] = stack[k]
                    stack = taller
                a, b = legs(s, via, low, up_ptr, up_node)
                stack[size] = b
                stack[size + 1] = a
                size += 2
    return count
