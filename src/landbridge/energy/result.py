"""What one equilibrium says: flows, prices, rents, surplus, calibration misses, certificate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from landbridge.energy.bounds import REST
from landbridge.energy.market import Market
from landbridge.errors import UnknownName
from landbridge.solvers import Kkt

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class FitRow:
    """One observed flow beside the model's: `kind` is fitted, predicted or input; `term` the calibration cost."""

    name: str
    kind: str
    observed: float
    model: float
    term: float
    source: str

    @property
    def miss(self) -> float:
        """Model over observed, less one; NaN where nothing was observed."""
        return self.model / self.observed - 1.0 if self.observed > 0 else float("nan")


@dataclass(frozen=True, slots=True)
class CapOutcome:
    """One price cap at the solution: wedges and rents. `wedge` by port (node id), price units; NaN where unserved."""

    origin: str
    price: float
    wedge: Mapping[str, float]
    fob: Mapping[str, float]
    coalition_flow: float
    shadow_flow: float
    cap_rent_usd: float  # wedge x coalition flow: who gets it is an assumption, buyers by default
    shadow_rent_usd: float  # dual of the shadow fleet x its flow


@dataclass(frozen=True, slots=True)
class EnergyResult:
    """An equilibrium. Shapes: arcs [A], nodes [N], classes [K] (`classes[-1]` = "*", all untracked origins)."""

    market: Market
    classes: tuple[str, ...]
    flow: Floats  # [A] quantity entering the arc
    flow_by_origin: Floats  # [K, A]
    production: Floats  # [N]
    consumption: Floats  # [N]
    consumption_by_origin: Floats  # [K, N]
    unserved: Floats  # [N] demand at the choke price that nothing serves
    price: Floats  # [N] price units; NaN where nothing passes
    price_by_origin: Floats  # [K, N] what one more unit of that origin is worth there; NaN where it cannot be
    supply_rent_usd: Floats  # [N] producers' surplus
    consumer_surplus_usd: Floats  # [N]
    arc_rent: Floats  # [A] price units: dual of the capacity; below nought where a contract's least flow forces it
    tariff_revenue_usd: float  # belongs to welfare: objective + this is total surplus
    day_rates_usd: Mapping[
        str, float
    ]  # class of ship -> USD a day beyond ordinary hire; empty where ships are no limit
    caps: tuple[CapOutcome, ...]
    fit: tuple[FitRow, ...]
    objective_usd: float
    kkt: Kkt
    cap_residual: float  # complementarity of the caps, price units; 0 without caps
    solves: int
    seconds: float

    def price_at(self, node: str) -> float:
        """Price at a node, price units."""
        return float(self.price[self.market.nodes.index(node)])

    def link_flow(self, link: str, origin: str = "") -> float:
        """Flow over a link (all arcs of that id), of one origin or of all."""
        here = self.market.by_link({link: 1.0}, 0.0) > 0
        values = self.flow if not origin else self.flow_by_origin[self._class(origin)]
        return float(values[here].sum())

    def deliveries(self, origin: str, destination: str = "") -> float:
        """Quantity of an origin's production used in a country (ISO3; "" = everywhere but at home).

        Regions of several countries count by their members' shares. An origin that is not tracked (`classes`) has no
        deliveries of its own: UnknownName.
        """
        if origin not in self.classes:
            raise UnknownName(f"origin {origin!r} is not tracked", remedy=f"tracked: {', '.join(self.classes[:-1])}")
        used = self.consumption_by_origin[self.classes.index(origin)]
        if destination:
            return float(used @ self.market.nodes.share_in({destination}))
        return float(used @ (1.0 - self.market.nodes.share_in({origin})))

    def _class(self, origin: str) -> int:
        if origin in self.classes:
            return self.classes.index(origin)
        return self.classes.index(REST)

    def benchmarks(self) -> dict[str, float]:
        """Benchmark name -> price."""
        return {name: self.price_at(node) for name, node in self.market.price_nodes.items()}
