"""Readers on the real samples of ../shared/testdata."""

from __future__ import annotations

import csv

import pytest
from trade_samples import need

from landbridge import trade
from landbridge.trade import TidyColumns, read_tidy


def test_a_real_file_of_pairs() -> None:
    """The panel of ge_gravity's example: 44 countries, one year, with trade at home."""
    path = need("trade/eu_enlargement.csv")
    world = read_tidy(path, TidyColumns("exporter", "importer", "trade", year="year"), year="2000", usd_per_unit=1e6)
    with path.open() as handle:
        rows = [r for r in csv.DictReader(handle) if r["year"] == "2000"]
    assert len(world.iso3) == 44
    assert world.flow_usd.sum() == pytest.approx(sum(float(r["trade"]) for r in rows) * 1e6)
    usa, deu = world.index("USA"), world.index("DEU")
    one = next(float(r["trade"]) for r in rows if r["exporter"] == "USA" and r["importer"] == "DEU")
    assert world.flow_usd[0, usa, deu] == pytest.approx(one * 1e6)
    assert trade.solve(world, deficits="share").real_income_hat == pytest.approx(1.0, abs=1e-9)
