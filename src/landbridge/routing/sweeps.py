"""Kernels that find the costs: up from LANES places side by side, then down to all destinations.

Rows hold one number for each of LANES origins, so that one vector instruction serves eight of them. Origins are taken
in the order of the hierarchy: neighbours share most of what lies above them.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numba import njit

LANES: Final = 128


@njit(cache=True)
def block_rows(parent, node):  # type: ignore[no-untyped-def]
    """Rows of each block of LANES of the sorted positions `node`: all their ancestors and themselves, ascending.

    Returns the union over all blocks, where each block's rows begin [blocks+1], and the rows' positions.
    """
    n = len(parent)
    blocks = -(-len(node) // LANES)
    ever = np.zeros(n, np.bool_)
    mark = np.full(n, -1, np.int32)
    ptr = np.zeros(blocks + 1, np.int64)
    for i in range(len(node)):
        v = node[i]
        while v >= 0 and mark[v] != i // LANES:
            mark[v] = i // LANES
            ever[v] = True
            ptr[i // LANES + 1] += 1
            v = parent[v]
    union = np.flatnonzero(ever).astype(np.int32)
    for b in range(blocks):
        ptr[b + 1] += ptr[b]
    rows = np.empty(ptr[blocks], np.int32)
    mark[:] = -1
    k = 0
    for b in range(blocks):
        for i in range(b * LANES, min(len(node), (b + 1) * LANES)):
            v = node[i]
            while v >= 0 and mark[v] != b:
                mark[v] = b
                v = parent[v]
        for v in union:
            if mark[v] == b:
                rows[k] = v
                k += 1
    return union, ptr, rows


@njit(cache=True, nogil=True)
def _offer(cost, via, to, row, by, edge):  # type: ignore[no-untyped-def]
    """Offer row `to` what row `row` reaches along an edge that costs `by`, in every lane."""
    for lane in range(LANES):
        x = cost[row, lane] + by
        better = x < cost[to, lane]
        via[to, lane] = edge if better else via[to, lane]
        cost[to, lane] = x if better else cost[to, lane]


@njit(cache=True, nogil=True)
def climb(up_ptr, up_node, edge_cost, ends_only, side, node, ptr, rows, cost, via, first, last):  # type: ignore[no-untyped-def]
    """Least cost of climbing from each place of blocks first:last to its ancestors (side 0 upward, 1 from them down),
    and the last edge of the climb, by row and lane; inf and -1 where there is none."""
    row_of = np.empty(len(up_ptr), np.int32)
    for b in range(first, last):
        for r in range(ptr[b], ptr[b + 1]):
            row_of[rows[r]] = r
            for lane in range(LANES):
                cost[r, lane] = np.inf
                via[r, lane] = -1
        lanes = min(LANES, len(node) - b * LANES)
        for lane in range(lanes):
            cost[row_of[node[b * LANES + lane]], lane] = 0.0
        for r in range(ptr[b], ptr[b + 1]):
            v = rows[r]
            for e in range(up_ptr[v], up_ptr[v + 1]):
                by = edge_cost[2 * e + side]
                if by == np.inf:
                    continue
                to = row_of[up_node[e]]
                if not ends_only[v]:
                    _offer(cost, via, to, r, by, e)
                    continue
                for lane in range(lanes):  # only who starts here may go on
                    if node[b * LANES + lane] == v and by < cost[to, lane]:
                        cost[to, lane] = by
                        via[to, lane] = e


@njit(cache=True, nogil=True)
def _lower(best, hub, k, cost, hubs, row, by):  # type: ignore[no-untyped-def]
    """Let four rows above compete for a node, in every lane, and keep the hub of the best."""
    a, b, c, d = row[k], row[k + 1], row[k + 2], row[k + 3]
    by_a, by_b, by_c, by_d = by[k], by[k + 1], by[k + 2], by[k + 3]
    for lane in range(LANES):
        x, y, z, w = cost[a, lane] + by_a, cost[b, lane] + by_b, cost[c, lane] + by_c, cost[d, lane] + by_d
        hx, hy, hz, hw = hubs[a, lane], hubs[b, lane], hubs[c, lane], hubs[d, lane]
        second = y < x
        x = y if second else x
        hx = hy if second else hx
        fourth = w < z
        z = w if fourth else z
        hz = hw if fourth else hz
        later = z < x
        x = z if later else x
        hx = hz if later else hx
        old, old_hub = best[lane], hub[lane]
        better = x < old
        hub[lane] = hx if better else old_hub
        best[lane] = x if better else old


@njit(cache=True, nogil=True)
def descend(  # type: ignore[no-untyped-def]
    depth, up_ptr, up_depth, edge_cost, ends_only, height,
    node_o, order_o, ptr_o, rows_o, cost_o, node_d, order_d, union_d, cost, hub, first, last,
):  # fmt: skip
    """Least cost from the origins of blocks first:last to all destinations, and the depth of the node at which the
    way turns down (-1: no way). Rows are kept by depth: what a node needs are its ancestors alone."""
    row_of = np.full(len(depth), -1, np.int32)
    table = np.full((height + 1, LANES), np.inf)  # the last row stays inf, to fill up fours
    turns = np.full((height + 1, LANES), -1, np.int32)
    best, turn = np.empty(LANES), np.empty(LANES, np.int32)
    row, by = np.empty(height + 4, np.int32), np.empty(height + 4)
    found, found_turn = np.empty((len(node_d), LANES)), np.empty((len(node_d), LANES), np.int32)
    for b in range(first, last):
        lanes = min(LANES, len(node_o) - b * LANES)
        for r in range(ptr_o[b], ptr_o[b + 1]):
            row_of[rows_o[r]] = r
        t = len(node_d) - 1
        for i in range(len(union_d) - 1, -1, -1):
            v = union_d[i]
            r = row_of[v]
            if r >= 0:
                for lane in range(LANES):
                    x = cost_o[r, lane]
                    best[lane] = x
                    turn[lane] = depth[v] if x < np.inf else -1
            else:
                best[:] = np.inf
                turn[:] = -1
            size = 0
            for e in range(up_ptr[v], up_ptr[v + 1]):
                if edge_cost[2 * e + 1] < np.inf:
                    row[size], by[size] = up_depth[e], edge_cost[2 * e + 1]
                    size += 1
            while size % 4 != 0:
                row[size], by[size] = height, np.inf
                size += 1
            for k in range(0, size, 4):
                _lower(best, turn, k, table, turns, row, by)
            while t >= 0 and node_d[t] == v:
                for lane in range(LANES):
                    found[t, lane] = best[lane]
                for lane in range(LANES):
                    found_turn[t, lane] = turn[lane]
                t -= 1
            d = depth[v]
            for lane in range(LANES):
                table[d, lane] = best[lane]
            for lane in range(LANES):
                turns[d, lane] = turn[lane]
            if ends_only[v]:  # only who starts here may go on
                for lane in range(LANES):
                    mine = lane < lanes and node_o[b * LANES + lane] == v
                    table[d, lane] = 0.0 if mine else np.inf
                    turns[d, lane] = d if mine else -1
        for r in range(ptr_o[b], ptr_o[b + 1]):
            row_of[rows_o[r]] = -1
        _hand_over(found, found_turn, order_o, order_d, b * LANES, lanes, cost, hub)


@njit(cache=True, nogil=True)
def _hand_over(found, found_turn, order_o, order_d, start, lanes, cost, hub):  # type: ignore[no-untyped-def]
    """Turn a block's results round, eight lanes at a time: a line of the cache is read once."""
    for group in range(0, lanes, 8):
        for t in range(len(order_d)):
            for lane in range(group, min(group + 8, lanes)):
                cost[order_o[start + lane], order_d[t]] = found[t, lane]
                hub[order_o[start + lane], order_d[t]] = found_turn[t, lane]
