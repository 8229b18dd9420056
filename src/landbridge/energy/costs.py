"""What it costs to carry a barrel or a bcm: tankers, LNG carriers, pipelines. Every constant says where it is from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

# Tankers: port time and dues, then hire and bunkers by distance. Assumed, drawn through 2023 rates: Ras Tanura-Ningbo
# (about 5,900 nm) near 2.3, US Gulf-China by the Cape (15,000) near 5, Kozmino-north China (1,100) near 1 USD/bbl.
TANKER_FIXED_USD_BBL: Final = 0.65
TANKER_USD_BBL_PER_1000_NM: Final = 0.28

# Suez: about half a million USD for a laden million barrels (assumed); the largest tankers cannot pass laden at all, so
# that crude between the Atlantic and Asia goes round the Cape although that is longer.
SUEZ_USD_BBL: Final = 0.5

# LNG carriers of 174,000 m3, 17 knots, return voyage and boil-off; assumed, drawn through Qatar-Japan near 1.4 and
# US Gulf-Japan by Panama (9,200 nm) near 2.1 USD/MMBtu at 2023 day rates.
LNG_SHIP_FIXED_USD_MMBTU: Final = 0.25
LNG_SHIP_USD_MMBTU_PER_1000_NM: Final = 0.20

REGASIFICATION_USD_MMBTU: Final = 0.4  # assumed
# Losses (plant fuel, boil-off, compressors) are zero in the shipped markets: the statistic counts them as use.

# Gas by pipe at full cost, long lines: about 15 USD per 1000 m3 and 1000 km (assumed). KAPSARC's KEM-China (2015) has
# 0.0021 million USD per bcm and km, 0.055 USD/MMBtu per 1000 km: running cost alone.
PIPE_USD_MMBTU_PER_1000_KM: Final = 0.40
CRUDE_PIPE_USD_BBL_PER_1000_KM: Final = 0.9  # trunk tariffs of 0.7-1.1 USD per bbl and 1000 km (assumed)


def tanker_cost_usd_bbl(length_nm: ArrayLike) -> Floats:
    """Freight of a crude tanker voyage, USD a barrel, by length in nautical miles; inf and NaN pass through."""
    return TANKER_FIXED_USD_BBL + TANKER_USD_BBL_PER_1000_NM * np.asarray(length_nm, dtype=np.float64) / 1000.0


def lng_cost_usd_mmbtu(length_nm: ArrayLike) -> Floats:
    """Freight of an LNG voyage, USD a MMBtu, by length in nautical miles; terminal charges apart."""
    return LNG_SHIP_FIXED_USD_MMBTU + LNG_SHIP_USD_MMBTU_PER_1000_NM * np.asarray(length_nm, dtype=np.float64) / 1000.0


# Cargo of a ship by class: Mt of crude (80-120,000, 120-200,000 and over 200,000 dwt), bcm of gas (174,000 m3 of LNG).
CARGO: Final = {"aframax": 0.095, "suezmax": 0.13, "vlcc": 0.27, "lng-carrier": 0.1}
_AFRAMAX_NM: Final = 2500.0  # shorter voyages go with the smallest class (assumed)
_SUEZMAX_NM: Final = 5000.0
# the largest tankers cannot pass these laden, or may not
_NARROW: Final = frozenset({"suez", "bosporus", "dardanelles", "danish-straits", "panama"})


def ship_classes(fuel: str, length_nm: Floats, passages: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """[A] the class of ship that sails each way: by length and straits for crude (assumed), one for LNG; "" on land."""
    out = []
    for length, doors in zip(length_nm, passages):
        if not np.isfinite(length):
            out.append("")
        elif fuel == "gas":
            out.append("lng-carrier")
        elif length <= _AFRAMAX_NM:
            out.append("aframax")
        else:
            out.append("suezmax" if length <= _SUEZMAX_NM or _NARROW & {*doors} else "vlcc")
    return tuple(out)


def voyage_days(length_nm: ArrayLike) -> Floats:
    """Days of a tanker for one round voyage: out and back at 12.5 knots, and eight days in ports (assumed)."""
    return 2.0 * np.asarray(length_nm, dtype=np.float64) / (12.5 * 24.0) + 8.0
