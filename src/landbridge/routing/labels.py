"""Kernels over labels (see hubs.py): sums, loads and paths from the edges that the labels remember.

An entry of a label is found by the place's `start` and the depth of the ancestor that it belongs to.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from landbridge.routing.sweeps import LANES


@njit(cache=True, nogil=True)
def legs(s, made_of):  # type: ignore[no-untyped-def]
    """The two edge sides, in order, that side s runs along, from the edges e and f of its triangle."""
    e, f = made_of >> 32, made_of & 0xFFFFFFFF
    if s % 2 == 0:
        return 2 * e + 1, 2 * f
    return 2 * f + 1, 2 * e


@njit(cache=True, nogil=True)
def side_sums(g, group, via, up_ptr, parts, out):  # type: ignore[no-untyped-def]
    """Sums of two `parts` [m, 2] along each edge side whose lower end is in group g, [2 e, 2]; 0 where there is no way.

    What a side is made of lies below it: in its own group, or for the top in any, so groups can go side by side.
    """
    for v in range(len(group)):
        if group[v] != g:
            continue
        for s in range(2 * up_ptr[v], 2 * up_ptr[v + 1]):
            if via[s] >= 0:
                a, b = legs(s, via[s])
                out[s, 0] = out[a, 0] + out[b, 0]
                out[s, 1] = out[a, 1] + out[b, 1]
            elif via[s] < -1:
                out[s, 0] = parts[-2 - via[s], 0]
                out[s, 1] = parts[-2 - via[s], 1]
            else:
                out[s, 0] = 0.0
                out[s, 1] = 0.0


@njit(cache=True, nogil=True)
def label_sums(side, parent, depth, low, node, start, ptr, rows, via, sides, out, first, last):  # type: ignore[no-untyped-def]
    """Sums of two quantities along the climbs of blocks first:last, into out [entries, 2]; unset where not reached."""
    row_of = np.empty(len(parent), np.int32)
    for b in range(first, last):
        for r in range(ptr[b], ptr[b + 1]):
            row_of[rows[r]] = r
        for i in range(b * LANES, min(len(node), (b + 1) * LANES)):
            v = node[i]
            out[start[i] + depth[v], 0] = 0.0
            out[start[i] + depth[v], 1] = 0.0
            v = parent[v]
            while v >= 0:
                e = via[row_of[v], i % LANES]
                if e >= 0:
                    here, below = start[i] + depth[v], start[i] + depth[low[e]]
                    out[here, 0] = out[below, 0] + sides[2 * e + side, 0]
                    out[here, 1] = out[below, 1] + sides[2 * e + side, 1]
                v = parent[v]


@njit(cache=True, nogil=True)
def pair_sums(hub_depth, order_o, start_o, sums_o, order_d, start_d, sums_d, first_sum, second_sum, first, last):  # type: ignore[no-untyped-def]
    """Both sums along the way of each pair with the origins of blocks first:last, [o, d] each; inf if there is none."""
    for i in range(first * LANES, min(len(order_o), last * LANES)):
        x = order_o[i]
        for j in range(len(order_d)):
            y = order_d[j]
            turn = hub_depth[x, y]
            if turn >= 0:
                a, b = start_o[i] + turn, start_d[j] + turn
                first_sum[x, y] = sums_o[a, 0] + sums_d[b, 0]
                second_sum[x, y] = sums_o[a, 1] + sums_d[b, 1]
            else:
                first_sum[x, y] = np.inf
                second_sum[x, y] = np.inf


@njit(cache=True, nogil=True)
def spread_flow(hub_depth, matrix, order_o, start_o, flow_o, order_d, start_d, flow_d):  # type: ignore[no-untyped-def]
    """Put each pair's quantity on its hub's entry of both labels, flow_o and flow_d [entries]."""
    for i in range(len(order_o)):
        for j in range(len(order_d)):
            turn = hub_depth[order_o[i], order_d[j]]
            quantity = matrix[order_o[i], order_d[j]]
            if turn >= 0 and quantity > 0:
                flow_o[start_o[i] + turn] += quantity
                flow_d[start_d[j] + turn] += quantity


@njit(cache=True, nogil=True)
def push_flow(side, parent, depth, low, node, start, ptr, rows, via, flow, edge):  # type: ignore[no-untyped-def]
    """Push the quantities on label entries down to the labels' places, adding them to the edge sides they pass."""
    row_of = np.empty(len(parent), np.int32)
    chain = np.empty(len(parent), np.int32)
    for b in range(len(ptr) - 1):
        for r in range(ptr[b], ptr[b + 1]):
            row_of[rows[r]] = r
        for i in range(b * LANES, min(len(node), (b + 1) * LANES)):
            v = node[i]
            for d in range(depth[v], -1, -1):
                chain[d] = v
                v = parent[v]
            for d in range(depth[node[i]]):
                quantity = flow[start[i] + d]
                if quantity > 0:
                    e = via[row_of[chain[d]], i % LANES]
                    edge[2 * e + side] += quantity
                    flow[start[i] + depth[low[e]]] += quantity


@njit(cache=True, nogil=True)
def edges_to_arcs(via, edge, n_arcs):  # type: ignore[no-untyped-def]
    """Hand the flow on each edge side down to the sides it is made of, and in the end to arcs, [m]."""
    arc = np.zeros(n_arcs)
    for s in range(len(via) - 1, -1, -1):  # parts always lie before the whole
        if edge[s] > 0:
            if via[s] < 0:
                arc[-2 - via[s]] += edge[s]
            else:
                a, b = legs(s, via[s])
                edge[a] += edge[s]
                edge[b] += edge[s]
    return arc


@njit(cache=True, nogil=True)
def unpack(sides, via, arcs):  # type: ignore[no-untyped-def]
    """Arcs in order that a row of edge sides is made of; returns their number, and writes as many as `arcs` holds."""
    count = 0
    stack = np.empty(64, np.int64)
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
                    taller = np.empty(2 * len(stack), np.int64)
                    for k in range(size):
                        taller[k] = stack[k]
                    stack = taller
                a, b = legs(s, via[s])
                stack[size] = b
                stack[size + 1] = a
                size += 2
    return count
