"""The public solver: a baseline and a shock in, an Equilibrium out."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse.csgraph import connected_components

from landbridge.errors import BadInput, Fault
from landbridge.trade.conditional import conditional
from landbridge.trade.kernels import settle
from landbridge.trade.records import DEFICITS, MODES, Array, Baseline, Changes, Deficits, Equilibrium, Mode, Settings
from landbridge.trade.solving import solve_problem
from landbridge.trade.sweep import NO_RENT, Closure, Problem, Shock, build, part_of, quantity

if TYPE_CHECKING:
    from typing_extensions import Unpack

_CONSISTENT: Final = 1e-9  # relative mismatch of flows and shares below which a baseline is taken as solved
_TRANSFER: Final = 1e-6  # trade balance per value added that counts as a transfer
_NUDGE: Final = 1e-3  # size of the symmetric difference of mode "first_order": error of order 1e-6


def solve(
    baseline: Baseline,
    wedge_hat: ArrayLike | None = None,
    *,
    deficits: Deficits = "purged",
    mode: Mode = "full",
    settings: Settings | None = None,
    **changes: Unpack[Changes],
) -> Equilibrium:
    """New world equilibrium after a change of trade costs, tariffs, rents or productivity.

    `wedge_hat` = (1+f')/(1+f), real cost without revenue, inf = embargo; it broadcasts to [k,i,j] (an [i,j] array
    serves all sectors). Further keywords, all in `Changes`: `tariff_new`, `rent`, `rent_to_seller`, `productivity_hat`.

    `deficits`: "purged" (base first re-solved without them), "share" (fixed share of world value added), "additive"
    (fixed in the wage of settings.numeraire), "multiplicative" (fixed ratio to own income; does not add up: see
    deficit_gap). `mode`: "full"; "conditional" (outputs and expenditures fixed, one round of prices); "partial"
    (direct effect at fixed prices and expenditure); "first_order" (derivative at the base times the shock).

    Raises BadInput (every fault at once) and NotConverged (worst market named). Caliendo and Parro (2015), equations
    10-14, in hats as in Dekle, Eaton and Kortum (2008).
    """
    clock = time.perf_counter()
    settings = settings or Settings()
    _check_words(deficits, mode)
    shock = fill(baseline, wedge_hat, **changes)
    base = rebase(baseline, deficits, settings)
    if mode == "partial":
        result = _partial(base, shock)
    elif mode == "conditional":
        result = conditional(base, shock, settings)
    elif mode == "first_order":
        result = _first_order(base, shock, deficits, settings)
    else:
        result = _full(base, shock, deficits, settings)
    return replace(result, deficits=deficits, seconds=time.perf_counter() - clock)


def purge(baseline: Baseline, settings: Settings | None = None) -> Baseline:
    """The same world without trade deficits: re-solved, as Caliendo and Parro (2015) do before their counterfactual."""
    return rebase(baseline, "purged", settings or Settings())


def rebase(baseline: Baseline, deficits: Deficits, settings: Settings) -> Baseline:
    """A baseline that is itself an equilibrium under the closure: re-solved without a shock where it is not yet one."""
    baseline.check()
    world = baseline.accounts.world
    uneven = float(np.abs(baseline.deficit_usd).max()) / world > _CONSISTENT
    if not (_mismatch(baseline) > _CONSISTENT or (deficits == "purged" and uneven)):
        return baseline
    closure = closure_of(baseline, deficits, settings)
    problem = build(baseline, no_shock(baseline), closure)
    state = solve_problem(baseline, problem, settings)
    flow = problem.paid * quantity(state, baseline.theta)[:, :, None] * state.scale[:, None, :] * world
    return replace(baseline, flow_usd=np.ascontiguousarray(flow / (1.0 + baseline.tariff)))


def no_shock(base: Baseline) -> Shock:
    """A shock that changes nothing."""
    ones = np.ones_like(base.flow_usd)
    return Shock(ones, np.ascontiguousarray(base.tariff), NO_RENT, NO_RENT, np.ones_like(base.value_added_share))


def closure_of(base: Baseline, deficits: Deficits, settings: Settings) -> Closure:
    """Deficits in the form that the sweep reads."""
    world = base.accounts.world
    none = np.zeros(len(base.iso3))
    if deficits == "purged":
        return Closure(none, none, -1)
    deficit = base.deficit_usd / world
    if deficits == "multiplicative":
        return Closure(none, deficit * world / (base.value_added_usd + base.revenue_usd), -1)
    named = deficits == "additive" and settings.numeraire != ""
    return Closure(deficit, none, base.index(settings.numeraire) if named else -1)


def _mismatch(base: Baseline) -> float:
    """Largest gap between expenditure in the flows and demand implied by the shares, relative to the economy's VA."""
    income = base.accounts.income
    demand = np.einsum("imk,ki->mi", base.io, base.output_usd) + base.final_share * income
    return float((np.abs(demand - base.expenditure_usd) / base.value_added_usd).max())


def _check_words(deficits: str, mode: str) -> None:
    faults = []
    if deficits not in DEFICITS:
        faults.append(Fault(f"deficits = {deficits!r}", "trade.solve", f"one of {', '.join(DEFICITS)}"))
    if mode not in MODES:
        faults.append(Fault(f"mode = {mode!r}", "trade.solve", f"one of {', '.join(MODES)}"))
    if faults:
        raise BadInput(faults)


def fill(
    base: Baseline,
    wedge_hat: ArrayLike | None = None,
    *,
    tariff_new: ArrayLike | None = None,
    rent: ArrayLike | None = None,
    rent_to_seller: ArrayLike = 1.0,
    productivity_hat: ArrayLike | None = None,
) -> Shock:
    """The shock in full shape; BadInput with every array that does not broadcast or is out of range."""
    shape = base.flow_usd.shape
    faults: list[Fault] = []

    def full(name: str, value: ArrayLike, wanted: tuple[int, ...], low: float, high: float) -> Array:
        given = np.asarray(value, dtype=np.float64)
        try:
            array = np.broadcast_to(given, wanted)
        except ValueError:
            faults.append(Fault(f"{name} has shape {given.shape}", "trade.solve", f"it must broadcast to {wanted}"))
            return np.ones(wanted)
        if not ((given > low) & (given <= high)).all():
            bad = np.argwhere(~((array > low) & (array <= high)))
            where = ", ".join([base.sectors[bad[0][0]], *(base.iso3[i] for i in bad[0][1:])])
            faults.append(Fault(f"{name} is out of range in {len(bad)} cells, first {where}", "", f"> {low:g} needed"))
        return np.ascontiguousarray(array)

    wedge = full("wedge_hat", 1.0 if wedge_hat is None else wedge_hat, shape, 0.0, np.inf)
    finite = float(np.finfo(float).max)
    tariff = (
        np.ascontiguousarray(base.tariff) if tariff_new is None else full("tariff_new", tariff_new, shape, -1.0, finite)
    )
    made = np.ones_like(base.value_added_share)
    if productivity_hat is not None:
        made = full("productivity_hat", productivity_hat, base.value_added_share.shape, 0.0, finite)
    rents, kept = NO_RENT, NO_RENT
    if rent is not None:
        rents = full("rent", rent, shape, -1.0, finite)
        kept = full("rent_to_seller", rent_to_seller, shape, -1e-12, 1.0)
    if faults:
        raise BadInput(faults)
    return Shock(wedge, tariff, rents, kept, made)


def _full(base: Baseline, shock: Shock, deficits: Deficits, settings: Settings) -> Equilibrium:
    problem = build(base, shock, closure_of(base, deficits, settings))
    _check_transfers(base, problem)
    state = solve_problem(base, problem, settings)
    world, income0 = base.accounts.world, base.accounts.income
    new_flow, change = np.empty_like(problem.paid), state.cost_hat - 1.0
    tariffs, imports, volume, cost = (np.zeros(len(base.iso3)) for _ in range(4))
    settle(
        problem.paid, quantity(state, base.theta) * world, state.scale, shock.tariff,
        np.ascontiguousarray(base.flow_usd), np.ascontiguousarray(base.tariff), shock.wedge_hat, change, new_flow,
        tariffs, imports, volume, cost,
    )  # fmt: skip
    consumer = np.exp((base.final_share * np.log(state.price_hat)).sum(axis=0))
    made = (base.output_usd * (shock.productivity_hat - 1.0)).sum(axis=0)
    return Equilibrium(
        iso3=base.iso3,
        sectors=base.sectors,
        mode="full",
        deficits="purged",
        real_income_hat=state.income * world / income0 / consumer,
        real_wage_hat=state.wage_hat / consumer,
        wage_hat=state.wage_hat,
        price_hat=state.price_hat,
        cost_hat=state.cost_hat,
        consumer_price_hat=consumer,
        income_usd=state.income * world,
        revenue_usd=tariffs,
        rent_usd=(state.revenue + state.seller_rent) * world - tariffs,
        flow_usd=new_flow,
        base_flow_usd=base.flow_usd,
        base_income_usd=income0,
        terms_of_trade=((base.output_usd * change).sum(axis=0) - imports) / income0,
        volume_of_trade=volume / income0,
        technical=(made - cost) / income0,
        residual=state.residual,
        iterations=state.iterations,
        seconds=0.0,
        deficit_gap=state.gap,
    )


def _check_transfers(base: Baseline, problem: Problem) -> None:
    """A deficit needs imports, a surplus exports, and a bloc cut off from the rest must balance: else BadInput."""
    closure = problem.closure
    deficit = closure.deficit + closure.ratio * problem.value_added
    large = np.abs(deficit) > _TRANSFER * problem.value_added
    if not large.any():
        return
    open_ = problem.paid.sum(axis=0)
    np.fill_diagonal(open_, 0.0)
    stranded = large & np.where(deficit > 0, open_.sum(axis=0) <= 0, open_.sum(axis=1) <= 0)
    cure = 'use deficits="purged", or leave some trade'
    faults = [
        Fault(f"{base.iso3[i]} has no trade left to carry its trade balance", "trade shock", cure)
        for i in np.flatnonzero(stranded)
    ]
    count, bloc = connected_components(open_ > 0, directed=False)
    for c in range(count if not faults and count > 1 else 0):
        inside = bloc == c
        if abs(deficit[inside].sum()) > _TRANSFER * problem.value_added[inside].sum():
            names = ", ".join(base.iso3[i] for i in np.flatnonzero(inside)[:8])
            faults.append(Fault(f"{names} trade with nobody else, and do not balance", "trade shock", cure))
    if faults:
        raise BadInput(faults)


def _partial(base: Baseline, shock: Shock) -> Equilibrium:
    """Direct effect: flows times kappa^-theta, nothing else moves; income and prices are unknown (NaN)."""
    relative = shock.wedge_hat * (1.0 + shock.tariff) / (1.0 + base.tariff)
    if shock.rent.size:
        relative = relative * (1.0 + shock.rent)
    flow = base.flow_usd * relative ** -base.theta[:, None, None]
    n, k = len(base.iso3), len(base.sectors)
    unknown = np.full(n, np.nan)
    income0 = base.accounts.income
    return Equilibrium(
        base.iso3, base.sectors, "partial", "purged", unknown, unknown, unknown, np.full((k, n), np.nan),
        np.full((k, n), np.nan), unknown, unknown, unknown, unknown, flow, base.flow_usd, income0, unknown, unknown,
        unknown, 0.0, 0, 0.0, 0.0,
        "direct effect at fixed prices, outputs and expenditures; no welfare",
    )  # fmt: skip


def _first_order(base: Baseline, shock: Shock, deficits: Deficits, settings: Settings) -> Equilibrium:
    """Derivative of the equilibrium along the shock in logs, by a symmetric difference, times the whole shock."""
    if np.isinf(shock.wedge_hat[base.flow_usd > 0]).any():
        raise BadInput("an embargo has no first-order effect", "trade.solve", 'use mode="full"')
    up, down = (_full(base, part_of(base, shock, h), deficits, settings) for h in (_NUDGE, -_NUDGE))

    def line(field: str) -> Array:
        return np.asarray((getattr(up, field) - getattr(down, field)) / (2.0 * _NUDGE))

    return replace(
        up,
        mode="first_order",
        real_income_hat=1.0 + line("real_income_hat"),
        real_wage_hat=1.0 + line("real_wage_hat"),
        wage_hat=1.0 + line("wage_hat"),
        price_hat=1.0 + line("price_hat"),
        cost_hat=1.0 + line("cost_hat"),
        consumer_price_hat=1.0 + line("consumer_price_hat"),
        income_usd=up.base_income_usd + line("income_usd"),
        revenue_usd=base.revenue_usd + line("revenue_usd"),
        rent_usd=line("rent_usd"),
        flow_usd=base.flow_usd + line("flow_usd"),
        terms_of_trade=line("terms_of_trade"),
        volume_of_trade=line("volume_of_trade"),
        technical=line("technical"),
        iterations=up.iterations + down.iterations,
        note="first order at the base: misses curvature, flows may turn negative for large shocks",
    )
