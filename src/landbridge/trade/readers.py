"""The user's own trade files as a Baseline: BACI, ITPD-E, any CSV with one row a flow.

Files are streamed line by line, plain or gzipped; Parquet, and one year of a large plain CSV, by DuckDB. Every fault
of a file is told at once; a baseline's `source` names the file with its sha256. Nothing here ships data.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import importlib.util
import re
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

import numpy as np
from numpy.typing import NDArray

from landbridge.errors import BadTable, DataMissing, Fault
from landbridge.trade import database
from landbridge.trade.records import Baseline

Array = NDArray[np.float64]
MOST_FAULTS: Final = 12
_MOST_CELLS: Final = 100_000_000  # flows held at once, 0.8 GB
_LARGE_BYTES: Final = 200_000_000  # a plain CSV from here on is filtered by DuckDB, where that is installed
ALL: Final = "all"  # the one sector of a file without sectors


@dataclass(frozen=True, slots=True)
class TidyColumns:
    """What the columns of a tidy file are called; "" = there is none; "k|hs6" = whichever of them there is.

    Case does not matter. Defaults fit BACI.
    """

    exporter: str = "i"
    importer: str = "j"
    value: str = "v"
    sector: str = ""
    year: str = ""


BACI: Final = TidyColumns(sector="k|hs6", year="t|year")
ITPD: Final = TidyColumns("exporter_iso3", "importer_iso3", "trade|value", "industry_id|industry", "year")


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
    iso3, sectors, flow = _tidy_flows(Path(path), columns, year, usd_per_unit, country, sector)
    if output_usd is not None:
        _sell_the_rest_at_home(flow, iso3, output_usd, Path(path).name)
    beta = np.full((len(sectors), len(iso3)), value_added_share)
    return finish(iso3, sectors, flow, beta, None, theta, f"{sealed(Path(path))} {year}".strip())


def baci_countries(path: str | Path) -> Callable[[str], str | None]:
    """The `country` of `read_tidy` for BACI, from its own file of codes (country_codes_V202301.csv and the like).

    BACI's numbers are not ISO's throughout (France 251, India 699, Norway 579, Switzerland 757, the USA 842), and
    "Other Asia, not elsewhere specified" (490), which has no code there, is Taiwan by CEPII's own note. Codes without a
    name (bunkers, "not specified") are dropped.
    """
    whole, known = Path(path), dict[str, str]()
    with opened(whole) as handle:
        reader = csv.reader(handle)
        head = [h.strip().lower().lstrip("\ufeff") for h in next(reader, [])]
        number = next((head.index(n) for n in ("country_code", "i") if n in head), -1)
        iso = next((head.index(n) for n in ("iso_3digit_alpha", "country_iso3", "iso3") if n in head), -1)
        if min(number, iso) < 0:
            found = ", ".join(head) or "none"
            raise BadTable("no columns of codes", whole.name, f"country_code and country_iso3; there are: {found}")
        for row in reader:
            if len(row) > max(number, iso) and re.fullmatch("[A-Z]{3}", row[iso].strip()):
                known[row[number].strip().lstrip("0")] = row[iso].strip()
    known.setdefault("490", "TWN")
    return lambda code: known.get(code.strip().lstrip("0"))


class _Names:
    """The user's codes as places 0, 1, 2 ... of our names in the order met; -1 for codes that are dropped."""

    def __init__(self, name: Callable[[str], str | None]) -> None:
        self._name = name
        self._known: dict[str, int] = {}  # files repeat a few hundred codes millions of times
        self.met: dict[str, int] = {}

    def place(self, code: str) -> int:
        """Place of a code's name."""
        if code not in self._known:
            name = self._name(code)
            self._known[code] = -1 if name is None else self.met.setdefault(name, len(self.met))
        return self._known[code]


def _tidy_flows(
    path: Path,
    columns: TidyColumns,
    year: str,
    scale: float,
    country: Callable[[str], str | None],
    sector: Callable[[str], str | None],
) -> tuple[tuple[str, ...], tuple[str, ...], Array]:
    """Economies, sectors and flows [k,i,j], both sorted by name. Rows are kept as three places and a value."""
    economies, kinds = _Names(country), _Names(sector)
    places, values = (array("l"), array("l"), array("l")), array("d")
    faults: list[Fault] = []
    years: set[str] = set()
    with _rows(path, columns.year, year) as reader:
        head = [h.strip().lower() for h in next(reader, [])]
        i, j, v, k, t = _find(head, columns, year, path.name)
        width = max(i, j, v, k, t)
        for number, row in enumerate(reader, start=2):
            if len(row) <= width:
                if row:
                    faults.append(Fault(f"{len(row)} cells", f"{path.name} row {number}", f"{len(head)} are needed"))
                continue
            if t >= 0:
                years.add(row[t].strip())
                if year and row[t].strip() != year:
                    continue
            spot = kinds.place(row[k] if k >= 0 else ALL), economies.place(row[i]), economies.place(row[j])
            value = _value(row[v], f"{path.name} row {number}", faults) if min(spot) >= 0 else 0.0
            if value:
                for column, place in zip(places, spot, strict=True):
                    column.append(place)
                values.append(value * scale)
    if not year and len(years) > 1:
        named = ", ".join(sorted(years)[:MOST_FAULTS])
        faults.append(Fault(f"the file holds {len(years)} years: {named}", path.name, "name one: year='...'"))
    if not values and not faults:
        faults.append(Fault("no flow is left", path.name, f"check the year {year!r} and the codes"))
    cells = len(kinds.met) * len(economies.met) ** 2
    if cells > _MOST_CELLS:
        what = f"{len(kinds.met):,} sectors x {len(economies.met)} x {len(economies.met)} economies"
        faults.append(Fault(what, path.name, "join sectors with sector=, e.g. by their first two digits"))
    if faults:
        raise BadTable(faults[:MOST_FAULTS])
    return _dense(economies, kinds, places, values)


@contextmanager
def _rows(path: Path, year_columns: str, year: str) -> Iterator[Iterator[list[str]]]:
    """The header and the rows of a tidy file, as words."""
    large = year != "" and path.suffix == ".csv" and path.is_file() and path.stat().st_size >= _LARGE_BYTES
    if path.suffix in database.PARQUET or (large and importlib.util.find_spec("duckdb")):
        yield database.rows(path, year_columns, year)
        return
    with opened(path) as handle:
        yield csv.reader(handle)


def _dense(
    economies: _Names, kinds: _Names, places: tuple[array[int], array[int], array[int]], values: array[float]
) -> tuple[tuple[str, ...], tuple[str, ...], Array]:
    """Rows of the same cell added up; only names that some row kept."""
    k, i, j = (np.array(column, dtype=np.int64) for column in places)

    def sorted_used(names: _Names, used: NDArray[np.int64]) -> tuple[tuple[str, ...], NDArray[np.int64]]:
        there = set(np.unique(used).tolist())
        kept = sorted(name for name, place in names.met.items() if place in there)
        rank = np.full(len(names.met), -1)
        rank[[names.met[name] for name in kept]] = np.arange(len(kept))
        return tuple(kept), rank

    iso3, rank = sorted_used(economies, np.concatenate([i, j]))
    sectors, order = sorted_used(kinds, k)
    n = len(iso3)
    cell = (order[k] * n + rank[i]) * n + rank[j]
    flow: Array = np.bincount(cell, np.array(values, dtype=np.float64), len(sectors) * n * n).astype(np.float64)
    return iso3, sectors, flow.reshape(len(sectors), n, n)


def _find(head: Sequence[str], columns: TidyColumns, year: str, where: str) -> tuple[int, int, int, int, int]:
    """Places of exporter, importer, value, sector and year in a row; -1 where there is none."""
    asked = [columns.exporter, columns.importer, columns.value, columns.sector, columns.year]
    places = [next((head.index(n) for n in a.lower().split("|") if n in head), -1) for a in asked]
    needed = asked if year else asked[:-1]
    missing = [a for a, p in zip(needed, places) if a and p < 0]
    if missing:
        found = ", ".join(head) or "none"
        raise BadTable([Fault(f"column {c!r} is missing", where, f"there are: {found}") for c in missing])
    i, j, v, k, t = places
    return i, j, v, k, t


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
        raise BadTable(faults[:MOST_FAULTS])


def finish(
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


def sealed(path: Path) -> str:
    """The file's name with its sha256, for `Baseline.source`."""
    try:
        with path.open("rb") as handle:
            return f"{path.name} (sha256 {hashlib.file_digest(handle, 'sha256').hexdigest()})"
    except OSError as error:
        raise DataMissing(f"{path.name} cannot be read (looked in {path.parent})") from error


@contextmanager
def opened(path: Path) -> Iterator[TextIO]:
    """The file as text, plain or gzipped; DataMissing where it is not there or cannot be read."""
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as handle:
            yield handle
    except (FileNotFoundError, IsADirectoryError) as error:
        raise DataMissing(f"{path.name} is missing (looked in {path.parent})") from error
    except (UnicodeDecodeError, EOFError, gzip.BadGzipFile) as error:
        raise DataMissing(f"{path.name} is not readable text ({error}): download it again") from error
