"""Gas: regional volumes and observed flows from the statistics, at the level at which trade is known."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from tools.energy.sea import rows

EI = "Energy Institute Statistical Review"
LEAST = 2.0  # bcm a year
PLANT = {
    "Algeria": "dza-lng", "Angola": "afr-w-lng", "Other Africa": "afr-w-lng", "Australia": "aus-lng", "Brunei": "brn",
    "Egypt": "egy-lng", "Indonesia": "idn-lng", "Malaysia": "mys-lng", "Nigeria": "nga-lng", "Norway": "nor-lng",
    "Oman": "omn-lng", "Papua New Guinea": "png", "Peru": "per-lng", "Qatar": "qat-lng",
    "Russia": "rus-yamal-lng|rus-baltic-lng|rus-sakhalin-lng", "Trinidad & Tobago": "tto-lng", "US": "usa-lng",
    "United Arab Emirates": "are-lng",
}  # fmt: skip
REGION_OF_PLANT = {"afr-w-lng": "afrl", "rus-yamal-lng|rus-baltic-lng|rus-sakhalin-lng": "rus"}
# importer of the statistic -> ((group, share), ...); "Other EU" by member's imports in 2023 (GIE, press): assumed
TERMINAL = {
    "Argentina": (("sams", 1.0),), "Brazil": (("sams", 1.0),), "Chile": (("sams", 1.0),),
    "Other S. & Cent. America": (("samn", 1.0),), "Belgium": (("eurest", 1.0),), "France": (("fra", 1.0),),
    "Italy": (("ita", 1.0),), "Spain": (("iberia", 1.0),), "Turkey": (("tur", 1.0),),
    "United Kingdom": (("gbr", 1.0),), "Other EU": (("eurest", 0.9), ("iberia", 0.1)), "China": (("chn", 1.0),),
    "India": (("ind", 1.0),), "Japan": (("jpn", 1.0),), "South Korea": (("kor", 1.0),), "Taiwan": (("twn", 1.0),),
    "Pakistan": (("pak", 1.0),), "Thailand": (("tha", 1.0),), "Singapore": (("sgp", 1.0),),
    "Other Asia Pacific": (("oas", 1.0),), "Kuwait": (("kwt", 1.0),),
}  # fmt: skip
HEADS = {
    "eurest": "nld|bel|deu|pol-balt|eu-se", "chn": "chn-ne|chn-coast", "sams": "sam-south", "samn": "sam-north",
}  # fmt: skip
EU = "nld|bel|deu|fra|iberia|ita|pol-balt|eu-ce|eu-se"
# pipelines: name, statistic's from and to, origin tracked, tails, heads, share of the statistic's figure
PIPES = (
    ("rus-chn pipe", "Russia", "China", "RUS", "rus-east|rus-west|rus-yamal|rus-sakhalin", "chn-ne|chn-coast", 1.0),
    ("rus-eu pipe", "Russia", "EU", "RUS", "rus-yamal|ukr-transit|tur|blr", EU, 1.0),
    ("rus-tur pipe", "Russia", "Rest of Europe", "RUS", "rus-yamal", "tur", 0.88),
    ("rus-blr pipe", "Russia", "Belarus", "RUS", "rus-yamal", "blr", 1.0),
    ("rus-cis pipe", "Russia", "Other CIS", "RUS", "rus-yamal", "cis-other", 0.82),
    ("tkm-chn pipe", "Turkmenistan", "China", "", "tkm", "chn-nw", 1.0),
    ("uzb-chn pipe", "Uzbekistan", "China", "", "uzb", "chn-nw", 1.0),
    ("kaz-chn pipe", "Kazakhstan", "China", "", "kaz", "chn-nw", 1.0),
    ("mmr-chn pipe", "Myanmar", "China", "", "mmr", "chn-coast", 1.0),
    ("mmr-tha pipe", "Myanmar", "Thailand", "", "mmr", "tha", 1.0),
    ("tkm-rus pipe", "Turkmenistan", "Russia", "", "tkm", "rus-west", 1.0),
    ("kaz-rus pipe", "Kazakhstan", "Russia", "", "kaz", "rus-west", 1.0),
    ("tkm-uzb pipe", "Turkmenistan", "Other CIS", "", "tkm", "uzb", 1.0),
    ("can-usa pipe", "Canada", "US", "", "can", "usa", 1.0),
    ("usa-can pipe", "US", "Canada", "", "usa", "can", 1.0),
    ("usa-mex pipe", "US", "Mexico", "", "usa", "mex", 1.0),
    ("nor-eu pipe", "Norway", "EU", "", "nor", "nld|bel|deu|fra|pol-balt", 1.0),
    ("nor-gbr pipe", "Norway", "Rest of Europe", "", "nor", "gbr", 1.0),
    ("aze-eu pipe", "Azerbaijan", "EU", "!RUS", "tur", "ita|eu-se", 1.0),
    ("dza-eu pipe", "Algeria", "EU", "", "dza", "ita|iberia", 1.0),
    ("lby-eu pipe", "Libya", "EU", "", "lby", "ita", 1.0),
    ("irn-tur pipe", "Iran", "Rest of Europe", "", "irn", "tur", 1.0),
    ("irn-irq pipe", "Iran", "Other Middle East", "", "irn", "irq", 1.0),
    ("qat-are pipe", "Qatar", "United Arab Emirates", "", "qat", "are", 1.0),
    ("isr-egy pipe", "Other Middle East", "Other Africa", "", "levant", "egy", 1.0),
    ("idn-sgp pipe", "Indonesia", "Singapore", "", "idn", "sgp", 1.0),
    ("mys-sgp pipe", "Other Asia Pacific", "Singapore", "", "mys", "sgp", 1.0),
)


def statistic(year: int) -> dict[tuple[str, str, str], float]:
    from tools.energy.figures import FACTS

    table = pd.read_csv(FACTS / "gas_od_bcm.csv")
    keep = table[(table["year"] == year) & (table["kind"] == "flow")]
    return {(m, a, b): float(v) for m, a, b, v in zip(keep["mode"], keep["from"], keep["to"], keep["bcm"])}


def lng(year: int) -> dict[tuple[str, str], float]:
    """LNG by plant node(s) and our group of terminals."""
    out: dict[tuple[str, str], float] = {}
    for (mode, origin, destination), value in statistic(year).items():
        if mode == "lng" and origin in PLANT:
            for group, share in TERMINAL.get(destination, ()):
                key = (PLANT[origin], group)
                out[key] = out.get(key, 0.0) + value * share
    return out


def pipes(year: int) -> list[tuple[tuple[Any, ...], float]]:
    stats = statistic(year)
    return [(row, stats.get(("pipe", row[1], row[2]), 0.0) * row[6]) for row in PIPES]


def observed(year: int) -> list[dict[str, Any]]:
    other = 2022 if year == 2023 else 2023
    before, before_pipes = lng(other), {row[0]: value for row, value in pipes(other)}
    out = []
    for row, value in pipes(year):
        if max(value, before_pipes[row[0]]) >= 1.0:
            kind = "input" if row[0] == "rus-chn pipe" else "fitted"
            note = f" x {row[6]}" if row[6] != 1.0 else ""
            out.append(_flow(year, row[0], row[3], row[4], row[5], "pipe", value, kind,
                             f"{EI}, {year}: {row[1]} to {row[2]} by pipe{note}"))  # fmt: skip
    for (plant, group), value in lng(year).items():
        if max(value, before.get((plant, group), 0.0)) >= LEAST:
            short = plant.split("|")[0].removesuffix("-lng").split("-")[0]
            short = {"afr": "afrw"}.get(short, short)
            out.append(_flow(year, f"{short}-{group} lng", "", plant, HEADS.get(group, group), "lng", value, "fitted",
                             f"{EI}, {year}: LNG, {short} to {group}"))  # fmt: skip
    return out


def _flow(
    year: int, name: str, origin: str, tails: str, heads: str, mode: str, value: float, kind: str, source: str
) -> dict[str, Any]:
    return {
        "fuel": "gas", "year": year, "name": name, "origin": origin, "from_nodes": tails, "to_nodes": heads,
        "modes": mode, "flow": round(value, 1), "kind": kind, "basis": "observed", "source": source,
    }  # fmt: skip


def volumes(year: int) -> list[dict[str, Any]]:
    """Production and use by node, reconciled by region with the trade of the model."""
    from tools.energy.figures import _volume, series

    stats = series(year)
    nodes = [r for r in rows("nodes") if r["fuel"] == "gas"]
    region = {r["id"]: r["region"] for r in nodes}
    net = _net_exports(year, region)
    out: list[dict[str, Any]] = []
    for name in dict.fromkeys(r["region"] for r in nodes if r["region"] != "transit"):
        mine = [r for r in nodes if r["region"] == name]
        made = [_amount(stats, "gas_prod_bcm", r["production_of"]) for r in mine]
        used = [_amount(stats, "gas_cons_bcm", r["use_of"]) for r in mine]
        trade = net.get(name, 0.0)
        if sum(made) == 0 and trade > 0:  # pure exporters without a figure of their own
            made = [trade / len(mine)] * len(mine)
            used = [0.0] * len(mine)
        excess = sum(made) - sum(used) - trade
        if sum(used) == 0:
            used = [max(excess, 0.0) / len(mine)] * len(mine)
            scale_made, scale_used = 1.0, 1.0
        elif sum(made) == 0:
            scale_made, scale_used = 1.0, 1.0 + excess / sum(used)
        else:
            total = sum(made) + sum(used)
            scale_made, scale_used = 1.0 - excess / total, 1.0 + excess / total
        for r, p, u in zip(mine, made, used):
            out.append(_volume("gas", year, r["id"], p * scale_made, u * scale_used, scale_made, scale_used, EI))
    return out


def _amount(stats: dict[tuple[str, str], float], variable: str, text: str) -> float:
    from tools.energy.figures import weights

    values = ((stats.get((variable, area), math.nan), share) for area, share in weights(text).items())
    return sum(0.0 if math.isnan(v) else v * share for v, share in values)


def _net_exports(year: int, region: dict[str, str]) -> dict[str, float]:
    net: dict[str, float] = {}

    def add(origin: str, destination: str, value: float) -> None:
        if origin != destination:
            net[origin] = net.get(origin, 0.0) + value
            net[destination] = net.get(destination, 0.0) - value

    for row, value in pipes(year):
        origin = {"aze-eu pipe": "aze"}.get(row[0], region[row[4].split("|")[0]])
        add(origin, region[row[5].split("|")[0]], value)
    for extra in ("Azerbaijan", "Rest of Europe"), ("Netherlands", "Rest of Europe"):
        if extra[0] == "Azerbaijan":
            add("aze", "europe", statistic(year).get(("pipe", *extra), 0.0))
    for (plant, group), value in lng(year).items():
        origin = REGION_OF_PLANT.get(plant, plant.removesuffix("-lng"))
        add(origin, region[HEADS.get(group, group).split("|")[0]], value)
    return net
