"""The user's own statistics from CSV files, put into a market: production and use by node, capacities by link."""

from __future__ import annotations

import csv
import math
from dataclasses import replace
from pathlib import Path

import numpy as np

from landbridge.codes import nearest
from landbridge.energy.market import Market, unreached
from landbridge.errors import BadTable, DataMissing, Fault

_COLUMNS = ("node", "production", "consumption")
_LINK_COLUMNS = ("link", "capacity")


def read_volumes(market: Market, path: str | Path) -> Market:
    """The market with volumes of a CSV file: node, production, consumption (quantity a year; blank keeps ours).

    Supply steps of a node are scaled so that its output at the base price is the file's, demand likewise; prices and
    calibration terms stay. DataMissing where the file cannot be read, BadTable with every fault and its row: unknown
    nodes, numbers below nought, demand that no open way joins to a supply.
    """
    path = Path(path)
    rows = _rows(path, _COLUMNS)
    made, used = _volumes(market, rows, path.name)
    supply, demand = market.supply, market.demand
    base = np.zeros(len(market.nodes.id))
    np.add.at(base, supply.node, np.where(np.arange(len(supply.size)) < _steps(market), _base(market), 0.0))
    grow = np.divide(made, base, out=np.ones_like(base), where=(base > 0) & np.isfinite(made))
    reference = np.zeros(len(market.nodes.id))
    np.add.at(reference, demand.node, demand.reference)
    want = np.divide(used, reference, out=np.ones_like(base), where=(reference > 0) & np.isfinite(used))
    changed = replace(
        market,
        supply=replace(supply, size=supply.size * grow[supply.node]),
        demand=replace(demand, slope=demand.slope / want[demand.node], reference=demand.reference * want[demand.node]),
    )
    _require_supply(changed, path.name)
    return changed


def read_capacities(market: Market, path: str | Path) -> Market:
    """The market with capacities of a CSV file: link, capacity (quantity a year; 0 shuts, inf is no limit).

    Least flows of contracts give way to a smaller capacity. Errors as in `read_volumes`.
    """
    path = Path(path)
    known = {link: a for a, link in enumerate(market.arcs.link)}
    capacity = market.arcs.capacity.copy()
    faults: list[Fault] = []
    for line, row in enumerate(_rows(path, _LINK_COLUMNS), start=2):
        place = f"{path.name} row {line}"
        value = _capacity(row["capacity"])
        if row["link"] not in known:
            near = ", ".join(nearest(row["link"] or "", known)) or "see market.arcs.link"
            faults.append(Fault(f"no {market.fuel} link {row['link']!r}", place, f"nearest: {near}"))
        elif value is None:
            faults.append(Fault(f"capacity = {row['capacity']!r}", place, "give nought, a positive number or inf"))
        else:
            capacity[np.array(market.arcs.link) == row["link"]] = value
    if faults:
        raise BadTable(faults)
    arcs = replace(market.arcs, capacity=capacity, least=np.minimum(market.arcs.least, capacity))
    changed = replace(market, arcs=arcs)
    _require_supply(changed, path.name)
    return changed


def _capacity(text: str | None) -> float | None:
    """A capacity, inf included; None for anything below nought or no number."""
    if (text or "").strip().lower() == "inf":
        return math.inf
    value = _number(text)
    return None if value is None or math.isnan(value) or value < 0 else value


def _rows(path: Path, columns: tuple[str, ...]) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            rows = list(csv.DictReader(handle))
    except (OSError, UnicodeDecodeError) as error:
        raise DataMissing(f"{path} cannot be read ({error}): give a CSV file with {', '.join(columns)}") from error
    if not rows or any(c not in rows[0] for c in columns):
        raise BadTable(f"columns {', '.join(columns)} are needed", path.name, "put them in the first line")
    return rows


def _require_supply(market: Market, where: str) -> None:
    """BadTable names every demand that no open way joins to a supply."""
    remedy = "open a link to it, or leave it blank"
    lost = [Fault(f"{market.nodes.id[n]}: demand that no supply can reach", where, remedy) for n in unreached(market)]
    if lost:
        raise BadTable(lost)


def _volumes(
    market: Market, rows: list[dict[str, str]], where: str
) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], np.ndarray[tuple[int], np.dtype[np.float64]]]:
    made, used = np.full(len(market.nodes.id), np.nan), np.full(len(market.nodes.id), np.nan)
    faults: list[Fault] = []
    producers, consumers = set(market.supply.node.tolist()), set(market.demand.node.tolist())
    for line, row in enumerate(rows, start=2):
        place = f"{where} row {line}"
        if row["node"] not in market.nodes.id:
            near = ", ".join(nearest(row["node"] or "", market.nodes.id)) or "see market.nodes.id"
            faults.append(Fault(f"no {market.fuel} node {row['node']!r}", place, f"nearest: {near}"))
            continue
        n = market.nodes.id.index(row["node"])
        for column, values, able in (("production", made, producers), ("consumption", used, consumers)):
            value = _number(row[column])
            if value is None or (value is not math.nan and value <= 0):
                faults.append(Fault(f"{column} = {row[column]!r}", place, "give a positive number or leave it blank"))
            elif not math.isnan(value) and n not in able:
                faults.append(Fault(f"{row['node']} has no {column} in this market", place, "leave it blank"))
            else:
                values[n] = value
    if faults:
        raise BadTable(faults)
    return made, used


def _number(text: str | None) -> float | None:
    """A number, NaN for a blank, None for anything else."""
    if not (text or "").strip():
        return math.nan
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _steps(market: Market) -> int:
    """How many supply steps are curves through the base point (base and elastic step); idle capacity comes after."""
    return 2 * len(set(market.supply.node.tolist()))


def _base(market: Market) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """[S] what each step offers at its node's base price: all of the base step, a part of the elastic one.

    The elastic step starts at half of the base price and ends at a multiple of it (`data.supply_curves`).
    """
    low, high, size = market.supply.low, market.supply.high, market.supply.size
    elastic = np.arange(len(size)) >= _steps(market) // 2
    base_price = np.where(elastic, 2.0 * low, high)
    rise = np.maximum(high - low, 1e-12)
    return np.asarray(np.where(elastic, size * np.clip((base_price - low) / rise, 0.0, 1.0), size))
