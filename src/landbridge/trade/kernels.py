"""The two passes over all flows of a scenario, before and after the sweeps. Arrays are contiguous, shapes as named."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[np.float64]


@njit(cache=True, error_model="numpy")
def weigh(
    flow: Array,
    tariff: Array,
    spent: Array,
    theta: Array,
    wedge: Array,
    tariff_new: Array,
    rent: Array,
    kept: Array,
    paid: Array,
    net: Array,
    seller: Array,
) -> None:
    """Expenditure shares times kappa^-theta into `paid` [k,i,j], of it what producers and rent-keeping sellers get.

    kappa_hat = wedge (1+tariff')/(1+tariff) (1+rent); the one N^2 K power of a scenario, only where kappa changes.
    `rent`, `kept` and `seller` of shape (0,0,0) = no rents.
    """
    sectors, n, _ = flow.shape
    has_rent = rent.size > 0
    for k in range(sectors):
        for i in range(n):
            for j in range(n):
                value = flow[k, i, j]
                if value == 0.0:
                    paid[k, i, j] = 0.0
                    net[k, i, j] = 0.0
                    continue
                old, new = 1.0 + tariff[k, i, j], 1.0 + tariff_new[k, i, j]
                share = value * old / spent[k, j]
                relative = wedge[k, i, j] * (new / old)
                if has_rent:
                    relative *= 1.0 + rent[k, i, j]
                if np.isinf(relative):
                    share = 0.0
                elif relative != 1.0:
                    share *= relative ** -theta[k]
                paid[k, i, j] = share
                receipts = share / new
                if has_rent:
                    receipts /= 1.0 + rent[k, i, j]
                    seller[k, i, j] = receipts * rent[k, i, j] * kept[k, i, j]
                net[k, i, j] = receipts


@njit(cache=True)
def settle(
    paid: Array,
    level: Array,
    scale: Array,
    tariff_new: Array,
    flow: Array,
    tariff: Array,
    wedge: Array,
    change: Array,
    new_flow: Array,
    taxes: Array,
    imports: Array,
    volume: Array,
    cost: Array,
) -> None:
    """New flows before tariff = paid * level[k,i] * scale[k,j] / (1+tariff') and the sums [n] that go with them.

    `taxes` tariff revenue; with `change` = unit cost hat less one, the first-order terms M dc, tau M (dM - dc - dd) and
    M dd, d the iceberg wedge; an embargo makes the last NaN.
    """
    sectors, n, _ = flow.shape
    for k in range(sectors):
        for i in range(n):
            dear, own = change[k, i], level[k, i]
            for j in range(n):
                new = paid[k, i, j] * own * scale[k, j] / (1.0 + tariff_new[k, i, j])
                new_flow[k, i, j] = new
                taxes[j] += new * tariff_new[k, i, j]
                value = flow[k, i, j]
                if value > 0.0:
                    iceberg = wedge[k, i, j] - 1.0
                    imports[j] += value * dear
                    if np.isinf(iceberg):
                        cost[j] = np.nan
                        iceberg = 0.0
                    volume[j] += tariff[k, i, j] * (new - value * (1.0 + dear + iceberg))
                    cost[j] += value * iceberg
