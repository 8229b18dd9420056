"""Several years and seasons as one QP: the year's programme repeated, joined by storage and by what gets built.

maximise  sum_t w_t share_t [surplus of the year's programme] - annuities of what is built     (t = year x season)
Continuous projects: C_y = C_{y-1} + K_y; lumpy ones: K_y in {0, 1} of the full size, by branch and bound.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from landbridge.energy.horizon_program import Horizon, Period, Plan, Project, Storage, annuity, assemble
from landbridge.solvers import Kkt, solve_mip, solve_qp
from landbridge.solvers.qp import Method

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

__all__ = ["Horizon", "HorizonResult", "Period", "Project", "Storage", "annuity", "seasons", "solve_years"]


@dataclass(frozen=True, slots=True)
class HorizonResult:
    """Shapes: T periods, A arcs, N nodes, G storages, Y years, J projects. Prices in price units of the period."""

    horizon: Horizon
    years: tuple[int, ...]
    flow: Floats  # [T, A]
    flow_by_origin: Mapping[str, Floats]  # class -> [T, A]
    production: Floats  # [T, N]
    consumption: Floats  # [T, N]
    unserved: Floats  # [T, N]
    price: Floats  # [T, N]
    consumer_surplus: Floats  # [T, N] price x quantity units of the period
    producer_surplus: Floats  # [T, N]
    way_rent: Floats  # [T, A] capacity dual x flow: whose it is, is an assumption
    level: Floats  # [T, G] storage at the end of the period
    built: Floats  # [Y, J] capacity standing in a year
    objective_usd: float  # present value of surplus less annuities
    kkt: Kkt
    nodes: int  # of branch and bound; 1 where nothing is lumpy
    build_seconds: float
    solve_seconds: float

    def present_value_usd(self, values: Floats) -> Floats:
        """Sum over periods of a [T, ...] array in price x quantity units, weighted and discounted, in US dollars."""
        weight = np.array([p.share * p.weight for p in self.horizon.periods])
        total: Floats = np.tensordot(weight, values, axes=1) * self.horizon.market.usd_per_unit
        return total

    def yearly(self, values: Floats) -> Floats:
        """[Y, ...] mean of a [T, ...] array over the seasons of each year."""
        year = np.array([p.year for p in self.horizon.periods])
        share = np.array([p.share for p in self.horizon.periods])
        return np.stack([np.tensordot(share[year == y], values[year == y], axes=1) for y in self.years])


def seasons(years: Sequence[int], names: Sequence[str], *, rate: float, tail_years: float = 1.0) -> tuple[Period, ...]:
    """Equal seasons of the given years, discounted to the first; the last year stands for `tail_years` like it."""
    out = []
    for k, year in enumerate(years):
        weight = (1.0 + rate) ** -(year - years[0])
        if k == len(years) - 1:
            weight *= sum((1.0 + rate) ** -j for j in range(max(round(tail_years), 1)))
        out += [Period(year, name, 1.0 / len(names), weight) for name in names]
    return tuple(out)


def solve_years(horizon: Horizon, *, method: Method = "piqp", tolerance: float = 1e-8) -> HorizonResult:
    """Solve all periods at once. BadInput, Infeasible and NotConverged as `solve`; price caps are for `solve` only."""
    started = time.perf_counter()
    plan = assemble(horizon)
    built = time.perf_counter() - started
    # standing or not in a year cuts the years in two, where building or not in a year only moves it to the next
    binaries = [int(plan.stand.start + k) for k in plan.lumpy]
    started = time.perf_counter()
    if binaries:
        found = solve_mip(plan.program, binaries, method=method, tolerance=tolerance)
        answer, nodes = found.best, found.nodes
    else:
        answer, nodes = solve_qp(plan.program, method=method, tolerance=tolerance), 1
    return _read(horizon, plan, answer.x, answer.row_dual, answer.kkt, nodes, built, time.perf_counter() - started)


def _read(
    horizon: Horizon, plan: Plan, x: Floats, dual: Floats, kkt: Kkt, nodes: int, built: float, solved: float
) -> HorizonResult:
    market, layout, count = horizon.market, plan.layout, len(horizon.periods)
    columns = x[: count * plan.width].reshape(count, plan.width)
    duals = dual[: count * plan.height].reshape(count, plan.height) / plan.weight[:, None]
    arcs, nodes_count = len(market.arcs.link), len(market.nodes.id)
    by_class = np.zeros((len(layout.classes), count, arcs))
    for c in range(len(layout.classes)):
        mine = np.flatnonzero(layout.flow_class == c)
        np.add.at(by_class[c].T, layout.flow_arc[mine], columns[:, layout.flow.start + mine].T)
    price = _prices(plan, duals, columns, nodes_count)
    sites = len(horizon.storages)
    end = plan.store.start + plan.store.count
    level = x[end - count * sites : end].reshape(count, sites)
    stand = (
        x[plan.stand.at].reshape(len(plan.years), len(horizon.projects))
        if horizon.projects
        else np.zeros((len(plan.years), 0))
    )
    sizes = np.array([p.capacity for p in horizon.projects])
    return HorizonResult(
        horizon=horizon,
        years=plan.years,
        flow=by_class.sum(axis=0),
        flow_by_origin=dict(zip(layout.classes, by_class)),
        production=_spread(columns[:, layout.produce.at], market.supply.node, nodes_count),
        consumption=_spread(columns[:, layout.sell.at], layout.sell_node, nodes_count),
        unserved=_spread(columns[:, layout.unserved.at], market.demand.node, nodes_count),
        price=price,
        consumer_surplus=_consumer_surplus(horizon, plan, columns, price, nodes_count),
        producer_surplus=_producer_surplus(horizon, plan, columns, duals, nodes_count),
        way_rent=_way_rent(plan, duals, by_class.sum(axis=0)),
        level=level,
        built=stand * sizes,
        objective_usd=-plan.program.objective(x) * market.usd_per_unit,
        kkt=kkt,
        nodes=nodes,
        build_seconds=built,
        solve_seconds=solved,
    )


def _spread(values: Floats, index: Ints, count: int) -> Floats:
    out = np.zeros((len(values), count))
    np.add.at(out.T, index, values.T)
    return out


def _prices(plan: Plan, duals: Floats, columns: Floats, nodes: int) -> Floats:
    """[T, N] what buyers pay; where nobody buys, the least of the origins' values."""
    layout = plan.layout
    price = np.full((len(duals), nodes), np.nan)
    values = duals[:, layout.balance.at]
    for row, node in enumerate(layout.balance_node):
        price[:, node] = np.fmin(price[:, node], values[:, row])
    price[:, layout.serve_node] = duals[:, layout.serve.at]
    return price


def _consumer_surplus(horizon: Horizon, plan: Plan, columns: Floats, price: Floats, nodes: int) -> Floats:
    demand = horizon.market.demand
    quantity = columns[:, plan.layout.consume.at]
    worth = demand.intercept * quantity - 0.5 * demand.slope / horizon.demand_factor * quantity**2
    return _spread(worth - price[:, demand.node] * quantity, demand.node, nodes)


def _producer_surplus(horizon: Horizon, plan: Plan, columns: Floats, duals: Floats, nodes: int) -> Floats:
    supply, layout, factor = horizon.market.supply, plan.layout, horizon.supply_factor
    made = columns[:, layout.produce.at]
    rows = {(int(k), int(n)): r for r, (k, n) in enumerate(zip(layout.balance_class, layout.balance_node))}
    last = len(layout.classes) - 1
    klass = [layout.classes.index(o) if o in layout.classes else last for o in supply.origin]
    price = np.zeros_like(made)
    for s, (k, node) in enumerate(zip(klass, supply.node)):
        if (k, int(node)) in rows:
            price[:, s] = duals[:, layout.balance.start + rows[k, int(node)]]
    rise = np.divide(supply.high - supply.low, supply.size, out=np.zeros(len(supply.size)), where=supply.size > 0)
    scaled = np.divide(rise, factor, out=np.zeros_like(factor), where=factor > 0)
    return _spread((price - supply.low) * made - 0.5 * scaled * made**2, supply.node, nodes)


def _way_rent(plan: Plan, duals: Floats, flow: Floats) -> Floats:
    rent = np.zeros_like(flow)
    rent[:, plan.layout.arc_row_arc] = np.maximum(-duals[:, plan.layout.arc_row.at], 0.0)
    for ways, dual in zip(plan.layout.terminal_arcs, duals[:, plan.layout.terminal_row.at].T):
        rent[:, ways] += np.maximum(-dual, 0.0)[:, None]
    return rent * flow
