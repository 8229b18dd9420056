"""Choice sets for all pairs of zones: least-cost chains under several variants, compressed to priced assets as found.

A variant is a row of arc costs: all ways open, one choke point shut, by land only ... Each origin grows one tree a
variant; a chain is kept as (fixed cost, sorted assets with their passages) and a pair keeps one chain for each set of
assets. Nothing longer is ever stored, so a world of some hundred zones fits in memory.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from landbridge.assignment.entropic_records import Shipments
from landbridge.assignment.route_set import path_sizes
from landbridge.assignment.shortest import forward_star, tree
from landbridge.errors import BadInput, Fault

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Chains:
    """Chains of all ordered zone pairs, pair (i, j) = i z + j; costs without prices."""

    n_zones: int
    pair_ptr: Ints  # [z z + 1]
    cost: Floats  # [c] per unit
    variant: NDArray[np.int16]  # [c] the variant that found it
    use_ptr: Ints  # [c+1]
    asset: NDArray[np.int32]  # [u] ascending within a chain
    passages: NDArray[np.int32]  # [u] how often the chain passes it
    overlap: Floats  # [c] path size over assets, in (0, 1]; 1 for a chain that shares nothing


@njit(cache=True)
def _search(  # type: ignore[no-untyped-def]
    n_nodes, star_ptr, star_arc, tail, head, cost, charged, zone, asset_of_arc, n_assets
):
    """One variant: (charged cost [z, z], inf no way; ptr [z z + 1], asset, passages)."""
    z, m = len(zone), len(tail)
    out = np.full((z, z), np.inf)
    ptr = np.zeros(z * z + 1, np.int64)
    asset, passages = np.empty(4 * z * z + 64, np.int32), np.empty(4 * z * z + 64, np.int32)
    dist, pred = np.empty(n_nodes), np.empty(n_nodes, np.int64)
    heap_key, heap_node, near = np.empty(m + 1), np.empty(m + 1, np.int64), np.empty(n_nodes, np.int32)
    times = np.zeros(n_assets, np.int32)
    found = np.empty(n_assets, np.int32)
    used = 0
    for i in range(z):
        tree(zone[i], star_ptr, star_arc, head, cost, 0, dist, pred, heap_key, heap_node, near)
        for j in range(z):
            n = 0
            if i != j and dist[zone[j]] < np.inf:
                out[i, j] = 0.0
                node = zone[j]
                while node != zone[i]:
                    out[i, j] += charged[pred[node]]
                    a = asset_of_arc[pred[node]]
                    if a >= 0:
                        if times[a] == 0:
                            found[n] = a
                            n += 1
                        times[a] += 1
                    node = tail[pred[node]]
                found[:n].sort()
            while used + n > len(asset):
                wider, more = np.empty(2 * len(asset), np.int32), np.empty(2 * len(asset), np.int32)
                wider[:used] = asset[:used]
                more[:used] = passages[:used]
                asset, passages = wider, more
            for s in range(n):
                asset[used] = found[s]
                passages[used] = times[found[s]]
                times[found[s]] = 0
                used += 1
            ptr[i * z + j + 1] = used
    return out, ptr, asset[:used].copy(), passages[:used].copy()


@njit(cache=True)
def _merge(cost, ptr, asset, passages, n_assets):  # type: ignore[no-untyped-def]
    """Variants [v, pairs] to chains by pair: the first of each set of assets, with path sizes over assets."""
    n_variants, pairs = cost.shape
    keep = np.zeros((n_variants, pairs), np.bool_)
    chains, uses = 0, 0
    for q in range(pairs):
        for v in range(n_variants):
            if cost[v, q] == np.inf:
                continue
            new = True
            for w in range(v):
                if keep[w, q] and ptr[v, q + 1] - ptr[v, q] == ptr[w, q + 1] - ptr[w, q]:
                    same = True
                    for s in range(ptr[v, q + 1] - ptr[v, q]):
                        if asset[ptr[v, q] + s] != asset[ptr[w, q] + s]:
                            same = False
                            break
                    if same:
                        new = False
                        break
            if new:
                keep[v, q] = True
                chains += 1
                uses += ptr[v, q + 1] - ptr[v, q]
    pair_ptr, use_ptr = np.zeros(pairs + 1, np.int64), np.zeros(chains + 1, np.int64)
    out_cost, variant = np.empty(chains), np.empty(chains, np.int16)
    out_asset, out_passages = np.empty(uses, np.int32), np.empty(uses, np.int32)
    c, u = 0, 0
    for q in range(pairs):
        for v in range(n_variants):
            if not keep[v, q]:
                continue
            out_cost[c], variant[c] = cost[v, q], v
            for s in range(ptr[v, q], ptr[v, q + 1]):
                out_asset[u], out_passages[u] = asset[s], passages[s]
                u += 1
            c += 1
            use_ptr[c] = u
        pair_ptr[q + 1] = c
    overlap = path_sizes(pair_ptr, np.zeros(chains, np.int8), use_ptr, out_asset, n_assets)
    return pair_ptr, out_cost, variant, use_ptr, out_asset, out_passages, overlap


def find_chains(
    n_nodes: int,
    tail: ArrayLike,
    head: ArrayLike,
    variants: ArrayLike,
    zone: ArrayLike,
    asset_of_arc: ArrayLike,
    n_assets: int,
    detour: float = 2.0,
    charged: ArrayLike | None = None,
) -> Chains:
    """Chains between all zones [z] (nodes) under cost variants [v, m] (inf = shut), least cost each.

    `charged` [v, m] is what a found chain costs, where that differs from the weights it is searched by (goods that
    differ in their value of time take different ways). asset_of_arc [m] is -1 where nothing is counted. A chain dearer
    than `detour` times the pair's cheapest is left out. The path size counts shared assets: the mean over a chain's
    assets of 1 / (chains of the pair that use it).
    """
    t, h, z, a = (np.array(x, np.int64) for x in (tail, head, zone, asset_of_arc))
    costs = np.atleast_2d(np.array(variants, np.float64))
    _check(n_nodes, t, h, z, a, costs, n_assets, detour)
    star = forward_star(t, n_nodes)
    charges = costs if charged is None else np.broadcast_to(np.asarray(charged, np.float64), costs.shape)
    found = [
        _search(n_nodes, *star, t, h, row, np.ascontiguousarray(charge), z, a, n_assets)
        for row, charge in zip(costs, charges)
    ]
    cost = np.stack([f[0].ravel() for f in found])
    cost[cost > detour * cost.min(axis=0)] = np.inf
    sizes = np.cumsum([0] + [len(f[2]) for f in found])
    ptr = np.stack([f[1] + s for f, s in zip(found, sizes)])
    merged = _merge(cost, ptr, np.concatenate([f[2] for f in found]), np.concatenate([f[3] for f in found]), n_assets)
    return Chains(len(z), *merged)


def shipments_of(
    chains: Chains, demand: ArrayLike, theta: ArrayLike, outside_cost: ArrayLike, weight: ArrayLike = 1.0
) -> tuple[Shipments, Ints]:
    """Shipments of demand [z, z] over its chains, and the pair (i z + j) of each; pairs without demand are left out.

    theta, outside_cost: scalar or [z, z]; weight: asset units per unit of demand and passage, scalar or [a].
    """
    n = chains.n_zones
    q = np.asarray(demand, np.float64)
    if q.shape != (n, n) or not np.all(np.isfinite(q)) or np.any(q < 0):
        raise BadInput(f"demand has shape {q.shape} or bad entries", "demand", f"[{n}, {n}], finite, not negative")
    pair = np.flatnonzero((q.ravel() > 0) & (np.arange(n * n) // n != np.arange(n * n) % n))
    count = np.diff(chains.pair_ptr)[pair]
    chain = np.repeat(chains.pair_ptr[pair] - np.cumsum(np.append(0, count[:-1])), count) + np.arange(count.sum())
    uses = np.diff(chains.use_ptr)[chain]
    use = np.repeat(chains.use_ptr[chain] - np.cumsum(np.append(0, uses[:-1])), uses) + np.arange(uses.sum())
    per_asset = np.asarray(weight, np.float64)
    load = per_asset if per_asset.ndim == 0 else per_asset[chains.asset[use]]

    def spread(x: ArrayLike) -> Floats:
        full = np.broadcast_to(np.asarray(x, np.float64), (n, n))
        return np.array(full.ravel()[pair])

    scale = spread(theta)
    ship = Shipments(
        q.ravel()[pair], scale, scale.copy(), spread(outside_cost), np.zeros(len(pair), bool),
        np.arange(len(pair) + 1), np.concatenate(([0], np.cumsum(count))).astype(np.int64), chains.cost[chain],
        chains.overlap[chain], np.concatenate(([0], np.cumsum(uses))).astype(np.int64), chains.asset[use],
        chains.passages[use] * load,
    )  # fmt: skip
    return ship, pair.astype(np.int64)


def _check(n: int, t: Ints, h: Ints, z: Ints, a: Ints, costs: Floats, n_assets: int, detour: float) -> None:
    faults = []
    for nodes, name in ((t, "tail"), (h, "head"), (z, "zone")):
        if len(nodes) and (nodes.min() < 0 or nodes.max() >= n):
            faults.append(Fault("nodes out of range", name, f"0..{n - 1}"))
    if costs.shape[1] != len(t) or not np.all(costs >= 0):
        faults.append(Fault(f"has shape {costs.shape} or negative costs", "variants", f"[v, {len(t)}], inf = shut"))
    if len(a) != len(t) or (len(a) and a.max() >= n_assets):
        faults.append(Fault("does not give an asset (or -1) for each arc", "asset_of_arc", f"-1..{n_assets - 1}"))
    if not detour >= 1:
        faults.append(Fault(f"detour = {detour}", "find_chains", "1 or more"))
    if faults:
        raise BadInput(faults)
