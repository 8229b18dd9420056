"""The shipped world of 2023: read from data/trade by numpy alone."""

from __future__ import annotations

import io
import zipfile
from importlib.resources import files
from typing import Final, Literal

import numpy as np

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
