"""What sanctions leave of trade where customs tell nothing: the rules' own bans, and the caution of sellers and banks.

Partner shares are of 2019 to 2021 and gravity knows no policy. What the rules of a day shut is taken off a pair; where
one side sanctions the other as a whole (`sanctioned.csv`), trade that is still allowed shrinks too, by one coefficient,
estimated on the pairs of Russia that customs have seen.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from landbridge import rules
from tools.baseline.inputs import Inputs, members_of, single_pairs

SHARES_OF = dt.date(2020, 12, 31)  # partner shares are of 2019 to 2021
FILLED_FOR = dt.date(2023, 10, 17)


@dataclass(frozen=True)
class Policy:
    """Factors [n,n] on trade: of 2020 and of 2023 on gravity, of the years between on partner shares."""

    then: np.ndarray
    now: np.ndarray

    @property
    def since(self) -> np.ndarray:
        return np.divide(self.now, self.then, out=np.zeros_like(self.now), where=self.then > 0)


def policy(inputs: Inputs, iso3: list[str], sector: str = "goods") -> Policy:
    """What the bans of each day and the caution that goes with sanctions leave of a pair's trade."""
    caution = np.exp(inputs.parameters["sanctions_effect"])
    then, now = (
        (1.0 - shut(iso3, day, sector)) * np.where(sanctioned(inputs, iso3, day), caution, 1.0)
        for day in (SHARES_OF, FILLED_FOR)
    )
    return Policy(then, np.minimum(now, then))


def bans_alone(iso3: list[str]) -> Policy:
    """As `policy` without the caution: the offset that the coefficient is estimated on."""
    then, now = (1.0 - shut(iso3, day, "goods") for day in (SHARES_OF, FILLED_FOR))
    return Policy(then, np.minimum(now, then))


def sanctioned(inputs: Inputs, iso3: list[str], day: dt.date) -> np.ndarray:
    """Pairs [n,n], both ways, of which one side sanctions the other as a whole on a day."""
    codes = np.array(iso3)
    out = np.zeros((len(iso3), len(iso3)), dtype=bool)
    for row in inputs.sanctioned[inputs.sanctioned.since <= day.isoformat()].itertuples():
        sides = members_of(inputs, row.against[1:]) if row.against[0] == "@" else {row.against}
        against = np.isin(codes, sorted(sides - {row.target}))
        out |= np.outer(codes == row.target, against) | np.outer(against, codes == row.target)
    return out


def shut(iso3: list[str], day: dt.date, sector: str) -> np.ndarray:
    """Share of each pair's trade [n,n] that the rules of a day shut; the rest of the world is under none."""
    known = [code for code in iso3 if code != "ROW"]
    at = [iso3.index(code) for code in known]
    out = np.zeros((len(iso3), len(iso3)))
    active = rules.load_rules().on(day)
    out[np.ix_(at, at)] = rules.trade_effects(active, known, [sector], elasticity=1.0).forbidden_share[0]
    return out


def caution(inputs: Inputs, iso3: list[str], expected: np.ndarray) -> tuple[float, float, int]:
    """Coefficient, its jackknife error and the number of pairs: customs over what is expected without caution.

    PPML with one dummy and the expectation as offset is the logarithm of the ratio of sums.
    """
    new = sanctioned(inputs, iso3, FILLED_FOR) & ~sanctioned(inputs, iso3, SHARES_OF)
    seen = single_pairs(inputs.customs[(inputs.customs.confidence != "low") & (inputs.customs.value_usd > 0)])
    at = seen.exporter.map(iso3.index).to_numpy(), seen.importer.map(iso3.index).to_numpy()
    inside = new[at]
    value, offset = seen.value_usd.to_numpy(float)[inside], expected[at][inside]
    n = len(value)
    left_out = np.log((value.sum() - value) / (offset.sum() - offset))
    error = float(np.sqrt((n - 1) / n * ((left_out - left_out.mean()) ** 2).sum()))
    return float(np.log(value.sum() / offset.sum())), error, n


def as_table(found: tuple[float, float, int]) -> pd.DataFrame:
    """The estimate in one row."""
    names = ("coefficient", "jackknife_error", "pairs")
    return pd.DataFrame([dict(zip(names, found, strict=True))])
