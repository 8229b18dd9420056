"""User equilibrium (Wardrop 1952): nobody gains by changing path. Congestion only; for hard capacities see `entropic`.

Solved as Beckmann's convex programme by path-based gradient projection. The result keeps its paths, so arc flows,
path flows and select-link analyses agree by construction.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landbridge.assignment import user_equilibrium_kernel
from landbridge.assignment.choice import load_arcs
from landbridge.assignment.shortest import forward_star
from landbridge.assignment.user_equilibrium_loop import Pairs, run
from landbridge.assignment.volume_delay import AKCELIK, CONICAL, KINDS, beckmann, costs
from landbridge.errors import BadInput, Fault, NotConverged

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Sweeps beyond a tight gap: cheap, and they bring the objective below what Frank-Wolfe has at the same gap.
_POLISH, _TIGHT = 2, 1e-5


@dataclass(frozen=True, slots=True)
class CongestedNetwork:
    """Directed arcs with volume-delay functions; m arcs, nodes 0..n_nodes-1. Costs are in the unit of `free_cost`.

    Nodes below `first_through` are centroids: paths start and end there, never pass through.
    """

    n_nodes: int
    first_through: int
    tail: Ints  # [m]
    head: Ints  # [m]
    free_cost: Floats  # [m] cost at zero flow (hours, minutes or money)
    capacity: Floats  # [m] in the unit of the demand
    b: Floats  # [m] BPR factor, conical steepness, Akcelik delay parameter; 0 = no congestion
    power: Floats  # [m] BPR exponent, Akcelik flow period
    fixed_cost: Floats  # [m] tolls, length weights: added to the cost at any flow
    kind: NDArray[np.int8]  # [m] index into volume_delay.KINDS

    @property
    def n_arcs(self) -> int:
        """Number of directed arcs."""
        return len(self.tail)


@dataclass(frozen=True, slots=True)
class PathFlows:
    """Used paths by pair: q pairs, s paths, z arc uses; arcs in travel order."""

    pair_ptr: Ints  # [q+1] paths of pair k: pair_ptr[k]:pair_ptr[k+1]
    path_ptr: Ints  # [s+1] into arc
    arc: NDArray[np.int32]  # [z]
    flow: Floats  # [s]


@dataclass(frozen=True, slots=True)
class UserEquilibrium:
    """Equilibrium with its certificate. `relative_gap` = 1 - sum d u / sum v c; `objective` is Beckmann's."""

    arc_flow: Floats  # [m]
    arc_cost: Floats  # [m]
    od_cost: Floats  # [q] least cost of each pair; inf = no way
    unserved: Floats  # [q] demand without a way
    paths: PathFlows
    objective: float
    relative_gap: float
    sweeps: int
    seconds: float


def congested_network(
    tail: ArrayLike,
    head: ArrayLike,
    free_cost: ArrayLike,
    capacity: ArrayLike,
    b: ArrayLike = 0.15,
    power: ArrayLike = 4.0,
    fixed_cost: ArrayLike = 0.0,
    kind: str = "bpr",
    n_nodes: int | None = None,
    first_through: int = 0,
) -> CongestedNetwork:
    """Build and check a network; scalars are spread over all arcs. BadInput lists every fault."""
    t, h = np.array(tail, np.int64), np.array(head, np.int64)
    if kind not in KINDS:
        raise BadInput(f"unknown volume-delay function {kind!r}", "kind", f"one of {', '.join(KINDS)}")

    def spread(a: ArrayLike) -> Floats:
        return np.array(np.broadcast_to(np.asarray(a, np.float64), t.shape))  # a copy: contiguous, one compilation

    n = int(max(t.max(initial=-1), h.max(initial=-1))) + 1 if n_nodes is None else n_nodes
    kinds = np.full(t.shape, KINDS.index(kind), np.int8)
    network = CongestedNetwork(
        n, first_through, t, h, spread(free_cost), spread(capacity), spread(b), spread(power), spread(fixed_cost), kinds
    )
    _check_network(network)
    return network


def equilibrium(
    network: CongestedNetwork,
    origin: ArrayLike,
    destination: ArrayLike,
    demand: ArrayLike,
    relative_gap: float = 1e-6,
    max_sweeps: int = 500,
) -> UserEquilibrium:
    """User equilibrium of demand [q], in the unit of the capacities, between nodes `origin` [q] and `destination` [q].

    Wardrop (1952) as Beckmann's convex programme; Jayakrishnan and others (1994), Xie, Nie and Liu (2018). BadInput.
    Demand from a node to itself uses no arc and is left out of flows. Demand without a way is returned as `unserved`.
    NotConverged where `max_sweeps` (shortest-path sweeps over all origins) do not reach `relative_gap`.
    """
    begun = time.perf_counter()
    o, d = np.asarray(origin, np.int64), np.asarray(destination, np.int64)
    q = np.asarray(demand, np.float64)
    _check_network(network)
    _check_demand(network, o, d, q)
    keep = np.flatnonzero((q > 0) & (o != d))
    order = keep[np.lexsort((d[keep], o[keep]))]
    origins, first = np.unique(o[order], return_index=True)
    star_ptr, star_arc = forward_star(network.tail, network.n_nodes)
    pairs = Pairs(origins, np.append(first, len(order)).astype(np.int64), d[order], q[order])
    polish = _POLISH if relative_gap < _TIGHT else 0
    od_cost, gap, sweeps, lists = run(network, (star_ptr, star_arc), pairs, relative_gap, max_sweeps, polish)
    if gap > relative_gap:
        raise NotConverged("user equilibrium", gap, f"raise max_sweeps above {max_sweeps} or relax relative_gap")
    paths = _paths(order, len(q), *lists)
    flow = load_arcs(paths.flow, paths.path_ptr, paths.arc, network.n_arcs)
    arc_cost = costs(flow, *_functions(network))
    full_cost = np.where(o == d, 0.0, np.inf)
    full_cost[order] = od_cost
    full_cost[(q == 0) & (o != d)] = np.nan  # not asked for, not computed
    unserved = np.where(np.isinf(full_cost), q, 0.0)
    z = float(beckmann(flow, *_functions(network)))
    return UserEquilibrium(
        flow, arc_cost, full_cost, unserved, paths, z, float(gap), int(sweeps), time.perf_counter() - begun
    )


def objective(network: CongestedNetwork, arc_flow: ArrayLike) -> float:
    """Beckmann's objective at any arc flows [m]: to compare with published best-known flows."""
    return float(beckmann(np.ascontiguousarray(arc_flow, np.float64), *_functions(network)))


def select_link(result: UserEquilibrium, arcs: ArrayLike) -> tuple[Floats, Floats]:
    """Who uses these arcs: demand [q] whose path passes any of them, and the arc flows [m] of those paths.

    Taken from the same path flows as `arc_flow`: for one arc the demand sums to its flow exactly.
    """
    chosen = np.zeros(len(result.arc_flow), bool)
    chosen[np.asarray(arcs, np.int64)] = True
    p = result.paths
    passes = np.add.reduceat(np.append(chosen[p.arc], False), p.path_ptr[:-1], dtype=np.int64) > 0
    passes &= np.diff(p.path_ptr) > 0
    flow = np.where(passes, p.flow, 0.0)
    pair = np.repeat(np.arange(len(p.pair_ptr) - 1), np.diff(p.pair_ptr))
    by_pair = np.bincount(pair, flow, minlength=len(p.pair_ptr) - 1).astype(np.float64)
    return by_pair, load_arcs(flow, p.path_ptr, p.arc, len(result.arc_flow))


def _functions(n: CongestedNetwork) -> tuple[NDArray[np.int8], Floats, Floats, Floats, Floats, Floats]:
    return n.kind, n.free_cost, n.b, n.power, n.capacity, n.fixed_cost


def _paths(order: Ints, n_pairs: int, *lists: NDArray[np.generic]) -> PathFlows:
    """Turn the kernel's linked lists (pairs in `order`) into arrays by pair, arcs from origin to destination."""
    place = np.full(n_pairs, -1, np.int64)
    place[order] = np.arange(len(order))
    return PathFlows(*user_equilibrium_kernel.unlink(place, *lists))


def _check_network(n: CongestedNetwork) -> None:
    faults = []
    m = n.n_arcs
    if m == 0:
        faults.append(Fault("the network has no arcs", "tail", "give at least one arc"))
    for nodes, name in ((n.tail, "tail"), (n.head, "head")):
        if len(nodes) != m or (m and (nodes.min() < 0 or nodes.max() >= n.n_nodes)):
            faults.append(Fault("nodes out of range or of wrong length", name, f"{m} indices in 0..{n.n_nodes - 1}"))
    congested = n.b != 0
    for bad, name, what in (
        (~(n.free_cost >= 0) | np.isinf(n.free_cost), "free_cost", "finite and not negative"),
        (~(n.free_cost + n.fixed_cost >= 0), "fixed_cost", "such that the cost at zero flow is not negative"),
        (congested & ~((n.capacity > 0) & np.isfinite(n.capacity)), "capacity", "above 0 (drop closed arcs, or b = 0)"),
        (~(n.b >= 0) | ((n.kind == CONICAL) & congested & (n.b <= 1)), "b", "not negative (conical: above 1)"),
        (
            ~(n.power >= 0) | ((n.kind == AKCELIK) & congested & (n.power <= 0)),
            "power",
            "not negative (Akcelik: above 0)",
        ),
    ):
        if bad.any():
            faults.append(Fault(f"{int(bad.sum())} arcs are not {what} (first: {int(np.argmax(bad))})", name))
    if faults:
        raise BadInput(faults)


def _check_demand(n: CongestedNetwork, o: Ints, d: Ints, q: Floats) -> None:
    faults = []
    if not (o.shape == d.shape == q.shape and q.ndim == 1):
        faults.append(Fault("origin, destination and demand differ in length", "demand", "one entry a pair each"))
    elif len(q) and (min(o.min(), d.min()) < 0 or max(o.max(), d.max()) >= n.n_nodes):
        faults.append(Fault("origin or destination is not a node", "demand", f"indices in 0..{n.n_nodes - 1}"))
    if not np.all(np.isfinite(q)) or np.any(q < 0):
        faults.append(Fault("entries are negative or not finite", "demand", "0 where nobody travels"))
    if faults:
        raise BadInput(faults)
