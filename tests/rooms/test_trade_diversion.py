"""Ways round a measure through third economies: by hand, as laws, and on the world of 2023."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import landbridge as lb
from landbridge import trade
from landbridge.engine import income, measures
from landbridge.engine import trade as step
from landbridge.engine.state import State, dearer_finance, solve_trade
from landbridge.scenario import apply

# 0 bans sales to 3; 1 and 2 do not. A fifth of what is listed evades.
N = 4
THETA = np.array([5.0])
TRADE = np.array([[0.0, 30.0, 10.0, 5.0], [1.0, 0.0, 2.0, 6.0], [1.0, 1.0, 0.0, 2.0], [1.0, 1.0, 1.0, 0.0]])


def side(listed: float = 0.5, obeyed: float = 0.8, hub_bans: float = 0.0) -> trade.Side:
    text = np.zeros((1, N, N))
    text[0, 0, 3], text[0, 1, 3] = listed, hub_bans
    freight = np.full((1, N, N), 0.05)
    freight[0, 0, 2] = 0.10
    return trade.Side(obeyed * text, text, freight)


def test_ways_by_hand() -> None:
    cells = trade.evading_cells(side())
    width = trade.ways_round(TRADE, THETA, side(), cells).total
    assert [int(a[0]) for a in (cells.sector, cells.origin, cells.destination)] == [0, 0, 3]
    by_1 = 30 * 6 / 9 * (1.05 * 1.05) ** -5.0
    by_2 = 10 * 2 / 4 * (1.10 * 1.05) ** -5.0
    assert width[0] == pytest.approx([0.0, by_1, by_2, 0.0])
    cells, ways = trade.reexports(np.full((1, N, N), 100.0), TRADE, THETA, side(), np.array([0.5]))
    usd = ways.total
    assert not ways.unloaded.any()
    # half listed, a fifth of it evades, half of that fits boxes
    assert usd.sum() == pytest.approx(100 * 0.5 * 0.2 * 0.5)
    assert usd[0, 1] / usd[0, 2] == pytest.approx(by_1 / by_2)
    dearer = trade.detour_percent(side(), cells, ways)
    assert dearer[0, 1] == pytest.approx(100 * (1.05 * 1.05 / 1.05 - 1)) and np.isnan(dearer[0, 0])


def test_goods_unloaded_on_the_way_by_hand() -> None:
    """All that goes from 0 to 1 crosses 3: the traders of 1 may unload there, at the cost of carriage straight to 3."""
    over = np.zeros((N, N))
    over[0, 1] = 1.0
    open_ = replace(side(), across={3: over})
    cells, ways = trade.reexports(np.full((1, N, N), 100.0), TRADE, THETA, open_, np.ones(1))
    assert ways.unloaded[0, 1] / ways.through[0, 1] == pytest.approx((1.05 * 1.05 / 1.05) ** 5.0)
    assert ways.unloaded[0, [0, 2, 3]] == pytest.approx(0.0) and ways.total.sum() == pytest.approx(100 * 0.5 * 0.2)
    dearer = trade.detour_percent(open_, cells, ways)[0, 1]
    assert dearer == pytest.approx(5.0 * ways.through[0, 1] / ways.total[0, 1])
    # where that way is shut, what evades falls by its part; the ban itself is the same
    after = trade.shut_share(TRADE, THETA, open_, side(), np.ones(1))
    assert 0.5 - after[0, 0, 3] == pytest.approx(0.1 * (1 - ways.unloaded.sum() / ways.total.sum()))


def test_a_hub_that_joins_closes_its_way_and_only_that() -> None:
    before, joined = side(), side(hub_bans=0.5)
    same = trade.shut_share(TRADE, THETA, before, before, np.ones(1))
    np.testing.assert_array_equal(same, before.listed - before.evading)
    width = trade.ways_round(TRADE, THETA, before, trade.evading_cells(before)).total[0]
    after = trade.shut_share(TRADE, THETA, before, joined, np.ones(1))
    assert 0.5 - after[0, 0, 3] == pytest.approx(0.1 * width[2] / width.sum())
    # what cannot go round does not answer; a hub that lists half as much is half a hub
    np.testing.assert_allclose(trade.shut_share(TRADE, THETA, before, joined, np.zeros(1))[0, 0, 3], 0.4)
    half = trade.shut_share(TRADE, THETA, before, side(hub_bans=0.25), np.ones(1))
    assert 0.5 - half[0, 0, 3] == pytest.approx(0.1 * (width[1] / 2 + width[2]) / width.sum())


def test_nobody_evades_a_ban_that_all_obey() -> None:
    strict = side(obeyed=1.0)
    assert len(trade.evading_cells(strict).sector) == 0
    np.testing.assert_array_equal(trade.shut_share(TRADE, THETA, side(), strict, np.ones(1)), strict.shut)


def test_recorded_trade_is_the_exempt_part() -> None:
    assert trade.would_be(np.full((1, N, N), 5.0), side())[0, 0, 3] == pytest.approx(10.0)
    # all listed: what is recorded evaded
    assert trade.would_be(np.full((1, N, N), 5.0), side(listed=1.0))[0, 0, 3] == pytest.approx(25.0)


@pytest.fixture(scope="module")
def joined() -> tuple[State, State]:
    """China joins, without the freight network: carriage costs nothing here."""
    world = lb.load_world()
    changed = apply(lb.read_scenario("china-joins-sanctions"), world)
    base = trade.purge(world.trade)
    found = [
        replace(step.wedges(w, []), freight=np.zeros_like(base.flow_usd))
        for w in (replace(world, date=changed.date), changed)
    ]
    states = [State(w, ("trade",), purged=base) for w in (world, changed)]
    for state, wedges in zip(states, found):
        state.wedges = wedges
        hat = step.wedge_hat(found[0], wedges, base)
        state.equilibrium = step.solve(base, {}, hat, step.tariffs_new(found[0], wedges, base))
        state.incomes = (state.equilibrium,)
    return states[0], states[1]


def test_without_a_change_nothing_moves(joined: tuple[State, State]) -> None:
    before, _ = joined
    assert before.wedges is not None
    hat = step.wedge_hat(before.wedges, before.wedges, before.world.trade)
    np.testing.assert_array_equal(hat, 1.0)
    assert measures.burdens(before, before) is None


def test_who_bears_what(joined: tuple[State, State]) -> None:
    table = measures.burdens(*joined)
    assert table is not None
    role = dict(zip(table["iso3"], table["role"]))
    assert {role[c] for c in ("CHN", "DEU", "USA", "JPN")} == {"acting"}
    assert role["RUS"] == "target" and role["IND"] == role["KAZ"] == role["TUR"] == "third"
    assert len(table) == len(joined[1].world.trade.iso3) + 3
    sums = table[table["iso3"] == ""].set_index("role")["busd"]
    parts = table[table["iso3"] != ""].groupby("role")["busd"].sum()
    np.testing.assert_allclose(sums[parts.index], parts)
    assert sums["target"] < sums["acting"] < 0 < sums["third"]


def test_china_ceases_to_be_a_way_and_needs_one(joined: tuple[State, State]) -> None:
    table = measures.reexports(*joined)
    to_russia = table[table["destination"] == "RUS"]
    by_china = to_russia[to_russia["via"] == "CHN"]
    assert by_china["value_busd"].sum() < 0.2 * by_china["base_busd"].sum()
    from_china = to_russia[to_russia["origin"] == "CHN"]
    assert from_china["base_busd"].sum() == 0 < from_china["value_busd"].sum()
    # no economy that applies the measure is a great hub, nor a hub between itself and somebody
    acting = set(joined[1].world.rules.on("2023-10-17").members("RUS_EXPORT_CONTROLS"))
    assert to_russia[to_russia["via"].isin(acting - {"CHN"})]["base_busd"].sum() < 0.02 * to_russia["base_busd"].sum()
    assert (table["via"] != table["origin"]).all() and (table["via"] != table["destination"]).all()


def test_ways_have_a_range_over_the_strength_of_bans(joined: tuple[State, State]) -> None:
    """Seven tenths obeyed and more, give or take one: about half as much, or half as much again, goes round."""
    table = measures.reexports(*joined)
    some = table[table["value_busd"] > 0.05]
    assert (some["low_busd"] < some["value_busd"]).all() and (some["value_busd"] < some["high_busd"]).all()
    to_russia = some[(some["destination"] == "RUS") & (some["origin"] == "DEU")].sum(numeric_only=True)
    assert 0.45 < to_russia["low_busd"] / to_russia["value_busd"] < 0.7
    assert to_russia["low_busd"] + to_russia["high_busd"] == pytest.approx(2 * to_russia["value_busd"])


def test_order_of_what_went_round_in_2022(joined: tuple[State, State]) -> None:
    """Exports of the EU to Armenia, Georgia, Kazakhstan, Kyrgyzstan and Uzbekistan rose by 9.6 billion euro from 2021
    to 2022 (E. Dor, IESEG, in The Brussels Times, August 2023); all coalition exports that went round by all hubs
    must be of that order, and within what the EU alone ceased to sell to Russia (34 billion euro, same source)."""
    table = measures.reexports(*joined)
    went = table[table["destination"] == "RUS"]["base_busd"].sum()
    assert 5 < went < 40


def test_wedges_keep_their_parts_apart(joined: tuple[State, State]) -> None:
    before, after = joined
    table = measures.wedges(before, after)
    russia = table[(table["exporter"] == "CHN") & (table["importer"] == "RUS")].set_index("sector")
    machines = russia.loc["machinery and electronics"]
    assert machines["base_shut_percent"] == 0 < machines["shut_percent"] < 100
    assert machines["freight_percent"] == machines["base_freight_percent"]
    assert machines["tariff_percent"] == pytest.approx(machines["base_tariff_percent"])
    theta = before.world.trade.theta[before.world.trade.sectors.index("machinery and electronics")]
    by_ban = (1 - machines["shut_percent"] / 100) ** (-1 / theta)
    factor = machines["rules_factor"] / machines["base_rules_factor"]
    assert machines["hat"] == pytest.approx(by_ban * factor, rel=1e-3)
    assert len(table) == 400 and (table["exporter"] != table["importer"]).all()


def test_terms_stand_beside_the_exact_change(joined: tuple[State, State]) -> None:
    table = measures.terms(joined[1]).set_index("iso3")
    exact = joined[1].equilibrium
    assert exact is not None
    assert table.loc["RUS", "percent"] == pytest.approx(100 * (exact.real_income_hat[exact.iso3.index("RUS")] - 1))
    # a wedge of finite size: the three terms overstate, with the right sign
    parts = table.loc["RUS", ["terms_of_trade", "volume_of_trade", "resource_cost"]].astype(float).sum()
    assert parts < table.loc["RUS", "percent"] < 0


def test_finance_of_sanctions_is_in_the_range(joined: tuple[State, State]) -> None:
    """China joining changes who finances trade with Russia: the assumed 2 % counts as none and as 10 % too."""
    before, after = joined
    assert dearer_finance(before, before) is None
    dearer = dearer_finance(before, after)
    assert dearer is not None
    china, russia = (before.world.trade.index(c) for c in ("CHN", "RUS"))
    machines = before.world.trade.sectors.index("machinery and electronics")
    assert dearer[machines, china, russia] == pytest.approx(1.02, abs=1e-3)
    whole = after.wedges.effects.wedge[machines, china, russia]  # type: ignore[union-attr]
    assert 1.0 < dearer[machines, china, russia] <= whole + 1e-12
    state = State(after.world, ("trade",), purged=after.purged)
    state.wedges = after.wedges
    solve_trade(state, before, "scenario", lambda _: None)
    russian = [e.real_income_hat[russia] for e in state.incomes]
    assert len(russian) == 7 and russian[6] < russian[0] < russian[5]
    assert "dearer finance x 0 to 5" in income.covers(state)
