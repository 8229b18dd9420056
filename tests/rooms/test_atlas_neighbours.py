"""Neighbouring cities of the shipped atlas: the audit's claim, checked pair by pair against its table of reasons."""

from __future__ import annotations

import pytest

pytest.importorskip("shapely", reason="the packages of the extra [atlas] are not installed")

from tools.atlas.audit import BASES, WHY, known, neighbours
from tools.atlas.geometry import drawn_km, short_enough

from landbridge import network as net


@pytest.mark.parametrize(("mode", "least", "most_apart"), [("rail", 1500, 0.20), ("road", 2000, 0.06)])
def test_neighbours_far_apart_stand_in_the_table_with_a_reason(mode: str, least: int, most_apart: float) -> None:
    pairs = neighbours(net.load(), mode)
    assert len(pairs) >= least
    apart = {(mode, p.a, p.b) for p in pairs if p.apart}
    table = {key for key in known() if key[0] == mode}
    assert apart == table
    assert len(apart) <= most_apart * len(pairs)


def test_every_reason_has_a_basis_and_says_where_the_way_goes() -> None:
    table = known()
    assert {r.why for r in table.values()} <= set(WHY)
    assert {r.basis for r in table.values()} <= set(BASES)
    assert [key for key, r in table.items() if not r.note] == []


def test_hardly_any_reason_by_rail_is_assumed() -> None:
    rail = [r for key, r in known().items() if key[0] == "rail"]
    assert sum(r.basis == "assumed" for r in rail) <= 0.1 * len(rail)


def test_most_reasons_by_rail_are_measured_or_read() -> None:
    rail = [r for key, r in known().items() if key[0] == "rail"]
    assert sum(r.basis in ("sourced", "drawn") for r in rail) >= 0.85 * len(rail)


@pytest.mark.slow
def test_no_shorter_way_is_drawn_where_the_table_says_so() -> None:
    # the geometry before any repair, cut, gauge or thinning of ours, gaps of up to 5 km joined
    network, table = net.load(), known()
    pairs = [p for p in neighbours(network, "rail") if table.get(("rail", p.a, p.b))]
    drawn = drawn_km(network, pairs)
    shorter = {(p.a, p.b) for p in pairs if short_enough(p, drawn[p.a, p.b])}
    assert {(a, b) for a, b in shorter if table["rail", a, b].basis == "drawn"} == set()
    assert len(shorter) <= 30  # each of them known, or read in a document
