"""Arcs of railways: lines with the pace and price of their country, borders, breaks of gauge, terminals."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from landbridge.network import Tag
from tools.atlas.crossings import TONNES_PER_TEU, Crossing
from tools.atlas.rail_graph import great_circle
from tools.atlas.rail_sites import Site

TABLES: Final = Path(__file__).parent / "tables"
TERMINAL_HOURS: Final = 12.0  # lift, wait for the train's departure, at either end; assumed
TERMINAL_USD_TEU: Final = 80.0  # two lifts and drayage; assumed
ACCESS_KM: Final = 15.0  # at least: container terminals lie outside of the centres; assumed
ACCESS_KMH: Final = 30.0  # drayage from the city to its terminal; assumed
ACCESS_USD_TEU_KM: Final = 0.85  # road cost, upper (yardstick H05)


@cache
def paces() -> dict[str, dict[str, Any]]:
    """tables/rail_countries.csv by ISO3: speed, cost, sinuosity; "*" is the default."""
    table = pd.read_csv(TABLES / "rail_countries.csv")
    return {str(r["country"]): r for r in table.to_dict("records")}


def line(tail: str, head: str, country: str, gauge: int, km: float, **more: Any) -> dict[str, Any]:
    """An arc of kind line with the hours and money of its country."""
    pace = paces().get(country, paces()["*"])
    speed = more.pop("speed_kmh", None) or pace["speed_kmh"]
    cost = km * pace["cost_usd_teu_km"]
    return {
        "tail": tail, "head": head, "layer": f"rail{gauge}", "kind": "line", "length_km": round(km, 1),
        "time_h": round(km / speed, 3), "cost_usd_teu": round(cost, 2), "cost_usd_t": round(cost / TONNES_PER_TEU, 3),
        "basis": pace["basis"], **more,
    }  # fmt: skip


def post_arcs(post: Crossing, sites: dict[str, Site]) -> list[dict[str, Any]]:
    """Exit node -> border -> entry node (-> break of gauge -> the other gauge)."""
    (a, b), (ga, gb) = post.countries, post.gauges_mm
    exit_ = sites[f"{post.id}-{a.lower()}@rail{ga}"]
    entry = sites[f"{post.id}-{b.lower()}@rail{ga}"]
    inner = sites[f"{post.id}-{b.lower()}@rail{gb}"]
    km = float(great_circle(exit_.lon, exit_.lat, np.array(inner.lon), np.array(inner.lat))) * 1.1
    drive = line(exit_.node, entry.node, post.countries[1], ga, km)
    hours, usd = post.border_h + drive["time_h"], post.fee.usd_teu + drive["cost_usd_teu"]
    common = {"basis": post.basis, "closed": post.closed}
    arcs = [{
        "tail": exit_.node, "head": entry.node, "layer": f"rail{ga}", "kind": "border", "length_km": round(km, 1),
        "time_h": hours, "cost_usd_teu": usd, "cost_usd_t": round(usd / TONNES_PER_TEU, 3),
        "tag": post.id, **common,
    }]  # fmt: skip
    if ga != gb:
        fee = post.gauge_fee.usd_teu
        arcs.append({
            "tail": entry.node, "head": inner.node, "layer": f"rail{gb}", "kind": "gauge", "length_km": 0.0,
            "time_h": post.gauge_h, "cost_usd_teu": fee, "cost_usd_t": round(fee / TONNES_PER_TEU, 3),
            "tag": f"{post.id}-gauge", **common,
        })  # fmt: skip
    return arcs


def terminal_arcs(cities: pd.DataFrame, sites: dict[str, Site]) -> list[dict[str, Any]]:
    """City to rail: drayage (the straight distance times 1.3, 15 km at least), a lift, the wait for the train.

    Its hours and money stand on the arc; its kilometres do not, so that the length of a way by rail is the line's.
    """
    where = {c["place"]: (c["lon"], c["lat"]) for c in cities.to_dict("records")}
    arcs = []
    for site in sites.values():
        if site.place not in where:
            continue
        lon, lat = where[site.place]
        km = max(1.3 * float(great_circle(lon, lat, np.array(site.lon), np.array(site.lat))), ACCESS_KM)
        cost = TERMINAL_USD_TEU + km * ACCESS_USD_TEU_KM
        arcs.append({
            "tail": f"{site.place}@city", "head": site.node, "layer": f"rail{site.gauge_mm}", "kind": "terminal",
            "length_km": 0.0, "time_h": round(TERMINAL_HOURS + km / ACCESS_KMH, 3),
            "cost_usd_teu": round(cost, 2), "cost_usd_t": round(cost / TONNES_PER_TEU, 3), "basis": "assumed",
        })  # fmt: skip
    return arcs


def yard_arcs(sites: dict[str, Site]) -> tuple[list[dict[str, Any]], list[Tag]]:
    """Breaks of gauge inside a country (tables/gauge_yards.csv), where both gauges reach the place."""
    arcs, tags, lost = [], [], []
    for row in pd.read_csv(TABLES / "gauge_yards.csv").to_dict("records"):
        ga, gb = int(row["gauge_a_mm"]), int(row["gauge_b_mm"])
        one, other = (sites.get(f"{row['place']}@rail{g}") for g in (ga, gb))
        if one is None or other is None:
            lost.append(f"{row['place']} {ga if one is None else gb} mm")
            continue
        name = f"{one.name}: {ga} / {gb} mm"
        tag = Tag(f"{row['place']}-gauge", name, "gauge_change", (one.country,), f"{row['why']}; {row['source']}")
        tags.append(tag)
        km = float(great_circle(one.lon, one.lat, np.array(other.lon), np.array(other.lat)))
        arcs.append({
            "tail": one.node, "head": other.node, "layer": f"rail{gb}", "kind": "gauge", "length_km": round(km, 1),
            "time_h": row["hours"], "cost_usd_teu": row["fee_usd_teu"],
            "cost_usd_t": round(row["fee_usd_teu"] / TONNES_PER_TEU, 3), "tag": tag.id, "basis": row["basis"],
        })  # fmt: skip
    if lost:
        raise ValueError(f"gauge_yards.csv: no such railway at {', '.join(lost)}")
    return arcs, tags
