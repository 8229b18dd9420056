"""Records of the entropic assignment: shipments, assets, result; how to build and check them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landbridge.assignment.choice import ChoiceSet
from landbridge.assignment.entropic_kernel import compress
from landbridge.errors import BadInput, Fault

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Price = Literal["rent", "queue"]


@dataclass(frozen=True, slots=True)
class Shipments:
    """What must move and how it may: k shipments, g nests (modes), c chains, z uses of assets by chains.

    `theta` is the scale of route choice and `mode_theta` <= theta that of mode choice, both in 1/unit of cost.
    `outside_cost` is the linear slack: what it costs not to ship (inf: everything must be shipped).
    `elastic` shipments have no demand to satisfy: flow = demand x exp(-theta (logsum - outside_cost)) at any price;
    they carry the proximal step of empties and nothing else.
    """

    demand: Floats  # [k]
    theta: Floats  # [k]
    mode_theta: Floats  # [k]
    outside_cost: Floats  # [k]
    elastic: Bools  # [k]
    nest_ptr: Ints  # [k+1] nests of a shipment
    chain_ptr: Ints  # [g+1] chains of a nest
    cost: Floats  # [c] inf = closed
    path_size: Floats  # [c]
    use_ptr: Ints  # [c+1]
    asset: NDArray[np.int32]  # [z]
    weight: Floats  # [z] units of the asset per unit of demand, times the number of passages

    @property
    def n_shipments(self) -> int:
        """Number of shipments."""
        return len(self.demand)

    def shipment_of_chain(self) -> Ints:
        """Shipment index [c] of every chain."""
        nests = np.repeat(np.arange(self.n_shipments), np.diff(self.nest_ptr))
        return np.repeat(nests, np.diff(self.chain_ptr))


@dataclass(frozen=True, slots=True)
class Assets:
    """What is scarce: ports, gauge changes, borders, straits, single lines; and quota rows. a assets.

    Congestion price at load v: steepness (v / practical)^power, in the unit of cost per unit of load (0 = none).
    `balance` rows are equalities with right-hand side `capacity` and prices of either sign.
    """

    capacity: Floats  # [a] hard limit, inf = none
    steepness: Floats  # [a]
    practical: Floats  # [a] load at which the congestion price equals `steepness`
    power: Floats  # [a]
    balance: Bools  # [a]

    @property
    def n_assets(self) -> int:
        """Number of assets and rows."""
        return len(self.capacity)


@dataclass(frozen=True, slots=True)
class Settings:
    """How hard to try. tolerance: largest relative capacity violation and complementarity error per asset."""

    tolerance: float = 1e-9
    newton_steps: int = 120  # per level of theta; a third of them for the direct attempt
    levels: int = 4  # of the continuation in theta, where the direct attempt fails
    gradient_steps: int = 3000  # of the fallback


@dataclass(frozen=True, slots=True)
class Assignment:
    """Flows, prices and the certificate of one solve. Money unit that of cost; load unit that of capacity.

    price = congestion + capacity price; only `capacity_price` is worth a unit of capacity. `objective` is the dual's
    value, a lower bound; `duality_gap` = |primal - dual| / |primal|; `violation` = largest relative excess.
    """

    chain_flow: Floats  # [c] in the unit of demand
    asset_flow: Floats  # [a] load
    price: Floats  # [a]
    capacity_price: Floats  # [a]
    logsum: Floats  # [k] expected cost at these prices, inf = no way
    shipped: Floats  # [k]
    unserved: Floats  # [k] demand - shipped: no way, or priced out
    no_way: Bools  # [k]
    rent: Floats  # [a] capacity_price x load: goes to the owner ("rent") or is burnt ("queue", hours x load)
    objective: float
    duality_gap: float
    violation: float
    steps: int
    seconds: float
    method: str


def shipments(
    choice: ChoiceSet,
    demand: ArrayLike,
    theta: ArrayLike,
    asset_of_arc: ArrayLike,
    weight: ArrayLike = 1.0,
    outside_cost: ArrayLike = np.inf,
    weight_row: ArrayLike | None = None,
    mode_ptr: ArrayLike | None = None,
    mode_theta: ArrayLike | None = None,
) -> Shipments:
    """Compress a choice set to (fixed cost, priced assets) by chain.

    demand, theta, outside_cost: [k] or scalar; asset_of_arc [m] gives the asset of an arc, -1 none. weight = asset
    units per unit of demand: [k] or scalar, or a table [h, a] with weight_row [k] (TEU here, tonnes there). For mode
    choice over route choice give mode_ptr [k+1] and let the choice set's `chain_ptr` cut chains by mode (g+1 entries);
    mode_theta <= theta. BadInput lists every fault.
    """
    k = choice.n_shipments if mode_ptr is None else len(np.asarray(mode_ptr)) - 1
    d, th, out = (_spread(a, k) for a in (demand, theta, outside_cost))
    rows = np.arange(k) if weight_row is None else np.asarray(weight_row, np.int64)
    table = np.array(weight, np.float64) if weight_row is not None else _spread(weight, k).reshape(-1, 1)
    nest_ptr = np.arange(k + 1, dtype=np.int64) if mode_ptr is None else np.array(mode_ptr, np.int64)
    tm = th.copy() if mode_theta is None else _spread(mode_theta, k)
    nests = np.repeat(np.arange(k), np.diff(nest_ptr))
    of_chain = np.repeat(nests, np.diff(choice.chain_ptr)).astype(np.int64)
    use_ptr, asset, use_weight = compress(
        choice.chain_arc_ptr, choice.chain_arc, rows[of_chain], table, np.array(asset_of_arc, np.int64)
    )
    built = Shipments(
        d, th, tm, out, np.zeros(k, bool), nest_ptr, np.array(choice.chain_ptr, np.int64),
        np.array(choice.cost), np.array(choice.path_size), use_ptr, asset, use_weight,
    )  # fmt: skip
    _check_shipments(built)
    return built


def assets(
    capacity: ArrayLike, steepness: ArrayLike = 0.0, practical: ArrayLike = 1.0, power: ArrayLike = 1.0
) -> Assets:
    """Build and check assets; scalars are spread. Capacity inf = none, 0 = closed; congestion as in `Assets`."""
    cap = np.array(np.atleast_1d(np.asarray(capacity, np.float64)))
    n = len(cap)
    built = Assets(cap, _spread(steepness, n), _spread(practical, n), _spread(power, n), np.zeros(n, bool))
    faults = []
    for bad, name, what in (
        (np.isnan(cap), "capacity", "a number, 0 (closed) or inf (none)"),
        (cap < 0, "capacity", "0 or more; a floor is a quota with `at_least`"),
        (~(built.steepness >= 0), "steepness", "not negative"),
        ((built.steepness > 0) & ~((built.practical > 0) & np.isfinite(built.practical)), "practical", "above 0"),
        ((built.steepness > 0) & ~(built.power > 0), "power", "above 0"),
    ):
        if bad.any():
            faults.append(Fault(f"{int(bad.sum())} assets are not {what} (first: {int(np.argmax(bad))})", name))
    if faults:
        raise BadInput(faults)
    return built


def add_quota(
    ship: Shipments, limits: Assets, chains: ArrayLike, amount: float, at_least: bool = False, weight: float = 1.0
) -> tuple[Shipments, Assets]:
    """One more row: the flow of `chains` (boolean [c]) times `weight` stays at or below `amount` (or at least it).

    Its price is the value of the ban: what one more unit of quota is worth. Infeasible floors raise on solving.
    """
    mask = np.asarray(chains, bool)
    if len(mask) != len(ship.cost) or not np.isfinite(amount) or amount < 0 or not weight > 0:
        raise BadInput(f"quota of {amount} over {int(mask.sum())} chains", "add_quota", "a mask [c], 0 <= amount < inf")
    sign = -1.0 if at_least else 1.0
    row = limits.n_assets
    counts = np.diff(ship.use_ptr) + mask
    use_ptr = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
    last = use_ptr[1:][mask] - 1
    old = np.ones(use_ptr[-1], bool)
    old[last] = False
    asset, weights = np.full(use_ptr[-1], row, np.int32), np.full(use_ptr[-1], sign * weight)
    asset[old], weights[old] = ship.asset, ship.weight
    wider = Assets(
        np.append(limits.capacity, sign * amount), np.append(limits.steepness, 0.0), np.append(limits.practical, 1.0),
        np.append(limits.power, 1.0), np.append(limits.balance, False),
    )  # fmt: skip
    return replace(ship, use_ptr=use_ptr, asset=asset, weight=weights), wider


def in_hours(ship: Shipments, value_of_time: ArrayLike) -> tuple[Shipments, Floats]:
    """The same shipments with prices in hours: cost / VOT, theta x VOT, demand x weight (Shipments, weight [k]).

    value_of_time [k] or scalar, cost units per hour per unit of demand. Needs one weight per shipment on all its
    assets and passages counted whole: otherwise the programme is not convex in hours and BadInput says which.
    """
    vot = _spread(value_of_time, ship.n_shipments)
    if not np.all((vot > 0) & np.isfinite(vot)):
        raise BadInput("entries are not above 0", "value_of_time", "money per hour per unit of demand")
    owner = np.repeat(ship.shipment_of_chain(), np.diff(ship.use_ptr))
    unit = np.full(ship.n_shipments, np.inf)
    np.minimum.at(unit, owner, ship.weight)
    unit[np.isinf(unit)] = 1.0
    times = ship.weight / unit[owner]
    uneven = np.unique(owner[np.abs(times - np.rint(times)) > 1e-9])
    if len(uneven) or np.any(unit <= 0):
        raise BadInput(
            f"{len(uneven)} shipments load assets with unequal weights (first: {int(uneven[0]) if len(uneven) else 0})",
            'price="queue"', 'one weight per shipment on all its assets, or price="rent"',
        )  # fmt: skip
    chain_vot = vot[ship.shipment_of_chain()]
    hours = replace(
        ship, demand=ship.demand * unit, theta=ship.theta * vot, mode_theta=ship.mode_theta * vot,
        outside_cost=ship.outside_cost / vot, cost=ship.cost / chain_vot, weight=np.rint(times),
    )  # fmt: skip
    return hours, unit


def _spread(a: ArrayLike, n: int) -> Floats:
    return np.array(np.broadcast_to(np.asarray(a, np.float64), (n,)))


def _check_shipments(s: Shipments) -> None:
    faults = []
    if len(s.path_size) != len(s.cost) or s.nest_ptr[-1] != len(s.chain_ptr) - 1 or s.chain_ptr[-1] != len(s.cost):
        faults.append(
            Fault("pointers do not cut nests and chains", "chain_ptr", "mode_ptr over nests, chain_ptr over c")
        )
    for bad, name, what in (
        (~np.isfinite(s.demand) | (s.demand < 0), "demand", "finite and not negative"),
        (~np.isfinite(s.theta) | (s.theta <= 0), "theta", "finite and positive"),
        (~(s.mode_theta > 0) | (s.mode_theta > s.theta * (1 + 1e-12)), "mode_theta", "in 0..theta (else not convex)"),
        (np.isnan(s.outside_cost) | (s.outside_cost == -np.inf), "outside_cost", "a number, or inf for none"),
        (np.isnan(s.cost) | (s.cost == -np.inf), "cost", "a number, or inf for a closed chain"),
        (~(s.path_size >= 0), "path_size", "not negative"),
        (~np.isfinite(s.weight) | (s.weight <= 0), "weight", "above 0"),
    ):
        if bad.any():
            faults.append(Fault(f"{int(bad.sum())} entries are not {what} (first: {int(np.argmax(bad))})", name))
    if faults:
        raise BadInput(faults)
