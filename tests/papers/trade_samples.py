"""Readers of the public trade samples in ../shared/testdata: for tests and benchmarks only."""

from __future__ import annotations

import csv
import gzip
import os
from pathlib import Path

import numpy as np
import pytest

from landbridge.trade import Baseline

SHARED = Path(__file__).parents[3] / "shared" / "testdata"
CP_NAMES = (
    "ARG AUS AUT BRA CAN CHL CHN DNK FIN FRA DEU GRC HUN IND IDN IRL ITA JPN KOR MEX NLD NZL NOR PRT ZAF ESP SWE "
    "TUR GBR USA ROW"
)
CP_COUNTRIES = tuple(CP_NAMES.split())


def need(name: str) -> Path:
    """The sample's path; skips where the samples are not there, fails where CI says they must be."""
    path = SHARED / name
    if not path.exists():
        message = f"sample {name} not found beside the repository (../shared/testdata)"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return path


def cp1993(folder: Path) -> tuple[Baseline, np.ndarray]:
    """Inputs of Caliendo and Parro (2015) as a Baseline and the tariffs of 2005 [k,i,j].

    As METHODS 4 reads them: bilateral imports in thousands, blocks (sector, importer, exporter); services theta 8.22;
    output = max(output, exports); final shares clipped at zero; input columns rescaled to one (they miss it by 1e-7).
    """
    n, k, tradable = 31, 40, 20

    def table(name: str) -> np.ndarray:
        return np.loadtxt(folder / f"{name}.txt", delimiter="\t")

    def blocks(values: np.ndarray) -> np.ndarray:
        filled = np.concatenate([values.reshape(tradable, n, n), np.zeros((k - tradable, n, n))])
        return np.ascontiguousarray(filled.transpose(0, 2, 1))

    flow = blocks(table("xbilat1993") * 1000.0)
    tariff, tariff_2005 = blocks(table("tariffs1993") / 100.0), blocks(table("tariffs2005") / 100.0)
    beta, exports = table("B"), flow.sum(axis=2)
    output = np.maximum(table("GO"), exports)
    flow[:, range(n), range(n)] = output - exports
    io = table("IO").reshape(n, k, k)
    column = io.sum(axis=1, keepdims=True)
    io = io / np.where(column > 0, column, 1.0) * (1.0 - beta.T)[:, None, :]
    spent = (flow * (1.0 + tariff)).sum(axis=1)
    final = np.maximum(spent - np.einsum("imk,ki->mi", io, output), 0.0)
    theta = np.concatenate([table("T"), np.full(k - tradable, 8.22)])
    names = tuple(f"sector{s + 1}" for s in range(k))
    basis = np.zeros(flow.shape, dtype=np.int8)
    return Baseline(
        tuple(CP_COUNTRIES), names, flow, tariff, beta, io, final / final.sum(axis=0), theta, basis
    ), tariff_2005


def wiod2014(folder: Path, theta: float = 5.0) -> Baseline:
    """WIOD 2014 (44 regions, 50 sectors) with applied tariffs as Felbermayr, Groeschl and Heiland (2022) prepared it.

    Expenditure shares times expenditure give flows; `G` holds shares of each input in intermediate cost. Inventories
    are left out, so the baseline is re-solved before a shock. No elasticities come with it: theta is 5 throughout.
    """
    regions = (folder / "regions.csv").read_text().split()[1:]
    n, k = len(regions), 50

    def table(name: str) -> np.ndarray:
        with gzip.open(folder / f"{name}.txt.gz", "rt") as handle:
            return np.loadtxt(handle, delimiter=",")

    shares = table("Din2014").reshape(k, n, n)  # sector, importer, exporter
    tariff = table("tariffs2014").reshape(k, n, n)
    flow = shares * table("X0")[:, :, None] / tariff * 1e6
    beta, inputs = table("B"), table("G").reshape(n, k, k)
    column = inputs.sum(axis=1, keepdims=True)
    io = inputs / np.where(column > 0, column, 1.0) * (1.0 - beta.T)[:, None, :]
    final = table("alphas")
    return Baseline(
        tuple(regions),
        tuple(f"C{s + 1:02d}" for s in range(k)),
        np.ascontiguousarray(flow.transpose(0, 2, 1)),
        np.ascontiguousarray(tariff.transpose(0, 2, 1) - 1.0),
        beta,
        io,
        final / final.sum(axis=0),
        np.full(k, theta),
        np.zeros((k, n, n), dtype=np.int8),
        "2014",
    )


def eu_enlargement(path: Path, theta: float = 4.0) -> tuple[Baseline, dict[str, np.ndarray]]:
    """ge_gravity's example (Baier, Yotov and Zylkin 2019): the year 2000 and the stored results [n,n]."""
    with path.open(encoding="utf-8") as handle:
        rows = [r for r in csv.DictReader(handle) if r["year"] == "2000"]
    names = tuple(sorted({r["exporter"] for r in rows}))
    place = {c: i for i, c in enumerate(names)}
    n = len(names)
    stored = {c: np.zeros((n, n)) for c in ("trade", "eu_effect", "new_eu_pair", "w_eu", "X_eu", "w_mult", "X_mult")}
    for row in rows:
        for column, values in stored.items():
            values[place[row["exporter"]], place[row["importer"]]] = float(row[column])
    ones = np.ones((1, n))
    nothing = np.zeros((1, n, n))
    baseline = Baseline(
        names, ("goods",), stored["trade"][None], nothing, ones, np.zeros((n, 1, 1)), ones, np.array([theta]),
        nothing.astype(np.int8), "2000",
    )  # fmt: skip
    return baseline, stored
