"""Laws of the network room on random networks: closing never shortens, order of nodes is nothing, saving keeps all."""

from __future__ import annotations

import tempfile
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra

from landbridge import network as net
from landbridge.network import ARC_KINDS, LAYERS, NODE_KINDS, Network, Tag

QUICK = settings(max_examples=60, deadline=None)


@st.composite
def networks(draw: st.DrawFn) -> Network:
    """Up to 12 cities with roads among them, 3 crossings among the tags, some arcs shut."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, m = draw(st.integers(3, 12)), draw(st.integers(4, 40))
    tail = rng.integers(0, n, m)
    head = (tail + rng.integers(1, n, m)) % n
    countries = np.array(["AUT", "CHE", "DEU"])[rng.integers(0, 3, n)]
    shapes = rng.integers(2, 5, 2)
    return Network(
        node_id=np.array([f"place-{k}@city" for k in range(n)]),
        node_name=np.array([f"Place {k}" for k in range(n)]),
        node_country=countries,
        node_kind=np.full(n, NODE_KINDS.index("city"), np.int8),
        node_layer=np.full(n, LAYERS.index("city"), np.int8),
        lon=rng.uniform(-180, 180, n),
        lat=rng.uniform(-80, 80, n),
        population=rng.uniform(0, 1e6, n),
        tail=tail.astype(np.int32),
        head=head.astype(np.int32),
        arc_layer=np.full(m, LAYERS.index("road"), np.int8),
        arc_kind=rng.integers(0, len(ARC_KINDS), m).astype(np.int8),
        length_km=rng.uniform(0, 1000, m),
        time_h=rng.uniform(0, 100, m),
        cost_usd_teu=rng.uniform(0, 1000, m),
        cost_usd_t=rng.uniform(0, 100, m),
        capacity_teu_yr=np.where(rng.random(m) < 0.5, np.nan, rng.uniform(0, 1e6, m)),
        capacity_t_yr=np.where(rng.random(m) < 0.5, np.nan, rng.uniform(0, 1e8, m)),
        arc_tag=rng.integers(-1, 3, m).astype(np.int32),
        arc_shape=rng.integers(-1, 2, m).astype(np.int32),
        basis=rng.integers(0, 3, m).astype(np.int8),
        closed=rng.random(m) < 0.2,
        tags=tuple(Tag(f"pass-{k}", f"Pass {k}", "crossing", ("AUT", "CHE"), "law") for k in range(3)),
        shape_ptr=np.concatenate([[0], np.cumsum(shapes)]).astype(np.int64),
        shape_lonlat=rng.uniform(-90, 90, (int(shapes.sum()), 2)).astype(np.float32),
    )


def least_hours(network: Network) -> NDArray[np.float64]:
    """Hours between all nodes [n, n], inf where there is no way."""
    n = network.n_nodes
    table = np.full((n, n), np.inf)
    use = ~network.closed
    np.minimum.at(table, (network.tail[use], network.head[use]), network.time_h[use] + 1e-9)
    i, j = np.nonzero(np.isfinite(table))
    return np.asarray(dijkstra(coo_matrix((table[i, j], (i, j)), shape=(n, n)).tocsr()))


def used_tags(network: Network) -> list[str]:
    return sorted({network.tags[k].id for k in network.arc_tag if k >= 0})


@QUICK
@given(networks(), st.data())
def test_closing_never_shortens_and_reopening_never_lengthens(network: Network, data: st.DataObject) -> None:
    choices = [*used_tags(network), *(f"place-{k}" for k in network.tail.tolist())]
    where = data.draw(st.sampled_from(choices))
    before = least_hours(network)
    assert (least_hours(net.close(network, where)) >= before).all()
    assert (least_hours(net.reopen(network, where)) <= before).all()
    assert (least_hours(net.improve(network, where, time_factor=0.5)) <= before).all()


@QUICK
@given(networks(), st.data())
def test_an_edit_leaves_the_old_network_as_it_was(network: Network, data: st.DataObject) -> None:
    where = f"place-{data.draw(st.sampled_from(network.tail.tolist()))}"
    copies = {f.name: np.array(getattr(network, f.name), copy=True) for f in fields(network) if f.name != "tags"}
    net.close(network, where, share=0.5)
    net.improve(network, where, time_factor=0.1, cost_usd_teu=5.0)
    net.build_line(network, "rail", ["place-0", "place-1"])
    for name, copy in copies.items():
        np.testing.assert_array_equal(getattr(network, name), copy)


@QUICK
@given(networks(), st.integers(0, 2**32 - 1))
def test_the_order_of_nodes_and_arcs_changes_nothing(network: Network, seed: int) -> None:
    rng = np.random.default_rng(seed)
    nodes, arcs = rng.permutation(network.n_nodes), rng.permutation(network.n_arcs)
    place = np.argsort(nodes).astype(np.int32)
    per_node = ("node_id", "node_name", "node_country", "node_kind", "node_layer", "lon", "lat", "population")
    per_arc = [f.name for f in fields(network) if getattr(network, f.name) is not network.tags]
    per_arc = [name for name in per_arc if name not in per_node and not name.startswith("shape") and name != "tags"]
    mixed = replace(
        network,
        **{name: getattr(network, name)[nodes] for name in per_node},
        **{name: getattr(network, name)[arcs] for name in per_arc},
    )
    mixed = replace(mixed, tail=place[mixed.tail], head=place[mixed.head])
    assert net.check(mixed) == net.check(network) == []
    np.testing.assert_allclose(least_hours(mixed)[np.ix_(place, place)], least_hours(network))
    for where in used_tags(network):
        np.testing.assert_array_equal(np.sort(arcs[net.arcs_at(mixed, where)]), net.arcs_at(network, where))
    for k in range(network.n_nodes):
        found = net.find_place(mixed, f"Place {k}")
        assert mixed.node_id[found] == network.node_id[net.find_place(network, f"Place {k}")]


@QUICK
@given(networks())
def test_saving_and_loading_returns_the_same_network(network: Network) -> None:
    with tempfile.TemporaryDirectory() as folder:
        back = net.load(net.save(network, Path(folder) / "n.npz"))
    for field in fields(network):
        if field.name == "tags":
            assert [t.id for t in back.tags] == [t.id for t in network.tags]
        else:
            one, other = getattr(network, field.name), getattr(back, field.name)
            assert one.dtype.kind == other.dtype.kind
            np.testing.assert_array_equal(one, other)


@QUICK
@given(networks(), st.floats(0, 1))
def test_shares_of_capacity_taken_twice_multiply(network: Network, share: float) -> None:
    where = "place-" + str(int(network.tail[0]))
    once = net.close(network, where, share=1 - (1 - share) ** 2) if share < 1 else net.close(network, where)
    twice = net.close(net.close(network, where, share=share), where, share=share)
    if share < 1:
        np.testing.assert_allclose(twice.capacity_t_yr, once.capacity_t_yr, rtol=1e-9, atol=1e-6)
    np.testing.assert_array_equal(np.isnan(twice.capacity_t_yr), np.isnan(network.capacity_t_yr))


@QUICK
@given(networks())
def test_a_new_line_never_lengthens_and_joins_its_ends(network: Network) -> None:
    network = replace(network, closed=np.zeros(network.n_arcs, bool))  # a shut crossing on the way would stay shut
    before = least_hours(network)
    built = net.build_line(network, "road", ["place-0", "place-1", "place-2"])
    assert net.check(built) == []
    after = least_hours(built)[: network.n_nodes, : network.n_nodes]
    assert (after <= before + 1e-9).all()
    ends = [net.find_place(built, f"place-{k}") for k in (0, 1, 2)]
    assert np.isfinite(after[np.ix_(ends, ends)]).all()
