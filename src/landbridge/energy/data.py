"""The shipped markets: small cited tables under data/energy, read with csv alone, turned into arrays."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from landbridge.energy.bounds import PriceCap
from landbridge.energy.costs import REGASIFICATION_USD_MMBTU, SUEZ_USD_BBL, lng_cost_usd_mmbtu, tanker_cost_usd_bbl
from landbridge.energy.market import Arcs, Demand, Market, Nodes, Observed, Supply
from landbridge.errors import BadInput, DataMissing
from landbridge.units import BBL_PER_T_CRUDE, MMBTU_PER_BCM

Floats = NDArray[np.float64]
Fuel = Literal["crude", "gas"]
Horizon = Literal["short", "long"]
Row = Mapping[str, str]

UNITS: Final = {
    "crude": ("Mt/yr", "USD/bbl", BBL_PER_T_CRUDE * 1e6),
    "gas": ("bcm/yr", "USD/MMBtu", MMBTU_PER_BCM),
}
PACIFIC: Final = frozenset({"rus-kozmino", "rus-sakhalin"})  # loading nodes with a fleet of their own
SPLIT: Final = "split"  # part of an observed trade by node of arrival: a prior, not observed
BORDER: Final = "border"  # what crosses borders inside one market, counted at each of them; fitted
LINE_FRICTION: Final = 0.3  # price units for doubling what one line carries: no more than crossing a border costs
CHOKE_MULTIPLE: Final = 3.0  # supply curves end at this multiple of the base price


@cache
def table(name: str) -> tuple[Row, ...]:
    """Rows of data/energy/<name>.csv. DataMissing where the file is absent or has no rows."""
    path = files("landbridge") / "data" / "energy" / f"{name}.csv"
    try:
        with path.open(encoding="utf-8") as handle:
            found = tuple(csv.DictReader(handle))
    except FileNotFoundError as error:
        raise DataMissing(f"data/energy/{name}.csv is not in the package: reinstall landbridge") from error
    if not found:
        raise DataMissing(f"data/energy/{name}.csv is empty or cut: rebuild it with `python -m tools.energy`")
    return found


def parameter(name: str, fuel: str) -> float:
    """A number of parameters.csv; DataMissing where there is none."""
    for row in table("parameters"):
        if row["name"] == name and row["fuel"] == fuel:
            return float(row["value"])
    raise DataMissing(f"data/energy/parameters.csv has no {name!r} for {fuel}: rebuild it")


@dataclass(frozen=True, slots=True)
class Elasticities:
    """How supply and demand answer around the base point; all from parameters.csv."""

    supply: float
    demand: float  # positive number
    choke: float  # price units
    friction: float  # price units for doubling an observed trade
    floor: float  # quantity a year: trades smaller than this count as this large

    @staticmethod
    def of(fuel: str, horizon: Horizon) -> Elasticities:
        """The shipped values for a horizon."""
        return Elasticities(
            parameter(f"supply_elasticity_{horizon}", fuel),
            parameter(f"demand_elasticity_{horizon}", fuel),
            parameter("choke_price", fuel),
            parameter(f"friction_{horizon}", fuel),
            parameter("trade_floor", fuel),
        )


def load_market(fuel: Fuel, *, year: int = 2023, horizon: Horizon = "short") -> Market:
    """The calibrated market of a fuel: crude in Mt and USD/bbl, gas in bcm and USD/MMBtu.

    `horizon="long"` uses long-run elasticities (projects that open years ahead), around the same base point.
    """
    if fuel not in UNITS:
        raise BadInput(f"no energy market {fuel!r}", remedy=f"allowed: {', '.join(UNITS)}")
    numbers = Elasticities.of(fuel, horizon)
    nodes = _nodes(fuel)
    anchors = {r["node"]: r for r in table("anchors") if r["fuel"] == fuel and r["year"] == str(year)}
    if not anchors:
        raise DataMissing(f"no calibrated {fuel} market for {year}: 2022 and 2023 ship, others need tools.energy")
    made = np.array([float(anchors[n]["production"]) for n in nodes.id])
    used = np.array([float(anchors[n]["consumption"]) for n in nodes.id])
    price = np.array([float(anchors[n]["price"] or "nan") for n in nodes.id])
    reference = {
        r["link"]: float(r["flow"]) for r in table("reference") if r["fuel"] == fuel and r["year"] == str(year)
    }
    terms = {r["name"]: r for r in table("terms") if r["fuel"] == fuel and r["year"] == str(year)}
    supply = with_spare(fuel, nodes, supply_curves(nodes, made, price, numbers))
    return assemble(fuel, year, nodes, supply,
                    demand_curves(used, price, numbers), numbers, terms, reference)  # fmt: skip


def assemble(
    fuel: str, year: int, nodes: Nodes, supply: Supply, demand: Demand, numbers: Elasticities,
    terms: Mapping[str, Row], reference: Mapping[str, float],
) -> Market:  # fmt: skip
    """A market from its curves and the shipped arcs; `terms` and `reference` are empty before calibration."""
    quantity_unit, price_unit, usd = UNITS[fuel]
    arcs = _arcs(fuel, year, nodes, reference)
    use = np.zeros(len(nodes.id))
    np.add.at(use, demand.node, demand.reference)
    observed = _observed(fuel, year, nodes, arcs, terms, numbers, use)
    grouped = np.isin(np.arange(len(arcs.link)), observed.member_arc)
    by_ship = np.isin(np.array(arcs.mode), ("sea", "lng"))
    arcs.slope[:] = np.where(grouped | ~by_ship, 1e-4, numbers.friction / numbers.floor)
    benchmarks = {r["benchmark"]: r["node"] for r in table("benchmarks") if r["fuel"] == fuel}
    tracked = {"crude": ("IRN", "KAZ", "RUS"), "gas": ("RUS",)}[fuel]
    size = "capacity_2022" if year == 2022 else "capacity"
    terminals = {r["node"]: float(r[size]) for r in table("terminals") if r["fuel"] == fuel}
    return Market(fuel, year, quantity_unit, price_unit, usd, nodes, supply, demand, arcs, observed, tracked, {},
                  benchmarks, terminals=terminals)  # fmt: skip


def _nodes(fuel: str) -> Nodes:
    mine = [r for r in table("nodes") if r["fuel"] == fuel]
    return Nodes(
        tuple(r["id"] for r in mine),
        tuple(r["name"] for r in mine),
        tuple(r["iso3"] for r in mine),
        tuple(_members(r) for r in mine),
        np.array([float(r["lon"]) for r in mine]),
        np.array([float(r["lat"]) for r in mine]),
    )


def _members(row: Row) -> tuple[tuple[str, float], ...]:
    if not row["members"]:
        # who passes through a junction is not its importer: bans look at where a node's members use the fuel
        return () if row["region"] == "transit" else ((row["iso3"], 1.0),)
    pairs = [part.split(":") for part in row["members"].split("|")]
    total = sum(float(share) for _, share in pairs)
    return tuple((iso, float(share) / total) for iso, share in pairs)


def supply_curves(nodes: Nodes, made: Floats, price: Floats, numbers: Elasticities) -> Supply:
    """Two steps a node: the base, then the elastic part through (production, price), ending at three times the price.

    Elastic step: dq/dp p/q = elasticity at the base point, from half the price up. Base: from a tenth of the price.
    """
    here = np.flatnonzero(made > 0)
    q, p = made[here], np.maximum(price[here], 0.1)
    base = q * (1.0 - 0.5 * numbers.supply)
    elastic = q * numbers.supply * (CHOKE_MULTIPLE - 0.5)
    country = [nodes.iso3[n] for n in here]
    return Supply(
        node=np.concatenate([here, here]).astype(np.int64),
        origin=tuple(country + country),
        size=np.concatenate([base, elastic]),
        low=np.concatenate([0.1 * p, 0.5 * p]),
        high=np.concatenate([0.5 * p, CHOKE_MULTIPLE * p]),
    )


def with_spare(fuel: str, nodes: Nodes, supply: Supply) -> Supply:
    """The curves and, as steps of their own, the capacity that stands idle at base prices (spare.csv)."""
    rows = [r for r in table("spare") if r["fuel"] == fuel]
    where = np.array([nodes.index(r["node"]) for r in rows], dtype=np.int64)
    size, low, high = (np.array([float(r[k]) for r in rows]) for k in ("size", "low", "high"))
    return Supply(
        np.concatenate([supply.node, where]),
        supply.origin + tuple(nodes.iso3[n] for n in where),
        np.concatenate([supply.size, size]),
        np.concatenate([supply.low, low]),
        np.concatenate([supply.high, high]),
    )


def demand_curves(used: Floats, price: Floats, numbers: Elasticities) -> Demand:
    """Linear demand through (consumption, price) with the elasticity there."""
    here = np.flatnonzero(used > 0)
    d, p = used[here], np.maximum(price[here], 0.1)
    return Demand(
        node=here.astype(np.int64),
        intercept=p * (1.0 + 1.0 / numbers.demand),
        slope=p / (numbers.demand * d),
        choke=np.full(len(here), numbers.choke),
        reference=d,
    )


def _arcs(fuel: str, year: int, nodes: Nodes, reference: Mapping[str, float]) -> Arcs:
    place = {n: k for k, n in enumerate(nodes.id)}
    pipes = [r for r in table("pipes") if r["fuel"] == fuel]
    ships = [r for r in table("sea") if r["fuel"] == fuel]
    length = np.array([float(r["length_nm"]) for r in ships])
    freight = tanker_cost_usd_bbl(length) if fuel == "crude" else lng_cost_usd_mmbtu(length) + REGASIFICATION_USD_MMBTU
    if fuel == "crude":
        freight = freight + SUEZ_USD_BBL * np.array(["suez" in r["passages"].split("|") for r in ships])
    capacity = [float(r["capacity_2022" if year == 2022 else "capacity"]) for r in pipes]
    shipping = "sea" if fuel == "crude" else "lng"
    links = tuple(r["link"] for r in pipes) + tuple(r["link"] for r in ships)
    blank = ("",) * len(pipes)
    return Arcs(
        tail=np.array([place[r["from"]] for r in [*pipes, *ships]], dtype=np.int64),
        head=np.array([place[r["to"]] for r in [*pipes, *ships]], dtype=np.int64),
        mode=tuple(r["mode"] for r in pipes) + (shipping,) * len(ships),
        link=links,
        cost=np.concatenate([[float(r["cost"]) for r in pipes], freight]),
        capacity=np.concatenate([capacity, np.full(len(ships), np.inf)]),
        least=np.concatenate([[float(r["least"]) for r in pipes], np.zeros(len(ships))]),
        loss=np.concatenate([[float(r["loss"]) for r in pipes], np.zeros(len(ships))]),
        slope=np.zeros(len(links)),
        load_place=blank + tuple(r["load_place"] for r in ships),
        discharge_place=blank + tuple(r["discharge_place"] for r in ships),
        length_nm=np.concatenate([np.full(len(pipes), np.nan), length]),
        passages=((),) * len(pipes) + tuple(tuple(p for p in r["passages"].split("|") if p) for r in ships),
        reference=np.array([reference.get(name, 0.0) for name in links]),
    )


def _observed(
    fuel: str, year: int, nodes: Nodes, arcs: Arcs, terms: Mapping[str, Row], numbers: Elasticities, use: Floats
) -> Observed:
    mine = [r for r in table("flows") if r["fuel"] == fuel and r["year"] == str(year)]
    place = {n: k for k, n in enumerate(nodes.id)}
    size = use
    if fuel == "gas":  # cargoes part by the size of terminals; pipes lead where they lead
        size = np.zeros(len(nodes.id))
        for r in table("terminals"):
            size[place[r["node"]]] = float(r["capacity_2022" if year == 2022 else "capacity"])
    mine += [part for r in mine if fuel == "crude" or r["modes"] == "lng" for part in _split(r, place, size)]
    shut = {link for link, factor in closed_links(fuel, year).items() if factor == 0.0}
    sold = ~np.isin(np.array(arcs.link), sorted(shut))  # what carried nothing has no part in the terms of the year
    groups, members = [], []
    for g, row in enumerate(mine):
        heads = np.array([place[n] for n in row["to_nodes"].split("|")])
        tails = None if row["from_nodes"] == "*" else np.array([place[n] for n in row["from_nodes"].split("|")])
        chosen = sold & np.isin(arcs.head, heads) & ~np.isin(arcs.tail, heads)
        if tails is not None:
            chosen &= np.isin(arcs.tail, tails)
        if row["modes"]:
            chosen &= np.isin(np.array(arcs.mode), row["modes"].split("|"))
        found = np.flatnonzero(chosen)
        groups.append(np.full(len(found), g, dtype=np.int64))
        members.append(found.astype(np.int64))
    for row in table("borders"):
        if row["fuel"] == fuel and row["year"] == str(year):
            found = np.flatnonzero(np.isin(np.array(arcs.link), row["links"].split("|")))
            groups.append(np.full(len(found), len(mine), dtype=np.int64))
            members.append(found.astype(np.int64))
            mine.append({**row, "origin": ""})
    for row, lines in [(r, m) for r, m in zip(mine, members) if fuel == "gas" and r.get("modes") == "pipe"]:
        parts = _by_line(row, arcs, lines)
        mine += parts
        groups += [np.array([len(groups) + k], dtype=np.int64) for k in range(len(parts))]
        members += [np.array([a], dtype=np.int64) for a in lines[: len(parts)]]
    flow = np.array([float(r["flow"]) for r in mine])
    centre = np.array([float(terms[r["name"]]["centre"]) if r["name"] in terms else f for r, f in zip(mine, flow)])
    return Observed(
        name=tuple(r["name"] for r in mine),
        origin=tuple(r["origin"] for r in mine),
        kind=tuple(r["kind"] for r in mine),
        flow=np.where(np.array([r["kind"] == SPLIT for r in mine]), np.nan, flow),
        term=np.array([float(terms[r["name"]]["term"]) if r["name"] in terms else 0.0 for r in mine]),
        slope=np.array(
            [
                (LINE_FRICTION if "links" in r else numbers.friction)
                / max(float(terms[r["name"]]["scale"]) if r["name"] in terms else f, numbers.floor)
                for r, f in zip(mine, flow)
            ]
        ),
        centre=centre,
        member_group=np.concatenate(groups),
        member_arc=np.concatenate(members),
        source=tuple(r["source"] for r in mine),
    )


def _by_line(row: Row, arcs: Arcs, lines: NDArray[np.int64]) -> list[Row]:
    """A trade that leaves one node by several lines, by line: shares by capacity; two that cost the same share it."""
    size = arcs.capacity[lines]
    if "|" in row["from_nodes"] or len(lines) < 2 or not np.isfinite(size).all():
        return []
    shares = float(row["flow"]) * size / size.sum()
    return [
        {**row, "name": f"{row['name']}/{arcs.link[a]}", "links": arcs.link[a], "flow": str(f), "kind": SPLIT}
        for a, f in zip(lines, shares)
    ]


def _split(row: Row, place: Mapping[str, int], size: Floats) -> list[Row]:
    """An observed trade by node of arrival: shares by size [N], from which leaving costs the same friction.

    Without it a trade with several buyers is free to go all to the nearest one.
    """
    heads = row["to_nodes"].split("|")
    share = np.array([size[place[n]] for n in heads])
    if len(heads) == 1 or not share.sum() > 0:
        return []
    flows = float(row["flow"]) * share / share.sum()
    return [
        {**row, "name": f"{row['name']}/{n}", "to_nodes": n, "flow": str(f), "kind": SPLIT}
        for n, f in zip(heads, flows)
        if size[place[n]] > 0
    ]


@cache
def restrictions(fuel: Fuel, year: int = 2023) -> frozenset[tuple[str, str, str]]:
    """What was forbidden in the base year, (origin, destination, mode): the calibration's input, not the rule book."""
    return frozenset(
        (r["origin"], r["destination"], r["mode"])
        for r in table("restrictions")
        if r["fuel"] == fuel and r["year"] == str(year)
    )


@cache
def closed_links(fuel: Fuel, year: int = 2023) -> Mapping[str, float]:
    """Capacity factors of the base year: link -> share of its nameplate; an input of the calibration."""
    return {r["link"]: float(r["factor"]) for r in table("closures") if r["fuel"] == fuel and r["year"] == str(year)}


@cache
def shunning(fuel: Fuel, year: int = 2023) -> Mapping[tuple[str, str], float]:
    """What buyers asked for taking Russian crude before a law said so: (origin, destination) -> price units.

    A transfer to whoever dared (`tariffs` of `solve`), fitted to the price of Urals in 2022; from 2023 on the law and
    the mood cannot be told apart, and the cap stands for both.
    """
    if fuel != "crude" or year != 2022:
        return {}
    members = {iso for row in table("nodes") if row["fuel"] == fuel for iso, _ in _members(row)}
    return {("RUS", iso): parameter("shunning_2022", fuel) for iso in sorted(members - {"RUS"})}


@cache
def price_caps(fuel: Fuel, year: int = 2023) -> tuple[PriceCap, ...]:
    """The price cap in force in the base year, with the assumed fleets: European and Pacific ports apart.

    Pacific voyages are short and sold above the cap: they need few coalition services, or none.
    """
    if fuel != "crude" or year < 2023:
        return ()
    coalition = frozenset(
        r["destination"] for r in table("restrictions") if r["fuel"] == "crude" and r["mode"] == "cap"
    )
    price, dear, cheap = (parameter(n, fuel) for n in ("price_cap", "shadow_freight", "western_cost"))
    nodes = _nodes(fuel)
    mine = {n for n, iso in zip(nodes.id, nodes.iso3) if iso == "RUS"}
    sides = (("shadow_capacity", mine - PACIFIC), ("shadow_capacity_pacific", mine & PACIFIC))
    return tuple(
        PriceCap("RUS", price, coalition, parameter(name, fuel), 0.0, cheap, ports=frozenset(at), shadow_freight=dear)
        for name, at in sides
    )
