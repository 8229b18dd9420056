"""Borders closed by politics in October 2023: each is shut in the atlas by status, or by a rule in force."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from landbridge import network as net
from landbridge import rules
from landbridge.network import ARC_KINDS, LAYERS, Network

DAY = "2023-10-15"
LAND = [k for k, name in enumerate(LAYERS) if name.startswith("rail") or name == "road"]
CLOSED = (
    *("ARM-TUR", "ARM-AZE", "KOR-PRK", "DZA-MAR", "DZA-ESH", "IND-PAK", "RUS-UKR", "BLR-UKR"),
    *("ISR-LBN", "ISR-SYR", "KGZ-TJK", "BEN-NER", "NER-NGA", "ERI-ETH", "CHN-IND"),
)
OPEN = ["FIN-RUS", "POL-BLR", "LTU-BLR", "EST-RUS", "QAT-SAU", "COL-VEN", "KAZ-CHN", "IRN-TUR", "AZE-GEO"]
BY_RULE = ["akhuryan-dogukapi", "kuznica-bruzgi", "bobrowniki-berestovitsa", "ijevan-qazax"]


@cache
def atlas() -> Network:
    return net.load()


@cache
def forbidden() -> frozenset[str]:
    """Crossings and borders (both ways round) that a rule in force forbids to all traffic."""
    found: set[str] = set()
    for rule in rules.load_rules().rules:
        everybody = all(term.key == "mode" for term in rule.who)
        if everybody and rule.action == "cross" and rule.effect == "forbid" and rule.holds_on(DAY):
            for word in (x.text for term in rule.where for x in term.values):
                found |= {word, "-".join(reversed(word.split("-")))}
    return frozenset(found)


def borders(pair: str) -> list[int]:
    a, b = pair.split("-")
    network = atlas()
    ours = (network.arc_kind == ARC_KINDS.index("border")) & np.isin(network.arc_layer, LAND)
    ends = [{str(x), str(y)} for x, y in zip(network.node_country[network.tail], network.node_country[network.head])]
    return [k for k in np.flatnonzero(ours).tolist() if ends[k] == {a, b}]


def is_open(arc: int, pair: str) -> bool:
    tag = atlas().tags[atlas().arc_tag[arc]].id
    return not atlas().closed[arc] and pair not in forbidden() and tag not in forbidden()


@pytest.mark.parametrize("pair", CLOSED)
def test_a_border_closed_by_politics_lets_nothing_through(pair: str) -> None:
    assert not [k for k in borders(pair) if is_open(k, pair)]


@pytest.mark.parametrize("pair", OPEN)
def test_a_border_open_in_october_2023_has_a_way(pair: str) -> None:
    assert [k for k in borders(pair) if is_open(k, pair)]


@pytest.mark.parametrize("crossing", BY_RULE)
def test_crossings_shut_by_rule_lie_open_in_the_atlas_so_that_lifting_the_rule_opens_them(crossing: str) -> None:
    network = atlas()
    number = [t.id for t in network.tags].index(crossing)
    arcs = np.flatnonzero((network.arc_tag == number) & (network.arc_kind == ARC_KINDS.index("border")))
    assert len(arcs) and not network.closed[arcs].any()
    pair = "-".join(network.tags[number].countries)
    assert pair in forbidden() or crossing in forbidden()


def test_railways_closed_by_status() -> None:
    network = atlas()
    tags = {t.id: k for k, t in enumerate(network.tags)}
    for crossing in (
        "attari-wagah",
        "munabao-khokhrapar",
        "dorasan-panmun",
        "maghnia-oujda",
        "czeremcha-vysokolitovsk",
    ):
        arcs = np.flatnonzero(network.arc_tag == tags[crossing])
        assert len(arcs) and network.closed[arcs].all(), crossing
