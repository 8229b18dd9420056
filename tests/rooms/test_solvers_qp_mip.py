"""Branch and bound against full enumeration."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from landbridge.errors import Infeasible, NotConverged
from landbridge.solvers import Builder, Program, solve_mip, solve_qp


def plan(seed: int, count: int = 6) -> tuple[Program, list[int]]:
    """Choose plants (fixed cost, capacity) to serve a linear demand."""
    draw = np.random.default_rng(seed)
    b = Builder()
    size = draw.uniform(2, 8, count)
    build = b.columns("build", count, upper=1.0, cost=draw.uniform(20, 120, count))
    make = b.columns("make", count, cost=draw.uniform(5, 30, count), curvature=draw.uniform(0.1, 1, count))
    use = b.columns("use", 1, cost=-80.0, curvature=4.0)
    limit = b.rows("limit", count, upper=0.0)
    b.put(limit, np.arange(count), make, np.arange(count), 1.0)
    b.put(limit, np.arange(count), build, np.arange(count), -size)
    balance = b.rows("balance", 1, lower=0.0, upper=0.0)
    b.put(balance, np.zeros(count, dtype=int), make, np.arange(count), 1.0)
    b.put(balance, [0], use, [0], -1.0)
    return b.build(), list(range(count))


@pytest.mark.parametrize("seed", range(6))
def test_equals_enumeration(seed: int) -> None:
    program, binaries = plan(seed)
    best = np.inf
    for choice in itertools.product((0.0, 1.0), repeat=len(binaries)):
        lower, upper = program.lower.copy(), program.upper.copy()
        lower[binaries] = upper[binaries] = choice
        best = min(best, solve_qp(program.with_bounds(lower, upper)).objective)
    found = solve_mip(program, binaries)
    assert found.objective == pytest.approx(best, rel=1e-6, abs=1e-5)
    assert found.gap <= 1.01e-6
    assert found.nodes < 2 ** len(binaries) + 2


def test_an_impossible_plan_says_so() -> None:
    b = Builder()
    x = b.columns("build", 1, upper=1.0)
    need = b.rows("need", 1, lower=2.0)
    b.put(need, [0], x, [0], 1.0)
    with pytest.raises(Infeasible):
        solve_mip(b.build(), [0])


def test_too_few_nodes_is_an_error_not_an_answer() -> None:
    program, binaries = plan(3)
    with pytest.raises((NotConverged, Infeasible)):
        solve_mip(program, binaries, most_nodes=2)
