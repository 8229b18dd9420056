"""Bootstrap by cluster: the distribution of the coefficients, ready to become a distribution of wedges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landbridge.errors import BadInput
from landbridge.gravity.factors import Factor, factor
from landbridge.gravity.panel import CUBE, fit_panel, interaction
from landbridge.gravity.ppml import ppml
from landbridge.gravity.records import PpmlSettings
from landbridge.solvers import mapped

Scheme = Literal["weights", "resample"]
Home = Literal["kept", "drawn"]


@dataclass(frozen=True, slots=True, repr=False)
class Draws:
    """`coefficients` [draws,k] with `names`; NaN where a draw does not identify one; `unidentified` draws."""

    names: tuple[str, ...]
    coefficients: NDArray[np.float64]
    unidentified: int

    def quantiles(self, levels: Sequence[float] = (0.025, 0.5, 0.975)) -> NDArray[np.float64]:
        """Quantiles [len(levels),k] over the draws that identify the coefficient."""
        return np.asarray(np.nanquantile(self.coefficients, levels, axis=0))

    def text(self) -> str:
        """Quantiles by coefficient, for reading."""
        lines = [f"{len(self.coefficients)} draws, {self.unidentified} incomplete: 2.5 %, median, 97.5 %"]
        for name, low, mid, high in zip(self.names, *self.quantiles()):
            lines.append(f"{name:<20} {low:>12.6f} {mid:>12.6f} {high:>12.6f}")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return self.text()

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
    processes: int = 1,
    scheme: Scheme = "weights",
    home: Home = "kept",
) -> Draws:
    """Reweight clusters at random, estimate anew.

    `scheme`: "weights" gives every cluster an exponential weight of mean one (Rubin 1981, the Bayesian bootstrap: no
    cluster is ever lost); "resample" draws clusters with replacement (Efron 1979: one drawn twice counts twice, one not
    drawn is left out). `home`: "kept" leaves clusters of trade at home at weight one: they are few, as large as all
    their country's other trade, and hold the effects in place; "drawn" treats them as any other (on panels with trade
    at home the draws are then not centred on the estimate, see docs/validation/gravity.md). The estimate on all rows
    comes first, so bad input is told before any draw. Each draw has its own generator, `default_rng([seed, draw])`: the
    answer does not depend on the number of processes.
    """
    if scheme not in get_args(Scheme) or home not in get_args(Home):
        raise BadInput(f"scheme {scheme!r}, home {home!r}", remedy="weights or resample; kept or drawn")
    if draws < 2:
        raise BadInput(f"{draws} draws", remedy="two or more; 200 for standard errors, 1,000 for intervals")
    if not cluster:
        raise BadInput("draws need a cluster", remedy="pair, say")
    table = {name: np.asarray(values) for name, values in columns.items()}
    names = fit_panel(table, y, x, fe, [cluster], settings=settings).names
    sample = _sample(table, y, x, fe, cluster, home == "kept", _Chance(seed, scheme), settings)
    found = np.full((draws, len(names)), np.nan)
    for d, drawn in enumerate(mapped(_draw, sample, range(draws), processes)):
        found[d] = [drawn.get(name, np.nan) for name in names]
    return Draws(names, found, int((~np.isfinite(found)).any(axis=1).sum()))


class _Chance(NamedTuple):
    seed: int
    scheme: Scheme

    def times(self, number: int, clusters: int) -> NDArray[np.float64]:
        """Weights of the clusters in one draw, their mean one [clusters]."""
        random = np.random.default_rng([self.seed, number])
        if self.scheme == "weights":
            drawn = random.exponential(size=clusters)
            return np.asarray(drawn / drawn.mean())
        return np.bincount(random.integers(0, clusters, clusters), minlength=clusters).astype(float)


@dataclass(frozen=True, slots=True)
class _Sample:
    """The panel with its labels coded once; `free` clusters are drawn, the others stay at weight one."""

    y: NDArray[np.float64]
    x: dict[str, NDArray[np.float64]]
    effects: dict[str, Factor]
    cube: tuple[Factor, ...] | None
    group: Factor
    free: NDArray[np.int64]
    chance: _Chance
    settings: PpmlSettings | None


def _sample(
    table: Mapping[str, NDArray[np.generic]], y: str, x: Sequence[str], fe: Sequence[str], cluster: str,
    keep_home: bool, chance: _Chance, settings: PpmlSettings | None,
) -> _Sample:  # fmt: skip
    corners = tuple(factor(table[c], c) for c in CUBE if c in table)
    group = interaction(table, cluster)
    free = np.ones(len(group.labels), dtype=bool)
    if keep_home and {"exporter", "importer"} <= set(table):
        abroad = np.asarray(table["exporter"]).astype(str) != np.asarray(table["importer"]).astype(str)
        free = np.bincount(group.code, abroad, len(group.labels)) > 0
    return _Sample(
        y=table[y].astype(float),
        x={name: table[name].astype(float) for name in x},
        effects={name: interaction(table, name) for name in fe},
        cube=corners if len(corners) == len(CUBE) else None,
        group=group,
        free=np.flatnonzero(free),
        chance=chance,
        settings=settings,
    )


def _draw(sample: _Sample, number: int) -> dict[str, float]:
    """Coefficients of one draw by name; none where it identifies nothing."""
    weight = np.ones(len(sample.group.labels))
    weight[sample.free] = sample.chance.times(number, len(sample.free))
    times = weight[sample.group.code]
    rows = np.flatnonzero(times > 0)

    def some(one: Factor) -> Factor:
        return Factor(one.code[rows], one.labels)

    try:
        result = ppml(
            sample.y[rows],
            {name: column[rows] for name, column in sample.x.items()},
            {name: some(one) for name, one in sample.effects.items()},
            weights=times[rows],
            cube=tuple(map(some, sample.cube)) if sample.cube else None,
            settings=sample.settings,
        )
    except BadInput:  # the whole sample was sound: only a draw without variation can end here
        return {}
    return {name: result[name] for name in result.names}
