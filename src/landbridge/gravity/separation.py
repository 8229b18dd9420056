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
from scipy.sparse.linalg import splu

from landbridge.errors import NotConverged
from landbridge.gravity.layout import Layout

Vector = NDArray[np.float64]
Mask = NDArray[np.bool_]

_FORETOLD: Final = 1e-4  # a zero row is tied when the random combination (of size one) is foretold this well
_FIT: Final = 1e-7  # tolerance of the screen's fits
_HEAVY: Final = 1e4  # weight of positive rows in the rectifier: they must be met, zero rows may bend
_RIDGE: Final = 1e-8  # effects are identified in sum only: the ridge picks one of the equal solutions
_DECIDED: Final = 1e-6  # largest residual at which a direction is taken for exact
_ROUNDS: Final = 5000


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
    """Separated cells [m] by the iterative rectifier; `x` [k,m] regressors (any representative of their span)."""
    rows = np.flatnonzero(there > 0)
    weight = np.where(y[rows] > 0, _HEAVY, 1.0)
    zero = y[rows] <= 0
    scale = np.sqrt((x[:, rows] ** 2).mean(axis=1))
    regressors = sp.csr_matrix((x[:, rows] / np.where(scale > 0, scale, 1.0)[:, None]).T)
    count = np.arange(rows.size)
    blocks = [
        sp.csr_matrix((np.ones(rows.size), (count, code[rows])), shape=(rows.size, layout.levels - 1))
        for code in layout.codes[: layout.starts.size - 1]
    ]
    design = sp.csr_matrix(sp.hstack([sum(blocks[1:], blocks[0]), regressors])) if blocks else regressors
    used = np.flatnonzero(np.asarray(abs(design).sum(axis=0)).ravel() > 0)
    design = sp.csr_matrix(design[:, used])
    weighted = sp.csr_matrix(sp.diags_array(weight) @ design)
    normal = sp.csc_matrix(design.T @ weighted + _RIDGE * sp.eye_array(used.size))
    factor = splu(normal, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True})
    u = np.where(free[rows], 1.0, 0.0)
    for _ in range(_ROUNDS):
        fit = design @ factor.solve(weighted.T @ u)
        if np.abs(u - fit).max() < _DECIDED:
            found = np.zeros(layout.cells, dtype=bool)
            found[rows] = zero & (u > 10 * _DECIDED)
            return found
        u = np.where(zero, np.maximum(fit, 0.0), 0.0)
    residual = float(np.abs(u - fit).max())
    raise NotConverged("the search for separated observations", residual, "drop regressors that are nearly collinear")
