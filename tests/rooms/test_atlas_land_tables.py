"""The curated tables of the land side, and the thinning of geometry, without building the atlas."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tools.atlas.crossings import GAUGE_HOURS, crossings

from landbridge import network as net
from landbridge.codes import GAUGES_MM, is_territory
from landbridge.network import ARC_KINDS, LAYERS

TABLES = Path(__file__).parents[2] / "tools" / "atlas" / "tables"


def table(name: str) -> pd.DataFrame:
    return pd.read_csv(TABLES / f"{name}.csv", keep_default_na=False)


@pytest.mark.parametrize("mode", ["rail", "road"])
def test_crossings_are_sound(mode: str) -> None:
    posts = crossings(mode)
    assert len({p.id for p in posts}) == len(posts)
    for post in posts:
        assert all(is_territory(c) for c in post.countries) and post.countries[0] != post.countries[1]
        assert -180 <= post.lon <= 180 and -90 <= post.lat <= 90
        assert post.source and post.basis in ("observed", "estimated", "assumed")
        if mode == "rail":
            assert set(post.gauges_mm) <= set(GAUGES_MM)
            assert post.border_h > 0
            assert (post.gauge_h > 0) == (post.gauges_mm[0] != post.gauges_mm[1])


def test_a_crossing_takes_the_mean_of_its_classes_and_the_gauge_change_is_part_of_it() -> None:
    khorgos = next(p for p in crossings("rail") if p.id == "khorgos-altynkol")
    # CPMM 2022: 34.8 h ordinary; 5 h priority
    assert khorgos.gauge_h == GAUGE_HOURS
    assert khorgos.border_h + khorgos.gauge_h == pytest.approx((34.8 + 5) / 2)
    dostyk = next(p for p in crossings("rail") if p.id == "alashankou-dostyk")
    assert dostyk.gauge_fee.usd_teu == 329


def test_same_id_by_rail_and_road_is_the_same_border() -> None:
    rail = {p.id: p.countries for p in crossings("rail")}
    for post in crossings("road"):
        if post.id in rail:
            assert set(rail[post.id]) == set(post.countries), post.id


def test_curated_links_are_sound() -> None:
    links = table("rail_links")
    assert (links["km"].astype(float) > 0).all()
    assert set(links["gauge_mm"].astype(int)) <= set(GAUGES_MM)
    assert set(links["status"]) <= {"existing", "construction", "proposed", "dismantled"}
    assert (links["source"] != "").all()
    assert not links.duplicated(["from", "to", "gauge_mm"]).any()
    roads = table("road_links")
    assert (roads["km"].astype(float) > 0).all() and not roads.duplicated(["from", "to"]).any()
    assert set(roads["kind"]) <= {"road", "ferry", "shuttle"}


@pytest.mark.parametrize("name", ["rail_countries", "road_countries", "gauge_regions", "gauge_yards", "rail_cuts"])
def test_every_row_has_a_source(name: str) -> None:
    assert (table(name)["source"] != "").all()


def test_thinning_keeps_shortest_ways_and_drops_the_rest() -> None:
    pytest.importorskip("shapely", reason="the atlas extra is not installed")
    from tools.atlas.rail_graph import Graph
    from tools.atlas.rail_thin import Settings, thin

    # 0 - 1 - 2 - 3 a line of terminals 0 and 3; 4 a dead end at 1; 5 a longer way round from 0 to 3; 6 a terminal at 2
    edges = [(0, 1, 1.0), (1, 2, 1.0), (2, 3, 1.0), (1, 4, 1.0), (0, 5, 4.0), (3, 5, 4.0), (2, 6, 2.0)]
    tail, head, km = (np.array(x) for x in zip(*edges))
    flat = np.zeros(7)
    graph = Graph(flat, flat, np.array(["AAA"] * 7), tail, head, km)
    chains = thin(graph, np.array([0, 3, 6]), Settings(2, 100.0, 0, 100.0, 0.0))
    ways = {(a, b): length for a, b, length, _ in chains}
    assert ways == {(0, 2): 2.0, (2, 3): 1.0, (2, 6): 2.0}
    assert next(points for a, b, _, points in chains if (a, b) == (0, 2)) == (0, 1, 2)


def test_a_road_border_without_a_source_is_not_quicker_than_the_measured_ones_of_its_countries() -> None:
    network = net.load()
    border = (network.arc_kind == ARC_KINDS.index("border")) & (network.arc_layer == LAYERS.index("road"))
    used = set(network.arc_tag[border].tolist()) - {-1}
    hours = {network.tags[t].id: float(network.time_h[border & (network.arc_tag == t)].min()) for t in used}
    named = crossings("road")
    checked = 0
    for post in named:
        own = [p.border_h for p in named if set(p.countries) == set(post.countries) and p.border_h == p.border_h]
        if own and post.border_h != post.border_h and post.id in hours:
            assert hours[post.id] >= np.mean(own) - 1e-6, post.id
            checked += 1
    assert checked >= 5
