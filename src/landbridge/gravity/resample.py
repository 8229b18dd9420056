"""Bootstrap by cluster: the distribution of the coefficients, ready to become a distribution of wedges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landbridge.errors import BadInput
from landbridge.gravity.panel import fit_panel, interaction
from landbridge.gravity.records import PpmlResult, PpmlSettings


@dataclass(frozen=True, slots=True)
class Draws:
    """`coefficients` [draws,k] with `names`; NaN where a draw does not identify one; `unidentified` draws."""

    names: tuple[str, ...]
    coefficients: NDArray[np.float64]
    unidentified: int

    @property
    def covariance(self) -> NDArray[np.float64]:
        """Covariance [k,k] over the complete draws."""
        whole = self.coefficients[np.isfinite(self.coefficients).all(axis=1)]
        return np.atleast_2d(np.cov(whole, rowvar=False))


def bootstrap(
    columns: Mapping[str, ArrayLike],
    y: str = "trade",
    x: Sequence[str] = (),
    fe: Sequence[str] = ("exporter^year", "importer^year", "pair"),
    cluster: str = "pair",
    draws: int = 200,
    seed: int = 0,
    settings: PpmlSettings | None = None,
) -> Draws:
    """Draw clusters with replacement, estimate anew (Efron 1979).

    A cluster drawn twice counts twice: its rows get weight two in the same effects; clusters not drawn are
    left out. The estimate on all rows comes first, so bad input is told before any draw.
    """
    if draws < 2:
        raise BadInput(f"{draws} draws", remedy="two or more; 200 for standard errors, 1,000 for intervals")
    table = {name: np.asarray(values) for name, values in columns.items()}
    names = fit_panel(table, y, x, fe, [cluster], settings=settings).names
    group = interaction(table, cluster)
    random = np.random.default_rng(seed)
    found = np.full((draws, len(names)), np.nan)
    for d in range(draws):
        times = np.bincount(random.integers(0, len(group.labels), len(group.labels)), minlength=len(group.labels))
        result = _weighted(table, times[group.code], y, x, fe, settings)
        if result is not None:
            for k, name in enumerate(names):
                if name in result.names:
                    found[d, k] = result[name]
    return Draws(names, found, int((~np.isfinite(found)).any(axis=1).sum()))


def _weighted(
    table: Mapping[str, NDArray[np.generic]], times: NDArray[np.int64], y: str, x: Sequence[str], fe: Sequence[str],
    settings: PpmlSettings | None,
) -> PpmlResult | None:  # fmt: skip
    """One draw; None where it identifies nothing."""
    drawn = times > 0
    rows = {name: values[drawn] for name, values in table.items()}
    rows["draws of the row"] = times[drawn].astype(float)
    try:
        return fit_panel(rows, y, x, fe, (), weights="draws of the row", settings=settings)
    except BadInput:  # the whole sample was sound: only a draw without variation can end here
        return None
