"""Conditional equilibrium: multilateral resistances answer, outputs and expenditures do not; one round of prices.

Anderson and van Wincoop (2003), equations 9-13, in hats; "conditional general equilibrium" of Yotov, Piermartini,
Monteiro and Larch (2016). Quantities of origin terms q are found so that every output and every expenditure of the base
is met; the factory-gate prices they imply, q^(-1/theta), then move incomes once. No second round: not an equilibrium.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from landbridge.solvers import AndersonSettings, Solution, anderson
from landbridge.trade.records import Baseline, Equilibrium, Settings
from landbridge.trade.sweep import Closure, Problem, Shock, build

Array = NDArray[np.float64]


def conditional(base: Baseline, shock: Shock, settings: Settings) -> Equilibrium:
    """The conditional equilibrium of a shock; real income after one round of factory-gate prices."""
    none = np.zeros(len(base.iso3))
    problem = build(base, shock, Closure(none, none, -1))
    output, spent = base.output_usd, base.expenditure_usd
    made = output > 0
    solved = [_sector(base, problem, k, settings) for k in range(len(base.sectors))]
    q = np.where(made, np.exp(np.stack([s.x for s in solved])), 0.0)
    s = np.einsum("kij,ki->kj", problem.paid, q)
    u = np.divide(spent, s, out=np.zeros_like(s), where=s > 0)
    flow = problem.paid * q[:, :, None] * u[:, None, :] / (1.0 + shock.tariff)
    gate = np.where(made, np.where(made, q, 1.0) ** (-1.0 / base.theta[:, None]), 1.0)
    gate *= (output.sum(axis=1) / (output * gate).sum(axis=1))[:, None]  # numeraire: world output at base prices
    # the price level of a sector follows its factory-gate prices, S = sum paid * gate^-theta
    power = np.where(made, gate ** -base.theta[:, None], 0.0)
    total = np.einsum("kij,ki->kj", problem.paid, power)
    price = np.where(total > 0, np.where(total > 0, total, 1.0) ** (-1.0 / base.theta[:, None]), 1.0)
    added = base.value_added_share * output
    wage = (added * gate).sum(axis=0) / added.sum(axis=0)
    consumer = np.exp((base.final_share * np.log(price)).sum(axis=0))
    revenue = (flow * shock.tariff).sum(axis=(0, 1))
    income0 = base.accounts.income
    income = base.value_added_usd * wage + revenue + base.deficit_usd
    unknown = np.full(len(base.iso3), np.nan)
    return Equilibrium(
        base.iso3, base.sectors, "conditional", "purged", income / income0 / consumer, wage / consumer, wage, price,
        gate, consumer, income, revenue, unknown, flow, base.flow_usd, income0, unknown, unknown, unknown,
        max(s.residual for s in solved), max(s.iterations for s in solved), 0.0, 0.0,
        "outputs and expenditures fixed, one round of prices: not a full equilibrium",
    )  # fmt: skip


def _sector(base: Baseline, problem: Problem, k: int, settings: Settings) -> Solution:
    """Logs of the origin terms of one sector [n] that meet its outputs and expenditures.

    Where tariffs change, producers get another share of the same expenditure: outputs are met up to a factor, one for
    each group of economies that trade among themselves and with nobody else (some sell a fuel only at home).
    """
    output, spent, paid = base.output_usd[k], base.expenditure_usd[k], problem.paid[k]
    net = problem.net[k] + (problem.seller[k] if problem.seller.size else 0.0)
    made, n = output > 0, len(output)
    origin, destination = np.nonzero(paid * output[:, None])
    links = coo_array((np.ones(len(origin)), (origin, n + destination)), shape=(2 * n, 2 * n))
    group = connected_components(links, directed=False)[1][:n]
    size = np.bincount(group, output)

    def step(x: Array, out: Array) -> None:
        s = np.where(made, np.exp(x), 0.0) @ paid
        sold = net @ np.divide(spent, s, out=np.zeros_like(s), where=s > 0)
        new = np.log(np.where(made & (sold > 0), output / np.where(sold > 0, sold, 1.0), 1.0))
        level = np.divide(np.bincount(group, output * new), size, out=np.zeros_like(size), where=size > 0)
        out[:] = new - level[group]

    def worst(x: Array, residual: Array) -> str:
        i = int(np.argmax(np.abs(residual)))
        return f"worst market: {base.sectors[k]} made in {base.iso3[i]}; does it lose every buyer?"

    inner = AndersonSettings(settings.tolerance, settings.depth, settings.max_sweeps)
    return anderson(step, np.zeros(n), inner, "conditional trade equilibrium", worst)
