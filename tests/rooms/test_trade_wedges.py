"""Wedges from routes, measures and the literature; coalitions."""

from __future__ import annotations

import numpy as np
import pytest

from landbridge import tables, trade
from landbridge.errors import BadInput


def test_network_wedge_by_hand() -> None:
    """3,000 USD and 15 days on a box worth 50,000 at 1 % a day: 6 % freight + 15 % time."""
    assert trade.network_wedge(3000.0, 360.0, 50_000.0, 0.01) == pytest.approx(0.21)
    cost, hours = np.array([[0.0, 3000.0], [np.inf, 0.0]]), np.array([[0.0, 360.0], [1.0, 0.0]])
    by_sector = trade.network_wedge(cost, hours, np.array([50_000.0, 5_000.0])[:, None, None], 0.0)
    assert by_sector.shape == (2, 2, 2)
    assert by_sector[1, 0, 1] == pytest.approx(0.6)
    assert np.isinf(by_sector[:, 1, 0]).all()


def test_every_shipped_sector_of_goods_travels_as_some_commodity_group() -> None:
    """Tonne values and values of time stand in one place, data/assignment/values.csv, by commodity group."""
    mix = tables.shipped("assignment/sector_groups", "sector_groups")
    known = set(tables.shipped("assignment/values", "values").commodity_group) | {"*"}
    assert set(mix.commodity_group) <= known
    for count in (1, 12):
        for sector in trade.load_baseline(count).sectors:
            moved = mix[mix.sector == sector].share.sum()
            assert moved == pytest.approx({"services": 0.0, "gas": 0.0, "goods and services": 0.753}.get(sector, 1.0))


def test_both_bases_are_named() -> None:
    """A wedge of 20 % cut by a tenth is 1.67 % off the factor: the two readings of one published number."""
    change = trade.change_percent(0.20, 0.18)
    assert change.of_wedge_percent == pytest.approx(-10.0)
    assert change.of_factor_percent == pytest.approx(-100 * 0.02 / 1.2)
    assert np.isnan(trade.change_percent(0.0, 0.1).of_wedge_percent)


def test_wedge_hat_loses_and_keeps_ways() -> None:
    hat = trade.wedge_hat([0.2, 0.2, np.inf], [0.1, np.inf, np.inf])
    assert hat == pytest.approx([1.1 / 1.2, np.inf, 1.0])
    with pytest.raises(BadInput, match="without a way in the base"):
        trade.wedge_hat(np.inf, 0.1)


def test_coverage_and_literature_effects() -> None:
    theta = 5.0
    assert trade.covered(np.inf, 1.0, theta) == np.inf
    assert trade.covered(1.3, 0.0, theta) == 1.0
    assert trade.covered(np.inf, 0.4, theta) ** -theta == pytest.approx(0.6)  # 40 % embargoed: 60 % of trade is left
    assert trade.from_trade_change(-0.2, theta) ** -theta == pytest.approx(0.8)
    assert trade.from_trade_change(-1.0, theta) == np.inf
    with pytest.raises(BadInput):
        trade.covered(1.2, 1.5, theta)
    with pytest.raises(BadInput):
        trade.from_trade_change(-1.2, theta)


def test_evasion_caps_the_wedge() -> None:
    theta = 5.0
    assert trade.evaded(np.inf, 0.25, 1.0, theta) == pytest.approx(1.25)  # the detour, not the ban, sets the price
    assert trade.evaded(1.1, 0.25, 1.0, theta) == pytest.approx(1.1)  # a toll below the detour is paid
    assert trade.evaded(np.inf, np.inf, 1.0, theta) == np.inf
    assert 1.0 < trade.evaded(np.inf, 0.25, 0.5, theta) < 1.25
    with pytest.raises(BadInput, match="detour"):
        trade.evaded(np.inf, -0.1, 1.0, theta)


def test_who_bears_what() -> None:
    world = trade.load_baseline()
    west = ["DEU", "USA", "JPN", "GBR"]
    wedge = trade.measure(world, west, "RUS", direction="imports")
    result = trade.solve(world, wedge)
    russia, germany = world.index("RUS"), world.index("DEU")
    assert result.flow_usd[0, russia, germany] == 0.0 < result.flow_usd[0, germany, russia]
    burdens = {b.group: b for b in trade.burdens(result, {"coalition": west, "target": ["RUS"]})}
    assert set(burdens) == {"coalition", "target", "others"}
    assert burdens["target"].usd < 0
    total = (result.base_income_usd * (result.real_income_hat - 1)).sum()
    assert sum(b.usd for b in burdens.values()) == pytest.approx(total)
    with pytest.raises(BadInput, match="ZZZ"):
        trade.burdens(result, {"coalition": ["ZZZ"]})
    with pytest.raises(BadInput, match="against itself"):
        trade.measure(world, ["RUS"], "RUS")


def test_each_members_part() -> None:
    world = trade.load_baseline()
    found = trade.contributions(world, ["DEU", "JPN", "NZL"], "RUS")
    assert found[0].iso3 == "DEU"  # the largest trader of the three
    assert all(c.on_target_percent < 0 for c in found)
