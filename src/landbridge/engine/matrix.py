"""cost_matrix: kilometres, hours and dollars between many places."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from landbridge import network as net
from landbridge import routing, tables
from landbridge.engine import classes, goods
from landbridge.engine.route import DEFAULT_MODES, places
from landbridge.errors import BadInput, BadTable, DataMissing, Fault, UnknownName
from landbridge.world import World


@dataclass(frozen=True, slots=True)
class CostMatrix:
    """Arrays [origin, destination] with their labels; inf = no way. Money is USD per TEU, per tonne for bulk goods;
    `generalised_usd` = cost_usd + hours at their value, the quantity that the ways are least in."""

    origins: tuple[str, ...]
    destinations: tuple[str, ...]
    length_km: NDArray[np.float64]
    time_h: NDArray[np.float64]
    cost_usd: NDArray[np.float64]
    generalised_usd: NDArray[np.float64]
    unit: str
    notes: tuple[str, ...]  # what names that several places share were taken for

    def labelled(self, component: str) -> pd.DataFrame:
        """length_km, time_h, cost_usd or generalised_usd with origins as rows and destinations as columns."""
        allowed = ("length_km", "time_h", "cost_usd", "generalised_usd")
        if component not in allowed:
            raise BadInput(f"no component {component!r}", "CostMatrix", f"one of {', '.join(allowed)}")
        return pd.DataFrame(getattr(self, component), index=list(self.origins), columns=list(self.destinations))

    def to_frame(self) -> pd.DataFrame:
        """One row a pair: origin, destination, length_km, time_h, cost_usd."""
        pairs = pd.MultiIndex.from_product([self.origins, self.destinations], names=["origin", "destination"])
        columns = {"length_km": self.length_km, "time_h": self.time_h, "cost_usd": self.cost_usd}
        return pd.DataFrame({k: v.ravel() for k, v in columns.items()}, index=pairs).reset_index()


def read_cities(world: World, path: str | Path) -> tuple[str, ...]:
    """Names in the column `city` of a user's CSV file. BadTable lists every fault with its row: columns, blank cells,
    places that do not exist or are not clear, places named twice."""
    path = Path(path)
    remedy = "give a CSV file (UTF-8) with a column `city`, one place a row"
    if not path.is_file():
        raise BadInput(f"there is no file {path}", remedy=remedy)
    faults: list[Fault] = []
    try:
        tables.read(path, "matrix_cities")
        rows = _rows(path)
    except (DataMissing, OSError, csv.Error) as error:
        raise BadInput(f"{path.name} is not readable", remedy=remedy) from error
    except BadTable as error:
        faults += error.faults
        rows = _rows(path)
    seen: dict[int, int] = {}
    for row, name in rows:
        found, unknown = places(world, [name]) if name else ([], [Fault("no name", remedy="fill in or delete the row")])
        where = f"{path.name} row {row}"
        faults += [Fault(f.what, where, f.remedy) for f in unknown]
        if found and seen.setdefault(found[0], row) != row:
            faults.append(Fault(f"{name!r} is the place of row {seen[found[0]]} again", where, "delete one of the two"))
    if not rows and not faults:
        faults.append(Fault("no place", path.name, remedy))
    if faults:
        raise BadTable(faults)
    return tuple(name for _, name in rows)


def _rows(path: Path) -> list[tuple[int, str]]:
    """Line number and cell of the column `city`, nothing where there is none; lines without anything are left out."""
    with path.open(encoding="utf-8-sig", newline="") as handle:
        reader = csv.DictReader(handle)
        if "city" not in (reader.fieldnames or ()):
            return []
        return [(reader.line_num, (row["city"] or "").strip()) for row in reader]


def cost_matrix(
    world: World,
    origins: Sequence[str],
    destinations: Sequence[str],
    *,
    by: Sequence[str] = (),
    good: str = "containers",
    without_rules: bool = False,
    progress: Callable[[str], None] | None = None,
) -> CostMatrix:
    """Components of the best way between every pair, least generalised cost over the ships that fit.

    `progress` is told, in words, how many pairs are done. UnknownName lists every place that does not exist.
    """
    words = list(dict.fromkeys([*origins, *destinations]))
    found_nodes, faults = places(world, words)
    if faults:
        raise UnknownName(faults)
    nodes = dict(zip(words, found_nodes))
    rules = None if without_rules else world.rules.on(world.date)
    modes = tuple(by) or DEFAULT_MODES
    unit = goods.unit_of(good)
    ships = classes.SHIPS[unit] if "sea" in modes else ("",)
    start, end = [nodes[w] for w in origins], [nodes[w] for w in destinations]
    hierarchy = routing.prepare(world.network)
    total = len(start) * len(end)
    best: routing.Matrices | None = None
    for number, ship in enumerate(ships, start=1):

        def told(done: int, ship: str = ship, number: int = number) -> None:
            if progress is not None:
                by_ship = f" ({ship}, {number} of {len(ships)} ships)" if ship else ""
                progress(f"{done:,} of {total:,} pairs{by_ship}")

        told(0)
        cls = classes.build(world.network, rules, modes=modes, good=good, ship=ship)
        found = routing.many_to_many(world.network, cls, start, end, hierarchy=hierarchy, progress=told)
        best = found if best is None else classes.cheaper(best, found)
    assert best is not None
    notes = tuple(filter(None, (net.place_note(world.network, word) for word in words)))
    return CostMatrix(
        tuple(origins),
        tuple(destinations),
        best.length_km,
        best.time_h,
        best.cost_usd,
        best.generalised_usd,
        unit,
        notes,
    )
