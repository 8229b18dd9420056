"""Few yes-or-no decisions over a convex QP: best-first branch and bound, every node certified by its KKT residual."""

from __future__ import annotations

import heapq
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from landbridge.errors import Infeasible, NotConverged
from landbridge.solvers.blocks import Program
from landbridge.solvers.qp import Method, QpSolution, Session

Floats = NDArray[np.float64]
_WHOLE = 1e-5  # distance from 0 or 1 that counts as decided
_TRY_ROUNDING = 3  # undecided columns up to which a node tries its own rounding (and always while no plan is known)


@dataclass(frozen=True, slots=True)
class MipSolution:
    """The best plan found and the proof: `gap` = (objective - bound) / (1 + |objective|); duals at the plan held."""

    best: QpSolution
    chosen: tuple[int, ...]  # columns set to one
    objective: float
    bound: float
    gap: float
    nodes: int
    seconds: float


def solve_mip(
    program: Program,
    binaries: Sequence[int],
    *,
    gap: float = 1e-6,
    most_nodes: int = 5000,
    method: Method = "piqp",
    tolerance: float = 1e-9,
) -> MipSolution:
    """Minimise over columns `binaries` in {0, 1}. NotConverged where the gap stays open after `most_nodes` nodes.

    Bounds come from the QP relaxation; nodes near a decision try their own rounding. Infeasible where no plan is.
    """
    started = time.perf_counter()
    columns = np.asarray(binaries, dtype=np.int64)
    best: QpSolution | None = None
    queue: list[tuple[float, int, Floats, Floats]] = []
    count = 0
    session = Session(program, method=method, tolerance=tolerance)

    def relax(low: Floats, high: Floats) -> QpSolution | None:
        nonlocal count
        count += 1
        lower, upper = program.lower.copy(), program.upper.copy()
        lower[columns], upper[columns] = low, high
        try:
            return session.solve(lower=lower, upper=upper)
        except Infeasible:
            return None

    def consider(answer: QpSolution | None) -> None:
        nonlocal best
        if answer is not None and (best is None or answer.objective < best.objective):
            best = answer

    def slack() -> float:
        return gap * (1.0 + abs(best.objective)) if best is not None else 0.0

    zero, one = np.maximum(program.lower[columns], 0.0), np.minimum(program.upper[columns], 1.0)
    root = relax(zero, one)
    if root is None:
        raise Infeasible("the programme with yes-or-no decisions", np.inf, "even its relaxation has no feasible point")
    heapq.heappush(queue, (root.objective, count, zero, one))
    found = {count: root}
    bound = root.objective
    while queue and count < most_nodes:
        bound, key, low, high = heapq.heappop(queue)
        answer = found.pop(key)
        if best is not None and bound >= best.objective - slack():
            queue.clear()
            break
        value = answer.x[columns]
        open_ones = np.flatnonzero((np.abs(value - np.round(value)) > _WHOLE) & (low < high))
        if open_ones.size == 0:
            consider(answer)
            continue
        if len(open_ones) <= _TRY_ROUNDING or best is None:
            rounded = np.clip(np.round(value), low, high)
            consider(relax(rounded, rounded))
        branch = open_ones[np.argmin(np.abs(value[open_ones] - 0.5))]
        for side in (0.0, 1.0):
            low_side, high_side = low.copy(), high.copy()
            low_side[branch] = high_side[branch] = side
            child = relax(low_side, high_side)
            if child is not None and (best is None or child.objective < best.objective - slack()):
                heapq.heappush(queue, (child.objective, count, low_side, high_side))
                found[count] = child
    if best is None:
        raise Infeasible("the programme with yes-or-no decisions", np.inf, f"no feasible plan among {count} nodes")
    if queue:
        bound = min(bound, queue[0][0])
        raise NotConverged(
            "branch and bound", (best.objective - bound) / (1 + abs(best.objective)), "raise most_nodes or the gap"
        )
    bound = min(best.objective, max(bound, best.objective - slack()))
    chosen = tuple(int(c) for c in columns[best.x[columns] > 0.5])
    measure = (best.objective - bound) / (1 + abs(best.objective))
    return MipSolution(best, chosen, best.objective, bound, measure, count, time.perf_counter() - started)
