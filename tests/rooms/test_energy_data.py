"""The shipped energy tables keep to the data dictionary, and to each other."""

from __future__ import annotations

import pytest

from landbridge import tables
from landbridge.energy import load_market
from landbridge.errors import BadInput

TABLES = (
    "nodes", "pipes", "places", "berths", "sea", "volumes", "flows", "benchmarks", "restrictions", "parameters",
    "anchors", "terms", "reference", "closures", "projection", "storages", "seasons", "projects", "contracts", "spare",
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
