"""Real income: the trade model's equivalent variation and the change of energy's surplus, in percent of income."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from landbridge.engine.state import State

Floats = NDArray[np.float64]


def every_percent(state: State) -> Floats:
    """Change of real income in percent, [m, n]: the central case, then the corners of the parameter box."""
    trade = np.stack([100 * (e.real_income_hat - 1) for e in state.incomes])
    return np.asarray(trade + energy_percent(state))


def percent(state: State) -> Floats:
    """Change of real income in percent, rows central, low, high, [3, n]."""
    every = every_percent(state)
    return np.stack([every[0], every.min(axis=0), every.max(axis=0)])


def energy_percent(state: State) -> Floats:
    """The part that comes from crude and gas, percent of income [n]; nought where energy did not run."""
    income = state.incomes[0].base_income_usd
    total = sum((part.total_usd for part in state.gains.values()), np.zeros(len(income)))
    return np.asarray(100 * total / income)
