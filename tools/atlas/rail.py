"""Rail by gauge: OpenStreetMap geometry cut at borders, thinned, joined by named crossings, repaired by curated links.

`rail_part(cities)` gives the atlas's rail layers. Tables: gauge_regions, rail_countries (speed, cost, sinuosity),
rail_links (curated lines), rail_places (their junctions), rail_cuts (places where the geometry misleads), crossings.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from landbridge.network import Tag
from tools.atlas import rail_thin
from tools.atlas.crossings import crossings
from tools.atlas.gauges import gauge_at
from tools.atlas.part import Part, arcs_frame, both_ways, nodes_frame
from tools.atlas.projects import place_nodes, with_project_places
from tools.atlas.rail_graph import Graph, great_circle, polyline, read_graph
from tools.atlas.rail_posts import line, paces, post_arcs, terminal_arcs, yard_arcs
from tools.atlas.rail_sites import Finder, Site, rail_sites

TABLES: Final = Path(__file__).parent / "tables"
# Every city to every other within 5,000 km: with fewer, through lines between smaller places were lost.
THIN: Final = rail_thin.Settings(neighbours=10, reach_km=2500.0, hubs=2000, hub_reach_km=5000.0, knot_km=3.0)
SHAPE_DEGREES: Final = 0.03


def rail_part(cities: pd.DataFrame) -> Part:
    """The rail layers. `cities`: place, name, country, lon, lat, population, the largest first."""
    cities = with_project_places(cities)
    graph, gauge = _geometry()
    finder = Finder(graph, gauge)
    posts = crossings("rail")
    links = pd.read_csv(TABLES / "rail_links.csv", keep_default_na=False)
    sites = rail_sites(cities, posts, links, finder)
    arcs = [*_osm_arcs(graph, gauge, sites), *_link_arcs(links, sites)]
    arcs += [a for post in posts for a in post_arcs(post, sites)]
    yards, yard_tags = yard_arcs(sites)
    arcs += [*yards, *terminal_arcs(cities, sites)]
    tags: list[Tag] = [p.tag for p in posts if f"{p.id}-{p.countries[0].lower()}" in {s.place for s in sites.values()}]
    tags += yard_tags
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


def _osm_arcs(graph: Graph, gauge: NDArray[np.int64], sites: dict[str, Site]) -> list[dict[str, Any]]:
    """Thinned geometry as arcs, and a short arc for each further site on a point that has one already."""
    here: dict[int, Site] = {}
    arcs = []
    for site in sites.values():
        if site.point < 0:
            continue
        first = here.setdefault(site.point, site)
        if first is not site:
            arcs.append(line(first.node, site.node, site.country, site.gauge_mm, 0.1))
    terminals = np.array(list(here), dtype=np.int64)
    for a, b, km, points in rail_thin.thin(graph, terminals, THIN):
        country, mm = str(graph.country[a]), int(gauge[a])
        pace = paces().get(country, paces()["*"])
        ends = [here[p].node if p in here else f"rail-{p}@rail{mm}" for p in (a, b)]
        shape = polyline(((graph.lon[p], graph.lat[p]) for p in points), SHAPE_DEGREES)
        more = {"shape": shape if len(shape) > 2 else None, "speed_kmh": _slow(graph, points)}
        arcs.append(line(*ends, country, mm, km * pace["sinuosity"], **more))
    return arcs


def _slow(graph: Graph, points: tuple[int, ...]) -> float | None:
    """The speed of a box of tables/rail_slow.csv (lines below their country's pace) that holds most of the chain."""
    lon, lat = graph.lon[list(points)], graph.lat[list(points)]
    for box in _slow_boxes():
        inside = (lon >= box["west"]) & (lon <= box["east"]) & (lat >= box["south"]) & (lat <= box["north"])
        if inside.mean() > 0.5:
            return float(box["speed_kmh"])
    return None


@cache
def _slow_boxes() -> list[dict[str, Any]]:
    return pd.read_csv(TABLES / "rail_slow.csv").to_dict("records")


def _link_arcs(links: pd.DataFrame, sites: dict[str, Site]) -> list[dict[str, Any]]:
    """Curated lines that exist; those under construction, proposed or dismantled stay in the table only."""
    arcs = []
    for link in links[links["status"] == "existing"].to_dict("records"):
        gauge = int(link["gauge_mm"])
        ends = [sites[f"{link[e]}@rail{gauge}"] for e in ("from", "to")]
        if ends[0].country != ends[1].country:
            raise ValueError(f"rail_links.csv: {link['from']} - {link['to']} crosses a border; use a crossing's sides")
        speed = float(link["speed_kmh"]) if link["speed_kmh"] != "" else None
        arcs.append(line(ends[0].node, ends[1].node, ends[0].country, gauge, float(link["km"]), speed_kmh=speed))
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
