"""From a problem to a solved point: the accelerated sweep, a second stage where it crawls, and the certificate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from landbridge.errors import NotConverged
from landbridge.solvers import AndersonSettings, Solution, anderson
from landbridge.trade.newton import steered
from landbridge.trade.records import Baseline, Settings
from landbridge.trade.sweep import FLOOR, Problem, State, Sweep

Array = NDArray[np.float64]
_FIRST_STAGE: Final = 400  # sweeps after which the plain iteration is taken to crawl; most shocks need 40 to 120
_ROUNDS: Final = 200  # wage steps of the second stage


def start_from(base: Baseline) -> Array:
    """The unknowns at the base: no change of wages and prices, expenditure as it is."""
    spent = base.expenditure_usd / base.accounts.world
    n, k = len(base.iso3), len(base.sectors)
    return np.concatenate([np.zeros(n + k * n), np.log(np.where(spent > 0, np.maximum(spent, FLOOR), 1.0)).ravel()])


def solve_problem(base: Baseline, problem: Problem, settings: Settings, start: Array | None = None) -> State:
    """Solve for the fixed point; NotConverged names the worst market."""
    sweep = Sweep(problem)
    x = start_from(base) if start is None else start

    def explain(_: Array, r: Array) -> str:
        return f"worst market: {_market(base, r)}; soften the shock, or raise max_sweeps above {settings.max_sweeps}"

    solution = _search(sweep, x, settings, explain)
    image = np.empty_like(solution.x)
    sweep(solution.x, image)
    n, k = len(base.iso3), len(base.sectors)
    gap = float(np.sum(sweep.excess * problem.value_added)) if np.any(problem.closure.ratio) else 0.0
    miss = image - solution.x
    miss[:n] = sweep.excess - gap
    residual = float(np.abs(miss).max())
    if residual > settings.tolerance:
        raise NotConverged("trade equilibrium", residual, f"worst market: {_market(base, miss)}; loosen the tolerance")
    prices = np.exp(solution.x[n : n + k * n]).reshape(k, n)
    spent = np.where(problem.dead, 0.0, np.exp(solution.x[n + k * n :]).reshape(k, n))
    return State(
        solution.x, np.exp(solution.x[:n]), prices, np.exp(sweep.cost), spent, sweep.output, sweep.revenue,
        sweep.rents, sweep.income, sweep.scale, residual, float(np.expm1(gap)), solution.iterations,
    )  # fmt: skip


def _search(sweep: Sweep, x: Array, settings: Settings, explain: Callable[[Array, Array], str]) -> Solution:
    """The plain sweep; where it has not arrived in time, the second stage from where it got."""
    reached = {"x": x}

    def keep(at: Array, r: Array) -> str:
        reached["x"] = at.copy()
        return explain(at, r)

    problem, first = sweep.problem, min(_FIRST_STAGE, settings.max_sweeps)
    inner = AndersonSettings(settings.tolerance * problem.wage_step * 0.5, settings.depth, first)
    try:
        return anderson(sweep, x, inner, "trade equilibrium", keep)
    except NotConverged:
        if settings.max_sweeps <= first:
            raise
    found = steered(problem, reached["x"], settings.tolerance, _ROUNDS, explain)
    sweep(found.x, np.empty_like(found.x))
    return Solution(found.x, found.status, found.residual, first + found.iterations, found.seconds)


def _market(base: Baseline, r: Array) -> str:
    """Name the unknown with the largest residual."""
    n, k = len(base.iso3), len(base.sectors)
    worst = int(np.argmax(np.where(np.isfinite(r), np.abs(r), np.inf)))
    if worst < n:
        return f"labour in {base.iso3[worst]}"
    block, rest = divmod(worst - n, k * n)
    sector, country = divmod(rest, n)
    return f"{'price' if block == 0 else 'expenditure'} of {base.sectors[sector]} in {base.iso3[country]}"
