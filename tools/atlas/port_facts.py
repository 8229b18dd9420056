"""What is published of single ports (tables/port_facts.csv): draught or depth, and dues; and the table that is shipped.

Draught: the published figure is the limit. A depth is read as the draught (basis estimated): tide and part loads make
up for the water under the keel. Dues: handling by the published charge; the survey's fee of the country holds handling
and customs together, so the greater of the two counts. A row may name a country (`GBR`) where one charge holds for
all its container ports (`scope`); a port's own row goes before it.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

TABLES: Final = Path(__file__).parent / "tables"
WAYS: Final = ("export", "import")
KINDS: Final = {"draught": ("m",), "dues": ("USD_TEU", "USD_t")}

Fact = dict[str, Any]


@cache
def facts() -> dict[tuple[str, str, str], Fact]:
    """Rows by (place or country, way, unit); `both` stands for each way. ValueError for words that are not known."""
    found: dict[tuple[str, str, str], Fact] = {}
    for row in pd.read_csv(TABLES / "port_facts.csv", keep_default_na=False).to_dict("records"):
        if row["unit"] not in KINDS.get(row["what"], ()):
            raise ValueError(f"port_facts.csv: {row['place']}: {row['what']} in {row['unit']}")
        ways = WAYS if row["way"] == "both" else (row["way"],)
        for way in ways:
            key = (str(row["place"]), str(way), str(row["unit"]))
            if key in found:
                raise ValueError(f"port_facts.csv: {' '.join(key)} is there twice")
            found[key] = {str(name): value for name, value in row.items()}
    return found


def check(places: set[str], countries: set[str]) -> None:
    """ValueError with every name in the table that is neither a port nor a country with ports."""
    lost = sorted({name for name, _, _ in facts()} - places - countries)
    if lost:
        raise ValueError(f"port_facts.csv: no such ports: {', '.join(lost)}")


def draught(place: str) -> Fact | None:
    """The published draught or depth of a port, if there is one."""
    return facts().get((place, "", "m"))


def scope(terminals: str, iso3: str) -> str:
    """The country whose common charge holds for a port with these terminals: its own for containers, else none."""
    return iso3 if "container" in terminals else ""


def dues(place: str, iso3: str, way: str, unit: str = "USD_TEU") -> Fact | None:
    """The published charge of a port one way, else that of all ports of its country."""
    return facts().get((place, way, unit)) or facts().get((iso3, way, unit))


def usd(place: str, iso3: str, way: str, survey: float, default: float) -> float:
    """USD per TEU: the greater of the survey's fee (NaN or 0 where unknown) and the published charge, else default."""
    fact = dues(place, iso3, way)
    known = [value for value in (survey, float(fact["value"]) if fact else np.nan) if value > 0]
    return max(known, default=default)


def cited(place: str, iso3: str) -> list[str]:
    """What is published of a port and where, for its tag."""
    rows: dict[str, str] = {}
    depth = draught(place)
    if depth:
        rows[f"draught: {depth['published']}, {depth['year']}"] = depth["source"]
    for unit in KINDS["dues"]:
        for way in WAYS:
            fact = dues(place, iso3, way, unit)
            if fact:
                rows[f"dues: {fact['published']}, {fact['year']}"] = fact["source"]
    return [f"{text} ({source})" for text, source in rows.items()]
