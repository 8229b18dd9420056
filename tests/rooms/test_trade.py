"""The trade room: the shipped baseline, the public solver, its modes, closures and errors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from landbridge import tables, trade
from landbridge.errors import BadInput, DataMissing, NotConverged


@pytest.fixture(scope="module")
def world() -> trade.Baseline:
    return trade.load_baseline()


@pytest.fixture(scope="module", params=[1, 12])
def shipped(request: pytest.FixtureRequest) -> trade.Baseline:
    return trade.load_baseline(sectors=request.param)


def test_shipped_baseline_is_consistent(shipped: trade.Baseline) -> None:
    world = shipped
    world.check()
    assert 165 <= len(world.iso3) <= 200
    assert abs(world.deficit_usd.sum()) < 1e-9 * world.value_added_usd.sum()
    assert set(np.unique(world.basis)) <= {0, 1, 2}


def test_shipped_baseline_meets_its_totals(shipped: trade.Baseline) -> None:
    """GDP, exports and imports as used in economies.csv, within 0.1 %."""
    world = shipped
    table = tables.shipped("trade/economies", "trade_economies").set_index("iso3").loc[list(world.iso3)]
    trade_only = world.flow_usd.sum(axis=0) * (1 - np.eye(len(world.iso3)))
    for got, column in (
        (world.value_added_usd, "gdp_used_usd"),
        (trade_only.sum(axis=1), "exports_used_usd"),
        (trade_only.sum(axis=0), "imports_used_usd"),
    ):
        assert got == pytest.approx(table[column].to_numpy(), rel=1e-3)


def test_great_flows_of_2023_are_the_customs_ones() -> None:
    """Goods of the twelve-sector world equal what customs counted, pair by pair (blocs apart)."""
    world = trade.load_baseline(sectors=12)
    goods = world.flow_usd[:-1].sum(axis=0) / 1e9
    customs = tables.shipped("trade/customs", "trade_customs")
    single = customs[~customs.exporter.str.match("[@#]") & ~customs.importer.str.match("[@#]")]
    assert len(single) > 100
    for row in single.itertuples():
        assert goods[world.index(row.exporter), world.index(row.importer)] == pytest.approx(
            row.value_usd / 1e9, rel=1e-6
        )
    assert goods[world.index("CHN"), world.index("RUS")] == pytest.approx(111.0)
    assert goods[world.index("RUS"), world.index("CHN")] == pytest.approx(129.1)


@pytest.mark.parametrize("elasticity", ["low", "central", "high"])
def test_elasticities_are_a_range(elasticity: trade.Elasticity) -> None:
    """Closer substitutes, smaller losses: Russia under an embargo by the West, twelve sectors."""
    world = trade.load_baseline(sectors=12, elasticity=elasticity)
    russia, coalition = world.index("RUS"), [world.index(c) for c in ("DEU", "USA", "GBR", "JPN", "POL", "FIN")]
    wedge = np.ones(world.flow_usd.shape[1:])
    wedge[russia, coalition] = wedge[coalition, russia] = np.inf
    loss = 1 - trade.solve(world, wedge).real_income_hat[russia]
    central = trade.load_baseline(sectors=12)
    other = 1 - trade.solve(central, wedge).real_income_hat[russia]
    assert {"low": loss > other, "central": loss == other, "high": 0 < loss < other}[elasticity]


def test_no_shock_no_change(shipped: trade.Baseline) -> None:
    result = trade.solve(shipped)
    assert result.real_income_hat == pytest.approx(1.0, abs=1e-9)
    assert result.residual <= 1e-10


@pytest.mark.parametrize("deficits", ["purged", "share", "additive", "multiplicative"])
def test_embargo_is_zero_flow_and_hurts(world: trade.Baseline, deficits: trade.Deficits) -> None:
    russia, coalition = world.index("RUS"), [world.index(c) for c in ("DEU", "USA", "GBR", "JPN", "POL")]
    wedge = np.ones(world.flow_usd.shape[1:])
    wedge[russia, coalition] = wedge[coalition, russia] = np.inf
    result = trade.solve(world, wedge, deficits=deficits, settings=trade.Settings(numeraire="USA"))
    assert result.flow_usd[0, russia, coalition].sum() == 0.0
    assert result.real_income_hat[russia] < 1.0
    assert result.residual <= 1e-10
    assert (result.deficit_gap == 0.0) == (deficits != "multiplicative")


def test_modes_are_labelled_and_ordered(world: trade.Baseline) -> None:
    wedge = np.ones(world.flow_usd.shape[1:])
    wedge[:, world.index("MNG")] = 1.01
    wedge[world.index("MNG"), world.index("MNG")] = 1.0
    results = {mode: trade.solve(world, wedge, mode=mode) for mode in ("full", "conditional", "partial", "first_order")}
    assert [r.mode for r in results.values()] == list(results)
    mongolia = world.index("MNG")
    loss = {mode: 1.0 - float(r.real_income_hat[mongolia]) for mode, r in results.items()}
    assert np.isnan(loss["partial"])
    assert loss["first_order"] == pytest.approx(loss["full"], rel=0.05)  # a wedge of 1 %: curvature is small
    assert 0 < loss["conditional"] < loss["full"]


def test_every_mode_solves_the_shipped_world_and_says_what_it_is() -> None:
    """Some economies sell crude or gas at home only: in the conditional mode each such group has its own factor."""
    base = trade.load_baseline(12)
    wedge = trade.measure(base, ["CHN", "DEU"], "RUS", hat=1.2)
    words = {"full": "exact", "conditional": "one round", "first_order": "derivative", "partial": "exports and imports"}
    for mode, word in words.items():
        result = trade.solve(base, wedge, mode=mode)
        shown = repr(result)
        assert result.residual <= 1e-10 and f"residual {result.residual:.1e}" in shown
        assert f"mode {mode}" in shown and word in shown and "RUS" in shown and len(shown) < 1000
    assert "177 economies x 12 sectors" in repr(base)


def test_terms_read_by_sector_and_partner(world: trade.Baseline) -> None:
    wedge = trade.measure(world, ["DEU"], "RUS", hat=1.1)
    split = trade.split_along_path(world, wedge)
    assert "RUS" in repr(split) and f"{split.error:.1e}" in repr(split)
    base = trade.purge(world)
    terms = trade.first_order_terms(trade.solve(base, wedge), base, wedge)
    assert "partner DEU" in terms.text("RUS") and "sector" in terms.text("RUS")
    assert len(repr(terms)) < 200
    with pytest.raises(BadInput, match="XXX"):
        terms.text("XXX")


def test_rent_to_seller_is_an_export_tax(world: trade.Baseline) -> None:
    """A rent kept by the origin moves prices as a wedge does, but its income stays: the origin loses less."""
    shape = world.flow_usd.shape
    russia = world.index("RUS")
    rate = np.zeros(shape)
    rate[0, russia, :] = 0.1
    rate[0, russia, russia] = 0.0
    burnt = trade.solve(world, 1.0 + rate)
    kept = trade.solve(world, rent=rate, rent_to_seller=1.0)
    given = trade.solve(world, rent=rate, rent_to_seller=0.0)
    assert kept.real_income_hat[russia] > given.real_income_hat[russia]
    assert kept.real_income_hat[russia] > burnt.real_income_hat[russia]
    assert kept.rent_usd[russia] > 0
    as_tariff = trade.solve(world, tariff_new=(1.0 + world.tariff) * (1.0 + rate) - 1.0)
    assert given.real_income_hat == pytest.approx(as_tariff.real_income_hat, abs=1e-9)


def test_bad_input_is_named_all_at_once(world: trade.Baseline) -> None:
    flow = world.flow_usd.copy()
    flow[0, 3, 5] = -1.0
    flow[0, 7, 9] = np.nan
    with pytest.raises(BadInput) as caught:
        replace(world, flow_usd=flow, theta=np.array([-1.0])).check()
    assert len(caught.value.faults) == 3
    assert world.iso3[3] in str(caught.value)
    with pytest.raises(BadInput, match="broadcast"):
        trade.solve(world, np.ones((2, 2)))
    with pytest.raises(BadInput, match="out of range"):
        trade.solve(world, -1.0)
    with pytest.raises(BadInput, match="one of purged"):
        trade.solve(world, deficits="never")  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="not in the trade baseline"):
        world.index("ZZZ")
    with pytest.raises(DataMissing, match="sectors"):
        trade.load_baseline(sectors=7)


def test_missing_diagonal_and_no_output(world: trade.Baseline) -> None:
    flow = world.flow_usd.copy()
    flow[0, 4, 4] = 0.0
    flow[0, 6, :] = 0.0
    with pytest.raises(BadInput, match="missing diagonal") as caught:
        replace(world, flow_usd=flow).check()
    assert "without output" in str(caught.value)


def test_last_supplier_lost_is_named(world: trade.Baseline) -> None:
    wedge = np.ones(world.flow_usd.shape[1:])
    wedge[:, 10] = np.inf
    with pytest.raises(BadInput, match=f"loses every supplier in {world.iso3[10]}"):
        trade.solve(world, wedge)


def test_near_autarky_is_solved_by_the_second_stage() -> None:
    """All foreign trade of the world at ten times its cost: the plain sweep crawls, the certificate is the same."""
    world = trade.load_baseline()
    n = len(world.iso3)
    wedge = np.where(np.eye(n, dtype=bool), 1.0, 10.0)
    result = trade.solve(world, wedge)
    assert result.iterations > 400
    assert result.residual <= 1e-10
    assert (result.real_income_hat < 1.0).all()


def test_a_balance_needs_trade_to_carry_it(world: trade.Baseline) -> None:
    russia = world.index("RUS")
    wedge = np.ones(world.flow_usd.shape[1:])
    wedge[russia, :] = wedge[:, russia] = np.inf
    wedge[russia, russia] = 1.0
    with pytest.raises(BadInput, match="RUS has no trade left to carry its trade balance"):
        trade.solve(world, wedge, deficits="share")
    assert trade.solve(world, wedge).real_income_hat[russia] < 0.98  # without deficits: autarky, and its price
    gulf = np.isin(world.iso3, ["QAT", "KWT", "SAU"])
    cut = np.where(gulf[:, None] != gulf, np.inf, 1.0)
    with pytest.raises(BadInput, match="KWT, QAT, SAU trade with nobody else, and do not balance"):
        trade.solve(world, cut, deficits="share")
    assert trade.solve(world, cut).residual <= 1e-10


def test_not_converged_names_the_worst_market(world: trade.Baseline) -> None:
    wedge = np.full(world.flow_usd.shape[1:], 1.3)
    with pytest.raises(NotConverged, match=r"worst market: .* in "):
        trade.solve(world, wedge, deficits="share", settings=trade.Settings(max_sweeps=4))


def test_a_shock_has_no_unknown_words(world: trade.Baseline) -> None:
    with pytest.raises(TypeError, match="tarif_new"):
        trade.solve(world, tarif_new=0.1)  # type: ignore[call-arg]


def test_a_result_reads_as_text(world: trade.Baseline) -> None:
    result = trade.solve(world, trade.measure(world, ["DEU", "POL"], "RUS", hat=1.5))
    text = result.text(most=3)
    assert f"residual {result.residual:.1e}" in text and "mode full, deficits purged" in text
    assert "RUS" in text and len(text.splitlines()) == 6
    assert "no welfare" in trade.solve(world, 1.01, mode="partial").text()
    assert "misses world income" in trade.solve(world, 1.01, deficits="multiplicative").text()
