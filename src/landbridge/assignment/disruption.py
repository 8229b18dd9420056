"""What breaks when an asset closes: screening with a proven bound, exact re-solves, wedges, recovery with stocks."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from math import exp, log

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from landbridge.assignment.entropic import solve
from landbridge.assignment.entropic_records import Assets, Assignment, Settings, Shipments, add_quota
from landbridge.errors import BadInput

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Closure:
    """One asset closed, solved anew. Costs in the unit of the objective; flows in that of demand."""

    asset: int
    exposure: float  # load of the asset before: what a static count calls at risk
    loss: float  # rise of the optimum: detours, queues, and demand given up at its outside cost
    loss_by_shipment: Floats  # [k] rise of each shipment's cost; rents that change hands are not losses of the whole
    unserved: float  # demand shipped before and not now
    no_way: float  # of it: demand that has no way left at all
    rerouted: float  # demand that changed chain and still arrives
    bottleneck: int  # asset whose price rises most, -1 none
    bottleneck_rise: float
    after: Assignment
    seconds: float


@dataclass(frozen=True, slots=True)
class Criticality:
    """All assets screened, the first ones re-solved. `bound` [a] never exceeds the loss of a full closure."""

    exposure: Floats  # [a] load
    bound: Floats  # [a] loss of closing the asset if no other price moved: a lower bound by weak duality
    no_way: Floats  # [a] demand that would have no way left
    closures: tuple[Closure, ...]  # the top of the screen, re-solved warm, worst first


def close(
    ship: Shipments, limits: Assets, base: Assignment, asset: int, share: float = 1.0, settings: Settings | None = None
) -> Closure:
    """Take `share` of an asset's capacity away (of its load, where it has no limit) and solve again from `base`."""
    if not 0 < share <= 1 or not 0 <= asset < limits.n_assets:
        raise BadInput(f"asset {asset}, share {share}", "close", f"an asset 0..{limits.n_assets - 1}, 0 < share <= 1")
    begun = time.perf_counter()
    capacity = limits.capacity.copy()
    left = 1.0 - share
    capacity[asset] = left * (capacity[asset] if np.isfinite(capacity[asset]) else base.asset_flow[asset])
    after = solve(ship, replace(limits, capacity=capacity), base.price, settings=settings)
    lost = np.maximum(base.shipped - after.shipped, 0.0)
    moved = np.abs(after.chain_flow - base.chain_flow)
    changed = np.bincount(ship.shipment_of_chain(), moved, minlength=ship.n_shipments)
    arriving = np.minimum(base.shipped, after.shipped)
    kept = np.bincount(
        ship.shipment_of_chain(), np.minimum(after.chain_flow, base.chain_flow), minlength=ship.n_shipments
    )
    rerouted = np.where(changed > 0, np.maximum(arriving - kept, 0.0), 0.0)
    rise = after.price - base.price
    rise[asset] = -np.inf
    worst = int(np.argmax(rise)) if len(rise) else -1
    return Closure(
        asset, float(base.asset_flow[asset]), after.objective - base.objective, _losses(ship, base, after),
        float(lost.sum()), float(ship.demand[after.no_way & ~base.no_way].sum()), float(rerouted.sum()),
        worst if rise[worst] > 1e-9 else -1, max(float(rise[worst]), 0.0), after, time.perf_counter() - begun,
    )  # fmt: skip


def criticality(
    ship: Shipments, limits: Assets, base: Assignment, top: int = 10, settings: Settings | None = None
) -> Criticality:
    """Screen every asset, then close the `top` worst one by one. Needs finite outside costs to rank lost demand.

    The screen takes the asset's chains away at the prices of `base`: the dual of the closed problem at those prices, so
    its optimum, and the true loss, can only be larger. Shipments without any way left count at their outside cost.
    """
    gain, stranded = np.zeros(limits.n_assets), np.zeros(limits.n_assets)
    _screen(
        base.price, ship.demand, ship.theta, ship.mode_theta, ship.outside_cost, ship.nest_ptr, ship.chain_ptr,
        ship.cost, ship.path_size, ship.use_ptr, ship.asset, ship.weight, base.logsum, gain, stranded,
    )  # fmt: skip
    supply = np.where(np.isfinite(limits.capacity), np.minimum(base.asset_flow, limits.capacity), base.asset_flow)
    bound = np.maximum(gain + base.price * supply - _congestion(limits, supply), 0.0)
    order = np.argsort(-bound, kind="stable")[:top]
    closures = [close(ship, limits, base, int(a), settings=settings) for a in order if base.asset_flow[a] > 0]
    closures.sort(key=lambda c: -c.loss)
    return Criticality(base.asset_flow.copy(), bound, stranded, tuple(closures))


def wedge_to_reach(
    ship: Shipments, limits: Assets, chains: ArrayLike, amount: float, settings: Settings | None = None
) -> tuple[float, Assignment]:
    """The cost to add to `chains` (boolean [c]) so that they carry `amount` of demand: (wedge, assignment).

    Traffic that avoids an attacked strait is a choice under risk, not a closure: a wedge by class. It is the price of
    the quota that holds the flow at the observed amount; 0 where the flow is below it anyway.
    """
    with_row, wider = add_quota(ship, limits, chains, amount)
    result = solve(with_row, wider, settings=settings)
    n = limits.n_assets
    plain = replace(
        result, asset_flow=result.asset_flow[:n], price=result.price[:n], capacity_price=result.capacity_price[:n],
        rent=result.rent[:n],
    )  # fmt: skip
    return float(result.price[-1]), plain


@dataclass(frozen=True, slots=True)
class Recovery:
    """Stocks and shortages by day; rows are goods. Everything in days of normal use."""

    arrivals: Floats  # [g, t]
    stock: Floats  # [g, t] at the end of the day
    shortage: Floats  # [g, t] use that could not be met
    lost_days: Floats  # [g] total shortage
    recovered_on: Ints  # [g] first day from which stock is back at its target, -1 within the horizon never


def recovery(
    served_share: ArrayLike,
    stock_days: ArrayLike,
    closed_days: int,
    delay_days: ArrayLike = 0,
    ramp_days: int = 0,
    surge: float = 0.1,
    horizon_days: int = 365,
) -> Recovery:
    """Live off stocks while an asset is shut, then refill them.

    served_share [g] of normal arrivals that still comes by other ways (from a re-solve); delay_days [g] is how much
    later they arrive, so that long nothing comes at all; stock_days [g] is the stock at the start and its target.
    After closed_days the usual way returns over ramp_days (linear) while goods already on the long way still come in;
    arrivals may exceed use by `surge` until the stock is back. A shortage is lost, not made up.
    """
    share, stock0 = np.atleast_1d(np.asarray(served_share, np.float64)), np.asarray(stock_days, np.float64)
    delay = np.broadcast_to(np.asarray(delay_days, np.int64), share.shape)
    target = np.array(np.broadcast_to(stock0, share.shape))
    if np.any((share < 0) | (share > 1)) or np.any(target < 0) or np.any(delay < 0) or closed_days < 0 or surge < 0:
        raise BadInput("shares lie in 0..1; stocks, delays, days and surge are not negative", "recovery", "mend them")
    days = np.arange(horizon_days)
    back = np.clip((days - closed_days + 1) / max(ramp_days, 1), 0.0, 1.0) if ramp_days else (days >= closed_days) * 1.0
    by_detour = (days[None, :] >= delay[:, None]) & (days[None, :] < closed_days + delay[:, None])
    direct = np.where(days >= closed_days, back, 0.0)[None, :]
    usual = np.where(by_detour, share[:, None], 0.0)
    capacity = np.where(days[None, :] < closed_days, usual, np.minimum(usual + direct, 1.0) * (1.0 + surge))
    n = len(share)
    arrivals, stock, shortage = np.zeros((n, horizon_days)), np.zeros((n, horizon_days)), np.zeros((n, horizon_days))
    now = target.copy()
    for t in range(horizon_days):
        wanted = 1.0 + np.maximum(target - now, 0.0)
        arrivals[:, t] = np.minimum(capacity[:, t], wanted)
        available = now + arrivals[:, t]
        shortage[:, t] = np.maximum(1.0 - available, 0.0)
        now = np.maximum(available - 1.0, 0.0)
        stock[:, t] = now
    full = stock >= target[:, None] - 1e-9
    stays = np.flip(np.logical_and.accumulate(np.flip(full, 1), axis=1), 1)
    recovered = np.where(stays.any(axis=1), stays.argmax(axis=1), -1)
    return Recovery(arrivals, stock, shortage, shortage.sum(axis=1), recovered.astype(np.int64))


def _losses(ship: Shipments, base: Assignment, after: Assignment) -> Floats:
    """Rise of each shipment's expected cost, outside option included: d (phi(S') - phi(S))."""

    def worth(logsum: Floats) -> Floats:
        over = np.clip(np.nan_to_num(ship.mode_theta * (logsum - ship.outside_cost), posinf=700.0), 0.0, 700.0)
        beyond = ship.outside_cost + (1.0 - np.exp(-over)) / ship.mode_theta
        return np.where(np.isinf(logsum), ship.outside_cost, np.where(logsum > ship.outside_cost, beyond, logsum))

    with np.errstate(invalid="ignore"):  # no way before and after, no outside option: nothing to compare
        return np.nan_to_num(ship.demand * (worth(after.logsum) - worth(base.logsum)), nan=0.0)


def _congestion(limits: Assets, load: Floats) -> Floats:
    c = limits.steepness > 0
    out = np.zeros(limits.n_assets)
    out[c] = limits.steepness[c] * limits.practical[c] / (limits.power[c] + 1.0)
    out[c] *= (load[c] / limits.practical[c]) ** (limits.power[c] + 1.0)
    return out


@njit(cache=True)
def _screen(  # type: ignore[no-untyped-def]
    price, demand, theta, mode_theta, outside, nest_ptr, chain_ptr, cost, size, use_ptr, asset, weight, logsum,
    gain, stranded,
):  # fmt: skip
    """Add to gain [a] the rise of sum d phi(S) when the chains through a are shut at these prices."""
    touched = np.empty(len(gain), np.int64)
    seen = np.zeros(len(gain), np.bool_)
    for k in range(len(demand)):
        if logsum[k] == np.inf or demand[k] <= 0.0:
            continue
        n = 0
        first, last = chain_ptr[nest_ptr[k]], chain_ptr[nest_ptr[k + 1]]
        full = np.empty(last - first)
        for r in range(first, last):
            full[r - first] = cost[r]
            for i in range(use_ptr[r], use_ptr[r + 1]):
                full[r - first] += weight[i] * price[asset[i]]
                if weight[i] > 0.0 and not seen[asset[i]]:
                    seen[asset[i]] = True
                    touched[n] = asset[i]
                    n += 1
        before = logsum[k]
        if before > outside[k]:
            before = outside[k] + (1.0 - exp(-mode_theta[k] * (before - outside[k]))) / mode_theta[k]
        for j in range(n):
            a = touched[j]
            seen[a] = False
            top, reference = 0.0, logsum[k]
            for g in range(nest_ptr[k], nest_ptr[k + 1]):
                z = 0.0
                for r in range(chain_ptr[g], chain_ptr[g + 1]):
                    hit = size[r] <= 0.0 or full[r - first] == np.inf
                    for i in range(use_ptr[r], use_ptr[r + 1]):
                        hit = hit or asset[i] == a
                    if not hit:
                        z += size[r] * exp(-theta[k] * (full[r - first] - reference))
                if z > 0.0:
                    top += exp(mode_theta[k] / theta[k] * log(z))
            if top > 0.0:
                after = reference - log(top) / mode_theta[k]
                if after > outside[k]:
                    after = outside[k] + (1.0 - exp(-mode_theta[k] * (after - outside[k]))) / mode_theta[k]
                gain[a] += demand[k] * (after - before)
            else:
                stranded[a] += demand[k]
                if outside[k] < np.inf:
                    gain[a] += demand[k] * (outside[k] - before)
