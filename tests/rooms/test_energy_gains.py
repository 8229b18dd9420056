"""Who gains from energy: the split adds up to the markets' own total, and real income takes it in once."""

from __future__ import annotations

import numpy as np
import pytest

import landbridge as lb
from landbridge.engine import energy, gains
from landbridge.scenario import apply, parse, read_scenario
from landbridge.world import World


@pytest.fixture(scope="module")
def world() -> World:
    return lb.load_world()


@pytest.mark.parametrize("fuel", ["crude", "gas"])
def test_the_split_adds_up_to_the_objective(world: World, fuel: energy.Fuel) -> None:
    """Users + producers + rents = objective + tariffs + cap rents.

    Without an owner: the shadow fleet's rent, and what a ban leaves to the members of a region that do not share it.
    """
    found = energy.solve(world, fuel).year
    parts = gains.surplus(found, world.trade)
    shadow = sum(cap.shadow_rent_usd for cap in found.caps)
    assert parts.unallocated_usd == pytest.approx(shadow, abs=1e-3 * abs(parts.rents_usd.sum()))
    assert parts.users_usd.sum() == pytest.approx(found.consumer_surplus_usd.sum(), rel=1e-9)
    assert parts.producers_usd.sum() == pytest.approx(found.supply_rent_usd.sum(), rel=1e-9)


def test_no_change_no_gain(world: World) -> None:
    found = {fuel: energy.solve(world, fuel) for fuel in energy.FUELS}
    for part in gains.change(found, found, world.trade).values():
        assert not part.total_usd.any() and part.unallocated_usd == 0.0


@pytest.fixture(scope="module")
def strait(world: World) -> lb.Result:
    return lb.run(world, read_scenario("hormuz-closed"), only=("trade", "energy"), congestion=False)


def test_a_closed_strait_costs_those_behind_it_and_their_buyers(strait: lb.Result) -> None:
    """Ninety days of oil exports are of the order of a tenth of a Gulf state's income, less what dearer oil returns."""
    result = strait
    income = result.tables["real_income"].set_index("iso3")["percent"]
    assert income["KWT"] < -1 and income["QAT"] < -1 and income["IRQ"] < -1
    assert income["IND"] < -0.3 and income["CHN"] < -0.3
    assert income["RUS"] > 0.3 and income["NOR"] > 0.3
    table = result.tables["energy_gains"]
    whole = table[["users_busd", "producers_busd", "rents_busd"]].sum(axis=1)
    np.testing.assert_allclose(whole, table["total_busd"], atol=1e-9)


def test_first_order_is_net_exports_times_the_price(world: World) -> None:
    """A small shock of supply elsewhere: an exporter's gain is about its exports times the change of price."""
    text = 'title = "t"\n[[shock]]\nwhat = "supply"\ngood = "crude"\nwhere = "USA"\nfactor = 0.99\n'
    changed = apply(parse(text), world)
    before, after = ({"crude": energy.solve(w, "crude")} for w in (world, changed))
    part = gains.change(before, after, world.trade)["crude"]
    old, new = before["crude"].year, after["crude"].year
    node = old.market.nodes.index("kwt")
    exports = old.production[node] - old.consumption[node]
    worth = exports * (new.price[node] - old.price[node]) * old.market.usd_per_unit
    assert worth > 0
    assert part.total_usd[world.trade.iso3.index("KWT")] == pytest.approx(worth, rel=0.05)


def test_a_captive_buyer_shares_a_lower_price_with_its_seller(world: World) -> None:
    """Belarus has crude and gas from Russia alone: half of what a price cap takes off its price stays in Russia."""
    changed = apply(read_scenario("price-cap-30"), world)
    before, after = ({"crude": energy.solve(w, "crude")} for w in (world, changed))
    old, new = before["crude"].year, after["crude"].year
    at = world.trade.iso3.index("BLR")
    whole = gains.surplus(new, world.trade).minus(gains.surplus(old, world.trade))
    shared = gains.change(before, after, world.trade)["crude"]
    assert whole.total_usd[at] > 1e9
    assert shared.total_usd[at] == pytest.approx(0.5 * whole.total_usd[at], rel=0.1)
    assert shared.total_usd.sum() == pytest.approx(whole.total_usd.sum(), rel=1e-9)


def test_a_fuel_that_a_scenario_leaves_alone_is_not_solved_again(world: World) -> None:
    line = apply(read_scenario("power-of-siberia-2"), world)
    strait = apply(read_scenario("hormuz-closed"), world)
    border = apply(parse('title = "t"\n[[close]]\nwhere = "altynkol"\ndays = 90\n'), world)
    assert energy.same(world, line, "crude") and not energy.same(world, line, "gas")
    assert not energy.same(world, strait, "crude") and not energy.same(world, strait, "gas")
    assert energy.same(world, border, "crude") and energy.same(world, border, "gas")


def test_the_range_of_real_income_holds_the_ends_of_energy(world: World, strait: lb.Result) -> None:
    table = strait.tables["real_income"].set_index("iso3")
    for iso3 in ("RUS", "IND", "SAU", "CHN"):
        row = table.loc[iso3]
        assert row["low"] < row["percent"] < row["high"]
        assert row["high"] - row["low"] > 0.3  # trade alone hardly moves here: the range is energy's
    figures = {f.id: f for f in lb.run(world, only="energy").figures}
    brent = figures["energy.crude.price.Brent"]
    assert brent.low <= brent.value <= brent.high
