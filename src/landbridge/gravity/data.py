"""The user's arrays, checked: all faults of the input in one message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landbridge.errors import BadInput, Fault
from landbridge.gravity.factors import Factor, factor

Vector = NDArray[np.float64]
Levels = ArrayLike | Factor
Named = Mapping[str, Levels] | Sequence[Levels]


@dataclass(frozen=True, slots=True)
class Data:
    """The user's arrays, checked: n rows, k regressors, levels of effects and clusters as codes."""

    y: Vector
    x: NDArray[np.float64]
    names: tuple[str, ...]
    effects: dict[str, Factor]
    offset: Vector
    weights: Vector
    clusters: dict[str, Factor]
    cube: tuple[Factor, ...] | None
    good: NDArray[np.bool_]


def label(effects: Mapping[str, Factor], row: int) -> str:
    """The levels of a row's effects in words, or its number (from 0) where there are none."""
    known = [str(f.labels[f.code[row]]) for f in effects.values() if row < f.code.size]
    return ", ".join(known) or f"row {row} counted from 0"


def _named(arrays: Named, word: str) -> dict[str, Factor]:
    pairs = arrays.items() if isinstance(arrays, Mapping) else ((f"{word}{i + 1}", a) for i, a in enumerate(arrays))
    return {str(name): factor(a, str(name)) for name, a in pairs}


def _columns(x: ArrayLike | Mapping[str, ArrayLike], names: Sequence[str] | None) -> dict[str, Vector]:
    if isinstance(x, Mapping):
        return {str(name): np.asarray(v, dtype=float) for name, v in x.items()}
    table = np.asarray(x, dtype=float)
    table = table[:, None] if table.ndim == 1 else table
    given = tuple(names) if names is not None else tuple(f"x{i + 1}" for i in range(table.shape[1]))
    if len(given) != table.shape[1] or len(set(given)) < len(given):
        raise BadInput(f"{table.shape[1]} regressors need as many different names, not {given}")
    return dict(zip(given, table.T))


def checked(
    y: ArrayLike, x: ArrayLike | Mapping[str, ArrayLike], fixed_effects: Named, names: Sequence[str] | None,
    offset: ArrayLike | None, weights: ArrayLike | None, clusters: Named, cube: Sequence[Levels] | None,
) -> Data:  # fmt: skip
    """All faults of the input together."""
    outcome = np.asarray(y, dtype=float)
    n = outcome.size
    columns = _columns(x, names)
    effects, groups = _named(fixed_effects, "effect"), _named(clusters, "cluster")
    taken = "constant" in columns and not effects
    if not effects:  # first, so that a regressor that repeats it is the one left out
        columns = {"constant": np.ones(n), **columns}
    shift = np.zeros(n) if offset is None else np.asarray(offset, dtype=float)
    mass = np.ones(n) if weights is None else np.asarray(weights, dtype=float)
    corners = [] if cube is None else [factor(c, "cube") for c in cube]
    faults = []
    if n == 0:
        faults.append(Fault("no observations", "y"))
    if len(effects) > 3:
        faults.append(Fault(f"{len(effects)} fixed effects", "fixed_effects", "up to three; merge two by interaction"))
    if taken:
        faults.append(Fault("a regressor named 'constant'", "x", "the constant is added by itself: rename or drop it"))
    if not columns:
        faults.append(Fault("no regressor", "x", "name columns or covariates, e.g. --x rta,ln_dist"))
    parts = {"y": outcome, **columns, "offset": shift, "weights": mass}
    parts |= {name: f.code for name, f in (*effects.items(), *groups.items())}
    parts |= {f"cube {i + 1}": f.code for i, f in enumerate(corners)}
    faults += [Fault(f"shape {a.shape}", name, f"must be [{n}] like y") for name, a in parts.items() if a.shape != (n,)]
    if (outcome < 0).any():
        worst = np.flatnonzero(outcome < 0)
        first = f"{outcome[worst[0]]:g} ({label(effects, int(worst[0]))})"
        faults.append(Fault(f"{worst.size} negative outcomes, first {first}", "y", "trade is zero or more"))
    if (mass <= 0).any():
        faults.append(Fault("weights must be positive", "weights", "leave the row out instead"))
    if faults:
        raise BadInput(faults)
    table = np.array(list(columns.values()))
    good = np.isfinite(outcome) & np.isfinite(table).all(axis=0) & np.isfinite(shift) & np.isfinite(mass)
    return Data(
        y=np.where(good, outcome, 0.0),
        x=np.where(good, table, 0.0),
        names=tuple(columns),
        effects=effects,
        offset=np.where(good, shift, 0.0),
        weights=np.where(good, mass, 1.0),
        clusters=groups,
        cube=tuple(corners) if len(corners) == 3 else None,
        good=good,
    )
