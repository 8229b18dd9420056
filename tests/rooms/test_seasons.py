"""Passages that ice shuts for a part of the year: months, reopening, routes by month."""

from __future__ import annotations

from functools import cache

import pytest

import landbridge as lb
from landbridge import network as net
from landbridge.engine.regimes import regimes
from landbridge.errors import BadInput
from landbridge.network import Tag, in_month, season, shut_days
from landbridge.scenario import apply, schema
from landbridge.world import World

SEASONS = {
    # passage: months open, by default
    "northern-sea-route": ((7, 8, 9, 10, 11), False),
    "northwest-passage": ((8, 9), False),
    "volga-don": ((4, 5, 6, 7, 8, 9, 10, 11), False),
    "st-lawrence-seaway": ((4, 5, 6, 7, 8, 9, 10, 11, 12), True),
}


@cache
def world() -> World:
    return lb.load_world()


def tags() -> dict[str, Tag]:
    return {t.id: t for t in world().network.tags}


def reopened(*where: str, **more: bool) -> World:
    actions = tuple(schema.Reopen(where=w, **more) for w in where)
    return apply(lb.Scenario(title="seasons", actions=actions), world())


def test_months_of_a_season_may_run_over_the_turn_of_the_year() -> None:
    winter = Tag("ice-road", "Ice road", "passage", ("CAN",), "a test", first_month=11, last_month=2)
    assert winter.months == (11, 12, 1, 2)
    assert season(winter) == "November to February"
    assert shut_days(winter) == pytest.approx(365 * 8 / 12)
    always = Tag("suez", "Suez Canal", "passage", ("EGY",), "a test")
    assert (always.months, season(always), shut_days(always)) == (tuple(range(1, 13)), "", 0.0)


def test_the_atlas_knows_which_passages_have_a_season() -> None:
    assert {t.id for t in world().network.tags if t.first_month} == set(SEASONS)
    for name, (months, by_default) in SEASONS.items():
        assert (tags()[name].months, tags()[name].open_by_default) == (months, by_default)
    assert tags()["northern-sea-route"].ice_class and tags()["northwest-passage"].ice_class


def test_no_ship_of_freight_needs_the_season_of_a_passage_that_is_open_by_default() -> None:
    # else the status quo itself would need a part of the year for it
    for name in ("st-lawrence-seaway",):
        arcs = net.arcs_at(world().network, name)
        assert all(net.blocked_for_ship(world().network, ship)[arcs].all() for ship in net.ship_classes())


@pytest.mark.parametrize("month", range(1, 13))
def test_a_month_shuts_what_is_out_of_season(month: int) -> None:
    network = in_month(net.reopen(world().network, list(SEASONS)), month)
    for name, (months, _) in SEASONS.items():
        assert network.closed[net.arcs_at(network, name)].all() == (month not in months)
    assert not network.closed[net.arcs_at(network, "suez")].any()


def test_a_month_that_there_is_not_is_refused() -> None:
    with pytest.raises(BadInput, match="no month 13"):
        in_month(world().network, 13)


def test_a_reopened_passage_carries_its_share_of_the_year() -> None:
    changed = reopened("northern-sea-route")
    assert not changed.network.closed[net.arcs_at(changed.network, "northern-sea-route")].any()
    (closure,) = changed.closures
    assert (closure.where, closure.season) == ("northern-sea-route", "July to November")
    assert closure.intensity == pytest.approx(7 / 12)
    parts = {r.shut: r.weight for r in regimes(changed.closures)}
    assert parts == {(): pytest.approx(5 / 12), ("northern-sea-route",): pytest.approx(7 / 12)}


def test_all_year_is_said_and_seasons_nest() -> None:
    assert reopened("northern-sea-route", all_year=True).closures == ()
    parts = {r.shut: r.weight for r in regimes(reopened("northern-sea-route", "northwest-passage").closures)}
    both = ("northern-sea-route", "northwest-passage")
    assert parts == {
        (): pytest.approx(2 / 12),
        ("northwest-passage",): pytest.approx(3 / 12),
        both: pytest.approx(7 / 12),
    }


def test_what_is_open_already_gets_no_closure_from_reopening_it() -> None:
    assert reopened("st-lawrence-seaway").closures == ()
    assert len(reopened("volga-don", "volga-don").closures) == 1
    assert reopened("kerch").closures == ()  # no season


def test_a_route_says_the_season_and_goes_round_outside_it() -> None:
    words = {"by": ("sea",), "without_rules": True, "reopen": ["northern-sea-route"]}
    summer = lb.route(world(), "Rotterdam", "Yokohama", month=9, **words)
    assert "Northern Sea Route" in summer.routes[0].passages
    assert summer.seasons == (("Northern Sea Route: July to November, ice class Arc4 and above",),)
    assert "season: Northern Sea Route: July to November" in summer.text()
    assert summer.as_json()["routes"][0]["seasons"] == list(summer.seasons[0])
    winter = lb.route(world(), "Rotterdam", "Yokohama", month=2, **words)
    assert "Northern Sea Route" not in winter.routes[0].passages
    assert winter.seasons == ((),)
    any_month = lb.route(world(), "Rotterdam", "Yokohama", **words)
    assert any_month.routes[0].passages == summer.routes[0].passages and any_month.seasons == summer.seasons
