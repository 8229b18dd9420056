"""Rows of this room's shipped tables as plain mappings, read once."""

from __future__ import annotations

from functools import cache
from typing import Any, cast

from landbridge import tables

Row = dict[str, Any]


@cache
def rows(table: str) -> tuple[Row, ...]:
    """The validated rows of data/<table>.csv; text stays text, numbers are floats, blanks '' or NaN."""
    return tuple(cast("list[Row]", tables.shipped(table).to_dict("records")))
