"""The network room: load, save, check, names, edits, building, ships - on small hand-made networks."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra

from landbridge import network as net
from landbridge import tables
from landbridge.errors import BadInput, DataMissing, UnknownName
from landbridge.network import ARC_KINDS, LAYERS, NODE_KINDS, Network, Tag


def small(
    nodes: list[tuple[str, str, str, str, float, float]],
    arcs: list[tuple[str, str, str, str, float, float, float, str]],
    tags: tuple[Tag, ...] = (),
) -> Network:
    """nodes: id, name, country, kind, lon, lat; arcs (both ways): tail, head, layer, kind, km, h, USD/TEU, tag id."""
    number = {n[0]: k for k, n in enumerate(nodes)}
    tag = {t.id: k for k, t in enumerate(tags)} | {"": -1}
    both = arcs + [(h, t, *rest) for t, h, *rest in arcs]
    size = len(both)
    return Network(
        node_id=np.array([n[0] for n in nodes]),
        node_name=np.array([n[1] for n in nodes]),
        node_country=np.array([n[2] for n in nodes]),
        node_kind=np.array([NODE_KINDS.index(n[3]) for n in nodes], np.int8),
        node_layer=np.array([LAYERS.index(n[0].rpartition("@")[2]) for n in nodes], np.int8),
        lon=np.array([n[4] for n in nodes]),
        lat=np.array([n[5] for n in nodes]),
        population=np.array([1e6 if n[3] == "city" else 0.0 for n in nodes]),
        tail=np.array([number[a[0]] for a in both], np.int32),
        head=np.array([number[a[1]] for a in both], np.int32),
        arc_layer=np.array([LAYERS.index(a[2]) for a in both], np.int8),
        arc_kind=np.array([ARC_KINDS.index(a[3]) for a in both], np.int8),
        length_km=np.array([a[4] for a in both]),
        time_h=np.array([a[5] for a in both]),
        cost_usd_teu=np.array([a[6] for a in both]),
        cost_usd_t=np.array([a[6] / 12 for a in both]),
        capacity_teu_yr=np.full(size, np.nan),
        capacity_t_yr=np.full(size, 1e6),
        arc_tag=np.array([tag[a[7]] for a in both], np.int32),
        arc_shape=np.full(size, -1, np.int32),
        basis=np.full(size, 2, np.int8),
        closed=np.zeros(size, bool),
        tags=tags,
        shape_ptr=np.array([0], np.int64),
        shape_lonlat=np.zeros((0, 2), np.float32),
    )


BORDER = Tag("torugart", "Torugart", "crossing", ("KGZ", "CHN"), "test")
PORT = Tag("poti-port", "Poti", "port", ("GEO",), "test", max_draught_m=10.0)
STRAIT = Tag("bosporus", "Bosporus", "passage", ("TUR",), "test", max_draught_m=17.0, max_beam_m=58.0)


@pytest.fixture
def world() -> Network:
    """Osh and Naryn with a road to Kashgar over Torugart; Poti with a lane through the Bosporus; Łódź alone."""
    nodes = [
        ("kashgar@city", "Kashgar", "CHN", "city", 75.99, 39.47),
        ("naryn@city", "Naryn", "KGZ", "city", 75.99, 41.43),
        ("osh@city", "Osh", "KGZ", "city", 72.79, 40.53),
        ("lodz@city", "Łódź", "POL", "city", 19.46, 51.76),
        ("poti@city", "Poti", "GEO", "city", 41.67, 42.15),
        ("poti-port@city", "Poti", "GEO", "port", 41.65, 42.15),
        ("kashgar@road", "Kashgar", "CHN", "city", 75.99, 39.47),
        ("torugart-chn@road", "Torugart", "CHN", "crossing", 75.4, 40.55),
        ("torugart-kgz@road", "Torugart", "KGZ", "crossing", 75.4, 40.55),
        ("naryn@road", "Naryn", "KGZ", "city", 75.99, 41.43),
        ("poti-port@sea", "Poti", "GEO", "port", 41.65, 42.15),
        ("black@sea", "black", "", "sea", 29.2, 41.3),
        ("marmara@sea", "marmara", "", "sea", 28.9, 40.9),
    ]
    arcs = [
        ("kashgar@city", "kashgar@road", "road", "terminal", 0.0, 1.0, 10.0, ""),
        ("kashgar@road", "torugart-chn@road", "road", "line", 160.0, 4.0, 130.0, ""),
        ("torugart-chn@road", "torugart-kgz@road", "road", "border", 0.0, 10.0, 200.0, "torugart"),
        ("torugart-kgz@road", "naryn@road", "road", "line", 190.0, 5.0, 150.0, ""),
        ("naryn@road", "naryn@city", "road", "terminal", 0.0, 1.0, 10.0, ""),
        ("poti@city", "poti-port@city", "road", "terminal", 3.0, 2.0, 60.0, ""),
        ("poti-port@city", "poti-port@sea", "sea", "port", 0.0, 48.0, 250.0, "poti-port"),
        ("poti-port@sea", "black@sea", "sea", "line", 1000.0, 34.0, 45.0, ""),
        ("black@sea", "marmara@sea", "sea", "passage", 30.0, 14.0, 2.0, "bosporus"),
    ]
    return small(nodes, arcs, (BORDER, PORT, STRAIT))


def hours(network: Network, origin: str, destination: str) -> float:
    """Least hours between two places of layer city; inf where there is no way."""
    use = ~network.closed
    n = network.n_nodes
    tail, head, time = network.tail[use], network.head[use], network.time_h[use] + 1e-9
    order = np.lexsort((time, head, tail))
    _, first = np.unique(tail[order].astype(np.int64) * n + head[order], return_index=True)
    least = order[first]
    graph = coo_matrix((time[least], (tail[least], head[least])), shape=(n, n)).tocsr()
    a, b = net.find_place(network, origin), net.find_place(network, destination)
    return float(dijkstra(graph, indices=a)[b])


def test_a_sound_network_has_no_faults(world: Network) -> None:
    assert net.check(world) == []


@pytest.mark.parametrize(
    ("field", "value", "word"),
    [
        ("time_h", -1.0, "time_h"),
        ("time_h", np.nan, "time_h"),
        ("capacity_t_yr", -5.0, "capacity_t_yr"),
        ("head", 99, "no node"),
        ("arc_tag", 7, "no tag"),
        ("arc_kind", 9, "arc kind"),
        ("basis", 3, "basis"),
        ("lat", 91.0, "latitude"),
        ("node_layer", 1, "@layer"),
        ("node_country", "nan", "unknown countries nan"),
    ],
)
def test_check_names_each_fault(world: Network, field: str, value: float | str, word: str) -> None:
    broken = getattr(world, field).copy()
    broken[0] = value
    faults = net.check(replace(world, **{field: broken}))
    assert any(word in f.what for f in faults), faults


def test_check_reports_all_faults_together(world: Network) -> None:
    hours_, tags = world.time_h.copy(), world.arc_tag.copy()
    hours_[3], tags[4] = -1, 50
    assert len(net.check(replace(world, time_h=hours_, arc_tag=tags))) == 2
    assert any("shape" in f.what for f in net.check(replace(world, time_h=world.time_h[:-1])))


def test_save_then_load_gives_the_same_network(world: Network, tmp_path: Path) -> None:
    third = replace(world, time_h=world.time_h + 1 / 3)
    back = net.load(net.save(third, tmp_path / "n.npz"))
    for field in ("node_id", "node_name", "time_h", "capacity_teu_yr", "closed", "arc_tag", "shape_lonlat"):
        a, b = getattr(third, field), getattr(back, field)
        assert a.shape == b.shape
        assert np.array_equal(a, b, equal_nan=a.dtype.kind == "f"), field
    assert [t.id for t in back.tags] == ["torugart", "poti-port", "bosporus"]
    assert back.tags[2].countries == ("TUR",)
    assert (tmp_path / "n.npz").read_bytes() == net.save(third, tmp_path / "again.npz").read_bytes()


def test_a_cut_altered_or_absent_file_says_what_to_do(world: Network, tmp_path: Path) -> None:
    path = net.save(world, tmp_path / "n.npz")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataMissing, match=r"bytes, should have .* rebuild it"):
        net.load(path)
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(DataMissing, match="altered"):
        net.load(path)
    path.unlink()
    with pytest.raises(DataMissing, match="missing"):
        net.load(path)
    manifest = path.with_suffix(".json")
    manifest.write_text(json.dumps({"format": 99, "bytes": 1, "sha256": ""}))
    with pytest.raises(DataMissing, match="another version"):
        net.load(path)
    manifest.write_text("{")
    with pytest.raises(DataMissing, match="unreadable"):
        net.load(path)


def test_saving_where_nothing_can_be_written_keeps_the_old_file(world: Network, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(BadInput, match="cannot write"):
        net.save(world, tmp_path / "file" / "n.npz")
    assert (tmp_path / "file").read_text() == "not a folder"


@pytest.mark.parametrize("word", ["Łódź", "lodz", "LODZ", "Lodz, POL", "Łódź, Poland", "lodz, pol"])
def test_places_are_found_by_name_slug_and_country(world: Network, word: str) -> None:
    assert world.node_id[net.find_place(world, word)] == "lodz@city"


def test_a_city_goes_before_its_port_and_the_port_has_its_own_name(world: Network) -> None:
    assert world.node_id[net.find_place(world, "Poti")] == "poti@city"
    assert world.node_id[net.find_place(world, "poti-port")] == "poti-port@city"


def test_an_unknown_place_names_the_nearest(world: Network) -> None:
    with pytest.raises(UnknownName, match="did you mean Kashgar"):
        net.find_place(world, "Kashgarr")
    with pytest.raises(UnknownName):
        net.find_place(world, "Poti, POL")


def test_where_means_tags_borders_countries_and_places(world: Network) -> None:
    kinds = {where: {ARC_KINDS[world.arc_kind[k]] for k in net.arcs_at(world, where)} for where in WHERES}
    assert kinds == WHERES
    assert list(net.arcs_at(world, ["torugart", "CHN-KGZ"])) == list(net.arcs_at(world, "kgz-chn"))


WHERES = {
    "bosporus": {"passage"},
    "Torugart": {"border"},
    "CHN-KGZ": {"border"},
    "GEO": {"port"},
    "Poti": {"port"},
    "Naryn": {"line", "terminal"},
}


@pytest.mark.parametrize(
    ("where", "word"),
    [
        ("bosporrus", "did you mean bosporus"),
        ("GEO-CHN", "no border crossing between GEO and CHN"),
        ("Łódź", "has no arcs"),
    ],
)
def test_an_unknown_where_says_what_there_is(world: Network, where: str, word: str) -> None:
    with pytest.raises(UnknownName, match=word):
        net.close(world, where)


def test_one_name_for_two_things_must_be_told_apart(world: Network) -> None:
    twice = replace(world, tags=(*world.tags, Tag("poti-other", "Poti", "port", ("USA",), "test")))
    with pytest.raises(UnknownName, match='"Poti, GEO", "Poti, USA"'):
        net.arcs_at(twice, "Poti")
    assert len(net.arcs_at(twice, "Poti, GEO")) == 2


def test_closing_shuts_and_reopening_opens(world: Network) -> None:
    assert hours(world, "Kashgar", "Naryn") == pytest.approx(21.0)
    shut = net.close(world, "torugart")
    assert hours(shut, "Kashgar", "Naryn") == np.inf
    assert hours(net.reopen(shut, "CHN-KGZ"), "Kashgar", "Naryn") == pytest.approx(21.0)
    assert not world.closed.any()


def test_a_part_closure_takes_capacity_where_it_is_known(world: Network) -> None:
    half = net.close(world, "torugart", share=0.25)
    arcs = net.arcs_at(world, "torugart")
    assert half.capacity_t_yr[arcs] == pytest.approx(0.75e6)
    assert np.isnan(half.capacity_teu_yr[arcs]).all()
    assert not half.closed.any()
    assert net.capacity_known(world, "torugart") == 1.0
    with pytest.raises(BadInput, match="between 0 and 1"):
        net.close(world, "torugart", share=1.5)


def test_improve_sets_then_multiplies(world: Network) -> None:
    arcs = net.arcs_at(world, "torugart")
    better = net.improve(world, "KGZ", time_factor=0.5, cost_factor=0.9, capacity_factor=2.0)
    assert better.time_h[arcs] == pytest.approx(5.0)
    assert better.cost_usd_teu[arcs] == pytest.approx(180.0)
    assert better.cost_usd_t[arcs] == pytest.approx(15.0)
    assert better.capacity_t_yr[arcs] == pytest.approx(2e6)
    fixed = net.improve(world, "torugart", time_h=3.0, cost_usd_teu=20.0)
    assert fixed.time_h[arcs] == pytest.approx(3.0)
    assert fixed.cost_usd_teu[arcs] == pytest.approx(20.0)
    assert world.time_h[arcs] == pytest.approx(10.0)
    with pytest.raises(BadInput, match="2 faults"):
        net.improve(world, "torugart", time_factor=-1, cost_factor=np.nan)


def test_a_new_railway_joins_its_places_over_a_new_border(world: Network) -> None:
    built = net.build_line(world, "rail", ["Kashgar", "Osh"], gauge_mm=1435, length_km=480, project="Kashgar-Osh")
    assert net.check(built) == []
    mine = net.arcs_at(built, "kashgar-osh")
    line = mine[built.arc_kind[mine] == ARC_KINDS.index("line")]
    assert built.length_km[line].sum() == pytest.approx(2 * 480)
    assert {LAYERS[k] for k in built.arc_layer[mine]} == {"rail1435"}
    # terminals 12 + 12, line 480 km at 50 km/h, border 24
    assert hours(built, "Kashgar", "Osh") == pytest.approx(12 + 12 + 480 / 50 + 24)
    assert hours(net.close(built, "CHN-KGZ"), "Kashgar", "Osh") == np.inf
    assert hours(net.close(built, "Kashgar-Osh"), "Kashgar", "Osh") == np.inf


def test_a_new_road_reuses_the_named_crossing_on_its_way(world: Network) -> None:
    built = net.build_line(world, "road", ["Kashgar", "Naryn"], speed_kmh=80, project="motorway")
    assert len(built.tags) == len(world.tags) + 1
    mine = net.arcs_at(built, "motorway")
    assert len(mine) == 4
    assert (built.arc_kind[mine] == ARC_KINDS.index("line")).all()
    assert hours(net.close(built, "torugart"), "Kashgar", "Naryn") == np.inf
    assert hours(built, "Kashgar", "Naryn") < hours(world, "Kashgar", "Naryn")


def test_a_second_gauge_gets_a_break_of_gauge(world: Network) -> None:
    first = net.build_line(world, "rail", ["Naryn", "Osh"], gauge_mm=1520)
    second = net.build_line(first, "rail", ["Kashgar", "Naryn"])
    gauge = np.flatnonzero(second.arc_kind == ARC_KINDS.index("gauge"))
    assert len(gauge) == 2
    assert {str(second.node_id[k]) for k in second.tail[gauge]} == {"naryn@rail1435", "naryn@rail1520"}


def test_a_known_project_is_opened_where_it_lies(world: Network) -> None:
    built = net.build_line(world, "rail", ["Kashgar", "Osh"], project="cku")
    waiting = net.close(built, "cku")
    again = net.build_line(waiting, "rail", ["Kashgar", "Osh"], project="cku")
    assert again.n_arcs == waiting.n_arcs
    assert not again.closed.any()
    with pytest.raises(BadInput, match="open already"):
        net.build_line(again, "rail", ["Kashgar", "Osh"], project="cku")


def test_what_is_wrong_with_a_line_is_said_at_once(world: Network) -> None:
    with pytest.raises(BadInput, match="5 faults"):
        net.build_line(world, "tram", ["Nowhere"], gauge_mm=900, speed_kmh=-3)
    with pytest.raises(UnknownName, match="Kashgar"):
        net.build_line(world, "rail", ["Kashgarr", "Osh"])


def test_a_port_is_opened_enlarged_or_built(world: Network) -> None:
    shut = net.close(world, "poti-port")
    opened = net.build_port(shut, "Poti", capacity_t_yr=5e5, time_h=24.0)
    arcs = net.arcs_at(opened, "poti-port")
    assert opened.capacity_t_yr[arcs] == pytest.approx(1.5e6)
    assert opened.time_h[arcs] == pytest.approx(24.0)
    assert not opened.closed.any()
    batumi = net.build_port(replace_place(world, "lodz@city", 41.65, 41.65), "Łódź")
    assert net.check(batumi) == []
    assert np.isfinite(hours(batumi, "Łódź", "Poti"))
    with pytest.raises(BadInput, match="needs the sea"):
        net.build_port(world, "Łódź")


def replace_place(network: Network, node: str, lon: float, lat: float) -> Network:
    k = network.node_id.tolist().index(node)
    lons, lats = network.lon.copy(), network.lat.copy()
    lons[k], lats[k] = lon, lat
    return replace(network, lon=lons, lat=lats)


def test_ships_too_deep_or_too_wide_are_blocked(world: Network) -> None:
    kind = [world.tags[k].id if k >= 0 else "" for k in world.arc_tag]

    def stopped(ship: str) -> set[str]:
        return {kind[k] for k in np.flatnonzero(net.blocked_for_ship(world, ship))}

    assert stopped("feeder") == set()
    assert stopped("suezmax") == {"poti-port"}
    assert stopped("vlcc") == {"poti-port", "bosporus"}
    assert stopped("ulcv") == {"poti-port", "bosporus"}
    with pytest.raises(UnknownName, match="did you mean vlcc"):
        net.blocked_for_ship(world, "vlccc")


def test_ship_classes_are_complete() -> None:
    for ship in net.ship_classes().values():
        assert ship.source
        assert ship.basis in ("observed", "estimated", "assumed")
        assert 0 < ship.time_factor < 2
        assert 0.3 < ship.cost_factor < 4
    assert net.ship_class("neo-panamax").cost_factor == pytest.approx(1.0)


def test_the_table_of_ships_obeys_its_dictionary() -> None:
    table = tables.shipped("ship_classes")
    assert set(table["ship"]) == set(net.ship_classes())
