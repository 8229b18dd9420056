"""Kernels over labels (see hubs.py): sums, loads and paths from the edges that the labels remember.

An entry of a label is found by the place's `start` and the depth of the ancestor that it belongs to. How many places
make a block is read off the arrays: a constant of another module would go stale in numba's cache.
"""

from __future__ import annotations

import numpy as np
from numba import njit


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
    row_of, lanes = np.empty(len(parent), np.int32), via.shape[1]
    for b in range(first, last):
        for r in range(ptr[b], ptr[b + 1]):
            row_of[rows[r]] = r
        for i in range(b * lanes, min(len(node), (b + 1) * lanes)):
            v = node[i]
            out[start[i] + depth[v], 0] = 0.0
            out[start[i] + depth[v], 1] = 0.0
            v = parent[v]
            while v >= 0:
                e = via[row_of[v], i % lanes]
                if e >= 0:
                    here, below = start[i] + depth[v], start[i] + depth[low[e]]
                    out[here, 0] = out[below, 0] + sides[2 * e + side, 0]
                    out[here, 1] = out[below, 1] + sides[2 * e + side, 1]
                v = parent[v]


@njit(cache=True, nogil=True)
def pair_sums(hub_depth, order_o, start_o, sums_o, order_d, start_d, sums_d, first_sum, second_sum, first, last):  # type: ignore[no-untyped-def]
    """Both sums along the way of each pair with origins order_o[first:last], [o, d] each; inf if there is none."""
    for i in range(first, last):
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
def spread_flow(hub_depth, matrices, order_o, start_o, flow_o, order_d, start_d, flow_d):  # type: ignore[no-untyped-def]
    """Put each pair's quantities [c, o, d] on its hub's entry of both labels, flow_o and flow_d [entries, c]."""
    for i in range(len(order_o)):
        x = order_o[i]
        for j in range(len(order_d)):
            y = order_d[j]
            turn = hub_depth[x, y]
            if turn >= 0:
                a, b = start_o[i] + turn, start_d[j] + turn
                for c in range(len(matrices)):
                    flow_o[a, c] += matrices[c, x, y]
                    flow_d[b, c] += matrices[c, x, y]


@njit(cache=True, nogil=True)
def push_flow(side, parent, depth, low, node, start, ptr, rows, via, flow, edge):  # type: ignore[no-untyped-def]
    """Push the quantities on label entries [entries, c] down to the labels' places, adding them to the edge sides
    [sides, c] they pass."""
    row_of = np.empty(len(parent), np.int32)
    chain, lanes = np.empty(len(parent), np.int32), via.shape[1]
    for b in range(len(ptr) - 1):
        for r in range(ptr[b], ptr[b + 1]):
            row_of[rows[r]] = r
        for i in range(b * lanes, min(len(node), (b + 1) * lanes)):
            v = node[i]
            for d in range(depth[v], -1, -1):
                chain[d] = v
                v = parent[v]
            for d in range(depth[node[i]]):
                here = start[i] + d
                some = False
                for c in range(flow.shape[1]):
                    some = some or flow[here, c] > 0
                if some:
                    e = via[row_of[chain[d]], i % lanes]
                    below = start[i] + depth[low[e]]
                    for c in range(flow.shape[1]):
                        edge[2 * e + side, c] += flow[here, c]
                        flow[below, c] += flow[here, c]


@njit(cache=True, nogil=True)
def edges_to_arcs(via, edge, n_arcs):  # type: ignore[no-untyped-def]
    """Hand the flows on each edge side [sides, c] down to the sides it is made of, and in the end to arcs, [c, m]."""
    columns = edge.shape[1]
    arc = np.zeros((columns, n_arcs))
    for s in range(len(via) - 1, -1, -1):  # parts always lie before the whole
        some = False
        for c in range(columns):
            some = some or edge[s, c] > 0
        if some:
            if via[s] < 0:
                for c in range(columns):
                    arc[c, -2 - via[s]] += edge[s, c]
            else:
                a, b = legs(s, via[s])
                for c in range(columns):
                    edge[a, c] += edge[s, c]
                    edge[b, c] += edge[s, c]
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


@njit(cache=True, nogil=True)
def marked_sides(via, mark):  # type: ignore[no-untyped-def]
    """Which edge sides have an arc with a mark (>= 0) below them; what a side is made of comes before it."""
    out = np.zeros(len(via), np.bool_)
    for s in range(len(via)):
        if via[s] < -1:
            out[s] = mark[-2 - via[s]] >= 0
        elif via[s] >= 0:
            a, b = legs(s, via[s])
            out[s] = out[a] or out[b]
    return out


@njit(cache=True, nogil=True)
def climb_marks(  # type: ignore[no-untyped-def]
    side, turn, lane, first, last, rows, via, low, sides, mark, some, stack, out, used
):
    """Append to out[used:] the marks of the climb that ends at position `turn`; out may grow: (out, used)."""
    while True:
        a, b = first, last
        while a < b:
            middle = (a + b) // 2
            if rows[middle] < turn:
                a = middle + 1
            else:
                b = middle
        edge = via[a, lane]
        if edge < 0:
            return out, used
        turn = low[edge]
        stack[0] = 2 * edge + side
        size = 1 if some[stack[0]] else 0
        while size > 0:
            size -= 1
            s = stack[size]
            if sides[s] < 0:
                if used == len(out):
                    wider = np.empty(2 * len(out), np.int32)
                    wider[:used] = out
                    out = wider
                out[used] = mark[-2 - sides[s]]
                used += 1
            else:
                for half in legs(s, sides[s]):
                    if some[half]:
                        stack[size] = half
                        size += 1


@njit(cache=True, nogil=True)
def marks(  # type: ignore[no-untyped-def]
    hub_depth, origin, destination, mark, sides, parent, depth, low, node_o, place_o, ptr_o, rows_o, via_o,
    node_d, place_d, ptr_d, rows_d, via_d, lanes,
):  # fmt: skip
    """Marks (>= 0) of the arcs of the ways origin [p] -> destination [p], one after another: (ptr [p+1], marks).

    The climb of a place to an ancestor is shared by many ways: it is read once.
    """
    some = marked_sides(sides, mark)
    height = depth.max() + 1
    # by side, place and depth of the hub: where in the pool the marks of that climb begin and end
    at = np.full((2, max(len(place_o), len(place_d)), height), -1, np.int64)
    end = np.zeros(at.shape, np.int64)
    pool, pooled = np.empty(65536, np.int32), 0
    out, used = np.empty(8 * len(origin) + 64, np.int32), 0
    ptr = np.zeros(len(origin) + 1, np.int64)
    stack = np.empty(4 * height + 4096, np.int64)
    for p in range(len(origin)):
        h = hub_depth[origin[p], destination[p]]
        if h >= 0:
            for side, x, node, place, first_row, rows, via in (
                (0, origin[p], node_o, place_o, ptr_o, rows_o, via_o),
                (1, destination[p], node_d, place_d, ptr_d, rows_d, via_d),
            ):
                if at[side, x, h] < 0:
                    k = place[x]
                    turn = node[k]
                    while depth[turn] > h:
                        turn = parent[turn]
                    at[side, x, h] = pooled
                    first, last = first_row[k // lanes], first_row[k // lanes + 1]
                    pool, pooled = climb_marks(
                        side, turn, k % lanes, first, last, rows, via, low, sides, mark, some, stack, pool, pooled
                    )
                    end[side, x, h] = pooled
                begin, more = at[side, x, h], end[side, x, h] - at[side, x, h]
                while used + more > len(out):
                    wider = np.empty(2 * len(out), np.int32)
                    wider[:used] = out[:used]
                    out = wider
                for q in range(begin, begin + more):
                    out[used] = pool[q]
                    used += 1
        ptr[p + 1] = used
    return ptr, out[:used].copy()
