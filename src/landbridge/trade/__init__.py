"""Trade: exact-hat general equilibrium of many economies and sectors, with wedges, tariffs, rents and embargoes.

Functions of arrays and frozen records only. `solve(baseline, wedge_hat=...)` is the one solver; `load_baseline()` reads
the shipped world of 2023.
"""

from landbridge.trade.decompose import Split, split_along_path
from landbridge.trade.equilibrium import purge, solve
from landbridge.trade.records import Baseline, Deficits, Equilibrium, Mode, Settings
from landbridge.trade.shipped import load_baseline

__all__ = [
    "Baseline",
    "Deficits",
    "Equilibrium",
    "Mode",
    "Settings",
    "Split",
    "load_baseline",
    "purge",
    "solve",
    "split_along_path",
]
