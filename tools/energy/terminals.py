"""Regasification by node of the gas market, as Global Energy Monitor counts it: in operation and on the way."""

from __future__ import annotations

from typing import Any

import pandas as pd

from tools.energy.sea import rows, write

BCM_PER_MT = 1.36  # Energy Institute: 1 Mt of LNG = 1.36 bcm (15 C, 40 MJ/m3)
SOURCE = "Global Energy Monitor, Global Gas Infrastructure Tracker 2024 (CC BY 4.0): terminals in operation"
NODES = {
    "gbr": ("United Kingdom",), "nld": ("Netherlands",), "bel": ("Belgium",), "deu": ("Germany",), "fra": ("France",),
    "iberia": ("Spain", "Portugal"), "ita": ("Italy",), "pol-balt": ("Poland", "Lithuania", "Finland", "Estonia"),
    "eu-se": ("Greece", "Croatia", "Cyprus"), "tur": ("Türkiye",), "kwt": ("Kuwait",), "pak": ("Pakistan",),
    "ind": ("India",), "oas": ("Bangladesh", "Philippines", "Vietnam"), "tha": ("Thailand",), "sgp": ("Singapore",),
    "jpn": ("Japan",), "kor": ("South Korea",), "twn": ("Taiwan",),
    "sam-north": ("Colombia", "Dominican Republic", "Jamaica", "Panama", "El Salvador", "Nicaragua"),
    "sam-south": ("Argentina", "Brazil", "Chile"), "chn-ne": ("China",), "chn-coast": ("China", "Hong Kong"),
}  # fmt: skip


def _capacity(table: pd.DataFrame, node: str) -> float:
    """bcm a year of the rows given that stand at a node; of China's terminals Dalian's are the north-east's."""
    mine = table[table["areas"].isin(NODES[node])]
    north_east = (mine["Latitude"] > 38.8) & (mine["Longitude"] > 121.0) & (mine["areas"] == "China")
    if node in ("chn-ne", "chn-coast"):
        mine = mine[north_east == (node == "chn-ne")]
    return float(mine["capacity"].sum()) * BCM_PER_MT


def _landed(year: int, node: str) -> float:
    """What the statistic has landed at a node that is a country of its own; nought elsewhere."""
    from tools.energy import gas

    whole = {"twn": "Taiwan", "bel": "Belgium"}.get(node)
    return sum(v for (mode, _, to), v in gas.statistic(year).items() if mode == "lng" and to == whole)


def build() -> None:
    from tools.energy.figures import FACTS

    table = pd.read_csv(FACTS / "gem_lng_terminals_2024.csv")
    table = table[table["tracker-custom"] == "GGIT - import"].assign(
        capacity=lambda t: pd.to_numeric(t["capacity"], errors="coerce").fillna(0.0),
        year=lambda t: pd.to_numeric(t["start-year"], errors="coerce").fillna(0.0),
    )
    open_now, coming = table[table["status"] == "operating"], table[table["status"] == "construction"]
    out: list[dict[str, Any]] = []
    for node in [r["id"] for r in rows("nodes") if r["fuel"] == "gas" and r["id"] in NODES]:
        size = {y: _capacity(open_now[open_now["year"] <= y], node) for y in (2022, 2023)}
        landed = {y: _landed(y, node) for y in size}
        above = any(landed[y] > size[y] for y in size)
        later = open_now[open_now["year"] > 2023]
        out.append(
            {
                "fuel": "gas", "node": node, "capacity": round(max(size[2023], landed[2023]), 1),
                "capacity_2022": round(max(size[2022], landed[2022]), 1),
                "coming": round(_capacity(coming, node) + _capacity(later, node), 1),
                "basis": "estimated" if above else "observed",
                "source": SOURCE + ("; more than that was landed (Energy Institute), which is taken" if above else ""),
            }
        )  # fmt: skip
    write("terminals", out)
