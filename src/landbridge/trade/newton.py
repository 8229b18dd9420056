"""Second stage for worlds near autarky: wages move by an approximate Newton step instead of each by its own excess.

Where trade is thin, relative wages hang on a few flows and the plain sweep crawls. The Jacobian of log excess labour
demand is taken from one aggregate of all sectors (shares of sales S, of purchases Pi, value added per output b):

    C = (I - (1-b) Pi')^-1 b,   J = (I - S (1-b))^-1 [theta (S Pi' - I) C + S b] - I

as follows from the sweep with one sector; J maps equal wage changes to zero, which the numeraire removes. It only
steers: the fixed point, and its certificate, are those of the plain sweep.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from landbridge.solvers import AndersonSettings, Solution, anderson
from landbridge.trade.sweep import Problem, Sweep

Array = NDArray[np.float64]
Explain = Callable[[Array, Array], str]  # point and residual -> hint that names the worst market
_LONGEST_MOVE: Final = 0.5  # of any log wage in one step


def wage_steps(problem: Problem, x: Array) -> Array:
    """Matrix [n,n] that turns log excess labour demand into a wage step, at the point x."""
    sweep = Sweep(problem)
    sweep(x, np.empty_like(x))
    n = len(problem.value_added)
    q = np.exp(-problem.theta[:, None] * sweep.cost)
    received = problem.net * q[:, :, None] * sweep.scale[:, None, :]
    labour = np.einsum("ki,kij->ij", problem.beta, received)
    sales = labour / labour.sum(axis=1, keepdims=True)
    bought = received.sum(axis=0)
    pi = (bought / bought.sum(axis=0)).T  # [j,i]: where j buys
    output = sweep.output.sum(axis=0)
    b = labour.sum(axis=1) / output
    # the mean elasticity that labour meets, by where it is earned
    theta = ((problem.beta * sweep.output) * problem.theta[:, None]).sum() / (problem.beta * sweep.output).sum()
    eye = np.eye(n)
    cost = np.linalg.solve(eye - (1.0 - b)[:, None] * pi, np.diag(b))
    demand = np.linalg.solve(eye - sales * (1.0 - b), theta * (sales @ pi - eye) @ cost + sales * b)
    jacobian = demand - eye - np.outer(np.ones(n), problem.value_added)
    return np.asarray(-np.linalg.inv(jacobian))


class WageMap:
    """Wages to wages: prices and expenditures solved for the wages given, then one approximate Newton step."""

    def __init__(self, problem: Problem, x: Array, tolerance: float, explain: Explain) -> None:
        self.explain = explain
        self.sweep, self.steps = Sweep(problem), wage_steps(problem, x)
        self.x, self.image = x.copy(), np.empty_like(x)
        self.tolerance, self.sweeps, self.worst = tolerance, 0, np.inf
        self._inner = AndersonSettings(0.01 * tolerance)

    def __call__(self, wage: Array, out: Array) -> None:
        """Write the new log wages into `out`; keeps the whole point in `x` and its worst excess demand in `worst`."""
        n = len(wage)
        self.x[:n] = wage

        def rest(y: Array, image: Array) -> None:
            self.sweep(np.concatenate([wage, y]), self.image)
            image[:] = self.image[n:]

        def why(_: Array, r: Array) -> str:
            return self.explain(self.x, np.concatenate([np.zeros(n), r]))

        found = anderson(rest, self.x[n:], self._inner, "trade equilibrium", why)
        self.x[n:] = found.x
        self.sweep(self.x, self.image)
        self.sweeps += found.iterations + 1
        excess = self.sweep.excess - self.sweep.excess @ self.sweep.problem.value_added
        self.worst = float(np.abs(excess).max())
        move = self.steps @ excess
        move *= min(1.0, _LONGEST_MOVE / max(float(np.abs(move).max()), 1e-300))
        new = wage + move
        out[:] = new - np.log((np.exp(new) * self.sweep.problem.value_added).sum())

    def near_enough(self) -> bool:
        """True once labour markets clear to half the tolerance."""
        return self.worst <= 0.5 * self.tolerance


def steered(problem: Problem, x: Array, tolerance: float, rounds: int, explain: Explain) -> Solution:
    """Solve from x by the second stage; NotConverged after so many rounds of wages."""
    wages = WageMap(problem, x, tolerance, explain)
    n = len(problem.value_added)

    def why(_: Array, __: Array) -> str:
        return explain(wages.x, wages.image - wages.x)

    inner = AndersonSettings(1e-3 * tolerance, max_evaluations=rounds)
    found = anderson(wages, x[:n], inner, "trade equilibrium", why, wages.near_enough)
    return Solution(wages.x, "converged", wages.worst, wages.sweeps, found.seconds)
