"""The sections of the page below the map: routes, energy, trade and income, what is blocked."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from landbridge.codes import name_of
from landbridge.report import words
from landbridge.report.charts import Bar, bars
from landbridge.report.frames import frame, rows
from landbridge.report.markup import Html, badge, cited, element, section, table
from landbridge.report.sankey import sankey
from landbridge.report.summary import extremes
from landbridge.report.words import Sides
from landbridge.results import Result

_BARS: Final = 12  # each way
_FOLD: Final = 12  # rows shown before the rest is folded
_FUELS: Final = (("crude", "Crude oil"), ("gas", "Natural gas"))


def before_after(base: float, value: float, unit: str = "") -> str:
    """'14.2 days, was 16.1 (-12 %)', with plain words for what has no way or did not change."""
    if math.isnan(base) or words.number(base) == words.number(value):
        return words.with_unit(value, unit)
    moved = words.change(base, value)
    size = f" ({words.percent(moved)})" if math.isfinite(moved) else ""
    return f"{words.with_unit(value, unit)}, was {words.number(base)}{size}"


def routes(result: Result, sides: Sides) -> Html:
    """Distance, time and cost of the routes with the scenario and without it."""
    body = []
    for r in rows(frame(result, "routes")):
        days = before_after(r["base_h"] / 24, r["h"] / 24, "days")
        body.append(
            (
                f"{r['origin']} to {r['destination']}",
                r["mode"],
                before_after(r["base_km"], r["km"], "km"),
                days,
                before_after(r["base_usd_teu"], r["usd_teu"], "USD/TEU"),
                _via(r),
            )
        )
    head = ("Route", "By", "Distance", "Time", "Cost", "Through")
    shown = table(
        head, body, caption=f"Routes {sides.after}; what they were {sides.before}, where that differs", fold=_FOLD
    )
    return section("routes", "Routes before and after", shown)


def _via(row: Mapping[str, Any]) -> str:
    if not row["base_via"] or row["base_via"] == row["via"]:
        return str(row["via"])
    return f"{row['via'] or words.NO_WAY} (was: {row['base_via']})"


def energy(result: Result, sides: Sides) -> Html:
    """Flows, prices and balances of crude oil and gas."""
    flows, prices, balances = (frame(result, f"energy_{t}") for t in ("flows", "prices", "balances"))
    parts: list[object] = []
    for fuel, name in _FUELS:
        part = flows[flows["fuel"] == fuel]
        unit = str(part["unit"].iloc[0]) if len(part) else ""
        inner = [
            sankey(between_areas(part), label=f"{name} over borders, {unit}: {sides.after}", unit=unit),
            _flow_table(part, name, sides),
            _price_bars(prices[prices["fuel"] == fuel], name),
            _price_table(prices[prices["fuel"] == fuel], name, sides),
            _balance_table(balances[balances["fuel"] == fuel], name, sides),
        ]
        if any(inner):
            parts += [element("h3", name), *inner]
    return section("energy", "Energy", *parts)


def between_areas(flows: pd.DataFrame) -> pd.DataFrame:
    """Origin, destination, value of what crosses between countries or regions; transit counts at each border."""
    origin = flows["origin_area"].where(flows["origin_area"] != "", flows["origin"])
    destination = flows["destination_area"].where(flows["destination_area"] != "", flows["destination"])
    table = pd.DataFrame({"origin": origin, "destination": destination, "value": flows["value"]})
    return table[table["origin"] != table["destination"]]


def _flow_table(flows: pd.DataFrame, name: str, sides: Sides) -> Html:
    most = np.maximum(flows["value"].fillna(0).to_numpy(float), flows["base"].fillna(0).to_numpy(float))
    order = np.argsort(-most, kind="stable")
    body = [
        (
            r["origin"],
            r["destination"],
            " ".join(w for w in (r["mode"], r["link"]) if w),
            words.number(r["base"]),
            words.number(r["value"]),
            _move(r["base"], r["value"]),
            r["unit"],
            badge(r["basis"]),
        )
        for r in rows(flows.iloc[order])
    ]
    head = ("From", "To", "How", *sides.heads, "Change", "Unit", "Basis of base")
    return table(head, body, caption=f"{name}: flows", right=(3, 4, 5), fold=_FOLD)


def _move(base: float, value: float) -> str:
    """The change in the flow's own unit: percent of a small base says little."""
    if math.isnan(base) or math.isnan(value):
        return words.UNKNOWN
    moved = value - base
    if abs(moved) <= 5e-4 * max(abs(base), abs(value)):
        return "none"
    return words.number(moved, sign=True)


def _price_bars(prices: pd.DataFrame, name: str) -> Html:
    up, down = extremes(prices, each=8)
    moved = pd.concat([up, down[::-1]])
    chosen = [Bar(r["name"], r["percent"], shown=words.percent(r["percent"]), kind="plain") for r in rows(moved)]
    return bars(chosen, label=f"{name}: change of price, largest moves", unit="%")


def _price_table(prices: pd.DataFrame, name: str, sides: Sides) -> Html:
    body = [
        (r["name"], words.number(r["base"]), words.number(r["value"]), words.percent(r["percent"]), r["unit"])
        for r in rows(prices)
    ]
    head = ("Where", *sides.heads, "Change", "Unit")
    return table(head, body, caption=f"{name}: marginal prices", right=(1, 2, 3), fold=_FOLD)


def _balance_table(balances: pd.DataFrame, name: str, sides: Sides) -> Html:
    body = [
        (r["name"], *(before_after(r[f"{w}_base"], r[w]) for w in ("production", "consumption", "imports", "exports")))
        for r in rows(balances)
    ]
    unit = str(balances["unit"].iloc[0]) if len(balances) else ""
    head = ("Where", "Production", "Consumption", "Imports", "Exports")
    return table(head, body, caption=f"{name}: balances, {unit}: {sides.after}", right=(1, 2, 3, 4), fold=_FOLD)


def trade(result: Result, sides: Sides) -> Html:
    """Who gains and loses real income, and which trade moves most."""
    income, pairs = frame(result, "real_income"), frame(result, "trade_pairs")
    up, down = extremes(income, each=_BARS)
    moved = pd.concat([up, down[::-1]])
    chosen = [Bar(r["name"], r["percent"], r["low"], r["high"], _income_text(r)) for r in rows(moved)]
    label = "Real income: economies that gain and lose most, with range where one was computed"
    return section(
        "trade",
        "Trade and real income",
        bars(chosen, label=label, unit="% of real income") or _unmoved(income),
        _income_table(income),
        _pair_table(pairs, sides),
    )


def _unmoved(income: pd.DataFrame) -> Html:
    if not len(income):
        return Html("")
    return element("p", f"Real income moves by less than a thousandth of a percent in all {len(income)} economies.")


def _income_text(row: Mapping[str, Any]) -> str:
    bounds = words.span(row["low"], row["high"], digits=2, sign=True)
    return words.percent(row["percent"]) + (f" ({bounds})" if bounds else "")


def _income_table(income: pd.DataFrame) -> Html:
    ordered = income.sort_values("percent", ascending=False, kind="stable", na_position="last")
    body = [
        (
            r["name"],
            r["iso3"],
            words.percent(r["percent"]),
            words.span(r["low"], r["high"], digits=2, sign=True),
            words.with_unit(r["gdp_busd"], "", 3),
            badge(r["basis"]),
        )
        for r in rows(ordered)
    ]
    head = ("Economy", "Code", "Real income", "Range, %", "GDP, billion USD", "Basis")
    return table(head, body, caption="Real income by economy, change against the base", right=(2, 3, 4), fold=_FOLD)


def _pair_table(pairs: pd.DataFrame, sides: Sides) -> Html:
    moved = (pairs["value_busd"] - pairs["base_busd"]).abs().fillna(0).to_numpy(float)
    body = [
        (
            f"{name_of(r['exporter'])} to {name_of(r['importer'])}",
            words.number(r["base_busd"]),
            words.number(r["value_busd"]),
            words.number(r["value_busd"] - r["base_busd"], sign=True),
            words.percent(r["percent"]),
            badge(r["basis"]),
        )
        for r in rows(pairs.iloc[np.argsort(-moved, kind="stable")])
    ]
    head = ("Trade", *sides.heads, "Change", "Change, %", "Basis of base")
    return table(head, body, caption="Trade, billion USD a year, largest changes first", right=(1, 2, 3, 4), fold=_FOLD)


def blocked(result: Result, sides: Sides) -> Html:
    """What no rule-abiding path is left for, the rule that says so, and the rule's source."""
    when = {"base": f"only {sides.before}", "scenario": f"only {sides.after}", "both": "in both"}
    body = [
        (
            r["what"],
            " to ".join(name_of(x) for x in (r["origin"], r["destination"]) if x) or "all",
            r["good"] or "all goods",
            r["mode"] or "all modes",
            element("span", r["title"], title=r["rule"]),
            when.get(r["when"], r["when"]),
            cited(r["source"]),
        )
        for r in rows(frame(result, "blocked"))
    ]
    head = ("What", "Between", "Good", "By", "Rule", "When", "Source of the rule")
    caption = "Blocked, by which rule, on what authority"
    return section("blocked", "What is blocked, and by which rule", table(head, body, caption=caption, fold=_FOLD))


def projects(result: Result) -> Html:
    """The projects that the scenario builds or opens."""
    body = [
        (
            r["name"],
            r["kind"],
            ", ".join(name_of(c) for c in r["countries"].split()),
            r["status"],
            words.number(r["length_km"]),
            words.number(r["cost_usd"]),
            r["opens"],
            badge(r["basis"]),
            cited(r["source"]),
        )
        for r in rows(frame(result, "projects"))
    ]
    head = ("Project", "Kind", "Countries", "Status", "Length, km", "Cost, USD", "Opens", "Basis", "Source")
    shown = table(head, body, caption="Projects of the scenario", right=(4, 5), fold=_FOLD)
    return section("projects", "Projects", shown)


def closures(result: Result) -> Html:
    """What is closed, how far and for how long."""
    body = [
        (r["name"] or r["where"], f"{words.number(100 * r['share'])} %", words.number(r["days"]))
        for r in rows(frame(result, "closures"))
    ]
    head = ("Where", "Share of capacity closed", "Days of the year")
    return section("closures", "Closures", table(head, body, caption="Closures", right=(1, 2)))
