"""Empty containers: what arrives loaded must leave, so empties balance every equipment type in every region.

Balance rows are equalities whose free duals are what a container is worth in a region; empties ride at their own cost
over the same scarce assets. They have no entropy of their own (their flows need not be unique): the linear part is
reached by entropic proximal steps, e_next = e exp(-theta (cost + prices)), sharpened as they proceed (Eckstein 1993).
Brancaccio, Kalouptsidi, Papageorgiou 2020 show how much of freight rates is the way back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landbridge.assignment.entropic import solve
from landbridge.assignment.entropic_records import Assets, Assignment, Settings, Shipments
from landbridge.errors import BadInput, Fault, NotConverged

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Lanes:
    """Ways to move empties: l lanes between regions, u uses of assets; one container loads an asset by `weight`."""

    origin: Ints  # [l] region
    destination: Ints  # [l] region
    equipment: Ints  # [l] type
    cost: Floats  # [l] per container
    use_ptr: Ints  # [l+1]
    asset: NDArray[np.int32]  # [u]
    weight: Floats  # [u]


@dataclass(frozen=True, slots=True)
class BalancedAssignment:
    """Loaded flows with the empties they need. `container_price` [e, n]: worth of one container, type by region."""

    assignment: Assignment  # of the loaded shipments
    empty_flow: Floats  # [l]
    container_price: Floats  # [e, n]
    imbalance: float  # largest |arrivals - departures| over the gross flow of a region
    complementarity: float  # sum of empty flow x |reduced cost| over total cost: distance from the linear optimum
    rounds: int


def solve_with_empties(
    ship: Shipments,
    limits: Assets,
    lanes: Lanes,
    origin: ArrayLike,
    destination: ArrayLike,
    containers: ArrayLike,
    equipment: ArrayLike = 0,
    tolerance: float = 1e-6,
    max_rounds: int = 80,
    settings: Settings | None = None,
) -> BalancedAssignment:
    """Assign shipments together with the empties that balance them.

    origin, destination [k]: region of each shipment; containers [k] or scalar: per unit of demand (0: bulk);
    equipment [k] or scalar: container type. Infeasible where a region can neither return nor receive containers;
    NotConverged where the proximal steps do not come within `tolerance` (share of cost) of the linear optimum.
    """
    o, d = np.asarray(origin, np.int64), np.asarray(destination, np.int64)
    k = ship.n_shipments
    boxes = np.array(np.broadcast_to(np.asarray(containers, np.float64), (k,)))
    kind = np.array(np.broadcast_to(np.asarray(equipment, np.int64), (k,)))
    _check(ship, limits, lanes, o, d, boxes)
    regions = (
        int(max(o.max(initial=-1), d.max(initial=-1), lanes.origin.max(initial=-1), lanes.destination.max(initial=-1)))
        + 1
    )
    types = int(max(kind.max(initial=0), lanes.equipment.max(initial=0))) + 1
    wide = _with_rows(limits, types * regions)
    loaded = _loaded_rows(ship, limits.n_assets + kind * regions + o, limits.n_assets + kind * regions + d, boxes)
    flow = np.full(len(lanes.cost), max(float(ship.demand @ boxes), 1e-9) / max(len(lanes.cost), 1))
    sharpness = 1.0 / max(float(np.median(lanes.cost)) if len(lanes.cost) else 1.0, 1e-9)
    price, gap = None, np.inf
    for rounds in range(1, max_rounds + 1):
        both = _append(loaded, lanes, flow, sharpness, limits.n_assets, regions)
        result = solve(both, wide, price, settings=settings)
        price = result.price
        flow = np.maximum(result.chain_flow[len(ship.cost) :], 1e-12 * flow.max(initial=1.0))
        reduced = result.logsum[k:]
        total = float(result.chain_flow[: len(ship.cost)] @ np.where(np.isfinite(ship.cost), ship.cost, 0.0))
        spare = float(np.abs(np.minimum(reduced, 0.0)).max(initial=0.0)) * float(flow.sum())
        gap = (float(flow @ np.abs(reduced)) + spare) / max(total + float(flow @ lanes.cost), 1e-300)
        if gap <= tolerance:
            return _result(result, ship, lanes, flow, limits.n_assets, types, regions, gap, rounds)
        sharpness *= 1.3
    raise NotConverged("balance of empties", gap, f"raise max_rounds above {max_rounds} or relax tolerance")


def _with_rows(limits: Assets, n: int) -> Assets:
    def longer(a: Floats, value: float) -> Floats:
        return np.append(a, np.full(n, value))

    return Assets(
        longer(limits.capacity, 0.0), longer(limits.steepness, 0.0), longer(limits.practical, 1.0),
        longer(limits.power, 1.0), np.append(limits.balance, np.ones(n, bool)),
    )  # fmt: skip


def _loaded_rows(ship: Shipments, out_row: Ints, in_row: Ints, boxes: Floats) -> Shipments:
    """Every chain of a shipment takes containers from its origin's row and brings them to its destination's."""
    owner = ship.shipment_of_chain()
    moves = (boxes[owner] > 0) & (out_row[owner] != in_row[owner])
    counts = np.diff(ship.use_ptr) + 2 * moves
    use_ptr = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
    old = np.ones(use_ptr[-1], bool)
    ends = use_ptr[1:][moves]
    old[ends - 1] = old[ends - 2] = False
    asset, weight = np.empty(use_ptr[-1], np.int32), np.empty(use_ptr[-1])
    asset[old], weight[old] = ship.asset, ship.weight
    asset[ends - 2], weight[ends - 2] = out_row[owner[moves]], -boxes[owner[moves]]
    asset[ends - 1], weight[ends - 1] = in_row[owner[moves]], boxes[owner[moves]]
    return replace(ship, use_ptr=use_ptr, asset=asset, weight=weight)


def _append(loaded: Shipments, lanes: Lanes, flow: Floats, sharpness: float, n_assets: int, regions: int) -> Shipments:
    """Lanes as elastic shipments of one chain each, around the flows of the last round."""
    n = len(lanes.cost)
    count = np.diff(lanes.use_ptr)
    use_ptr = np.concatenate(([0], np.cumsum(count + 2))).astype(np.int64)
    old = np.ones(use_ptr[-1], bool)
    ends = use_ptr[1:]
    old[ends - 1] = old[ends - 2] = False
    asset, weight = np.empty(use_ptr[-1], np.int32), np.empty(use_ptr[-1])
    asset[old], weight[old] = lanes.asset, lanes.weight
    base = n_assets + lanes.equipment * regions
    asset[ends - 2], weight[ends - 2] = base + lanes.origin, -1.0
    asset[ends - 1], weight[ends - 1] = base + lanes.destination, 1.0
    ones, theta = np.ones(n), np.full(n, sharpness)
    return Shipments(
        np.append(loaded.demand, flow), np.append(loaded.theta, theta), np.append(loaded.mode_theta, theta),
        np.append(loaded.outside_cost, np.zeros(n)), np.append(loaded.elastic, np.ones(n, bool)),
        np.append(loaded.nest_ptr, loaded.nest_ptr[-1] + 1 + np.arange(n)),
        np.append(loaded.chain_ptr, loaded.chain_ptr[-1] + 1 + np.arange(n)),
        np.append(loaded.cost, lanes.cost), np.append(loaded.path_size, ones),
        np.append(loaded.use_ptr, loaded.use_ptr[-1] + use_ptr[1:]),
        np.append(loaded.asset, asset), np.append(loaded.weight, weight),
    )  # fmt: skip


def _result(
    both: Assignment,
    ship: Shipments,
    lanes: Lanes,
    flow: Floats,
    n: int,
    types: int,
    regions: int,
    gap: float,
    rounds: int,
) -> BalancedAssignment:
    k, c = ship.n_shipments, len(ship.cost)
    gross = np.zeros(types * regions)
    row = lanes.equipment * regions
    np.add.at(gross, row + lanes.origin, flow)
    np.add.at(gross, row + lanes.destination, flow)
    imbalance = float((np.abs(both.asset_flow[n:]) / np.maximum(gross, 1e-9 * gross.max(initial=1.0))).max(initial=0.0))
    loaded = replace(
        both, chain_flow=both.chain_flow[:c], asset_flow=both.asset_flow[:n], price=both.price[:n],
        capacity_price=both.capacity_price[:n], logsum=both.logsum[:k], shipped=both.shipped[:k],
        unserved=both.unserved[:k], no_way=both.no_way[:k], rent=both.rent[:n],
    )  # fmt: skip
    return BalancedAssignment(loaded, flow, -both.price[n:].reshape(types, regions), imbalance, gap, rounds)


def _check(ship: Shipments, limits: Assets, lanes: Lanes, o: Ints, d: Ints, boxes: Floats) -> None:
    faults = []
    if not (len(o) == len(d) == ship.n_shipments):
        faults.append(Fault("origin and destination need one region a shipment", "origin", f"[{ship.n_shipments}]"))
    if np.any(boxes < 0) or not np.all(np.isfinite(boxes)):
        faults.append(Fault("entries are negative or not finite", "containers", "0 for what is not in containers"))
    if np.any(~(lanes.cost >= 0)) or np.any(lanes.origin == lanes.destination):
        faults.append(Fault("a lane has no cost, a negative one, or leads nowhere", "lanes", "cost >= 0, two regions"))
    if len(lanes.asset) and lanes.asset.max() >= limits.n_assets:
        faults.append(Fault("a lane uses an asset that does not exist", "lanes", f"0..{limits.n_assets - 1}"))
    if faults:
        raise BadInput(faults)
