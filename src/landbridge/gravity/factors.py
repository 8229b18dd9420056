"""Labels as small whole numbers: exporters, years, pairs and their interactions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landbridge.errors import BadInput

Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Factor:
    """`code` [n], each below len(labels); `labels` what the codes stand for."""

    code: Codes
    labels: tuple[object, ...]


def factor(values: ArrayLike | Factor, name: str = "labels") -> Factor:
    """Levels in sorted order, whole numbers without a point; BadInput where a label is missing."""
    if isinstance(values, Factor):
        return values
    array = np.asarray(values)
    if array.ndim != 1:
        raise BadInput(f"{name}: labels must be one-dimensional, not of shape {array.shape}")
    raw = array.tolist()
    distinct = set(raw)
    if any(label is None or label != label for label in distinct):
        raise BadInput(f"{name}: {sum(v is None or v != v for v in raw)} labels are missing", remedy="drop these rows")
    try:
        levels = sorted(distinct)
    except TypeError:  # numbers beside words
        levels = sorted(distinct, key=str)
    place = {label: i for i, label in enumerate(levels)}
    code = np.fromiter(map(place.__getitem__, raw), dtype=np.int64, count=len(raw))
    return Factor(code, tuple(int(v) if isinstance(v, float) and v.is_integer() else v for v in levels))


def cross(factors: Sequence[Factor]) -> Factor:
    """Interaction: one level per combination met, labelled 'DEU^2006'."""
    whole = factors[0]
    for one in factors[1:]:
        width = len(one.labels)
        levels, code = compact(whole.code * width + one.code, len(whole.labels) * width)
        left, right = [str(v) for v in whole.labels], [str(v) for v in one.labels]
        whole = Factor(code, tuple(f"{left[k // width]}^{right[k % width]}" for k in levels.tolist()))
    return whole


def unordered(one: Factor, two: Factor) -> Factor:
    """Interaction that does not mind the order: DEU^FRA is also FRA^DEU."""
    labels = sorted({str(v) for v in (*one.labels, *two.labels)})
    place = {label: i for i, label in enumerate(labels)}
    a, b = (np.array([place[str(v)] for v in f.labels], dtype=np.int64)[f.code] for f in (one, two))
    names = tuple(labels)
    return cross([Factor(np.minimum(a, b), names), Factor(np.maximum(a, b), names)])


def compact(code: Codes, levels: int) -> tuple[Codes, Codes]:
    """Levels met, sorted, and the codes [n] renumbered among them."""
    if levels > 16 * code.size + 1_000_000:  # a table of all combinations would be wasteful
        met, new = np.unique(code, return_inverse=True)
        return met, new.astype(np.int64)
    there = np.bincount(code, minlength=levels) > 0
    return np.flatnonzero(there), (np.cumsum(there) - 1)[code]


def renumbered(factors: Sequence[Factor], rows: NDArray[np.int64]) -> list[Codes]:
    """Codes of the chosen rows, without the levels that do not occur among them."""
    return [compact(f.code[rows], len(f.labels))[1] for f in factors]
