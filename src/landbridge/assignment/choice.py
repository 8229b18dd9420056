"""Route choice on arrays: chains of arcs per shipment, path-size weights, logit, loading of arcs.

A shipment k owns the chains chain_ptr[k]:chain_ptr[k+1]; a chain r is the arcs chain_arc[chain_arc_ptr[r]:...].
The outside option (not shipped, or another supplier) is a linear slack at `outside_cost`, not a member of the logit:
shipped quantity is the whole demand while logsum <= outside_cost and d exp(-theta (logsum - outside_cost)) beyond,
the exact first-order condition of  min sum c x + (1/theta) sum x (ln(x / (d PS)) - 1) + outside_cost * unserved.
Sources: Ben-Akiva and Bierlaire 1999 (path size); Fisk 1980 (logit as an entropy programme).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from landbridge.errors import BadInput, Fault

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ChoiceSet:
    """Chains by shipment. k shipments, c chains, z arc uses; `n_arcs` is the length of arc arrays.

    `cost` is the chain's generalised cost per unit of demand, in one currency throughout (say USD per tonne).
    """

    chain_ptr: Ints  # [k+1]
    chain_arc_ptr: Ints  # [c+1]
    chain_arc: NDArray[np.int32]  # [z] arc indices, in travel order
    cost: Floats  # [c]
    path_size: Floats  # [c] 0 < PS <= 1
    n_arcs: int

    @property
    def n_shipments(self) -> int:
        """Number of shipments."""
        return len(self.chain_ptr) - 1


@dataclass(frozen=True, slots=True)
class Loaded:
    """Demand put on the network: nothing is lost, demand = shipped + unserved in every row."""

    chain_flow: Floats  # [c] unit of demand
    arc_flow: Floats  # [m]
    logsum: Floats  # [k] unit of cost; inf = no way through
    unserved: Floats  # [k] demand without a way, or priced out by the outside option
    no_way: NDArray[np.bool_]  # [k] True where the shipment has no chain at finite cost
    residual: float  # largest relative breach of demand = shipped + unserved


@njit(cache=True)
def _path_sizes(
    chain_ptr: Ints, arc_ptr: Ints, arcs: NDArray[np.int32], length: Floats, n_arcs: int, out: Floats
) -> None:
    uses = np.zeros(n_arcs, np.int64)
    for k in range(len(chain_ptr) - 1):
        first, last = chain_ptr[k], chain_ptr[k + 1]
        for i in range(arc_ptr[first], arc_ptr[last]):
            uses[arcs[i]] += 1
        for r in range(first, last):
            total, weighted = 0.0, 0.0
            for i in range(arc_ptr[r], arc_ptr[r + 1]):
                total += length[arcs[i]]
                weighted += length[arcs[i]] / uses[arcs[i]]
            out[r] = weighted / total if total > 0.0 else 1.0
        for i in range(arc_ptr[first], arc_ptr[last]):
            uses[arcs[i]] = 0


@njit(cache=True)
def _logit(
    demand: Floats, ptr: Ints, cost: Floats, theta: Floats, size: Floats, outside: Floats, flow: Floats, logsum: Floats
) -> None:
    for k in range(len(demand)):
        first, last = ptr[k], ptr[k + 1]
        low = np.inf
        for r in range(first, last):
            flow[r] = 0.0
            if size[r] > 0.0 and cost[r] < low:
                low = cost[r]
        logsum[k] = np.inf
        if low == np.inf:
            continue
        total = 0.0
        for r in range(first, last):
            if cost[r] < np.inf:
                flow[r] = size[r] * np.exp(-theta[k] * (cost[r] - low))
                total += flow[r]
        logsum[k] = low - np.log(total) / theta[k]
        shipped = demand[k]
        if logsum[k] > outside[k]:
            shipped *= np.exp(-theta[k] * (logsum[k] - outside[k]))
        for r in range(first, last):
            flow[r] *= shipped / total


@njit(cache=True)
def _load(flow: Floats, ptr: Ints, arcs: NDArray[np.int32], out: Floats) -> None:
    for r in range(len(flow)):
        if flow[r] != 0.0:
            for i in range(ptr[r], ptr[r + 1]):
                out[arcs[i]] += flow[r]


def logit(
    demand: ArrayLike,
    chain_ptr: ArrayLike,
    cost: ArrayLike,
    theta: ArrayLike,
    path_size: ArrayLike | None = None,
    outside_cost: ArrayLike | None = None,
) -> tuple[Floats, Floats]:
    """Split each shipment over its chains: x_r = d PS_r exp(-theta c_r) / sum (Fisk 1980).

    demand [k] >= 0; chain_ptr [k+1]; cost [c] (inf = closed); theta [k] or scalar, in 1/unit of cost, > 0;
    path_size [c] (default 1); outside_cost [k] or scalar (default inf: everything that has a way is shipped).
    Returns flows [c] in the unit of demand and logsums [k] = -(1/theta) ln sum PS exp(-theta c), inf without a way.
    Shipments without a way get no flow: read them off `unserved`. BadInput lists every faulty array.
    """
    d = np.ascontiguousarray(demand, np.float64)
    ptr = np.ascontiguousarray(chain_ptr, np.int64)
    c = np.ascontiguousarray(cost, np.float64)
    th = np.ascontiguousarray(np.broadcast_to(np.asarray(theta, np.float64), d.shape))
    size = np.ones_like(c) if path_size is None else np.ascontiguousarray(path_size, np.float64)
    out = np.inf if outside_cost is None else outside_cost
    outside = np.ascontiguousarray(np.broadcast_to(np.asarray(out, np.float64), d.shape))
    _check(d, ptr, c, th, size, outside)
    flow, logsum = np.zeros_like(c), np.empty_like(d)
    _logit(d, ptr, c, th, size, outside, flow, logsum)
    return flow, logsum


def load_arcs(chain_flow: ArrayLike, chain_arc_ptr: ArrayLike, chain_arc: ArrayLike, n_arcs: int) -> Floats:
    """Sum chain flows [c] onto arcs [n_arcs], in the unit of the flows. BadInput where an arc does not exist."""
    arcs = np.ascontiguousarray(chain_arc, np.int32)
    if len(arcs) and (arcs.min() < 0 or arcs.max() >= n_arcs):
        raise BadInput("a chain uses an arc that does not exist", "chain_arc", f"indices run from 0 to {n_arcs - 1}")
    out = np.zeros(n_arcs)
    _load(np.ascontiguousarray(chain_flow, np.float64), np.ascontiguousarray(chain_arc_ptr, np.int64), arcs, out)
    return out


def unserved(demand: ArrayLike, chain_ptr: ArrayLike, chain_flow: ArrayLike) -> Floats:
    """Demand [k] that no chain carries: demand minus the flows of its chains, never below rounding."""
    d, ptr = np.asarray(demand, np.float64), np.asarray(chain_ptr, np.int64)
    cumulated = np.concatenate(([0.0], np.cumsum(np.asarray(chain_flow, np.float64))))
    shipped = cumulated[ptr[1:]] - cumulated[ptr[:-1]]
    short = d - shipped
    rounding = 1e-12 * max(float(cumulated[-1]), 1.0)
    return np.where(np.abs(short) <= np.maximum(rounding, 1e-12 * d), 0.0, short)


def choice_set(
    routes: Sequence[Sequence[Sequence[int] | NDArray[np.integer]]],
    cost: Sequence[Sequence[float]],
    arc_length: ArrayLike,
) -> ChoiceSet:
    """Turn routes into a choice set with path-size weights.

    routes[k][r] is the sequence of arc indices of route r of shipment k (empty list: no way), cost[k][r] its
    generalised cost per unit of demand; arc_length [m] weighs arcs in the path size (km, or cost).
    PS_r = sum_a (l_a / L_r) / (number of the shipment's chains on a): Ben-Akiva and Bierlaire 1999.
    """
    length = np.ascontiguousarray(arc_length, np.float64)
    faults = [
        Fault(f"shipment {k} has {len(rs)} routes and {len(cs)} costs", "choice_set")
        for k, (rs, cs) in enumerate(zip(routes, cost))
        if len(rs) != len(cs)
    ]
    if len(routes) != len(cost):
        faults.append(Fault(f"{len(routes)} shipments with routes, {len(cost)} with costs", "choice_set"))
    if faults:
        raise BadInput(faults)
    flat = [np.asarray(r, np.int32) for rs in routes for r in rs]
    ptr = np.concatenate(([0], np.cumsum([len(rs) for rs in routes], dtype=np.int64))).astype(np.int64)
    arc_ptr = np.concatenate(([0], np.cumsum([len(r) for r in flat], dtype=np.int64))).astype(np.int64)
    arcs = np.concatenate(flat) if flat else np.empty(0, np.int32)
    costs = np.array([c for cs in cost for c in cs], np.float64)
    return ChoiceSet(ptr, arc_ptr, arcs, costs, path_size(ptr, arc_ptr, arcs, length), len(length))


def path_size(chain_ptr: ArrayLike, chain_arc_ptr: ArrayLike, chain_arc: ArrayLike, arc_length: ArrayLike) -> Floats:
    """Path-size weights [c] of chains given as arrays; arc_length [m] >= 0. A chain of zero length has weight 1."""
    length = np.ascontiguousarray(arc_length, np.float64)
    arcs = np.ascontiguousarray(chain_arc, np.int32)
    ptr, arc_ptr = np.ascontiguousarray(chain_ptr, np.int64), np.ascontiguousarray(chain_arc_ptr, np.int64)
    if len(arcs) and (arcs.min() < 0 or arcs.max() >= len(length)):
        raise BadInput("a chain uses an arc that does not exist", "chain_arc", f"indices run 0 to {len(length) - 1}")
    if not np.all(np.isfinite(length)) or np.any(length < 0):
        raise BadInput("arc lengths must be finite and not negative", "arc_length", "mend them, or pass cost instead")
    out = np.ones(len(arc_ptr) - 1)
    _path_sizes(ptr, arc_ptr, arcs, length, len(length), out)
    return out


def load(choice: ChoiceSet, demand: ArrayLike, theta: ArrayLike, outside_cost: ArrayLike | None = None) -> Loaded:
    """Logit over the choice set without capacities, loaded on arcs, with the conservation check built in.

    demand [k], theta [k] or scalar, outside_cost [k] or scalar as in `logit`. Where capacities bind use `solve`.
    """
    d = np.asarray(demand, np.float64)
    flow, logsum = logit(d, choice.chain_ptr, choice.cost, theta, choice.path_size, outside_cost)
    arc_flow = load_arcs(flow, choice.chain_arc_ptr, choice.chain_arc, choice.n_arcs)
    short = unserved(d, choice.chain_ptr, flow)
    shipped = np.add.reduceat(np.append(flow, 0.0), choice.chain_ptr[:-1]) * (np.diff(choice.chain_ptr) > 0)
    scale = max(float(d.sum()), 1e-300)
    return Loaded(flow, arc_flow, logsum, short, np.isinf(logsum), float(np.abs(d - shipped - short).sum()) / scale)


def _check(d: Floats, ptr: Ints, c: Floats, th: Floats, size: Floats, outside: Floats) -> None:
    faults = []
    if len(ptr) != len(d) + 1 or (len(ptr) and (ptr[0] != 0 or ptr[-1] != len(c))) or np.any(np.diff(ptr) < 0):
        faults.append(Fault("does not cut the chains into shipments", "chain_ptr", "0 = ptr[0] <= ... <= ptr[k] = c"))
    if len(size) != len(c):
        faults.append(Fault(f"has {len(size)} entries for {len(c)} chains", "path_size"))
    for bad, name, what in (
        (~np.isfinite(d) | (d < 0), "demand", "finite and not negative"),
        (np.isnan(c) | (c == -np.inf), "cost", "a number, or inf for a closed chain"),
        (~np.isfinite(th) | (th <= 0), "theta", "finite and positive"),
        (~np.isfinite(size) | (size < 0), "path_size", "finite and not negative"),
        (np.isnan(outside) | (outside == -np.inf), "outside_cost", "a number, or inf for none"),
    ):
        if bad.any():
            faults.append(Fault(f"{int(bad.sum())} entries are not {what} (first: {int(np.argmax(bad))})", name))
    if faults:
        raise BadInput(faults)
