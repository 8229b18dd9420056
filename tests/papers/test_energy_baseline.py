"""The twenty largest rows of kind `flow` of 2023 in the statistic, one by one, and the six prices.

Two rows of gas, 'Other Europe' and the Netherlands to the EU, count the same gas at every border that it crosses; the
market's rows are sums over its crossings (data/energy/borders.csv).
"""

from __future__ import annotations

import numpy as np
import pytest
from tools.energy import figures, gas

from landbridge import energy

pd = pytest.importorskip("pandas")
pytestmark = pytest.mark.skipif(not figures.FACTS.exists(), reason="../shared/facts is not here")
CROSSING = {("Other Europe", "EU"): "oeu-eu pipe", ("Netherlands", "EU"): "nld-eu pipe"}


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
    by_pipe |= {ends: (name, 1.0) for ends, name in CROSSING.items()}
    largest = sorted(stats, key=lambda k: -stats[k])[:20]
    misses = {}
    for mode, origin, destination in largest:
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


def test_what_crosses_borders_is_carried_and_balances(natural_gas: energy.EnergyResult) -> None:
    """The crossings are arcs of the market, not figures beside it: their flows add up to the rows, every node balances.

    Their term is near the cost of one crossing: capacity booked for years is paid whether it is used or not.
    """
    rows = {row.name: row for row in natural_gas.fit}
    for row in energy.data.table("borders"):
        if row["year"] == "2023" and row["kind"] == energy.data.BORDER:
            carried = sum(natural_gas.link_flow(link) for link in row["links"].split("|"))
            assert carried == pytest.approx(rows[row["name"]].model, abs=1e-6)
            assert abs(rows[row["name"]].term) < 0.6
    arcs, count = natural_gas.market.arcs, len(natural_gas.market.nodes.id)
    arrives, leaves = np.zeros(count), np.zeros(count)
    np.add.at(arrives, arcs.head, natural_gas.flow * (1.0 - arcs.loss))
    np.add.at(leaves, arcs.tail, natural_gas.flow)
    gap = natural_gas.production + arrives - leaves - natural_gas.consumption
    assert np.abs(gap).max() < 1e-6


def test_crossings_as_their_own_operators_count_them(natural_gas: energy.EnergyResult) -> None:
    """Norway 43 % of Germany's 968 TWh, which nothing was fitted to; Belgium's 357 TWh, the prior of its crossings.

    Federal Network Agency of Germany (4 January 2024), Fluxys; 11.11 TWh a bcm.
    """
    out = [link for link in natural_gas.market.arcs.link if link.startswith("bel-")]
    assert natural_gas.link_flow("europipe") == pytest.approx(0.43 * 968 / 11.11, rel=0.15)
    assert sum(natural_gas.link_flow(link) for link in out) == pytest.approx(357 / 11.11, rel=0.15)


def test_six_prices_within_fifteen_per_cent(crude: energy.EnergyResult, natural_gas: energy.EnergyResult) -> None:
    observed = {"Brent": 82.6, "Urals FOB": 58.5, "ESPO FOB": 73.0, "TTF": 12.87, "JKM": 13.77, "Henry Hub": 2.53}
    model = crude.benchmarks() | natural_gas.benchmarks()
    assert {k: round(model[k], 2) for k, v in observed.items() if abs(model[k] / v - 1) > 0.15} == {}
