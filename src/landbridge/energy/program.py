"""The spatial equilibrium of one year as one convex QP (Samuelson 1952; Takayama and Judge 1964).

maximise   sum_d (a d - b d^2 / 2) - production - transport - sum theta b/2 sales^2
subject to balance of every origin at every node, service of demand, arc capacities, embargo bounds.
Duals of the balance rows are prices. Flows keep their origin: an arc has one column per origin class that can reach it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from landbridge.energy.bounds import (
    LEAST_SHARE,
    Restrictions,
    class_of,
    classes_of,
    foreign,
    parties,
    reachable,
    relevant,
    void_contracts,
    without_dominated,
)
from landbridge.energy.costs import CARGO, ship_classes, voyage_days
from landbridge.energy.market import Market
from landbridge.solvers import Block, Builder, Program

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Layout:
    """Which columns and rows of the programme mean what; flows are listed as (arc, class, service)."""

    classes: tuple[str, ...]
    produce: Block
    flow: Block
    flow_arc: Ints
    flow_class: Ints
    flow_service: Ints  # 0 none, 1 coalition, 2 shadow
    flow_cap: Ints  # which price cap, -1 none
    flow_tariff: Floats  # duty, price units a unit
    sell: Block
    sell_class: Ints
    sell_node: Ints
    consume: Block
    unserved: Block
    group: Block
    balance: Block
    balance_class: Ints
    balance_node: Ints
    serve: Block
    serve_node: Ints
    arc_row: Block
    arc_row_arc: Ints
    terminal_row: Block
    terminal_arcs: tuple[Ints, ...]  # of each such row, the ways that land there
    shadow_row: Block
    fleet_row: Block


def build(market: Market, rules: Restrictions) -> tuple[Program, Layout]:
    """The QP of a market under restrictions, and how to read it."""
    rules = replace(rules, forbidden=relevant(market, rules.forbidden))
    market = without_dominated(void_contracts(market, rules.forbidden), rules)
    classes = classes_of(market, rules)
    reach = reachable(market, classes, rules.forbidden)
    b = Builder()
    nodes, arcs, supply, demand = market.nodes, market.arcs, market.supply, market.demand
    step_labels = [f"{nodes.id[n]}/{o}" for n, o in zip(supply.node, supply.origin)]
    rise = np.divide(supply.high - supply.low, supply.size, out=np.zeros(len(supply.size)), where=supply.size > 0)
    produce = b.columns("produce", len(supply.size), upper=supply.size, cost=supply.low, curvature=rise,
                        labels=step_labels)  # fmt: skip
    arc, klass, service, cap = _flow_columns(market, rules, classes, reach)
    cost = arcs.cost[arc] + (rules.cost_add[arc] if rules.cost_add is not None else 0.0)
    for c, rule in enumerate(rules.caps):
        cost = cost + np.where((cap == c) & (service == 1), rule.western_cost, 0.0)
        premium = rule.shadow_cost + rule.shadow_freight * arcs.cost[arc]
        cost = cost + np.where((cap == c) & (service == 2), premium, 0.0)
    tariff = _tariffs(market, rules, classes, arc, klass)
    cost = cost + tariff
    flow = b.columns("flow", len(arc), cost=cost, curvature=arcs.slope[arc],
                     labels=_FlowLabels(arcs.link, classes, arc, klass, service))  # fmt: skip
    sold = np.argwhere(reach[:, demand.node]) if len(demand.node) else np.zeros((0, 2), dtype=np.int64)
    sell_class, sell_node = sold[:, 0], demand.node[sold[:, 1]]
    merged = merged_slope(market)
    theta = np.array([market.conjecture.get(c, 0.0) for c in classes])
    margin = theta[sell_class] * merged[sell_node]
    known = np.stack([market.base_sales.get(c, np.zeros(len(nodes.id))) for c in classes])
    sell = b.columns("sell", len(sold), curvature=margin, cost=-margin * known[sell_class, sell_node],
                     labels=[f"{nodes.id[n]}/{classes[k]}" for k, n in zip(sell_class, sell_node)])  # fmt: skip
    demand_labels = [nodes.id[n] for n in demand.node]
    consume = b.columns("consume", len(demand.node), cost=-demand.intercept, curvature=demand.slope,
                        labels=demand_labels)  # fmt: skip
    # at most the whole demand goes unserved: where there is no choke price (inf) the column is shut
    choked = np.isfinite(demand.choke)
    unserved = b.columns("unserved", len(demand.node), cost=np.where(choked, demand.choke, 0.0),
                         upper=np.where(choked, np.inf, 0.0), labels=demand_labels)  # fmt: skip
    group = _groups(b, market)

    balance_class, balance_node = (v.astype(np.int64) for v in np.nonzero(reach))
    place = np.full(reach.shape, -1, dtype=np.int64)
    place[balance_class, balance_node] = np.arange(len(balance_node))
    labels = [f"{nodes.id[n]}/{classes[k]}" for k, n in zip(balance_class, balance_node)]
    balance = b.rows("balance", len(balance_node), lower=0.0, upper=0.0, labels=labels)
    made = np.flatnonzero(supply.size > 0)
    made_class = np.array([class_of(classes, supply.origin[s]) for s in made], dtype=np.int64)
    b.put(balance, place[made_class, supply.node[made]], produce, made, 1.0)
    b.put(balance, place[klass, arcs.head[arc]], flow, np.arange(len(arc)), 1.0 - arcs.loss[arc])
    b.put(balance, place[klass, arcs.tail[arc]], flow, np.arange(len(arc)), -1.0)
    b.put(balance, place[sell_class, sell_node], sell, np.arange(len(sold)), -1.0)

    serve_node = np.unique(demand.node)
    row_of = np.full(len(nodes.id), -1, dtype=np.int64)
    row_of[serve_node] = np.arange(len(serve_node))
    serve = b.rows("serve", len(serve_node), lower=0.0, upper=0.0, labels=[nodes.id[n] for n in serve_node])
    b.put(serve, row_of[sell_node], sell, np.arange(len(sold)), 1.0)
    b.put(serve, row_of[demand.node], unserved, np.arange(len(demand.node)), 1.0)
    b.put(serve, row_of[demand.node], consume, np.arange(len(demand.node)), -1.0)

    arc_row, arc_row_arc = _capacities(b, market, flow, arc)
    terminal_row, terminal_arcs = _terminals(b, market, flow, arc)
    shadow = b.rows("shadow-fleet", len(rules.caps), upper=[c.shadow_capacity for c in rules.caps] or 0.0,
                    labels=[c.origin for c in rules.caps])  # fmt: skip
    dark = np.flatnonzero(service == 2)
    b.put(shadow, cap[dark], flow, dark, 1.0)
    fleet = _fleet(b, market, rules, flow, arc)
    _bans(b, market, rules, classes, flow, arc, klass)
    _quotas(b, market, rules, classes, flow, arc, klass)
    _passages(b, market, rules, flow, arc)
    _group_rows(b, market, group, classes, flow, arc, klass)
    layout = Layout(
        classes, produce, flow, arc, klass, service, cap, tariff, sell, sell_class, sell_node, consume, unserved, group,
        balance, balance_class, balance_node, serve, serve_node, arc_row, arc_row_arc, terminal_row,
        terminal_arcs, shadow, fleet,
    )  # fmt: skip
    return b.build(), layout


class _FlowLabels(Sequence[str]):
    """Names of flow columns made on demand: making thousands that nobody reads would be a third of the build."""

    def __init__(self, links: Sequence[str], classes: tuple[str, ...], arc: Ints, klass: Ints, service: Ints) -> None:
        self.links, self.classes, self.arc, self.klass, self.service = links, classes, arc, klass, service

    def __len__(self) -> int:
        return len(self.arc)

    def __getitem__(self, index: int) -> str:  # type: ignore[override]
        word = ("", "/coalition", "/shadow")[self.service[index]]
        return f"{self.links[self.arc[index]]}/{self.classes[self.klass[index]]}{word}"


def _flow_columns(
    market: Market, rules: Restrictions, classes: tuple[str, ...], reach: NDArray[np.bool_]
) -> tuple[Ints, Ints, Ints, Ints]:
    """Columns (arc, class, service, cap): one per origin class that can be at the tail, two where a cap applies."""
    arcs = market.arcs
    usable = arcs.capacity > 0
    arc, klass = np.nonzero((reach[:, arcs.tail] & reach[:, arcs.head]).T & usable[:, None])
    service, cap = np.zeros(len(arc), dtype=np.int64), np.full(len(arc), -1, dtype=np.int64)
    mode = np.array(arcs.mode)[arc] if len(arc) else np.zeros(0, dtype=str)
    port = np.array(market.nodes.iso3)[arcs.tail[arc]] if len(arc) else np.zeros(0, dtype=str)
    for c, rule in enumerate(rules.caps):
        hit = (mode == rule.mode) & (klass == class_of(classes, rule.origin)) & (port == rule.origin)
        if rule.ports:
            hit &= np.isin(np.array(market.nodes.id)[arcs.tail[arc]], sorted(rule.ports))
        service[hit], cap[hit] = 1, c
        insiders = market.nodes.share_in(rule.coalition)[arcs.head[arc]] >= 0.5
        extra = hit & ~insiders
        arc, klass = np.concatenate([arc, arc[extra]]), np.concatenate([klass, klass[extra]])
        mode, port = np.concatenate([mode, mode[extra]]), np.concatenate([port, port[extra]])
        count = int(extra.sum())
        service = np.concatenate([service, np.full(count, 2)])
        cap = np.concatenate([cap, np.full(count, c)])
    return arc.astype(np.int64), klass.astype(np.int64), service.astype(np.int64), cap.astype(np.int64)


def merged_slope(market: Market) -> Floats:
    """[N] slope of the node's merged demand: 1/b = sum of 1/b over its curves."""
    inverse = np.zeros(len(market.nodes.id))
    slope = market.demand.slope
    np.add.at(inverse, market.demand.node, np.divide(1.0, slope, out=np.full_like(slope, np.inf), where=slope > 0))
    return np.divide(1.0, inverse, out=np.zeros_like(inverse), where=inverse > 0)


def _groups(b: Builder, market: Market) -> Block:
    seen = market.observed
    return b.columns("trade", len(seen.name), lower=-np.inf, cost=seen.term - seen.slope * seen.centre,
                     curvature=seen.slope, labels=seen.name)  # fmt: skip


def _capacities(b: Builder, market: Market, flow: Block, arc: Ints) -> tuple[Block, Ints]:
    arcs = market.arcs
    bound = np.flatnonzero((np.isfinite(arcs.capacity) & (arcs.capacity > 0)) | (arcs.least > 0))
    row_of = np.full(len(arcs.link), -1, dtype=np.int64)
    row_of[bound] = np.arange(len(bound))
    rows = b.rows("capacity", len(bound), lower=np.where(arcs.least[bound] > 0, arcs.least[bound], -np.inf),
                  upper=arcs.capacity[bound], labels=[arcs.link[a] for a in bound])  # fmt: skip
    bounded = np.flatnonzero(row_of[arc] >= 0)
    b.put(rows, row_of[arc[bounded]], flow, bounded, 1.0)
    return rows, bound


def _terminals(b: Builder, market: Market, flow: Block, arc: Ints) -> tuple[Block, tuple[Ints, ...]]:
    """Regasification: what all LNG ways together land at a node."""
    rows = b.rows("terminals", len(market.terminals), upper=list(market.terminals.values()) or 0.0,
                  labels=tuple(market.terminals))  # fmt: skip
    ships = np.array(market.arcs.mode) == "lng"
    lands = tuple(np.flatnonzero(ships & (market.arcs.head == market.nodes.index(name))) for name in market.terminals)
    for r, ways in enumerate(lands):
        used = np.flatnonzero(np.isin(arc, ways))
        b.put(rows, np.full(len(used), r), flow, used, 1.0)
    return rows, lands


def _fleet(b: Builder, market: Market, rules: Restrictions, flow: Block, arc: Ints) -> Block:
    """Ship-days by class of ship: at most the base year's and the slack; their dual is a day rate beyond hire."""
    slack = rules.fleet_slack
    if slack is None:
        return b.rows("fleet", 0)
    days, klass = ship_days(market)
    names = sorted({k for k in klass.tolist() if k})
    base = [float(np.where(klass == k, days, 0.0) @ np.nan_to_num(market.arcs.reference)) for k in names]
    rows = b.rows("fleet", len(names), upper=(1.0 + slack) * np.array(base), labels=tuple(names))
    for r, name in enumerate(names):
        used = np.flatnonzero(klass[arc] == name)
        b.put(rows, np.full(len(used), r), flow, used, days[arc[used]])
    return rows


def ship_days(market: Market) -> tuple[Floats, NDArray[np.str_]]:
    """[A] ship-days per unit carried (round voyage over cargo; 0 on land) and the class of ship that sails the way."""
    arcs = market.arcs
    klass = np.array(ship_classes(market.fuel, arcs.length_nm, arcs.passages))
    cargo = np.array([CARGO.get(k, np.inf) for k in klass])
    return np.nan_to_num(voyage_days(arcs.length_nm)) / cargo, klass


def _bans(
    b: Builder, market: Market, rules: Restrictions, classes: tuple[str, ...], flow: Block, arc: Ints, klass: Ints
) -> None:
    """Embargoes: what an origin may bring to a node by a mode is what the members outside the ban would use."""
    limit = np.zeros(len(market.nodes.id))
    np.add.at(limit, market.demand.node, market.demand.reference)
    mode_of = np.array(market.arcs.mode)
    for (origin, mode), banned in parties(rules.forbidden).items():
        if origin not in classes:
            continue
        share = market.nodes.share_in(banned)
        share = np.where(share < LEAST_SHARE, 0.0, np.where(share > 1.0 - LEAST_SHARE, 1.0, share))
        hit = np.flatnonzero(share > 0)
        row_of = np.full(len(share), -1, dtype=np.int64)
        row_of[hit] = np.arange(len(hit))
        rows = b.rows(f"ban {origin} {mode}", len(hit), upper=(1.0 - np.minimum(share[hit], 1.0)) * limit[hit],
                      labels=[market.nodes.id[n] for n in hit])  # fmt: skip
        head = market.arcs.head[arc]
        abroad = foreign(market, arc)
        used = np.flatnonzero((klass == classes.index(origin)) & (mode_of[arc] == mode) & (row_of[head] >= 0) & abroad)
        b.put(rows, row_of[head[used]], flow, used, 1.0)


def _tariffs(market: Market, rules: Restrictions, classes: tuple[str, ...], arc: Ints, klass: Ints) -> Floats:
    """[F] specific duty of each flow column: on what enters, by the members' share of the node."""
    duty = np.zeros(len(arc))
    for (origin, destination), value in (rules.tariffs or {}).items():
        if origin in classes:
            share = market.nodes.share_in({destination})[market.arcs.head[arc]]
            duty += np.where((klass == classes.index(origin)) & foreign(market, arc), value * share, 0.0)
    return duty


def _quotas(
    b: Builder, market: Market, rules: Restrictions, classes: tuple[str, ...], flow: Block, arc: Ints, klass: Ints
) -> None:
    """What an origin may bring over the border into a country (or leave its own territory with) in a year."""
    kept = [q for q in rules.quotas if q[0] in classes]
    rows = b.rows("quota", len(kept), upper=[q[2] for q in kept] or 0.0, labels=[f"{o}-{d}" for o, d, _ in kept])
    iso = np.array(market.nodes.iso3)
    for r, (origin, destination, _) in enumerate(kept):
        if destination == "*":
            hit = (iso[market.arcs.tail[arc]] == origin) & foreign(market, arc)
        else:
            hit = (market.nodes.share_in({destination})[market.arcs.head[arc]] > LEAST_SHARE) & foreign(market, arc)
        used = np.flatnonzero(hit & (klass == classes.index(origin)))
        b.put(rows, np.full(len(used), r), flow, used, 1.0)


def _passages(b: Builder, market: Market, rules: Restrictions, flow: Block, arc: Ints) -> None:
    for name, share in (rules.passage_share or {}).items():
        through = np.array([name in p for p in market.arcs.passages])
        base = float(np.nansum(market.arcs.reference[through]))
        row = b.rows("passage", 1, upper=share * base, labels=[name])
        used = np.flatnonzero(through[arc])
        b.put(row, np.zeros(len(used), dtype=np.int64), flow, used, 1.0)


def _group_rows(
    b: Builder, market: Market, group: Block, classes: tuple[str, ...], flow: Block, arc: Ints, klass: Ints
) -> None:
    """Definition rows: the flow of each observed group is the sum over its arcs, of its origin where it names one."""
    seen = market.observed
    rows = b.rows("trade-sum", len(seen.name), lower=0.0, upper=0.0, labels=seen.name)
    b.put(rows, np.arange(group.count), group, np.arange(group.count), -1.0)
    class_no = np.arange(len(classes))
    takes = np.array([[_of(origin, classes[k]) for k in class_no] for origin in seen.origin], dtype=bool)
    order = np.argsort(arc, kind="stable")  # the columns of an arc lie side by side
    first, last = (np.searchsorted(arc[order], seen.member_arc, side) for side in ("left", "right"))
    count = last - first
    group_of = np.repeat(seen.member_group, count)
    step = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    column = order[np.repeat(first, count) + step]
    kept = takes[group_of, klass[column]] if len(group_of) else np.zeros(0, dtype=bool)
    b.put(rows, group_of[kept], flow, column[kept], 1.0)


def _of(wanted: str, origin: str) -> bool:
    """Whether an origin class belongs to a group: "" takes all, "RUS" that one, "!RUS" all but that one."""
    return wanted in ("", origin) or (wanted.startswith("!") and wanted[1:] != origin)
