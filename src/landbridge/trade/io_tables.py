"""Inter-country input-output tables as a Baseline: OECD ICIO, WIOD 2013 and 2016, Eora and what looks like them.

Rows are sellers (country, industry), columns are buyers (country, industry) and final demand (country). A layout says
where the labels stand; the accounts are read the same way for all. Rows are streamed: one row in memory at a time.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, zip_longest
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from landbridge.errors import BadTable, Fault
from landbridge.trade.readers import MOST_FAULTS, finish, opened, sealed
from landbridge.trade.records import Baseline

Array = NDArray[np.float64]
Place = tuple[str, str]  # country, industry
_LEAST_VALUE_ADDED: Final = 0.01  # share of output: tables have industries that lose money
_HEADER_LINES: Final = 12  # WIOD sheets have up to six lines above the numbers
_SPLIT: Final = {"CN1": "CHN", "CN2": "CHN", "MX1": "MEX", "MX2": "MEX"}  # OECD's firms that export apart
_NUMBERED: Final = re.compile(r"[cr](\d+)$")


@dataclass(frozen=True, slots=True)
class _Columns:
    """What the columns are, in the order of a row's numbers: buyers by place, final demand by country, or neither."""

    industry: Sequence[Place | None]
    final: Sequence[str | None]


_Rows = Iterable[tuple[str, Place, Sequence[str]]]  # name of the row for faults, seller, its numbers as text


def read_icio(
    path: str | Path,
    *,
    usd_per_unit: float = 1e6,
    theta: float | Mapping[str, float] = 5.03,
    merge: Mapping[str, str] | None = None,
) -> Baseline:
    """A baseline without tariffs from an OECD inter-country input-output table (CSV, any release since 2016).

    Rows and columns are labelled AUS_A01_02 (country, industry); other columns are final demand by country
    (AUS_HFCE ...), a total is ignored; Eurostat's FIGARO matrix has the same form. `merge` joins codes of split
    economies (CN1, CN2 -> CHN; MX1, MX2 -> MEX by default). Value added is what gross output leaves over intermediate
    inputs, so taxes and rows below are not needed.
    """
    whole, merged = Path(path), {**_SPLIT, **(merge or {})}
    with opened(whole) as handle:  # first pass: what the rows are called
        head = next(csv.reader(handle), [])[1:]
        labels = {line.split(",", 1)[0].strip().strip('"') for line in handle}
    names = [h.strip() for h in head]
    labels = {name for name in labels if "_" in name and name in set(names)}

    def place(name: str) -> Place:
        country, _, industry = name.partition("_")
        return merged.get(country, country), industry

    columns = _Columns(
        [place(n) if n in labels else None for n in names],
        [place(n)[0] if "_" in n and n not in labels else None for n in names],
    )
    if not labels or not any(columns.final):
        cure = "rows and columns labelled COUNTRY_INDUSTRY, final demand COUNTRY_HFCE and so on"
        raise BadTable("this is not an inter-country input-output table", whole.name, cure)

    def rows() -> Iterator[tuple[str, Place, Sequence[str]]]:
        with opened(whole) as handle:
            for cells in csv.reader(handle):
                if cells and cells[0].strip() in labels:
                    yield cells[0], place(cells[0].strip()), cells[1:]

    return _accounts(columns, rows(), usd_per_unit, theta, sealed(whole))


def read_wiod(
    path: str | Path,
    *,
    usd_per_unit: float = 1e6,
    theta: float | Mapping[str, float] = 5.03,
    merge: Mapping[str, str] | None = None,
) -> Baseline:
    """A baseline without tariffs from a World Input-Output Table of the 2013 or 2016 release, saved as CSV.

    Reads the sheet as published (industry code, description, country, r1 ... before the numbers; lines of codes,
    countries and c1, c2 ... above them) and the data frame of the R files (IndustryCode, IndustryDescription, Country,
    RNr, Year, AUS1 ... TOT). Columns whose number is no row's are final demand; totals and rows of country TOT are
    passed over. `merge` renames countries.
    """
    whole, merged = Path(path), merge or {}
    with opened(whole) as handle:
        reader = csv.reader(handle)
        head = [next(reader, []) for _ in range(_HEADER_LINES)]
        start, country, number = _wiod_columns(head, whole.name)
        code_of = dict[str, str]()
        for cells in (*head, *reader):
            label = _wiod_row(cells, set(country))
            if label is not None:
                code_of[label[1]] = label[2]
    columns = _Columns(
        [(merged.get(c, c), code_of[n]) if c and n in code_of else None for c, n in zip(country, number, strict=True)],
        [merged.get(c, c) if c and n not in code_of else None for c, n in zip(country, number, strict=True)],
    )
    if not code_of or not any(columns.final):
        raise BadTable("no industry rows, or no final demand", whole.name, "the whole table, saved as CSV, is needed")

    def rows() -> Iterator[tuple[str, Place, Sequence[str]]]:
        with opened(whole) as handle:
            for cells in csv.reader(handle):
                label = _wiod_row(cells, set(country))
                if label is not None:
                    home, number_, code = label
                    yield f"{home} r{number_}", (merged.get(home, home), code), cells[start:]

    return _accounts(columns, rows(), usd_per_unit, theta, sealed(whole))


def _wiod_columns(head: Sequence[Sequence[str]], where: str) -> tuple[int, list[str], list[str]]:
    """First column of numbers, then country and number of every column ("" for totals)."""
    first = [c.strip() for c in head[0]]
    if "RNr" in first and "Country" in first:
        start = 1 + max(first.index(c) for c in ("RNr", "Country", "Year") if c in first)
        found = [re.fullmatch(r"([A-Za-z]{3})(\d+)", name) for name in first[start:]]
        return start, [m[1].upper() if m else "" for m in found], [m[2] if m else "" for m in found]
    for above, line in pairwise(head):
        numbered = [_NUMBERED.match(c.strip().lower()) for c in line[4:]]
        if sum(m is not None for m in numbered) > max(2, len(numbered) // 2):
            country = [c.strip() for c in above[4 : len(line)]]
            known = [c if re.fullmatch(r"[A-Za-z]{3}", c) and c.upper() != "TOT" else "" for c in country]
            return 4, known, [m[1] if m else "" for m in numbered]
    cure = "a WIOT sheet or the R data frame, saved as CSV with its header lines"
    raise BadTable("no line of column numbers (c1, c2 ... or AUS1, AUS2 ...)", where, cure)


def _wiod_row(cells: Sequence[str], countries: set[str]) -> tuple[str, str, str] | None:
    """Country, number and industry code of a row of sellers; None for anything else."""
    if len(cells) < 5 or cells[2].strip() not in countries - {""}:
        return None
    number = re.fullmatch(r"r?(\d+)", cells[3].strip().lower())
    return (cells[2].strip(), number[1], cells[0].strip()) if number else None


def read_eora(
    flows: str | Path,
    final_demand: str | Path,
    flow_labels: str | Path,
    final_labels: str | Path,
    *,
    usd_per_unit: float = 1e3,
    theta: float | Mapping[str, float] = 5.03,
    merge: Mapping[str, str] | None = None,
) -> Baseline:
    """A baseline without tariffs from Eora26-style files: bare matrices T and FD, and their labels.

    Numbers are separated by tabs or commas, in thousand USD; labels are lines of country, ISO3, kind, name (tabs).
    Every row of labels must have its row of numbers; kinds other than one per country are a fault (full Eora mixes
    industries and commodities: use Eora26).
    """
    merged = merge or {}
    sellers, demand = (_eora_labels(Path(p), merged) for p in (flow_labels, final_labels))
    columns = _Columns([*sellers, *[None] * len(demand)], [*[None] * len(sellers), *[c for c, _ in demand]])

    def rows() -> Iterator[tuple[str, Place, Sequence[str]]]:
        with opened(Path(flows)) as t, opened(Path(final_demand)) as f:
            for number, (one, two, seller) in enumerate(zip_longest(t, f, sellers), start=1):
                if one is None or two is None or seller is None:
                    counts = f"{len(sellers)} labels in {Path(flow_labels).name}"
                    raise BadTable(f"the files end at different rows, near {number}", Path(flows).name, counts)
                yield f"{number} ({seller[0]} {seller[1]})", seller, (*_apart(one), *_apart(two))

    return _accounts(columns, rows(), usd_per_unit, theta, f"{sealed(Path(flows))}; {sealed(Path(final_demand))}")


def _apart(line: str) -> list[str]:
    text = line.rstrip("\r\n")
    return text.rstrip("\t").split("\t") if "\t" in text else text.split(",")


def _eora_labels(path: Path, merged: Mapping[str, str]) -> list[Place]:
    with opened(path) as handle:
        lines = [[c.strip() for c in line.rstrip("\r\n").rstrip("\t").split("\t")] for line in handle if line.strip()]
    faults = [
        Fault(f"{len(c)} labels", f"{path.name} row {n}", "country, ISO3, kind, name, separated by tabs")
        for n, c in enumerate(lines, start=1)
        if len(c) < 4
    ]
    if faults or not lines:
        raise BadTable(faults[:MOST_FAULTS] or "the file is empty", "" if faults else path.name)
    kinds: dict[str, set[str]] = {}
    for cells in lines:
        kinds.setdefault(cells[1], set()).add(cells[2])
    mixed = sorted(c for c, k in kinds.items() if len(k) > 1)
    if mixed:
        what = f"{', '.join(mixed[:5])} mix {' and '.join(sorted(kinds[mixed[0]]))}"
        raise BadTable(what, path.name, "take Eora26, where every country has industries only")
    return [(merged.get(c[1], c[1]), c[-1]) for c in lines]


def _accounts(
    columns: _Columns, rows: _Rows, usd_per_unit: float, theta: float | Mapping[str, float], source: str
) -> Baseline:
    """Flows, value added and input mix from the rows, whatever the layout."""
    places = [p for p in columns.industry if p is not None]
    iso3, sectors = tuple(sorted({c for c, _ in places})), tuple(dict.fromkeys(s for _, s in places))
    at, of = {c: n for n, c in enumerate(iso3)}, {k: n for n, k in enumerate(sectors)}
    n, k = len(iso3), len(sectors)
    flow, use = np.zeros((k, n, n)), np.zeros((n, k, k))
    taken = np.array([i for i, p in enumerate(columns.industry) if p is not None])
    users = np.array([at[c] * k + of[s] for c, s in places])
    final = np.array([i for i, c in enumerate(columns.final) if c in at], dtype=int)
    final_of = np.array([at[c] for c in columns.final if c is not None and c in at], dtype=int)
    faults: list[Fault] = []
    seen: set[Place] = set()
    for name, seller, cells in rows:
        values = _numbers(cells, len(columns.industry), name, faults)
        if values is None or seller[0] not in at or seller[1] not in of:
            continue
        seen.add(seller)
        spent = np.bincount(users, values[taken], n * k).reshape(n, k)
        use[:, of[seller[1]], :] += spent
        flow[of[seller[1]], at[seller[0]], :] += spent.sum(axis=1) + np.bincount(final_of, values[final], n)
    lost = [p for p in dict.fromkeys(places) if p not in seen]
    if lost and not faults:
        names = ", ".join(f"{c} {s}" for c, s in lost[:MOST_FAULTS])
        faults.append(Fault(f"{len(lost)} industries buy but have no row: {names}", source, "is the file cut?"))
    if faults:
        raise BadTable(faults[:MOST_FAULTS])
    flow = np.maximum(flow, 0.0)  # stocks run down can make a cell slightly negative
    output, cost = flow.sum(axis=2), use.sum(axis=1).T
    beta = np.clip(1.0 - np.divide(cost, output, out=np.zeros_like(cost), where=output > 0), _LEAST_VALUE_ADDED, 1.0)
    total = use.sum(axis=1, keepdims=True)
    mix = np.where(total > 0, use / np.where(total > 0, total, 1.0), 1.0 / k)
    return finish(iso3, sectors, flow * usd_per_unit, beta, mix, theta, source)


def _numbers(cells: Sequence[str], count: int, name: str, faults: list[Fault]) -> Array | None:
    """The numbers of a row, or None and a fault."""
    if len(cells) != count:
        faults.append(Fault(f"{len(cells)} values", f"row {name}", f"{count} are needed: is the file cut?"))
        return None
    try:
        values = np.array([c or "0" for c in cells] if "" in cells else cells, dtype=np.float64)
    except ValueError as error:
        faults.append(Fault(str(error), f"row {name}", "numbers only"))
        return None
    if not np.isfinite(values).all():
        faults.append(Fault("a value is missing or infinite", f"row {name}"))
        return None
    return values
