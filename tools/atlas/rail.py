"""Rail by gauge: OpenStreetMap geometry cut at borders, thinned, joined by named crossings, repaired by curated links.

`rail_part(cities)` gives the atlas's rail layers. Tables: gauge_regions, rail_countries (speed, cost, sinuosity),
rail_links (curated lines), rail_places (their junctions), rail_cuts (places where the geometry misleads), crossings.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from landbridge.network import Tag
from tools.atlas import rail_thin
from tools.atlas.crossings import TONNES_PER_TEU, Crossing, crossings
from tools.atlas.gauges import gauge_at
from tools.atlas.part import Part, arcs_frame, both_ways, nodes_frame
from tools.atlas.projects import place_nodes, with_project_places
from tools.atlas.rail_graph import Graph, great_circle, nearest, polyline, read_graph

TABLES: Final = Path(__file__).parent / "tables"
THIN: Final = rail_thin.Settings(neighbours=10, reach_km=2500.0, hubs=700, hub_reach_km=1500.0, knot_km=3.0)
CITY_KM: Final = 25.0  # a city uses a line that passes this near
CROSSING_KM: Final = 45.0
WORTH_KM: Final = 150.0  # a component shorter than this is a scrap of yard
SCRAP_KM: Final = 20.0  # added to the distance of a scrap, so that the through network is preferred
SHAPE_DEGREES: Final = 0.03
TERMINAL_HOURS: Final = 12.0  # lift, wait for the train's departure, at either end; assumed
TERMINAL_USD_TEU: Final = 80.0  # two lifts and drayage; assumed
ACCESS_KMH: Final = 30.0  # drayage from the city to its terminal; assumed
ACCESS_USD_TEU_KM: Final = 0.85  # road cost, upper (yardstick H05)


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


def rail_part(cities: pd.DataFrame) -> Part:
    """The rail layers. `cities`: place, name, country, lon, lat, population, the largest first."""
    cities = with_project_places(cities)
    graph, gauge = _geometry()
    finder = _Finder(graph, gauge)
    posts = crossings("rail")
    links = pd.read_csv(TABLES / "rail_links.csv", keep_default_na=False)
    sites = _sites(cities, posts, links, finder)
    speeds = _speeds()
    arcs = [*_osm_arcs(graph, gauge, sites, speeds), *_link_arcs(links, sites, speeds)]
    arcs += [a for post in posts for a in _post_arcs(post, sites)]
    arcs += _terminal_arcs(cities, sites)
    tags: list[Tag] = [p.tag for p in posts if f"{p.id}-{p.countries[0].lower()}" in {s.place for s in sites.values()}]
    tags += [p.gauge_tag for p in posts if p.gauge_h > 0 and p.tag in tags]
    frame = both_ways(filled(arcs_frame(arcs)))
    nodes = [*place_nodes(), *_node_rows(sites, graph, frame)]
    return Part(nodes_frame(nodes), frame, tags)


def filled(arcs: pd.DataFrame) -> pd.DataFrame:
    """The arcs with the words of a plain arc where a row gave none: no tag, open, straight."""
    return arcs.assign(
        tag=arcs["tag"].fillna(""),
        closed=arcs["closed"].map(lambda c: c is True),
        shape=[s if isinstance(s, list) else None for s in arcs["shape"]],
    )


def _geometry() -> tuple[Graph, NDArray[np.int64]]:
    """The rail geometry without the edges that cross a border or join two gauges, and the gauge of every point."""
    graph = read_graph("world_railways")
    gauge = gauge_at(graph.country, graph.lon, graph.lat)
    keep = (graph.country[graph.tail] == graph.country[graph.head]) & (gauge[graph.tail] == gauge[graph.head])
    keep &= gauge[graph.tail] > 0
    for cut in pd.read_csv(TABLES / "rail_cuts.csv").to_dict("records"):
        lon = (graph.lon[graph.tail] + graph.lon[graph.head]) / 2
        lat = (graph.lat[graph.tail] + graph.lat[graph.head]) / 2
        keep &= great_circle(cut["lon"], cut["lat"], lon, lat) > cut["radius_km"]
    return graph.only(keep), gauge


class _Finder:
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


def _sites(cities: pd.DataFrame, posts: tuple[Crossing, ...], links: pd.DataFrame, finder: _Finder) -> dict[str, Site]:
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
    sites: dict[str, Site], finder: _Finder, place: str, name: str, country: str, gauge: int,
    lon: float, lat: float, kind: str, point: int,
) -> None:  # fmt: skip
    if point >= 0:
        lon, lat = float(finder.graph.lon[point]), float(finder.graph.lat[point])
    site = Site(place, name, country, gauge, round(lon, 4), round(lat, 4), kind, point)
    sites[site.node] = site


def _speeds() -> dict[str, dict[str, Any]]:
    table = pd.read_csv(TABLES / "rail_countries.csv")
    return {str(r["country"]): r for r in table.to_dict("records")}


def _line(
    tail: str, head: str, country: str, gauge: int, km: float, speeds: dict[str, Any], **more: Any
) -> dict[str, Any]:
    """An arc of kind line with the hours and money of its country."""
    pace = speeds.get(country, speeds["*"])
    speed = more.pop("speed_kmh", None) or pace["speed_kmh"]
    cost = km * pace["cost_usd_teu_km"]
    return {
        "tail": tail, "head": head, "layer": f"rail{gauge}", "kind": "line", "length_km": round(km, 1),
        "time_h": round(km / speed, 3), "cost_usd_teu": round(cost, 2), "cost_usd_t": round(cost / TONNES_PER_TEU, 3),
        "basis": pace["basis"], **more,
    }  # fmt: skip


def _osm_arcs(
    graph: Graph, gauge: NDArray[np.int64], sites: dict[str, Site], speeds: dict[str, Any]
) -> list[dict[str, Any]]:
    """Thinned geometry as arcs, and a short arc for each further site on a point that has one already."""
    here: dict[int, Site] = {}
    arcs = []
    for site in sites.values():
        if site.point < 0:
            continue
        first = here.setdefault(site.point, site)
        if first is not site:
            arcs.append(_line(first.node, site.node, site.country, site.gauge_mm, 0.1, speeds))
    terminals = np.array(list(here), dtype=np.int64)
    for a, b, km, points in rail_thin.thin(graph, terminals, THIN):
        country, mm = str(graph.country[a]), int(gauge[a])
        pace = speeds.get(country, speeds["*"])
        ends = [here[p].node if p in here else f"rail-{p}@rail{mm}" for p in (a, b)]
        shape = polyline(((graph.lon[p], graph.lat[p]) for p in points), SHAPE_DEGREES)
        arcs.append(_line(*ends, country, mm, km * pace["sinuosity"], speeds, shape=shape if len(shape) > 2 else None))
    return arcs


def _link_arcs(links: pd.DataFrame, sites: dict[str, Site], speeds: dict[str, Any]) -> list[dict[str, Any]]:
    """Curated lines that exist; those under construction, proposed or dismantled stay in the table only."""
    arcs = []
    for link in links[links["status"] == "existing"].to_dict("records"):
        gauge = int(link["gauge_mm"])
        ends = [sites[f"{link[e]}@rail{gauge}"] for e in ("from", "to")]
        if ends[0].country != ends[1].country:
            raise ValueError(f"rail_links.csv: {link['from']} - {link['to']} crosses a border; use a crossing's sides")
        speed = float(link["speed_kmh"]) if link["speed_kmh"] != "" else None
        arcs.append(
            _line(ends[0].node, ends[1].node, ends[0].country, gauge, float(link["km"]), speeds, speed_kmh=speed)
        )
    return arcs


def _post_arcs(post: Crossing, sites: dict[str, Site]) -> list[dict[str, Any]]:
    """Exit node -> border -> entry node (-> break of gauge -> the other gauge)."""
    (a, b), (ga, gb) = post.countries, post.gauges_mm
    exit_ = sites[f"{post.id}-{a.lower()}@rail{ga}"]
    entry = sites[f"{post.id}-{b.lower()}@rail{ga}"]
    inner = sites[f"{post.id}-{b.lower()}@rail{gb}"]
    km = float(great_circle(exit_.lon, exit_.lat, np.array(inner.lon), np.array(inner.lat))) * 1.1
    drive = _line(exit_.node, entry.node, post.countries[1], ga, km, _speeds())
    hours, usd = post.border_h + drive["time_h"], post.fee_usd_teu + drive["cost_usd_teu"]
    common = {"basis": post.basis, "capacity_teu_yr": post.capacity_teu_yr, "closed": post.closed}
    arcs = [{
        "tail": exit_.node, "head": entry.node, "layer": f"rail{ga}", "kind": "border", "length_km": round(km, 1),
        "time_h": hours, "cost_usd_teu": usd, "cost_usd_t": round(usd / TONNES_PER_TEU, 3),
        "tag": post.id, **common,
    }]  # fmt: skip
    if ga != gb:
        fee = post.gauge_fee_usd_teu
        arcs.append({
            "tail": entry.node, "head": inner.node, "layer": f"rail{gb}", "kind": "gauge", "length_km": 0.0,
            "time_h": post.gauge_h, "cost_usd_teu": fee, "cost_usd_t": round(fee / TONNES_PER_TEU, 3),
            "tag": f"{post.id}-gauge", **common,
        })  # fmt: skip
    return arcs


def _terminal_arcs(cities: pd.DataFrame, sites: dict[str, Site]) -> list[dict[str, Any]]:
    """City to rail: drayage over the straight distance times 1.3, a lift and the wait for the train."""
    where = {c["place"]: (c["lon"], c["lat"]) for c in cities.to_dict("records")}
    arcs = []
    for site in sites.values():
        if site.place not in where:
            continue
        lon, lat = where[site.place]
        km = 1.3 * float(great_circle(lon, lat, np.array(site.lon), np.array(site.lat)))
        cost = TERMINAL_USD_TEU + km * ACCESS_USD_TEU_KM
        arcs.append({
            "tail": f"{site.place}@city", "head": site.node, "layer": f"rail{site.gauge_mm}", "kind": "terminal",
            "length_km": round(km, 1), "time_h": round(TERMINAL_HOURS + km / ACCESS_KMH, 3),
            "cost_usd_teu": round(cost, 2), "cost_usd_t": round(cost / TONNES_PER_TEU, 3), "basis": "assumed",
        })  # fmt: skip
    return arcs


def _node_rows(sites: dict[str, Site], graph: Graph, arcs: pd.DataFrame) -> list[dict[str, Any]]:
    """Nodes that arcs use: sites, and the junctions of the thinned geometry."""
    rows = []
    for node in sorted(set(arcs["tail"]) | set(arcs["head"])):
        place, layer = node.split("@")
        if layer == "city":
            continue
        site = sites.get(node)
        if site is not None:
            rows.append({
                "place": place, "layer": layer, "name": site.name, "country": site.country, "kind": site.kind,
                "lon": site.lon, "lat": site.lat,
            })  # fmt: skip
            continue
        point = int(place.removeprefix("rail-"))
        rows.append({
            "place": place, "layer": layer, "name": "junction", "country": str(graph.country[point]),
            "kind": "junction", "lon": round(float(graph.lon[point]), 4), "lat": round(float(graph.lat[point]), 4),
        })  # fmt: skip
    return rows
