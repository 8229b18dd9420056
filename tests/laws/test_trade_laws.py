"""Laws of the trade equilibrium on random worlds: what must hold whatever the numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from landbridge import trade
from landbridge.trade.records import DEFICITS

SEEDS = st.integers(0, 2**31 - 1)
QUICK = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)


def world(seed: int, n: int = 6, k: int = 3, tariffs: bool = True, balanced: bool = False) -> trade.Baseline:
    """A random consistent world: flows, tariffs, technology; tastes follow from the accounts."""
    draw = np.random.default_rng(seed)
    size = np.exp(draw.normal(0, 1.0, n))
    home = np.eye(n) * n * 8.0
    flow = np.exp(draw.normal(0, 0.7, (k, n, n))) * size[:, None] * size + home * (size**2)[:, None]
    if balanced:
        flow = (flow + flow.transpose(0, 2, 1)) / 2
    tariff = draw.uniform(0, 0.3, (k, n, n)) * (1 - np.eye(n)) if tariffs else np.zeros((k, n, n))
    beta = draw.uniform(0.4, 0.7, (k, n))
    mix = draw.dirichlet(np.ones(k), (n, k)).transpose(0, 2, 1)
    io = mix * (1 - beta.T)[:, None, :]
    output, spent = flow.sum(axis=2), (flow * (1 + tariff)).sum(axis=1)
    final = np.maximum(spent - np.einsum("imk,ki->mi", io, output), 0.02 * spent)
    names = tuple(f"C{i:02d}" for i in range(n))
    sectors = tuple(f"S{s}" for s in range(k))
    theta = draw.uniform(2.5, 8.0, k)
    return trade.Baseline(
        names, sectors, flow * 1e9, tariff, beta, io, final / final.sum(axis=0), theta, np.zeros((k, n, n), np.int8)
    )


def wedges(seed: int, base: trade.Baseline, spread: float = 0.2) -> np.ndarray:
    draw = np.random.default_rng(seed + 1)
    n = len(base.iso3)
    hat = np.exp(draw.normal(0, spread, base.flow_usd.shape))
    hat[:, range(n), range(n)] = 1.0
    return hat


@QUICK
@given(SEEDS, st.sampled_from(DEFICITS))
def test_no_shock_no_change(seed: int, deficits: trade.Deficits) -> None:
    result = trade.solve(world(seed), deficits=deficits)
    assert result.real_income_hat == pytest.approx(1.0, abs=1e-8)
    assert result.flow_usd == pytest.approx(result.base_flow_usd, rel=1e-8)


@QUICK
@given(SEEDS)
def test_walras_and_adding_up(seed: int) -> None:
    """Without deficits: trade balances in every economy, world income = world value added + revenue, markets clear."""
    base = world(seed)
    result = trade.solve(base, wedges(seed, base))
    imports, exports = result.flow_usd.sum(axis=(0, 1)), result.flow_usd.sum(axis=(0, 2))
    assert imports == pytest.approx(exports, rel=1e-8)
    earned = (base.value_added_share * result.flow_usd.sum(axis=2)).sum(axis=0)
    assert earned + result.revenue_usd == pytest.approx(result.income_usd, rel=1e-8)
    assert earned.sum() == pytest.approx(trade.purge(base).value_added_usd.sum(), rel=1e-8)  # the numeraire
    spent = (result.flow_usd * (1 + base.tariff)).sum(axis=1)
    inputs = np.einsum("imk,ki->mi", base.io, result.flow_usd.sum(axis=2))
    assert inputs + base.final_share * result.income_usd == pytest.approx(spent, rel=1e-8)


@QUICK
@given(SEEDS, st.randoms(use_true_random=False))
def test_relabelling_countries_changes_nothing(seed: int, random) -> None:  # type: ignore[no-untyped-def]
    base = world(seed)
    order = list(range(len(base.iso3)))
    random.shuffle(order)
    pairs = np.ix_(range(len(base.sectors)), order, order)
    moved = replace(
        base,
        iso3=tuple(base.iso3[i] for i in order),
        flow_usd=base.flow_usd[pairs],
        tariff=base.tariff[pairs],
        value_added_share=base.value_added_share[:, order],
        io=base.io[order],
        final_share=base.final_share[:, order],
    )
    hat = wedges(seed, base)
    straight, turned = trade.solve(base, hat), trade.solve(moved, hat[pairs])
    assert turned.real_income_hat == pytest.approx(straight.real_income_hat[order], rel=1e-8)


@QUICK
@given(SEEDS, st.floats(1e-6, 1e6), st.sampled_from(DEFICITS))
def test_scaling_the_currency_changes_nothing(seed: int, scale: float, deficits: trade.Deficits) -> None:
    base = world(seed)
    hat = wedges(seed, base)
    one = trade.solve(base, hat, deficits=deficits)
    other = trade.solve(replace(base, flow_usd=base.flow_usd * scale), hat, deficits=deficits)
    assert other.real_income_hat == pytest.approx(one.real_income_hat, rel=1e-8)
    assert other.flow_usd == pytest.approx(one.flow_usd * scale, rel=1e-7)


@QUICK
@given(SEEDS)
def test_twins_fare_alike(seed: int) -> None:
    """Two economies made equal in everything, under a shock that treats them alike, get the same result."""
    base = world(seed)
    swap = [1, 0, *range(2, len(base.iso3))]
    pairs = np.ix_(range(len(base.sectors)), swap, swap)

    def even(values: np.ndarray) -> np.ndarray:
        return (values + values[pairs]) / 2

    twins = replace(
        base,
        flow_usd=even(base.flow_usd),
        tariff=even(base.tariff),
        value_added_share=(base.value_added_share + base.value_added_share[:, swap]) / 2,
        io=(base.io + base.io[swap]) / 2,
        final_share=(base.final_share + base.final_share[:, swap]) / 2,
    )
    result = trade.solve(twins, even(wedges(seed, base)))
    assert result.real_income_hat[0] == pytest.approx(result.real_income_hat[1], rel=1e-8)


@QUICK
@given(SEEDS, st.floats(1.05, 3.0))
def test_a_dearer_link_carries_less(seed: int, factor: float) -> None:
    base = world(seed)
    hat = np.ones(base.flow_usd.shape)
    hat[:, 0, 1] = factor
    result = trade.solve(base, hat)
    assert result.flow_usd[:, 0, 1].sum() < result.base_flow_usd[:, 0, 1].sum()


@QUICK
@given(SEEDS)
def test_an_economy_in_autarky_is_untouched(seed: int) -> None:
    base = world(seed)
    flow = base.flow_usd.copy()
    others = np.arange(len(base.iso3)) != 2
    flow[:, 2, others] = flow[:, others, 2] = 0.0
    alone = replace(base, flow_usd=flow)
    result = trade.solve(alone, wedges(seed, base))
    assert result.real_income_hat[2] == pytest.approx(1.0, abs=1e-8)


@QUICK
@given(SEEDS, st.sampled_from([0.05, 1.0, 5.0]), st.booleans())
def test_cheaper_trade_never_hurts_the_world_without_tariffs(seed: int, size: float, one_pair: bool) -> None:
    """Balanced, free trade: the market is efficient, so lower real costs cannot lower income-weighted welfare.

    To first order this is a theorem: the weighted sum of log changes is the resources saved. At finite size, also on
    one link alone, it has held in every world tried.
    """
    base = trade.purge(world(seed, tariffs=False, balanced=True))
    hat = np.minimum(wedges(seed, base), 1.0) ** size
    if one_pair:
        hat = np.where(np.arange(hat.size).reshape(hat.shape) % hat[0].size == 1, hat, 1.0)
    result = trade.solve(base, hat)
    weight = result.base_income_usd / result.base_income_usd.sum()
    assert (weight * np.log(result.real_income_hat)).sum() >= -1e-9
    assert (weight * (result.real_income_hat - 1.0)).sum() >= -1e-9


@QUICK
@given(SEEDS)
def test_embargo_is_the_limit_of_a_wedge(seed: int) -> None:
    base = world(seed)
    hat = np.ones(base.flow_usd.shape[1:])
    hat[0, 1] = hat[1, 0] = np.inf
    limit = trade.solve(base, hat)
    nearly = trade.solve(base, np.where(np.isinf(hat), 1e6, hat))
    assert limit.real_income_hat == pytest.approx(nearly.real_income_hat, rel=1e-7)
    assert limit.flow_usd[:, 0, 1].sum() == 0.0


@QUICK
@given(SEEDS, st.sampled_from(["purged", "share"]))
def test_path_split_adds_up(seed: int, deficits: trade.Deficits) -> None:
    base = world(seed, n=4, k=2)
    shape = base.flow_usd.shape
    rent = np.random.default_rng(seed).uniform(0, 0.1, shape) * (1 - np.eye(shape[1]))
    split = trade.split_along_path(base, wedges(seed, base), rent=rent, rent_to_seller=0.5, deficits=deficits)
    assert split.total == pytest.approx(split.exact, abs=1e-5)


def ban(seed: int, base: trade.Baseline) -> trade.Side:
    """Economies 0 and 1 list part of their sales to 2; some of it evades. Carriage costs something everywhere."""
    draw = np.random.default_rng(seed + 2)
    listed, shape = np.zeros_like(base.flow_usd), base.flow_usd.shape
    listed[:, :2, 2] = draw.uniform(0.2, 0.9, (shape[0], 2))
    freight = draw.uniform(0.0, 0.3, shape)
    freight[:, range(shape[1]), range(shape[1])] = 0.0
    over = draw.uniform(0.0, 1.0, shape[1:])
    over[2, :] = over[:, 2] = 0.0
    return trade.Side(listed * draw.uniform(0.5, 0.95, shape), listed, freight, {2: over})


@QUICK
@given(SEEDS, st.integers(3, 5), st.floats(0.0, 1.0))
def test_ways_round_obey(seed: int, hub: int, loose: float) -> None:
    """A hub that joins or gets dearer never lets more evade, one that gets cheaper never less; nothing goes beyond the
    lists; nobody's change, no change; what goes round adds up to what evades."""
    base = world(seed)
    before, widths, part = ban(seed, base), base.flow_usd.sum(axis=0), np.full(len(base.sectors), loose)
    same = trade.shut_share(widths, base.theta, before, before, part)
    assert same == pytest.approx(before.shut, abs=1e-14)
    listed = before.listed.copy()
    listed[:, hub, 2] = 1.0
    joined = replace(before, shut=np.where(listed > before.listed, 1.0, before.shut), listed=listed)
    assert (trade.shut_share(widths, base.theta, before, joined, part)[:, :2, 2] >= before.shut[:, :2, 2] - 1e-12).all()
    for factor, sign in ((2.0, 1.0), (0.5, -1.0)):
        freight = before.freight.copy()
        freight[:, hub, 2] *= factor
        moved = replace(before, freight=freight)
        shut = trade.shut_share(widths, base.theta, before, moved, part)
        assert (sign * (shut - before.shut) >= -1e-12).all()
        assert (shut >= -1e-12).all() and (shut <= before.listed + 1e-12).all()
    cells, ways = trade.reexports(base.flow_usd, widths, base.theta, before, np.ones(len(base.sectors)))
    usd = ways.total
    evades = cells.of(base.flow_usd) * cells.of(before.evading)
    assert usd.sum(axis=1) == pytest.approx(evades)


@QUICK
@given(SEEDS, st.randoms(use_true_random=False))
def test_ways_round_do_not_mind_the_order_of_economies(seed: int, random) -> None:  # type: ignore[no-untyped-def]
    base = world(seed)
    order = list(range(len(base.iso3)))
    random.shuffle(order)
    pairs, flat = np.ix_(range(len(base.sectors)), order, order), np.ix_(order, order)
    before, widths, part = ban(seed, base), base.flow_usd.sum(axis=0), np.ones(len(base.sectors))
    after = replace(before, freight=before.freight * 1.5)
    straight = trade.shut_share(widths, base.theta, before, after, part)
    over = {order.index(2): before.across[2][flat]}
    turned = [trade.Side(s.shut[pairs], s.listed[pairs], s.freight[pairs], over) for s in (before, after)]
    assert trade.shut_share(widths[flat], base.theta, *turned, part) == pytest.approx(straight[pairs], abs=1e-12)
