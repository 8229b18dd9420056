"""How observations lie in memory: a list of rows, or a cube year x exporter x importer where nearly all cells exist."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from landbridge.gravity.kernels import absorb, add_effects, level_sums, scale_to_margins

Vector = NDArray[np.float64]
Ints = NDArray[np.int32]

_FULL: Final = 0.5  # share of cells that must exist: below, passing over the empty ones costs more than gathering


@dataclass(frozen=True, slots=True)
class Layout:
    """Codes of the effects per cell, and where each observation sits.

    `codes` [3,m]: levels of each effect, offset by `starts` [effects+1]; absent effects point at the last, dummy
    level. `shape` (years, exporters, importers) or zeros; `pair` [exporters x importers] level of the third effect.
    `cell` [n]: the cell of each observation (cells without one have weight 0).
    """

    codes: Ints
    starts: Ints
    shape: Ints
    pair: Ints
    cell: NDArray[np.int64]

    @property
    def levels(self) -> int:
        """Levels of all effects together, the dummy included."""
        return int(self.starts[-1]) + 1

    @property
    def cells(self) -> int:
        """Number of cells."""
        return int(self.codes.shape[1])

    def spread(self, value: NDArray[np.float64]) -> NDArray[np.float64]:
        """Observations [...,n] to cells [...,m], zero where there is no observation."""
        if self.shape[0] == 0:
            return np.ascontiguousarray(value)
        out = np.zeros((*value.shape[:-1], self.cells))
        out[..., self.cell] = value
        return out

    def absorb(
        self, w: Vector, values: NDArray[np.float64], coef: NDArray[np.float64], tolerance: float, max_sweeps: int
    ) -> tuple[int, float]:
        """Fit the effects to each row of `values` [k,m] under `w` [m]; `coef` [k,levels] is updated in place."""
        return absorb(self.codes, self.starts, self.shape, self.pair, w, values, coef, tolerance, max_sweeps)

    def start(self, w: Vector, y: Vector, mu: Vector, rounds: int) -> None:
        """Scale `mu` [m] in place towards the totals of `y` by level."""
        scale_to_margins(self.codes, self.starts, w, y, mu, rounds)

    def effects(self, coef: Vector) -> Vector:
        """Sum of the effects per cell [m]."""
        return add_effects(self.codes, coef)

    def sums(self, value: Vector) -> Vector:
        """Sums of `value` [m] per level of every effect [levels]."""
        return level_sums(self.codes, value, self.levels)


def listed(codes: list[NDArray[np.int64]], observations: int) -> Layout:
    """Rows as they come; `codes` of each effect are 0..levels-1."""
    starts = np.concatenate([[0], np.cumsum([c.max() + 1 for c in codes])]).astype(np.int32)
    full = np.full((3, observations), starts[-1], dtype=np.int32)
    for f, code in enumerate(codes):
        full[f] = code + starts[f]
    nothing = np.zeros(3, dtype=np.int32)
    return Layout(full, starts, nothing, np.zeros(1, np.int32), np.arange(observations))


def cubed(
    codes: list[NDArray[np.int64]], cube: tuple[NDArray[np.int64], ...], least_full: float = _FULL
) -> Layout | None:
    """The cube of (year, exporter, importer) codes [n], or None where the effects or the filling do not fit one.

    It fits when the first effect is exporter x year, the second importer x year, the third (if any) a function of
    the pair; no cell is met twice; and at least `least_full` of the cells exist.
    """
    if len(codes) not in (2, 3):
        return None
    year, origin, destination = cube
    years, n, m = (int(c.max()) + 1 for c in cube)
    cell = (year * n + origin) * m + destination
    if cell.size < least_full * years * n * m or np.bincount(cell).max() > 1:
        return None
    rows, columns = year * n + origin, year * m + destination
    flat = origin * m + destination
    if not (same_groups(rows, codes[0]) and same_groups(columns, codes[1])):
        return None
    starts = [0, years * n, years * (n + m)]
    pair = np.zeros(n * m, dtype=np.int32)
    if len(codes) == 3:
        pair[:] = starts[2]
        pair[flat] = codes[2] + starts[2]
        if not np.array_equal(pair[flat], codes[2] + starts[2]):
            return None
        starts.append(starts[2] + int(codes[2].max()) + 1)
    full = np.full((3, years * n * m), starts[-1], dtype=np.int32)
    every = np.arange(years * n * m)
    full[0] = every // m
    full[1] = starts[1] + every // (n * m) * m + every % m
    if len(codes) == 3:
        full[2] = np.tile(pair, years)
    shape = np.array([years, n, m], dtype=np.int32)
    return Layout(full, np.array(starts, dtype=np.int32), shape, pair, cell)


def same_groups(one: NDArray[np.int64], two: NDArray[np.int64]) -> bool:
    """Whether two codings make the same groups."""
    return _function(one, two) and _function(two, one)


def _function(of: NDArray[np.int64], value: NDArray[np.int64]) -> bool:
    image = np.zeros(int(of.max()) + 1, dtype=np.int64)
    image[of] = value
    return np.array_equal(image[of], value)
