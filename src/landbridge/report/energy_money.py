"""Energy, the money: rents, sellers' netbacks, contracts beside the marginal price, and the outlook of later works."""

from __future__ import annotations

from typing import Final

import pandas as pd

from landbridge.report import words
from landbridge.report.frames import frame, rows
from landbridge.report.markup import Html, element, table
from landbridge.report.words import Sides
from landbridge.results import Result

_FOLD: Final = 10


def money(result: Result, fuel: str, name: str, sides: Sides) -> list[Html]:
    """Rents, netbacks and contracts of one fuel."""
    rents, netbacks, contracts = (
        part[part["fuel"] == fuel]
        for part in (frame(result, f"energy_{t}") for t in ("rents", "netbacks", "contracts"))
    )
    return [_rents(rents, name, sides), _netbacks(netbacks, name, sides), _contracts(contracts, name, sides)]


def _rents(rents: pd.DataFrame, name: str, sides: Sides) -> Html:
    body = [(r["kind"], r["name"], r["whose"], *words.both(r["base"], r["value"])) for r in rows(rents)]
    head = ("Rent", "Where", "Whose", *sides.heads)
    return table(head, body, caption=f"{name}: rents, billion USD a year", basis="modelled", right=(3, 4), fold=_FOLD)


def _netbacks(netbacks: pd.DataFrame, name: str, sides: Sides) -> Html:
    body = [
        (
            f"{r['from_node']} to {r['to_node']}",
            r["mode"],
            words.before_after(r["base_flow"], r["flow"]),
            words.number(r["price"]),
            words.number(r["cost"]),
            words.before_after(r["base_netback"], r["netback"]),
            words.before_after(r["base_fob"], r["fob"]),
            words.number(r["term"], sign=True),
        )
        for r in rows(netbacks)
    ]
    unit = str(netbacks["unit"].iloc[0]) if len(netbacks) else ""
    head = ("Way", "How", "Flow", "Price there", "Cost", "Netback", "Seller gets", "Term")
    caption = f"{name}: Russia's netbacks by way, {unit}: {sides.after}"
    return table(head, body, caption=caption, basis="modelled", right=(2, 3, 4, 5, 6, 7), fold=_FOLD)


def _contracts(contracts: pd.DataFrame, name: str, sides: Sides) -> Html:
    body = [
        (
            r["link"],
            f"{r['seller']} to {r['buyer']}",
            r["formula"],
            words.number(r["price"]),
            words.before_after(r["base_marginal"], r["marginal"]),
            words.before_after(r["base_to_buyer"], r["to_buyer"]),
        )
        for r in rows(contracts)
    ]
    unit = str(contracts["unit"].iloc[0]) if len(contracts) else ""
    head = (
        "Contract",
        "Between",
        "Formula",
        f"Price paid, {unit}",
        "Worth at the margin",
        "To the buyer, billion USD/yr",
    )
    caption = f"{name}: contracts beside the marginal price: {sides.after}"
    return table(head, body, caption=caption, basis="modelled", right=(3, 4, 5))


def outlook(result: Result) -> list[Html]:
    """Years to come with and without the works that open later, and what they hang on."""
    found = frame(result, "energy_outlook")
    if not len(found):
        return []
    central = found[found["case"] == "central"]
    years = sorted({int(y) for y in central["year"]})
    body = []
    for (quantity, name), part in central.groupby(["quantity", "name"], sort=False):
        by_year = {int(r["year"]): words.before_after(r["base"], r["value"]) for r in rows(part)}
        unit = str(part["unit"].iloc[0])
        body.append((f"{quantity}: {name}", unit, *(by_year.get(y, words.UNKNOWN) for y in years)))
    head = ("What", "Unit", *(str(y) for y in years))
    caption = "Natural gas, outlook: without the works, then with them"
    cases = found[found["case"] != "central"]
    other = [
        (r["case"], f"{r['quantity']}: {r['name']}", words.before_after(r["base"], r["value"]), r["unit"])
        for r in rows(cases)
    ]
    words_first = (
        "Growth to 2035 is assumed, row by row, in data/energy/projection.csv; long-run elasticities, seasons. "
        "No published equilibrium number exists to check this table."
    )
    return [
        element("h3", "Natural gas, 2030-2035"),
        element("p", words_first),
        table(head, body, caption=caption, basis="modelled", right=tuple(range(2, 2 + len(years)))),
        table(
            ("Case", "What", "Without, with", "Unit"),
            other,
            caption="What it hangs on",
            basis="modelled",
            right=(2,),
            fold=_FOLD,
        ),
    ]
