"""2023 predicted from 2022: better than saying that nothing changes, and the discount that sanctions made."""

from __future__ import annotations

import pytest
from tools.energy.predict import predict


@pytest.mark.parametrize("fuel", ["crude", "gas"])
def test_prediction_beats_no_change(fuel: str) -> None:
    mine, naive = predict(fuel).mean_error()
    assert mine < 0.9 * naive


def test_discount_and_china_of_2023() -> None:
    found = predict("crude")
    gap = found.year.price_at("eu-nw") - found.year.price_at("rus-baltic")
    assert gap == pytest.approx(82.6 - 58.5, rel=0.15)
    assert found.year.deliveries("RUS", "CHN") == pytest.approx(107.0, rel=0.10)


def test_price_differences_of_2023_in_gas() -> None:
    found = predict("gas")
    assert found.year.price_at("nld") == pytest.approx(12.87, rel=0.15)
    assert found.year.price_at("chn-coast") == pytest.approx(12.12, rel=0.20)
