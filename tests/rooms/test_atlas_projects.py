"""Projects and pipelines in the shipped atlas: lines to come lie there shut and open by weights alone."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from landbridge import network as net
from landbridge import tables
from landbridge.errors import BadInput
from landbridge.network import ARC_KINDS, LAYERS, Network

LINES = {"rail": "rail", "road": "road", "canal": "sea"}


@cache
def atlas() -> Network:
    return net.load()


def to_come() -> list[dict[str, object]]:
    table = tables.shipped("projects")
    return table[table["kind"].isin(LINES) & (table["status"] != "existing")].to_dict("records")


def opened(row: dict[str, object], network: Network | None = None) -> Network:
    return net.build_line(network or atlas(), LINES[row["kind"]], str(row["via"]).split(";"), project=str(row["id"]))


def hours(network: Network, origin: str, destination: str) -> float:
    """Least hours over open arcs between two city nodes; inf where there is no way."""
    arcs = np.flatnonzero(~network.closed)
    order = np.lexsort((network.time_h[arcs], network.head[arcs], network.tail[arcs]))
    arcs = arcs[order]
    tail, head = network.tail[arcs], network.head[arcs]
    first = np.r_[True, (np.diff(tail) != 0) | (np.diff(head) != 0)]
    matrix = csr_matrix((network.time_h[arcs][first] + 1e-9, (tail[first], head[first])), shape=(network.n_nodes,) * 2)
    a, b = net.find_place(network, origin), net.find_place(network, destination)
    return float(dijkstra(matrix, indices=a)[b])


def test_every_line_to_come_lies_in_the_atlas_shut_with_status_and_year() -> None:
    network, rows = atlas(), to_come()
    assert len(rows) >= 40
    tags = {t.id: (k, t) for k, t in enumerate(network.tags) if t.kind == "project"}
    for row in rows:
        number, tag = tags[str(row["id"])]
        arcs = np.flatnonzero(network.arc_tag == number)
        assert len(arcs) >= 2 and network.closed[arcs].all(), row["id"]
        assert not tag.open_by_default
        assert str(row["status"]) in tag.source and f"{float(str(row['opens'])):g}" in tag.source


def test_opening_a_project_changes_nothing_but_which_arcs_are_shut() -> None:
    network = atlas()
    for row in to_come():
        after = opened(row)
        assert after.n_nodes == network.n_nodes and after.n_arcs == network.n_arcs
        assert after.tail is network.tail and after.head is network.head
        number = [t.id for t in network.tags].index(str(row["id"]))
        assert not after.closed[network.arc_tag == number].any()
        changed = np.flatnonzero(after.closed != network.closed)
        own = {network.tags[t].source for t in network.arc_tag[changed] if t != number}
        assert own <= {f"crossing of the project {row['id']}"}


def test_a_project_opens_once() -> None:
    row = next(r for r in to_come() if r["id"] == "cku-rail-east")
    with pytest.raises(BadInput, match="open already"):
        opened(row, opened(row))


def test_opening_every_project_makes_no_pair_slower_and_some_quicker() -> None:
    network = atlas()
    after = network
    for row in to_come():
        after = opened(row, after)
    pairs = [("kashgar", "andijon"), ("kunming", "mandalay"), ("mazar-e-sharif", "herat"), ("karachi", "peshawar")]
    before = [hours(network, *p) for p in pairs]
    now = [hours(after, *p) for p in pairs]
    assert all(b <= a + 1e-9 for a, b in zip(before, now))
    assert sum(b < 0.98 * a for a, b in zip(before, now)) >= 1


def test_the_two_parts_of_a_line_join_at_their_break_of_gauge() -> None:
    """China - Kyrgyzstan - Uzbekistan: standard gauge to Makmal, broad gauge on; each part alone is no way through."""
    rows = {r["id"]: r for r in to_come()}
    both = opened(rows["cku-rail-west"], opened(rows["cku-rail-east"]))
    rail = np.array([name.startswith("rail") or name == "city" for name in LAYERS])
    no_roads = {"closed": both.closed | ~rail[both.arc_layer] | (both.arc_kind == ARC_KINDS.index("port"))}
    assert np.isfinite(hours(replace(both, **no_roads), "kashgar", "andijon"))


def test_a_line_drawn_by_hand_does_not_use_a_shut_project_crossing() -> None:
    network = net.build_line(atlas(), "rail", ["kashgar", "dushanbe"], project="by-hand", gauge_mm=1435)
    own = [t.id for t in network.tags if t.source == "crossing of the project by-hand"]
    assert len(own) == 1
    assert not network.closed[network.arc_tag == [t.id for t in network.tags].index("by-hand")].any()


def test_pipelines_have_way_points_on_their_way() -> None:
    lines = net.pipelines()
    assert len(lines) >= 50 and len({p.id for p in lines}) == len(lines)
    links = set(tables.shipped("energy/pipes", "energy_pipes")["link"])
    for p in lines:
        assert p.fuel in ("crude", "gas") and p.source and p.countries
        assert p.status in ("operating", "idle", "destroyed", "construction", "proposed")
        assert p.link in links | {""}, p.id
        km = sum(float(net.great_circle_km(*a, *b)) for a, b in pairwise(p.points))
        if p.length_km == p.length_km:
            assert 0.74 < km / p.length_km < 1.03, p.id
