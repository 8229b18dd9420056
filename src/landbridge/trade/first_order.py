"""The published one-step welfare split: Caliendo and Parro (2015), equation 15, with x_hat - 1 for d ln x."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from landbridge.trade.records import Baseline
from landbridge.trade.sweep import Shock

Array = NDArray[np.float64]


@njit(cache=True)
def _split(
    flow: Array, new_flow: Array, tariff: Array, wedge: Array, change: Array, imports: Array, volume: Array, cost: Array
) -> None:
    """Add to [n] arrays: M dc, tau M (dM - dc - dd) and M dd; an embargo makes the cost NaN."""
    sectors, n, _ = flow.shape
    for k in range(sectors):
        for i in range(n):
            dear = change[k, i]
            for j in range(n):
                value = flow[k, i, j]
                if value > 0.0:
                    iceberg = wedge[k, i, j] - 1.0
                    imports[j] += value * dear
                    if np.isinf(iceberg):
                        cost[j] = np.nan
                        iceberg = 0.0
                    volume[j] += tariff[k, i, j] * (new_flow[k, i, j] - value * (1.0 + dear + iceberg))
                    cost[j] += value * iceberg


def first_order_split(
    base: Baseline, shock: Shock, cost_hat: Array, new_flow: Array, income: Array
) -> tuple[Array, Array, Array]:
    """Terms of trade, volume of trade and direct resource cost as shares of base income [n].

    As their code computes it: ToT = (1/I) sum_k sum_i (E dc_n - M dc_i); VoT = (1/I) sum tau M (dM - dc_i). The third
    term adds what iceberg wedges and productivity cost or save directly; NaN where an embargo makes it meaningless.
    """
    n = len(base.iso3)
    change = cost_hat - 1.0
    imports, volume, cost = np.zeros(n), np.zeros(n), np.zeros(n)
    old, new = np.ascontiguousarray(base.flow_usd), np.ascontiguousarray(new_flow)
    tariff, wedge = np.ascontiguousarray(base.tariff), np.ascontiguousarray(shock.wedge_hat)
    _split(old, new, tariff, wedge, change, imports, volume, cost)
    output = base.output_usd
    terms = (output * change).sum(axis=0) - imports
    made = (output * (shock.productivity_hat - 1.0)).sum(axis=0)
    return terms / income, volume / income, (made - cost) / income
