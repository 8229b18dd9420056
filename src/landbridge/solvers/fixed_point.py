"""Fixed points u = f(u) by Anderson acceleration (Anderson 1965; Walker and Ni 2011, type II), with safeguards.

Each new point is the combination of the last `depth` points whose residuals cancel best, found by regularised least
squares on residual differences. Safeguards: the memory is dropped when the residual jumps or stops being finite, and
no component moves by more than `step_cap` in one step (for unknowns in logs: a factor e).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from landbridge.errors import NotConverged
from landbridge.solvers.solution import Solution

Vector = NDArray[np.float64]

_JUMP: Final = 100.0  # a residual this many times larger than the last drops the memory
_RESTART_DAMPING: Final = 0.3  # share of the plain step taken after a restart
_RIDGE: Final = 1e-13  # relative Tikhonov term of the least squares: differences become collinear near the solution


@dataclass(frozen=True, slots=True)
class AndersonSettings:
    """`tolerance` on max|f(u) - u|; `depth` points remembered; `max_evaluations` of f; `step_cap` per component."""

    tolerance: float = 1e-10
    depth: int = 8
    max_evaluations: int = 2000
    step_cap: float = 1.0

    def __post_init__(self) -> None:
        if not (self.tolerance > 0 and self.depth >= 1 and self.max_evaluations >= 1 and self.step_cap > 0):
            raise ValueError("Anderson settings must be positive")


@njit(cache=True, fastmath={"reassoc", "contract"})
def _next_point(
    x: Vector,
    r: Vector,
    d_res: NDArray[np.float64],
    d_step: NDArray[np.float64],
    gram: NDArray[np.float64],
    filled: int,
    cap: float,
    ridge: float,
    out: Vector,
) -> None:
    """Write the next point x + r - sum_a c_a (d_step_a + d_res_a) into `out`, c minimising |r - sum_a c_a d_res_a|."""
    n = x.size
    a = np.empty((filled, filled))
    c = np.empty(filled)
    trace = 0.0
    for p in range(filled):
        trace += gram[p, p]
        s = 0.0
        for m in range(n):
            s += d_res[p, m] * r[m]
        c[p] = s
    for p in range(filled):
        for q in range(filled):
            a[p, q] = gram[p, q]
        a[p, p] += ridge * trace + 1e-300
    for p in range(filled):  # Gaussian elimination: the matrix is symmetric positive definite, at most depth x depth
        for q in range(p + 1, filled):
            f = a[q, p] / a[p, p]
            for m in range(p, filled):
                a[q, m] -= f * a[p, m]
            c[q] -= f * c[p]
    for p in range(filled - 1, -1, -1):
        for q in range(p + 1, filled):
            c[p] -= a[p, q] * c[q]
        c[p] /= a[p, p]
    for m in range(n):
        out[m] = r[m]
    for p in range(filled):
        f = c[p]
        for m in range(n):
            out[m] -= f * (d_res[p, m] + d_step[p, m])
    largest = 0.0
    for m in range(n):
        largest = max(largest, abs(out[m]))
    scale = cap / largest if largest > cap else 1.0
    for m in range(n):
        out[m] = x[m] + scale * out[m]


@njit(cache=True, fastmath={"reassoc", "contract"})
def _remember(
    x_old: Vector,
    r_old: Vector,
    x: Vector,
    r: Vector,
    d_res: NDArray[np.float64],
    d_step: NDArray[np.float64],
    gram: NDArray[np.float64],
    slot: int,
    filled: int,
) -> None:
    """Store the newest differences in `slot` and refresh its row and column of the Gram matrix."""
    n = x.size
    for m in range(n):
        d_res[slot, m] = r[m] - r_old[m]
        d_step[slot, m] = x[m] - x_old[m]
    for p in range(filled):
        s = 0.0
        for m in range(n):
            s += d_res[p, m] * d_res[slot, m]
        gram[slot, p] = s
        gram[p, slot] = s


@njit(cache=True)
def _residual(x: Vector, fx: Vector, r: Vector) -> float:
    """Write fx - x into `r`; return its largest absolute component, or inf where any is not finite."""
    worst = 0.0
    for m in range(x.size):
        r[m] = fx[m] - x[m]
        size = abs(r[m])
        if not size <= 1e300:
            return np.inf
        worst = max(worst, size)
    return worst


def anderson(
    f: Callable[[Vector, Vector], None],
    start: Vector,
    settings: AndersonSettings | None = None,
    what: str = "fixed point",
    explain: Callable[[Vector, Vector], str] | None = None,
    enough: Callable[[], bool] | None = None,
) -> Solution:
    """Solve u = f(u), u of shape [n].

    `f(u, out)` writes f(u) into `out`. Returns Solution(x = f at the last point, residual = max|f(u) - u|,
    iterations = evaluations of f). Raises NotConverged with a hint from `explain(u, residual)` where given.
    `enough()`, asked after each evaluation, may end the search before the tolerance, by a measure of the caller's own.
    """
    settings = settings or AndersonSettings()
    clock = time.perf_counter()
    n, depth = start.size, settings.depth
    d_res, d_step, gram = np.zeros((depth, n)), np.zeros((depth, n)), np.zeros((depth, depth))
    x = np.ascontiguousarray(start, dtype=np.float64).copy()
    x_new, fx, r, r_new = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    f(x, fx)
    error, evaluations, stored = _residual(x, fx, r), 1, 0
    if not np.isfinite(error):
        raise NotConverged(what, error, "the map is not finite at the starting point: check the input")
    while error > settings.tolerance and evaluations < settings.max_evaluations:
        if enough is not None and enough():
            break
        _next_point(x, r, d_res, d_step, gram, min(stored, depth), settings.step_cap, _RIDGE, x_new)
        f(x_new, fx)
        error_new = _residual(x_new, fx, r_new)
        evaluations += 1
        if not error_new <= _JUMP * error:
            stored, gram[:] = 0, 0.0
            x += r * min(_RESTART_DAMPING, settings.step_cap / float(np.abs(r).max()))
            f(x, fx)
            error = _residual(x, fx, r)
            evaluations += 1
            if not np.isfinite(error):
                raise NotConverged(what, error, "the map left the finite numbers: the shock is inconsistent")
            continue
        _remember(x, r, x_new, r_new, d_res, d_step, gram, stored % depth, min(stored + 1, depth))
        stored += 1
        x, x_new, r, r_new, error = x_new, x, r_new, r, error_new
    if error > settings.tolerance and not (enough is not None and enough()):
        hint = explain(x, r) if explain else f"raise max_evaluations above {settings.max_evaluations}"
        raise NotConverged(what, error, hint)
    return Solution(x + r, "converged", error, evaluations, time.perf_counter() - clock)
