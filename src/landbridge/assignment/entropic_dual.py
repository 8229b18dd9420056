"""The dual function of the entropic assignment at a price vector: value, gradient, Hessian; see `entropic`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from landbridge.assignment.entropic_kernel import choose, curvature
from landbridge.assignment.entropic_records import Assets, Shipments
from landbridge.routing import spread

Floats = NDArray[np.float64]

_FAR, _FAR_SHARE, _FEW_SHARE = 0.5, 0.2, 0.02  # error and share of it from which an asset is far off; how many are few
_PIECES = 2  # of a large problem; each has a Hessian of its own
_FEW = 20_000  # chains: below, threads cost more than they save


@dataclass(slots=True)
class Point:
    """The dual at one price vector."""

    price: Floats
    value: float
    gradient: Floats  # load - Psi'
    error: float


class Dual:
    """The dual function of one problem at one level of theta; owns the work arrays."""

    def __init__(self, ship: Shipments, limits: Assets, scale: float = 1.0) -> None:
        self.ship, self.limits = ship, limits
        self.theta, self.mode_theta = ship.theta * scale, ship.mode_theta * scale
        self.flow = np.empty(len(ship.cost))
        self.logsum, self.shipped = np.empty(ship.n_shipments), np.empty(ship.n_shipments)
        self.load = np.empty(limits.n_assets)
        # pieces of the work, always the same ones: sums do not depend on how many threads there are
        self.large = len(ship.cost) > _FEW
        pieces = _PIECES if self.large else 1
        self.cuts = [round(ship.n_shipments * i / pieces) for i in range(pieces + 1)]
        # errors are relative to the capacity, but to no less than this: smaller capacities drown in rounding
        heaviest = float(ship.weight.max(initial=0.0)) * float(ship.demand.max(initial=0.0))
        self.least = max(1e-6 * heaviest, 1e-300)
        self.last: Floats | None = None  # the price vector that the work arrays belong to
        self.congested = limits.steepness > 0
        self.hard = np.isfinite(limits.capacity) & (limits.capacity > 0) & ~limits.balance & ~self.congested
        self.low, self.high = bounds(ship, limits, scale)

    def at(self, price: Floats) -> Point:
        """Value and gradient at a price vector [a]; flows, loads and logsums are left in the work arrays."""
        s = self.ship
        self.last = price
        parts, loads = np.zeros(len(self.cuts) - 1), np.zeros((len(self.cuts) - 1, len(price)))

        def work(first: int, last: int) -> None:
            for i in range(first, last):
                parts[i] = choose(
                    self.cuts[i], self.cuts[i + 1], price, s.demand, self.theta, self.mode_theta, s.outside_cost,
                    s.elastic, s.nest_ptr, s.chain_ptr, s.cost, s.path_size, s.use_ptr, s.asset, s.weight, self.flow,
                    self.logsum, self.shipped, loads[i],
                )  # fmt: skip

        spread(work, len(parts))
        self.load = loads.sum(axis=0)
        value = float(parts.sum())
        target = self.supply(price)
        gradient = self.load - target
        gradient[(self.low == 0) & (self.high == 0)] = 0.0  # neither capacity nor congestion
        value -= self.conjugate(price, target)
        return Point(price, value, gradient, self._error(price, gradient, target))

    def supply(self, price: Floats) -> Floats:
        """Psi'(p): the load that an asset offers at its price."""
        a, c = self.limits, self.congested
        out = np.where(np.isfinite(a.capacity), a.capacity, 0.0)
        out[c] = np.minimum(a.practical[c] * (price[c] / a.steepness[c]) ** (1.0 / a.power[c]), a.capacity[c])
        return out

    def free(self, point: Point) -> NDArray[np.intp]:
        """Assets whose price a step may move: not at a bound and pushed beyond it; where few are far off (a place has
        just been closed), these alone, which is cheap."""
        p, g = point.price, point.gradient
        out = np.flatnonzero(~((p <= self.low) & (g <= 0)) & ~((p >= self.high) & (g >= 0)) & (self.high > self.low))
        off = np.abs(g[out]) / np.maximum(self.limits.capacity[out], self.least)
        far = out[self.hard[out] & (off > _FAR_SHARE * point.error)]
        few = point.error > _FAR and 0 < len(far) <= _FEW_SHARE * len(out)
        return far if few else out

    def aim(self, point: Point) -> Floats:
        """What a Newton step should undo [a]: load ln(load / capacity) where there is a hard capacity alone.

        Loads fall about exponentially with prices, so their logarithm is what is nearly linear: far from the capacity
        one such step does the work of several, near it both are the same.
        """
        out, capacity = point.gradient.copy(), self.limits.capacity
        c = self.hard & (out > -capacity)
        load = out[c] + capacity[c]
        out[c] = load * np.log(load / capacity[c])
        return out

    def conjugate(self, price: Floats, supply: Floats) -> float:
        """sum_a Psi_a(p_a)."""
        return float(price @ supply) - congestion_cost(self.limits, supply)

    def hessian(self, price: Floats, free: NDArray[np.intp]) -> Floats:
        """Minus the Hessian over the assets `free`, lower triangle; the work arrays must belong to this price."""
        s, a = self.ship, self.limits
        place = np.full(a.n_assets, -1, np.int64)
        place[free] = np.arange(len(free))
        parts = np.zeros((len(self.cuts) - 1, len(free), len(free)))

        def work(first: int, last: int) -> None:
            for i in range(first, last):
                curvature(
                    self.cuts[i], self.cuts[i + 1], parts[i], place, self.theta, self.mode_theta, s.outside_cost,
                    s.elastic, s.nest_ptr, s.chain_ptr, s.use_ptr, s.asset, s.weight, self.flow, self.logsum,
                    self.shipped,
                )  # fmt: skip

        spread(work, len(parts))
        h: Floats = parts[0]
        for part in parts[1:]:
            h += part
        supply = self.supply(price)
        bend = np.zeros(a.n_assets)  # of congested assets alone: elsewhere the power means nothing
        c = self.congested & (supply < a.capacity)
        bend[c] = supply[c] / (a.power[c] * np.maximum(price[c], 1e-300))
        h[np.diag_indices(len(free))] += bend[free]
        return h

    def _error(self, price: Floats, gradient: Floats, target: Floats) -> float:
        projected = np.where(price <= self.low, np.maximum(gradient, 0.0), gradient)
        projected = np.where(price >= self.high, np.minimum(projected, 0.0), projected)
        scale = np.abs(target)
        scale = np.where(self.limits.balance | (target == 0), np.maximum(scale, self.load_scale()), scale)
        ratio = np.abs(projected) / np.maximum(scale, self.least)
        return float(ratio.max(initial=0.0)) if np.all(np.isfinite(ratio)) else np.inf

    def load_scale(self) -> Floats:
        """Gross load [a]: what balance rows and empty assets are measured against."""
        s = self.ship
        if not self.limits.balance.any():
            return np.maximum(np.abs(self.load), 1e-9 * float(np.abs(self.load).max(initial=1.0)))
        chain = np.repeat(np.arange(len(s.cost)), np.diff(s.use_ptr))
        gross = np.bincount(s.asset, np.abs(s.weight) * self.flow[chain], minlength=self.limits.n_assets)
        return gross.astype(np.float64)


def bounds(ship: Shipments, limits: Assets, scale: float) -> tuple[Floats, Floats]:
    """Price bounds [a]: beyond `high` no shipment wants the asset, so it never binds where one can opt out."""
    finite = np.isfinite(ship.cost)
    spread = float(np.ptp(ship.cost[finite])) if finite.any() else 0.0
    outside = ship.outside_cost[np.isfinite(ship.outside_cost)]
    top = float(outside.max(initial=0.0)) - float(ship.cost[finite].min(initial=0.0)) if len(outside) else 0.0
    lightest = float(np.abs(ship.weight).min(initial=1.0))
    slack = 100.0 / float(ship.mode_theta.min(initial=1.0)) / scale
    most = 10.0 * (max(top, spread, 0.0) + slack) / lightest
    if np.isinf(ship.outside_cost).any():
        most *= 100.0
    priced = (limits.steepness > 0) | np.isfinite(limits.capacity)
    high = np.where(priced, most, 0.0)
    low = np.where(limits.balance, -most, np.where(limits.steepness > 0, 1e-12 * limits.steepness, 0.0))
    return low, np.maximum(high, np.where(limits.steepness > 0, 1e3 * limits.steepness, 0.0))


def congestion_cost(limits: Assets, load: Floats) -> float:
    """sum_a Phi_a(v_a)."""
    c = limits.steepness > 0
    power, practical = limits.power[c], limits.practical[c]
    return float(np.sum(limits.steepness[c] * practical / (power + 1.0) * (load[c] / practical) ** (power + 1.0)))
