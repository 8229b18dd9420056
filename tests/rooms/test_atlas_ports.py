"""Ports and passages of the shipped atlas: who fits, what is known of each port and from where."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files

import numpy as np
import pytest

from landbridge import network as net
from landbridge.network import Network, blocked_for_ship

HERE = files("landbridge") / "data" / "atlas"
YARDSTICK = (
    "sabetta kozmino ust-luga primorsk novorossiysk vostochny aktau alat turkmenbashi gwadar hambantota kyaukpyu "
    "piraeus djibouti mombasa lamu"
)


@cache
def atlas() -> Network:
    return net.load()


def table(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((HERE / name).read_text(encoding="utf-8").splitlines()))


def fits(ship: str, tag: str) -> bool:
    """Whether no arc of a passage or port is shut to the ship for its size."""
    network = atlas()
    number = [t.id for t in network.tags].index(tag)
    mine = blocked_for_ship(network, ship)[network.arc_tag == number]
    assert len(mine) > 0
    assert mine.all() or not mine.any()
    return not mine.any()


SIZES = [
    # passage: ship classes that pass | ship classes that do not
    ("suez", "ulcv neo-panamax capesize suezmax aframax q-flex", "vlcc"),
    ("panama", "feeder panamax neo-panamax aframax q-flex lng-carrier", "ulcv capesize suezmax vlcc"),
    ("bosporus", "neo-panamax aframax suezmax", "ulcv vlcc"),
    ("dardanelles", "neo-panamax aframax suezmax", "ulcv vlcc"),
    ("danish-straits", "neo-panamax aframax lng-carrier", "ulcv suezmax vlcc"),
    ("kiel", "feeder", "panamax neo-panamax ulcv aframax q-flex"),
    ("malacca", "ulcv capesize vlcc q-flex", ""),
    ("sunda", "ulcv suezmax", "capesize vlcc"),
    ("torres", "panamax q-flex", "neo-panamax aframax vlcc"),
    ("kerch", "", "feeder panamax"),
    ("st-lawrence-seaway", "", "panamax aframax"),
    ("cape-good-hope", "ulcv capesize vlcc", ""),
    ("northern-sea-route", "panamax lng-carrier q-flex", "neo-panamax aframax vlcc"),
]


@pytest.mark.parametrize(("passage", "large_enough", "too_small"), SIZES)
def test_who_fits_through_a_passage(passage: str, large_enough: str, too_small: str) -> None:
    assert [s for s in large_enough.split() if not fits(s, passage)] == []
    assert [s for s in too_small.split() if fits(s, passage)] == []


def test_the_shipped_table_says_who_fits() -> None:
    rows = {r["id"]: r for r in table("passages.csv")}
    assert len(rows) >= 27
    for passage, yes, no in SIZES:
        ships = set(rows[passage]["ships"].split())
        assert set(yes.split()) <= ships and not ships & set(no.split())
    assert (rows["kiel"]["max_draught_m"], rows["panama"]["max_beam_m"]) == ("9.5", "51.25")
    assert all(r["source"] and r["basis"] in ("observed", "estimated", "assumed") for r in rows.values())


# (class, most draught m, most beam m): what the name of the class promises, by who sets the limit
PUBLISHED = [
    ("panamax", 12.04, 32.31),  # old locks of the Panama Canal (ACP)
    ("panamax-bulk", 12.04, 32.31),
    ("neo-panamax", 15.24, 51.25),  # new locks (ACP)
    ("q-flex", 15.24, 51.25),  # Al Safliya passed on 2019-05-12
    ("suezmax", 20.1, 50.0),  # Suez at full draught (SCA, Rules of Navigation)
    ("ulcv", 17.0, 61.5),  # Ever A class at most
    ("vlcc", 20.5, 77.5),  # Malacca
]


@pytest.mark.parametrize(("ship", "draught", "beam"), PUBLISHED)
def test_a_class_is_no_larger_than_the_limit_it_is_named_after(ship: str, draught: float, beam: float) -> None:
    size = net.ship_class(ship)
    assert size.draught_m <= draught and size.beam_m <= beam


@pytest.mark.parametrize(
    ("passage", "draught", "beam"),
    [
        ("panama", 15.24, 51.25),  # ACP
        ("suez", 20.1, 77.5),  # SCA
        ("danish-straits", 15.4, None),  # Route T, recommended draught
        ("kiel", 9.5, 32.5),  # WSV
        ("torres", 12.5, None),  # AMSA, from 2021-11-01
        ("st-lawrence-seaway", 8.08, 23.8),  # Seaway corporations, 2023
        ("malacca", 20.5, None),  # our table's limit, from One Fathom Bank and IMO COLREG.2/Circ.44
    ],
)
def test_limits_of_a_passage_are_the_published_ones(passage: str, draught: float, beam: float | None) -> None:
    tag = next(t for t in atlas().tags if t.id == passage)
    assert tag.max_draught_m == pytest.approx(draught, abs=0.05)
    assert np.isnan(tag.max_beam_m) if beam is None else tag.max_beam_m == beam


@pytest.mark.parametrize("passage", ["northern-sea-route", "northwest-passage", "volga-don"])
def test_seasonal_passages_are_shut_by_default_and_say_when_they_open(passage: str) -> None:
    network = atlas()
    number = [t.id for t in network.tags].index(passage)
    arcs = network.arc_tag == number
    assert network.closed[arcs].all()
    opened = net.reopen(network, passage)
    assert not opened.closed[arcs].any()
    row = next(r for r in table("passages.csv") if r["id"] == passage)
    assert row["open"] == "no" and 1 <= int(row["first_month"]) <= int(row["last_month"]) <= 12
    assert bool(row["ice_class"]) == (passage != "volga-don")


@pytest.mark.parametrize(
    ("port", "yes", "no"),
    [
        ("chattogram-port", "feeder handysize", "ulcv neo-panamax panamax"),
        ("yangon-thilawa-port", "", "ulcv neo-panamax"),
        ("aktau-port", "feeder", "ulcv neo-panamax panamax"),
        ("rotterdam-port", "ulcv vlcc capesize", ""),
        ("singapore-port", "ulcv neo-panamax", "vlcc"),
        ("gwadar-port", "panamax panamax-bulk", "neo-panamax ulcv"),
        ("primorsk-port", "aframax", "suezmax vlcc"),
        ("kyaukpyu-port", "vlcc", ""),
        ("piraeus-port", "ulcv", ""),
        ("hamburg-port", "neo-panamax", "ulcv"),
    ],
)
def test_the_draught_of_a_port_binds(port: str, yes: str, no: str) -> None:
    assert [s for s in yes.split() if not fits(s, port)] == []
    assert [s for s in no.split() if fits(s, port)] == []


# the hours of a port by what they rest on: its own, its group or country by kind of ship, the country's survey of 2019
HOURS = {
    "own": "aktau alat primorsk djibouti mombasa gwadar hambantota",
    "like ships": "sabetta kozmino ust-luga novorossiysk vostochny piraeus lamu",
    "survey": "turkmenbashi kyaukpyu",
}


def test_the_hours_of_the_yardstick_say_what_they_rest_on() -> None:
    found: dict[str, set[str]] = {basis: set() for basis in HOURS}
    for port in YARDSTICK.split():
        rows = [r for r in table("ports.csv") if r["place"] == f"{port}-port" and r["what"] == "hours"]
        texts = [r["source"] for r in rows if not r["source"].startswith("World Bank")]
        words = ("of the country", "country's medians", "other port of the authority")
        kin = bool(texts) and any(w in texts[0] for w in words)
        found["like ships" if kin else "own" if texts else "survey"].add(port)
    assert found == {basis: set(ports.split()) for basis, ports in HOURS.items()}


def test_the_largest_ports_of_china_carry_what_they_have_carried() -> None:
    """Capacity is the most handled in any year so far, not a share of throughput that we assume."""
    rows = {(r["place"], r["way"]): r for r in table("ports.csv") if r["what"] == "capacity" and r["unit"] == "TEU_yr"}
    most = {
        "shanghai yangshan": 55.06e6,
        "ningbo-zhoushan zhoushan": 40e6,
        "shenzhen-yantian shenzhen-shekou": 33.4e6,
        "qingdao": 30.9e6,
        "guangzhou-nansha": 26.1e6,
        "tianjin-xingang": 23.3e6,
        "busan": 24.88e6,
        "hong-kong": 19.59e6,
    }
    for names, teu in most.items():
        mine = [rows[(f"{name}-port", way)] for name in names.split() for way in ("export", "import")]
        assert sum(float(r["value"]) for r in mine) == pytest.approx(teu, rel=1e-3)
        assert not any("by throughput" in r["source"] for r in mine)


def test_a_large_ship_does_not_call_at_a_port_of_ten_metres() -> None:
    network = atlas()
    quay = np.flatnonzero(network.node_id == "chattogram-port@city")
    out = np.isin(network.tail, quay) & (network.arc_kind == net.ARC_KINDS.index("port"))
    assert out.sum() == 1
    assert blocked_for_ship(network, "ulcv")[out].all()
    assert not blocked_for_ship(network, "feeder")[out].any()


def own(what: str) -> set[str]:
    """Ports with a published figure of their own, their group or all container ports of their country.

    Dues: where the survey's fee is greater than the published charge, the survey counts and the charge is named.
    """
    return {
        r["place"]
        for r in table("ports.csv")
        if r["what"] == what
        and r["basis"] in ("observed", "estimated")
        and (not r["source"].startswith("World Bank") or "handling alone" in r["source"])
    }


def test_at_least_forty_ports_have_hours_dues_depth_and_capacity_with_a_source() -> None:
    counts = {what: len(own(what)) for what in ("hours", "dues", "draught", "capacity")}
    assert min(counts.values()) >= 40, counts
    assert len({r["place"] for r in table("ports.csv")}) >= 300


def test_every_figure_of_a_port_has_unit_basis_and_source() -> None:
    units = {"draught": {"m"}, "hours": {"h"}, "dues": {"USD_TEU", "USD_t"}, "capacity": {"TEU_yr", "Mt_yr"}}
    for row in table("ports.csv"):
        assert row["unit"] in units[row["what"]]
        assert row["basis"] in ("observed", "estimated", "assumed") and row["source"]
        assert float(row["value"]) > 0
        assert set(row["terminals"].split()) <= {"container", "bulk", "oil", "lng", "general"}


@pytest.mark.parametrize("port", YARDSTICK.split())
def test_the_ports_of_the_yardstick_say_what_is_known(port: str) -> None:
    mine = [r for r in table("ports.csv") if r["place"] == f"{port}-port"]
    assert {"hours", "draught"} <= {r["what"] for r in mine}
    assert mine[0]["terminals"]
    assert [r for r in mine if r["basis"] == "observed" or not r["source"].startswith(("World Bank", "compiled"))]


def test_the_shipped_figures_are_those_of_the_arcs() -> None:
    network = atlas()
    ids = {t.id: k for k, t in enumerate(network.tags)}
    columns = {
        ("hours", "h"): network.time_h,
        ("dues", "USD_TEU"): network.cost_usd_teu,
        ("dues", "USD_t"): network.cost_usd_t,
        ("capacity", "TEU_yr"): network.capacity_teu_yr,
        ("capacity", "Mt_yr"): network.capacity_t_yr / 1e6,
    }
    quays = {int(k) for k in np.flatnonzero(np.char.endswith(network.node_id.astype(str), "@city"))}
    arcs = {}
    for k in np.flatnonzero(network.arc_kind == net.ARC_KINDS.index("port")).tolist():
        arcs[(int(network.arc_tag[k]), "export" if int(network.tail[k]) in quays else "import")] = k
    for row in table("ports.csv"):
        if row["what"] == "draught":
            assert network.tags[ids[row["place"]]].max_draught_m == float(row["value"])
        else:
            arc = arcs[(ids[row["place"]], row["way"])]
            assert columns[(row["what"], row["unit"])][arc] == pytest.approx(float(row["value"]), abs=0.051, rel=1e-5)
