"""Ports: curated in tables/ports.csv, joined to the sea lanes, to the cities nearby and through them to road and rail.

A port is a place `<slug>-port` with a node in layer `city` (kind port) and one in layer `sea`; the port arcs between
them carry hours, dues and the draught limit by their tag.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from landbridge.network import Tag
from landbridge.network.names import fold
from tools.atlas import outlines, port_facts
from tools.atlas.cities import great_circle_km
from tools.atlas.part import Part, arcs_frame, both_ways, nodes_frame
from tools.atlas.sea import Lanes, crossing_gates, with_lanes

TABLES: Final = Path(__file__).parent / "tables"
PORT_HOURS: Final = 48.0  # METHODS 1: port 48 h; assumed where nothing better is known
PORT_HOURS_LEAST: Final = 12.0  # bounds on the survey's figures, assumed
PORT_HOURS_MOST: Final = 240.0
PORT_USD_TEU: Final = 250.0  # terminal handling and dues, assumed class default
PORT_USD_T: Final = 4.0  # bulk handling and dues, assumed class default
# throughput over capacity of container terminals where no capacity is known; Drewry's mean of the world: 70 % in 2018,
# 79 % foreseen for 2023 in 2019 (portcalls.com), 70-75 % for 2025 in 2021 and 2022 (freightnews.co.za)
PORT_USE: Final = 0.75
DRAYAGE_KM: Final = 100.0  # every city this near to a port is joined to it
DRAYAGE_WIDE_KM: Final = 400.0  # a port with no city so near is joined to the nearest one within this
DRAYAGE_DETOUR: Final = 1.3  # road over great circle, assumed
DRAYAGE_KMH: Final = 45.0  # trucks near ports, assumed
DRAYAGE_HOURS: Final = 2.0  # gate and loading, assumed
DRAYAGE_USD_TEU_KM: Final = 0.85  # undivided road (Reed and Trubetskoy 2019)
DRAYAGE_USD_TEU: Final = 60.0  # lifting on and off, assumed
DRAYAGE_USD_T_KM: Final = 0.06  # truck, assumed
CANDIDATES: Final = 40
LAND_WEIGHT: Final = 6.0  # a km of approach over land counts as this many at sea
APPROACHES: Final = 4  # lanes from a port to the network, at most
APPROACH_DEGREES: Final = 45.0  # approaches differ by at least this


@cache
def ports() -> pd.DataFrame:
    """The table of ports with `place` and `tag` ids added."""
    table = pd.read_csv(TABLES / "ports.csv", keep_default_na=False)
    table["max_draught_m"] = pd.to_numeric(table["max_draught_m"], errors="coerce")
    used: set[str] = set()
    places = []
    for name, iso3 in zip(table["name"], table["iso3"]):
        base = fold(name)
        place = next(p for p in (f"{base}-port", f"{base}-{iso3.lower()}-port") if p not in used)
        used.add(place)
        places.append(place)
    table["place"] = places
    port_facts.check(set(places), set(table["iso3"]))
    published = [port_facts.draught(place) for place in places]
    table["max_draught_m"] = [
        float(fact["value"]) if fact else compiled for fact, compiled in zip(published, table["max_draught_m"])
    ]
    return table


def join_to_lanes(lanes: Lanes) -> tuple[Lanes, NDArray[np.bool_]]:
    """Lanes with an approach from every port; second: the nodes that are ports [n].

    The nearest network nodes are tried; an approach over land counts LAND_WEIGHT fold, one through a gate is refused
    while another is there.
    """
    table = ports()
    chains: list[list[tuple[float, float]]] = []
    n_before = len(lanes.lonlat)
    for x, y in zip(table["lon"], table["lat"]):
        for k in _approaches(float(x), float(y), lanes.lonlat):
            chains.append([(float(x), float(y)), (float(lanes.lonlat[k, 0]), float(lanes.lonlat[k, 1]))])
    joined = with_lanes(lanes, chains)
    keep = np.zeros(len(joined.lonlat), dtype=bool)
    keep[n_before:] = True
    for chain in chains:
        (x, y) = chain[1]
        keep |= (joined.lonlat[:, 0] == x) & (joined.lonlat[:, 1] == y)
    return joined, keep


def basins(lanes: Lanes) -> pd.Series:
    """Number of the sea basin of each port (by place): what hangs together without any passage."""
    table = ports()
    n = len(lanes.lonlat)
    free = np.array(lanes.passage) == ""
    ends = lanes.ends[free]
    graph = coo_matrix((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(n, n))
    _, basin = connected_components(graph, directed=False)
    node = nodes_of_ports(lanes)
    return pd.Series(basin[[node[p] for p in table["place"]]], index=table["place"])


def nodes_of_ports(lanes: Lanes, main_only: bool = False) -> dict[str, int]:
    """Number of the lanes' node at each port's position; `main_only`: one or two ports a coast (column `main`)."""
    table = ports()
    if main_only:
        table = table[table["main"] == "yes"]
    at = {(round(x, 4), round(y, 4)): k for k, (x, y) in enumerate(lanes.lonlat.tolist())}
    return {p: at[round(x, 4), round(y, 4)] for p, x, y in zip(table["place"], table["lon"], table["lat"])}


def ports_part(cities: pd.DataFrame, basin: pd.Series) -> Part:
    """Port places in layer `city`, the port arcs to their sea nodes (made by `sea_part`), and drayage to the cities."""
    table = ports().assign(basin=lambda t: t["place"].map(basin))
    rows = table.to_dict("records")
    nodes = nodes_frame(
        {"place": r["place"], "layer": "city", "name": r["name"], "country": r["iso3"], "kind": "port"}
        | {"lon": r["lon"], "lat": r["lat"]}
        for r in rows
    )
    arcs = [arc for r in rows for arc in _port_arcs(r, survey(r["iso3"]))]
    return Part(
        nodes, pd.concat([arcs_frame(arcs), _drayage(table, cities)], ignore_index=True), [_tag(r) for r in rows]
    )


@cache
def _surveys() -> dict[str, dict[str, float]]:
    return pd.read_csv(TABLES / "port_hours.csv").set_index("iso3").to_dict("index")  # type: ignore[return-value]


def survey(iso3: str) -> dict[str, float]:
    """Hours and fees of a country's border by the survey of 2019: export_h, import_h, export_usd, import_usd."""
    return _surveys().get(iso3, {})


@cache
def terminals() -> dict[str, list[dict[str, Any]]]:
    """What is known of a port's terminals: place -> rows (what, value, unit, basis, source)."""
    table = pd.read_csv(TABLES / "port_terminals.csv")
    unknown = sorted(set(table["place"]) - set(ports()["place"]))
    if unknown:
        raise ValueError(f"port_terminals.csv: no such ports: {', '.join(unknown)}")
    return {str(place): rows.to_dict("records") for place, rows in table.groupby("place")}


@cache
def figures() -> dict[str, dict[str, Any]]:
    """Published hours of single ports (tables/port_figures.csv) by place; they go before the country's survey."""
    rows = pd.read_csv(TABLES / "port_figures.csv").to_dict("records")
    unknown = sorted({str(r["place"]) for r in rows} - set(ports()["place"]))
    if unknown:
        raise ValueError(f"port_figures.csv: no such ports: {', '.join(unknown)}")
    return {str(r["place"]): r for r in rows}


def _tag(row: dict[str, Any]) -> Tag:
    status = row["terminals"] or "not open in October 2023"
    own = figures().get(row["place"])
    hours = [f"hours in port: {own['measure']}, {own['year']} ({own['source']})"] if own else []
    known = [f"{r['what']} {r['value']:,.10g} {r['unit'].replace('_', ' ')} ({r['source']})" for r in _known(row)]
    cited = port_facts.cited(row["place"], port_facts.scope(row["terminals"], row["iso3"]))
    if not port_facts.draught(row["place"]):
        cited.append("draught compiled from published port limits, rounded")
    return Tag(
        id=row["place"],
        name=row["name"],
        kind="port",
        countries=(row["iso3"],),
        source="; ".join([f"terminals: {status}", *known, *hours, *cited]),
        max_draught_m=float(row["max_draught_m"]),
        open_by_default=bool(row["terminals"]),
    )


def _known(row: dict[str, Any]) -> list[dict[str, Any]]:
    return terminals().get(row["place"], [])


def _capacity(row: dict[str, Any], way: str) -> dict[str, float]:
    """TEU a year each way, from the throughput of 2023 at PORT_USE; tonnes only where a port is LNG terminals alone."""
    room = {"capacity_teu_yr": np.nan, "capacity_t_yr": np.nan}
    for known in _known(row):
        if known["what"] == "containers":
            room["capacity_teu_yr"] = float(known["value"]) / PORT_USE / 2
        elif row["terminals"] == "lng" and known["what"] == f"lng {way}":
            room["capacity_t_yr"] = float(known["value"]) * 1e6
    return room


def _port_arcs(row: dict[str, Any], hours: dict[str, float]) -> list[dict[str, Any]]:
    """Land to sea with the country's export hours and fee, sea to land with its import hours and fee.

    Border compliance hours and fees of 2019 (World Bank, Doing Business) include port handling; blanks and the zeros of
    unions take the class default. Ports with published hours or charges of their own take those (`port_facts`).
    """
    land, sea = f"{row['place']}@city", f"{row['place']}@sea"
    scope = port_facts.scope(row["terminals"], row["iso3"])
    arcs = []
    for tail, head, way in ((land, sea, "export"), (sea, land, "import")):
        time, fee = hours.get(f"{way}_h", 0.0), hours.get(f"{way}_usd", 0.0)
        known = time > 0
        own = float(figures().get(row["place"], {}).get(f"{way}_h", np.nan))
        bulk = port_facts.dues(row["place"], scope, way, "USD_t")
        arcs.append(
            {
                "tail": tail,
                "head": head,
                "layer": "sea",
                "kind": "port",
                "length_km": 0.0,
                "time_h": own if own == own else _bounded(time) if known else PORT_HOURS,
                "cost_usd_teu": port_facts.usd(row["place"], scope, way, fee if known else 0.0, PORT_USD_TEU),
                "cost_usd_t": float(bulk["value"]) if bulk else PORT_USD_T,
                **_capacity(row, way),
                "tag": row["place"],
                "basis": figures()[row["place"]]["basis"] if own == own else "estimated" if known else "assumed",
                "closed": not row["terminals"],
            }
        )
    return arcs


def _bounded(hours: float) -> float:
    return min(max(hours, PORT_HOURS_LEAST), PORT_HOURS_MOST)


def _drayage(table: pd.DataFrame, cities: pd.DataFrame) -> pd.DataFrame:
    """Terminal arcs between each port and the cities of its country within DRAYAGE_KM, or the nearest one.

    A city is joined to the ports of one sea basin only, that of its nearest port: drayage never jumps a passage, or a
    truck from one shore to the other would undo the closure of a strait for traffic by sea.
    """
    pairs = _near_pairs(table, cities)
    home = pairs.sort_values("km", kind="stable").drop_duplicates("city").set_index("city")["basin"]
    pairs = pairs[pairs["basin"] == pairs["city"].map(home)]
    arcs = []
    for row in pairs.to_dict("records"):
        road = max(row["km"] * DRAYAGE_DETOUR, 3.0)
        arcs.append(
            {
                "tail": f"{row['city']}@city",
                "head": f"{row['port']}@city",
                "layer": "road",
                "kind": "terminal",
                "length_km": road,
                "time_h": DRAYAGE_HOURS + road / DRAYAGE_KMH,
                "cost_usd_teu": DRAYAGE_USD_TEU + road * DRAYAGE_USD_TEU_KM,
                "cost_usd_t": road * DRAYAGE_USD_T_KM,
                "basis": "assumed",
            }
        )
    return both_ways(arcs_frame(arcs))


def _near_pairs(table: pd.DataFrame, cities: pd.DataFrame) -> pd.DataFrame:
    """city, port, basin, km of every pair in reach."""
    found = []
    for row in table.to_dict("records"):
        home = cities[cities["country"] == row["iso3"]]
        km = great_circle_km(row["lon"], row["lat"], home["lon"].to_numpy(), home["lat"].to_numpy())
        near = np.flatnonzero(km <= DRAYAGE_KM)
        if len(near) == 0 and len(km) and km.min() <= DRAYAGE_WIDE_KM:
            near = np.array([int(np.argmin(km))])
        base = {"port": row["place"], "basin": row["basin"]}
        found += [{**base, "city": home["place"].iloc[k], "km": float(km[k])} for k in near.tolist()]
    return pd.DataFrame(found)


def _approaches(x: float, y: float, lonlat: NDArray[np.float64]) -> list[int]:
    """Up to APPROACHES nodes of the network to join a port to: the best, and others in clearly different directions."""
    km = great_circle_km(x, y, lonlat[:, 0], lonlat[:, 1])
    near = np.argsort(km, kind="stable")[:CANDIDATES]
    start = np.broadcast_to(np.array([x, y]), (len(near), 2)).copy()
    over = _land_km(start, lonlat[near])
    through = np.array([bool(p) for p in crossing_gates(start, lonlat[near])])
    effort = km[near] + LAND_WEIGHT * over + np.where(through, 1e4, 0.0)
    east = (lonlat[near, 0] - x + 180.0) % 360.0 - 180.0
    bearing = np.degrees(np.arctan2(east * np.cos(np.radians(y)), lonlat[near, 1] - y))
    chosen: list[int] = []
    for k in np.argsort(effort, kind="stable").tolist():
        if not chosen:
            chosen.append(k)
            continue
        best = chosen[0]
        fair = effort[k] <= max(2.5 * effort[best], effort[best] + 60.0) and over[k] <= over[best] + 2.0
        turn = [abs((bearing[k] - bearing[c] + 180.0) % 360.0 - 180.0) for c in chosen]
        if fair and min(turn) >= APPROACH_DEGREES and len(chosen) < APPROACHES:
            chosen.append(k)
    return [int(near[k]) for k in chosen]


def _land_km(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Km of each straight line a[k] -> b[k] that run over land."""
    tree, pieces = land_tiles()
    lines = shapely.linestrings(np.stack([a, b], axis=1))
    found = np.zeros(len(a))
    line, piece = tree.query(lines, predicate="intersects")
    if len(line):
        cut = shapely.length(shapely.intersection(lines[line], pieces[piece]))
        whole = np.maximum(shapely.length(lines[line]), 1e-9)
        np.add.at(found, line, cut / whole)
    return found * great_circle_km(a[:, 0], a[:, 1], b[:, 0], b[:, 1])


@cache
def land_tiles() -> tuple[shapely.STRtree, NDArray[np.object_]]:
    """Land in tiles of five degrees: intersections with whole continents are slow."""
    tiles = [shapely.box(x, y, x + 5, y + 5) for x in range(-180, 180, 5) for y in range(-90, 90, 5)]
    grid = shapely.STRtree(tiles)
    pieces = []
    for _, outline in outlines.polygons("50m"):
        for k in grid.query(outline, predicate="intersects"):
            part = shapely.intersection(outline, tiles[k])
            if not part.is_empty:
                pieces.append(part)
    return shapely.STRtree(pieces), np.array(pieces, dtype=object)
