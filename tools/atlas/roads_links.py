"""Curated roads (tables/road_links.csv): gaps of the geometry, fixed links and ferries that carry trucks."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pandas as pd

from tools.atlas.cities import great_circle_km
from tools.atlas.crossings import TONNES_PER_TEU
from tools.atlas.roads_posts import Country, Posts

TABLES: Final = Path(__file__).parent / "tables"
FERRY_KMH: Final = 30.0  # the whole way of a link with a ferry in it; assumed
FERRY_HOURS: Final = 3.0  # the wait for the boat; assumed
FERRY_USD_TEU: Final = 100.0  # its fare above the road's cost; assumed
TERMINAL_HOURS, TERMINAL_USD_TEU = 4.0, 40.0  # of cities that only a curated road reaches; as in roads.py


class Links:
    """Arcs of the curated roads and the nodes that they add."""

    def __init__(self, cities: pd.DataFrame, on_road: set[str], posts: Posts) -> None:
        self.where = {c["place"]: c for c in cities.to_dict("records")}
        self.on_road, self.posts = on_road, posts
        self.nodes: dict[str, dict[str, Any]] = {}  # by node id

    def arcs(self) -> list[dict[str, Any]]:
        """One arc for a link inside a country; road, border, road for a link between two."""
        table = pd.read_csv(TABLES / "road_links.csv")
        named = set(table["from"]) | set(table["to"])
        lost = sorted(named - set(self.where))
        if lost:
            raise ValueError(f"road_links.csv: no such cities: {', '.join(lost)}")
        arcs = [self._terminal(place) for place in sorted(named - self.on_road)]
        for link in table.to_dict("records"):
            arcs += self._link(link)
        return arcs

    def _terminal(self, place: str) -> dict[str, Any]:
        city = self.where[place]
        self._node(place, city["name"], city["country"], "city", city["lon"], city["lat"])
        return {
            "tail": f"{place}@city", "head": f"{place}@road", "layer": "road", "kind": "terminal", "length_km": 0.0,
            "time_h": TERMINAL_HOURS, "cost_usd_teu": TERMINAL_USD_TEU,
            "cost_usd_t": round(TERMINAL_USD_TEU / TONNES_PER_TEU, 3), "basis": "assumed",
        }  # fmt: skip

    def _link(self, link: dict[str, Any]) -> list[dict[str, Any]]:
        a, b = self.where[link["from"]], self.where[link["to"]]
        tail, head = f"{link['from']}@road", f"{link['to']}@road"
        km, ferry = float(link["km"]), link["kind"] == "ferry"
        if a["country"] == b["country"]:
            return [self._road(tail, head, a["country"], km, ferry)]
        lon, lat = float(link["border_lon"]), float(link["border_lat"])
        if lon != lon:
            raise ValueError(
                f"road_links.csv: {link['from']} - {link['to']} crosses a border: give border_lon, border_lat"
            )
        exits = []
        for city in (a, b):
            place = f"{link['from']}-{link['to']}-{city['country'].lower()}"
            self._node(place, "border post", city["country"], "crossing", lon, lat)
            exits.append(f"{place}@road")
        before = float(great_circle_km(a["lon"], a["lat"], lon, lat))
        share = before / (before + float(great_circle_km(lon, lat, b["lon"], b["lat"])))
        border = {
            "tail": exits[0], "head": exits[1], "layer": "road", "kind": "border", "length_km": 0.0,
            **self.posts.at((a["country"], b["country"]), lon, lat, 0.0),
        }  # fmt: skip
        return [
            self._road(tail, exits[0], a["country"], km * share, ferry),
            border,
            self._road(exits[1], head, b["country"], km * (1 - share), False),
        ]

    def _road(self, tail: str, head: str, country: str, km: float, ferry: bool) -> dict[str, Any]:
        pace: Country = self.posts.table.get(country, self.posts.table["*"])
        hours = km / FERRY_KMH + FERRY_HOURS if ferry else km / pace.speed_kmh
        cost = km * pace.cost_usd_teu_km + (FERRY_USD_TEU if ferry else 0.0)
        return {
            "tail": tail, "head": head, "layer": "road", "kind": "line", "length_km": round(km, 1),
            "time_h": round(hours, 3), "cost_usd_teu": round(cost, 2), "cost_usd_t": round(cost / TONNES_PER_TEU, 3),
            "basis": "assumed",
        }  # fmt: skip

    def _node(self, place: str, name: str, country: str, kind: str, lon: float, lat: float) -> None:
        self.nodes[f"{place}@road"] = {
            "place": place, "layer": "road", "name": name, "country": country, "kind": kind, "lon": lon, "lat": lat,
        }  # fmt: skip
