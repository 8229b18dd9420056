"""Find places by name and arcs by what they belong to; the nearest names where there is none.

Names, slugs, "Name, ISO3" and "Name (Country)" are accepted, accents and case ignored; so are the other names of a
city (Kiev, Peking) that `data/atlas/aliases.csv` lists for the shipped atlas, and usual spellings of passages,
crossings and ports. Where several places share a name, one at least DOMINANCE times as large as the next is meant,
and `place_note` says so; else the name is refused and the choices are listed.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

import numpy as np
from numpy.typing import NDArray

from landbridge.codes import country_names, is_territory, nearest, slug
from landbridge.errors import UnknownName
from landbridge.network.records import ARC_KINDS, LAYERS, NODE_KINDS, Network, Tag
from landbridge.network.spellings import core, others
from landbridge.network.sphere import great_circle_km

# letters that Unicode does not decompose into a base letter and an accent
_LETTERS: Final = str.maketrans(
    {"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ı": "i", "ß": "ss", "æ": "ae", "Æ": "AE"}
    | {"œ": "oe", "ð": "d", "þ": "th", "ə": "a", "Ə": "A", "’": "", "'": "", "‘": "", "ʻ": "", "`": ""}
)
DOMINANCE: Final = 2.0  # a place of a shared name is meant if it is this many times as large as the next (assumed)
_CITY: Final = LAYERS.index("city")
_PORT: Final = NODE_KINDS.index("port")
_PRECEDENCE: Final = {"passage": 0, "crossing": 1, "gauge_change": 1, "port": 2, "corridor": 3, "project": 3}
_BORDER: Final = ARC_KINDS.index("border")


@dataclass(frozen=True, slots=True)
class PlaceIndex:
    """City-layer nodes by place id and by folded name, best match first (cities before ports, then by population)."""

    node_id: NDArray[np.str_]  # the array this was built from
    by_place: dict[str, int]
    by_name: dict[str, tuple[int, ...]]
    names: tuple[str, ...]


_LAST: list[PlaceIndex] = []  # the index of the network asked last: thousands of look-ups cost one building


def fold(name: str) -> str:
    """Slug of a name with the letters that plain Unicode decomposition loses: 'Łódź' -> 'lodz', "Xi'an" -> 'xian'."""
    return slug(name.translate(_LETTERS))


def place_index(net: Network) -> PlaceIndex:
    """The index of the network's city-layer nodes (kept for the network asked last)."""
    if _LAST and _LAST[0].node_id is net.node_id:
        return _LAST[0]
    nodes = np.flatnonzero(net.node_layer == _CITY)
    order = sorted(nodes.tolist(), key=lambda k: (net.node_kind[k] == _PORT, -net.population[k], k))
    by_place: dict[str, int] = {}
    by_name: dict[str, list[int]] = {}
    for k in order:
        by_place[str(net.node_id[k]).rpartition("@")[0]] = k
        by_name.setdefault(fold(str(net.node_name[k])), []).append(k)
    names = tuple(dict.fromkeys(str(net.node_name[k]) for k in order))
    index = PlaceIndex(net.node_id, by_place, {n: tuple(ks) for n, ks in by_name.items()}, names)
    _LAST[:] = [index]
    return index


def find_place(net: Network, word: str) -> int:
    """Node number in layer `city` of a name, a place id, "Name, ISO3" or "Name (Country)".

    UnknownName with the nearest names where there is none, and with the choices where no place of a shared name
    dominates. Of twins in one country the larger is meant.
    """
    found = _candidates(net, word)
    if not found:
        raise UnknownName(f"unknown place {word!r}", remedy=_hint(net, word))
    abroad = [k for k in found[1:] if net.node_country[k] != net.node_country[found[0]]]
    if abroad and net.population[found[0]] < DOMINANCE * net.population[abroad[0]]:
        choices = [f'"{_written(net, k, found)}"' for k in found]
        raise UnknownName(f"{word!r} is the name of {len(found)} places", remedy=f"write {' or '.join(choices)}")
    return found[0]


def place_note(net: Network, word: str) -> str:
    """What a name was taken for where other places share it: 'San Jose, United States (also: San Jose, Costa Rica -
    write "San Jose, CRI")'; "" where there is no doubt. Raises as find_place does."""
    node = find_place(net, word)
    found = _candidates(net, word)
    if len(found) < 2:
        return ""
    also = "; ".join(f'{_readable(net, k)} - write "{_written(net, k, found)}"' for k in found[1:])
    return f"{_readable(net, node)} (also: {also})"


def _candidates(net: Network, word: str) -> tuple[int, ...]:
    """Places that a word may mean, the largest first. A port is no place of its own beside a city of its country."""
    index = place_index(net)
    place, at, layer = word.rpartition("@")
    if at and layer == "city" and place in index.by_place:  # a node's id leaves no doubt
        return (index.by_place[place],)
    for key, country in _readings(word):
        found = _named(net, index, key)
        if country:
            found = tuple(k for k in found if net.node_country[k] == country)
        if found:
            first = {str(net.node_country[k]): k for k in reversed(found)}
            return tuple(k for k in found if net.node_kind[k] != _PORT or first[str(net.node_country[k])] == k)
    return ()


def _readable(net: Network, node: int) -> str:
    port = " (port)" if net.node_kind[node] == _PORT else ""
    return f"{net.node_name[node]}{port}, {country_names().get(str(net.node_country[node]), net.node_country[node])}"


def _written(net: Network, node: int, found: tuple[int, ...]) -> str:
    """How to name a place without doubt: with its country, or by its id where its country has several."""
    country = net.node_country[node]
    if sum(bool(net.node_country[k] == country) for k in found) > 1:
        return str(net.node_id[node])
    return f"{net.node_name[node]}, {country}"


def _hint(net: Network, word: str) -> str:
    """What to write instead of an unknown place."""
    tags = _tags_named(net.tags, word)
    arcs = np.flatnonzero(np.isin(net.arc_tag, tags)) if tags else tags
    if len(arcs):
        there = net.tail[arcs[0]]
        cities = np.flatnonzero((net.node_layer == _CITY) & (net.node_kind != _PORT))
        km = great_circle_km(net.lon[there], net.lat[there], net.lon[cities], net.lat[cities])
        tag = net.tags[tags[0]]
        near = _readable(net, int(cities[np.argmin(km)]))
        return f"{tag.name} is a {tag.kind.replace('_', ' ')}: start or end at a city or port; the nearest city: {near}"
    near_names = nearest(word.partition(",")[0].partition("(")[0], place_index(net).names)
    if near_names:
        return f"did you mean {', '.join(near_names)}?"
    return 'give a city or port of the atlas, "Name" or "Name, ISO3"'


def arcs_at(net: Network, where: str | Sequence[str]) -> NDArray[np.int64]:
    """Numbers of the arcs that `where` means, ascending; several names are joined. UnknownName where none is meant.

    In this order: the id or name of a tag (passage, port, crossing, break of gauge, corridor, project; "Name, ISO3"
    where several countries have the name); one side of a crossing's double name; a pair of countries "ARM-TUR" = the
    border arcs between them; a country "KAZ" = its border and port arcs; a place = all arcs that touch it.
    """
    if not isinstance(where, str):
        parts = [arcs_at(net, word) for word in where]
        return np.unique(np.concatenate(parts)) if parts else np.zeros(0, np.int64)
    tags = _tags_named(net.tags, where)
    if tags:
        found = np.flatnonzero(np.isin(net.arc_tag, tags))
        if len(found):
            return found
    arcs = _country_arcs(net, where)
    if arcs is None:
        arcs = _place_arcs(net, where)
    if len(arcs) == 0:
        raise UnknownName(f"{where!r} has no arcs in the network", remedy="build a line or a port there first")
    return arcs


def tags_named(net: Network, where: str) -> tuple[Tag, ...]:
    """The tags that `where` means as an id or a name; empty where it means no tag."""
    return tuple(net.tags[k] for k in _tags_named(net.tags, where))


def shown_name(net: Network, where: str) -> str:
    """The readable name of what `where` means as a tag: "hormuz" -> "Strait of Hormuz"; `where` itself for all else."""
    found = tags_named(net, where)
    return found[0].name if found and found[0].name else where


def _readings(word: str) -> list[tuple[str, str]]:
    """(folded name, ISO3 or "") in the order to try: as it is split, and then by other usual spellings."""
    direct = _split(word)
    return [*direct, *((other, country) for key, country in direct for other in others(key))]


def _split(word: str) -> list[tuple[str, str]]:
    """(folded name, ISO3 or ""): "name, country" or "name (country)", then the whole word as a name."""
    readings = [(fold(word), "")]
    split = re.fullmatch(r"(.+)(?:,([^,]*)|\(([^()]*)\)\s*)", word.strip())
    if split:
        code = _country((split[2] or split[3] or "").strip())
        if code:
            readings.insert(0, (fold(split[1]), code))
    return readings


def _country(text: str) -> str:
    if is_territory(text.upper()):
        return text.upper()
    return {fold(n): c for c, n in country_names().items()}.get(fold(text), "")


def _named(net: Network, index: PlaceIndex, key: str) -> tuple[int, ...]:
    """Candidates, best first: by name, by place id, as a port's place id, by an alias of the shipped atlas; "port" may
    stand before or after the name of a port."""
    found = list(index.by_name.get(key, ()))
    found += [index.by_place[p] for p in (key, f"{key}-port") if p in index.by_place]
    if not found:
        found = [index.by_place[p] for p in aliases().get(key, ()) if p in index.by_place]
    bare = re.sub(r"^port-(of-)?", "", key)
    if not found and bare != key:
        found = [index.by_place[p] for p in (f"{bare}-port",) if p in index.by_place]
    return tuple(dict.fromkeys(found))


@cache
def aliases() -> dict[str, tuple[str, ...]]:
    """Folded other name -> place ids of the shipped atlas, the largest first; empty where the file is not there."""
    path = files("landbridge") / "data" / "atlas" / "aliases.csv"
    if not path.is_file():
        return {}
    found: dict[str, list[str]] = {}
    with path.open(encoding="utf-8") as handle:
        for place, names in csv.reader(handle):
            for name in names.split(" "):
                found.setdefault(name, []).append(place)
    return {name: tuple(places) for name, places in found.items()}


def _tags_named(tags: Sequence[Tag], where: str) -> list[int]:
    exact = [k for k, t in enumerate(tags) if t.id == where]
    if exact:
        return exact
    direct = _split(where)
    spelled = [(other, country) for key, country in direct for other in others(key)]
    return _read_as(tags, direct, where) or _passages_named(tags, fold(where)) or _read_as(tags, spelled, where)


def _read_as(tags: Sequence[Tag], readings: Sequence[tuple[str, str]], where: str) -> list[int]:
    """Tags of the first reading that any has: by whole names before one side of a double name, and of several kinds
    that share a name only the first of _PRECEDENCE."""
    for key, country in readings:
        mine = [k for k, t in enumerate(tags) if not country or country in t.countries]
        for name_of in (_whole_names, _half_names):
            found = [k for k in mine if key in name_of(tags[k])]
            if found:
                kinds = min(_PRECEDENCE[tags[k].kind] for k in found)
                found = [k for k in found if _PRECEDENCE[tags[k].kind] == kinds]
                _one_thing(tags, found, where)
                return found
    return []


def _passages_named(tags: Sequence[Tag], key: str) -> list[int]:
    """Passages by another spelling, or by what is left of a name without 'strait of' and the like."""
    words = {core(w) for w in others(key) or (key,)} - {""}
    return [k for k, t in enumerate(tags) if t.kind == "passage" and words & {core(t.id), core(fold(t.name))}]


def _whole_names(tag: Tag) -> tuple[str, ...]:
    return (tag.id, fold(tag.name))


def _half_names(tag: Tag) -> tuple[str, ...]:
    return tuple(fold(side) for side in tag.name.split(" - "))


def _one_thing(tags: Sequence[Tag], found: list[int], where: str) -> None:
    """Tags of one name are one thing where they share a country (the rail and the road side of one crossing)."""
    shared = set(tags[found[0]].countries)
    if all(shared & set(tags[k].countries) for k in found):
        return
    options = [f'"{tags[k].name}, {tags[k].countries[0]}"' for k in found]
    raise UnknownName(f"{where!r} names {len(found)} things", remedy=f"write one of {', '.join(options)}")


def _country_arcs(net: Network, where: str) -> NDArray[np.int64] | None:
    """Border arcs of a pair, border and port arcs of one country; None where the word is neither."""
    codes = where.upper().split("-")
    if not 1 <= len(codes) <= 2 or any(len(c) != 3 or c not in country_names() for c in codes):
        return None
    tail, head = net.node_country[net.tail], net.node_country[net.head]
    border = net.arc_kind == _BORDER
    if len(codes) == 2:
        a, b = codes
        arcs = np.flatnonzero(border & (((tail == a) & (head == b)) | ((tail == b) & (head == a))))
        if len(arcs) == 0:
            near = sorted({f"{a}-{c}" for c in _neighbours(tail[border], head[border], a)})
            raise UnknownName(
                f"no border crossing between {a} and {b} in the network",
                remedy=f"borders of {a}: {', '.join(near)}" if near else f"{a} has no land border in the network",
            )
        return arcs
    port = net.arc_kind == ARC_KINDS.index("port")
    return np.flatnonzero((border | port) & ((tail == codes[0]) | (head == codes[0])))


def _neighbours(tail: NDArray[np.str_], head: NDArray[np.str_], country: str) -> Iterable[str]:
    return {str(h) for t, h in zip(tail, head) if t == country and h != country}


def _place_arcs(net: Network, where: str) -> NDArray[np.int64]:
    """All arcs that touch a place in any layer."""
    try:
        node = find_place(net, where)
    except UnknownName as error:
        names = [*(t.name for t in net.tags), *(t.id for t in net.tags), *place_index(net).names]
        near = nearest(where, names)
        hint = (
            f"did you mean {', '.join(near)}?" if near else "name a passage, port, crossing, project, border or place"
        )
        raise UnknownName(f"unknown place, crossing, port, passage or border {where!r}", remedy=hint) from error
    place = str(net.node_id[node]).rpartition("@")[0]
    mine = np.isin(net.node_id, [f"{place}@{layer}" for layer in LAYERS])
    return np.flatnonzero(mine[net.tail] | mine[net.head])
