"""A sparse quadratic programme built from named blocks, so that a solution and an infeasibility can be read.

minimise  1/2 x'Px + c'x   subject to  row_lower <= A x <= row_upper,  lower <= x <= upper
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray

from landbridge.errors import BadInput, Fault

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Block:
    """A run of rows or columns: its name, where it starts, how many, and (where given) one label each."""

    name: str
    start: int
    count: int
    labels: Sequence[str] | None = None

    @property
    def at(self) -> slice:
        """The block as a slice of the whole vector."""
        return slice(self.start, self.start + self.count)

    def label(self, index: int) -> str:
        """Readable name of the `index`-th member of the block."""
        word = self.labels[index] if self.labels is not None else str(index)
        return f"{self.name}[{word}]"


@dataclass(frozen=True, slots=True)
class Program:
    """One convex QP (or LP, where `quadratic` is empty). Shapes: c, lower, upper [n]; rows A [m, n]."""

    quadratic: sp.csc_matrix  # P [n, n], symmetric, positive semi-definite
    cost: Floats
    rows: sp.csc_matrix
    row_lower: Floats
    row_upper: Floats
    lower: Floats
    upper: Floats
    column_blocks: tuple[Block, ...]
    row_blocks: tuple[Block, ...]

    @property
    def is_linear(self) -> bool:
        """True where there is no quadratic term at all."""
        return int(self.quadratic.nnz) == 0

    def objective(self, x: Floats) -> float:
        """1/2 x'Px + c'x."""
        return float(0.5 * x @ (self.quadratic @ x) + self.cost @ x)

    def column_name(self, index: int) -> str:
        """Readable name of a column."""
        return _name(self.column_blocks, index)

    def row_name(self, index: int) -> str:
        """Readable name of a row."""
        return _name(self.row_blocks, index)

    def with_bounds(self, lower: Floats, upper: Floats) -> Program:
        """The same programme with other column bounds (branch and bound, closures)."""
        return self._but(lower=lower, upper=upper)

    def with_cost(self, cost: Floats) -> Program:
        """The same programme with another linear cost."""
        return self._but(cost=cost)

    def _but(self, **new: Floats) -> Program:
        old = {name: getattr(self, name) for name in self.__slots__}
        return Program(**{**old, **new})


def _name(blocks: tuple[Block, ...], index: int) -> str:
    for block in blocks:
        if block.start <= index < block.start + block.count:
            return block.label(index - block.start)
    raise IndexError(index)


@dataclass(slots=True)
class Builder:
    """Collects columns, rows and quadratic terms; `build` assembles the sparse matrices once."""

    column_blocks: list[Block] = field(default_factory=list)
    row_blocks: list[Block] = field(default_factory=list)
    _bounds: list[tuple[Floats, Floats, Floats]] = field(default_factory=list)  # lower, upper, cost by column block
    _sides: list[tuple[Floats, Floats]] = field(default_factory=list)
    _triples: list[tuple[NDArray[np.int64], NDArray[np.int64], Floats]] = field(default_factory=list)
    _quadratic: list[tuple[NDArray[np.int64], NDArray[np.int64], Floats]] = field(default_factory=list)

    @property
    def columns_so_far(self) -> int:
        """Number of columns declared."""
        return self.column_blocks[-1].start + self.column_blocks[-1].count if self.column_blocks else 0

    @property
    def rows_so_far(self) -> int:
        """Number of rows declared."""
        return self.row_blocks[-1].start + self.row_blocks[-1].count if self.row_blocks else 0

    def columns(
        self,
        name: str,
        count: int,
        *,
        lower: ArrayLike = 0.0,
        upper: ArrayLike = np.inf,
        cost: ArrayLike = 0.0,
        curvature: ArrayLike = 0.0,
        labels: Sequence[str] | None = None,
    ) -> Block:
        """Declare `count` columns; `curvature` is the diagonal of P (cost + 1/2 curvature x^2). Scalars are spread."""
        block = Block(name, self.columns_so_far, count, labels)
        self.column_blocks.append(block)
        self._bounds.append((_spread(lower, count), _spread(upper, count), _spread(cost, count)))
        curve = _spread(curvature, count)
        used = np.flatnonzero(curve)
        if used.size:
            self._quadratic.append((block.start + used, block.start + used, curve[used]))
        return block

    def rows(
        self,
        name: str,
        count: int,
        *,
        lower: ArrayLike = -np.inf,
        upper: ArrayLike = np.inf,
        labels: Sequence[str] | None = None,
    ) -> Block:
        """Declare `count` rows with their sides; fill them with `put`."""
        block = Block(name, self.rows_so_far, count, labels)
        self.row_blocks.append(block)
        self._sides.append((_spread(lower, count), _spread(upper, count)))
        return block

    def put(self, rows: Block, row: ArrayLike, columns: Block, column: ArrayLike, value: ArrayLike) -> None:
        """Add coefficients: value[k] at (rows.start + row[k], columns.start + column[k]); repeated places add up."""
        i, j, v = np.broadcast_arrays(
            np.asarray(row, dtype=np.int64), np.asarray(column, dtype=np.int64), np.asarray(value, dtype=np.float64)
        )
        self._triples.append(((rows.start + i).ravel(), (columns.start + j).ravel(), v.ravel()))

    def curve(self, columns: Block, first: ArrayLike, second: ArrayLike, value: ArrayLike) -> None:
        """Add entries to P within a block: value at (first, second) as given; give both halves off the diagonal."""
        i, j, v = np.broadcast_arrays(
            np.asarray(first, dtype=np.int64), np.asarray(second, dtype=np.int64), np.asarray(value, dtype=np.float64)
        )
        self._quadratic.append(((columns.start + i).ravel(), (columns.start + j).ravel(), v.ravel()))

    def build(self) -> Program:
        """The assembled programme; BadInput lists every column or row whose bounds cross or are not numbers."""
        n, m = self.columns_so_far, self.rows_so_far
        lower, upper, cost = (_join([b[k] for b in self._bounds]) for k in range(3))
        row_lower, row_upper = (_join([s[k] for s in self._sides]) for k in range(2))
        program = Program(
            quadratic=_matrix(self._quadratic, (n, n)),
            cost=cost,
            rows=_matrix(self._triples, (m, n)),
            row_lower=row_lower,
            row_upper=row_upper,
            lower=lower,
            upper=upper,
            column_blocks=tuple(self.column_blocks),
            row_blocks=tuple(self.row_blocks),
        )
        _check(program)
        return program


def _spread(value: ArrayLike, count: int) -> Floats:
    return np.array(np.broadcast_to(np.asarray(value, dtype=np.float64), (count,)))


def _join(parts: list[Floats]) -> Floats:
    return np.concatenate(parts) if parts else np.zeros(0)


def _matrix(
    triples: list[tuple[NDArray[np.int64], NDArray[np.int64], Floats]], shape: tuple[int, int]
) -> sp.csc_matrix:
    if not triples:
        return sp.csc_matrix(shape)
    i, j, v = (np.concatenate([t[k] for t in triples]) for k in range(3))
    return sp.csc_matrix(sp.coo_matrix((v, (i, j)), shape=shape))


def _check(program: Program) -> None:
    faults = [
        Fault(f"{program.column_name(int(k))} has lower {program.lower[k]:g} above upper {program.upper[k]:g}")
        for k in np.flatnonzero(~(program.lower <= program.upper))
    ]
    faults += [
        Fault(f"{program.row_name(int(k))} has lower {program.row_lower[k]:g} above upper {program.row_upper[k]:g}")
        for k in np.flatnonzero(~(program.row_lower <= program.row_upper))
    ]
    faults += [
        Fault(f"{program.column_name(int(k))} has cost {program.cost[k]:g}", remedy="give a finite number")
        for k in np.flatnonzero(~np.isfinite(program.cost))
    ]
    if not (np.isfinite(program.rows.data).all() and np.isfinite(program.quadratic.data).all()):
        faults.append(Fault("a coefficient of the programme is not a finite number"))
    if faults:
        raise BadInput(faults)
