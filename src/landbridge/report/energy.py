"""The energy section: who supplies whom, flows, prices and balances of crude oil and gas."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from landbridge.report import words
from landbridge.report.charts import Bar, bars
from landbridge.report.energy_money import money, outlook
from landbridge.report.frames import frame, moved_first, rows
from landbridge.report.markup import Html, badge, element, section, table
from landbridge.report.sankey import sankey
from landbridge.report.summary import extremes
from landbridge.report.words import Sides
from landbridge.results import Result

_FOLD: Final = 12  # rows shown before the rest is folded
_PRICES: Final = 8  # bars each way
_FUELS: Final = (("crude", "Crude oil"), ("gas", "Natural gas"))
_COLUMNS: Final = ("production", "consumption", "imports", "exports")


def energy(result: Result, sides: Sides) -> Html:
    """Flows, prices and balances of crude oil and gas, the fuel that moves more first."""
    flows, prices, balances, gains = (frame(result, f"energy_{t}") for t in ("flows", "prices", "balances", "gains"))
    parts: list[object] = []
    for fuel, name in sorted(_FUELS, key=lambda f: -_moved_share(flows[flows["fuel"] == f[0]])):
        part = flows[flows["fuel"] == fuel]
        unit = str(part["unit"].iloc[0]) if len(part) else ""
        inner = [
            sankey(between_areas(part), label=f"{name} over borders, {unit}: {sides.after}", unit=unit),
            _flow_table(part, name, sides),
            _price_bars(prices[prices["fuel"] == fuel], name),
            _price_table(prices[prices["fuel"] == fuel], name, sides),
            _balance_table(balances[balances["fuel"] == fuel], name, sides),
            _gains_table(gains[gains["fuel"] == fuel], name),
            *money(result, fuel, name, sides),
        ]
        if any(inner):
            parts += [element("h3", name), *inner]
    return section("energy", "Energy", *parts, *outlook(result))


def between_areas(flows: pd.DataFrame) -> pd.DataFrame:
    """Origin, destination, value of what crosses between countries or regions; transit counts at each border."""
    origin = flows["origin_area"].where(flows["origin_area"] != "", flows["origin"])
    destination = flows["destination_area"].where(flows["destination_area"] != "", flows["destination"])
    table = pd.DataFrame({"origin": origin, "destination": destination, "value": flows["value"]})
    # liquefaction happens at one place: it is no trade
    return table[(table["origin"] != table["destination"]) & (flows["mode"] != "plant")]


def _moved_share(flows: pd.DataFrame) -> float:
    base, value = flows["base"].fillna(0.0), flows["value"].fillna(0.0)
    total = float(base.sum())
    return round(float((value - base).abs().sum()) / total, 4) if total > 0 else 0.0


def _flow_table(flows: pd.DataFrame, name: str, sides: Sides) -> Html:
    body = [
        (
            r["origin"],
            r["destination"],
            " ".join(w for w in (r["mode"], r["link"]) if w and ">" not in w),  # a>b: an id that says From and To again
            *words.both(r["base"], r["value"]),
            _move(r["base"], r["value"]),
            r["unit"],
            badge(r["basis"]),
        )
        for r in rows(flows.iloc[moved_first(flows["base"], flows["value"])])
    ]
    head = ("From", "To", "How", *sides.heads, "Change", "Unit", "Basis")
    caption = f"{name}: flows, the largest changes and flows first"
    return table(head, body, caption=caption, right=(3, 4, 5), fold=_FOLD)


def _move(base: float, value: float) -> str:
    """The change in the flow's own unit: percent of a small base says little."""
    if math.isnan(base) or math.isnan(value):
        return words.UNKNOWN
    moved = value - base
    if abs(moved) <= 5e-4 * max(abs(base), abs(value)):
        return "none"
    return words.number(moved, sign=True)


def _price_bars(prices: pd.DataFrame, name: str) -> Html:
    up, down = extremes(prices, each=_PRICES)
    moved = pd.concat([up, down[::-1]])
    chosen = [Bar(r["name"], r["percent"], shown=words.percent(r["percent"]), kind="plain") for r in rows(moved)]
    return bars(chosen, label=f"{name}: change of price, largest moves", unit="%")


def _price_table(prices: pd.DataFrame, name: str, sides: Sides) -> Html:
    size = prices["percent"].abs().fillna(0.0).to_numpy(float)
    order: NDArray[np.intp] = np.argsort(-np.where(size < 5e-4, 0.0, size), kind="stable")
    body = [
        (r["name"], words.number(r["base"]), words.number(r["value"]), words.percent(r["percent"]), r["unit"])
        for r in rows(prices.iloc[order])
    ]
    head = ("Where", *sides.heads, "Change", "Unit")
    return table(
        head,
        body,
        caption=f"{name}: marginal prices, largest moves first",
        basis="modelled",
        right=(1, 2, 3),
        fold=_FOLD,
    )


def _balance_table(balances: pd.DataFrame, name: str, sides: Sides) -> Html:
    order = moved_first(balances["imports_base"] + balances["exports_base"], balances["imports"] + balances["exports"])
    body = [
        (r["name"], *(words.before_after(r[f"{w}_base"], r[w]) for w in _COLUMNS)) for r in rows(balances.iloc[order])
    ]
    unit = str(balances["unit"].iloc[0]) if len(balances) else ""
    head = ("Where", "Production", "Consumption", "Imports", "Exports")
    return table(
        head, body, caption=f"{name}: balances, {unit}: {sides.after}", basis="modelled", right=(1, 2, 3, 4), fold=_FOLD
    )


def _gains_table(gains: pd.DataFrame, name: str) -> Html:
    """Who gains and who loses, billion USD a year; the total enters real income."""
    columns = ("users_busd", "producers_busd", "rents_busd", "total_busd")
    body = [(r["name"], *(words.billions(r[c]) for c in columns), badge(r["basis"])) for r in rows(gains)]
    head = ("Economy", "Users", "Producers", "Rents", "Together", "Basis")
    caption = f"{name}: who gains and who loses, billion USD a year"
    return table(head, body, caption=caption, right=(1, 2, 3, 4), fold=_FOLD)
