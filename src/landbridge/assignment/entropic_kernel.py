"""Kernels of the entropic dual: choice at given prices, its curvature, and the primal objective.

Index letters: k shipments, g nests of a shipment (modes), r chains of a nest, i uses of assets by a chain.
"""

from __future__ import annotations

from math import exp, log

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def choose(  # type: ignore[no-untyped-def]
    begin, end, price, demand, theta, mode_theta, outside, elastic, nest_ptr, chain_ptr, cost, size, use_ptr, asset,
    weight, flow, logsum, shipped, load,
):  # fmt: skip
    """Fill flow [c], logsum [k], shipped [k] of shipments begin:end at prices [a] and add to load [a]; return their
    part of the dual objective.

    x_r = shipped P(g) P(r|g), nested logit; shipped = d while the logsum is below the outside cost and
    d exp(-mode_theta (logsum - outside)) beyond (always, for elastic shipments). No way: logsum inf, shipped 0.
    """
    total = 0.0
    nests = 1
    for k in range(begin, end):
        nests = max(nests, nest_ptr[k + 1] - nest_ptr[k])
    part = np.empty(nests)
    for k in range(begin, end):
        th, tm = theta[k], mode_theta[k]
        g0, g1 = nest_ptr[k], nest_ptr[k + 1]
        low_all = np.inf
        for g in range(g0, g1):
            low = np.inf
            for r in range(chain_ptr[g], chain_ptr[g + 1]):
                y = cost[r]
                if size[r] <= 0.0:
                    y = np.inf
                if y < np.inf:
                    for i in range(use_ptr[r], use_ptr[r + 1]):
                        y += weight[i] * price[asset[i]]
                    low = min(low, y)
                flow[r] = y
            z = 0.0
            if low < np.inf:
                for r in range(chain_ptr[g], chain_ptr[g + 1]):
                    flow[r] = size[r] * exp(-th * (flow[r] - low)) if flow[r] < np.inf else 0.0
                    z += flow[r]
                for r in range(chain_ptr[g], chain_ptr[g + 1]):
                    flow[r] /= z
                part[g - g0] = low - log(z) / th
                low_all = min(low_all, part[g - g0])
            else:
                for r in range(chain_ptr[g], chain_ptr[g + 1]):
                    flow[r] = 0.0
                part[g - g0] = np.inf
        shipped[k] = 0.0
        logsum[k] = np.inf
        if low_all == np.inf:
            if outside[k] < np.inf and not elastic[k]:
                total += demand[k] * outside[k]
            continue
        z = 0.0
        for g in range(g1 - g0):
            part[g] = exp(-tm * (part[g] - low_all)) if part[g] < np.inf else 0.0
            z += part[g]
        s = low_all - log(z) / tm
        logsum[k] = s
        sent = demand[k]
        if s > outside[k] or elastic[k]:
            share = exp(min(-tm * (s - outside[k]), 700.0))
            sent *= share
            total += demand[k] * (outside[k] + (1.0 - share) / tm)
        else:
            total += demand[k] * s
        shipped[k] = sent
        for g in range(g0, g1):
            inside = sent * part[g - g0] / z
            for r in range(chain_ptr[g], chain_ptr[g + 1]):
                flow[r] *= inside
                if flow[r] > 0.0:
                    for i in range(use_ptr[r], use_ptr[r + 1]):
                        load[asset[i]] += weight[i] * flow[r]
    return total


@njit(cache=True, nogil=True)
def curvature(  # type: ignore[no-untyped-def]
    begin, end, h, place, theta, mode_theta, outside, elastic, nest_ptr, chain_ptr, use_ptr, asset, weight,
    flow, logsum, shipped,
):  # fmt: skip
    """Add minus the Hessian of the choice part of shipments begin:end into the lower triangle of h [f, f]; place [a] =
    row of asset, -1 none.

    theta sum x A A' + (mode_theta - theta) sum_g m_g m_g' / x_g - mode_theta m m' / shipped (the last not where the
    outside option is in use), with m_g = sum of x A over the nest and m over the shipment.
    """
    # a shipment's few assets are summed in a small matrix of its own, then scattered once: the big one is out of cache
    most = 1
    for k in range(begin, end):
        first, last = chain_ptr[nest_ptr[k]], chain_ptr[nest_ptr[k + 1]]
        most = max(most, min(use_ptr[last] - use_ptr[first], h.shape[0]))
    slot = np.full(h.shape[0], -1, np.int64)
    row = np.empty(most, np.int64)
    local = np.zeros((most, most))
    nest, whole = np.zeros(most), np.zeros(most)
    for k in range(begin, end):
        if shipped[k] <= 0.0:
            continue
        th, tm = theta[k], mode_theta[k]
        n = 0
        for g in range(nest_ptr[k], nest_ptr[k + 1]):
            inside = 0.0
            for r in range(chain_ptr[g], chain_ptr[g + 1]):
                x = flow[r]
                if x <= 0.0:
                    continue
                inside += x
                for i in range(use_ptr[r], use_ptr[r + 1]):
                    a = place[asset[i]]
                    if a < 0:
                        continue
                    if slot[a] < 0:
                        slot[a] = n
                        row[n] = a
                        n += 1
                    p = slot[a]
                    wx = weight[i] * x
                    nest[p] += wx
                    wx *= th
                    for j in range(use_ptr[r], i + 1):
                        b = place[asset[j]]
                        if b >= 0:
                            q = slot[b]
                            if p >= q:
                                local[p, q] += wx * weight[j]
                            else:
                                local[q, p] += wx * weight[j]
            scale = (tm - th) / inside if inside > 0.0 else 0.0
            for p in range(n):
                if nest[p] != 0.0 and scale != 0.0:
                    for q in range(p + 1):
                        local[p, q] += scale * nest[p] * nest[q]
                whole[p] += nest[p]
            for p in range(n):
                nest[p] = 0.0
        scale = 0.0 if logsum[k] > outside[k] or elastic[k] else tm / shipped[k]
        for p in range(n):
            a = row[p]
            for q in range(p + 1):
                b = row[q]
                value = local[p, q] - scale * whole[p] * whole[q]
                local[p, q] = 0.0
                if a >= b:
                    h[a, b] += value
                else:
                    h[b, a] += value
        for p in range(n):
            whole[p] = 0.0
            slot[row[p]] = -1


@njit(cache=True)
def primal(demand, theta, mode_theta, outside, elastic, nest_ptr, chain_ptr, cost, size, flow):  # type: ignore[no-untyped-def]
    """Cost + entropy + outside option of chain flows [c]: the primal objective without congestion.

    sum c x + (1/theta) sum x ln(x / (x_g PS)) + (1/mode_theta) (sum_g x_g ln(x_g / d) - x_k + d) + outside (d - x_k);
    an elastic shipment has no outside term beyond  -outside x_k + outside d  (its dual's constant).
    """
    total = 0.0
    for k in range(len(demand)):
        if demand[k] <= 0.0:
            continue
        sent = 0.0
        reachable = False
        for g in range(nest_ptr[k], nest_ptr[k + 1]):
            inside = 0.0
            for r in range(chain_ptr[g], chain_ptr[g + 1]):
                inside += flow[r]
                reachable = reachable or (cost[r] < np.inf and size[r] > 0.0)
            for r in range(chain_ptr[g], chain_ptr[g + 1]):
                if flow[r] > 0.0:
                    total += flow[r] * (cost[r] + log(flow[r] / (inside * size[r])) / theta[k])
            if inside > 0.0:
                total += inside * log(inside / demand[k]) / mode_theta[k]
            sent += inside
        if reachable:
            total += (demand[k] - sent) / mode_theta[k]
        if outside[k] < np.inf and (reachable or not elastic[k]):
            total += outside[k] * (demand[k] - sent)
    return total


@njit(cache=True)
def compress(chain_arc_ptr, chain_arc, row_of, weights, asset_of):  # type: ignore[no-untyped-def]
    """Reduce chains of arcs to priced assets: (use_ptr, asset, weight); repeated assets add up their weight.

    row_of [c] is the chain's row of weights [h, a] or [h, 1] (same on all assets); weight 0 = does not load the asset.
    """
    wide = weights.shape[1] > 1
    n = len(chain_arc_ptr) - 1
    use_ptr = np.zeros(n + 1, np.int64)
    asset = np.empty(len(chain_arc), np.int32)
    weight = np.empty(len(chain_arc))
    z = 0
    for r in range(n):
        begin = z
        for i in range(chain_arc_ptr[r], chain_arc_ptr[r + 1]):
            a = asset_of[chain_arc[i]]
            w = weights[row_of[r], a if wide else 0] if a >= 0 else 0.0
            if w == 0.0:
                continue
            found = False
            for j in range(begin, z):
                if asset[j] == a:
                    weight[j] += w
                    found = True
                    break
            if not found:
                asset[z] = a
                weight[z] = w
                z += 1
        use_ptr[r + 1] = z
    return use_ptr, asset[:z].copy(), weight[:z].copy()
