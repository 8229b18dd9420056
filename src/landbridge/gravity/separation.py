"""Observations that no finite estimate can fit, found before estimating (Correia, Guimaraes and Zylkin 2019).

A row with zero outcome is separated where some combination z of regressors and effects is zero on every row with
positive outcome, nowhere negative, and positive on this row: its fitted value can always be lowered further. Such
rows carry no information on what is identified; kept, they make iterations drift.
Two checks. "fe": effects all of whose outcomes are zero. "ir": the iterative rectifier (their algorithm 1), started
only when a screen finds zero rows that the positive rows do not tie down: a random combination of regressors and
effects is fitted on the positive rows alone; where the fit foretells a zero row, every admissible z is zero there.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse.linalg import splu

from landbridge.errors import NotConverged
from landbridge.gravity.layout import Layout

Vector = NDArray[np.float64]
Mask = NDArray[np.bool_]

_FORETOLD: Final = 1e-4  # a zero row is tied when the random combination (of size one) is foretold this well
_FIT: Final = 1e-7  # tolerance of the screen's fits
_HEAVY: Final = 1e4  # weight of positive rows in the rectifier: they must be met, zero rows may bend
_RIDGE: Final = 1e-8  # effects are identified in sum only: the ridge picks one of the equal solutions
_SETTLED: Final = 1e-6  # largest residual at which the rectifier has settled
_ROUNDS: Final = 500
_CLEAR_NO: Final = 1e-4  # u below is no separation, u above _CLEAR_YES is one; between them programmes decide
_CLEAR_YES: Final = 1e-2
_EXACT: Final = 1e-6  # feasibility of the linear programme is 1e-7


def empty_levels(y: Vector, codes: list[NDArray[np.int64]], keep: Mask) -> tuple[Mask, list[tuple[int, int]]]:
    """Rows left [n] after dropping every level whose kept outcomes are all zero, again and again; levels (f, code)."""
    keep = keep.copy()
    gone: list[tuple[int, int]] = []
    while True:
        before = keep.sum()
        for f, code in enumerate(codes):
            levels = int(code.max()) + 1
            total = np.bincount(code[keep], y[keep], levels)
            there = np.bincount(code[keep], minlength=levels) > 0
            empty = there & (total <= 0)
            if empty.any():
                gone += [(f, int(g)) for g in np.flatnonzero(empty)]
                keep &= ~empty[code]
        if keep.sum() == before:
            return keep, gone


def independent(x: NDArray[np.float64], w: Vector, size: Vector, tolerance: float) -> list[int]:
    """Columns of `x` [k,m] (effects taken out) not spanned by those before; `size` [k] their square norms before."""
    kept: list[int] = []
    basis: list[Vector] = []
    for k in range(len(x)):
        rest = x[k].copy()
        for _ in range(2):  # twice is enough (Kahan)
            for b in basis:
                rest -= (w * b) @ rest * b
        norm = float((w * rest) @ rest)
        if norm > tolerance * max(size[k], 1e-300):
            kept.append(k)
            basis.append(rest / np.sqrt(norm))
    return kept


def screen(
    layout: Layout, y: Vector, x: NDArray[np.float64], there: Vector, collinear: float, max_sweeps: int
) -> tuple[Mask, NDArray[np.float64], bool]:
    """Zero cells that the positive cells leave free [m], `x` less its fit there [k,m], and whether it keeps its rank.

    `there` [m] is 1 where an observation is, else 0.
    """
    positive = there * (y > 0)
    draw = np.random.default_rng(20190308)  # any draw will do: the verdict holds with probability one
    random = draw.uniform(-1.0, 1.0, layout.levels)
    random[-1] = 0.0
    target = layout.effects(random)
    values = np.vstack([target[None], x])
    coef = np.zeros((len(values), layout.levels))
    layout.absorb(positive, values, coef, _FIT, max_sweeps)
    left = np.array([v - layout.effects(c) for v, c in zip(values, coef)])
    size = (positive * x * x).sum(axis=1)
    kept = independent(left[1:], positive, size, collinear)
    free = np.abs(left[0]) > _FORETOLD
    if len(kept) < len(x):  # combinations that vanish on positive rows may not vanish on zero rows
        lost = [k for k in range(len(x)) if k not in kept]
        basis = left[1:][kept]
        gram = (basis * positive) @ basis.T
        for k in lost:
            along = np.linalg.solve(gram, (basis * positive) @ left[1 + k]) if kept else np.zeros(0)
            free |= np.abs(left[1 + k] - along @ basis) > _FORETOLD * np.sqrt((there * x[k] ** 2).sum() / there.sum())
    return free & (there > 0) & (y <= 0), left[1:], len(kept) == len(x)


def rectify(layout: Layout, y: Vector, x: NDArray[np.float64], there: Vector, free: Mask) -> Mask:
    """Separated cells [m]; `x` [k,m] regressors (any representative of their span), `free` [m] from the screen.

    The rectifier converges slowly where a zero row nearly separates; it is then left for linear programmes.
    """
    rows = np.flatnonzero(there > 0)
    design = _design(layout, x, rows)
    positive, loose = y[rows] > 0, free[rows]
    u = _rounds(design, positive, loose)
    if u is None or np.any((u > _CLEAR_NO) & (u < _CLEAR_YES)):
        u = _programmes(design, positive, loose)
    found = np.zeros(layout.cells, dtype=bool)
    found[rows] = loose & (u > _CLEAR_NO)
    return found


def _design(layout: Layout, x: NDArray[np.float64], rows: NDArray[np.int64]) -> sp.csr_matrix:
    """Regressors and dummies of the effects [rows, columns], without empty columns."""
    scale = np.sqrt((x[:, rows] ** 2).mean(axis=1))
    blocks = [sp.csr_matrix((x[:, rows] / np.where(scale > 0, scale, 1.0)[:, None]).T)]
    for code in layout.codes[: layout.starts.size - 1]:
        place = (np.arange(rows.size), code[rows])
        blocks.append(sp.csr_matrix((np.ones(rows.size), place), shape=(rows.size, layout.levels - 1)))
    design = sp.csr_matrix(sp.hstack(blocks))
    return sp.csr_matrix(design[:, np.asarray(abs(design).sum(axis=0)).ravel() > 0])


def _rounds(design: sp.csr_matrix, positive: Mask, loose: Mask) -> Vector | None:
    """The rectifier: fit u, cut what is negative, again; None where it has not settled."""
    weighted = sp.csr_matrix(sp.diags_array(np.where(positive, _HEAVY, 1.0)) @ design)
    normal = sp.csc_matrix(design.T @ weighted + _RIDGE * sp.eye_array(design.shape[1]))
    factor = splu(normal, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True})
    u = np.where(loose, 1.0, 0.0)
    for _ in range(_ROUNDS):
        fit = design @ factor.solve(weighted.T @ u)
        if np.abs(u - fit).max() < _SETTLED:
            return u
        u = np.where(loose, np.maximum(fit, 0.0), 0.0)
    return None


def _programmes(design: sp.csr_matrix, positive: Mask, loose: Mask) -> Vector:
    """Rows separated, 1 or 0: raise the sum of z = D g with z = 0 on positive rows and 0 <= z <= 1 on loose ones."""
    found = np.zeros(loose.size)
    while True:
        left = loose & (found == 0)
        if not left.any():
            return found
        some = sp.csr_matrix(design[left])
        best = linprog(  # type: ignore[call-overload]  # the stubs do not know sparse matrices
            -np.asarray(some.sum(axis=0)).ravel(),
            A_ub=sp.vstack([some, -some]),
            b_ub=np.concatenate([np.ones(some.shape[0]), np.zeros(some.shape[0])]),
            A_eq=design[positive],
            b_eq=np.zeros(int(positive.sum())),
            bounds=(None, None),
            method="highs",
        )
        if best.status != 0:
            raise NotConverged("the search for separated observations", np.nan, f"the linear programme: {best.message}")
        more = some @ best.x > _EXACT
        if not more.any():
            return found
        found[np.flatnonzero(left)[more]] = 1.0
