"""Why real income changed: terms of trade, volume of trade, direct resource cost, rents, transfers.

Along any smooth path of shocks, with I income, Y output, M imports including domestic purchases before tariff, c unit
costs, d iceberg factors, 1 + r rents, z productivity, tau tariffs (Caliendo and Parro 2015, equation 15, extended):

    I dlnW = Y dlnc - M dlnc                              terms of trade
           + tau M (dlnM - dlnc - dlnd - dln(1+r))        volume of trade
           + Y dlnz - M dlnd                              technical
           + dL - M dln(1+r)                              rents, L received
           + dD                                           transfers
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landbridge.errors import BadInput
from landbridge.trade.equilibrium import closure_of, fill, rebase
from landbridge.trade.records import Array, Baseline, Changes, Deficits, Equilibrium, Settings
from landbridge.trade.solving import solve_problem
from landbridge.trade.sweep import Problem, Shock, State, build, part_of, quantity

if TYPE_CHECKING:
    from typing_extensions import Unpack

_NUDGE: Final = 1e-3  # half-width of the central differences along the path: error of order 1e-6
_SHOWN: Final = 5  # economies, sectors or partners in a text


@dataclass(frozen=True, slots=True, repr=False)
class Split:
    """Log change of real income by cause [n], integrated along the path of the shock; the parts add up to `total`."""

    iso3: tuple[str, ...]
    terms_of_trade: Array
    volume_of_trade: Array
    technical: Array  # resource cost of iceberg wedges, gain from productivity
    rents: Array
    transfers: Array  # change of the trade deficit in the numeraire
    total: Array  # sum of the parts
    exact: Array  # ln real_income_hat of the full equilibrium
    error: float  # largest gap between total and exact (multiplicative deficits leave their own small gap in it)

    def __repr__(self) -> str:
        parts = (self.terms_of_trade, self.volume_of_trade, self.technical, self.rents, self.transfers, self.exact)
        head = f"real income, log points x 100, split along the path: largest gap to the exact change {self.error:.1e}"
        lines = [head, "        terms of trade     volume   resource      rents  transfers      exact"]
        for i in np.argsort(-np.abs(self.exact), kind="stable")[:_SHOWN]:
            lines.append(
                f"  {self.iso3[i]:<5} {100 * parts[0][i]:14.4f}" + "".join(f" {100 * p[i]:10.4f}" for p in parts[1:])
            )
        return "\n".join(lines)


@dataclass(frozen=True, slots=True, repr=False)
class Terms:
    """First-order terms by sector, market and economy: shares of the income of n from sector k and partner i, [k,i,n].

    Summed over sectors and partners they give terms_of_trade and volume_of_trade of the Equilibrium.
    """

    iso3: tuple[str, ...]
    sectors: tuple[str, ...]
    terms_of_trade: Array
    volume_of_trade: Array

    def text(self, economy: str, most: int = _SHOWN) -> str:
        """One economy's terms by sector and by partner, per cent of its income; the largest first."""
        if economy not in self.iso3:
            raise BadInput(f"economy {economy!r} has no terms here", "Terms.text", "see Terms.iso3")
        me = self.iso3.index(economy)
        lines = [f"{economy}: first-order terms, % of income: terms of trade, volume of trade"]
        for word, axis, names in (("sector", 1, self.sectors), ("partner", 0, self.iso3)):
            terms, volume = (
                100 * part[:, :, me].sum(axis=axis) for part in (self.terms_of_trade, self.volume_of_trade)
            )
            for i in np.argsort(-np.abs(terms) - np.abs(volume), kind="stable")[:most]:
                lines.append(f"  {word} {names[i]:<26} {terms[i]:10.4f} {volume[i]:10.4f}")
        return "\n".join(lines)

    def __repr__(self) -> str:
        k, i, n = self.terms_of_trade.shape
        return f"<Terms of {n} economies by {k} sectors and {i} partners; text(ISO3) shows one>"


def first_order_terms(result: Equilibrium, baseline: Baseline, wedge_hat: ArrayLike = 1.0) -> Terms:
    """Where the published one-step number comes from (Caliendo and Parro 2015, table 3 by partner).

    `baseline` holds the tariffs before; `wedge_hat` what was given to `solve`. An embargoed flow has no volume term.
    """
    flow, change = result.base_flow_usd, result.cost_hat - 1.0
    income = result.base_income_usd
    sold = flow.transpose(0, 2, 1) * change[:, None, :]
    terms = (sold - flow * change[:, :, None]) / income
    iceberg = np.broadcast_to(np.asarray(wedge_hat, dtype=np.float64), flow.shape) - 1.0
    iceberg = np.where(np.isinf(iceberg) | (flow <= 0), 0.0, iceberg)
    grown = result.flow_usd - flow * (1.0 + change[:, :, None] + iceberg)
    volume = np.where(flow > 0, baseline.tariff * grown, 0.0) / income
    return Terms(result.iso3, result.sectors, np.asarray(terms), np.asarray(volume))


def split_along_path(
    baseline: Baseline,
    wedge_hat: ArrayLike | None = None,
    *,
    deficits: Deficits = "purged",
    nodes: int = 5,
    settings: Settings | None = None,
    **changes: Unpack[Changes],
) -> Split:
    """Path-exact split of the welfare change; arguments as for `solve`.

    The shock is taken geometrically from 0 to 1 and the differential split above is integrated by Gauss-Legendre with
    `nodes` points (3 equilibria each). An embargo has no finite path: use a large finite wedge.
    """
    settings = settings or Settings()
    shock = fill(baseline, wedge_hat, **changes)
    base = rebase(baseline, deficits, settings)
    if np.isinf(shock.wedge_hat[base.flow_usd > 0]).any():
        raise BadInput("an embargo has no finite path", "trade.split_along_path", "use a large finite wedge, e.g. 100")
    closure = closure_of(base, deficits, settings)

    def at(part: float) -> tuple[Shock, Problem, State]:
        here = part_of(base, shock, part)
        problem = build(base, here, closure)
        return here, problem, solve_problem(base, problem, settings)

    points, weights = np.polynomial.legendre.leggauss(nodes)
    parts = np.zeros((5, len(base.iso3)))
    for point, weight in zip((points + 1) / 2, weights / 2, strict=True):
        parts += weight * _rates(base, at(point), at(point + _NUDGE), at(point - _NUDGE))
    _, _, end = at(1.0)
    world = base.accounts.world
    income = base.accounts.income
    exact = np.log(end.income * world / income) - (base.final_share * np.log(end.price_hat)).sum(axis=0)
    total = parts.sum(axis=0)
    error = float(np.abs(total - exact).max())
    terms, volume, technical, rents, transfers = parts
    return Split(base.iso3, terms, volume, technical, rents, transfers, total, exact, error)


def _flow(point: tuple[Shock, Problem, State], theta: Array) -> Array:
    """Flows before tariff, rents included, in units of world value added [k,i,j]."""
    shock, problem, state = point
    spent = problem.paid * quantity(state, theta)[:, :, None] * state.scale[:, None, :]
    return np.asarray(spent / (1.0 + shock.tariff))


def _rates(
    base: Baseline,
    here: tuple[Shock, Problem, State],
    up: tuple[Shock, Problem, State],
    down: tuple[Shock, Problem, State],
) -> Array:
    """The five terms per unit of path, as shares of income [5,n]."""
    width = 2.0 * _NUDGE

    def log_rate(a: Array, b: Array) -> Array:
        both = (a > 0) & (b > 0)
        return np.asarray(np.where(both, np.log(np.where(both, a, 1.0) / np.where(both, b, 1.0)), 0.0) / width)

    shock, _, state = here
    flow = _flow(here, base.theta)
    cost = log_rate(up[2].cost_hat, down[2].cost_hat)
    iceberg = log_rate(up[0].wedge_hat, down[0].wedge_hat)
    made = log_rate(up[0].productivity_hat, down[0].productivity_hat)
    value = log_rate(_flow(up, base.theta), _flow(down, base.theta))
    licence, rents = np.zeros_like(flow), np.zeros(len(base.iso3))
    if shock.rent.size:
        licence = log_rate(1.0 + up[0].rent, 1.0 + down[0].rent)
        rents = (_rents(up, base.theta) - _rents(down, base.theta)) / width - (flow * licence).sum(axis=(0, 1))
    terms = (state.output * cost).sum(axis=0) - np.einsum("kij,ki->j", flow, cost)
    volume = (shock.tariff * flow * (value - cost[:, :, None] - iceberg - licence)).sum(axis=(0, 1))
    technical = (state.output * made).sum(axis=0) - (flow * iceberg).sum(axis=(0, 1))
    transfers = (_transfers(up) - _transfers(down)) / width
    return np.asarray(np.stack([terms, volume, technical, rents, transfers]) / state.income)


def _rents(point: tuple[Shock, Problem, State], theta: Array) -> Array:
    """Rents received by sellers and buyers, in units of world value added [n]."""
    shock, _, state = point
    tariffs = (_flow(point, theta) * shock.tariff).sum(axis=(0, 1))
    return np.asarray(state.revenue + state.seller_rent - tariffs)


def _transfers(point: tuple[Shock, Problem, State]) -> NDArray[np.float64]:
    _, problem, state = point
    earned = problem.value_added * state.wage_hat + state.revenue + state.seller_rent
    return np.asarray(state.income - earned)
