"""From draws of estimated effects to draws of wedges to draws of welfare."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landbridge.errors import BadInput, Fault
from landbridge.solvers import mapped
from landbridge.trade.equilibrium import purge, solve
from landbridge.trade.records import Baseline, Deficits, Settings

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, repr=False)
class Spread:
    """Real income in every draw. `income_usd` weights the world's mean."""

    iso3: tuple[str, ...]
    real_income_hat: Array  # [draws,n] exact, mode "full"
    income_usd: Array  # [n] of the base
    residual: float  # worst of all draws

    def __repr__(self) -> str:
        low, mid, high = 100 * (np.quantile(self.world_hat, (0.025, 0.5, 0.975)) - 1)
        draws, n = self.real_income_hat.shape
        world = f"world {mid:.4f} % ({low:.4f} to {high:.4f})"
        return f"<Spread of {draws} draws x {n} economies: {world}, residual {self.residual:.1e}>"

    @property
    def world_hat(self) -> Array:
        """Income-weighted mean of real income [draws]."""
        return np.asarray(self.real_income_hat @ self.income_usd / self.income_usd.sum())

    def quantiles(self, levels: Sequence[float] = (0.025, 0.5, 0.975)) -> Array:
        """Quantiles of real income hats [len(levels),n] over the draws."""
        return np.asarray(np.quantile(self.real_income_hat, levels, axis=0))


def effect_hat(coefficients: ArrayLike, change: ArrayLike, theta: ArrayLike) -> Array:
    """Wedge hats [k,i,j] of a partial gravity estimate: exp(-sum_v b[v] change[v,i,j] / theta[k]).

    `change` [v,i,j] = regressors with the policy less without it; a coefficient of 0.5 on a new agreement at theta 5
    is a wedge of exp(-0.1). Sectors that the estimate does not speak of: see `spread`.
    """
    moved = np.tensordot(np.asarray(coefficients, dtype=float), np.asarray(change, dtype=float), axes=1)
    return np.asarray(np.exp(-moved / np.asarray(theta, dtype=float)[:, None, None]))


@dataclass(frozen=True, slots=True)
class _Common:
    base: Baseline
    change: Array
    sectors: NDArray[np.bool_]
    deficits: Deficits
    settings: Settings


def spread(
    baseline: Baseline,
    coefficients: ArrayLike,
    change: ArrayLike,
    *,
    sectors: Sequence[str] = (),
    deficits: Deficits = "purged",
    settings: Settings | None = None,
    processes: int = 1,
) -> Spread:
    """The full equilibrium for each draw of the coefficients [draws,v]; draws with NaN are a fault.

    `change` [v,i,j] as for `effect_hat`; `sectors` named are touched (default: all). Raises BadInput, NotConverged.
    """
    drawn, moved = np.asarray(coefficients, dtype=float), np.asarray(change, dtype=float)
    n, faults = len(baseline.iso3), list[Fault]()
    if drawn.ndim != 2 or moved.shape != (drawn.shape[-1], n, n):
        wanted = f"[draws,v] and [v,{n},{n}]"
        faults.append(
            Fault(f"coefficients {drawn.shape}, change {moved.shape}", "trade.spread", f"{wanted} are needed")
        )
    if not (np.isfinite(drawn).all() and np.isfinite(moved).all()):
        faults.append(Fault("a coefficient or a change is missing", "trade.spread", "leave such draws out"))
    unknown = [s for s in sectors if s not in baseline.sectors]
    faults += [Fault(f"no sector {s!r}", "trade.spread", f"one of {', '.join(baseline.sectors)}") for s in unknown]
    if faults:
        raise BadInput(faults)
    settings = settings or Settings()
    base = purge(baseline, settings) if deficits == "purged" else baseline
    touched = np.isin(base.sectors, sectors) if len(sectors) else np.ones(len(base.sectors), dtype=bool)
    found = mapped(_solved, _Common(base, moved, touched, deficits, settings), list(drawn), processes)
    hats, residuals = zip(*found, strict=True)
    return Spread(base.iso3, np.array(hats), base.accounts.income, float(max(residuals)))


def _solved(common: _Common, coefficients: Array) -> tuple[Array, float]:
    hat = effect_hat(coefficients, common.change, common.base.theta)
    hat[~common.sectors] = 1.0
    result = solve(common.base, hat, deficits=common.deficits, settings=common.settings)
    return result.real_income_hat, result.residual
