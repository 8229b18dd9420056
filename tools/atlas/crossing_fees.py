"""What is published of the money at single border posts (tables/crossing_fees.csv), and how far each figure speaks.

CAREC's monitor (CPMM) gives the cost of clearing a border for 20 t, here for the 12 t of a container: `post` is the
post's own figure, `countries` the means of both countries, `side` one side alone (by rail with half of the default of
the class for the other, so that nothing is counted as free). A change of gauge is taken a box, as it is published.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import pandas as pd

TABLES: Final = Path(__file__).parent / "tables"
SCOPES: Final = ("post", "countries", "side")


@dataclass(frozen=True)
class Fee:
    """USD per TEU at a post, how far the figure speaks and where it is from; scope "" = nothing is published."""

    usd_teu: float
    scope: str
    source: str


@cache
def fees() -> dict[tuple[str, str, str], Fee]:
    """Fees by (post, mode, `border` or `gauge`). ValueError for words that are not known and for rows given twice."""
    found: dict[tuple[str, str, str], Fee] = {}
    for row in pd.read_csv(TABLES / "crossing_fees.csv", keep_default_na=False).to_dict("records"):
        key = (str(row["id"]), str(row["mode"]), str(row["what"]))
        if row["scope"] not in SCOPES or row["what"] not in ("border", "gauge") or key in found:
            raise ValueError(f"crossing_fees.csv: {' '.join(key)}: {row['scope']}, or given twice")
        source = f"{row['published']}, {row['year']}: {row['source']}"
        found[key] = Fee(float(row["usd_teu"]), str(row["scope"]), source)
    return found


def check(posts: set[tuple[str, str]]) -> None:
    """ValueError with every row whose post and mode are in no row of crossings.csv."""
    lost = sorted({f"{post} ({mode})" for post, mode, _ in fees()} - {f"{p} ({m})" for p, m in posts})
    if lost:
        raise ValueError(f"crossing_fees.csv: no such posts: {', '.join(lost)}")


def fee(post: str, mode: str, what: str, otherwise: float) -> Fee:
    """The published fee of a post, else `otherwise` without a scope."""
    return fees().get((post, mode, what)) or Fee(otherwise, "", "")
