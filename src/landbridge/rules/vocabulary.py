"""The words of the rule language: actions, effects, units, selector keys, goods, places. The one place that knows them.

Goods form a tree (`data/goods.csv`): a movement of `diesel` is also one of `products`, `oil` and `energy`. Places that
rules name (ports, canals' locks, regions) hang below countries in `data/places.csv`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from landbridge.codes import SUBNATIONAL, is_territory, nearest, slug
from landbridge.rules.shipped import rows

ACTIONS: Final = (
    "import",
    "export",
    "transit",
    "cross",
    "call",
    "overfly",
    "operate",
    "serve",
    "finance",
    "tranship",
    "flow",
    "visit",
)
# effect -> units that its value may carry ("" = none)
EFFECT_UNITS: Final = {
    "forbid": ("", "share"),  # share = part of the named goods that the act's lists cover
    "permit": ("",),
    "time": ("h",),
    "cost": ("USD", "USD/TEU", "USD/t", "USD/net_ton", "USD/net_ton/round"),
    "cost_advalorem": ("share", "trade_change"),
    "tariff": ("share", "x"),  # x = multiple of the most-favoured-nation rate
    "capacity": ("x",),
    "quota": ("bbl/year", "Mt/year", "Mt/season", "bcm/year", "t/year", "TEU/year"),
}
EFFECTS: Final = tuple(EFFECT_UNITS)
ACTORS: Final = ("UNSC", "market", "event", "nature")  # may stand in `by` beside territories and groups
STATUSES_COUNTED: Final = ("member", "party", "partial", "aligned", "partner")

TERRITORY_KEYS: Final = ("origin", "destination", "country", "flag", "carrier", "provider", "airspace")
NUMBER_KEYS: Final = ("price", "draft")  # USD a barrel; metres of draught
WORD_KEYS: Final = ("mode", "good", "person", "vessel", "name", "link", "strait", "crossing", "service")
WHO_KEYS: Final = (
    "origin",
    "destination",
    "within",
    "between",
    "good",
    "mode",
    "flag",
    "carrier",
    "person",
    "vessel",
    "price",
    "draft",
    "provider",
    "name",
)
WHERE_KEYS: Final = ("country", "port", "crossing", "border", "link", "strait", "airspace", "service", "provider")
EVERYWHERE_KEYS: Final = ("from", "until", "place", "permit")
ALL_KEYS: Final = tuple(dict.fromkeys(WHO_KEYS + WHERE_KEYS + EVERYWHERE_KEYS))
MOVEMENT_KEYS: Final = ("action", *(k for k in ALL_KEYS if k not in ("within", "between", "from", "until")))
MODES: Final = ("road", "rail", "sea", "inland", "air", "pipe")
SERVICES: Final = (
    "insurance",
    "shipping",
    "finance",
    "brokering",
    "flagging",
    "technical",
    "investment",
    "accounting",
    "consulting",
    "legal",
    "it",
    "engineering",
    "advertising",
)
PERSONS: Final = ("head-of-state", "head-of-state-wanted")  # offices, never names
VESSELS: Final = ("merchant", "warship")
WORDS: Final = {"mode": MODES, "service": SERVICES, "person": PERSONS, "vessel": VESSELS}

WHOLE: Final = ("oil",)  # goods that the goods below them make up entirely
# what people say -> the word of the language; for goods the table data/good_words.csv
SPOKEN: Final = {
    "mode": {"ship": "sea", "vessel": "sea", "truck": "road", "lorry": "road", "train": "rail", "railway": "rail"}
    | {"plane": "air", "aircraft": "air", "flight": "air", "pipeline": "pipe", "barge": "inland", "river": "inland"},
    "service": {"auditing": "accounting", "audit": "accounting", "bookkeeping": "accounting", "tax": "accounting"}
    | {"consultancy": "consulting", "management-consulting": "consulting", "law": "legal", "lawyers": "legal"}
    | {"it-consultancy": "it", "software": "it", "architecture": "engineering", "market-research": "advertising"}
    | {"reinsurance": "insurance", "p-and-i": "insurance", "transport": "shipping", "banking": "finance"}
    | {"loans": "finance", "credit": "finance", "trading": "brokering", "maintenance": "technical"},
}

SLUG: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
GROUP: Final = re.compile(r"[A-Z][A-Z0-9_]*")
DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Place:
    """A port, region, strait or lock that rules name; `country` is where it lies ('' between several states)."""

    id: str
    name: str
    kind: str
    country: str
    part_of: str


@cache
def goods() -> dict[str, str]:
    """Good -> its parent ('' at the top), in the order of the table."""
    return {r["good"]: r["parent"] for r in rows("goods")}


@cache
def good_words() -> dict[str, str]:
    """Everyday names of goods, as slugs -> the good that means them: jet-fuel -> kerosene."""
    return {r["word"]: r["good"] for r in rows("good_words")}


def spoken(key: str, word: str) -> str:
    """The word of the language for what a user typed ("LNG", "jet fuel", "chips", "truck"); `word` itself if none."""
    name = slug(word)
    if key == "good":
        return name if name in goods() else good_words().get(name, word)
    if key in WORDS:
        return name if name in WORDS[key] else SPOKEN.get(key, {}).get(name, word)
    return word


def near_goods(word: str) -> list[str]:
    """The goods whose names or everyday names are most like a mistyped word, best first."""
    means = {**{g: g for g in goods()}, **good_words()}
    return list(dict.fromkeys(means[w] for w in nearest(word, means)))


@cache
def parts_of_good(good: str) -> tuple[str, ...]:
    """The narrowest goods below one: oil -> crude, diesel, gasoline, ...; empty where nothing is below it."""
    parents = set(goods().values())
    return tuple(g for g in goods() if g != good and good in good_line(g) and g not in parents)


@cache
def good_line(good: str) -> tuple[str, ...]:
    """The good itself and everything it is part of: diesel -> (diesel, products, oil, energy)."""
    line, parents = [good], goods()
    while parents.get(line[-1]):
        line.append(parents[line[-1]])
    return tuple(line)


@cache
def places() -> dict[str, Place]:
    """Place id -> Place."""
    return {r["id"]: Place(r["id"], r["name"], r["kind"], r["country"], r["part_of"]) for r in rows("places")}


@cache
def territory_line(code: str) -> tuple[str, ...]:
    """The territory and the country it belongs to: UA-CRIMEA -> (UA-CRIMEA, UKR)."""
    return (code, SUBNATIONAL[code]) if code in SUBNATIONAL else (code,)


@cache
def place_line(code: str) -> tuple[str, ...]:
    """A place, the places it is part of, and its country: ODS -> (ODS, UKR-BLACKSEA, UKR)."""
    known = places()
    if code not in known:
        return territory_line(code) if is_territory(code) else (code,)
    place = known[code]
    tail = place_line(place.part_of) if place.part_of else ()
    country = territory_line(place.country) if place.country else ()
    return tuple(dict.fromkeys((code, *tail, *country)))


@cache
def territory_at(place: str, country: str) -> str:
    """The territory below the country in which a place lies, by its slug (Kaliningrad: RUS-KGD); else the country."""
    known = places().get(place)
    if known is None or known.country != country:
        return country
    return next((code for code in place_line(place) if code in SUBNATIONAL and code != place), country)


@cache
def straits() -> tuple[str, ...]:
    """Ids of straits, canals and their locks."""
    return tuple(p.id for p in places().values() if p.kind in ("passage", "lock"))
