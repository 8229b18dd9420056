"""The shipped outlook: years to 2035 and seasons over the calibrated market, with projects that may be built.

Growth to 2030 and 2035 is assumed, row by row, in data/energy/projection.csv: an outlook is a stated wager.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from landbridge.energy.data import BORDER, SPLIT, Fuel, closed_links, load_market, restrictions, table
from landbridge.energy.horizon import Horizon, Period, Project, Storage, seasons
from landbridge.energy.market import Market, Observed
from landbridge.errors import BadInput, UnknownName

Floats = NDArray[np.float64]
QUARTERS = ("winter", "spring", "summer", "autumn")


def projects(fuel: Fuel, *links: str) -> tuple[Project, ...]:
    """The shipped projects of a fuel, all or those named."""
    rows = {r["link"]: r for r in table("projects") if r["fuel"] == fuel}
    unknown = [name for name in links if name not in rows]
    if unknown:
        raise UnknownName(f"no {fuel} project {', '.join(unknown)}", remedy=f"projects: {', '.join(rows)}")
    return tuple(
        Project(r["link"], float(r["capacity"]), float(r["capex_usd"]), int(r["opens"]), r["lumpy"] == "yes")
        for name, r in rows.items()
        if not links or name in links
    )


def load_horizon(
    fuel: Fuel,
    years: Sequence[int],
    *,
    may_build: tuple[Project, ...] = (),
    reopened: Sequence[str] = (),
    quarters: bool = True,
    discount_rate: float = 0.08,
    tail_years: float = 1.0,
    market: Market | None = None,
) -> Horizon:
    """The outlook of a fuel for the years given (2023-2035), long-run elasticities, quarters or whole years.

    Links closed in 2023 stay closed unless in `reopened`. The last year stands for `tail_years` like it.
    """
    years = list(years)
    if not years or sorted(set(years)) != years or years[0] < 2023 or years[-1] > 2035:
        raise BadInput("years of the outlook", remedy="give rising years between 2023 and 2035")
    market = _settled(market or load_market(fuel, horizon="long"))
    periods = seasons(years, QUARTERS if quarters else ("year",), rate=discount_rate, tail_years=tail_years)
    rows = [r for r in table("projection") if r["fuel"] == fuel]
    node_of = list(market.nodes.id)
    demand = np.ones((len(periods), len(market.demand.node)))
    supply = np.ones((len(periods), len(market.supply.node)))
    capacity = np.ones((len(periods), len(market.arcs.link)))
    for row in rows:
        growth = np.array([_between(row, p.year) for p in periods])
        if row["kind"] == "capacity":
            capacity[:, market.arcs.link.index(row["target"])] *= growth
        else:
            node = node_of.index(row["target"])
            factors, places = (demand, market.demand.node) if row["kind"] == "demand" else (supply, market.supply.node)
            factors[:, places == node] *= growth[:, None]
    for link, share in closed_links(fuel).items():
        if link not in reopened:
            capacity[:, market.arcs.link.index(link)] *= share
    if quarters:
        demand *= _seasonal(fuel, market, periods)
    return Horizon(
        market, periods, demand, supply, capacity, _storages(fuel) if quarters else (), may_build, discount_rate,
        restrictions(fuel), _terminals(fuel, market, periods),
    )  # fmt: skip


def _settled(market: Market) -> Market:
    """The market of gas without priors by line, terminal and crossing.

    Where gas landed in one year binds no year to come, and capacity that was booked then is paid for anew.
    """
    seen = market.observed
    kept = np.array([market.fuel == "crude" or kind not in (SPLIT, BORDER) for kind in seen.kind], dtype=bool)
    if kept.all():
        return market
    position, inside = np.cumsum(kept) - 1, kept[seen.member_group]

    def column(values: Sequence[str]) -> tuple[str, ...]:
        return tuple(v for v, keep in zip(values, kept) if keep)

    left = Observed(
        column(seen.name), column(seen.origin), column(seen.kind), seen.flow[kept], seen.term[kept], seen.slope[kept],
        seen.centre[kept], position[seen.member_group[inside]], seen.member_arc[inside], column(seen.source),
    )  # fmt: skip
    return replace(market, observed=left)


def _between(row: Mapping[str, str], year: int) -> float:
    """Factor of a year: geometric from 1 in 2023 through the values of 2030 and 2035."""
    points = np.log([1.0, float(row["factor_2030"]), float(row["factor_2035"])])
    return float(np.exp(np.interp(year, [2023, 2030, 2035], points)))


def _terminals(fuel: str, market: Market, periods: tuple[Period, ...]) -> Floats:
    """[T, terminals] what stands by then over what stood in 2023: what was being built is there by 2030, evenly."""
    coming = {r["node"]: float(r["coming"]) / float(r["capacity"]) for r in table("terminals") if r["fuel"] == fuel}
    more = np.array([coming.get(name, 0.0) for name in market.terminals])
    share = np.interp([p.year for p in periods], [2023, 2030], [0.0, 1.0])
    return np.asarray(1.0 + share[:, None] * more[None, :])


def _seasonal(fuel: str, market: Market, periods: tuple[Period, ...]) -> Floats:
    out = np.ones((len(periods), len(market.demand.node)))
    for row in (r for r in table("seasons") if r["fuel"] == fuel):
        nodes = [market.nodes.index(n) for n in row["nodes"].split("|")]
        shape = np.array([float(row[p.season]) for p in periods])
        out[:, np.isin(market.demand.node, nodes)] *= shape[:, None]
    return out


def _storages(fuel: str) -> tuple[Storage, ...]:
    return tuple(
        Storage(r["node"], float(r["injection"]), float(r["withdrawal"]), float(r["volume"]), float(r["cost"]))
        for r in table("storages")
        if r["fuel"] == fuel
    )
