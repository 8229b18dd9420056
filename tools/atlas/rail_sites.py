"""Places on the railway: sides of border crossings, cities near lines, junctions that curated links name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tools.atlas.crossings import Crossing
from tools.atlas.rail_graph import Graph, nearest

TABLES: Final = Path(__file__).parent / "tables"
CITY_KM: Final = 25.0  # a city uses a line that passes this near
CROSSING_KM: Final = 45.0
WORTH_KM: Final = 150.0  # a component shorter than this is a scrap of yard
SCRAP_KM: Final = 20.0  # added to the distance of a scrap, so that the through network is preferred


@dataclass(frozen=True)
class Site:
    """A place in one rail layer; `point` is its point in the geometry, -1 where only curated links reach it."""

    place: str
    name: str
    country: str
    gauge_mm: int
    lon: float
    lat: float
    kind: str
    point: int = -1

    @property
    def node(self) -> str:
        """Its node id."""
        return f"{self.place}@rail{self.gauge_mm}"


class Finder:
    """Nearest point of the geometry in a country and gauge; scraps of line only where nothing better is near."""

    def __init__(self, graph: Graph, gauge: NDArray[np.int64]) -> None:
        self.graph, self.gauge = graph, gauge
        label, length = graph.components()
        size = length[label]
        self.cost_km = np.where(size >= WORTH_KM, 0.0, SCRAP_KM)
        self.usable = size >= 5.0

    def point(self, country: str, gauge_mm: int, lon: float, lat: float, within_km: float) -> int:
        allowed = self.usable & (self.graph.country == country) & (self.gauge == gauge_mm)
        return nearest(self.graph, lon, lat, within_km, allowed, self.cost_km)

    def gauges(self, country: str, lon: float, lat: float) -> list[int]:
        """The gauges of the country's lines near a place."""
        box = (
            (self.graph.country == country) & (np.abs(self.graph.lat - lat) < 0.5) & (np.abs(self.graph.lon - lon) < 1)
        )
        return sorted({int(g) for g in np.unique(self.gauge[box & self.usable]) if g})


def rail_sites(
    cities: pd.DataFrame, posts: tuple[Crossing, ...], links: pd.DataFrame, finder: Finder
) -> dict[str, Site]:
    """Sites by node id: crossings' sides, cities near lines, then whatever the curated links name."""
    sites: dict[str, Site] = {}
    named = _named_places(cities, posts)
    for post in posts:
        for country, gauge, station in zip(post.countries, post.gauges_mm, post.stations):
            point = finder.point(country, gauge, post.lon, post.lat, CROSSING_KM)
            _add(
                sites,
                finder,
                f"{post.id}-{country.lower()}",
                station,
                country,
                gauge,
                post.lon,
                post.lat,
                "crossing",
                point,
            )
        if post.gauge_h > 0:  # the stub of the first gauge beyond the border
            country, gauge = post.countries[1], post.gauges_mm[0]
            _add(
                sites,
                finder,
                f"{post.id}-{country.lower()}",
                post.stations[1],
                country,
                gauge,
                post.lon,
                post.lat,
                "crossing",
                -1,
            )
    for city in cities.to_dict("records"):
        for gauge in finder.gauges(city["country"], city["lon"], city["lat"]):
            point = finder.point(city["country"], gauge, city["lon"], city["lat"], CITY_KM)
            if point >= 0:
                _add(
                    sites,
                    finder,
                    city["place"],
                    city["name"],
                    city["country"],
                    gauge,
                    city["lon"],
                    city["lat"],
                    "city",
                    point,
                )
    lost = []
    for link in links.to_dict("records"):
        for end in (link["from"], link["to"]):
            if f"{end}@rail{link['gauge_mm']}" in sites:
                continue
            if end not in named:
                lost.append(end)
                continue
            place = named[end]
            gauge = int(link["gauge_mm"])
            point = finder.point(place["country"], gauge, place["lon"], place["lat"], CITY_KM)
            kind = place["kind"]
            _add(sites, finder, end, place["name"], place["country"], gauge, place["lon"], place["lat"], kind, point)
    if lost:
        raise ValueError(
            f"rail_links.csv: neither cities, crossings nor in rail_places.csv: {', '.join(sorted(set(lost)))}"
        )
    return sites


def _named_places(cities: pd.DataFrame, posts: tuple[Crossing, ...]) -> dict[str, dict[str, Any]]:
    """Everything a curated link may name: cities, junctions of rail_places.csv, the sides of crossings."""
    named = {c["place"]: {**c, "kind": "city"} for c in cities.to_dict("records")}
    for row in pd.read_csv(TABLES / "rail_places.csv").to_dict("records"):
        if row["place"] in named:
            raise ValueError(f"rail_places.csv: {row['place']!r} is a city already")
        named[row["place"]] = {**row, "kind": "junction"}
    for post in posts:
        for country, station in zip(post.countries, post.stations):
            named[f"{post.id}-{country.lower()}"] = {
                "name": station, "country": country, "lon": post.lon, "lat": post.lat, "kind": "crossing",
            }  # fmt: skip
    return named


def _add(
    sites: dict[str, Site], finder: Finder, place: str, name: str, country: str, gauge: int,
    lon: float, lat: float, kind: str, point: int,
) -> None:  # fmt: skip
    if point >= 0:
        lon, lat = float(finder.graph.lon[point]), float(finder.graph.lat[point])
    site = Site(place, name, country, gauge, round(lon, 4), round(lat, 4), kind, point)
    sites[site.node] = site
