"""Entropic assignment on a network: column generation around `entropic.solve`.

Chains are found by Dijkstra at current prices (and at seeded, perturbed costs for variety), compressed to priced
assets, solved in the dual; repeated until no path beats a shipment's choice set by more than `delta`. The set is then
frozen, its path sizes set, and solved once more: the duality gap certifies that solve. What a larger set would change
is measured by drawing as many chains again (`logsum_shift`).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landbridge.assignment.choice import ChoiceSet, path_size
from landbridge.assignment.entropic import solve
from landbridge.assignment.entropic_records import Assets, Assignment, Settings, Shipments, shipments
from landbridge.assignment.shortest import forward_star, least_paths
from landbridge.errors import BadInput, Fault, NotConverged

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_BLUNT = 60.0  # theta x cost up to which no continuation is needed


@dataclass(frozen=True, slots=True)
class Goods:
    """What moves over the network: k shipments; costs and asset weights by class h of goods."""

    origin: Ints  # [k] node
    destination: Ints  # [k] node
    demand: Floats  # [k]
    class_of: Ints  # [k] row of arc_cost and weight
    arc_cost: Floats  # [h, m] generalised cost per unit of demand, inf = shut for the class
    weight: Floats  # [h, a] asset units per unit of demand
    theta: Floats  # [k]
    outside_cost: Floats  # [k]


@dataclass(frozen=True, slots=True)
class NetworkAssignment:
    """The frozen choice set and its certified solve; arc_flow in the unit of demand."""

    assignment: Assignment
    choice: ChoiceSet
    ship: Shipments
    arc_flow: Floats  # [m]
    rounds: int
    best_outside_set: float  # largest saving over the logsum that any path left out would offer, in units of cost
    logsum_shift_mean: float  # demand-weighted mean change of the logsum when as many chains again are drawn
    logsum_shift_max: float
    seconds: float


class _Pool:
    """Chains found so far, by shipment, each once."""

    def __init__(self, goods: Goods) -> None:
        self.goods = goods
        self.paths: list[dict[bytes, NDArray[np.int32]]] = [{} for _ in range(len(goods.demand))]

    def count(self) -> int:
        return sum(map(len, self.paths))

    def choice(self, with_size: bool, length: Floats) -> ChoiceSet:
        g = self.goods
        flat = [(k, p) for k, ps in enumerate(self.paths) for p in ps.values()]
        ptr = np.concatenate(([0], np.cumsum([len(ps) for ps in self.paths]))).astype(np.int64)
        arc_ptr = np.concatenate(([0], np.cumsum([len(p) for _, p in flat]))).astype(np.int64)
        arcs = np.concatenate([p for _, p in flat]) if flat else np.empty(0, np.int32)
        row = np.repeat(g.class_of[[k for k, _ in flat]], np.diff(arc_ptr)) if flat else np.empty(0, np.int64)
        cost = np.add.reduceat(np.append(g.arc_cost[row, arcs], 0.0), arc_ptr[:-1]) if flat else np.empty(0)
        size = path_size(ptr, arc_ptr, arcs, length) if with_size else np.ones(len(flat))
        return ChoiceSet(ptr, arc_ptr, arcs, cost, size, g.arc_cost.shape[1])


def assign_network(
    n_nodes: int,
    tail: ArrayLike,
    head: ArrayLike,
    goods: Goods,
    asset_of_arc: ArrayLike,
    limits: Assets,
    draws: int = 4,
    spread: float = 0.1,
    delta: float = 0.0,
    arc_length: ArrayLike | None = None,
    seed: int = 0,
    max_rounds: int = 60,
    settings: Settings | None = None,
) -> NetworkAssignment:
    """Assign goods on a network [m arcs]; asset_of_arc [m] is -1 where nothing is scarce.

    `draws` sweeps at costs perturbed by exp(spread x normal) add variety at the start; `delta` (units of cost) is how
    much a new path must save against the shipment's logsum to enter. `arc_length` [m] weighs overlap in the path
    sizes (default: cost of the first class). NotConverged where `max_rounds` sweeps keep finding better paths.
    """
    begun = time.perf_counter()
    t, h, asset = (np.array(a, np.int64) for a in (tail, head, asset_of_arc))
    _check(n_nodes, t, h, asset, goods, limits)
    star = forward_star(t, n_nodes)
    generator = np.random.default_rng(seed)
    pool = _Pool(goods)
    finite = np.where(np.isfinite(goods.arc_cost[0]), goods.arc_cost[0], 0.0)
    length = finite if arc_length is None else np.array(arc_length, np.float64)

    def sweep(price: Floats, noise: bool, bar: Floats | None) -> float:
        return _sweep(pool, n_nodes, star, t, h, asset, price, generator if noise else None, spread, bar, delta)

    zero = np.zeros(limits.n_assets)
    sweep(zero, False, None)
    for _ in range(draws):
        sweep(zero, True, None)
    result, left = None, np.inf
    scale = _first_scale(goods)
    for rounds in range(1, max_rounds + 1):  # noqa: B007 (read after the loop)
        eased = replace(goods, theta=goods.theta * scale)
        ship = _shipments(pool.choice(False, length), eased, asset)
        result = solve(ship, limits, None if result is None else result.price, settings=settings)
        before = pool.count()
        left = sweep(result.price, False, np.minimum(result.logsum, goods.outside_cost))
        if pool.count() == before:
            if scale == 1.0:
                break
            scale = min(1.0, 8.0 * scale)
    else:
        raise NotConverged("column generation of chains", left, f"raise max_rounds above {max_rounds}, or delta")
    choice = pool.choice(True, length)
    ship = _shipments(choice, goods, asset)
    final = solve(ship, limits, result.price, settings=settings)
    flow = np.bincount(choice.chain_arc, np.repeat(final.chain_flow, np.diff(choice.chain_arc_ptr)), minlength=len(t))
    mean, most = _doubling(pool, goods, asset, limits, length, final, sweep, max(draws, 1), settings)
    return NetworkAssignment(
        final, choice, ship, flow.astype(np.float64), rounds, left, mean, most, time.perf_counter() - begun
    )


def _first_scale(goods: Goods) -> float:
    """Theta's first level: few paths at a sharp theta give wild prices, so sharp problems start blunt and sharpen."""
    outside = goods.outside_cost[np.isfinite(goods.outside_cost)]
    reach = float(outside.max(initial=0.0)) or float(
        np.nanmax(goods.arc_cost[np.isfinite(goods.arc_cost)], initial=0.0)
    )
    sharp = float(goods.theta.max(initial=0.0)) * reach
    return 1.0 if sharp <= _BLUNT else _BLUNT / sharp


def _sweep(
    pool: _Pool, n_nodes: int, star: tuple[Ints, Ints], t: Ints, h: Ints, asset: Ints, price: Floats,
    generator: np.random.Generator | None, spread: float, bar: Floats | None, delta: float,
) -> float:  # fmt: skip
    """Add least-cost paths of all shipments at these prices; with `bar` [k] only those that save more than delta."""
    g, most = pool.goods, 0.0
    for row in np.unique(g.class_of):
        mine = np.flatnonzero(g.class_of == row)
        order = mine[np.argsort(g.origin[mine], kind="stable")].astype(np.int64)
        toll = np.where(asset >= 0, (g.weight[row] * price)[asset], 0.0) if len(price) else np.zeros(len(t))
        cost = g.arc_cost[row] + toll
        if generator is not None:
            cost = cost * np.exp(spread * generator.standard_normal(len(t)))
        least, ptr, arcs = least_paths(n_nodes, *star, t, h, cost, g.origin, g.destination, order)
        for i, k in enumerate(order.tolist()):
            if not np.isfinite(least[i]) or ptr[i] == ptr[i + 1]:
                continue
            saving = np.inf if bar is None else bar[k] - least[i]
            path = arcs[ptr[i] : ptr[i + 1]]
            key = path.tobytes()
            if key in pool.paths[k]:
                continue
            if saving > max(delta, 1e-9 * (1.0 + abs(least[i]))):
                pool.paths[k][key] = path
            elif bar is not None:
                most = max(most, saving)
    return most


def _doubling(
    pool: _Pool, goods: Goods, asset: Ints, limits: Assets, length: Floats, final: Assignment,
    sweep: Callable[[Floats, bool, Floats | None], float], draws: int, settings: Settings | None,
) -> tuple[float, float]:  # fmt: skip
    """Mean and largest change of the logsum when chains are drawn until the set has about doubled."""
    goal = 2 * pool.count()
    for _ in range(4 * draws):
        sweep(final.price, True, None)
        if pool.count() >= goal:
            break
    again = solve(_shipments(pool.choice(True, length), goods, asset), limits, final.price, settings=settings)
    known = ~final.no_way
    shift = np.abs(again.logsum[known] - final.logsum[known])
    weight = goods.demand[known]
    return float(shift @ weight / max(weight.sum(), 1e-300)), float(shift.max(initial=0.0))


def _shipments(choice: ChoiceSet, goods: Goods, asset: Ints) -> Shipments:
    return shipments(
        choice, goods.demand, goods.theta, asset, goods.weight, goods.outside_cost, weight_row=goods.class_of
    )


def _check(n: int, t: Ints, h: Ints, asset: Ints, g: Goods, limits: Assets) -> None:
    faults = []
    m, k = len(t), len(g.demand)
    for nodes, size, name in (
        (t, m, "tail"),
        (h, m, "head"),
        (g.origin, k, "origin"),
        (g.destination, k, "destination"),
    ):
        if len(nodes) != size or (size and (nodes.min() < 0 or nodes.max() >= n)):
            faults.append(Fault("nodes out of range or of wrong length", name, f"{size} indices in 0..{n - 1}"))
    if len(asset) != m or (m and asset.max() >= limits.n_assets):
        faults.append(
            Fault("does not give an asset (or -1) for each arc", "asset_of_arc", f"-1..{limits.n_assets - 1}")
        )
    if g.arc_cost.ndim != 2 or g.arc_cost.shape[1] != m or not np.all(g.arc_cost >= 0):
        faults.append(
            Fault("is not a table [h, m] of costs, 0 or more", "arc_cost", "inf where the class may not pass")
        )
    if g.weight.shape != (len(g.arc_cost), limits.n_assets):
        faults.append(Fault(f"has shape {g.weight.shape}", "weight", f"[{len(g.arc_cost)}, {limits.n_assets}]"))
    if len(g.class_of) != k or (k and (g.class_of.min() < 0 or g.class_of.max() >= len(g.arc_cost))):
        faults.append(Fault("names a class without costs", "class_of", f"0..{len(g.arc_cost) - 1}"))
    if faults:
        raise BadInput(faults)
