"""Roads between neighbouring cities: OpenStreetMap geometry thinned to shortest ways, with posts on the borders.

`road_part(cities)` gives the layer `road`. Tables: road_countries (speed, cost, border hours and fees), road_unions
(borders inside customs unions), road_closed (borders without traffic), crossings (named posts).
Gaps of the geometry, ferries and fixed links are curated in road_links.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tools.atlas import rail_thin
from tools.atlas.crossings import TONNES_PER_TEU
from tools.atlas.part import Part, arcs_frame, both_ways, nodes_frame
from tools.atlas.projects import with_project_places
from tools.atlas.rail import filled
from tools.atlas.rail_graph import Graph, great_circle, nearest, polyline, read_graph
from tools.atlas.roads_gates import Gates, gated
from tools.atlas.roads_links import Links
from tools.atlas.roads_posts import Country, Posts, countries

TABLES: Final = Path(__file__).parent / "tables"
THIN: Final = rail_thin.Settings(neighbours=6, reach_km=1500.0, hubs=330, hub_reach_km=6000.0, knot_km=6.0)
WIDE: Final = ("ARG", "AUS", "BRA", "CAN", "CHN", "IND", "KAZ", "RUS", "USA")  # their cities lie further apart
WIDE_HUBS: Final = 12  # so many largest cities of each are hubs, however small beside the world's
CITY_KM: Final = 40.0
POST_PENALTY_KM: Final = 60.0  # crossing a border counts as this much road: no way slips over a border to save a little
LONGEST_FOREIGN_KM: Final = 120.0  # a longer edge between two countries is no road
WORTH_KM: Final = 100.0
SCRAP_KM: Final = 25.0
SHAPE_DEGREES: Final = 0.05
SINUOSITY: Final = 1.037  # 1.02 ran 1.65 % short of 54 published distances (median); checked on 40 others
TERMINAL_HOURS: Final = 4.0  # loading or unloading a truck; assumed
TERMINAL_USD_TEU: Final = 40.0  # assumed


def road_part(cities: pd.DataFrame) -> Part:
    """The road layer. `cities`: place, name, country, lon, lat, population, the largest first."""
    cities = with_project_places(cities)  # their nodes in layer `city` come with the rail part
    gates = gated(_geometry())
    graph, foreign = gates.graph, gates.foreign
    stops = _hubs_first(_stops(graph, cities), cities)
    ends = np.unique(np.r_[graph.tail[foreign], graph.head[foreign]])
    minor = np.array(sorted({p for edge in gates.post_of for p in edge} - set(stops)), dtype=np.int64)
    heavy = Graph(graph.lon, graph.lat, graph.country, graph.tail, graph.head, graph.km + POST_PENALTY_KM * foreign)
    chains = rail_thin.thin(heavy, np.array(list(stops), dtype=np.int64), THIN, ends, minor)
    posts = Posts(cities)
    table = countries()
    arcs = [_arc(chain, gates, stops, posts, table) for chain in chains]
    arcs += _terminal_arcs(cities, graph, stops)
    links = Links(cities, set(stops.values()), posts)
    arcs += links.arcs()
    frame = both_ways(filled(arcs_frame(arcs)))
    rows = [*_node_rows(frame, cities, gates, stops, links.nodes), *links.nodes.values()]
    return Part(nodes_frame(rows), frame, posts.tags())


def _geometry() -> Graph:
    """The road geometry without edges that are no roads: long jumps between two countries."""
    graph = read_graph("world_highways")
    foreign = graph.country[graph.tail] != graph.country[graph.head]
    known = (graph.country[graph.tail] != "") & (graph.country[graph.head] != "")
    return graph.only(known & ~(foreign & (great_circle_pairs(graph) > LONGEST_FOREIGN_KM)))


def great_circle_pairs(graph: Graph) -> NDArray[np.float64]:
    """Great-circle length of every edge, km."""
    lon1, lat1 = np.radians(graph.lon[graph.tail]), np.radians(graph.lat[graph.tail])
    lon2, lat2 = np.radians(graph.lon[graph.head]), np.radians(graph.lat[graph.head])
    half = np.sin((lat2 - lat1) / 2) ** 2 + np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) / 2) ** 2
    out: NDArray[np.float64] = 2 * 6371.0 * np.arcsin(np.sqrt(np.clip(half, 0, 1)))
    return out


def _stops(graph: Graph, cities: pd.DataFrame) -> dict[int, str]:
    """Point of the geometry -> city, the largest first; two cities on one point: the larger keeps it."""
    label, length = graph.components()
    cost = np.where(length[label] >= WORTH_KM, 0.0, SCRAP_KM)
    used = np.zeros(len(graph.lon), dtype=bool)
    used[graph.tail] = used[graph.head] = True
    stops: dict[int, str] = {}
    for city in cities.to_dict("records"):
        allowed = used & (graph.country == city["country"])
        point = nearest(graph, city["lon"], city["lat"], CITY_KM, allowed, cost)
        while point in stops:  # the next nearest
            allowed[point] = False
            point = nearest(graph, city["lon"], city["lat"], CITY_KM, allowed, cost)
        if point >= 0:
            stops[point] = city["place"]
    return stops


def _hubs_first(stops: dict[int, str], cities: pd.DataFrame) -> dict[int, str]:
    """The same stops with the largest cities of the wide countries first: hubs are the first of them."""
    wide = cities[cities["country"].isin(WIDE) & cities["place"].isin(set(stops.values()))]
    first = set(wide.groupby("country", sort=False).head(WIDE_HUBS)["place"])
    return dict(sorted(stops.items(), key=lambda stop: stop[1] not in first))


def _node(point: int, stops: dict[int, str]) -> str:
    return f"{stops.get(point, f'road-{point}')}@road"


def _arc(
    chain: rail_thin.Chain, gates: Gates, stops: dict[int, str], posts: Posts, table: dict[str, Country]
) -> dict[str, Any]:
    a, b, km, points = chain
    graph = gates.graph
    ends = {"tail": _node(a, stops), "head": _node(b, stops), "layer": "road"}
    if graph.country[a] != graph.country[b]:
        drive_km = (km - POST_PENALTY_KM) * SINUOSITY  # the road between the last points of either side
        pair = (str(graph.country[a]), str(graph.country[b]))
        lon, lat = float(graph.lon[a] + graph.lon[b]) / 2, float(graph.lat[a] + graph.lat[b]) / 2
        crossed = posts.at(pair, lon, lat, drive_km, gates.post_of.get((min(a, b), max(a, b))))
        return {**ends, "kind": "border", "length_km": round(drive_km, 1), **crossed}
    pace = table.get(str(graph.country[a]), table["*"])
    km *= SINUOSITY
    shape = polyline(((graph.lon[p], graph.lat[p]) for p in points), SHAPE_DEGREES)
    cost = km * pace.cost_usd_teu_km
    return {
        **ends, "kind": "line", "length_km": round(km, 1), "time_h": round(km / pace.speed_kmh, 3),
        "cost_usd_teu": round(cost, 2), "cost_usd_t": round(cost / TONNES_PER_TEU, 3), "basis": "assumed",
        "shape": shape if len(shape) > 2 else None,
    }  # fmt: skip


def _terminal_arcs(cities: pd.DataFrame, graph: Graph, stops: dict[int, str]) -> list[dict[str, Any]]:
    """City to road: loading, and the straight distance to the road times 1.3."""
    where = cities.set_index("place")
    arcs = []
    for point, place in stops.items():
        lon, lat = where.at[place, "lon"], where.at[place, "lat"]
        km = 1.3 * float(great_circle(lon, lat, graph.lon[point], graph.lat[point]))
        cost = TERMINAL_USD_TEU + 0.85 * km
        arcs.append({
            "tail": f"{place}@city", "head": f"{place}@road", "layer": "road", "kind": "terminal",
            "length_km": round(km, 1), "time_h": round(TERMINAL_HOURS + km / 30.0, 3), "cost_usd_teu": round(cost, 2),
            "cost_usd_t": round(cost / TONNES_PER_TEU, 3), "basis": "assumed",
        })  # fmt: skip
    return arcs


def _node_rows(
    arcs: pd.DataFrame, cities: pd.DataFrame, gates: Gates, stops: dict[int, str], made: dict[str, dict[str, Any]]
) -> list[dict[str, Any]]:
    graph = gates.graph
    names = dict(zip(cities["place"], cities["name"]))
    point_of = {place: point for point, place in stops.items()}
    borders = set(arcs.loc[arcs["kind"] == "border", "tail"])
    rows = []
    for node in sorted(set(arcs["tail"]) | set(arcs["head"])):
        place, layer = node.split("@")
        if layer == "city" or node in made:
            continue
        city = place in point_of
        point = point_of[place] if city else int(place.removeprefix("road-"))
        kind = "city" if city else "crossing" if node in borders else "junction"
        name = names.get(place) or gates.stations.get(point, "border post" if kind == "crossing" else "junction")
        rows.append({
            "place": place, "layer": layer, "name": name,
            "country": str(graph.country[point]), "kind": kind,
            "lon": round(float(graph.lon[point]), 4), "lat": round(float(graph.lat[point]), 4),
        })  # fmt: skip
    return rows
