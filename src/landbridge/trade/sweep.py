"""The joint sweep u -> f(u) on u = (ln w [n], ln P [k,n], ln X [k,n]) of the exact-hat trade equilibrium.

Caliendo and Parro (2015), equations 10-14, in hats as in Dekle, Eaton and Kortum (2008), all markets at once:
unit costs from wages and prices, expenditure shares from unit costs, receipts, revenue and rents from the same terms,
then wages by excess demand, prices from the cost of the bundle, expenditure from input demand and income.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from landbridge.errors import BadInput, Fault
from landbridge.trade.kernels import weigh
from landbridge.trade.records import Baseline

Array = NDArray[np.float64]

FLOOR: Final = 1e-30  # smallest expenditure in units of world value added: keeps logs finite, counts for nothing
NO_RENT: Final = np.zeros((0, 0, 0))
_MOST_FAULTS: Final = 8


@dataclass(frozen=True, slots=True)
class Shock:
    """What changes, filled in to full shape, contiguous. `wedge_hat` = (1+f')/(1+f); inf = embargo, no flow."""

    wedge_hat: Array  # [k,i,j]
    tariff: Array  # [k,i,j] new tariff
    rent: Array  # [k,i,j] ad valorem rent on the price before tariff; shape (0,0,0) = none
    rent_to_seller: Array  # [k,i,j] share of the rent that stays with the origin; shape (0,0,0) = none
    productivity_hat: Array  # [k,i]


@dataclass(frozen=True, slots=True)
class Closure:
    """Deficits as the sweep reads them: D[n] * w[numeraire] + ratio[n] * income[n]; -1 = world value added."""

    deficit: Array  # [n] in units of world value added
    ratio: Array  # [n]
    numeraire: int


@dataclass(frozen=True, slots=True)
class Problem:
    """Arrays of one sweep. Money in units of world value added; [k,m,n]: sector k uses input m in n."""

    paid: Array  # [k,i,j] pi * kappa^-theta: what buyers pay, relative to unit costs
    net: Array  # [k,i,j] of it, what producers receive
    seller: Array  # [k,i,j] of it, rents kept by the origin; (0,0,0) = none
    beta: Array  # [k,n]
    io: Array  # [k,m,n]
    alpha: Array  # [k,n]
    theta: Array  # [k]
    value_added: Array  # [n], sums to one
    ln_productivity: Array  # [k,n]
    dead: NDArray[np.bool_]  # [k,n] nothing is bought
    closure: Closure
    wage_step: float


@dataclass(frozen=True, slots=True)
class State:
    """A solved point, in units of world value added."""

    x: Array  # the unknowns
    wage_hat: Array  # [n]
    price_hat: Array  # [k,n]
    cost_hat: Array  # [k,n]
    expenditure: Array  # [k,n]
    output: Array  # [k,n] producers' receipts
    revenue: Array  # [n] tariffs and rents of the destination
    seller_rent: Array  # [n]
    income: Array  # [n]
    scale: Array  # [k,j] expenditure over sum of paid * q: flow = paid * q * scale
    residual: float
    gap: float
    iterations: int


def build(base: Baseline, shock: Shock, closure: Closure) -> Problem:
    """Arrays of the sweep; BadInput where a shock cuts a buyer off from every supplier of a good it uses."""
    spent = base.expenditure_usd
    dead = spent <= 0
    flow = np.ascontiguousarray(base.flow_usd)
    paid, net = np.empty_like(flow), np.empty_like(flow)
    seller = np.zeros_like(flow) if shock.rent.size else NO_RENT
    weigh(
        flow, np.ascontiguousarray(base.tariff), spent, base.theta, shock.wedge_hat, shock.tariff, shock.rent,
        shock.rent_to_seller, paid, net, seller,
    )  # fmt: skip
    lost = np.argwhere((paid.sum(axis=1) <= 0) & ~dead)
    if len(lost):
        cure = "leave a source: trade at home, a closure of less than all the traffic, a rule that not all obey"
        what = [(base.sectors[k], base.iso3[j]) for k, j in lost[:_MOST_FAULTS]]
        raise BadInput([Fault(f"{k} loses every supplier in {j}", "trade shock", cure) for k, j in what])
    return Problem(
        paid=paid,
        net=net,
        seller=seller,
        beta=np.ascontiguousarray(base.value_added_share),
        io=np.ascontiguousarray(base.io.transpose(2, 1, 0)),
        alpha=np.ascontiguousarray(base.final_share),
        theta=np.ascontiguousarray(base.theta),
        value_added=base.value_added_usd / base.accounts.world,
        ln_productivity=np.log(shock.productivity_hat),
        dead=dead,
        closure=closure,
        wage_step=1.0 / (1.0 + 0.5 * float(np.minimum(base.theta, 15.0).mean())),
    )


def part_of(base: Baseline, shock: Shock, part: float) -> Shock:
    """The shock taken part of the way, geometrically in wedges, 1 + tariffs, 1 + rents and productivity."""
    open_ = np.where(base.flow_usd > 0, shock.wedge_hat, 1.0)

    def way(new: NDArray[np.float64], old: NDArray[np.float64] | float) -> Array:
        return np.ascontiguousarray((1.0 + old) * ((1.0 + new) / (1.0 + old)) ** part - 1.0)

    rent = way(shock.rent, 0.0) if shock.rent.size else NO_RENT
    return Shock(open_**part, way(shock.tariff, base.tariff), rent, shock.rent_to_seller, shock.productivity_hat**part)


@njit(cache=True, fastmath={"reassoc", "contract", "arcp"}, error_model="numpy")
def _sweep(
    x: Array,
    out: Array,
    paid: Array,
    net: Array,
    seller: Array,
    beta: Array,
    io: Array,
    alpha: Array,
    theta: Array,
    va: Array,
    lnz: Array,
    dead: NDArray[np.bool_],
    deficit: Array,
    ratio: Array,
    numeraire: int,
    wage_step: float,
    cost: Array,
    output: Array,
    scale: Array,
    revenue: Array,
    rents: Array,
    income: Array,
    excess: Array,
) -> None:
    """One sweep; writes f(x) into `out` and the state at x into the arrays after `wage_step`."""
    sectors, n = beta.shape
    has_rent = seller.size > 0
    q, s, received, u = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    for j in range(n):
        revenue[j] = 0.0
        rents[j] = 0.0
        excess[j] = 0.0
    p0, x0 = n, n + sectors * n
    for k in range(sectors):
        for i in range(n):
            cost[k, i] = beta[k, i] * x[i] - lnz[k, i]
        for m in range(sectors):
            for i in range(n):
                cost[k, i] += io[k, m, i] * x[p0 + m * n + i]
        for i in range(n):
            q[i] = np.exp(-theta[k] * cost[k, i])
            s[i] = 0.0
            received[i] = 0.0
        for i in range(n):
            qi = q[i]
            for j in range(n):
                s[j] += paid[k, i, j] * qi
                received[j] += net[k, i, j] * qi
        if has_rent:
            for i in range(n):
                for j in range(n):
                    received[j] += seller[k, i, j] * q[i]
        for j in range(n):
            if dead[k, j]:
                u[j] = 0.0
                out[p0 + k * n + j] = x[p0 + k * n + j]
            else:
                spent = np.exp(x[x0 + k * n + j])
                u[j] = spent / s[j]
                revenue[j] += spent - received[j] * u[j]
                out[p0 + k * n + j] = -np.log(s[j]) / theta[k]
            scale[k, j] = u[j]
        for i in range(n):
            y = 0.0
            for j in range(n):
                y += net[k, i, j] * u[j]
            output[k, i] = y * q[i]
            excess[i] += beta[k, i] * output[k, i]
            if has_rent:
                y = 0.0
                for j in range(n):
                    y += seller[k, i, j] * u[j]
                rents[i] += y * q[i]
    price_of_deficit = np.exp(x[numeraire]) if numeraire >= 0 else 1.0
    level = 0.0
    for i in range(n):
        earned = np.exp(x[i]) * va[i]
        excess[i] = np.log(excess[i] / earned)
        own = earned + revenue[i] + rents[i]
        income[i] = own * (1.0 + ratio[i]) + deficit[i] * price_of_deficit
        out[i] = x[i] + wage_step * excess[i]
        level += np.exp(out[i]) * va[i]
    level = np.log(level)
    for i in range(n):
        out[i] -= level
    for m in range(sectors):
        for j in range(n):
            s[j] = alpha[m, j] * income[j]
        for k in range(sectors):
            for j in range(n):
                s[j] += io[k, m, j] * output[k, j]
        for j in range(n):
            spot = x0 + m * n + j
            out[spot] = x[spot] if dead[m, j] else np.log(max(s[j], FLOOR))


class Sweep:
    """The map of one problem with its work arrays: call it as f(x, out), read the state of the last x from it."""

    def __init__(self, problem: Problem) -> None:
        self.problem = p = problem
        shape, n = p.beta.shape, p.beta.shape[1]
        self.cost, self.output, self.scale = np.empty(shape), np.empty(shape), np.empty(shape)
        self.revenue, self.rents, self.income, self.excess = (np.empty(n) for _ in range(4))

    def __call__(self, x: Array, out: Array) -> None:
        """Write f(x) into `out`."""
        p, c = self.problem, self.problem.closure
        _sweep(
            x, out, p.paid, p.net, p.seller, p.beta, p.io, p.alpha, p.theta, p.value_added, p.ln_productivity, p.dead,
            c.deficit, c.ratio, c.numeraire, p.wage_step, self.cost, self.output, self.scale, self.revenue, self.rents,
            self.income, self.excess,
        )  # fmt: skip


def quantity(state: State, theta: Array) -> Array:
    """q = unit cost to the power -theta, [k,i]."""
    return np.asarray(state.cost_hat ** -theta[:, None])
