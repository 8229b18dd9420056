"""Trade: exact-hat general equilibrium of many economies and sectors, with wedges, tariffs, rents and embargoes.

Functions of arrays and frozen records only. `solve(baseline, wedge_hat=...)` is the one solver; `load_baseline()` reads
the shipped world of 2023.
"""

from landbridge.trade.coalition import Burden, Contribution, burdens, contributions, measure
from landbridge.trade.decompose import Split, Terms, first_order_terms, split_along_path
from landbridge.trade.diversion import (
    Cells,
    Side,
    Ways,
    detour_percent,
    evading_cells,
    reexports,
    shut_share,
    ways_round,
    would_be,
)
from landbridge.trade.ensemble import Spread, effect_hat, spread
from landbridge.trade.equilibrium import purge, solve
from landbridge.trade.io_tables import read_eora, read_icio, read_wiod
from landbridge.trade.readers import BACI, ITPD, TidyColumns, baci_countries, read_tidy
from landbridge.trade.records import Baseline, Changes, Deficits, Equilibrium, Mode, Settings
from landbridge.trade.shipped import Elasticity, load_baseline, pair_basis
from landbridge.trade.wedges import Change, change_percent, covered, evaded, from_trade_change, network_wedge, wedge_hat

__all__ = [
    "BACI",
    "ITPD",
    "Baseline",
    "Burden",
    "Cells",
    "Change",
    "Changes",
    "Contribution",
    "Deficits",
    "Elasticity",
    "Equilibrium",
    "Mode",
    "Settings",
    "Side",
    "Split",
    "Spread",
    "Terms",
    "TidyColumns",
    "Ways",
    "baci_countries",
    "burdens",
    "change_percent",
    "contributions",
    "covered",
    "detour_percent",
    "effect_hat",
    "evaded",
    "evading_cells",
    "first_order_terms",
    "from_trade_change",
    "load_baseline",
    "measure",
    "network_wedge",
    "pair_basis",
    "purge",
    "read_eora",
    "read_icio",
    "read_tidy",
    "read_wiod",
    "reexports",
    "shut_share",
    "solve",
    "split_along_path",
    "spread",
    "ways_round",
    "wedge_hat",
    "would_be",
]
