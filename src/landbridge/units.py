"""Unit factors, each with its source. Names carry units at every edge, so a factor is named `to_from`."""

from __future__ import annotations

KM_PER_NM = 1.852  # international nautical mile, exact
EARTH_RADIUS_KM = 6371.0088  # IUGG mean radius
BBL_PER_T_CRUDE = 7.33  # Energy Institute, average crude
DAYS_PER_YEAR = 365.0  # a common year, as 2023 is
MBD_PER_MT_YR = BBL_PER_T_CRUDE / DAYS_PER_YEAR  # 1 Mt a year = 0.02008 million barrels a day
MMBTU_PER_BCM = 37.9e6  # Energy Institute standard bcm: 15 degrees C, 40 MJ per cubic metre
HOURS_PER_DAY = 24.0
