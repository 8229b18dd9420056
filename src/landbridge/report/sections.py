"""The sections of the page below the map: routes, projects, closures, trade and income, what is blocked."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

import pandas as pd

from landbridge.codes import name_of
from landbridge.report import frames, words
from landbridge.report.charts import Bar, bars
from landbridge.report.frames import frame, rows
from landbridge.report.markup import Html, badge, cited, element, section, table
from landbridge.report.summary import extremes
from landbridge.report.words import Sides
from landbridge.results import Result

_BARS: Final = 12  # each way
_FOLD: Final = 12  # rows shown before the rest is folded
_WHAT: Final = {"pair": "trade", "flow": "energy", "route": "route"}
_BORNE: Final = 5  # economies shown for each part
_BASE_AND_VALUE: Final = ("base_busd", "value_busd")
_NAMED: Final = 5  # origins and destinations named for a rule


def routes(result: Result, sides: Sides) -> Html:
    """Distance, time and cost of the routes with the scenario and without it."""
    body = []
    given = frame(result, "routes")
    for r in rows(given.iloc[frames.moved_first(given["base_h"], given["h"], sizes=False)]):
        days = words.before_after(r["base_h"] / 24, r["h"] / 24, "days")
        body.append(
            (
                ", ".join((f"{r['origin']} to {r['destination']}", *_special(r))),
                r["mode"].replace("+", ", "),
                words.before_after(r["base_km"], r["km"], "km"),
                days,
                words.before_after(r["base_usd_teu"], r["usd_teu"], "USD/TEU"),
                _via(r),
                _share(r["assumed_share"]),
                r.get("rules", ""),
            )
        )
    head = ("Route", "By", "Distance", "Time", "Cost", "Through", "Hours assumed", "Rules that changed it")
    shown = table(
        head,
        body,
        right=(6,),
        caption=f"Routes {sides.after}; what they were {sides.before}, where that differs",
        basis="estimated",
        fold=_FOLD,
    )
    return section("routes", "Routes before and after", shown)


def _share(share: float) -> str:
    return words.UNKNOWN if math.isnan(share) else f"{100 * share:.0f} %"


def _special(row: Mapping[str, Any]) -> tuple[str, ...]:
    """What is carried and by whom, where that is named."""
    good = row.get("good", "")
    return tuple(str(x) for x in ("" if good == "containers" else good, row.get("carrier", "")) if x)


def _via(row: Mapping[str, Any]) -> str:
    if not row["base_via"] or row["base_via"] == row["via"]:
        return str(row["via"])
    return f"{row['via'] or words.NO_WAY} (was: {row['base_via']})"


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
        _burden_table(frame(result, "burdens")),
        _income_table(income, next((f.note for f in result.figures if f.id == "trade.real-income.world"), "")),
        _pair_table(pairs, sides),
        _ways_table(frame(result, "reexports"), sides),
    )


def _burden_table(burdens: pd.DataFrame) -> Html:
    """Who bears what: the sum of each role, then its economies; nothing where no ban changes."""
    if not len(burdens):
        return Html("")
    body = [
        (
            r["role"],
            r["name"],
            words.billions(r["busd"]),
            words.percent(r["percent"]),
            words.percent_span(r["low"], r["high"]),
        )
        for role, group in burdens.groupby("role", sort=False)
        for r in rows(group.head(_BORNE + 1))
    ]
    head = ("Role", "Economy", "Billion USD a year", "Real income", "Range, %")
    return table(
        head, body, caption="Who bears what: by part in the bans that change", basis="modelled", right=(2, 3, 4)
    )


def _ways_table(ways: pd.DataFrame, sides: Sides) -> Html:
    """Listed goods by the third economies through which they go round bans; sums over origins."""
    if not len(ways):
        return Html("")
    both = ways["base_busd"] + ways["value_busd"]
    named = ways.assign(both=both, unloaded=both * ways["unloaded_percent"])
    sums = named.groupby(["via", "destination"], as_index=False)[[*_BASE_AND_VALUE, "both", "unloaded"]].sum()
    body = [
        (
            f"through {name_of(r['via'])} to {name_of(r['destination'])}",
            *(words.number(r[c]) for c in _BASE_AND_VALUE),
            words.number(r["unloaded"] / r["both"]) if r["unloaded"] else "",
        )
        for r in rows(sums.iloc[frames.moved_first(sums["base_busd"], sums["value_busd"])])
    ]
    caption = "Goods on the lists of bans that go round them, billion USD a year: a model's estimate, no customs record"
    head = ("Way", *sides.heads, "Unloaded before it arrives, %")
    return table(head, body, caption=caption, basis="modelled", right=(1, 2, 3), fold=_FOLD)


def _unmoved(income: pd.DataFrame) -> Html:
    if not len(income):
        return Html("")
    return element("p", f"Real income moves by less than a thousandth of a percent in all {len(income)} economies.")


def _income_text(row: Mapping[str, Any]) -> str:
    bounds = words.percent_span(row["low"], row["high"])
    return words.percent(row["percent"]) + (f" ({bounds})" if bounds else "")


def _income_table(income: pd.DataFrame, note: str) -> Html:
    ordered = income.sort_values("percent", ascending=False, kind="stable", na_position="last")
    body = [
        (
            r["name"],
            r["iso3"],
            words.percent(r["percent"]),
            words.percent_span(r["low"], r["high"]),
            words.percent(r["energy_percent"]),
            words.with_unit(r["gdp_busd"], "", 3),
            badge(r["basis"]),
        )
        for r in rows(ordered)
    ]
    head = ("Economy", "Code", "Real income", "Range, %", "From energy", "GDP, billion USD", "Basis")
    caption = "Real income by economy, change against the base" + (f": {note}" if note else "")
    return table(head, body, caption=caption, right=(2, 3, 4, 5), fold=_FOLD)


def _pair_table(pairs: pd.DataFrame, sides: Sides) -> Html:
    order = frames.moved_first(pairs["base_busd"], pairs["value_busd"])
    body = [
        (
            f"{name_of(r['exporter'])} to {name_of(r['importer'])}",
            words.number(r["base_busd"]),
            words.number(r["value_busd"]),
            words.billions(r["value_busd"] - r["base_busd"]),
            words.percent(r["percent"]),
            badge(r["basis"]),
        )
        for r in rows(pairs.iloc[order])
    ]
    head = ("Trade", *sides.heads, "Change", "Change, %", "Basis of base")
    return table(
        head,
        body,
        caption="Trade, billion USD a year, the largest changes and flows first",
        right=(1, 2, 3, 4),
        fold=_FOLD,
    )


def blocked(result: Result, sides: Sides) -> Html:
    """By rule: what it shuts, between whom, and the rule's source; what the scenario changes comes first."""
    given = frame(result, "blocked")
    when = {"scenario": f"only {sides.after}", "base": f"only {sides.before}", "both": "in both"}
    body: list[tuple[object, ...]] = []
    for side, said in when.items():
        part = given[given["when"] == side]
        for (_, what), group in part.groupby(["rule", "what"], sort=False):
            first = group.iloc[0]
            title = element("span", first["title"], title=first["rule"])
            goods, modes = (", ".join(dict.fromkeys(x for x in group[c] if x)) for c in ("good", "mode"))
            open_word = "as the rule says" if what == "pair" else "all"
            line = (_WHAT.get(str(what), what), goods or open_word, modes or open_word, _between(group))
            body.append((title, said, *line, cited(first["source"])))
    head = ("Rule", "When", "What", "Goods", "By", "Between", "Source of the rule")
    shown = table(head, body, caption="Blocked, by which rule, on what authority", fold=_FOLD)
    note = element("p", "Every single movement with its rule is in tables/blocked.csv.") if body else ""
    return section("blocked", "What is blocked, and by which rule", shown, note)


def _between(group: pd.DataFrame) -> str:
    """'Iran to Angola, Austria and 12 more; Cuba to United States'."""
    parts = []
    for origin, rows_of in group.groupby("origin", sort=False):
        targets = list(dict.fromkeys(name_of(d) for d in rows_of["destination"] if d))
        shown = ", ".join(targets[:_NAMED]) + (f" and {len(targets) - _NAMED} more" if len(targets) > _NAMED else "")
        parts.append(f"{name_of(str(origin))} to {shown}" if shown else name_of(str(origin)))
    more = f"; and {len(parts) - _NAMED} more origins" if len(parts) > _NAMED else ""
    return "; ".join(parts[:_NAMED]) + more


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
