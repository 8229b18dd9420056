"""Capacities and named lines of the shipped atlas: where figures are published, on the arcs, in each direction."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files

import numpy as np
import pytest

from landbridge import network as net
from landbridge.network import ARC_KINDS, LAYERS, Network

HERE = files("landbridge") / "data" / "atlas"
LINE, BORDER = ARC_KINDS.index("line"), ARC_KINDS.index("border")


@cache
def atlas() -> Network:
    return net.load()


def table(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((HERE / name).read_text(encoding="utf-8").splitlines()))


def arcs_of(tag: str, kind: int, leaving: str = "") -> np.ndarray:
    network = atlas()
    number = [t.id for t in network.tags].index(tag)
    ours = (network.arc_tag == number) & (network.arc_kind == kind)
    if leaving:
        ours &= network.node_country[network.tail] == leaving
    return np.flatnonzero(ours)


def test_every_published_capacity_is_on_its_arcs() -> None:
    network = atlas()
    ids = {t.id: k for k, t in enumerate(network.tags)}
    rows = [r for r in table("capacities.csv") if r["what"] == "capacity"]
    assert len({r["id"] for r in rows}) >= 25
    for row in rows:
        arcs = np.flatnonzero(network.arc_tag == ids[row["id"]])
        for column, room in (("teu_yr_each_way", network.capacity_teu_yr), ("t_yr_each_way", network.capacity_t_yr)):
            if row[column]:
                assert np.isclose(room[arcs], float(row[column])).any(), (row["id"], column)


def test_a_capacity_of_one_direction_stays_in_that_direction() -> None:
    network = atlas()
    out = arcs_of("manzhouli-zabaikalsk", BORDER, "CHN")
    back = arcs_of("manzhouli-zabaikalsk", BORDER, "RUS")
    rail = np.array([name.startswith("rail") for name in LAYERS])
    out, back = out[rail[network.arc_layer[out]]], back[rail[network.arc_layer[back]]]
    # 8 and 20 trains a day of 108 TEU
    assert network.capacity_teu_yr[out] == pytest.approx(8 * 365 * 108)
    assert network.capacity_teu_yr[back] == pytest.approx(20 * 365 * 108)


def test_what_nobody_published_is_unknown_and_never_nought() -> None:
    network = atlas()
    assert np.isnan(network.capacity_teu_yr[arcs_of("suifenhe-grodekovo", BORDER)]).all()
    assert not (network.capacity_teu_yr == 0).any()
    assert not (network.capacity_t_yr == 0).any()


def test_observed_traffic_fits_through_the_capacity() -> None:
    """The trains and tonnes of 2021-2024 pass what is published as capacity of the same unit."""
    room = {}
    for row in table("capacities.csv"):
        for column in ("teu_yr_each_way", "t_yr_each_way"):
            if row[column] and row["what"] == "capacity" and ">" not in row["way"]:
                room[(row["id"], row["mode"], column)] = float(row[column])
    compared = 0
    for row in table("capacities.csv"):
        for column in ("teu_yr_each_way", "t_yr_each_way"):
            key = (row["id"], row["mode"], column)
            if row["what"] == "traffic" and row[column] and key in room:
                compared += 1
                assert float(row[column]) <= room[key] * 1.05, key
    assert compared >= 6


def test_every_capacity_has_unit_source_and_confidence() -> None:
    for row in table("capacities.csv"):
        assert row["source"] and row["unit"] in ("TEU_yr", "Mt_yr", "trains_day")
        assert row["basis"] in ("observed", "estimated") and row["confidence"] in ("high", "medium", "low")


def test_named_lines_lie_on_the_arcs() -> None:
    network = atlas()
    lines = table("lines.csv")
    assert len(lines) >= 90
    for line in lines:
        arcs = arcs_of(line["id"], LINE)
        assert len(arcs) > 0, line["id"]
        assert {LAYERS[k] for k in network.arc_layer[arcs]} == {f"rail{line['gauge_mm']}"}
        assert set(network.node_country[network.tail[arcs]]) <= set(line["countries"].split()), line["id"]
        assert line["tracks"] in ("1", "2") and line["electrified"] and line["source"]


@pytest.mark.parametrize(
    ("line", "tracks", "electrified"),
    [
        ("transsib-east", "2", "25 kV AC"),
        ("dostyk-mointy", "1", "no"),
        ("lanxin", "2", "25 kV AC"),
        ("trans-mongolian", "1", "no"),
        ("poland-e20", "2", "3 kV DC"),
    ],
)
def test_tracks_and_wires_of_main_corridors(line: str, tracks: str, electrified: str) -> None:
    row = next(r for r in table("lines.csv") if r["id"] == line)
    assert (row["tracks"], row["electrified"]) == (tracks, electrified)


def test_an_eastward_capacity_binds_eastward_only() -> None:
    network = atlas()
    arcs = arcs_of("transsib-east", LINE)
    known = np.isfinite(network.capacity_t_yr[arcs])
    assert known.sum() * 2 == len(arcs)
    east = network.lon[network.head[arcs]] > network.lon[network.tail[arcs]]
    km, before_khabarovsk = network.length_km[arcs], network.lon[network.tail[arcs]] < 134.0
    known &= before_khabarovsk  # from there the line runs south-west to the sea
    assert km[known & east].sum() > 0.9 * km[known].sum()


def test_a_line_is_improved_by_its_name() -> None:
    before = atlas()
    after = net.improve(before, "dostyk-mointy", time_factor=0.5)
    arcs = arcs_of("dostyk-mointy", LINE)
    assert after.time_h[arcs] == pytest.approx(before.time_h[arcs] * 0.5)
    assert (np.delete(after.time_h, arcs) == np.delete(before.time_h, arcs)).all()
