"""The shipped world of 2023: read from data/trade by numpy alone."""

from __future__ import annotations

import csv
import io
import zipfile
from functools import cache
from importlib.resources import files
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from landbridge.errors import DataMissing
from landbridge.trade.records import Baseline

Elasticity = Literal["low", "central", "high"]
SECTOR_COUNTS: Final = (1, 12)


def load_baseline(sectors: int = 1, elasticity: Elasticity = "central") -> Baseline:
    """The trade baseline of 2023 at one of the shipped sector counts; `elasticity` picks the range of theta.

    Raises DataMissing where the file is absent or cut: rebuild it with `python -m tools.baseline`.
    """
    if sectors not in SECTOR_COUNTS:
        allowed = ", ".join(map(str, SECTOR_COUNTS))
        raise DataMissing(f"no baseline with {sectors} sectors is shipped (there is: {allowed})")
    name = f"baseline_{sectors}.npz"
    path = files("landbridge") / "data" / "trade" / name
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as stored:
            arrays = {key: stored[key] for key in stored.files}
        return Baseline(
            iso3=tuple(arrays["iso3"].tolist()),
            sectors=tuple(arrays["sectors"].tolist()),
            flow_usd=arrays["flow_usd"],
            tariff=arrays["tariff"],
            value_added_share=arrays["value_added_share"],
            io=arrays["io"],
            final_share=arrays["final_share"],
            theta=arrays[f"theta_{elasticity}"],
            basis=arrays["basis"],
            vintage=str(arrays["vintage"]),
            source=str(arrays["source"]),
        )
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise DataMissing(f"data/trade/{name} is missing or cut ({error}): run python -m tools.baseline") from error


_READ: Final = ("high", "medium")  # customs figures that were read in a source, not recalled
_MOST: Final = 0.5  # share of a pair's value that decides what the pair is called


@cache
def _customs() -> dict[tuple[str, str], float]:
    """(exporter, importer) -> goods of 2023 by customs, USD, where the figure was read."""
    text = (files("landbridge") / "data" / "trade" / "customs.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(io.StringIO(text))
    return {(r["exporter"], r["importer"]): float(r["value_usd"]) for r in rows if r["confidence"] in _READ}


def pair_basis(base: Baseline) -> NDArray[np.int8]:
    """Basis of each pair's total [i,j]: 0 observed, 1 estimated, 2 assumed.

    Observed where customs of 2023, or observed cells, cover half of the value or more (how it falls to sectors stays
    estimated); assumed where half of it or more is. Of the shipped world: customs.csv is about its economies.
    """
    total = base.flow_usd.sum(axis=0)
    observed, assumed = ((base.flow_usd * (base.basis == kind)).sum(axis=0) for kind in (0, 2))
    place = {iso3: k for k, iso3 in enumerate(base.iso3)}
    for (exporter, importer), value in _customs().items():
        if exporter in place and importer in place:
            cell = place[exporter], place[importer]
            observed[cell] = max(observed[cell], value)
    out = np.ones(total.shape, np.int8)
    out[assumed >= _MOST * total] = 2
    out[observed >= _MOST * total] = 0
    out[total <= 0] = 1
    return out
