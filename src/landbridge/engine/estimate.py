"""From estimate to equilibrium: bootstrap a gravity equation by cluster, turn each draw into wedges, then welfare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from landbridge import gravity, trade
from landbridge.codes import name_of
from landbridge.errors import BadInput, Fault, UnknownName

LEVELS: Final = (0.025, 0.5, 0.975)
_SERVICES: Final = "services"


@dataclass(frozen=True, slots=True, repr=False)
class EstimatedWelfare:
    """An agreement's welfare with the error of the estimate in it.

    `draws` the coefficients; `spread` real income in each; `members` who signs; `point` the estimate on all rows.
    """

    point: gravity.PpmlResult
    draws: gravity.Draws
    spread: trade.Spread
    effect: str
    members: tuple[str, ...]

    def __repr__(self) -> str:
        return self.text()

    def frame(self) -> pd.DataFrame:
        """iso3, name, member, percent change of real income at the quantiles LEVELS; members first, largest first."""
        low, mid, high = 100 * (self.spread.quantiles(LEVELS) - 1)
        inside = np.isin(self.spread.iso3, self.members)
        rows = {"iso3": self.spread.iso3, "name": [name_of(c) for c in self.spread.iso3], "member": inside}
        table = pd.DataFrame(rows | {"low": low, "median": mid, "high": high})
        return table.sort_values(["member", "median"], ascending=False, kind="stable", ignore_index=True)

    def text(self, others: int = 5) -> str:
        """The table for reading: members, the others that move most, the world."""
        name, effect = self.effect, self.draws.names.index(self.effect)
        low, mid, high = self.draws.quantiles(LEVELS)[:, effect]
        table = self.frame()
        rest = table[~table["member"]].iloc[np.argsort(-np.abs(table[~table["member"]]["median"]), kind="stable")]
        world = 100 * (np.quantile(self.spread.world_hat, LEVELS) - 1)
        lines = [
            f"{name}: {self.point[name]:.4f} (s.e. {self.point.se(name):.4f}); {len(self.draws.coefficients)} draws: "
            f"{low:.4f} to {high:.4f}, median {mid:.4f}",
            "real income, %: median (2.5 % to 97.5 % of the draws; error of the estimate alone)",
        ]
        for r in (*table[table["member"]].itertuples(), *rest.head(others).itertuples()):
            lines.append(f"  {r.name:<28} {r.median:9.4f}  ({r.low:.4f} to {r.high:.4f})")
        lines.append(f"  {'World':<28} {world[1]:9.4f}  ({world[0]:.4f} to {world[2]:.4f})")
        return "\n".join(lines)


def welfare_of_estimate(
    columns: Mapping[str, ArrayLike],
    effect: str,
    members: Sequence[str],
    *,
    y: str = "trade",
    x: Sequence[str] = (),
    fe: Sequence[str] = ("exporter^year", "importer^year", "pair"),
    cluster: str = "pair",
    draws: int = 200,
    seed: int = 0,
    processes: int = 1,
    baseline: trade.Baseline | None = None,
    sectors: Sequence[str] = (),
    settings: gravity.PpmlSettings | None = None,
) -> EstimatedWelfare:
    """What an agreement among `members` (ISO3) is worth, by the estimated `effect` of such agreements in a panel.

    The column `effect` is raised by one between all members; each bootstrap draw of its coefficient b gives the wedge
    exp(-b/theta) in `sectors` (default: all but services) of `baseline` (default: the shipped world of 2023, 12
    sectors), and the full equilibrium its welfare. Only the error of the estimate is drawn, not that of theta or data.
    """
    regressors = tuple(x) or (effect,)
    base = baseline or trade.load_baseline(12)
    faults = [
        Fault(f"no economy {m!r} in the trade baseline", "members", "ISO3 codes") for m in members if m not in base.iso3
    ]
    if effect not in regressors:
        faults.append(Fault(f"effect {effect!r} is no regressor", "effect", f"one of {', '.join(regressors)}"))
    if faults:
        raise UnknownName(faults)
    if len(set(members)) < 2:
        raise BadInput("an agreement needs two members or more", "members")
    point = gravity.fit_panel(columns, y, regressors, fe, (cluster,), settings=settings)
    found = gravity.bootstrap(columns, y, regressors, fe, cluster, draws, seed, settings, processes)
    whole = found.coefficients[:, [found.names.index(effect)]]
    if not np.isfinite(whole).all():
        lost = int((~np.isfinite(whole)).sum())
        raise BadInput(f"{lost} of {draws} draws do not identify {effect!r}", remedy="more clusters, or other effects")
    touched = tuple(sectors) or tuple(s for s in base.sectors if s != _SERVICES)
    spread = trade.spread(base, whole, _signed(base.iso3, members), sectors=touched, processes=processes)
    return EstimatedWelfare(point, found, spread, effect, tuple(dict.fromkeys(members)))


def _signed(iso3: Sequence[str], members: Sequence[str]) -> NDArray[np.float64]:
    """One between different members [1,i,j]."""
    inside = np.isin(iso3, members).astype(float)
    pairs = np.outer(inside, inside)
    np.fill_diagonal(pairs, 0.0)
    return pairs[None]
