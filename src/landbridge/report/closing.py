"""What closing places costs: rerouted and unserved goods, new bottlenecks, and who bears it."""

from __future__ import annotations

from typing import Final

from landbridge.report import words
from landbridge.report.frames import frame, rows
from landbridge.report.markup import Html, badge, section, table
from landbridge.results import Result

_FOLD: Final = 14  # rows shown before the rest is folded
_MODELLED: Final = "modelled"


def closing(result: Result) -> Html:
    """Places closed one by one, at unchanged trade: exposure beside rerouting, bottlenecks, cost by economy."""
    parts = (_places(result), _recovery(result), _bottlenecks(result), _countries(result))
    return section("closing", "Closing places, at unchanged trade", *(p for p in parts if p))


def rents(result: Result) -> Html:
    """Places that are full once trade has answered, and what room there is worth."""
    body = [
        (
            r["name"] or r["place"],
            r["leaving"],
            f"{r['shut']} shut" if r["shut"] else "",
            r["per"],
            *(
                words.number(r[c])
                for c in ("capacity", "base_load", "load", "base_rent_usd", "rent_usd", "earned_musd")
            ),
            badge(_MODELLED),
        )
        for r in rows(frame(result, "rents"))
    ]
    head = ("Place", "Direction", "While", "Per", "Capacity", "Load before", "Load", "Rent before, USD", "Rent, USD",
            "Rents a year, million USD", "Basis")  # fmt: skip
    caption = "Places that are full in one direction, and what their room is worth, once trade has answered"
    return section("rents", "Bottlenecks", table(head, body, caption=caption, right=tuple(range(4, 10)), fold=_FOLD))


def _places(result: Result) -> Html:
    body = [
        (
            r["name"] or r["place"],
            r["kind"],
            *(words.number(r[f"{part}_t"] / 1e6) for part in ("exposed", "rerouted", "unserved")),
            *(words.number(r[f"{part}_teu"] / 1e6) for part in ("exposed", "rerouted", "unserved")),
            words.number(r["loss_busd"]),
            words.number(r["rents_busd"]),
            r["worst"],
            badge(_MODELLED),
        )
        for r in rows(frame(result, "closing"))
    ]
    goods = tuple(f"{part}, {unit}" for unit in ("Mt", "million TEU") for part in ("Exposed", "Rerouted", "Unserved"))
    head = ("Place", "Kind", *goods, "Loss, billion USD", "of it rents", "Most by", "Basis")
    caption = "What a static count calls at risk, beside what still arrives, a year"
    return table(head, body, caption=caption, right=tuple(range(2, 10)), fold=_FOLD)


def _recovery(result: Result) -> Html:
    body = [
        (
            r["good"].replace("_", " "),
            words.number(r["exposed_t_day"] / 1e3),
            words.number(r["detour_days"]),
            words.number(r["waiting_t"] / 1e3),
            *(words.number(r[c]) for c in ("passed_days", "normal_days", "stock_days")),
            words.number(r["short_t"] / 1e3),
            words.number(r["recovered_day"]),
            r["worst"],
            badge(_MODELLED),
        )
        for r in rows(frame(result, "recovery"))
    ]
    head = (
        "Goods", "Pass, thousand t a day", "Detour, days", "Wait at the opening, thousand t", "Have passed after, days",
        "Nothing waits after, days", "Stock, days", "Short beyond stocks, thousand t", "Stocks back on day",
        "Short of most", "Basis",
    )  # fmt: skip
    caption = "How it recovers: who waits, how long stocks last, when all is back"
    return table(head, body, caption=caption, right=tuple(range(1, 9)), fold=_FOLD)


def _bottlenecks(result: Result) -> Html:
    body = [
        (
            r["name"] or r["place"],
            r["leaving"],
            r["per"],
            words.number(r["capacity"]),
            *(words.number(r[c]) for c in ("base_load", "load", "base_rent_usd", "rent_usd")),
            badge(_MODELLED),
        )
        for r in rows(frame(result, "bottlenecks"))
    ]
    head = ("Place", "Direction", "Per", "Capacity", "Load before", "Load", "Rent before, USD", "Rent, USD", "Basis")
    return table(
        head, body, caption="Places that are full, and what room there is worth", right=(3, 4, 5, 6, 7), fold=_FOLD
    )


def _countries(result: Result) -> Html:
    body = [
        (
            r["name"],
            words.number(r["exports_busd"]),
            words.number(r["imports_busd"]),
            words.percent(r["percent"]),
            badge(_MODELLED),
        )
        for r in rows(frame(result, "closing_countries"))
    ]
    head = ("Economy", "On its exports, billion USD", "On its imports, billion USD", "Half of both, of GDP", "Basis")
    return table(head, body, caption="Who ships dearer, a year", right=(1, 2, 3), fold=_FOLD)
