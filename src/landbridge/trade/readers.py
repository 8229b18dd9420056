"""The user's own tables as a Baseline: tidy trade files (BACI, ITPD-E, any CSV of pairs) and input-output tables.

Files are streamed line by line; every fault of a file is told at once. Nothing here ships data.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

import numpy as np
from numpy.typing import NDArray

from landbridge.errors import BadTable, DataMissing, Fault
from landbridge.trade.records import Baseline

Array = NDArray[np.float64]
_MOST_FAULTS: Final = 12
ALL: Final = "all"  # the one sector of a file without sectors


@dataclass(frozen=True, slots=True)
class TidyColumns:
    """What the columns of a tidy file are called; "" = there is none. Defaults fit BACI."""

    exporter: str = "i"
    importer: str = "j"
    value: str = "v"
    sector: str = ""
    year: str = ""


BACI: Final = TidyColumns(sector="k", year="t")
ITPD: Final = TidyColumns("exporter_iso3", "importer_iso3", "trade", "industry_id", "year")


def read_tidy(
    path: str | Path,
    columns: TidyColumns,
    *,
    year: str = "",
    usd_per_unit: float = 1.0,
    country: Callable[[str], str | None] = str,
    sector: Callable[[str], str | None] = str,
    output_usd: Mapping[str, float] | None = None,
    value_added_share: float = 1.0,
    theta: float | Mapping[str, float] = 5.03,
) -> Baseline:
    """A baseline without tariffs from a file with one row a flow; rows of the same cell are added up.

    `country` and `sector` turn the file's codes into ours, None drops the row (BACI: numeric codes and HS6 products,
    values in thousands: usd_per_unit=1000). `output_usd` gives gross output by economy where the file holds no domestic
    sales: what is not exported is sold at home, in proportion to the economy's exports by sector.
    """
    cells = _tidy_cells(Path(path), columns, year, usd_per_unit, country, sector)
    iso3 = tuple(sorted({c for _, i, j in cells for c in (i, j)}))
    sectors = tuple(sorted({k for k, _, _ in cells}))
    at, of = {c: n for n, c in enumerate(iso3)}, {k: n for n, k in enumerate(sectors)}
    flow = np.zeros((len(sectors), len(iso3), len(iso3)))
    for (k, i, j), value in cells.items():
        flow[of[k], at[i], at[j]] = value
    if output_usd is not None:
        _sell_the_rest_at_home(flow, iso3, output_usd, Path(path).name)
    beta = np.full((len(sectors), len(iso3)), value_added_share)
    return _finish(iso3, sectors, flow, beta, None, theta, f"{Path(path).name} {year}".strip())


def read_icio(
    path: str | Path,
    *,
    usd_per_unit: float = 1e6,
    theta: float | Mapping[str, float] = 5.03,
    merge: Mapping[str, str] | None = None,
) -> Baseline:
    """A baseline without tariffs from an OECD inter-country input-output table (CSV, any release since 2016).

    Rows and columns are labelled AUS_A01_02 (country, industry); other columns are final demand by country
    (AUS_HFCE ...), a total is ignored. `merge` joins codes of split economies (CN1, CN2 -> CHN; MX1, MX2 -> MEX by
    default). Value added is what gross output leaves over intermediate inputs, so taxes and rows below are not needed.
    """
    merge = {"CN1": "CHN", "CN2": "CHN", "MX1": "MEX", "MX2": "MEX", **(merge or {})}
    with _open(Path(path)) as handle:  # first pass: what the rows are called
        head = next(handle, "").rstrip("\r\n").split(",")[1:]
        labels = {_label(line) for line in handle}
    names = [h.strip().strip('"') for h in head]
    labels = {name for name in labels if "_" in name and name in set(names)}
    producers = [(n, *_split(name, merge)) for n, name in enumerate(names) if name in labels]
    finals = [(n, _split(name, merge)[0]) for n, name in enumerate(names) if "_" in name and name not in labels]
    if not producers or not finals:
        where, cure = Path(path).name, "rows and columns labelled COUNTRY_INDUSTRY, final demand COUNTRY_HFCE and so on"
        raise BadTable("this is not an inter-country input-output table", where, cure)
    iso3 = tuple(sorted({c for _, c, _ in producers}))
    sectors = tuple(sorted({k for _, _, k in producers}))
    at, of = {c: n for n, c in enumerate(iso3)}, {k: n for n, k in enumerate(sectors)}
    n, k = len(iso3), len(sectors)
    flow, use = np.zeros((k, n, n)), np.zeros((n, k, k))
    columns = np.array([c for c, _, _ in producers])
    users = np.array([at[c] for _, c, _ in producers]) * k + np.array([of[s] for _, _, s in producers])
    final_columns, final_of = np.array([c for c, _ in finals]), np.array([at[c] for _, c in finals])
    faults: list[Fault] = []
    with _open(Path(path)) as handle:
        for line in handle:
            name = _label(line)
            values = _numbers(line, len(head), name, faults) if name in labels else None
            if values is None:
                continue
            seller, product = _split(name, merge)
            spent = np.bincount(users, values[columns], n * k).reshape(n, k)
            use[:, of[product], :] += spent
            bought = spent.sum(axis=1) + np.bincount(final_of, values[final_columns], n)
            flow[of[product], at[seller], :] += bought
    if faults:
        raise BadTable(faults[:_MOST_FAULTS])
    flow = np.maximum(flow, 0.0)  # stocks run down can make a cell slightly negative
    output = flow.sum(axis=2)
    cost = use.sum(axis=1).T
    beta = np.clip(1.0 - np.divide(cost, output, out=np.zeros_like(cost), where=output > 0), 0.01, 1.0)
    mix = use / np.maximum(use.sum(axis=1, keepdims=True), 1e-300)
    mix = np.where(use.sum(axis=1, keepdims=True) > 0, mix, 1.0 / k)
    return _finish(iso3, sectors, flow * usd_per_unit, beta, mix, theta, Path(path).name)


def _label(line: str) -> str:
    return line.split(",", 1)[0].strip().strip('"')


def _split(label: str, merge: Mapping[str, str]) -> tuple[str, str]:
    """Country and industry of a label such as AUS_A01_02."""
    country, _, industry = label.partition("_")
    return merge.get(country, country), industry


def _numbers(line: str, count: int, name: str, faults: list[Fault]) -> Array | None:
    """The numbers of a row, or None and a fault."""
    parts = line.rstrip("\r\n").split(",")[1:]
    if len(parts) != count:
        faults.append(Fault(f"{len(parts)} values", f"row {name}", f"{count} are needed: is the file cut?"))
        return None
    try:
        values = np.array(parts, dtype=np.float64)
    except ValueError as error:
        faults.append(Fault(str(error), f"row {name}", "numbers only"))
        return None
    if not np.isfinite(values).all():
        faults.append(Fault("a value is missing or infinite", f"row {name}"))
        return None
    return values


def _tidy_cells(
    path: Path,
    columns: TidyColumns,
    year: str,
    scale: float,
    country: Callable[[str], str | None],
    sector: Callable[[str], str | None],
) -> dict[tuple[str, str, str], float]:
    cells: dict[tuple[str, str, str], float] = {}
    faults: list[Fault] = []
    with _open(path) as handle:
        reader = csv.DictReader(handle)
        needed = [c for c in (columns.exporter, columns.importer, columns.value, columns.sector) if c]
        needed += [columns.year] if year and columns.year else []
        missing = [c for c in needed if c not in (reader.fieldnames or [])]
        if missing:
            found = ", ".join(reader.fieldnames or ["none"])
            raise BadTable([Fault(f"column {c!r} is missing", path.name, f"there are: {found}") for c in missing])
        for number, row in enumerate(reader, start=2):
            if year and columns.year and row[columns.year] != year:
                continue
            origin, destination = country(row[columns.exporter]), country(row[columns.importer])
            kind = sector(row[columns.sector]) if columns.sector else ALL
            if origin is None or destination is None or kind is None:
                continue
            value = _value(row[columns.value], f"{path.name} row {number}", faults)
            if value:
                key = (kind, origin, destination)
                cells[key] = cells.get(key, 0.0) + value * scale
    if not cells and not faults:
        faults.append(Fault("no flow is left", path.name, f"check the year {year!r} and the codes"))
    if faults:
        raise BadTable(faults[:_MOST_FAULTS])
    return cells


def _value(text: str, where: str, faults: list[Fault]) -> float:
    """A flow; blank or NA is no trade."""
    if text.strip() in ("", "NA", "."):
        return 0.0
    try:
        value = float(text)
    except ValueError:
        faults.append(Fault(f"{text!r} is not a number", where, "a flow >= 0, blank for none"))
        return 0.0
    if not 0.0 <= value < np.inf:
        faults.append(Fault(f"flow {text} is negative or not finite", where, "a flow >= 0"))
        return 0.0
    return value


def _sell_the_rest_at_home(flow: Array, iso3: Iterable[str], output_usd: Mapping[str, float], where: str) -> None:
    faults = []
    for i, code in enumerate(iso3):
        flow[:, i, i] = 0.0
        exports = flow[:, i, :].sum(axis=1)
        home = output_usd.get(code, np.nan) - exports.sum()
        if not home > 0:
            faults.append(
                Fault(f"output of {code} is missing or below its exports", where, "give output_usd above them")
            )
            continue
        split = exports / exports.sum() if exports.sum() > 0 else np.full(len(exports), 1.0 / len(exports))
        flow[:, i, i] = home * split
    if faults:
        raise BadTable(faults[:_MOST_FAULTS])


def _finish(
    iso3: tuple[str, ...],
    sectors: tuple[str, ...],
    flow: Array,
    beta: Array,
    mix: Array | None,
    theta: float | Mapping[str, float],
    source: str,
) -> Baseline:
    """Shares from accounts; without an input-output table inputs follow what each economy buys."""
    spent, output = flow.sum(axis=1), flow.sum(axis=2)
    if mix is None:
        bought = spent / np.maximum(spent.sum(axis=0), 1e-300)
        mix = np.repeat(bought.T[:, :, None], len(sectors), axis=2)
    io = mix * (1.0 - beta.T)[:, None, :]
    final = np.maximum(spent - np.einsum("imk,ki->mi", io, output), 0.0)
    final /= np.maximum(final.sum(axis=0), 1e-300)
    known = {k: theta[k] for k in sectors} if isinstance(theta, Mapping) else dict.fromkeys(sectors, theta)
    values = np.array([known[k] for k in sectors])
    basis = np.zeros(flow.shape, dtype=np.int8)
    made = Baseline(iso3, sectors, flow, np.zeros_like(flow), beta, io, final, values, basis, "", source)
    made.check()
    return made


@contextmanager
def _open(path: Path) -> Iterator[TextIO]:
    """The file as text, plain or gzipped; DataMissing where it is not there or cannot be read."""
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as handle:
            yield handle
    except (FileNotFoundError, IsADirectoryError) as error:
        raise DataMissing(f"{path.name} is missing (looked in {path.parent})") from error
    except (UnicodeDecodeError, EOFError, gzip.BadGzipFile) as error:
        raise DataMissing(f"{path.name} is not readable text ({error}): download it again") from error
