"""Other names of the atlas's cities (Kiev, Peking, Antwerp), from GeoNames: data/atlas/aliases.csv, one row a place."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any, Final

import pandas as pd

from landbridge.network.names import fold
from tools.atlas.cities import geonames, great_circle_km

MOST: Final = 45  # names a place, the shortest first
SAME_KM: Final = 30.0


def aliases_csv(cities: pd.DataFrame) -> str:
    """place,names: folded names apart by blanks, without those that are the name of another place."""
    own = {fold(n) for n in cities["name"]} | set(cities["place"])
    by_name: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for entry in geonames():
        by_name.setdefault((fold(entry["name"]), entry["country"]), []).append(entry)
    lines = []
    for row in cities.to_dict("records"):
        names: dict[str, None] = {}
        for key in (fold(row["name"]), row["place"]):
            for entry in by_name.get((key, row["country"]), []):
                if great_circle_km(row["lon"], row["lat"], entry["lon"], entry["lat"]) < SAME_KM:
                    names |= dict.fromkeys(_latin(entry["alternatenames"]))
        kept = [n for n in names if n not in own and len(n) > 3][:MOST]
        if kept:
            lines.append(f"{row['place']},{' '.join(kept)}")
    return "\n".join(lines) + "\n"


def write(path: Path, cities: pd.DataFrame) -> int:
    """Write the file; its size in bytes."""
    text = aliases_csv(cities)
    path.write_text(text, encoding="utf-8")
    return len(text)


def _latin(names: list[str]) -> list[str]:
    """Folded names written in Latin letters, the shortest first (airport codes and the like are too short to count)."""
    good = [n for n in names if all(_is_latin(c) for c in n if c.isalpha())]
    return sorted({fold(n) for n in good}, key=lambda n: (n.count("-"), len(n), n))


def _is_latin(letter: str) -> bool:
    return unicodedata.name(letter, "").startswith("LATIN")
