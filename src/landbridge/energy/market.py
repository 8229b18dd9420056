"""One fuel's market for one year as arrays: nodes, supply steps, linear demand, arcs, observed flows."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from landbridge.codes import nearest, nearest_hint
from landbridge.errors import BadInput, Fault, UnknownName

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
MODES: Final = ("pipe", "sea", "lng", "rail", "plant")  # plant: liquefaction or regasification inside a country


@dataclass(frozen=True, slots=True)
class Nodes:
    """Places that balance, [N]. `members[n]` = ((iso3, share of the node's demand), ...), one entry for a country."""

    id: tuple[str, ...]
    name: tuple[str, ...]
    iso3: tuple[str, ...]
    members: tuple[tuple[tuple[str, float], ...], ...]
    lon: Floats
    lat: Floats

    def index(self, name: str) -> int:
        """Position of a node; UnknownName with the nearest ids otherwise."""
        try:
            return self.id.index(name)
        except ValueError:
            near = ", ".join(nearest(name, self.id)) or ", ".join(self.id[:6])
            raise UnknownName(f"no energy node {name!r}", remedy=f"nearest: {near}") from None

    def share_in(self, group: frozenset[str] | set[str]) -> Floats:
        """[N] share of each node's demand that lies in a group of countries."""
        return np.array([sum(w for iso, w in m if iso in group) for m in self.members])


@dataclass(frozen=True, slots=True)
class Supply:
    """Supply steps, [S]: `size` units offered at a marginal cost rising from `low` to `high`."""

    node: Ints
    origin: tuple[str, ...]  # ISO3 of who produces
    size: Floats  # quantity a year
    low: Floats  # price units
    high: Floats


@dataclass(frozen=True, slots=True)
class Demand:
    """Linear inverse demand price = intercept - slope x quantity, [D]; above `choke` demand goes unserved, said so."""

    node: Ints
    intercept: Floats
    slope: Floats
    choke: Floats  # price at which buyers go without
    reference: Floats  # quantity of the base year, for reporting


@dataclass(frozen=True, slots=True)
class Arcs:
    """Ways from node to node, [A]. Several arcs may join the same pair (routes by Suez and by the Cape)."""

    tail: Ints
    head: Ints
    mode: tuple[str, ...]
    link: tuple[str, ...]  # stable id that rules and scenarios name
    cost: Floats  # price units
    capacity: Floats  # quantity a year entering the arc, inf where unknown or unlimited
    least: Floats  # contract minimum (take or pay), quantity a year
    loss: Floats  # share of what enters that does not arrive
    slope: Floats  # rise of the unit cost per unit carried
    load_place: tuple[str, ...]
    discharge_place: tuple[str, ...]
    length_nm: Floats  # NaN where not by sea
    passages: tuple[tuple[str, ...], ...]
    reference: Floats  # flow of the calibrated base year, NaN before calibration


@dataclass(frozen=True, slots=True)
class Observed:
    """Observed flows, [G], each over a set of arcs, with its calibration term.

    `term` is added to the unit cost of the group; `slope` x (flow - `centre`) too: what a buyer or seller asks for
    leaving the trade of the base year. Members are pairs (group, arc); `origin` restricts to one origin ("" all,
    "!RUS" all but that).
    """

    name: tuple[str, ...]
    origin: tuple[str, ...]
    kind: tuple[str, ...]  # fitted, predicted (held out), input, split (a prior by node of arrival)
    flow: Floats  # observed quantity a year, NaN where none is known
    term: Floats  # price units, fitted, bounded
    slope: Floats  # price units per unit of quantity
    centre: Floats
    member_group: Ints
    member_arc: Ints
    source: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Market:
    """Everything `solve` needs. Prices in `price_unit`, quantities in `quantity_unit` a year."""

    fuel: str
    year: int
    quantity_unit: str
    price_unit: str
    usd_per_unit: float  # US dollars in one price unit x one quantity unit
    nodes: Nodes
    supply: Supply
    demand: Demand
    arcs: Arcs
    observed: Observed
    tracked: tuple[str, ...] = ()  # origins whose molecules keep their name: ISO3
    conjecture: Mapping[str, float] = field(default_factory=dict)  # tracked origin -> theta: 0 price taker, 1 Cournot
    price_nodes: Mapping[str, str] = field(default_factory=dict)  # benchmark name -> node id
    level: float = 1.0  # general level of price against the calibrated year (`scale_price`)
    # origin -> [N] sales at which a strategic seller's margin is what the calibration's terms already hold: its
    # conduct changes how it answers, not the base year. Nothing for an origin: its whole margin is its conduct's.
    base_sales: Mapping[str, Floats] = field(default_factory=dict)
    terminals: Mapping[str, float] = field(default_factory=dict)  # node -> LNG it can land, quantity a year

    def links(self, passage: str) -> tuple[str, ...]:
        """Link ids of the arcs that use a passage by default."""
        return tuple(dict.fromkeys(n for n, p in zip(self.arcs.link, self.arcs.passages) if passage in p))

    def add_pipe(
        self,
        tail: str,
        head: str,
        *,
        link: str,
        capacity: float,
        cost: float,
        loss: float = 0.0,
        least: float = 0.0,
        mode: str = "pipe",
    ) -> Market:
        """The market with one more arc. UnknownName, BadInput where it cannot be."""
        i, j = self.nodes.index(tail), self.nodes.index(head)
        faults = []
        if not capacity >= 0:
            faults.append(Fault(f"capacity {capacity:g}", link, "give zero or more"))
        if not (np.isfinite(cost) and 0 <= loss < 1 and 0 <= least <= max(capacity, 0)):
            faults.append(Fault("cost, loss or least", link, "finite cost, 0 <= loss < 1, least <= capacity"))
        if link in self.arcs.link:
            faults.append(Fault(f"link {link!r} exists already", remedy="scale its capacity instead"))
        if faults:
            raise BadInput(faults)
        new: dict[str, object] = {
            "tail": i, "head": j, "mode": mode, "link": link, "cost": cost, "capacity": capacity, "least": least,
            "loss": loss, "slope": 0.0, "load_place": "", "discharge_place": "", "length_nm": np.nan,
            "passages": (), "reference": 0.0,
        }  # fmt: skip
        columns: dict[str, Any] = {
            f.name: _append(getattr(self.arcs, f.name), new[f.name]) for f in dataclasses.fields(Arcs)
        }
        return dataclasses.replace(self, arcs=Arcs(**columns))

    def scale_links(self, factor: Mapping[str, float]) -> Market:
        """The market with capacities multiplied, by link id; 0 closes a link of unlimited capacity too."""
        factors = self.by_link(factor, 1.0)
        capacity = np.where(factors == 0.0, 0.0, self.arcs.capacity * np.where(factors == 0.0, 1.0, factors))
        least = np.minimum(self.arcs.least, capacity)
        return dataclasses.replace(self, arcs=dataclasses.replace(self.arcs, capacity=capacity, least=least))

    def by_link(self, values: Mapping[str, float], default: float) -> Floats:
        """[A] values given by link id; UnknownName lists the links that do not exist."""
        known = set(self.arcs.link)
        faults = [
            Fault(f"no {self.fuel} link {name!r}", remedy=nearest_hint(name, known))
            for name in values
            if name not in known
        ]
        if faults:
            raise UnknownName(faults)
        return np.array([values.get(name, default) for name in self.arcs.link], dtype=np.float64)

    def scale_supply(self, factor: Mapping[str, float]) -> Market:
        """Every supply step of an origin (ISO3) multiplied in size."""
        factors = np.array([factor.get(o, 1.0) for o in self.supply.origin])
        self._require(factor, set(self.supply.origin), "producer")
        return dataclasses.replace(self, supply=dataclasses.replace(self.supply, size=self.supply.size * factors))

    def scale_demand(self, factor: Mapping[str, float]) -> Market:
        """Demand at every price multiplied for the countries named; a region moves by its members' shares."""
        members = {iso for m in self.nodes.members for iso, _ in m}
        self._require(factor, members, "consumer")
        share = np.array([sum(w * factor.get(iso, 1.0) for iso, w in m) for m in self.nodes.members])
        scale = share[self.demand.node]
        if (scale <= 0).any():
            raise BadInput("a demand factor is zero or less", remedy="use a small positive factor such as 0.01")
        return dataclasses.replace(self, demand=dataclasses.replace(self.demand, slope=self.demand.slope / scale))

    def scale_price(self, factor: float) -> Market:
        """The general level of price: all curves and terms of the calibration are dearer or cheaper in one measure."""
        if not factor > 0:
            raise BadInput(f"a price level of {factor:g}", remedy="give a positive factor, 1 for no change")
        supply = dataclasses.replace(self.supply, low=self.supply.low * factor, high=self.supply.high * factor)
        demand = dataclasses.replace(
            self.demand, intercept=self.demand.intercept * factor, slope=self.demand.slope * factor
        )
        observed = dataclasses.replace(self.observed, term=self.observed.term * factor)
        return dataclasses.replace(self, supply=supply, demand=demand, observed=observed, level=self.level * factor)

    def with_conduct(self, theta: Mapping[str, float]) -> Market:
        """Sellers that know their price: origin -> theta, 0 a price taker, 1 Cournot, anything between."""
        self._require(theta, set(self.supply.origin), "producer")
        tracked = tuple(sorted({*self.tracked, *theta}))
        return dataclasses.replace(self, tracked=tracked, conjecture={**self.conjecture, **theta})

    def _require(self, factor: Mapping[str, float], known: set[str], role: str) -> None:
        faults = [Fault(f"{n!r} is no {role} of {self.fuel} here") for n in factor if n not in known]
        faults += [Fault(f"{n}: factor {v:g} is negative") for n, v in factor.items() if not v >= 0]
        if faults:
            raise BadInput(faults, remedy=f"known: {', '.join(sorted(known))}")


def _append(column: object, value: object) -> object:
    if isinstance(column, tuple):
        return (*column, value)
    return np.append(np.asarray(column), np.asarray(value).astype(np.asarray(column).dtype))


def no_observations() -> Observed:
    """An empty table of observed flows, for markets that are not calibrated."""
    none, whole = np.zeros(0), np.zeros(0, dtype=np.int64)
    return Observed((), (), (), none, none, none, none, whole, whole, ())


def check(market: Market) -> None:
    """Every fault at once: negative capacities, unknown nodes, crossed steps, demand that nothing can reach."""
    nodes, arcs, supply, demand = market.nodes, market.arcs, market.supply, market.demand
    count = len(nodes.id)
    faults: list[Fault] = []
    joined = (arcs.tail >= 0) & (arcs.tail < count) & (arcs.head >= 0) & (arcs.head < count)
    known = np.isin(np.array(arcs.mode), MODES)
    sound = joined & (arcs.capacity >= 0) & np.isfinite(arcs.cost) & (arcs.loss >= 0) & (arcs.loss < 1) & known
    for k in np.flatnonzero(~sound):
        faults += _arc_faults(arcs, int(k), bool(joined[k]))
    for s, node in enumerate(supply.node):
        if not (supply.size[s] >= 0 and supply.high[s] >= supply.low[s]):
            faults.append(Fault("a supply step is negative or falls in price", nodes.id[node]))
    for d, node in enumerate(demand.node):
        if not (demand.intercept[d] > 0 and demand.slope[d] >= 0):
            faults.append(Fault("demand has no positive intercept or a rising curve", nodes.id[node]))
    for name, size in market.terminals.items():
        if name not in nodes.id or not size >= 0:
            faults.append(Fault(f"terminals of {size:g}", name, "give a node of the market and zero or more"))
    if not faults:
        faults += [
            Fault("no supply can reach this demand", nodes.id[n], "add production or an open arc")
            # with a choke price the demand goes unserved instead, and the result says so
            for n in unreached(market)
            if np.isinf(market.demand.choke[market.demand.node == n]).all()
        ]
    if faults:
        raise BadInput(faults)


def _arc_faults(arcs: Arcs, k: int, joined: bool) -> list[Fault]:
    link, faults = arcs.link[k], []
    if not joined:
        faults.append(Fault("the arc joins a node that does not exist", link))
    if not arcs.capacity[k] >= 0:
        faults.append(Fault(f"capacity {arcs.capacity[k]:g}", link, "give zero, a positive number or inf"))
    if not np.isfinite(arcs.cost[k]):
        faults.append(Fault(f"cost {arcs.cost[k]:g}", link, "give a finite number; capacity 0 closes an arc"))
    if not 0 <= arcs.loss[k] < 1:
        faults.append(Fault(f"loss {arcs.loss[k]:g}", link, "give a share between 0 and 1"))
    if arcs.mode[k] not in MODES:
        faults.append(Fault(f"mode {arcs.mode[k]!r}", link, f"allowed: {', '.join(MODES)}"))
    return faults


def unreached(market: Market) -> Sequence[int]:
    """Nodes with demand that no open arc joins to a supply."""
    reach = np.zeros(len(market.nodes.id), dtype=bool)
    reach[market.supply.node[market.supply.size > 0]] = True
    open_arc = market.arcs.capacity > 0
    tail, head = market.arcs.tail[open_arc], market.arcs.head[open_arc]
    for _ in range(len(reach)):
        new = head[reach[tail] & ~reach[head]]
        if not new.size:
            break
        reach[new] = True
    return [int(n) for n in market.demand.node if not reach[n]]
