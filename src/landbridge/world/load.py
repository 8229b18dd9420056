"""Load the shipped world, and check that its parts fit each other."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from landbridge import energy, network, rules, tables, trade
from landbridge.codes import EXTRA
from landbridge.errors import BadInput, DataMissing, Fault, UnknownName
from landbridge.world.record import World

# The status quo that ships: every rule is read on this day unless a scenario names another.
SECTORS: Final = 12
MANIFEST: Final = "manifest.json"
BASELINES: Final = {"2023-10": dt.date(2023, 10, 17), "2022-12": dt.date(2022, 12, 1)}
# Baselines that only the energy room is calibrated to; the year of its markets.
ENERGY_ONLY: Final = {"2022-12": 2022}


@cache
def load_world(name: str = "2023-10") -> World:
    """The world at a date, frozen. UnknownName for a baseline that does not ship, DataMissing where a file is cut."""
    if name not in BASELINES:
        raise UnknownName(f"no baseline {name!r}", "baseline", f"shipped: {', '.join(BASELINES)}")
    inputs = _verified()
    year = ENERGY_ONLY.get(name, 2023)
    try:
        return World(
            name=name,
            date=BASELINES[name],
            network=network.load(),
            rules=rules.load_rules(),
            trade=trade.load_baseline(SECTORS),
            crude=energy.load_market("crude", year=year),
            gas=energy.load_market("gas", year=year),
            projects=tables.shipped("projects"),
            sources=_sources(),
            inputs=inputs,
            energy_only=name in ENERGY_ONLY,
        )
    except (TypeError, ValueError, KeyError, IndexError) as error:
        # shipped files pass their tests, so that a row which does not parse means a damaged copy
        raise DataMissing(f"a shipped data file is damaged ({error}): reinstall landbridge") from error


def check(world: World) -> None:
    """Every fault of the world at once, or silence."""
    faults: list[Fault] = list(network.check(world.network))
    cities = set(world.network.node_country[world.network.population > 0].tolist())
    faults += [Fault(f"{c} has no city in the atlas", "trade") for c in world.trade.iso3 if c not in {*cities, *EXTRA}]
    for part in (world.trade.check, lambda: energy.check(world.crude), lambda: energy.check(world.gas)):
        try:
            part()
        except BadInput as error:
            faults += error.faults
    if faults:
        raise BadInput(faults)


def _sources() -> dict[str, str]:
    table = tables.shipped("sources")
    return dict(zip(table["key"], table["citation"]))


def digests() -> dict[str, str]:
    """sha256 of every data file that ships, by path below data/."""
    root = Path(str(files("landbridge") / "data"))
    kinds = (".csv", ".npz", ".json", ".geojson")
    found = [p for p in sorted(root.rglob("*")) if p.suffix in kinds and p.is_file() and p.name != MANIFEST]
    return {p.relative_to(root).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in found}


def _verified() -> dict[str, str]:
    """The digests, all as the manifest says; DataMissing names every file that is cut, altered or gone."""
    found = digests()
    sealed = json.loads((files("landbridge") / "data" / MANIFEST).read_text(encoding="utf-8"))
    wrong = sorted(name for name in {*found, *sealed} if found.get(name) != sealed.get(name))
    if wrong:
        some = ", ".join(wrong[:4]) + (f" and {len(wrong) - 4} more" if len(wrong) > 4 else "")
        remedy = "reinstall landbridge; after a change that is meant, run `make manifest`"
        raise DataMissing(f"shipped data are cut, altered or missing: data/{some}: {remedy}")
    return found
