"""Who earns what in energy: rents by kind, sellers' netbacks by way, contracts beside the marginal price."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from landbridge import energy
from landbridge.energy import EnergyResult

_LEAST_BUSD: Final = 0.01  # billion USD a year, before and after: smaller rents are not shown
_MOST_LINKS: Final = 25  # full ways shown, the largest rents first
PRICE_UNIT: Final = {"crude": "USD/bbl", "gas": "USD/MMBtu"}


def rents(fuel: str, old: EnergyResult, new: EnergyResult) -> list[Mapping[str, Any]]:
    """Rents in billion USD a year: of caps and their fleets, of full ways, of duties and shunning."""
    sides = [_rents(old), _rents(new)]
    rows: list[Mapping[str, Any]] = []
    for key in dict.fromkeys([*sides[1], *sides[0]]):
        base, value = (side.get(key, 0.0) for side in sides)
        if max(abs(base), abs(value)) >= _LEAST_BUSD:
            kind, name, whose = key
            rows.append({"fuel": fuel, "kind": kind, "name": name, "whose": whose, "base": base, "value": value,
                         "unit": "billion USD/yr"})  # fmt: skip
    links = sorted((r for r in rows if r["kind"] == "full way"), key=lambda r: -max(abs(r["base"]), abs(r["value"])))
    return [*(r for r in rows if r["kind"] != "full way"), *links[:_MOST_LINKS]]


_Key = tuple[str, str, str]


def _rents(result: EnergyResult) -> dict[_Key, float]:
    out: dict[_Key, float] = {}
    for cap in result.caps:
        place = f"{cap.origin}: {', '.join(sorted(cap.fob))}"
        out["price cap", place, "buyers (assumed)"] = cap.cap_rent_usd / 1e9
        out["shadow fleet", place, "owners of the fleet"] = cap.shadow_rent_usd / 1e9
    if result.tariff_revenue_usd:
        out["shunning and duties", "all", "whoever dared to buy, or the treasury"] = result.tariff_revenue_usd / 1e9
    usd = result.arc_rent * result.flow * result.market.usd_per_unit / 1e9
    for a in np.flatnonzero(np.abs(usd) >= _LEAST_BUSD):
        out["full way", result.market.arcs.link[a], "half to each end (assumed)"] = float(usd[a])
    return out


def netbacks(fuel: str, old: EnergyResult, new: EnergyResult, origin: str = "RUS") -> list[Mapping[str, Any]]:
    """What an origin earns on each way out of its territory, before and after."""
    sides = [{n.link: n for n in energy.netbacks(result, origin)} for result in (old, new)]
    nodes = {link: (a, b) for link, a, b in zip(new.market.arcs.link, new.market.arcs.tail, new.market.arcs.head)}
    rows: list[Mapping[str, Any]] = []
    for link in dict.fromkeys([*sides[1], *sides[0]]):
        was, now = sides[0].get(link), sides[1].get(link)
        shown = now or was
        assert shown is not None
        tail, head = nodes[link]
        rows.append(
            {
                "fuel": fuel,
                "origin": origin,
                "link": link,
                "from_node": new.market.nodes.name[tail],
                "to_node": new.market.nodes.name[head],
                "mode": shown.mode,
                "base_flow": was.flow if was else 0.0,
                "flow": now.flow if now else 0.0,
                "price": shown.price,
                "cost": shown.cost,
                "base_netback": was.netback if was else float("nan"),
                "netback": now.netback if now else float("nan"),
                "base_fob": was.fob if was else float("nan"),
                "fob": now.fob if now else float("nan"),
                "rent": shown.rent,
                "term": shown.term,
                "unit": PRICE_UNIT[fuel],
            }
        )
    return rows


def contracts(fuel: str, old: EnergyResult, new: EnergyResult) -> list[Mapping[str, Any]]:
    """Contracts of the calibrated year: worth at the margin, price paid, and who gains by the gap."""
    signed = energy.contracts("crude" if fuel == "crude" else "gas", new.market.year)
    rows: list[Mapping[str, Any]] = []
    for was, now in zip(energy.transfers(old, signed), energy.transfers(new, signed)):
        rows.append(
            {
                "fuel": fuel,
                "link": now.contract.link,
                "seller": now.contract.seller,
                "buyer": now.contract.buyer,
                "formula": now.contract.formula,
                "price": now.contract.price,
                "base_flow": was.flow,
                "flow": now.flow,
                "base_marginal": was.marginal_price,
                "marginal": now.marginal_price,
                "base_to_buyer": was.to_buyer_usd / 1e9,
                "to_buyer": now.to_buyer_usd / 1e9,
                "unit": PRICE_UNIT[fuel],
                "source": now.contract.source,
            }
        )
    return rows
