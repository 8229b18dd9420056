"""One made-up world of three economies and three industries, for the layouts of published tables."""

from __future__ import annotations

import numpy as np
import pytest

from landbridge import trade

COUNTRIES, INDUSTRIES = ("AUS", "CHN", "ROW"), ("A01", "C10-C12", "G46")


def table(seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Intermediate [9,9] and final [9,3x2] deliveries; every industry adds value."""
    draw = np.random.default_rng(seed)
    inner = draw.uniform(1, 5, (9, 9))
    return inner, draw.uniform(8, 20, (9, 6))


def same_world(world: trade.Baseline, unit: float) -> None:
    """The accounts of `table` under any layout."""
    inner, final = table()
    assert world.iso3 == COUNTRIES and world.sectors == INDUSTRIES
    bought = inner.reshape(9, 3, 3).sum(axis=2) + final.reshape(9, 3, 2).sum(axis=2)
    np.testing.assert_allclose(world.flow_usd, bought.reshape(3, 3, 3).transpose(1, 0, 2) * unit, rtol=1e-12)
    output = bought.sum(axis=1)
    share = 1 - inner.sum(axis=0) / output
    np.testing.assert_allclose(world.value_added_share, share.reshape(3, 3).T, rtol=1e-12)
    # [i,m,k]: input m, whoever made it, in industry k of country i
    used = inner.reshape(3, 3, 3, 3).sum(axis=0).transpose(1, 0, 2) / output.reshape(3, 1, 3)
    np.testing.assert_allclose(world.io, used, rtol=1e-12)
    result = trade.solve(world, deficits="share")  # its own accounts are an equilibrium: nothing moves
    assert result.real_income_hat == pytest.approx(1.0, abs=1e-9)
