"""Convex QP and LP behind one face: solved, then certified by its own KKT conditions before anything is returned.

PIQP (Schwan and others 2023) is the default for small and middling QPs, Clarabel (Goulart and Chen 2024) the check,
HiGHS takes linear programmes by simplex ("highs") and QPs by its interior point ("hipo", which needs the package
highspy-extras); its default QP method, which reports "Non-convex" on convex programmes of this kind, is never called.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal, cast

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from landbridge.errors import BadInput, DataMissing, Infeasible, NotConverged
from landbridge.solvers.blocks import Block, Program

Floats = NDArray[np.float64]
Method = Literal["piqp", "clarabel", "hipo", "highs"]

Outcome = tuple[Floats, Floats, int, str]  # x, row duals, iterations, word

ACCEPT: Final = 1e-6  # KKT residual above which a solution is refused
_BIG: Final = 1e20  # bounds beyond are none
_NAMED: Final = 8  # rows named in an explanation


@dataclass(frozen=True, slots=True)
class Kkt:
    """Relative KKT residuals: primal (rows and bounds), dual (stationarity and signs), gap (complementarity)."""

    primal: float
    dual: float
    gap: float

    @property
    def worst(self) -> float:
        """The largest of the three."""
        return max(self.primal, self.dual, self.gap)


@dataclass(frozen=True, slots=True)
class QpSolution:
    """A certified optimum. `row_dual[r]` = change of the objective per unit by which row r's binding side is raised."""

    x: Floats
    row_dual: Floats
    column_dual: Floats
    objective: float
    kkt: Kkt
    iterations: int
    seconds: float
    method: str

    def of(self, block: Block) -> Floats:
        """The part of x that belongs to a block of columns."""
        return self.x[block.at]

    def dual_of(self, block: Block) -> Floats:
        """The duals of a block of rows."""
        return self.row_dual[block.at]


def solve_qp(program: Program, *, method: Method = "piqp", tolerance: float = 1e-9, most: int = 400) -> QpSolution:
    """Solve and certify. Infeasible names rows or columns; NotConverged where the KKT residual stays above 1e-6.

    `tolerance` is handed to the solver (absolute and relative); `most` bounds its iterations.
    """
    if method == "highs" and not program.is_linear:
        raise BadInput('"highs" solves linear programmes only', remedy='use method="piqp", "clarabel" or "hipo"')
    started = time.perf_counter()
    return _certified(program, _BACKENDS[method](program, tolerance, most), method, started)


class Session:
    """The same programme solved again and again with other costs or bounds; certified every time, as `solve_qp`."""

    def __init__(self, program: Program, *, method: Method = "piqp", tolerance: float = 1e-9, most: int = 400) -> None:
        self.program, self.method, self.tolerance, self.most = program, method, tolerance, most
        self._piqp: _Piqp | None = None

    def solve(
        self, cost: Floats | None = None, *, lower: Floats | None = None, upper: Floats | None = None
    ) -> QpSolution:
        """The optimum for another cost [n] or other column bounds (give both); what is not given stays as it was."""
        started = time.perf_counter()
        if cost is not None:
            self.program = self.program.with_cost(cost)
        if lower is not None and upper is not None:
            self.program = self.program.with_bounds(lower, upper)
        if self.method != "piqp":
            return solve_qp(self.program, method=self.method, tolerance=self.tolerance, most=self.most)
        if self._piqp is None:
            self._piqp = _Piqp(self.program, self.tolerance, self.most)
            outcome = self._piqp.run()
        else:
            outcome = self._piqp.run(cost, lower, upper)
        return _certified(self.program, outcome, self.method, started)


def _certified(program: Program, outcome: Outcome, method: Method, started: float) -> QpSolution:
    x, row_dual, iterations, status = outcome
    if status == "infeasible":
        raise explain(program, status)
    column_dual = program.quadratic @ x + program.cost - program.rows.T @ row_dual
    kkt = residuals(program, x, row_dual)
    if not kkt.worst <= ACCEPT:
        raise explain(program, status, kkt)
    seconds = time.perf_counter() - started
    return QpSolution(x, row_dual, column_dual, program.objective(x), kkt, iterations, seconds, method)


def residuals(program: Program, x: Floats, row_dual: Floats) -> Kkt:
    """Relative KKT residuals of a primal-dual pair, computed from the programme alone (no solver's word is taken).

    A column's reduced cost is split by sign: the part that its bounds can explain, and stationarity error where the
    bound on that side is infinite. Every product dual x slack is held against 1 + |objective terms|.
    """
    activity = program.rows @ x
    size = 1.0 + max(_largest(x), _largest(activity))
    primal = max(
        _largest(np.maximum(program.row_lower - activity, 0.0)),
        _largest(np.maximum(activity - program.row_upper, 0.0)),
        _largest(np.maximum(program.lower - x, 0.0)),
        _largest(np.maximum(x - program.upper, 0.0)),
    )
    gradient = program.quadratic @ x + program.cost
    reduced = gradient - program.rows.T @ row_dual
    low_free, high_free = program.lower < -_BIG, program.upper > _BIG
    stray = np.where(low_free, np.maximum(reduced, 0.0), 0.0) + np.where(high_free, np.maximum(-reduced, 0.0), 0.0)
    row_low_free, row_high_free = program.row_lower < -_BIG, program.row_upper > _BIG
    stray_row = np.where(row_low_free, np.maximum(row_dual, 0.0), 0.0)
    stray_row += np.where(row_high_free, np.maximum(-row_dual, 0.0), 0.0)
    scale = 1.0 + max(_largest(program.cost), _largest(gradient))
    gap = _slack_products(x, program.lower, program.upper, reduced)
    gap += _slack_products(activity, program.row_lower, program.row_upper, row_dual)
    worth = 1.0 + abs(program.objective(x)) + float(np.abs(program.cost) @ np.abs(x))
    return Kkt(primal / size, max(_largest(stray), _largest(stray_row)) / scale, gap / worth)


def _largest(values: Floats) -> float:
    return float(np.abs(values).max()) if values.size else 0.0


def _slack_products(value: Floats, lower: Floats, upper: Floats, dual: Floats) -> float:
    below = np.where(lower < -_BIG, 0.0, np.abs(value - np.where(lower < -_BIG, 0.0, lower)))
    above = np.where(upper > _BIG, 0.0, np.abs(np.where(upper > _BIG, 0.0, upper) - value))
    return float(np.maximum(dual, 0.0) @ below + np.maximum(-dual, 0.0) @ above)


class _Piqp:
    """PIQP set up once for a programme; later solves change the cost alone and keep the ordering of the matrix."""

    def __init__(self, program: Program, tolerance: float, most: int) -> None:
        import piqp

        self.equal = program.row_lower == program.row_upper
        free = (program.row_lower < -_BIG) & (program.row_upper > _BIG)
        self.ranged = ~self.equal & ~free
        rows = sp.csr_matrix(program.rows)
        self.solver: Any = piqp.SparseSolver()
        settings = self.solver.settings
        settings.verbose = False
        settings.eps_abs = settings.eps_rel = settings.eps_duality_gap_abs = settings.eps_duality_gap_rel = tolerance
        settings.max_iter = most
        # at its default (1e-4) the test of infeasibility cries wolf on long price ranges; ours is `explain`
        settings.eps_primal_inf = settings.eps_dual_inf = 1e-10
        self.solver.setup(
            program.quadratic,
            program.cost,
            sp.csc_matrix(rows[self.equal]),
            program.row_lower[self.equal],
            sp.csc_matrix(rows[self.ranged]),
            _clip(program.row_lower[self.ranged]),
            _clip(program.row_upper[self.ranged]),
            _clip(program.lower),
            _clip(program.upper),
        )

    def run(self, cost: Floats | None = None, lower: Floats | None = None, upper: Floats | None = None) -> Outcome:
        """Solve, with another cost or other column bounds where they are given."""
        if cost is not None:
            self.solver.update(c=cost)
        if lower is not None and upper is not None:
            self.solver.update(x_l=_clip(lower), x_u=_clip(upper))
        status = str(self.solver.solve())
        result = self.solver.result
        dual = np.zeros(len(self.equal))
        dual[self.equal] = -np.asarray(result.y)
        dual[self.ranged] = np.asarray(result.z_l) - np.asarray(result.z_u)
        word = "infeasible" if "INFEASIBLE" in status.upper() else status
        return np.array(result.x), dual, int(result.info.iter), word


def _piqp(program: Program, tolerance: float, most: int) -> Outcome:
    return _Piqp(program, tolerance, most).run()


def _clarabel(program: Program, tolerance: float, most: int) -> Outcome:
    import clarabel

    n = len(program.cost)
    identity = sp.identity(n, format="csr")
    rows = sp.csr_matrix(program.rows)
    equal = program.row_lower == program.row_upper
    high = ~equal & (program.row_upper < _BIG)
    low = ~equal & (program.row_lower > -_BIG)
    up, down = program.upper < _BIG, program.lower > -_BIG
    stack = sp.vstack([rows[equal], rows[high], -rows[low], identity[up], -identity[down]], format="csc")
    sides = [program.row_upper[equal], program.row_upper[high], -program.row_lower[low]]
    sides += [program.upper[up], -program.lower[down]]
    cones = [clarabel.ZeroConeT(int(equal.sum())), clarabel.NonnegativeConeT(stack.shape[0] - int(equal.sum()))]
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.max_iter = most
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = tolerance
    upper_half = sp.triu(program.quadratic, format="csc")
    answer = clarabel.DefaultSolver(upper_half, program.cost, stack, np.concatenate(sides), cones, settings).solve()
    z = np.array(answer.z)
    ends = np.cumsum([equal.sum(), high.sum(), low.sum()])
    dual = np.zeros(len(equal))
    dual[equal] = -z[: ends[0]]
    dual[high] -= z[ends[0] : ends[1]]
    dual[low] += z[ends[1] : ends[2]]
    status = str(answer.status)
    return np.array(answer.x), dual, int(answer.iterations), "infeasible" if "Infeasible" in status else status


def _highs(program: Program, tolerance: float, most: int) -> Outcome:
    engine = _engine(tolerance)
    status = _run(engine, program)
    # every LP status but "Optimal" that HiGHS returns without a limit means infeasible or unbounded
    word = "optimal" if status == "Optimal" else "infeasible"
    solution = engine.getSolution()
    iterations = int(engine.getInfo().simplex_iteration_count)
    return np.array(solution.col_value), np.array(solution.row_dual), iterations, word


def _hipo(program: Program, tolerance: float, most: int) -> Outcome:
    """HiGHS's interior point. Refused where it is not installed: HiGHS would take its default QP method instead."""
    engine = _engine(tolerance)
    if "Ok" not in str(engine.setOptionValue("solver", "hipo")):
        what = "HiGHS's interior point for QP needs the package highspy-extras of the same version as highspy"
        raise DataMissing(f"{what}: pip install landbridge[energy-large], or use method='piqp' or 'clarabel'")
    engine.setOptionValue("ipm_optimality_tolerance", tolerance)
    engine.setOptionValue("ipm_iteration_limit", most)
    status = _run(engine, program)
    solution, word = engine.getSolution(), status
    if "nfeasible" in status or "nbounded" in status:
        word = "infeasible"
    return np.array(solution.col_value), np.array(solution.row_dual), int(engine.getInfo().ipm_iteration_count), word


def _engine(tolerance: float) -> Any:
    import highspy

    engine: Any = cast(Any, highspy).Highs()
    engine.setOptionValue("output_flag", False)
    engine.setOptionValue("log_to_console", False)
    engine.setOptionValue("primal_feasibility_tolerance", max(tolerance, 1e-10))
    engine.setOptionValue("dual_feasibility_tolerance", max(tolerance, 1e-10))
    return engine


def _run(engine: Any, program: Program) -> str:
    engine.passModel(highs_model(program))
    if not program.is_linear:
        engine.passHessian(highs_hessian(program))
    engine.run()
    return str(engine.modelStatusToString(engine.getModelStatus()))


def highs_hessian(program: Program) -> Any:
    """The quadratic part of a programme as HiGHS's own record."""
    import highspy

    half = sp.csc_matrix(sp.tril(program.quadratic))
    hessian: Any = cast(Any, highspy).HighsHessian()
    hessian.dim_, hessian.format_ = half.shape[0], cast(Any, highspy).HessianFormat.kTriangular
    hessian.start_, hessian.index_ = half.indptr, half.indices
    hessian.value_ = np.asarray(half.data, dtype=np.float64)
    return hessian


def highs_model(program: Program) -> Any:
    """The linear part of a programme as HiGHS's own record."""
    import highspy

    lp: Any = cast(Any, highspy).HighsLp()
    lp.num_col_, lp.num_row_ = len(program.cost), len(program.row_lower)
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = program.cost, program.lower, program.upper
    lp.row_lower_, lp.row_upper_ = program.row_lower, program.row_upper
    matrix = lp.a_matrix_
    matrix.format_ = highspy.MatrixFormat.kColwise
    matrix.start_, matrix.index_, matrix.value_ = program.rows.indptr, program.rows.indices, program.rows.data
    return lp


_BACKENDS: Final[dict[str, Callable[[Program, float, int], Outcome]]] = {
    "piqp": _piqp,
    "clarabel": _clarabel,
    "hipo": _hipo,
    "highs": _highs,
}


def _clip(values: Floats) -> Floats:
    return np.clip(values, -1e30, 1e30)


def explain(program: Program, status: str, kkt: Kkt | None = None) -> NotConverged:
    """The error that fits a failed solve: rows that conflict, columns without limit, or plain lack of convergence.

    Conflicts are found by the least total relaxation of the rows (an LP); unlimited columns by a bounded ray.
    """
    conflict = _conflict(program)
    if conflict:
        return Infeasible("the programme", np.inf, f"these rows cannot hold together: {', '.join(conflict)}")
    ray = _ray(program)
    if ray:
        return Infeasible("the programme", np.inf, f"the objective has no limit along: {', '.join(ray)}")
    worst = kkt.worst if kkt is not None else np.inf
    return NotConverged(
        f"the programme ({status})", worst, "scale quantities to about 1, or check with another method="
    )


def _conflict(program: Program) -> list[str]:
    m, n = program.rows.shape
    eye = sp.identity(m, format="csc")
    relaxed = Program(
        quadratic=sp.csc_matrix((n + 2 * m, n + 2 * m)),
        cost=np.concatenate([np.zeros(n), np.ones(2 * m)]),
        rows=sp.hstack([program.rows, eye, -eye], format="csc"),
        row_lower=program.row_lower,
        row_upper=program.row_upper,
        lower=np.concatenate([program.lower, np.zeros(2 * m)]),
        upper=np.concatenate([program.upper, np.full(2 * m, np.inf)]),
        column_blocks=(),
        row_blocks=program.row_blocks,
    )
    x, dual, _, status = _highs(relaxed, 1e-9, 0)
    if status != "optimal":
        return []
    slack = x[n : n + m] + x[n + m :]
    scale = 1.0 + _largest(x[:n])
    if slack.sum() <= 1e-7 * scale:
        return []
    order = np.argsort(-np.abs(dual) - 10.0 * (slack > 1e-9 * scale))  # broken rows first, then those that press
    return [program.row_name(int(r)) for r in order if slack[r] > 1e-9 * scale or abs(dual[r]) > 1e-9][:_NAMED]


def _ray(program: Program) -> list[str]:
    n = len(program.cost)
    still = sp.vstack([program.rows, program.quadratic], format="csc")
    row_lower = np.concatenate([np.where(program.row_lower > -_BIG, 0.0, -np.inf), np.zeros(n)])
    row_upper = np.concatenate([np.where(program.row_upper < _BIG, 0.0, np.inf), np.zeros(n)])
    ray = Program(
        quadratic=sp.csc_matrix((n, n)),
        cost=program.cost,
        rows=still,
        row_lower=row_lower,
        row_upper=row_upper,
        lower=np.where(program.lower > -_BIG, 0.0, -1.0),
        upper=np.where(program.upper < _BIG, 0.0, 1.0),
        column_blocks=program.column_blocks,
        row_blocks=(),
    )
    x, _, _, status = _highs(ray, 1e-9, 0)
    if status != "optimal" or program.cost @ x > -1e-7 * (1.0 + _largest(program.cost)):
        return []
    order = np.argsort(-np.abs(x))
    return [program.column_name(int(k)) for k in order[:_NAMED] if abs(x[k]) > 1e-7]
