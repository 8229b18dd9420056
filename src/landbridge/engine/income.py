"""Real income: the trade model's equivalent variation and the change of energy's surplus, in percent of income."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from landbridge.engine.gains import Surplus
from landbridge.engine.state import FINANCE_POWERS, THETA_FACTORS, WEDGE_POWERS, State

Floats = NDArray[np.float64]


def covers(state: State) -> str:
    """What the range of real income covers, in words."""
    low, high = THETA_FACTORS
    less, more = WEDGE_POWERS
    parts = [f"trade elasticities x {low:g} to {high:g}", f"log wedges of freight and rules x {less:g} to {more:g}"]
    if len(state.incomes) > 1 + len(THETA_FACTORS) * len(WEDGE_POWERS):
        none, most = FINANCE_POWERS
        parts.append(f"dearer finance x {none:g} to {most:g}")
    if state.gain_ends:
        parts.append("sluggish and lively energy markets")
    return f"range over {', '.join(parts)}; not over errors of the data"


def every_percent(state: State) -> Floats:
    """Change of real income in percent, [m, n]: the central case, then the corners of the parameter box.

    Energy's corners are its sluggish and its lively markets: each with every case of trade.
    """
    trade = np.stack([100 * (e.real_income_hat - 1) for e in state.incomes])
    cases = [state.gains, *state.gain_ends]
    return np.concatenate([trade + _energy_percent(state, case) for case in cases])


def percent(state: State) -> Floats:
    """Change of real income in percent, rows central, low, high, [3, n]."""
    every = every_percent(state)
    return np.stack([every[0], every.min(axis=0), every.max(axis=0)])


def energy_percent(state: State) -> Floats:
    """The part that comes from crude and gas, percent of income [n]; nought where energy did not run."""
    return _energy_percent(state, state.gains)


def _energy_percent(state: State, gains: Mapping[str, Surplus]) -> Floats:
    income = state.incomes[0].base_income_usd
    total = sum((part.total_usd for part in gains.values()), np.zeros(len(income)))
    return np.asarray(100 * total / income)
