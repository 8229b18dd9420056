"""covariates: politics and law of a world as labelled columns for gravity."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from landbridge import rules
from landbridge.world import World


@dataclass(frozen=True, slots=True)
class Covariates:
    """`columns`: name -> [i, j] from exporter i to importer j of `iso3`, under the rules of `date`; NaN unknown."""

    iso3: tuple[str, ...]
    date: str
    columns: Mapping[str, NDArray[np.float64]]

    def __getitem__(self, name: str) -> NDArray[np.float64]:
        return self.columns[name]

    def to_frame(self) -> pd.DataFrame:
        """One row a pair of different economies: exporter, importer, year and a column for each covariate."""
        pairs = pd.MultiIndex.from_product([self.iso3, self.iso3], names=["exporter", "importer"])
        frame = pd.DataFrame({k: v.ravel() for k, v in self.columns.items()}, index=pairs).reset_index()
        frame.insert(2, "year", int(self.date[:4]))
        return frame[frame["exporter"] != frame["importer"]].reset_index(drop=True)


def covariates(
    world: World, year: int | None = None, names: Sequence[str] = (), iso3: Sequence[str] = ()
) -> Covariates:
    """Agreements, sanctions, groups and political distance between economies, for gravity.

    `names`: rta, depth, sanction, political_distance (all four by default) and group:NAME for any group of the rules;
    `year`: the rules as on 1 July of it (default: the world's own day); `iso3`: economies (default: the world's).
    UnknownName for names that do not exist, all together. See `rules.covariates`.
    """
    day = world.date if year is None else dt.date(year, 7, 1)
    codes = tuple(iso3) or world.trade.iso3
    found = rules.covariates(world.rules.on(day), codes, names=tuple(names) or rules.COVARIATES)
    return Covariates(codes, day.isoformat(), found)
