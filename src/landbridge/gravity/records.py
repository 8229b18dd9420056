"""Frozen records of the gravity room: settings in, result out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from landbridge.errors import BadInput, Fault

Vector = NDArray[np.float64]
SmallSample = Literal["none", "clusters", "full"]
Reason = Literal["missing", "fe", "ir"]


@dataclass(frozen=True, slots=True)
class PpmlSettings:
    """How to estimate.

    `tolerance`: largest Newton step left in any coefficient (relative to max(1, |b|)) and largest relative miss of
    any fixed effect's total at the returned point. `separation`: which checks run, in this order. `small_sample`
    multiplies the clustered covariance: "none" 1; "clusters" G/(G-1); "full" G/(G-1) x (n-1)/(n-k), where k counts
    the coefficients and the levels of every effect that is not nested in a cluster (less one for each effect after
    the first): fixest's and pyfixest's default; G is the smallest number of clusters. `bias_correction`
    applies Weidner and Zylkin (2021): points and standard errors with three effects, standard errors only with two;
    it needs `cube` and one cluster, the directed pair.
    """

    tolerance: float = 1e-9
    max_iterations: int = 100
    max_sweeps: int = 20_000
    separation: tuple[Literal["fe", "ir"], ...] = ("fe", "ir")
    small_sample: SmallSample = "full"
    bias_correction: bool = False
    collinear: float = 1e-10

    def __post_init__(self) -> None:
        if not (0 < self.tolerance < 1 and self.max_iterations >= 1 and self.max_sweeps >= 2 and self.collinear > 0):
            raise BadInput("PPML settings must be positive, and the tolerance below one")
        if self.small_sample not in ("none", "clusters", "full") or set(self.separation) - {"fe", "ir"}:
            raise BadInput("unknown word in the PPML settings", remedy="see the docstring of PpmlSettings")


@dataclass(frozen=True, slots=True)
class Dropped:
    """Observations left out: row numbers in the user's order and, beside each, why.

    "missing": not a number in some column; "fe": an effect all of whose outcomes are zero; "ir": a combination of
    regressors and effects that is zero wherever trade is positive and positive here (Correia, Guimaraes, Zylkin 2019).
    `effects` names the empty effects, `separated` the first few of the rows "ir" by the levels of their effects.
    """

    rows: NDArray[np.int64]
    reasons: tuple[Reason, ...]
    effects: tuple[str, ...]
    separated: tuple[str, ...] = ()

    def count(self, reason: Reason) -> int:
        """How many rows were dropped for this reason."""
        return self.reasons.count(reason)


@dataclass(frozen=True, slots=True)
class Certificate:
    """What proves convergence: the Newton step left, the worst relative miss of an effect's total, the rounds taken."""

    newton_step: float
    margin_gap: float
    iterations: int
    sweeps: int
    seconds: float
    path: Literal["cube", "list"]


@dataclass(frozen=True, slots=True, repr=False)
class PpmlResult:
    """A converged PPML estimate.

    `coefficients` [k] with `names`; `covariance` [k,k]; `fitted` [n] in the user's order and unit, NaN where dropped;
    `effects` one mapping level -> value per fixed effect (identified only in sum: use `predict`); `omitted` names of
    regressors that the effects and the other regressors span; `clusters` name -> number of clusters;
    `correction` names the small-sample factor in words, `factor` is its size; `bias` [k] what was subtracted from
    the coefficients by the Weidner-Zylkin correction (zeros where none was asked for).
    """

    names: tuple[str, ...]
    coefficients: Vector
    covariance: NDArray[np.float64]
    fitted: Vector
    effect_names: tuple[str, ...]
    effects: tuple[Mapping[object, float], ...]
    deviance: float
    pseudo_r2: float
    observations: int
    dropped: Dropped
    omitted: tuple[str, ...]
    clusters: Mapping[str, int]
    correction: str
    factor: float
    certificate: Certificate
    bias: Vector = field(default_factory=lambda: np.zeros(0))

    def __repr__(self) -> str:
        each = zip(self.names, self.coefficients, self.standard_errors)
        found = ", ".join(f"{name} {b:.6g} ({s:.4g})" for name, b, s in each)
        lost = f"{len(self.dropped.rows):,} dropped, " if len(self.dropped.rows) else ""
        proof = f"step {self.certificate.newton_step:.1e}, totals {self.certificate.margin_gap:.1e}"
        return f"<PPML {found}; {self.observations:,} observations, {lost}{proof}; gravity.table(...) shows all>"

    @property
    def standard_errors(self) -> Vector:
        """Square roots of the covariance's diagonal [k]."""
        return np.sqrt(np.diag(self.covariance))

    def __getitem__(self, name: str) -> float:
        """The coefficient of a regressor by name."""
        return float(self.coefficients[self._place(name)])

    def se(self, name: str) -> float:
        """The standard error of a regressor by name."""
        return float(self.standard_errors[self._place(name)])

    def _place(self, name: str) -> int:
        if name not in self.names:
            why = "it was omitted as collinear" if name in self.omitted else f"there are: {', '.join(self.names)}"
            raise BadInput(f"no coefficient named {name!r}", remedy=why)
        return self.names.index(name)

    def predict(
        self, x: NDArray[np.float64], effect_codes: tuple[NDArray[np.generic], ...] = (), offset: Vector | None = None
    ) -> Vector:
        """Expected outcome [m] for `x` [m,k] (columns as `names`), the levels of each effect, and an offset in logs.

        Levels that the estimate has not seen (or that were dropped) give NaN: their effect is unknown.
        """
        x = np.asarray(x, dtype=float)
        faults = []
        if x.ndim != 2 or x.shape[1] != len(self.names):
            faults.append(Fault(f"x must have {len(self.names)} columns", "predict", ", ".join(self.names)))
        if len(effect_codes) != len(self.effects):
            faults.append(Fault(f"{len(self.effects)} effects needed", "predict", ", ".join(self.effect_names)))
        if faults:
            raise BadInput(faults)
        index = x @ self.coefficients + (0.0 if offset is None else np.asarray(offset, dtype=float))
        for known, codes in zip(self.effects, effect_codes):
            index = index + np.array([known.get(level, np.nan) for level in np.asarray(codes).tolist()])
        return np.asarray(np.exp(index), dtype=float)
