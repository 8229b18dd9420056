"""Where capacities are always used together their prices are not unique: the interval of each.

Chain flows are unique, so every optimal price vector p + d leaves all choices as they are: A_r d is the same for all
chains r of a shipment (zero where part of it is not shipped). These d are the null space of the dual's Hessian over the
assets that are full; within it prices stay >= 0 and logsums below the outside cost. Two small LPs give the ends, which
are the one-sided derivatives of the optimum with respect to the capacity.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linprog

from landbridge.assignment.entropic_kernel import curvature
from landbridge.assignment.entropic_records import Assets, Assignment, Shipments
from landbridge.errors import BadInput

Floats = NDArray[np.float64]

_FULL = 1e-6  # an asset counts as full within this share of its capacity
_FLAT = 1e-9  # eigenvalues of the scaled Hessian below this share of the largest are null directions


def price_range(ship: Shipments, limits: Assets, result: Assignment, which: ArrayLike) -> tuple[Floats, Floats]:
    """Lowest and highest capacity price of the assets `which` [n] over all optimal duals of a "rent" solve.

    Equal ends: the price is unique. High end inf: capacity is all that stands between the demand and infeasibility.
    The ends are worth: one unit more of capacity saves `low`, one unit less costs `high`.
    """
    chosen = np.atleast_1d(np.asarray(which, np.int64))
    if len(chosen) and (chosen.min() < 0 or chosen.max() >= limits.n_assets):
        raise BadInput("no such asset", "price_range", f"indices run from 0 to {limits.n_assets - 1}")
    low, high = result.capacity_price[chosen].copy(), result.capacity_price[chosen].copy()
    full = np.flatnonzero(
        (result.asset_flow >= limits.capacity * (1 - _FULL)) & (limits.capacity > 0) & ~limits.balance
    )
    null = _null_space(ship, result, full, limits.n_assets)
    if null.shape[1] == 0:
        return low, high
    rows, room = _outside_rows(ship, result, full, limits.n_assets, null)
    bounds = np.vstack([-null, rows])
    right = np.concatenate([result.capacity_price[full], room])
    for i, a in enumerate(chosen.tolist()):
        at = np.flatnonzero(full == a)
        if len(at) == 0 or np.abs(null[at[0]]).max() < 1e-7:
            continue
        for sign, ends in ((1.0, low), (-1.0, high)):
            found = linprog(sign * null[at[0]], bounds, right, bounds=(None, None), method="highs")
            if found.status == 3:  # unbounded
                ends[i] = np.inf if sign < 0 else 0.0
            elif found.fun is not None:
                ends[i] = max(result.capacity_price[a] + sign * found.fun, 0.0)
    return low, high


def _null_space(ship: Shipments, result: Assignment, full: NDArray[np.intp], n_assets: int) -> Floats:
    """Orthonormal price directions [full, d] that change no choice."""
    place = np.full(n_assets, -1, np.int64)
    place[full] = np.arange(len(full))
    h = np.zeros((len(full), len(full)))
    curvature(
        0, ship.n_shipments, h, place, ship.theta, ship.mode_theta, ship.outside_cost, ship.elastic, ship.nest_ptr,
        ship.chain_ptr, ship.use_ptr, ship.asset, ship.weight, result.chain_flow, result.logsum, result.shipped,
    )  # fmt: skip
    if len(full) == 0:
        return np.zeros((0, 0))
    h = h + np.tril(h, -1).T
    scale = 1.0 / np.sqrt(np.maximum(result.asset_flow[full], 1e-300))
    values, vectors = np.linalg.eigh(h * scale[:, None] * scale[None, :])
    flat = vectors[:, values <= _FLAT * max(float(values[-1]), 1e-300)] * scale[:, None]
    if flat.shape[1] == 0:
        return np.zeros((len(full), 0))
    return np.asarray(np.linalg.qr(flat)[0])


def _outside_rows(
    ship: Shipments, result: Assignment, full: NDArray[np.intp], n_assets: int, null: Floats
) -> tuple[Floats, Floats]:
    """Rows: a shipment that is shipped whole may not become dearer than its outside cost."""
    whole = np.flatnonzero(np.isfinite(ship.outside_cost) & (result.shipped > 0) & (result.logsum <= ship.outside_cost))
    place = np.full(n_assets, -1, np.int64)
    place[full] = np.arange(len(full))
    first = ship.chain_ptr[ship.nest_ptr[whole]]
    last = ship.chain_ptr[ship.nest_ptr[whole + 1]]
    rows, room = [], []
    for k, begin, end in zip(whole.tolist(), first.tolist(), last.tolist()):
        used = np.flatnonzero(result.chain_flow[begin:end] > 0)
        r = begin + int(used[0])
        uses = slice(int(ship.use_ptr[r]), int(ship.use_ptr[r + 1]))
        at = place[ship.asset[uses]]
        rows.append(ship.weight[uses][at >= 0] @ null[at[at >= 0]])
        room.append(ship.outside_cost[k] - result.logsum[k])
    if not rows:
        return np.zeros((0, null.shape[1])), np.zeros(0)
    table = np.column_stack([np.round(np.array(rows), 9), np.array(room)])
    table = table[np.abs(table[:, :-1]).max(axis=1) > 1e-8]
    order = np.lexsort(table.T[::-1])
    table = table[order]
    keep = np.ones(len(table), bool)
    keep[1:] = np.any(table[1:, :-1] != table[:-1, :-1], axis=1)  # the first of equal rows has the least room
    return table[keep, :-1], table[keep, -1]
