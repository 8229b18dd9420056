"""The order of contraction: stored with the atlas, used where it fits, and made anew only when arcs are added."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from landbridge import network, routing
from landbridge.network import LAYERS, Network
from landbridge.routing import hierarchy, stored

TRAIN = routing.TrafficClass("train", "teu", 3.0, tuple(x for x in LAYERS if x.startswith("rail")))
ALL = routing.TrafficClass("anything", "teu", 5.0, (*TRAIN.layers, "road", "sea"))


@pytest.fixture(scope="module")
def atlas() -> Network:
    return network.load()


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Names of the functions that order nodes, as they are called; nothing is kept from before."""
    seen: list[str] = []

    def watch(name: str) -> None:
        function: Callable[..., Any] = getattr(hierarchy, name)

        def called(*args: Any) -> Any:
            seen.append(name)
            return function(*args)

        monkeypatch.setattr(hierarchy, name, called)

    for name in ("elimination_order", "elimination_of", "plan"):
        watch(name)
    monkeypatch.setattr(hierarchy, "_LAST", [])
    yield seen


def test_the_shipped_order_is_that_of_the_shipped_atlas(atlas: Network, calls: list[str]) -> None:
    routing.prepare(atlas)
    assert calls == ["elimination_of", "plan"], "build the order anew: `python -m tools.atlas` does it at its end"


def test_new_weights_closures_and_openings_never_order_again(atlas: Network, calls: list[str]) -> None:
    cities = np.flatnonzero(atlas.node_layer == LAYERS.index("city"))[::400]
    routing.many_to_many(atlas, ALL, cities, cities)
    once = list(calls)
    shut = sorted({tag.id for i, tag in enumerate(atlas.tags) if atlas.closed[atlas.arc_tag == i].any()})
    assert "northern-sea-route" in shut
    networks = [network.close(atlas, "Suez Canal"), network.close(atlas, "Bosporus")]
    networks += [network.reopen(atlas, name) for name in shut[:3]]  # closed arcs of the atlas, projects among them
    for other in networks:
        for cls in (ALL, replace(ALL, value_of_time_usd_h=1.0), replace(ALL, time_factor=np.full(len(LAYERS), 0.5))):
            routing.many_to_many(other, cls, cities, cities)
            assert routing.prepare(other) is routing.prepare(atlas)
    assert calls == once == ["elimination_of", "plan"]


def test_a_line_drawn_by_the_user_orders_once_and_quickly(atlas: Network, calls: list[str]) -> None:
    start = time.process_time()
    drawn = network.build_line(atlas, "rail", ["Kashgar", "Osh", "Andijan"], project="a line", gauge_mm=1435)
    cities = [network.find_place(drawn, name) for name in ("Kashgar", "Andijan")]
    found = routing.many_to_many(drawn, TRAIN, cities, cities)
    assert time.process_time() - start < 2.0
    assert calls == ["elimination_order", "plan"]
    assert np.isfinite(found.generalised_usd).all()
    routing.many_to_many(drawn, ALL, cities, cities)
    assert calls == ["elimination_order", "plan"]


def test_a_stored_order_gives_the_costs_of_a_new_one(atlas: Network, tmp_path: Path) -> None:
    cities = np.flatnonzero(atlas.node_layer == LAYERS.index("city"))[::40]
    weight = routing.weights(atlas, ALL)
    new = routing.prepare_arcs(atlas.n_nodes, atlas.tail, atlas.head).customise(weight).ways(cities, cities)
    known = routing.prepare(atlas).customise(weight).ways(cities, cities)
    np.testing.assert_allclose(new.cost, known.cost, rtol=1e-12)


def test_storing_twice_gives_the_same_bytes_and_a_damaged_file_is_no_order(
    atlas: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "order.npz"
    monkeypatch.setattr(stored, "order_path", lambda: path)
    digest = hierarchy.digest_of(atlas.n_nodes, atlas.tail, atlas.head)
    assert stored.stored_rank(digest) is None  # nothing there yet
    written = routing.store_order(atlas, path).read_bytes()
    assert routing.store_order(atlas, path).read_bytes() == written
    rank = stored.stored_rank(digest)
    assert rank is not None
    assert sorted(rank.tolist()) == list(range(atlas.n_nodes))
    assert stored.stored_rank("00") is None  # another topology
    path.write_bytes(written[: len(written) // 2])
    stored._read.cache_clear()
    assert stored.stored_rank(digest) is None
    stored._read.cache_clear()
