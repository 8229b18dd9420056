"""Roads between neighbouring cities: OpenStreetMap geometry thinned to shortest ways, with posts on the borders.

`road_part(cities)` gives the layer `road`. Tables: road_countries (speed, cost, border hours and fees), road_unions
(borders inside customs unions), road_closed (borders without traffic), crossings (named posts).

Border hours at external borders: the export hours of one side and the import hours of the other (World Bank, Doing
Business 2019) times SHARE, which brings the mean over the ten CAREC countries to the mean of CPMM's road crossings.
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
from tools.atlas.part import Part, arcs_frame, both_ways, nodes_frame
from tools.atlas.projects import with_project_places
from tools.atlas.rail import filled
from tools.atlas.rail_graph import Graph, great_circle, nearest, polyline, read_graph

TABLES: Final = Path(__file__).parent / "tables"
THIN: Final = rail_thin.Settings(neighbours=6, reach_km=1500.0, hubs=250, hub_reach_km=3000.0, knot_km=6.0)
CITY_KM: Final = 40.0
POST_KM: Final = 15.0  # a border edge this near to a named post is that post
POST_PENALTY_KM: Final = 60.0  # crossing a border counts as this much road: no way slips over a border to save a little
LONGEST_FOREIGN_KM: Final = 120.0  # a longer edge between two countries is no road
WORTH_KM: Final = 100.0
SCRAP_KM: Final = 25.0
SHAPE_DEGREES: Final = 0.05
SINUOSITY: Final = 1.02
TERMINAL_HOURS: Final = 4.0  # loading or unloading a truck; assumed
TERMINAL_USD_TEU: Final = 40.0  # assumed
CAREC: Final = ("AFG", "AZE", "CHN", "GEO", "KAZ", "KGZ", "MNG", "PAK", "TJK", "UZB")
CPMM_ROAD_HOURS: Final = 11.75  # mean of 13.6 (2021) and 9.9 (2022), yardstick F10
CPMM_ROAD_FEE: Final = 208.0 * 12.0 / 20.0  # 208 USD for 20 t in 2022 (yardstick F11), for 12 t in a container
MOST_HOURS, MOST_FEE = 96.0, 400.0  # ports weigh on the survey's figures of some countries: no land border above this


def road_part(cities: pd.DataFrame) -> Part:
    """The road layer. `cities`: place, name, country, lon, lat, population, the largest first."""
    cities = with_project_places(cities)  # their nodes in layer `city` come with the rail part
    graph, foreign = _geometry()
    stops = _stops(graph, cities)
    ends = np.unique(np.r_[graph.tail[foreign], graph.head[foreign]])
    heavy = Graph(graph.lon, graph.lat, graph.country, graph.tail, graph.head, graph.km + POST_PENALTY_KM * foreign)
    chains = rail_thin.thin(heavy, np.array(list(stops), dtype=np.int64), THIN, ends)
    posts = _Posts(graph, cities)
    table = _countries()
    arcs = [_arc(chain, graph, stops, posts, table) for chain in chains]
    arcs += _terminal_arcs(cities, graph, stops)
    frame = both_ways(filled(arcs_frame(arcs)))
    return Part(nodes_frame(_node_rows(frame, cities, graph, stops, posts)), frame, posts.tags())


def _geometry() -> tuple[Graph, NDArray[np.bool_]]:
    """The road geometry without impossible edges, and which of its edges cross a border."""
    graph = read_graph("world_highways")
    foreign = graph.country[graph.tail] != graph.country[graph.head]
    apart = great_circle_pairs(graph)
    keep = (
        ~(foreign & (apart > LONGEST_FOREIGN_KM))
        & (graph.country[graph.tail] != "")
        & (graph.country[graph.head] != "")
    )
    graph = graph.only(keep)
    return graph, foreign[keep]


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


@dataclass(frozen=True)
class _Country:
    speed_kmh: float
    cost_usd_teu_km: float
    export_h: float
    import_h: float
    export_usd: float
    import_usd: float


def _countries() -> dict[str, _Country]:
    table = pd.read_csv(TABLES / "road_countries.csv")
    fields = ["speed_kmh", "cost_usd_teu_km", "border_export_h", "border_import_h"]
    fields += ["border_fee_export_usd", "border_fee_import_usd"]
    return {str(r["country"]): _Country(*(float(r[f]) for f in fields)) for r in table.to_dict("records")}


class _Posts:
    """Border posts by edge: the named post near it, else one made up for the pair of countries and the place."""

    def __init__(self, graph: Graph, cities: pd.DataFrame) -> None:
        self.graph, self.cities, self.table = graph, cities, _countries()
        self.unions = pd.read_csv(TABLES / "road_unions.csv").to_dict("records")
        self.closed = pd.read_csv(TABLES / "road_closed.csv").to_dict("records")
        self.named: dict[frozenset[str], list[Crossing]] = {}
        for post in crossings("road"):
            self.named.setdefault(frozenset(post.countries), []).append(post)
        self.made: dict[frozenset[str], list[tuple[str, float, float]]] = {}
        self._tags: dict[str, Tag] = {}
        self.share_h, self.share_fee = self._shares()

    def tags(self) -> list[Tag]:
        """Tags of the posts that arcs use."""
        return list(self._tags.values())

    def edge(self, a: int, b: int, drive_km: float) -> dict[str, Any]:
        """Hours, money, tag, status and basis of crossing from point a to point b."""
        graph = self.graph
        pair = (str(graph.country[a]), str(graph.country[b]))
        lon, lat = float(graph.lon[a] + graph.lon[b]) / 2, float(graph.lat[a] + graph.lat[b]) / 2
        shut = self._shut(pair, lon, lat)
        post = self._named(pair, lon, lat)
        hours, fee, basis = self._default(pair)
        pace = self.table["*"]
        drive_h, drive_usd = drive_km / pace.speed_kmh, drive_km * pace.cost_usd_teu_km
        if post is not None:
            self._tags[post.id] = post.tag
            given = post.border_h == post.border_h
            hours, fee = (post.border_h, post.fee_usd_teu) if given else (hours, fee)
            basis, closed = (post.basis if given else basis), shut is not None or post.closed
            return self._row(post.id, hours + drive_h, fee + drive_usd, basis, closed, post.capacity_teu_yr)
        name = self._made(pair, lon, lat, shut is not None)
        return self._row(name, hours + drive_h, fee + drive_usd, basis, shut is not None, float("nan"))

    def _row(self, tag: str, hours: float, fee: float, basis: str, closed: bool, capacity: float) -> dict[str, Any]:
        return {
            "time_h": round(hours, 2), "cost_usd_teu": round(fee, 2), "cost_usd_t": round(fee / TONNES_PER_TEU, 3),
            "basis": basis, "closed": closed, "tag": tag, "capacity_teu_yr": capacity,
        }  # fmt: skip

    def _named(self, pair: tuple[str, str], lon: float, lat: float) -> Crossing | None:
        found = self.named.get(frozenset(pair), [])
        away = [float(great_circle(lon, lat, np.array(p.lon), np.array(p.lat))) for p in found]
        return found[int(np.argmin(away))] if away and min(away) <= POST_KM else None

    def _made(self, pair: tuple[str, str], lon: float, lat: float, closed: bool) -> str:
        """A post of our own: one id for all edges of the pair within POST_KM."""
        known = self.made.setdefault(frozenset(pair), [])
        for name, x, y in known:
            if float(great_circle(lon, lat, np.array(x), np.array(y))) <= POST_KM:
                return name
        a, b = sorted(pair)
        away = great_circle(lon, lat, self.cities["lon"].to_numpy(), self.cities["lat"].to_numpy())
        near = self.cities.iloc[int(np.argmin(away))]
        base = f"road-{a.lower()}-{b.lower()}-{near['place']}"
        name = base if base not in self._tags else f"{base}-{len(known) + 1}"
        known.append((name, lon, lat))
        title = f"{a} - {b} road near {near['name']}"
        source = "OpenStreetMap geometry; hours and fees by class (tables/road_countries.csv)"
        self._tags[name] = Tag(name, title, "crossing", (a, b), source, open_by_default=not closed)
        return name

    def _shut(self, pair: tuple[str, str], lon: float, lat: float) -> str | None:
        for row in self.closed:
            if {row["country_a"], row["country_b"]} != set(pair):
                continue
            if row["lon"] != row["lon"]:
                return str(row["why"])
            if float(great_circle(lon, lat, np.array(row["lon"]), np.array(row["lat"]))) <= row["radius_km"]:
                return str(row["why"])
        return None

    def _default(self, pair: tuple[str, str]) -> tuple[float, float, str]:
        for union in self.unions:
            if set(pair) <= set(union["members"].split()):
                return float(union["hours"]), float(union["fee_usd_teu"]), "assumed"
        hours, fee = self._survey(*pair)
        return min(hours * self.share_h, MOST_HOURS), min(fee * self.share_fee, MOST_FEE), "estimated"

    def _survey(self, a: str, b: str) -> tuple[float, float]:
        """Mean over both directions of export side plus import side; the world's median where a side is unknown."""
        one, two = self.table.get(a, self.table["*"]), self.table.get(b, self.table["*"])
        known = [c for c in self.table.values() if c.export_h == c.export_h]

        def or_median(value: float, field: str) -> float:
            return value if value == value else float(np.median([getattr(c, field) for c in known]))

        hours = sum(or_median(getattr(c, f), f) for c in (one, two) for f in ("export_h", "import_h")) / 2
        fee = sum(or_median(getattr(c, f), f) for c in (one, two) for f in ("export_usd", "import_usd")) / 2
        return hours, fee

    def _shares(self) -> tuple[float, float]:
        pairs = [(a, b) for i, a in enumerate(CAREC) for b in CAREC[:i]]
        survey = np.array([self._survey(a, b) for a, b in pairs])
        return CPMM_ROAD_HOURS / float(survey[:, 0].mean()), CPMM_ROAD_FEE / float(survey[:, 1].mean())


def _node(point: int, stops: dict[int, str]) -> str:
    return f"{stops.get(point, f'road-{point}')}@road"


def _arc(
    chain: rail_thin.Chain, graph: Graph, stops: dict[int, str], posts: _Posts, table: dict[str, _Country]
) -> dict[str, Any]:
    a, b, km, points = chain
    ends = {"tail": _node(a, stops), "head": _node(b, stops), "layer": "road"}
    if graph.country[a] != graph.country[b]:
        drive_km = (km - POST_PENALTY_KM) * SINUOSITY  # the road between the last points of either side
        return {**ends, "kind": "border", "length_km": round(drive_km, 1), **posts.edge(a, b, drive_km)}
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
    arcs: pd.DataFrame, cities: pd.DataFrame, graph: Graph, stops: dict[int, str], posts: _Posts
) -> list[dict[str, Any]]:
    names = dict(zip(cities["place"], cities["name"]))
    point_of = {place: point for point, place in stops.items()}
    borders = set(arcs.loc[arcs["kind"] == "border", "tail"])
    rows = []
    for node in sorted(set(arcs["tail"]) | set(arcs["head"])):
        place, layer = node.split("@")
        if layer == "city":
            continue
        city = place in point_of
        point = point_of[place] if city else int(place.removeprefix("road-"))
        kind = "city" if city else "crossing" if node in borders else "junction"
        name = names.get(place, "border post" if kind == "crossing" else "junction")
        rows.append({
            "place": place, "layer": layer, "name": name,
            "country": str(graph.country[point]), "kind": kind,
            "lon": round(float(graph.lon[point]), 4), "lat": round(float(graph.lat[point]), 4),
        })  # fmt: skip
    return rows
