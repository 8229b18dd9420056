"""Single regional figures and observed flows for the model, from the statistics in ../shared/facts (no tables)."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pandas as pd

from tools.energy.sea import rows, write

FACTS = Path(__file__).parents[2].parent / "shared" / "facts" / "energy"
MT_PER_KBD = 0.365 / 7.33
LEAST = {"crude": 4.0, "gas": 2.0}  # smallest flow that is carried, Mt or bcm a year
EI = "Energy Institute Statistical Review"

# origin of the statistic -> (our name, origin tracked in the model, nodes whose arcs carry it)
CRUDE_FROM = {
    "US": ("usa", "", "usa"),
    "Canada": ("can", "", "can|can-west|can-east"),
    "Mexico": ("mex", "", "mex"),
    "S. & Cent. America": ("sca", "", "bra|ven|sam"),
    "Europe": ("europe", "", "gbr|nordic|rou"),
    "Russia": ("rus", "RUS", "*"),
    "Other CIS": ("cis", "!RUS", "rus-cpc|tur-ceyhan|rus-novorossiysk|rus-baltic|blr|kaz-atasu"),
    "Iraq": ("irq", "", "irq-south|tur-ceyhan-itp"),
    "Kuwait": ("kwt", "", "kwt"),
    "Saudi Arabia": ("sau", "", "sau-gulf|sau-yanbu"),
    "UAE": ("are", "", "are-gulf|are-fujairah"),
    "Other Middle East": ("ome", "", "qat|omn|levant"),
    "Iran": ("irn", "", "irn"),
    "North Africa": ("afrn", "", "dza|lby|egy"),
    "West Africa": ("afrw", "", "afr-w"),
    "East & S. Africa": ("afre", "", "afr-es"),
    "Australasia": ("aus", "", "aus"),
    "Other Asia Pacific": ("oap", "", "asean"),
}
CRUDE_TO = {
    "US": ("usa", "usa"), "Canada": ("can", "can"), "S. & Cent. America": ("sca", "bra|sam"),
    "Europe": ("europe", "gbr|nordic|eu-nw|eu-med|eu-druzhba-north|eu-druzhba-south|bgr|rou|tur"),
    "China": ("chn", "chn-ne|chn-nw|chn-coast|mmr-kyaukpyu"), "India": ("ind", "ind"), "Japan": ("jpn", "jpn"),
    "Singapore": ("sgp", "sgp"), "Other Asia Pacific": ("oap", "kor|twn|asean|pak"), "Australasia": ("aus", "aus"),
    "Africa": ("africa", "egy|afr-w|afr-es"), "Middle East": ("meast", "are-gulf|bhr|levant"),
    "Other CIS": ("cis", "blr"),
}  # fmt: skip
# fixed by the volumes already (one buyer, or trade inside a node): shown, not fitted
HELD_OUT = {("rus", "cis"), ("afrw", "africa"), ("sau", "meast")}
REGION_EXPORTER = {
    "usa": ["US"], "can": ["Canada"], "mex": ["Mexico"], "sca": ["S. & Cent. America"], "europe": ["Europe"],
    "rus": ["Russia"], "cis": ["Other CIS"], "irq": ["Iraq"], "kwt": ["Kuwait"], "sau": ["Saudi Arabia"],
    "are": ["UAE"], "ome": ["Other Middle East", "Iran"], "africa-north": ["North Africa"],
    "africa-west": ["West Africa"], "africa-east": ["East & S. Africa"], "aus": ["Australasia"],
    "oap": ["Other Asia Pacific"], "chn": ["China"], "ind": ["India"], "jpn": ["Japan"], "sgp": ["Singapore"],
}  # fmt: skip
# share of a destination of the statistic that a region of ours takes (the statistic has one Africa, one Middle East)
REGION_IMPORTER = {
    "usa": {"US": 1.0}, "can": {"Canada": 1.0}, "mex": {"Mexico": 1.0}, "sca": {"S. & Cent. America": 1.0},
    "europe": {"Europe": 1.0}, "rus": {"Russia": 0.0}, "cis": {"Other CIS": 1.0},
    "africa-north": {"Africa": 0.3}, "africa-west": {"Africa": 0.2}, "africa-east": {"Africa": 0.5},
    "aus": {"Australasia": 1.0}, "oap": {"Other Asia Pacific": 1.0}, "chn": {"China": 1.0}, "ind": {"India": 1.0},
    "jpn": {"Japan": 1.0}, "sgp": {"Singapore": 1.0}, "ome": {"Middle East": 0.85}, "are": {"Middle East": 0.15},
}  # fmt: skip
# Customs record Iranian (and some Venezuelan) barrels as Malaysian: moved from South-East Asia to Iran
RELABELLED_MT = {2022: 35.0, 2023: 50.0}
RELABELLED = (
    "estimated: customs record Iranian crude as Malaysian; tanker trackers (via press) put Iran to China "
    "near 0.7 mb/d in 2022 and 1.0 mb/d in 2023"
)


CLOSED = (
    ("rus-eu sea", "gbr|nordic|eu-nw|eu-med|eu-druzhba-north", "sea", {2022: 58.0, 2023: 0.0}),
    ("rus-druzhba-north", "eu-druzhba-north", "pipe", {2022: 21.0, 2023: 0.0}),
)


def crude_flows(year: int) -> pd.DataFrame:
    """Tidy from, to, value of the statistic with Iran set apart."""
    table = pd.read_csv(FACTS / "oil_od_mt.csv")
    keep = (table["year"] == year) & (table["commodity"] == "crude") & (table["kind"] == "flow")
    flows = table[keep].rename(columns={"Mt": "value"})[["from", "to", "value"]].copy()
    relabelled = (flows["from"] == "Other Asia Pacific") & (flows["to"] == "China")
    moved = min(RELABELLED_MT[year], float(flows.loc[relabelled, "value"].sum()))
    flows.loc[relabelled, "value"] -= moved
    return pd.concat([flows, pd.DataFrame([{"from": "Iran", "to": "China", "value": moved}])], ignore_index=True)


def series(year: int) -> dict[tuple[str, str], float]:
    table = pd.read_csv(FACTS / "ei_series.csv")
    table = table[table["year"] == year]
    return {(v, a): x for v, a, x in zip(table["var"], table["area"], table["value"])}


def weights(text: str) -> dict[str, float]:
    pairs = (part.rsplit(":", 1) for part in text.split("|") if part)
    return {area: float(share) for area, share in pairs}


def crude_volumes(year: int) -> list[dict[str, Any]]:
    """Production and refining by node: statistics of the region, reconciled so that trade fits, split by node."""
    stats, flows = series(year), crude_flows(year)
    exports, imports = flows.groupby("from")["value"].sum(), flows.groupby("to")["value"].sum()
    nodes = [r for r in rows("nodes") if r["fuel"] == "crude"]
    out: list[dict[str, Any]] = []
    for region in dict.fromkeys(r["region"] for r in nodes if r["region"] != "transit"):
        mine = [r for r in nodes if r["region"] == region]
        made = [_amount(stats, "crude_prod_kbd", r["production_of"]) for r in mine]
        used = [_amount(stats, "ref_thru_kbd", r["use_of"]) for r in mine]
        out_mt = sum(float(exports.get(e, 0.0)) for e in REGION_EXPORTER[region])
        in_mt = sum(float(imports.get(i, 0.0)) * s for i, s in REGION_IMPORTER.get(region, {}).items())
        excess = sum(made) + in_mt - sum(used) - out_mt
        total = sum(made) + sum(used)
        scale_made, scale_used = 1.0 - excess / total, 1.0 + excess / total
        for r, p, u in zip(mine, made, used):
            if r["id"] == "blr":  # fed by Russia alone: what it takes is what it uses
                u = float(flows[(flows["from"] == "Russia") & (flows["to"] == "Other CIS")]["value"].sum()) / scale_used
            out.append(_volume("crude", year, r["id"], p * scale_made, u * scale_used, scale_made, scale_used, EI))
    return out


def _amount(stats: dict[tuple[str, str], float], variable: str, text: str) -> float:
    total = 0.0
    for area, share in weights(text).items():
        value = stats.get((variable, area), math.nan)
        total += 0.0 if math.isnan(value) else value * share * MT_PER_KBD
    return total


def _volume(
    fuel: str, year: int, node: str, made: float, used: float, scale_made: float, scale_used: float, source: str
) -> dict[str, Any]:
    return {
        "fuel": fuel, "year": year, "node": node, "production": round(made, 1), "consumption": round(used, 1),
        "production_scale": round(scale_made, 3), "consumption_scale": round(scale_used, 3), "basis": "estimated",
        "source": f"{source}, {year}: regional figure, scaled so that production, use and trade agree, split by node",
    }  # fmt: skip


RUSSIA_BY_PIPE = {"China", "Europe", "Other CIS"}


def crude_observed(year: int) -> list[dict[str, Any]]:
    flows = crude_flows(year)
    other = crude_flows(2022 if year == 2023 else 2023).set_index(["from", "to"])["value"]
    out = []
    for origin, destination, value in flows.itertuples(index=False):
        if origin not in CRUDE_FROM or destination not in CRUDE_TO:
            continue
        largest = max(value, float(other.get((origin, destination), 0.0)))
        if largest < LEAST["crude"] and origin != "Russia":  # Russia's trades are all carried, small and nil ones too
            continue
        short, tracked, tails = CRUDE_FROM[origin]
        goal, heads = CRUDE_TO[destination]
        source = RELABELLED if "Iran" in origin else f"{EI}, {year}: {origin} to {destination}"
        out.append(
            {
                "fuel": "crude", "year": year, "name": f"{short}-{goal}", "origin": tracked, "from_nodes": tails,
                "to_nodes": heads, "modes": "sea" if origin == "Russia" and destination not in RUSSIA_BY_PIPE else "",
                "flow": round(value, 1),
                "kind": "predicted" if (short, goal) in HELD_OUT else "fitted",
                "basis": "estimated" if "Iran" in origin else "observed", "source": source,
            }
        )  # fmt: skip
    return out + _russia_to_europe(year, out)


def _russia_to_europe(year: int, rest: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Splits off what the embargo closed: crude by sea to the EU but Bulgaria and to Britain, and northern Druzhba."""
    whole = next(r for r in rest if r["name"] == "rus-europe")
    whole["flow"] = round(whole["flow"] - sum(flow[year] for _, _, _, flow in CLOSED), 1)
    whole["source"] += ", less what went by sea and by northern Druzhba to countries of the embargo"
    whole["to_nodes"] = "eu-druzhba-south|bgr|rou|tur"
    return [
        {
            **whole, "name": name, "to_nodes": heads, "modes": modes, "flow": flow[year], "basis": "estimated",
            "kind": "fitted" if year == 2022 else "input",
            "source": "2022: all of Russia to Europe (Energy Institute) less Druzhba (36 Mt, 21 of it north), "
            "Turkey (12), Bulgaria and Romania (11), as reported by IEA and press; 2023: embargo",
        }
        for name, heads, modes, flow in CLOSED
    ]  # fmt: skip


def build() -> None:
    from tools.energy import gas

    volumes = [v for year in (2022, 2023) for v in [*crude_volumes(year), *gas.volumes(year)]]
    write("volumes", volumes)
    write("flows", [f for year in (2022, 2023) for f in [*crude_observed(year), *gas.observed(year)]])
