"""World: the facts at a date, frozen. A scenario is a function from World to World; models get arrays cut from it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from landbridge.energy import Market
from landbridge.network import Network
from landbridge.rules import RuleSet
from landbridge.tables import BASES
from landbridge.trade import Baseline, pair_basis
from landbridge.units import DAYS_PER_YEAR


@dataclass(frozen=True, slots=True)
class Closure:
    """A place shut for `share` of its traffic during `days` of the year (None: all year). `season`: the months in
    which it is open ("July to November") where ice shuts it and no decision does."""

    where: str
    share: float = 1.0
    days: float | None = None
    season: str = ""

    @property
    def intensity(self) -> float:
        """Share of a year's traffic that meets the closure: the models are static and know years only."""
        return self.share * (1.0 if self.days is None else min(self.days / DAYS_PER_YEAR, 1.0))


@dataclass(frozen=True, slots=True)
class TariffChange:
    """Ad valorem rate (0.1 = 10 %) that importers set on goods of exporters (all others where empty), in the sectors
    named (all sectors of goods where empty)."""

    importers: tuple[str, ...]
    exporters: tuple[str, ...]
    rate: float
    inside: bool
    sectors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Agreement:
    """Members and the trade change among them, [i, j] by member (0.5 = +50 %); by depth it is what the agreement adds
    to those in force."""

    members: tuple[str, ...]
    trade_change: NDArray[np.float64]
    source: str


@dataclass(frozen=True, slots=True)
class Works:
    """A thing built by a scenario, for the report: what, where, what it costs and when it opens."""

    id: str
    name: str
    kind: str
    countries: tuple[str, ...]
    status: str
    length_km: float
    cost_usd: float
    opens: str
    basis: str
    source: str
    shape: str  # 'lon lat lon lat ...'


@dataclass(frozen=True, slots=True)
class World:
    """Everything a run needs. `productivity` multiplies an economy's productivity (1 where absent)."""

    name: str  # "2023-10"
    date: dt.date
    network: Network
    rules: RuleSet
    trade: Baseline
    crude: Market
    gas: Market
    projects: pd.DataFrame
    sources: Mapping[str, str]  # key -> citation
    inputs: Mapping[str, str]  # data file -> sha256
    closures: tuple[Closure, ...] = ()
    tariffs: tuple[TariffChange, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    productivity: Mapping[str, float] = field(default_factory=dict)
    works: tuple[Works, ...] = ()
    notes: tuple[str, ...] = ()
    energy_only: bool = False  # the other rooms have no data of this baseline's year

    def check(self) -> None:
        """Every fault of the world at once (BadInput), or silence."""
        from landbridge.world.load import check

        check(self)

    def __repr__(self) -> str:
        net = self.network
        cities = int(np.count_nonzero(net.population > 0))
        abroad = self.trade.flow_usd.sum(axis=0) * (1 - np.eye(len(self.trade.iso3)))
        observed = float(np.average(pair_basis(self.trade) == BASES.index("observed"), weights=abroad))
        assumed = float(np.mean(net.basis == BASES.index("assumed")))
        known = int(np.count_nonzero(np.isfinite(net.capacity_teu_yr) | np.isfinite(net.capacity_t_yr)))
        return (
            f"<World {self.name}: {cities} cities, {net.n_nodes} nodes, {net.n_arcs} arcs, {len(net.tags)} names; "
            f"{len(self.rules.rules)} rules, {len(self.rules.memberships)} memberships; "
            f"{len(self.trade.iso3)} economies ({observed:.0%} of trade by pair and value observed); "
            f"{len(self.crude.nodes.id)} crude and {len(self.gas.nodes.id)} gas nodes; "
            f"gaps: {assumed:.0%} of arcs on assumed hours or money, capacity known on {known} of {net.n_arcs} arcs>"
        )
