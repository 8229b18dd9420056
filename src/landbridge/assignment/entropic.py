"""Entropic multicommodity flow with hard capacities and convex congestion, solved in its dual over asset prices.

min over x >= 0:  sum c x + (1/theta) sum_k sum_r x ln(x / (d_k PS_r)) + outside option + sum_a Phi_a(v_a),
subject to  sum_r x_r <= d_k,  v_a = sum w x <= C_a,  quotas.  Strictly convex: chain flows are unique, prices need
not be.  Dual:  max over p >= 0 of  sum_k d_k phi_k(S_k(p)) - sum_a Psi_a(p_a),  concave, one dimension an asset.
Projected Newton (Bertsekas 1982) with a damped, scaled Cholesky step; continuation in theta; L-BFGS-B as last resort.
Fisk 1980; Bell 1995; Larsson and Patriksson 1999 (side constraints and their prices).
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import LinAlgError, cho_factor, cho_solve
from scipy.optimize import minimize

from landbridge.assignment.entropic_dual import Dual, Point, congestion_cost
from landbridge.assignment.entropic_kernel import primal
from landbridge.assignment.entropic_records import Assets, Assignment, Price, Settings, Shipments, in_hours
from landbridge.errors import BadInput, Infeasible, NotConverged

Floats = NDArray[np.float64]

_ROUNDING = 1e-13  # relative noise of the dual's value
_NEAR = 1e-5  # error below which a Hessian serves once more
_RATIO = 20.0  # largest factor by which one step may change the price of a congested asset


def solve(
    ship: Shipments,
    limits: Assets,
    start: ArrayLike | None = None,
    price: Price = "rent",
    value_of_time: ArrayLike | None = None,
    settings: Settings | None = None,
) -> Assignment:
    """Assign shipments to chains under capacities, quotas and congestion; prices come with the flows.

    `start` warm-starts the prices [a] (of another scenario). price="rent": prices are money per unit of load;
    "queue": prices are hours, `value_of_time` [k] or scalar is needed, and `objective`, `logsum` are in hours.
    Demand without a way, or dearer than its outside cost, comes back as `unserved`. Infeasible where a capacity or a
    quota must be broken (no outside option); NotConverged where all methods stop above the tolerance.
    """
    begun = time.perf_counter()
    settings = settings or Settings()
    _check(ship, limits, start)
    open_ship = _close(ship, limits)
    unit = np.ones(ship.n_shipments)
    if price == "queue":
        if value_of_time is None:
            raise BadInput('price="queue" needs value_of_time', "solve", "money per hour per unit of demand")
        open_ship, unit = in_hours(open_ship, value_of_time)
    elif price != "rent":
        raise BadInput(f"unknown price {price!r}", "solve", '"rent" or "queue"')
    dual, point, steps, method = _maximise(open_ship, limits, start, settings)
    _require_feasible(dual, point, settings)
    return _result(ship, dual, point, unit, steps, method, time.perf_counter() - begun)


def _maximise(
    ship: Shipments, limits: Assets, start: ArrayLike | None, settings: Settings
) -> tuple[Dual, Point, int, str]:
    """Direct Newton; then continuation in theta; then L-BFGS-B polished by Newton."""
    dual = Dual(ship, limits)
    given = np.zeros(limits.n_assets) if start is None else np.asarray(start, np.float64)
    first = np.clip(_seed(dual, given), dual.low, dual.high)
    point, steps = _newton(dual, dual.at(first), replace(settings, newton_steps=settings.newton_steps // 3))
    if point.error <= settings.tolerance:
        return dual, point, steps, "newton"
    p = first
    for level in range(settings.levels, 0, -1):
        eased = Dual(ship, limits, 4.0**-level)
        eased_point, more = _newton(eased, eased.at(np.clip(p, eased.low, eased.high)), settings, loose=1e-6)
        steps, p = steps + more, eased_point.price
    again, more = _newton(dual, dual.at(np.clip(p, dual.low, dual.high)), settings)
    steps += more
    if again.error <= settings.tolerance:
        return dual, again, steps, "newton, continuation"
    best = again if again.value >= point.value else point
    point, more = _newton(dual, _gradient_descent(dual, best, settings), settings)
    steps += more
    if point.error > settings.tolerance:
        raise NotConverged(
            "assignment with capacities", point.error, "raise Settings.newton_steps or gradient_steps, or lower theta"
        )
    return dual, point, steps, "L-BFGS-B, newton"


def _newton(dual: Dual, point: Point, settings: Settings, loose: float = 0.0) -> tuple[Point, int]:
    """Projected Newton from `point`; stops at the tolerance, at the step limit, or where no step helps."""
    floor = 1e-12
    reach_most = 30.0 / float(dual.mode_theta.min(initial=1.0))
    damping, radius = floor, reach_most
    tolerance = max(settings.tolerance, loose)
    free, h, error = np.empty(0, np.intp), np.empty((0, 0)), np.inf
    again = False
    for step in range(settings.newton_steps):
        # a step with an old Hessian is cheap, and stops less far below the tolerance by itself
        if point.error <= (0.01 if again else 1.0) * tolerance:
            return point, step
        last = free
        free = dual.free(point)
        # so near the top the last Hessian is as good as a new one, unless it has just shown that it is not
        again = dual.large and len(h) > 0 and point.error <= min(_NEAR, 0.1 * error) and np.array_equal(free, last)
        if not again:
            if dual.last is not point.price:
                dual.at(point.price)  # the work arrays must belong to this point
            h = dual.hessian(point.price, free)
        error = point.error
        moved = None
        for _attempt in range(14):
            direction = _direction(h, dual.aim(point)[free], damping, reach_most)
            if direction is not None:
                flat = np.abs(direction) > 5.0 * reach_most
                direction[flat] = np.clip(direction[flat], -radius, radius)
            reach = np.inf if direction is None else float(np.abs(direction).max(initial=0.0))
            if direction is None or (reach > 10.0 * radius and damping < 1e2):
                damping = max(damping * 30.0, 1e-10)
                continue
            moved, share = _search(dual, point, free, direction * min(1.0, radius / max(reach, 1e-300)))
            if moved is not None:
                taken = share * min(reach, radius)
                radius = max(4.0 * taken, radius) if share == 1.0 else max(2.0 * taken, 1e-12)
                damping = max(damping * (0.05 if share == 1.0 else 1.0 if share >= 0.1 else 3.0), floor)
                break
            damping = max(damping * 100.0, 1e-9)
        if moved is None:
            return point, step
        point = moved
    return point, settings.newton_steps


def _direction(h: Floats, g: Floats, damping: float, reach: float) -> Floats | None:
    """Solve the scaled, damped Newton system; None where it is not positive definite.

    A flat row (all its demand captive, nothing to substitute) gets the curvature that sends it ten times `reach` far.
    """
    diagonal = np.diagonal(h)
    enough = np.maximum(diagonal, np.maximum(np.abs(g) / (10.0 * reach), 1e-14 * float(diagonal.max(initial=0.0))))
    scale = 1.0 / np.sqrt(np.maximum(enough, 1e-300))
    scaled = h * scale[:, None] * scale[None, :]
    scaled[np.diag_indices(len(g))] = 1.0 + damping
    try:
        factor = cho_factor(scaled, lower=True, overwrite_a=True, check_finite=False)
    except LinAlgError:
        return None
    with np.errstate(over="ignore", invalid="ignore"):  # a wild direction is refused below
        out = scale * cho_solve(factor, scale * g, check_finite=False)
    return out if np.all(np.isfinite(out)) else None


def _search(dual: Dual, point: Point, free: NDArray[np.intp], direction: Floats) -> tuple[Point | None, float]:
    """Backtrack along the projected direction until the dual rises enough; near the top, until the error falls."""
    share = 1.0
    congested = dual.congested[free]
    low, high = dual.low[free].copy(), dual.high[free].copy()
    old = point.price[free]
    low[congested] = np.maximum(low[congested], old[congested] / _RATIO)
    for _ in range(25):
        p = point.price.copy()
        p[free] = np.clip(old + share * direction, low, high)
        new = dual.at(p)
        gain = float(point.gradient @ (p - point.price))
        noise = _ROUNDING * abs(point.value)
        if new.value >= point.value + 1e-4 * gain and gain > noise:
            return new, share
        # where the rise drowns in rounding, trust slopes instead of values (Hager and Zhang 2005, approximate Wolfe)
        overshoot = -float(new.gradient @ (p - point.price))
        if gain <= 1e4 * noise and new.value >= point.value - 10 * noise and overshoot <= 0.8 * gain:
            return new, share
        share *= 0.5
    return None, share


def _gradient_descent(dual: Dual, point: Point, settings: Settings) -> Point:
    """Fallback: L-BFGS-B on the scaled dual."""
    scale = max(abs(point.value), 1e-300)

    def loss(p: Floats) -> tuple[float, Floats]:
        here = dual.at(p)
        return -here.value / scale, -here.gradient / scale

    found = minimize(
        loss, point.price, jac=True, method="L-BFGS-B", bounds=list(zip(dual.low, dual.high)),
        options={"maxiter": settings.gradient_steps, "maxfun": 2 * settings.gradient_steps, "maxcor": 30,
                 "ftol": 1e-16, "gtol": 1e-16},
    )  # fmt: skip
    return dual.at(np.clip(found.x, dual.low, dual.high))


def _seed(dual: Dual, given: Floats) -> Floats:
    """Starting prices: congested assets begin at their price under the load at `given`, at most their steepness."""
    a, c = dual.limits, dual.congested & (given <= 0)
    if not c.any():
        return given.copy()
    dual.at(np.clip(given, dual.low, dual.high))
    out = given.copy()
    out[c] = a.steepness[c] * np.minimum(dual.load[c] / a.practical[c], 1.0) ** a.power[c]
    return out


def _close(ship: Shipments, limits: Assets) -> Shipments:
    """Shut the chains that use an asset of zero capacity: an entropic flow would need an infinite price instead."""
    shut = (limits.capacity == 0) & ~limits.balance
    if not shut.any():
        return ship
    chain = np.repeat(np.arange(len(ship.cost)), np.diff(ship.use_ptr))
    hit = np.unique(chain[shut[ship.asset] & (ship.weight > 0)])
    cost = ship.cost.copy()
    cost[hit] = np.inf
    return replace(ship, cost=cost)


def _require_feasible(dual: Dual, point: Point, settings: Settings) -> None:
    over = np.maximum(point.gradient, 0.0) / np.maximum(np.abs(dual.limits.capacity), 1e-300)
    at_top = (point.price >= dual.high) & (dual.high > dual.low) & (over > settings.tolerance)
    at_bottom = dual.limits.balance & (point.price <= dual.low) & (point.gradient < 0)
    stuck = np.flatnonzero(at_top | at_bottom)
    if len(stuck):
        raise Infeasible(
            f"assignment: {len(stuck)} capacities or quotas cannot hold (assets {stuck[:10].tolist()})",
            float(np.abs(point.gradient[stuck]).max()),
            "more must pass than they allow: give an outside_cost, more capacity, or drop a quota that contradicts",
        )


def _result(
    ship: Shipments, dual: Dual, point: Point, unit: Floats, steps: int, method: str, seconds: float
) -> Assignment:
    if dual.last is not point.price:
        dual.at(point.price)
    s, a = dual.ship, dual.limits
    upper = primal(s.demand, s.theta, s.mode_theta, s.outside_cost, s.elastic, s.nest_ptr, s.chain_ptr, s.cost,
                   s.path_size, dual.flow) + congestion_cost(a, dual.load)  # fmt: skip
    marginal = np.zeros(a.n_assets)
    c = dual.congested
    marginal[c] = a.steepness[c] * (np.minimum(dual.load[c], a.capacity[c]) / a.practical[c]) ** a.power[c]
    mu = np.where(
        c, np.where(dual.load >= a.capacity * (1 - 1e-7), np.maximum(point.price - marginal, 0.0), 0.0), point.price
    )
    hard = np.isfinite(a.capacity) & ~a.balance
    over = (dual.load[hard] - a.capacity[hard]) / np.maximum(np.abs(a.capacity[hard]), dual.least)
    shipped = dual.shipped / unit
    no_way = np.isinf(dual.logsum)
    short = np.where(no_way, ship.demand, ship.demand - shipped)
    short = np.where(ship.elastic | (np.abs(short) <= 1e-12 * ship.demand), 0.0, short)
    gap = abs(upper - point.value) / max(abs(upper), 1e-300) if upper != point.value else 0.0
    return Assignment(
        dual.flow / unit[ship.shipment_of_chain()], dual.load.copy(), point.price.copy(), mu, dual.logsum.copy(),
        shipped, short, no_way, mu * dual.load, float(point.value), float(gap),
        float(np.maximum(over, 0.0).max(initial=0.0)), steps, seconds, method,
    )  # fmt: skip


def _check(ship: Shipments, limits: Assets, start: ArrayLike | None) -> None:
    if len(ship.asset) and (ship.asset.min() < 0 or ship.asset.max() >= limits.n_assets):
        raise BadInput("a chain uses an asset that does not exist", "asset", f"indices run 0 to {limits.n_assets - 1}")
    if start is not None and np.shape(start) != (limits.n_assets,):
        raise BadInput(f"start has shape {np.shape(start)}", "solve", f"one price an asset: [{limits.n_assets}]")
