"""Who gains and who loses from energy: the change of surplus in both fuels by economy, which real income takes in.

A fuel's equilibrium maximises users' surplus + producers' surplus + rents - costs (Samuelson 1952; Takayama and Judge
1964). Here that sum is split by economy. What a rent's owner is, the model does not know; the split is stated:
users' surplus falls to where the fuel is used, producers' to where it is made (a node of several producers by their
output in the trade baseline), a link's capacity rent half to each end (where it starts at a junction or port, to those
whose fuel passes: a country of transit earns its tariff, not the rent), the surplus of imperfect substitution among
sellers and a price cap's wedge to the buyers. Who can buy from one seller alone by pipe (Belarus from Russia) has a
contract with it: half of a change of that price passes to the buyer, as two who have only each other share a gain
(Nash 1950). The rent of the shadow fleet and of rationed passages has no known
owner: it stays out, and `unallocated_usd` says how much it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from landbridge import energy, tables
from landbridge.engine.energy import FuelAnswer
from landbridge.trade import Baseline

Floats = NDArray[np.float64]
REST: Final = "ROW"
_ALONE: Final = 0.95  # share of a node's use from which its seller counts as the only one
ANY: Final = "*"  # the class of fuel whose origin is not tracked


@dataclass(frozen=True, slots=True)
class Surplus:
    """Surplus of one fuel, or its change, USD a year: by economy [n], and what falls to no known owner."""

    users_usd: Floats
    producers_usd: Floats
    rents_usd: Floats
    unallocated_usd: float

    @property
    def total_usd(self) -> Floats:
        """All of it by economy, [n]."""
        return self.users_usd + self.producers_usd + self.rents_usd

    def minus(self, other: Surplus) -> Surplus:
        """The change from `other` to this."""
        return Surplus(
            self.users_usd - other.users_usd,
            self.producers_usd - other.producers_usd,
            self.rents_usd - other.rents_usd,
            self.unallocated_usd - other.unallocated_usd,
        )


def change(before: Mapping[str, FuelAnswer], after: Mapping[str, FuelAnswer], base: Baseline) -> dict[str, Surplus]:
    """Fuel -> change of surplus, all regimes of a year by their weight.

    What a shock changes in the worth of a fuel to its users, or in what it costs to make, is no gain and no loss of
    theirs: there the change is that of the price alone, on the mean of the quantities before and after.
    """
    out = {}
    for fuel in after:
        plain = _year(after[fuel], base).minus(_year(before[fuel], base))
        part = _by_price(plain, before[fuel].year, after[fuel].year, base)
        out[fuel] = replace(part, rents_usd=part.rents_usd + _by_contract(before[fuel].year, after[fuel].year, base))
    return out


def _by_price(plain: Surplus, old: energy.EnergyResult, new: energy.EnergyResult, base: Baseline) -> Surplus:
    """The change of surplus with users whose demand was shocked, and a market whose level was, told by price alone."""
    usd = new.market.usd_per_unit
    dearer = np.nan_to_num(new.price - old.price) * usd
    if old.market.level != new.market.level:
        users = -dearer * 0.5 * (old.consumption + new.consumption) @ _users(new.market, base)
        makers = dearer * 0.5 * (old.production + new.production) @ _makers(new.market, base)
        # capped barrels fetch no more: what their buyers pay more has no known owner
        return Surplus(users, makers, np.zeros_like(users), -float(users.sum() + makers.sum()))
    shocked = np.zeros(len(new.price), dtype=bool)
    for name in ("intercept", "slope"):
        moved = getattr(old.market.demand, name) != getattr(new.market.demand, name)
        shocked[new.market.demand.node[moved]] = True
    if not shocked.any():
        return plain
    told = -dearer * 0.5 * (old.consumption + new.consumption)
    wrong = new.consumer_surplus_usd - old.consumer_surplus_usd
    extra = np.where(shocked, told - wrong, 0.0) @ _users(new.market, base)
    return replace(plain, users_usd=plain.users_usd + extra)


def _by_contract(old: energy.EnergyResult, new: energy.EnergyResult, base: Baseline) -> Floats:
    """[n] USD a year, summing to nought: half of the change of price of captive buyers, back to their sellers."""
    out = np.zeros(len(base.iso3))
    for node, seller in _captive(old):
        moved = new.price[node] - old.price[node]
        volume = 0.5 * (old.consumption[node] + new.consumption[node])
        half = 0.5 * float(np.nan_to_num(moved * volume)) * old.market.usd_per_unit
        out[_position(base, old.market.nodes.iso3[node])] += half
        out[_position(base, seller)] -= half
    return out


def _captive(result: energy.EnergyResult) -> list[tuple[int, str]]:
    """Nodes that make next to nothing themselves and whose fuel comes by pipe from one tracked foreign origin."""
    market, arcs = result.market, result.market.arcs
    ship = np.isin(np.array(arcs.mode), ("sea", "lng"))
    by_sea = np.zeros(len(market.nodes.id), dtype=bool)
    by_sea[arcs.head[ship & (arcs.capacity > 0)]] = True
    found = []
    for k, origin in enumerate(result.classes):
        whole = (result.consumption > 0) & (result.consumption_by_origin[k] >= _ALONE * result.consumption)
        for node in np.flatnonzero(whole & ~by_sea) if origin != ANY else ():
            if market.nodes.iso3[node] != origin and len(market.nodes.members[node]) == 1:
                found.append((int(node), origin))
    return found


def ends(
    before: Mapping[str, FuelAnswer], after: Mapping[str, FuelAnswer], base: Baseline
) -> tuple[dict[str, Surplus], ...]:
    """`change` with sluggish and with lively supply and demand on both sides; empty where either has no range."""
    sides = min((len(f.ends) for f in (*before.values(), *after.values())), default=0)
    return tuple(
        change({f: before[f].ends[k] for f in after}, {f: after[f].ends[k] for f in after}, base) for k in range(sides)
    )


def _year(found: FuelAnswer, base: Baseline) -> Surplus:
    parts = [(regime.weight, surplus(result, base)) for regime, result in found.regimes]
    return Surplus(
        np.asarray(sum(w * s.users_usd for w, s in parts)),
        np.asarray(sum(w * s.producers_usd for w, s in parts)),
        np.asarray(sum(w * s.rents_usd for w, s in parts)),
        sum(w * s.unallocated_usd for w, s in parts),
    )


def surplus(result: energy.EnergyResult, base: Baseline) -> Surplus:
    """The surplus of one equilibrium by economy of the trade baseline."""
    market = result.market
    use, make = _users(market, base), _makers(market, base)
    ends = market.arcs.tail, market.arcs.head
    link = 0.5 * result.arc_rent * result.flow * market.usd_per_unit
    buyers = _substitution_usd(result)
    for cap in result.caps:
        buyers += cap.cap_rent_usd * _share_by_sea(result, cap.origin)
    margin, conduct = _margins_usd(result, base)
    rents = link @ _sellers(result, make, base) + (link + buyers) @ use[ends[1]] + margin
    users = result.consumer_surplus_usd @ use
    producers = result.supply_rent_usd @ make
    # tariffs and the wedge of a cap are costs in the objective and income to somebody
    everything = (
        result.objective_usd + result.tariff_revenue_usd + sum(cap.cap_rent_usd for cap in result.caps) + conduct
    )
    known = float(users.sum() + producers.sum() + rents.sum())
    return Surplus(users, producers, rents, everything - known)


def _margins_usd(result: energy.EnergyResult, base: Baseline) -> tuple[Floats, float]:
    """Margins by seller [n] of those that know their price, and what the objective takes off for their conduct.

    A seller's price exceeds its marginal cost by theta b (q - q0), q0 its sales of the base year; the objective holds
    theta b (q^2 / 2 - q0 q), which is nobody's surplus.
    """
    market, out, taken = result.market, np.zeros(len(base.iso3)), 0.0
    for origin, theta in market.conjecture.items():
        sold = result.consumption_by_origin[result.classes.index(origin)]
        usual = market.base_sales.get(origin, np.zeros(len(sold)))
        slope = theta * energy.merged_slope(market) * market.usd_per_unit
        out[_position(base, origin)] += float(slope @ ((sold - usual) * sold))
        taken += float(slope @ (0.5 * sold**2 - usual * sold))
    return out, taken


def _sellers(result: energy.EnergyResult, make: Floats, base: Baseline) -> Floats:
    """[A, n] who sells at the start of a link: its producers; at a junction or port the origins of what passes."""
    market, arcs = result.market, result.market.arcs
    out = make[arcs.tail]
    passing = np.flatnonzero([not market.nodes.members[n] for n in arcs.tail])
    whole = result.flow[passing]
    for k, origin in enumerate(result.classes):
        if origin != ANY:
            part = result.flow_by_origin[k, passing]
            share = np.divide(part, whole, out=np.zeros(len(passing)), where=whole > 0)
            out[passing] -= share[:, None] * make[arcs.tail[passing]]
            out[passing, _position(base, origin)] += share
    return out


def _substitution_usd(result: energy.EnergyResult) -> Floats:
    """[A] rent below the rising cost of a trade's size: half of slope x flow squared, of arcs and observed trades."""
    market, arcs, seen = result.market, result.market.arcs, result.market.observed
    out = 0.5 * arcs.slope * (result.flow_by_origin**2).sum(axis=0)
    total = np.array([row.model for row in result.fit])
    group = 0.5 * seen.slope * total**2
    share = result.flow[seen.member_arc]
    whole = np.bincount(seen.member_group, weights=share, minlength=len(total))
    part = np.divide(share, whole[seen.member_group], out=np.zeros(len(share)), where=whole[seen.member_group] > 0)
    np.add.at(out, seen.member_arc, part * group[seen.member_group])
    return np.asarray(out * market.usd_per_unit)


def _share_by_sea(result: energy.EnergyResult, origin: str) -> Floats:
    """[A] shares of an origin's flow that leaves it by sea."""
    arcs, iso3 = result.market.arcs, np.array(result.market.nodes.iso3)
    leaving = (np.array(arcs.mode) == "sea") & (iso3[arcs.tail] == origin) & (iso3[arcs.head] != origin)
    flow = result.flow_by_origin[result.classes.index(origin)] * leaving
    return np.asarray(flow / flow.sum()) if flow.sum() > 0 else flow


def _users(market: energy.Market, base: Baseline) -> Floats:
    """[N, n] shares of a node's use by economy; members outside the baseline count as the rest of the world."""
    out = np.zeros((len(market.nodes.id), len(base.iso3)))
    for row, members in enumerate(market.nodes.members):
        for iso3, share in members or ((market.nodes.iso3[row], 1.0),):
            out[row, _position(base, iso3)] += share
    return np.asarray(out / out.sum(axis=1, keepdims=True))


def _makers(market: energy.Market, base: Baseline) -> Floats:
    """[N, n] shares of a node's production by economy: by output of the fuel where several make it."""
    output = base.flow_usd[base.sectors.index(market.fuel)].sum(axis=1)
    table = tables.shipped("energy/producers", "energy_producers")
    several = {row["node"]: row["iso3"].split() for row in table.to_dict("records") if row["fuel"] == market.fuel}
    out = np.zeros((len(market.nodes.id), len(base.iso3)))
    for row, node in enumerate(market.nodes.id):
        made_by = [_position(base, iso3) for iso3 in several.get(node, [market.nodes.iso3[row]])]
        weight = output[made_by]
        out[row, made_by] = weight / weight.sum() if weight.sum() > 0 else 1.0 / len(made_by)
    return out


def _position(base: Baseline, iso3: str) -> int:
    return base.iso3.index(iso3 if iso3 in base.iso3 else REST)
