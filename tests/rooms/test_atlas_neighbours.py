"""Neighbouring cities of the shipped atlas: the audit's claim, checked pair by pair against its table of reasons."""

from __future__ import annotations

import pytest

pytest.importorskip("shapely", reason="the packages of the extra [atlas] are not installed")

from tools.atlas.audit import WHY, known, neighbours

from landbridge import network as net


@pytest.mark.parametrize(("mode", "least", "most_apart"), [("rail", 1500, 0.25), ("road", 2000, 0.06)])
def test_neighbours_far_apart_stand_in_the_table_with_a_reason(mode: str, least: int, most_apart: float) -> None:
    pairs = neighbours(net.load(), mode)
    assert len(pairs) >= least
    apart = {(mode, p.a, p.b) for p in pairs if p.apart}
    table = {key for key in known() if key[0] == mode}
    assert apart == table
    assert len(apart) <= most_apart * len(pairs)


def test_every_reason_is_one_of_the_known() -> None:
    assert set(known().values()) <= set(WHY)
