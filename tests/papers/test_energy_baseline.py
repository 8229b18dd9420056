"""The twenty largest rows of kind `flow` of 2023 in the statistic, one by one, and the six prices.

Two rows of gas, 'Other Europe' and the Netherlands to the EU, are resale of gas that others made: the statistic counts
it at every border inside Europe. The market has no such trade; the test shows why, and takes the next two rows instead.
"""

from __future__ import annotations

import pytest
from tools.energy import figures, gas

from landbridge import energy

pd = pytest.importorskip("pandas")
pytestmark = pytest.mark.skipif(not figures.FACTS.exists(), reason="../shared/facts is not here")
RESALE = {("pipe", "Other Europe", "EU"), ("pipe", "Netherlands", "EU")}


def solved(fuel: energy.data.Fuel) -> energy.EnergyResult:
    return energy.solve(
        energy.load_market(fuel),
        forbidden=energy.restrictions(fuel),
        capacity_factor=energy.closed_links(fuel),
        price_caps=energy.price_caps(fuel),
    )


@pytest.fixture(scope="module")
def crude() -> energy.EnergyResult:
    return solved("crude")


@pytest.fixture(scope="module")
def natural_gas() -> energy.EnergyResult:
    return solved("gas")


def test_twenty_largest_crude_rows(crude: energy.EnergyResult) -> None:
    table = pd.read_csv(figures.FACTS / "oil_od_mt.csv")
    table = table[(table["year"] == 2023) & (table["commodity"] == "crude") & (table["kind"] == "flow")]
    model = {row.name: row.model for row in crude.fit}
    misses = {}
    for row in table.nlargest(20, "Mt").itertuples():
        origin, destination = row[3], row[4]
        name = f"{figures.CRUDE_FROM[origin][0]}-{figures.CRUDE_TO[destination][0]}"
        value = model.get(name, 0.0)
        if (origin, destination) == ("Other Asia Pacific", "China"):
            value += model["irn-chn"]  # what customs call Malaysian is put back to Iran: the row is both
        misses[origin, destination] = value / row.Mt - 1
    assert len(misses) == 20
    assert {k: round(v, 3) for k, v in misses.items() if abs(v) > 0.10} == {}


def test_twenty_largest_gas_rows(natural_gas: energy.EnergyResult) -> None:
    stats = gas.statistic(2023)
    model = {row.name: (row.model, row.observed) for row in natural_gas.fit}
    by_pipe = {(row[1], row[2]): (row[0], row[6]) for row in gas.PIPES}
    largest = sorted(stats, key=lambda k: -stats[k])[:22]
    assert set(largest) >= RESALE
    misses = {}
    for mode, origin, destination in largest:
        if (mode, origin, destination) in RESALE:
            continue
        if mode == "pipe":
            name, share = by_pipe[origin, destination]
            misses[origin, destination] = model[name][0] / (share * stats[mode, origin, destination]) - 1
        else:  # the row has the miss of the groups of terminals over which it is spread
            plant = gas.PLANT[origin]
            short = plant.split("|")[0].removesuffix("-lng").split("-")[0]
            parts = [(model[f"{short}-{group} lng"], share) for group, share in gas.TERMINAL[destination]]
            misses[origin, destination] = sum(share * (found / seen - 1) for (found, seen), share in parts)
    assert len(misses) == 20
    assert {k: round(v, 3) for k, v in misses.items() if abs(v) > 0.10} == {}


def test_the_rows_left_out_are_resale() -> None:
    """More than the sellers make: the Netherlands made a half of what it sold, and imported the rest."""
    stats, made = gas.statistic(2023), figures.series(2023)
    assert stats["pipe", "Netherlands", "EU"] > 1.5 * made["gas_prod_bcm", "Netherlands"]
    assert stats["pipe", "Other Europe", "EU"] > 5 * made["gas_prod_bcm", "Other Europe"]


def test_six_prices_within_fifteen_per_cent(crude: energy.EnergyResult, natural_gas: energy.EnergyResult) -> None:
    observed = {"Brent": 82.6, "Urals FOB": 58.5, "ESPO FOB": 73.0, "TTF": 12.87, "JKM": 13.77, "Henry Hub": 2.53}
    model = crude.benchmarks() | natural_gas.benchmarks()
    assert {k: round(model[k], 2) for k, v in observed.items() if abs(model[k] / v - 1) > 0.15} == {}
