"""Sea arcs between loading and discharging places: lengths and passages from searoute's lanes."""

from __future__ import annotations

import csv
import warnings
from pathlib import Path
from typing import Any

DATA = Path(__file__).parents[2] / "src" / "landbridge" / "data" / "energy"
NAMES = {
    "babalmandab": "bab-el-mandeb", "bosporus": "bosporus", "gibraltar": "gibraltar", "suez": "suez",
    "panama": "panama", "ormuz": "hormuz", "malacca": "malacca", "sunda": "sunda", "chili": "magellan",
    "south_africa": "cape-good-hope", "bering": "bering",
}  # fmt: skip
AVOIDABLE = ("suez", "panama", "malacca")  # where another way exists and is worth an arc of its own
BALTIC = {"primorsk", "ust-luga", "gdansk", "swinoujscie"}
BLACK = {"novorossiysk", "burgas", "constanta"}
GULF = {"ras-tanura", "basra", "mina-al-ahmadi", "jebel-dhanna", "kharg", "ras-laffan", "das-island"}
SOURCE = "searoute 1.6 lanes (Eurostat SeaRoute, ORNL)"


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / f"{name}.csv").open(encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


def write(name: str, table: list[dict[str, Any]]) -> None:
    with (DATA / f"{name}.csv").open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, fieldnames=list(table[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)


def voyage(a: tuple[float, float], b: tuple[float, float], closed: set[str]) -> tuple[float, list[str]] | None:
    """Length in nm and searoute's passages, or None where there is no way (searoute gives length 0)."""
    import searoute  # of the atlas extra: only this step needs it

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = searoute.searoute(a, b, units="naut", restrictions=sorted({"northwest", *closed}),
                                  return_passages=True)  # fmt: skip
    length = float(found.properties["length"])
    return (length, list(found.properties["traversed_passages"])) if length > 0 else None


def passages(start: str, end: str, raw: list[str]) -> list[str]:
    """Our names; the Baltic's and the Black Sea's doors are set by the places, which searoute does not tag."""
    named = [NAMES[p] for p in raw if p in NAMES]
    named = [p for p in named if p not in ("gibraltar",)] + (["gibraltar"] if "gibraltar" in raw else [])
    if ((start in GULF) != (end in GULF)) and "hormuz" not in named:
        named.insert(0, "hormuz")
    if start in GULF and end in GULF:
        named = [p for p in named if p != "hormuz"]
    if (start in BALTIC) != (end in BALTIC):
        named.append("danish-straits")
    if (start in BLACK) != (end in BLACK):
        named = [p for p in named if p != "bosporus"] + ["bosporus"]
    if "bosporus" in named and "izmit" not in (start, end) and "marmara-ereglisi" not in (start, end):
        named.append("dardanelles")
    if ("izmit" in (start, end) or "marmara-ereglisi" in (start, end)) and not {start, end} & BLACK:
        named = [p for p in named if p != "bosporus"] + ["dardanelles"]
    return sorted(named)  # searoute gives a set: its order changes from run to run


def build() -> None:
    places = {r["place"]: (float(r["lon"]), float(r["lat"])) for r in rows("places")}
    country = {(r["fuel"], r["id"]): r["iso3"] for r in rows("nodes")}
    berths = rows("berths")
    out: list[dict[str, Any]] = []
    for fuel, closed in (("crude", {"panama"}), ("gas", set())):
        mine = [r for r in berths if r["fuel"] == fuel]
        for origin in (r for r in mine if r["load_place"]):
            for end in (r for r in mine if r["discharge_place"]):
                if country[fuel, origin["node"]] == country[fuel, end["node"]]:
                    continue
                out += _pair(fuel, origin, end, places, closed)
    write("sea", out)


def _pair(
    fuel: str, origin: dict[str, str], end: dict[str, str], places: dict[str, Any], closed: set[str]
) -> list[dict[str, Any]]:
    start, stop = origin["load_place"], end["discharge_place"]
    direct = voyage(places[start], places[stop], closed)
    if direct is None:
        return []
    found = [("", direct)]
    for door in AVOIDABLE:
        if door in direct[1]:
            other = voyage(places[start], places[stop], closed | {door})
            if other is not None and other[0] < direct[0] + 9000:
                found.append((f"/no-{door}", other))
    return [
        {
            "fuel": fuel, "link": f"{origin['node']}>{end['node']}{tag}", "from": origin["node"], "to": end["node"],
            "load_place": start, "discharge_place": stop, "length_nm": round(length),
            "passages": "|".join(passages(start, stop, doors)), "source": SOURCE,
        }
        for tag, (length, doors) in found
    ]  # fmt: skip
