"""Solve a market under the rules of a day; price caps as a complementarity between port price and a wedge."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landbridge.energy.bounds import Forbidden, PriceCap, Restrictions
from landbridge.energy.caps import CapPoint, Ports, Settings, solve_with_caps
from landbridge.energy.market import Market, check
from landbridge.energy.program import Layout, build
from landbridge.energy.result import CapOutcome, EnergyResult, FitRow
from landbridge.solvers import write_model

Floats = NDArray[np.float64]
_NO_TRADE: Final = 1e-6  # quantity a year below which nothing is bought or passes


def solve(
    market: Market,
    *,
    forbidden: Forbidden = (),
    capacity_factor: Mapping[str, float] | None = None,
    cost_add: Mapping[str, float] | ArrayLike | None = None,
    price_caps: tuple[PriceCap, ...] = (),
    passage_share: Mapping[str, float] | None = None,
    quotas: tuple[tuple[str, str, float], ...] = (),
    tariffs: Mapping[tuple[str, str], float] | None = None,
    fleet_slack: float | None = None,
    settings: Settings | None = None,
) -> EnergyResult:
    """The competitive (or Cournot, by `market.conjecture`) equilibrium of one fuel and year.

    forbidden: (origin ISO3, destination ISO3, mode). capacity_factor, cost_add: by link id (or cost_add [A]).
    passage_share: passage -> share of its base flow that remains. quotas: (origin, destination or "*", quantity).
    tariffs: (origin, destination) -> specific duty in price units, its revenue reported apart from the objective.
    fleet_slack: ships of each class are limited to the base year's ship-days and this share more. Raises BadInput,
    UnknownName, Infeasible, NotConverged. Samuelson (1952), Takayama and Judge (1964): one convex programme whose
    duals are prices.
    """
    started = time.perf_counter()
    settings = settings or Settings()
    check(market)
    if capacity_factor:
        market = market.scale_links(capacity_factor)
    if cost_add is None or isinstance(cost_add, Mapping):
        extra = market.by_link(cost_add or {}, 0.0)
    else:
        extra = np.asarray(cost_add, dtype=np.float64)
    caps = tuple(c for c in price_caps if c.origin in market.supply.origin)
    closed = {name: share for name, share in (passage_share or {}).items() if share <= 0}
    if closed:
        market = _relieved(market, market.scale_links({link: 0.0 for name in closed for link in market.links(name)}))
    partial = {name: share for name, share in (passage_share or {}).items() if share > 0}
    program, layout = build(market, Restrictions(forbidden, caps, extra, quotas, tariffs, partial, fleet_slack))
    point = solve_with_caps(program, layout, Ports.find(market, layout), caps, settings)
    return _result(market, layout, caps, point, time.perf_counter() - started)


def _relieved(opened: Market, shut: Market) -> Market:
    """The market with passages shut; least flows into a port that no ship can leave any more become nought."""
    at_sea, size = np.array(opened.arcs.mode) == "sea", len(opened.nodes.id)
    before, left = (np.bincount(m.arcs.tail[at_sea & (m.arcs.capacity > 0)], minlength=size) for m in (opened, shut))
    stuck = (before > 0) & (left == 0)
    return replace(shut, arcs=replace(shut.arcs, least=np.where(stuck[shut.arcs.head], 0.0, shut.arcs.least)))


def write_program(
    market: Market,
    path: str | Path,
    *,
    forbidden: Forbidden = (),
    capacity_factor: Mapping[str, float] | None = None,
    price_caps: tuple[PriceCap, ...] = (),
    quotas: tuple[tuple[str, str, float], ...] = (),
) -> Path:
    """The market's QP as an LP or MPS file, with readable names of rows and columns; caps without their wedges.

    BadInput for a faulty market or another ending of the name.
    """
    check(market)
    if capacity_factor:
        market = market.scale_links(capacity_factor)
    program, _ = build(market, Restrictions(forbidden, price_caps, quotas=quotas))
    return write_model(program, path)


def _result(
    market: Market, layout: Layout, caps: tuple[PriceCap, ...], point: CapPoint, seconds: float
) -> EnergyResult:
    answer, count, arcs = point.answer, len(market.nodes.id), len(market.arcs.link)
    by_origin = np.zeros((len(layout.classes), arcs))
    np.add.at(by_origin, (layout.flow_class, layout.flow_arc), answer.of(layout.flow))
    by_origin = np.maximum(by_origin, 0.0)
    production = _gather(market.supply.node, answer.of(layout.produce), count)
    sold = np.zeros((len(layout.classes), count))
    np.add.at(sold, (layout.sell_class, layout.sell_node), answer.of(layout.sell))
    price_by_origin = np.full((len(layout.classes), count), np.nan)
    price_by_origin[layout.balance_class, layout.balance_node] = answer.dual_of(layout.balance)
    price = _node_price(market, layout, price_by_origin, by_origin)
    # where people buy, what they pay; elsewhere the dual of service is only what they would have paid
    want = sold.sum(axis=0) + _gather(market.demand.node, np.maximum(answer.of(layout.unserved), 0.0), count)
    buying = want[layout.serve_node] > _NO_TRADE
    price[layout.serve_node[buying]] = answer.dual_of(layout.serve)[buying]
    rent = np.zeros(arcs)
    rent[layout.arc_row_arc] = -answer.dual_of(layout.arc_row)
    for ways, dual in zip(layout.terminal_arcs, answer.dual_of(layout.terminal_row)):
        rent[ways] -= dual
    consumed = answer.of(layout.consume)
    worth = market.demand.intercept * consumed - 0.5 * market.demand.slope * consumed**2
    surplus = _gather(market.demand.node, worth - np.nan_to_num(price[market.demand.node]) * consumed, count)
    return EnergyResult(
        market=market,
        classes=layout.classes,
        flow=by_origin.sum(axis=0),
        flow_by_origin=by_origin,
        production=production,
        consumption=sold.sum(axis=0),
        consumption_by_origin=sold,
        unserved=_gather(market.demand.node, np.maximum(answer.of(layout.unserved), 0.0), count),
        price=price,
        price_by_origin=price_by_origin,
        supply_rent_usd=_supply_rent(market, layout, answer.of(layout.produce), price_by_origin) * market.usd_per_unit,
        consumer_surplus_usd=surplus * market.usd_per_unit,
        arc_rent=rent,
        tariff_revenue_usd=float(layout.flow_tariff @ answer.of(layout.flow)) * market.usd_per_unit,
        day_rates_usd=dict(
            zip(
                layout.fleet_row.labels or (),
                (np.maximum(-answer.dual_of(layout.fleet_row), 0.0) * market.usd_per_unit).tolist(),
            )
        ),
        caps=_cap_outcomes(market, layout, caps, point),
        fit=_fit(market, answer.of(layout.group)),
        objective_usd=-answer.objective * market.usd_per_unit,
        kkt=answer.kkt,
        cap_residual=point.residual,
        solves=point.solves,
        seconds=seconds,
    )


def _gather(index: NDArray[np.int64], values: Floats, count: int) -> Floats:
    out = np.zeros(count)
    np.add.at(out, index, values)
    return out


def _node_price(market: Market, layout: Layout, price_by_origin: Floats, by_origin: Floats) -> Floats:
    """Where nobody consumes: the price of the node's own origin, else of what passes there in the largest quantity.

    NaN where nothing of that passes: the dual is then any number between what it would cost and what it would fetch.
    """
    through = np.zeros_like(price_by_origin)
    for k in range(len(layout.classes)):
        np.add.at(through[k], market.arcs.tail, by_origin[k])
        np.add.at(through[k], market.arcs.head, by_origin[k])
    through = np.where(np.isnan(price_by_origin), -1.0, through)
    best = np.argmax(through, axis=0)
    for n, iso in enumerate(market.nodes.iso3):
        if iso in layout.classes and np.isfinite(price_by_origin[layout.classes.index(iso), n]):
            best[n] = layout.classes.index(iso)
    every = np.arange(price_by_origin.shape[1])
    price: Floats = np.where(through[best, every] > _NO_TRADE, price_by_origin[best, every], np.nan)
    return price


def _supply_rent(market: Market, layout: Layout, made: Floats, price_by_origin: Floats) -> Floats:
    supply = market.supply
    rise = np.divide(supply.high - supply.low, supply.size, out=np.zeros(len(made)), where=supply.size > 0)
    klass = [layout.classes.index(o) if o in layout.classes else len(layout.classes) - 1 for o in supply.origin]
    price = np.nan_to_num(price_by_origin[np.array(klass, dtype=np.int64), supply.node])
    return _gather(supply.node, (price - supply.low) * made - 0.5 * rise * made**2, len(market.nodes.id))


def _cap_outcomes(
    market: Market, layout: Layout, caps: tuple[PriceCap, ...], point: CapPoint
) -> tuple[CapOutcome, ...]:
    flows, ports = point.answer.of(layout.flow), point.ports
    prices = point.answer.dual_of(layout.balance)[ports.row]
    served = np.zeros(len(ports.node))
    through = np.flatnonzero(ports.column_port >= 0)
    np.add.at(served, ports.column_port[through], flows[through])
    fleet = np.maximum(-point.answer.dual_of(layout.shadow_row), 0.0) if caps else np.zeros(0)
    out = []
    for c, cap in enumerate(caps):
        mine = np.flatnonzero(ports.cap == c)
        coalition, shadow = ((layout.flow_cap == c) & (layout.flow_service == s) for s in (1, 2))
        paid = np.where(coalition, point.wedge[ports.column_port] if len(point.wedge) else 0.0, 0.0) @ flows
        names = [market.nodes.id[ports.node[p]] for p in mine]
        out.append(
            CapOutcome(
                cap.origin,
                cap.price,
                dict(zip(names, np.where(served[mine] > 1e-4, point.wedge[mine], np.nan).tolist())),
                dict(zip(names, prices[mine].tolist())),
                float(flows[coalition].sum()),
                float(flows[shadow].sum()),
                float(paid) * market.usd_per_unit,
                float(fleet[c] * flows[shadow].sum()) * market.usd_per_unit,
            )
        )
    return tuple(out)


def _fit(market: Market, flows: Floats) -> tuple[FitRow, ...]:
    seen = market.observed
    return tuple(
        FitRow(*row)
        for row in zip(seen.name, seen.kind, seen.flow.tolist(), flows.tolist(), seen.term.tolist(), seen.source)
    )
