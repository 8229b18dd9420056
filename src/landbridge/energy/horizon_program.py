"""The programme of several years: the year's programme repeated, then storage and building below and beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from landbridge.energy.bounds import Forbidden, Restrictions
from landbridge.energy.market import Market, check
from landbridge.energy.program import Layout, build
from landbridge.errors import BadInput, Fault
from landbridge.solvers import Block, Program

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Period:
    """A season of a year. `share` of the year's hours; `weight` = discount factor x years it stands for."""

    year: int
    season: str
    share: float
    weight: float


@dataclass(frozen=True, slots=True)
class Storage:
    """Storage at a node: rates and volume in the market's quantity (a year, and quantity), cost per unit put in.

    What is stored loses its origin: it leaves as the class of untracked origins.
    """

    node: str
    injection: float
    withdrawal: float
    volume: float
    cost: float = 0.0


@dataclass(frozen=True, slots=True)
class Project:
    """Capacity that may be added to a link: full size, capital cost of the full size, first year, all or nothing."""

    link: str
    capacity: float  # quantity a year at full size
    capex_usd: float
    opens: int
    lumpy: bool = True
    life_years: float = 30.0
    om_share: float = 0.02  # running cost a year as a share of capital cost


@dataclass(frozen=True, slots=True)
class Horizon:
    """A market over periods: factors [T, D] on demand at every price, [T, S] on supply, [T, A] on capacity."""

    market: Market
    periods: tuple[Period, ...]
    demand_factor: Floats
    supply_factor: Floats
    capacity_factor: Floats
    storages: tuple[Storage, ...] = ()
    projects: tuple[Project, ...] = ()
    discount_rate: float = 0.08
    forbidden: Forbidden = field(default_factory=tuple)
    terminal_factor: Floats | None = None  # [T, terminals of the market]; None: as they stand


def annuity(rate: float, years: float) -> float:
    """Yearly payment per unit borrowed (capital recovery factor)."""
    return rate / (1.0 - (1.0 + rate) ** -years) if rate > 0 else 1.0 / years


@dataclass(frozen=True, slots=True)
class Plan:
    """A horizon's programme, its parts, and what repeats."""

    program: Program
    layout: Layout
    width: int  # columns of one period
    height: int  # rows of one period
    years: tuple[int, ...]
    weight: Floats  # [T] weight x share
    store: Block  # injection [T, H] (H = storage x class), then withdrawal [T, G], then level [T, G]
    build: Block  # [Y, J]
    stand: Block  # [Y, J]
    lumpy: Ints  # positions within `build`


class _Labels(Sequence[str]):
    """Labels made on demand: naming 100,000 columns ahead would cost more than the solve."""

    def __init__(self, base: Program, periods: tuple[Period, ...], rows: bool) -> None:
        self.base, self.periods, self.is_rows = base, periods, rows
        self.size = len(base.row_lower) if rows else len(base.cost)

    def __len__(self) -> int:
        return self.size * len(self.periods)

    def __getitem__(self, index: int) -> str:  # type: ignore[override]
        period = self.periods[index // self.size]
        name = self.base.row_name if self.is_rows else self.base.column_name
        return f"{name(index % self.size)} {period.year} {period.season}".strip()


def assemble(horizon: Horizon) -> Plan:
    """The whole programme of a horizon and how to read it."""
    market = _with_projects(horizon)
    check(market)
    base, layout = build(market, Restrictions(horizon.forbidden))
    count, width, height = len(horizon.periods), len(base.cost), len(base.row_lower)
    weight = np.array([p.share * p.weight for p in horizon.periods])
    years = tuple(dict.fromkeys(p.year for p in horizon.periods))
    store_rows, store_site = _storable(horizon, layout)
    held, projects, spans = len(store_rows), len(horizon.projects), len(years)
    columns = count * width
    store = Block("storage", columns, count * (held + 2 * len(horizon.storages)))
    build_block = Block("build", columns + store.count, spans * projects,
                        [f"{p.link} {y}" for y in years for p in horizon.projects])  # fmt: skip
    stand = Block("standing", build_block.start + build_block.count, spans * projects, build_block.labels)
    total = stand.start + stand.count
    upper_rows, lower_rows, lower, upper, cost = _sides(horizon, market, base, layout, weight)
    rows = _Triples(count * height)
    _put_storage(rows, horizon, layout, height, store, store_rows, store_site, lower_rows, upper_rows)
    _put_projects(rows, horizon, market, layout, height, years, build_block, stand, lower_rows, upper_rows)
    extra = total - columns
    matrix = rows.below(_repeat(base.rows, np.tile(base.rows.data, (count, 1)), (rows.height, total)))
    curve = _curvature(horizon, base, layout, weight, total)
    low_side, high_side, price = np.zeros(extra), np.full(extra, np.inf), np.zeros(extra)
    _storage_bounds(horizon, store_site, weight, high_side, price)
    _project_costs(horizon, market, years, store.count, high_side, price)
    blocks = (Block("year", 0, columns, _Labels(base, horizon.periods, rows=False)), store, build_block, stand)
    row_blocks = (Block("year", 0, count * height, _Labels(base, horizon.periods, rows=True)),
                  Block("link", count * height, rows.height - count * height))  # fmt: skip
    program = Program(
        curve, np.concatenate([cost, price]), matrix, np.concatenate(lower_rows),
        np.concatenate(upper_rows), np.concatenate([lower, low_side]), np.concatenate([upper, high_side]), blocks,
        row_blocks,
    )  # fmt: skip
    lumpy = np.array([y * projects + j for y in range(spans) for j, p in enumerate(horizon.projects) if p.lumpy],
                     dtype=np.int64)  # fmt: skip
    open_lumpy = np.array([k for k in lumpy if high_side[store.count + k] > 0], dtype=np.int64)
    return Plan(program, layout, width, height, years, weight, store, build_block, stand, open_lumpy)


def _with_projects(horizon: Horizon) -> Market:
    """Every project's link gets a capacity row: its arc is open in the programme, and held by what stands."""
    faults = [
        Fault(f"project on {p.link!r}: capacity {p.capacity:g}, cost {p.capex_usd:g}", remedy="give positive numbers")
        for p in horizon.projects
        if not (p.capacity > 0 and p.capex_usd >= 0)
    ]
    shapes = (
        (horizon.demand_factor, len(horizon.market.demand.node)),
        (horizon.supply_factor, len(horizon.market.supply.node)),
    )
    faults += [Fault("a factor array has the wrong shape") for f, n in shapes if f.shape != (len(horizon.periods), n)]
    if faults:
        raise BadInput(faults)
    wanted = {p.link: p.capacity for p in horizon.projects}
    added = horizon.market.by_link(wanted, 0.0)
    arcs = horizon.market.arcs
    capacity = np.where(added > 0, np.maximum(arcs.capacity, 1e-6), arcs.capacity)
    return replace(horizon.market, arcs=replace(arcs, capacity=capacity))


def _storable(horizon: Horizon, layout: Layout) -> tuple[Ints, Ints]:
    rows, site = [], []
    for g, storage in enumerate(horizon.storages):
        found = np.flatnonzero(layout.balance_node == horizon.market.nodes.index(storage.node))
        rows += found.tolist()
        site += [g] * len(found)
    return np.array(rows, dtype=np.int64), np.array(site, dtype=np.int64)


def _sides(
    horizon: Horizon, market: Market, base: Program, layout: Layout, weight: Floats
) -> tuple[list[Floats], list[Floats], Floats, Floats, Floats]:
    """Row sides, column bounds and costs of all periods: the year's, with supply and capacities scaled."""
    count = len(horizon.periods)
    upper = np.tile(base.upper, (count, 1))
    upper[:, layout.produce.at] *= horizon.supply_factor
    row_upper = np.tile(base.row_upper, (count, 1))
    row_lower = np.tile(base.row_lower, (count, 1))
    factor = horizon.capacity_factor[:, layout.arc_row_arc]
    limits = np.where(horizon.market.arcs.capacity > 0, market.arcs.capacity, 0.0)[layout.arc_row_arc]
    finite = np.isfinite(limits)
    row_upper[:, layout.arc_row.at] = np.where(finite, np.where(finite, limits, 0.0) * factor, np.inf)
    if horizon.terminal_factor is not None:
        row_upper[:, layout.terminal_row.at] *= horizon.terminal_factor
    row_lower[:, layout.arc_row.at] = np.minimum(row_lower[:, layout.arc_row.at], row_upper[:, layout.arc_row.at])
    cost = (weight[:, None] * base.cost[None, :]).ravel()
    return [row_upper.ravel()], [row_lower.ravel()], np.tile(base.lower, count), upper.ravel(), cost


def _curvature(horizon: Horizon, base: Program, layout: Layout, weight: Floats, total: int) -> sp.csc_matrix:
    """Block diagonal curvature: weights x the year's, with slopes that answer to the factors on demand and supply."""
    count, width = len(weight), len(base.cost)
    scale = np.ones((count, width))
    scale[:, layout.consume.at] = 1.0 / horizon.demand_factor
    factor = horizon.supply_factor
    scale[:, layout.produce.at] = np.divide(1.0, factor, out=np.ones_like(factor), where=factor > 0)
    values = weight[:, None] * base.quadratic.data[None, :] * scale[:, base.quadratic.indices]
    return _repeat(base.quadratic, values, (total, total))


def _repeat(block: sp.csc_matrix, values: Floats, shape: tuple[int, int]) -> sp.csc_matrix:
    """The block down the diagonal with values [T, entries], then empty rows and columns up to the shape.

    Written out in compressed form: by way of triples the matrix would be sorted twice.
    """
    (height, _), count = block.shape, len(values)
    rows = (block.indices[None, :] + height * np.arange(count)[:, None]).ravel()
    ends = (block.indptr[1:][None, :] + block.nnz * np.arange(count)[:, None]).ravel()
    last = np.full(shape[1] - len(ends), count * block.nnz)
    return sp.csc_matrix((values.ravel(), rows, np.concatenate([[0], ends, last])), shape=shape)


class _Triples:
    """Extra coefficients and rows below the repeated block."""

    def __init__(self, height: int) -> None:
        self.height = height
        self.parts: list[tuple[Ints, Ints, Floats]] = []

    def put(self, row: Ints, column: Ints, value: Floats | float) -> None:
        i, j, v = np.broadcast_arrays(row, column, np.asarray(value, dtype=np.float64))
        self.parts.append((i.ravel(), j.ravel(), v.ravel()))

    def new_rows(self, count: int) -> Ints:
        start, self.height = self.height, self.height + count
        return np.arange(start, self.height)

    def below(self, repeated: sp.csc_matrix) -> sp.csc_matrix:
        """The repeated block with these coefficients added."""
        if not self.parts:
            return repeated
        i, j, v = (np.concatenate([p[k] for p in self.parts]) for k in range(3))
        return sp.csc_matrix(repeated + sp.csc_matrix((v, (i, j)), shape=repeated.shape))


def _put_storage(
    rows: _Triples, horizon: Horizon, layout: Layout, height: int, store: Block, store_rows: Ints, site: Ints,
    lower: list[Floats], upper: list[Floats],
) -> None:  # fmt: skip
    """Level_t - level_{t-1} = share (in - out); each year ends with the stock it began with."""
    count, held = len(horizon.periods), len(store_rows)
    if held == 0:
        return
    sites, share = len(horizon.storages), np.array([p.share for p in horizon.periods])
    t, h = (v.ravel() for v in np.meshgrid(np.arange(count), np.arange(held), indexing="ij"))
    put_in = store.start + t * held + h
    rows.put(t * height + layout.balance.start + store_rows[h], put_in, -1.0)
    u, g = (v.ravel() for v in np.meshgrid(np.arange(count), np.arange(sites), indexing="ij"))
    take = store.start + count * held + u * sites + g
    level = take + count * sites
    before = level + (_before(horizon.periods)[u] - u) * sites
    leaves = np.array([_rest_row(horizon.market.nodes.index(s.node), layout) for s in horizon.storages])
    rows.put(u * height + layout.balance.start + leaves[g], take, 1.0)
    keep = rows.new_rows(count * sites)
    rows.put(keep, level, 1.0)
    rows.put(keep, before, -1.0)
    rows.put(keep[t * sites + site[h]], put_in, -share[t])
    rows.put(keep, take, share[u])
    limit = rows.new_rows(count * sites)
    rows.put(limit[t * sites + site[h]], put_in, 1.0)
    lower += [np.zeros(count * sites), np.full(count * sites, -np.inf)]
    upper += [np.zeros(count * sites), np.tile([s.injection for s in horizon.storages], count)]


def _before(periods: tuple[Period, ...]) -> Ints:
    """[T] the period before, within the year; the last of the year comes before its first."""
    years = np.array([p.year for p in periods])
    out = np.arange(len(periods)) - 1
    for year in set(years.tolist()):
        mine = np.flatnonzero(years == year)
        out[mine[0]] = mine[-1]
    return out.astype(np.int64)


def _rest_row(node: int, layout: Layout) -> int:
    """Balance row (within its block) through which stored fuel leaves: the untracked class, or the only one there."""
    found = np.flatnonzero(layout.balance_node == node)
    if not found.size:
        raise BadInput("a storage stands where no supply can come", remedy="move it, or open an arc to its node")
    return int(found[np.argmax(layout.balance_class[found])])


def _storage_bounds(horizon: Horizon, site: Ints, weight: Floats, high: Floats, price: Floats) -> None:
    """Rates and volumes are bounds on withdrawal and level; putting in costs."""
    count, held, sites = len(weight), len(site), len(horizon.storages)
    if sites == 0:
        return
    cost = np.array([s.cost for s in horizon.storages])[site]
    price[: count * held] = (weight[:, None] * cost[None, :]).ravel()
    high[count * held : count * (held + sites)] = np.tile([s.withdrawal for s in horizon.storages], count)
    high[count * (held + sites) : count * (held + 2 * sites)] = np.tile([s.volume for s in horizon.storages], count)


def _put_projects(
    rows: _Triples, horizon: Horizon, market: Market, layout: Layout, height: int, years: tuple[int, ...],
    build_block: Block, stand: Block, lower: list[Floats], upper: list[Floats],
) -> None:  # fmt: skip
    """Standing_y = standing_{y-1} + built_y (shares of full size); the link's row gives way by size x standing."""
    many = len(horizon.projects)
    if many == 0:
        return
    y, j = (v.ravel() for v in np.meshgrid(np.arange(len(years)), np.arange(many), indexing="ij"))
    chain = rows.new_rows(len(years) * many)
    rows.put(chain, stand.start + y * many + j, 1.0)
    later = y > 0
    rows.put(chain[later], stand.start + (y[later] - 1) * many + j[later], -1.0)
    rows.put(chain, build_block.start + y * many + j, -1.0)
    lower.append(np.zeros(len(chain)))
    upper.append(np.zeros(len(chain)))
    row_of = {int(a): r for r, a in enumerate(layout.arc_row_arc)}
    for k, project in enumerate(horizon.projects):
        arc = market.arcs.link.index(project.link)
        for t, period in enumerate(horizon.periods):
            row = np.array([t * height + layout.arc_row.start + row_of[arc]])
            rows.put(row, np.array([stand.start + years.index(period.year) * many + k]), -project.capacity)


def _project_costs(
    horizon: Horizon, market: Market, years: tuple[int, ...], offset: int, high: Floats, price: Floats
) -> None:
    """A yearly payment (annuity and running cost) in every year that the project stands; not before it may open."""
    many, spans = len(horizon.projects), len(years)
    if many == 0:
        return
    yearly = np.array([sum(p.weight * p.share for p in horizon.periods if p.year == y) for y in years])
    for k, project in enumerate(horizon.projects):
        pay = project.capex_usd * (annuity(horizon.discount_rate, project.life_years) + project.om_share)
        for y, year in enumerate(years):
            at = offset + y * many + k
            high[at] = 1.0 if year >= project.opens else 0.0
            high[at + spans * many] = 1.0
            price[at + spans * many] = pay * yearly[y] / market.usd_per_unit
