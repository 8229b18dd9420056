"""Codes: ISO 3166 alpha-3 territories, sub-national places, modes, layers and gauges. The one place that knows them.

Countries come from `data/countries.csv` (names: World Factbook 2023-10-26, public domain).
"""

from __future__ import annotations

import csv
import difflib
import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Final

from landbridge.errors import DataMissing, UnknownName

# Places below or beside countries that rules speak of; each maps to the territory whose economy it belongs to.
# UN view by default: Crimea is Ukraine's (General Assembly resolution 68/262).
SUBNATIONAL: Final = {
    "CHN-XJ": "CHN",
    "RUS-KGD": "RUS",
    "UA-CRIMEA": "UKR",
    "UKR-BLACKSEA": "UKR",
    "YEM-HOUTHI": "YEM",
}
# usual abbreviations that are not ISO 3166 alpha-3, for hints only
_ABBREVIATIONS: Final = {
    "UK": "GBR",
    "US": "USA",
    "UAE": "ARE",
    "KSA": "SAU",
    "PRC": "CHN",
    "ROC": "TWN",
    "DPRK": "PRK",
    "ROK": "KOR",
    "DRC": "COD",
    "RSA": "ZAF",
    "EU": "@EU as a group, or one member",
}
EXTRA: Final = {"ROW": "Rest of the world"}
MODES: Final = ("road", "rail", "sea", "inland", "air", "pipe")
GAUGES_MM: Final = (1000, 1067, 1435, 1520, 1600, 1668, 1676)


@cache
def slug(name: str) -> str:
    """Lower-case ASCII identifier: 'São Paulo' -> 'sao-paulo'."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = "".join(c if c.isalnum() else " " for c in plain).split()
    return "-".join(words)


@cache
def country_names() -> dict[str, str]:
    """ISO3 -> name for every territory that ships, ROW apart."""
    path = files("landbridge") / "data" / "countries.csv"
    try:
        with path.open(encoding="utf-8") as handle:
            return {row["iso3"]: row["name"] for row in csv.DictReader(handle)}
    except FileNotFoundError as error:
        raise DataMissing("data/countries.csv is not in the package: reinstall landbridge") from error


def is_territory(code: str) -> bool:
    """True for an ISO3 country, a known sub-national place, or ROW."""
    return code in country_names() or code in SUBNATIONAL or code in EXTRA


def name_of(code: str) -> str:
    """Readable name of a territory, or the code itself where there is none."""
    return country_names().get(code) or EXTRA.get(code) or code


def nearest(word: str, choices: Iterable[str], count: int = 4) -> list[str]:
    """The most similar choices to a mistyped word, best first, case and accents ignored."""
    table = {slug(c): c for c in choices}
    target = slug(word)
    close = difflib.get_close_matches(target, table, n=count, cutoff=0.55)
    if len(close) < count:
        close += [k for k in table if target and target in k and k not in close][: count - len(close)]
    return [table[k] for k in close]


def nearest_hint(word: str, choices: Iterable[str], otherwise: str = "") -> str:
    """ "nearest: a, b" for a fault's remedy, or what else helps where nothing is near."""
    near = ", ".join(nearest(word, choices))
    return f"nearest: {near}" if near else otherwise


def require_territory(code: str, where: str = "") -> str:
    """`code` itself if known; otherwise UnknownName with the nearest codes and names."""
    if is_territory(code):
        return code
    raise UnknownName(f"unknown country {code!r}", where, territory_hint(code))


def territory_hint(word: str) -> str:
    """What to write for an unknown country: the code of its name or usual abbreviation, or the nearest ones."""
    if word.upper() in _ABBREVIATIONS:
        return f"did you mean {_ABBREVIATIONS[word.upper()]}?"
    names = {name: iso for iso, name in country_names().items()}
    near = [names.get(n, n) for n in nearest(word, [*names, *country_names()])]
    return f"did you mean {', '.join(dict.fromkeys(near))}?" if near else "use an ISO 3166 alpha-3 code such as CHN"
