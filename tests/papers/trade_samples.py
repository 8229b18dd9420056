"""Readers of the public trade samples in ../shared/testdata: for tests and benchmarks only."""

from __future__ import annotations

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
