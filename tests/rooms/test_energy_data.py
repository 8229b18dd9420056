"""The shipped energy tables keep to the data dictionary, and to each other."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from tools.energy import calibrate

from landbridge import tables
from landbridge.energy import closed_links, load_market, read_capacities, read_volumes, restrictions, solve
from landbridge.energy.data import table
from landbridge.errors import BadInput, BadTable, DataMissing

TABLES = (
    "nodes", "pipes", "places", "berths", "sea", "volumes", "flows", "benchmarks", "restrictions", "parameters",
    "anchors", "terms", "reference", "closures", "projection", "storages", "seasons", "projects", "contracts", "spare",
    "shapes", "fields", "terminals",
)  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_table_keeps_to_the_dictionary_and_every_row_has_a_source(name: str) -> None:
    frame = tables.shipped(f"energy/{name}", f"energy_{name}")
    assert len(frame) > 0
    assert (frame["source"].str.len() > 0).all()


@pytest.mark.parametrize(("fuel", "year"), [("crude", 2022), ("crude", 2023), ("gas", 2022), ("gas", 2023)])
def test_links_are_unique_and_named_by_the_market(fuel: str, year: int) -> None:
    market = load_market(fuel, year=year)  # type: ignore[arg-type]
    assert len(set(market.arcs.link)) == len(market.arcs.link)
    assert len(market.nodes.id) >= 40


def test_an_unknown_fuel_is_one_clear_line() -> None:
    with pytest.raises(BadInput, match="allowed: crude, gas"):
        load_market("coal")  # type: ignore[arg-type]


def test_a_users_statistics_move_the_base_point(tmp_path: Path) -> None:
    market = load_market("gas")
    how = {"forbidden": restrictions("gas"), "capacity_factor": closed_links("gas")}
    base = solve(market, **how)  # type: ignore[arg-type]
    rows = ["node,production,consumption"]
    for n, name in enumerate(market.nodes.id):
        makes, uses = n in market.supply.node, n in market.demand.node
        made, used = base.production[n], base.consumption[n]
        rows.append(f"{name},{made if makes and made > 0 else ''},{used if uses and used > 0 else ''}")
    path = tmp_path / "mine.csv"
    path.write_text("\n".join(rows), encoding="utf-8")
    same = solve(read_volumes(market, path), **how)  # type: ignore[arg-type]
    np.testing.assert_allclose(same.price, base.price, rtol=5e-3)
    path.write_text("node,production,consumption\nchn-coast,,300\n", encoding="utf-8")
    more = solve(read_volumes(market, path), **how)  # type: ignore[arg-type]
    assert more.price_at("chn-coast") > base.price_at("chn-coast")
    assert more.price_at("usa") == pytest.approx(base.price_at("usa"), rel=1e-3)


def test_faults_in_a_users_statistics_are_listed_together(tmp_path: Path) -> None:
    market = load_market("gas")
    path = tmp_path / "mine.csv"
    path.write_text("node,production,consumption\nchn-cost,,3\nusa,-4,\njpn,5,x\n", encoding="utf-8")
    with pytest.raises(BadTable) as caught:
        read_volumes(market, path)
    text = str(caught.value)
    assert len(caught.value.faults) == 4
    assert "row 2" in text and "chn-coast" in text and "'-4'" in text and "jpn has no production" in text
    with pytest.raises(DataMissing):
        read_volumes(market, tmp_path / "none.csv")


def test_a_users_capacities(tmp_path: Path) -> None:
    market, path = load_market("gas"), tmp_path / "links.csv"
    path.write_text("link,capacity\npower-of-siberia-1,30\nnord-stream,inf\n", encoding="utf-8")
    arcs = read_capacities(market, path).arcs
    assert arcs.capacity[arcs.link.index("power-of-siberia-1")] == 30.0
    assert np.isinf(arcs.capacity[arcs.link.index("nord-stream")])
    path.write_text("link,capacity\npower-of-siberia-1,-3\nnord-streem,5\nyamal-lng,x\n", encoding="utf-8")
    with pytest.raises(BadTable) as caught:
        read_capacities(market, path)
    text = str(caught.value)
    assert len(caught.value.faults) == 3
    assert "capacity = '-3'" in text and "nought, a positive number or inf" in text and "nearest: nord-stream" in text


def test_demand_without_supply_is_named(tmp_path: Path) -> None:
    market, path = load_market("gas"), tmp_path / "links.csv"
    into = [a for a, head in enumerate(market.arcs.head) if market.nodes.id[head] == "twn"]
    rows = [f"{link},0" for link in dict.fromkeys(market.arcs.link[a] for a in into)]
    path.write_text("\n".join(["link,capacity", *rows]), encoding="utf-8")
    if market.nodes.index("twn") in market.supply.node:
        size = np.where(market.supply.node == market.nodes.index("twn"), 0.0, market.supply.size)
        market = dataclasses.replace(market, supply=dataclasses.replace(market.supply, size=size))
    with pytest.raises(BadTable, match=r"twn: demand that no supply can reach.*open a link"):
        read_capacities(market, path)


@pytest.mark.parametrize(("fuel", "year"), [("crude", 2023), ("gas", 2022)])
def test_calibration_is_reproducible_from_the_shipped_tables(fuel: str, year: int) -> None:
    answer, term = calibrate.fit(fuel, year)
    shipped = {r["name"]: float(r["term"]) for r in table("terms") if r["fuel"] == fuel and r["year"] == str(year)}
    bound = calibrate.data.parameter("term_bound", fuel) * calibrate._level(fuel, year)
    for row, value in zip(answer.fit, term):
        if row.kind == "fitted":
            assert value == pytest.approx(shipped[row.name], abs=0.02), row.name
            assert abs(value) <= bound + 1e-9
