"""What sellers earn and buyers pay: netbacks by route, contracts as bounds and transfers beside the marginal price."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from landbridge.energy.data import Fuel, table
from landbridge.energy.market import Market
from landbridge.energy.result import EnergyResult
from landbridge.errors import BadInput, Fault, UnknownName


@dataclass(frozen=True, slots=True)
class Netback:
    """One way out of a country: what a unit is worth where it arrives, and what is left at the door it leaves by.

    netback = price where it arrives - cost of the way; `rent` = dual of the way's capacity, part of the netback;
    `term` = what the calibration had to add to explain the flow (a margin, a grade, a preference), part of it too.
    """

    link: str
    mode: str
    flow: float
    price: float  # where it arrives
    cost: float
    netback: float  # where it leaves
    fob: float  # what the seller gets there: the netback less rent, term, and the services and wedge of a price cap
    rent: float
    term: float


def netbacks(result: EnergyResult, origin: str, *, least: float = 0.05) -> tuple[Netback, ...]:
    """The ways by which an origin's fuel leaves its territory, largest first; flows below `least` are left out.

    Prices are those of the origin's own molecules where the ban or cap sets them apart.
    """
    market, arcs = result.market, result.market.arcs
    if origin not in result.classes:
        raise UnknownName(f"origin {origin!r} is not tracked", remedy=f"tracked: {', '.join(result.classes[:-1])}")
    k = result.classes.index(origin)
    iso = np.array(market.nodes.iso3)
    out = []
    for a in np.flatnonzero((iso[arcs.tail] == origin) & (iso[arcs.head] != origin)):
        flow = float(result.flow_by_origin[k, a])
        if flow < least:
            continue
        price = float(result.price_by_origin[k, arcs.head[a]])
        cost, rent = float(arcs.cost[a]), float(result.arc_rent[a])
        netback = price * (1.0 - float(arcs.loss[a])) - cost
        fob = float(result.price_by_origin[k, arcs.tail[a]])
        term = _term(result, int(a), origin)
        out.append(Netback(arcs.link[a], arcs.mode[a], flow, price, cost, netback, fob, rent, term))
    return tuple(sorted(out, key=lambda n: -n.flow))


def _term(result: EnergyResult, arc: int, origin: str) -> float:
    """Marginal calibration and friction cost of an arc's observed trades at the solution."""
    seen = result.market.observed
    total = float(result.market.arcs.slope[arc] * result.flow_by_origin[result.classes.index(origin), arc])
    for g in seen.member_group[seen.member_arc == arc]:
        wanted = seen.origin[g]
        if wanted in ("", origin) or (wanted.startswith("!") and wanted[1:] != origin):
            total += float(seen.term[g] + seen.slope[g] * (result.fit[g].model - seen.centre[g]))
    return total


@dataclass(frozen=True, slots=True)
class Contract:
    """A long-term contract on a link: quantity a year, take-or-pay share, price paid (a transfer)."""

    link: str
    seller: str
    buyer: str
    volume: float
    take_or_pay: float
    price: float
    formula: str
    source: str


@dataclass(frozen=True, slots=True)
class Transfer:
    """A contract at a solution: what the gas was worth at the margin, what was paid, and who gained by the gap."""

    contract: Contract
    flow: float
    marginal_price: float  # where it arrives, before the buyer's own pipelines
    to_buyer_usd: float  # (marginal - contract price) x flow: positive where the buyer pays less than it is worth


def contracts(fuel: Fuel, year: int = 2023) -> tuple[Contract, ...]:
    """The shipped contracts of a year."""
    return tuple(
        Contract(r["link"], r["seller"], r["buyer"], float(r["volume"]), float(r["take_or_pay"] or 0.0),
                 float(r["price"]), r["formula"], r["source"])
        for r in table("contracts")
        if r["fuel"] == fuel and r["year"] == str(year)
    )  # fmt: skip


def bind(market: Market, signed: tuple[Contract, ...]) -> Market:
    """The market with take-or-pay as least flows. BadInput where a contract exceeds its link."""
    least = market.arcs.least.copy()
    faults = []
    for contract in signed:
        here = market.by_link({contract.link: 1.0}, 0.0) > 0
        bound = contract.take_or_pay * contract.volume
        if (bound > market.arcs.capacity[here]).any():
            size = float(market.arcs.capacity[here].min())
            faults.append(Fault(f"take-or-pay of {bound:g} exceeds the capacity {size:g}", contract.link))
        least[here] = np.maximum(least[here], bound)
    if faults:
        raise BadInput(faults, remedy="lower the volume or the share, or raise the capacity")
    return replace(market, arcs=replace(market.arcs, least=least))


def transfers(result: EnergyResult, signed: tuple[Contract, ...]) -> tuple[Transfer, ...]:
    """Contract price beside the marginal price where the contract delivers."""
    market = result.market
    out = []
    for contract in signed:
        here = np.flatnonzero(market.by_link({contract.link: 1.0}, 0.0) > 0)
        flow = float(result.flow[here].sum())
        marginal = float(result.price[market.arcs.head[here[0]]])
        gain = (marginal - contract.price) * flow * market.usd_per_unit
        out.append(Transfer(contract, flow, marginal, gain))
    return tuple(out)
