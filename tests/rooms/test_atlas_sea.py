"""The shipped atlas at sea: published distances, true cuts at the passages, ships, ports, countries of points."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra

from landbridge import network as net
from landbridge.network import LAYERS, Network
from landbridge.units import KM_PER_NM

SEA = LAYERS.index("sea")
CITY, PORT = net.NODE_KINDS.index("city"), net.NODE_KINDS.index("port")


@cache
def atlas() -> Network:
    return net.load()


def sea_nm(network: Network, origin: str, destination: str, ship: str = "") -> tuple[float, list[str]]:
    """Shortest way between two ports in nautical miles and the passages on it; inf and [] where there is none."""
    use = ~network.closed & (network.arc_layer == SEA)
    if ship:
        use &= ~net.blocked_for_ship(network, ship)
    n = network.n_nodes
    arcs = np.flatnonzero(use)
    length = network.length_km[arcs] + 1e-9
    order = np.lexsort((length, network.head[arcs], network.tail[arcs]))
    key = network.tail[arcs].astype(np.int64) * n + network.head[arcs]
    _, first = np.unique(key[order], return_index=True)
    arcs = arcs[order[first]]
    graph = coo_matrix((network.length_km[arcs] + 1e-9, (network.tail[arcs], network.head[arcs])), shape=(n, n)).tocsr()
    ids = {node: k for k, node in enumerate(network.node_id.tolist())}
    a, b = ids[f"{origin}-port@sea"], ids[f"{destination}-port@sea"]
    km, before = dijkstra(graph, indices=a, return_predecessors=True)
    if not np.isfinite(km[b]):
        return np.inf, []
    by_pair = {(int(network.tail[k]), int(network.head[k])): k for k in arcs}
    passages, at = [], b
    while at != a:
        tag = network.arc_tag[by_pair[int(before[at]), at]]
        if tag >= 0:
            passages.append(network.tags[tag].id)
        at = int(before[at])
    return float(km[b]) / KM_PER_NM, list(dict.fromkeys(reversed(passages)))


def test_the_atlas_is_sound() -> None:
    assert net.check(atlas()) == []
    countries = set(atlas().node_country[atlas().node_layer == LAYERS.index("city")].tolist())
    assert len(countries) >= 240


# Published distances. A: Rodrigue, Port Economics (yardstick E01); B: route tables (yardstick N04); C: E. R. Johnson's
# report to the US Secretary of War (Bishop, Panama Past and Present, p. 237); D: Suez Canal Authority, influences
# of the canal; E: NGA Publication 151; F: US Hydrographic Office (Merry, The Nicaragua Canal); G: MOL Service 2022.
# H: International Shipping News 2016-07-30, on US LNG.
PUBLISHED = [
    ("shanghai", "rotterdam", (), 10_600, "A"),
    ("shanghai", "rotterdam", ("suez", "panama"), 13_800, "A"),
    ("rotterdam", "yokohama", (), 11_393, "B"),
    ("new-york-and-new-jersey", "oakland", (), 5_262, "C, to San Francisco"),
    ("new-york-and-new-jersey", "oakland", ("panama", "cape-horn"), 13_135, "C, by the Strait of Magellan"),
    ("new-york-and-new-jersey", "colon", (), 1_974, "C"),
    ("new-orleans-and-south-louisiana", "colon", (), 1_395, "C"),
    ("jeddah", "constanta", (), 1_698, "D"),
    ("jeddah", "constanta", ("suez",), 11_771, "D"),
    ("new-york-and-new-jersey", "colombo", (), 8_604, "E"),
    ("oakland", "yokohama", (), 4_536, "F, from San Francisco"),
    ("oakland", "hong-kong", (), 6_060, "F, from San Francisco"),
    ("honolulu", "hong-kong", (), 4_917, "F"),
    ("los-angeles", "tokyo", (), 4_800, "G, great circle"),
    ("honolulu", "yokohama", (), 3_400, "F"),
    ("sabine-pass", "mejillones", (), 3_607, "H"),
    ("sabine-pass", "mejillones", ("panama",), 9_507, "H"),
    ("sabine-pass", "tokyo", ("panama",), 14_500, "H, US Gulf to Tokyo Bay by Suez"),
]


@pytest.mark.parametrize(("origin", "destination", "shut", "published_nm", "source"), PUBLISHED)
def test_published_distances_within_three_percent(
    origin: str, destination: str, shut: tuple[str, ...], published_nm: float, source: str
) -> None:
    network = net.close(atlas(), list(shut)) if shut else atlas()
    ours, _ = sea_nm(network, origin, destination)
    assert ours == pytest.approx(published_nm, rel=0.03), source


def test_the_median_error_of_published_distances_is_under_one_percent() -> None:
    errors = []
    for origin, destination, shut, published_nm, _ in PUBLISHED:
        network = net.close(atlas(), list(shut)) if shut else atlas()
        errors.append(abs(sea_nm(network, origin, destination)[0] / published_nm - 1))
    assert np.median(errors) < 0.01


def test_shanghai_rotterdam_goes_by_suez_and_else_by_the_cape() -> None:
    open_nm, by = sea_nm(atlas(), "shanghai", "rotterdam")
    assert open_nm == pytest.approx(10_600, rel=0.02)
    assert {"malacca", "bab-el-mandeb", "suez", "gibraltar"} <= set(by)
    shut_nm, by = sea_nm(net.close(atlas(), "suez"), "yangshan", "rotterdam", ship="ulcv")
    assert shut_nm == pytest.approx(13_800, rel=0.02)
    assert "cape-good-hope" in by
    assert not {"panama", "northern-sea-route", "northwest-passage", "bering"} & set(by)


def test_the_northern_sea_route_is_shut_until_it_is_reopened() -> None:
    reopened = net.reopen(atlas(), "northern-sea-route")
    nm, by = sea_nm(reopened, "rotterdam", "yokohama")
    assert nm == pytest.approx(7_613, rel=0.02)  # yardstick N04
    assert by == ["northern-sea-route", "bering"]
    assert sea_nm(atlas(), "sabetta", "yokohama")[0] > 12_000
    assert sea_nm(reopened, "sabetta", "yokohama")[0] < 6_000
    assert sea_nm(atlas(), "sabetta", "zeebrugge")[0] < 3_000


# what a passage, or several, cut off: (passages, inside, outside)
CAPTIVE = [
    (("hormuz",), "ras-tanura", "rotterdam"),
    (("hormuz",), "jebel-ali", "fujairah"),
    (("bosporus",), "odesa", "piraeus"),
    (("dardanelles",), "ambarli-istanbul", "piraeus"),
    (("kerch",), "mariupol", "novorossiysk"),
    (("danish-straits", "kiel"), "primorsk", "rotterdam"),
    (("suez", "bab-el-mandeb"), "jeddah", "mumbai"),
    (("suez", "gibraltar"), "marseille-fos", "rotterdam"),
    (("tiran",), "aqaba", "jeddah"),
    (("st-lawrence-seaway",), "chicago", "montreal"),
    ((), "aktau", "novorossiysk"),
    ((), "anzali", "bandar-abbas"),
]


@pytest.mark.parametrize(("shut", "inside", "outside"), CAPTIVE)
def test_captive_seas_have_no_other_way_out(shut: tuple[str, ...], inside: str, outside: str) -> None:
    network = net.close(atlas(), list(shut)) if shut else atlas()
    assert sea_nm(network, inside, outside) == (np.inf, [])
    if shut:
        assert np.isfinite(sea_nm(atlas(), inside, outside)[0])


def reached_by_sea(network: Network, origin: str) -> set[str]:
    """Cities that a box from `origin` reaches by drayage, ports and sea lanes alone."""
    city = network.node_layer == LAYERS.index("city")
    drayage = (network.arc_kind == net.ARC_KINDS.index("terminal")) & city[network.tail] & city[network.head]
    use = np.flatnonzero(~network.closed & (drayage | (network.arc_layer == SEA)))
    n = network.n_nodes
    graph = coo_matrix((np.ones(len(use)), (network.tail[use], network.head[use])), shape=(n, n)).tocsr()
    km = dijkstra(graph, indices=net.find_place(network, origin), unweighted=True)
    return set(network.node_name[np.isfinite(km) & city].tolist())


def test_trucks_between_two_shores_do_not_undo_a_closure() -> None:
    assert "Rotterdam" in reached_by_sea(atlas(), "Ras Tanura")
    shut = reached_by_sea(net.close(atlas(), "hormuz"), "Ras Tanura")
    assert "Dubai" in shut
    assert not {"Rotterdam", "Fujairah", "Shanghai", "Mumbai"} & shut
    baltic = reached_by_sea(net.close(atlas(), ["danish-straits", "kiel"]), "Helsinki")
    assert "Gdańsk" in baltic
    assert not {"Hamburg", "Rotterdam"} & baltic
    caspian = reached_by_sea(atlas(), "Aktau")
    assert {"Baku", "Turkmenbashi", "Astrakhan"} <= caspian
    assert not {"Istanbul", "Bandar Abbas", "Novorossiysk"} & caspian
    east = reached_by_sea(
        net.close(atlas(), ["panama", "magellan", "cape-horn", "suez", "cape-good-hope"]), "Rotterdam"
    )
    assert "New York City" in east
    assert not {"Los Angeles", "Shanghai", "Balboa"} & east


# every passage matters to some pair: shut, the way is longer or gone, and never through the passage
NEXT_BEST = [
    ("suez", "singapore", "marseille-fos"),
    ("panama", "houston", "balboa"),
    ("malacca", "port-klang", "shanghai"),
    ("bab-el-mandeb", "jeddah", "mumbai"),
    ("gibraltar", "barcelona", "rotterdam"),
    ("danish-straits", "gdansk", "gothenburg"),
    ("kiel", "gdansk", "hamburg"),
    ("dover", "le-havre", "rotterdam"),
    ("sunda", "cigading", "tanjung-priok-jakarta"),
    ("lombok", "port-hedland", "balikpapan"),
    ("makassar", "balikpapan", "tanjung-perak-surabaya"),
    ("ombai-wetar", "dampier", "morowali"),
    ("luzon", "kaohsiung", "apra"),
    ("taiwan-strait", "xiamen", "shanghai"),
    ("korea-strait", "busan", "osaka"),
    ("tsugaru", "niigata", "los-angeles"),
    ("la-perouse", "vladivostok", "magadan"),
    ("torres", "darwin", "brisbane"),
    ("bering", "anadyr", "pevek"),
    ("cape-good-hope", "cape-town", "durban"),
    ("magellan", "punta-arenas", "buenos-aires"),
    ("cape-horn", "ushuaia", "buenos-aires"),
    ("mozambique", "mombasa", "durban"),
    ("messina", "gioia-tauro", "piraeus"),
]


@pytest.mark.parametrize(("passage", "origin", "destination"), NEXT_BEST)
def test_a_closed_passage_is_never_sailed_and_never_shortens(passage: str, origin: str, destination: str) -> None:
    before, by = sea_nm(atlas(), origin, destination)
    assert passage in by
    after, by = sea_nm(net.close(atlas(), passage), origin, destination)
    assert after > before
    assert passage not in by


def test_large_ships_do_not_fit() -> None:
    assert "panama" in sea_nm(atlas(), "savannah", "tokyo", "panamax")[1]
    assert "panama" not in sea_nm(atlas(), "halifax", "yokohama", "ulcv")[1]
    assert "suez" in sea_nm(atlas(), "basra-oil-terminal", "trieste", "suezmax")[1]
    assert "cape-good-hope" in sea_nm(atlas(), "ras-tanura", "rotterdam", "vlcc")[1]
    assert sea_nm(atlas(), "primorsk", "rotterdam", "suezmax") == (np.inf, [])
    assert np.isfinite(sea_nm(atlas(), "primorsk", "rotterdam", "aframax")[0])


YARDSTICK_PORTS = [
    "Sabetta",
    "Kozmino",
    "Ust-Luga",
    "Primorsk",
    "Novorossiysk",
    "Vostochny",
    "Aktau",
    "Alat",
    "Turkmenbashi",
    "Gwadar",
    "Hambantota",
    "Kyaukpyu",
    "Piraeus",
    "Djibouti",
    "Mombasa",
    "Lamu",
    "Bagamoyo",
]


@pytest.mark.parametrize("name", [*YARDSTICK_PORTS, "Ras Tanura"])
def test_the_ports_of_the_yardstick_are_there_and_joined_to_land(name: str) -> None:
    network = atlas()
    assert network.node_kind[net.find_place(network, name)] in (CITY, PORT)
    port = next(t for t in network.tags if t.kind == "port" and t.name == name)
    mine = np.flatnonzero(network.arc_tag == network.tags.index(port))
    assert len(mine) == 2
    quay = network.node_id.tolist().index(f"{port.id}@city")
    assert np.any((network.tail == quay) & (network.arc_kind == net.ARC_KINDS.index("terminal")))
    assert network.closed[mine].all() == (name in {"Bagamoyo"})  # not built in October 2023


def test_there_are_three_hundred_ports_and_thirty_passages() -> None:
    kinds = [t.kind for t in atlas().tags]
    assert kinds.count("port") >= 300
    assert kinds.count("passage") >= 27
    assert all(t.source for t in atlas().tags)
