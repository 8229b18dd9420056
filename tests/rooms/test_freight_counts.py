"""The freight of 2023 against counts that no fit has seen (`role` held_out in data/assignment/counts.csv)."""

from __future__ import annotations

import numpy as np
import pytest
from tools import modes, port_calls

from landbridge import tables
from landbridge.engine import goods, liner
from landbridge.engine.coupling import solve_pair
from landbridge.engine.zones import zones
from landbridge.network import ARC_KINDS
from landbridge.world import World, load_world


@pytest.fixture(scope="module")
def world() -> World:
    return load_world()


@pytest.mark.slow
def test_ports_held_out_are_ranked_and_their_total_is_of_the_right_size(world: World) -> None:
    ports = port_calls.observed()
    made = port_calls.modelled(port_calls.solved(world, liner.CALLS_USD), ports)
    _, rank, total = port_calls.score(made, ports, "held_out")
    assert rank > 0.6 and 1 / 2 < total < 2
    _, blind, _ = port_calls.score(port_calls.modelled(port_calls.solved(world, 0.0), ports), ports, "held_out")
    assert rank > blind  # the calls are worth having


@pytest.mark.slow
def test_modes_held_out_come_out_right(world: World) -> None:
    """Median factor between ours and theirs: 1.06 by sea, 1.4 by road, 1.6 by rail when it was written."""
    state, _ = solve_pair(world, world, ("trade",), lambda step: None)
    table = modes.beside(modes.observed(world), modes.modelled(state))
    held = table[table.role == "held_out"]
    factor = np.exp(np.abs(np.log(held.made / held.seen)).groupby(held["mode"]).median())
    assert factor["sea"] < 1.25 and factor["road"] < 1.7 and factor["rail"] < 2.2
    europe = held[(held["count"] == "extra-eu-exports-t")].set_index("mode")
    assert (europe.made - europe.seen).abs().max() < 0.06
    assert abs(modes.error(table, "fit")) < 0.3  # of logarithms: what is fitted is fitted


def test_a_third_of_the_port_counts_is_held_out() -> None:
    ports = port_calls.observed()
    held = ports.role == "held_out"
    assert 10 <= held.sum() <= len(ports) / 2 and ports.comparable.notna().all()
    assert (ports.comparable < ports.value).all() and ports.comparable.gt(0).all()


def test_fewer_calls_cost_more_and_only_at_ports(world: World) -> None:
    net = world.network
    extra = liner.surcharge_usd(net)
    assert not extra[net.arc_kind != ARC_KINDS.index("port")].any() and (extra >= 0).all()
    at = {t.id: float(extra[net.arc_tag == i].max()) for i, t in enumerate(net.tags) if t.kind == "port"}
    assert at["singapore-port"] == 0.0 < at["rotterdam-port"] < at["mombasa-port"] < at["abbot-point-port"]


def test_no_box_where_no_container_ship_can_berth(world: World) -> None:
    net = world.network
    shut = liner.without_terminal(net)
    ids = {net.tags[t].id for t in net.arc_tag[shut]}
    assert {"louisiana-offshore-oil-port-port", "basra-oil-terminal-port", "port-hedland-port"} <= ids
    assert not ids & set(" ".join(port_calls.observed()["place"]).split())
    at = net.arc_kind == ARC_KINDS.index("port")
    land = np.where(net.node_country[net.tail] != "", net.node_country[net.tail], net.node_country[net.head])
    assert set(land[at].tolist()) == set(land[at & ~shut].tolist())  # every economy with a port keeps one


def test_counts_of_modes_name_what_they_compare(world: World) -> None:
    seen = modes.observed(world)
    named = seen[list(modes.MODES)].notna().sum(axis=1)
    assert ((named >= 2) | seen["rest"].notna()).all() and (named >= 1).all()
    assert (seen.role == "held_out").sum() >= 2 * (seen.role == "fit").sum() > 0
    world_wide = (seen.origin == "*") & (seen.destination == "*")
    assert all(wide or not (a & b).any() for a, b, wide in zip(seen.a, seen.b, world_wide))


def test_zones_stand_where_trade_is_far_from_the_first_one(world: World) -> None:
    n = len(world.trade.iso3)
    flow = world.trade.flow_usd.sum(axis=0) * (1.0 - np.eye(n))
    found = zones(world.network, world.trade.iso3, flow.sum(axis=0) + flow.sum(axis=1))
    of = {c: found.node[found.economy == i] for i, c in enumerate(world.trade.iso3)}
    assert len(of["USA"]) >= 6 and len(of["CHN"]) >= 6
    assert world.network.lon[of["RUS"]].max() > 120  # the Far East
    assert world.network.lon[of["CHN"]].min() < 95  # Xinjiang
    guangdong = found.weight[(found.economy == list(world.trade.iso3).index("CHN"))].max()
    assert 0.15 < guangdong < 0.25  # a fifth of China's trade (data/assignment/region_trade.csv)


def test_shares_of_regions_and_groups_add_up() -> None:
    regions = tables.shipped("assignment/region_trade").groupby("iso3").share.sum()
    assert regions.to_numpy() == pytest.approx(1.0, abs=2e-3)
    g = goods.groups()
    assert len(g.names) - 1 <= 10  # moved here; crude moves in the energy room
    assert (g.value_usd_t > 0).all() and (np.nan_to_num(g.t_per_teu, nan=1.0) > 0).all()
