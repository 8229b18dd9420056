"""Tables of ports, posts and passages as the package ships them: the arcs' figures, each with its basis and source."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from landbridge.network import ARC_KINDS, LAYERS, Network, blocked_for_ship, ship_classes
from tools.atlas import port_facts
from tools.atlas.capacities import capacities
from tools.atlas.crossings import Crossing, crossings, given_hours
from tools.atlas.port_facts import WAYS
from tools.atlas.ports import figures, ports, survey, terminals
from tools.atlas.roads_posts import unions
from tools.atlas.sea import passages

PORT: Final = ARC_KINDS.index("port")
BORDER: Final = ARC_KINDS.index("border")
SURVEY: Final = "World Bank, Doing Business 2019: border compliance of the country, port handling included"
POSTS: Final = (
    "id", "name", "mode", "country_a", "country_b",
    "lon", "lat", "gauge_a_mm", "gauge_b_mm", "hours_ordinary", "hours_priority",
    "hours_a_to_b", "hours_b_to_a", "usd_teu_a_to_b", "usd_teu_b_to_a", "fee_scope", "fee_source",
    "gauge_hours", "gauge_usd_teu", "gauge_scope", "gauge_source",
    "capacity_teu_yr_a_to_b", "capacity_teu_yr_b_to_a", "status", "basis", "source",
)  # fmt: skip
COLUMNS: Final = ("place", "name", "country", "terminals", "what", "way", "value", "unit", "basis", "source")


def write_ports(net: Network, path: Path) -> int:
    """One row a known figure of a port; what has no row is the class default of ports.py. Returns the rows."""
    arcs = _port_arcs(net)
    rows = [
        (row["place"], row["name"], row["iso3"], row["terminals"], *figure)
        for row in ports().to_dict("records")
        for figure in _of_port(net, row, arcs[row["place"]])
    ]
    _write(path, COLUMNS, rows)
    return len(rows)


def write_passages(net: Network, path: Path) -> int:
    """The table of passages without their gates, with the ship classes that fit. Returns the rows."""
    number = {tag.id: k for k, tag in enumerate(net.tags)}
    fits = {ship: ~blocked_for_ship(net, ship) for ship in ship_classes()}
    table = passages().drop(columns=["gate"]).copy()
    arcs = {row: np.flatnonzero(net.arc_tag == number[row]) for row in table["id"]}
    ships = [" ".join(s for s, ok in fits.items() if ok[arcs[row]].all()) for row in table["id"]]
    table.insert(table.columns.get_loc("open"), "ships", ships)
    table = table.astype({"first_month": "Int64", "last_month": "Int64"})  # whole numbers beside blanks
    table.to_csv(path, index=False, lineterminator="\n")
    return len(table)


def write_crossings(net: Network, path: Path) -> int:
    """The named posts on the arcs: ordinary and priority hours, hours and fee each way, break of gauge, capacity.

    Ordinary and priority hours are blank where a road takes the survey's hours. Returns the rows.
    """
    number = {tag.id: k for k, tag in enumerate(net.tags)}
    rail = np.array([layer.startswith("rail") for layer in LAYERS])[net.arc_layer]
    rows: list[tuple[Any, ...]] = []
    for mode in ("rail", "road"):
        hours = given_hours(mode)
        for post in crossings(mode):
            mine = (net.arc_tag == number.get(post.id, -2)) & (net.arc_kind == BORDER) & (rail == (mode == "rail"))
            if not mine.any():
                continue
            fixed = (
                post.id,
                post.name,
                mode,
                *post.countries,
                post.lon,
                post.lat,
                *post.gauges_mm,
                *(h if h == h else "" for h in hours[post.id]),
            )
            ways = [mine & (net.node_country[net.tail] == country) for country in post.countries]
            figures = [_mean(column, way) for column in (net.time_h, net.cost_usd_teu) for way in ways]
            room = [_mean(net.capacity_teu_yr, way) for way in ways]
            state = "closed" if post.closed else "open"
            fees = (*_fee_from(post), post.gauge_h, post.gauge_fee.usd_teu, *_gauge_fee_from(post))
            rows.append((*fixed, *figures, *fees, *room, state, post.basis, post.source))
    _write(path, POSTS, rows)
    return len(rows)


def _fee_from(post: Crossing) -> tuple[str, str]:
    """How far a post's fee speaks and its source: post, countries, side; union, survey, class where it has none."""
    if post.fee.scope:
        return post.fee.scope, post.fee.source
    if post.fee.usd_teu == 0.0:
        return "union", "no customs between the two: nothing is charged"
    if post.fee.usd_teu == post.fee.usd_teu:
        return "class", "by class of border, assumed"
    for union in unions():
        if set(post.countries) <= set(union["members"].split()):
            return "union", str(union["source"])
    return "survey", "World Bank, Doing Business 2019: border compliance of both countries, scaled to CPMM's mean"


def _gauge_fee_from(post: Crossing) -> tuple[str, str]:
    if not post.gauge_h:
        return "", ""
    return (post.gauge_fee.scope, post.gauge_fee.source) if post.gauge_fee.scope else ("class", "by class, assumed")


def _mean(column: NDArray[Any], arcs: NDArray[np.bool_]) -> float | str:
    """Mean over arcs to a tenth, blank where nothing is known."""
    known = column[arcs & np.isfinite(column)]
    return round(float(known.mean()), 1) if len(known) else ""


def _port_arcs(net: Network) -> dict[str, dict[str, int]]:
    """Arc number of each port by way: out to the sea, in from it."""
    found: dict[str, dict[str, int]] = {}
    for k in np.flatnonzero(net.arc_kind == PORT).tolist():
        place = net.tags[int(net.arc_tag[k])].id
        way = "export" if str(net.node_id[net.tail[k]]).endswith("@city") else "import"
        found.setdefault(place, {})[way] = k
    return found


def _of_port(net: Network, row: dict[str, Any], arcs: dict[str, int]) -> Iterator[tuple[Any, ...]]:
    place, iso3 = row["place"], row["iso3"]
    depth = port_facts.draught(place)
    if depth:
        yield (
            "draught",
            "",
            depth["value"],
            "m",
            depth["basis"],
            _cited(depth),
        )
    elif row["max_draught_m"] == row["max_draught_m"]:
        yield "draught", "", row["max_draught_m"], "m", "assumed", "compiled from published port limits, rounded"
    for way in WAYS:
        arc = arcs[way]
        yield from _hours(net, place, iso3, way, arc)
        yield from _money(net, row, way, arc)
        yield from _room(net, place, way, arc)


def _cited(fact: dict[str, Any]) -> str:
    return f"{fact['published']}, {fact['year']}: {fact['source']}"


def _hours(net: Network, place: str, iso3: str, way: str, arc: int) -> Iterator[tuple[Any, ...]]:
    own, value = figures().get(place), round(float(net.time_h[arc]), 1)
    if own and own[f"{way}_h"] == own[f"{way}_h"]:
        yield "hours", way, value, "h", own["basis"], f"{own['measure']}, {own['year']}: {own['source']}"
    elif survey(iso3).get(f"{way}_h", 0.0) > 0:
        yield "hours", way, value, "h", "estimated", SURVEY


def _money(net: Network, row: dict[str, Any], way: str, arc: int) -> Iterator[tuple[Any, ...]]:
    place, iso3 = row["place"], row["iso3"]
    scope = port_facts.scope(row["terminals"], iso3)
    value = round(float(net.cost_usd_teu[arc]), 1)
    fact = port_facts.dues(place, scope, way)
    if fact and abs(float(fact["value"]) - value) < 0.1:
        yield "dues", way, value, "USD_TEU", fact["basis"], _cited(fact)
    elif survey(iso3).get(f"{way}_h", 0.0) > 0 and survey(iso3)[f"{way}_usd"] > 0:
        least = f"; handling alone {fact['published']}: {fact['source']}" if fact else ""
        yield "dues", way, value, "USD_TEU", "estimated", SURVEY + least
    bulk = port_facts.dues(place, scope, way, "USD_t")
    if bulk:
        yield (
            "dues",
            way,
            bulk["value"],
            "USD_t",
            bulk["basis"],
            _cited(bulk),
        )


def _room(net: Network, place: str, way: str, arc: int) -> Iterator[tuple[Any, ...]]:
    published = {r["unit"]: r for r in capacities() if r["id"] == place}
    known = {"TEU_yr": "containers", "Mt_yr": f"lng {way}"}
    for unit, value in (("TEU_yr", net.capacity_teu_yr[arc]), ("Mt_yr", net.capacity_t_yr[arc] / 1e6)):
        if not np.isfinite(value):
            continue
        if unit in published:
            row = published[unit]
            yield "capacity", way, round(float(value), 3), unit, row["basis"], f"{row['year']}: {row['source']}"
        else:
            plant = next(t["source"] for t in terminals().get(place, []) if t["what"] == known[unit])
            yield "capacity", way, round(float(value), 3), unit, "estimated", f"by throughput or plant: {plant}"


def _write(path: Path, columns: Sequence[str], rows: list[tuple[Any, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
