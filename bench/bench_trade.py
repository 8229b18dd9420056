"""Trade equilibrium, side by side in one run: gegravity, a textbook nested loop, landbridge.

Times are wall seconds on this machine, best of several; first calls (numba's compilation) are apart. The nested loop is
the usual one of Caliendo-Parro codes: wages outside, prices and expenditures inside, damped, to the same tolerance.
gegravity is skipped, and that is said, where it is not installed. References that cannot be run here (from METHODS 4):
KITE (R) 5.0 s, cp2015-jax 1.49 s warm on the NAFTA case.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import importlib.util
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from landbridge import trade

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "papers"))
from trade_samples import SHARED, cp1993, wiod2014


def best(call: Callable[[], object], repeats: int) -> float:
    times = []
    for _ in range(repeats):
        clock = time.perf_counter()
        call()
        times.append(time.perf_counter() - clock)
    return min(times)


def world(n: int, k: int, seed: int = 0) -> trade.Baseline:
    """A random consistent world with input-output links and tariffs (none with one sector)."""
    draw = np.random.default_rng(seed)
    size = np.exp(draw.normal(0, 1.2, n))
    flow = np.exp(draw.normal(-1.0, 0.8, (k, n, n))) * size[:, None] * size
    flow[:, range(n), range(n)] = 2.0 * size * size.sum() * np.exp(draw.normal(0, 0.2, (k, n)))
    tariff = draw.uniform(0, 0.15, (k, n, n)) * (1 - np.eye(n)) * (k > 1)
    beta = draw.uniform(0.4, 0.6, (k, n)) if k > 1 else np.ones((k, n))
    io = draw.dirichlet(np.ones(k), (n, k)).transpose(0, 2, 1) * (1 - beta.T)[:, None, :]
    final = draw.dirichlet(np.full(k, 5.0), n).T
    names, sectors = tuple(f"C{i:03d}" for i in range(n)), tuple(f"S{s:02d}" for s in range(k))
    theta = draw.uniform(3, 9, k)
    base = trade.Baseline(names, sectors, flow * 1e9, tariff, beta, io, final, theta, np.zeros((k, n, n), np.int8))
    return trade.purge(base)


def nested_loop(base: trade.Baseline, hat: np.ndarray, tolerance: float = 1e-10) -> tuple[np.ndarray, int]:
    """Textbook solver: for wages, iterate prices, then expenditures, each to a fixed point; update wages."""
    k, n = base.value_added_share.shape
    pi0 = base.flow_usd * (1 + base.tariff) / base.expenditure_usd[:, None, :]
    kappa = hat[None] ** -base.theta[:, None, None] * pi0
    va = base.value_added_usd / base.value_added_usd.sum()
    wage, price, loops = np.ones(n), np.ones((k, n)), 0
    spent = base.expenditure_usd / base.value_added_usd.sum()
    while True:
        loops += 1
        for _ in range(1000):
            cost = np.exp(base.value_added_share * np.log(wage) + np.einsum("imk,mi->ki", base.io, np.log(price)))
            power = cost ** -base.theta[:, None]
            new = np.einsum("kij,ki->kj", kappa, power) ** (-1 / base.theta[:, None])
            moved = np.abs(new / price - 1).max()
            price = new
            if moved < 1e-12:
                break
        share = kappa * power[:, :, None] / np.einsum("kij,ki->kj", kappa, power)[:, None, :]
        net = share / (1 + base.tariff)
        rate = (share * base.tariff / (1 + base.tariff)).sum(axis=1)  # [k,j] revenue per expenditure
        for _ in range(1000):  # X = io Y + alpha (w VA + R), Y = net X
            income = wage * va + (rate * spent).sum(axis=0)
            demand = np.einsum("imk,ki->mi", base.io, np.einsum("kij,kj->ki", net, spent)) + base.final_share * income
            moved = np.abs(demand / spent - 1).max()
            spent = demand
            if moved < 1e-12:
                break
        earned = (base.value_added_share * np.einsum("kij,kj->ki", net, spent)).sum(axis=0)
        excess = earned / (wage * va) - 1
        if np.abs(excess).max() < tolerance or loops >= 2000:
            consumer = np.exp((base.final_share * np.log(price)).sum(axis=0))
            return wage / consumer, loops
        wage = wage * (1 + 0.3 * excess)
        wage /= (wage * va).sum()


def against_gegravity(sizes: list[int]) -> None:
    print("one sector, a pair of blocs signs an agreement; seconds")
    found = importlib.util.find_spec("gegravity") is not None
    if not found:
        print("  gegravity is not installed: ours alone")
    for n in sizes:
        base = world(n, 1)
        hat = np.ones((n, n))
        hat[: n // 10, n // 10 : n // 5] = hat[n // 10 : n // 5, : n // 10] = 0.9
        trade.solve(base, hat)
        ours = best(lambda b=base, h=hat: trade.solve(b, h, deficits="share"), 20)
        theirs = gegravity_seconds(base, hat) if found else float("nan")
        print(f"  {n:4d} economies: gegravity {theirs:9.3f}  landbridge {ours:9.5f}  ratio {theirs / ours:10.0f}")


def gegravity_seconds(base: trade.Baseline, hat: np.ndarray) -> float:
    """gegravity 0.3 on the same world: data frames in, baseline and full experiment out."""
    import pandas as pd

    warnings.filterwarnings("ignore")
    import gegravity

    n, flow, theta = len(base.iso3), base.flow_usd[0], float(base.theta[0])
    output, spent = flow.sum(axis=1), flow.sum(axis=0)
    cost = np.log(flow / np.outer(output, spent) * output.sum())  # a gravity equation that fits exactly
    rows = [
        (base.iso3[i], base.iso3[j], "2023", flow[i, j], output[i], spent[j], cost[i, j], np.log(hat[i, j]))
        for i in range(n)
        for j in range(n)
    ]
    names = ["exporter", "importer", "year", "trade", "Y", "E", "friction", "shock"]
    frame = pd.DataFrame(rows, columns=names)
    after = frame.copy()
    frame["shock"] = 0.0
    clock = time.perf_counter()
    data = gegravity.BaselineData(
        frame,
        imp_var_name="importer",
        exp_var_name="exporter",
        year_var_name="year",
        trade_var_name="trade",
        expend_var_name="E",
        output_var_name="Y",
    )
    coefficients = pd.DataFrame({"var": ["friction", "shock"], "coeff": [1.0, -theta], "ste": [0.1, 0.1]})
    costs = gegravity.CostCoeffs(coefficients, identifier_col="var", coeff_col="coeff", stderr_col="ste")
    model = gegravity.OneSectorGE(
        data,
        year="2023",
        reference_importer=base.iso3[-1],
        sigma=theta + 1,
        cost_variables=["friction", "shock"],
        cost_coeff_values=costs,
        quiet=True,
    )
    model.build_baseline(omr_rescale=1)
    model.define_experiment(after)
    model.simulate()
    return time.perf_counter() - clock


def nafta() -> None:
    baseline, tariff_2005 = cp1993(SHARED / "trade" / "cp1993")
    members = [baseline.index(c) for c in ("CAN", "MEX", "USA")]
    tariff = baseline.tariff.copy()
    tariff[:, *np.ix_(members, members)] = tariff_2005[:, *np.ix_(members, members)]
    trade.solve(baseline, tariff_new=tariff)
    whole = best(lambda: trade.solve(baseline, tariff_new=tariff), 10)
    purged = trade.purge(baseline)
    alone = best(lambda: trade.solve(purged, tariff_new=tariff), 10)
    print("NAFTA, 31 x 40, tariffs and input-output links; seconds")
    print(f"  landbridge with the purge of deficits {whole:.4f}, counterfactual alone {alone:.4f}")
    print(f"  recorded elsewhere: KITE 5.0 ({5.0 / whole:.0f}x), cp2015-jax 1.49 warm ({1.49 / whole:.0f}x)")


def against_nested_loop(n: int, k: int) -> None:
    base = world(n, k)
    hat = np.ones((n, n))
    hat[: n // 5, -1] = hat[-1, : n // 5] = np.inf  # a fifth of the world embargoes one economy
    result = trade.solve(base, hat)
    ours = best(lambda: trade.solve(base, hat), 5)
    print(f"{n} x {k}, input-output links and tariffs, to 1e-10; seconds")
    print(f"  landbridge {ours:.4f} ({result.iterations} sweeps, residual {result.residual:.1e})")
    clock = time.perf_counter()
    real_wage, loops = nested_loop(base, hat)
    theirs = time.perf_counter() - clock
    apart = float(np.abs(real_wage - result.real_wage_hat).max())
    print(f"  nested loop {theirs:.2f} ({loops} loops)  ratio {theirs / ours:.0f}  apart by {apart:.1e}")
    size = k * n
    matrix, right = np.eye(size) + np.random.default_rng(0).uniform(0, 0.5 / size, (size, size)), np.ones(size)
    dense = best(lambda: np.linalg.solve(matrix, right), 1)
    published = loops * dense
    print(f"  the published codes solve expenditures as a dense {size} x {size} system: {dense:.1f} a loop,")
    print(f"  {loops} such loops {published:.0f} (not run in full)  ratio {published / ours:.0f}")


_STATE: dict[str, trade.Baseline] = {}


def _draws(task: tuple[int, int]) -> int:
    """Solve `count` draws of elasticities and wedges on the WIOD world in this process."""
    seed, count = task
    if "base" not in _STATE:
        _STATE["base"] = trade.purge(wiod2014(SHARED / "trade" / "wiod2014"))
    base, draw = _STATE["base"], np.random.default_rng(seed)
    n = len(base.iso3)
    russia = base.index("RUS")
    for _ in range(count):
        hat = np.ones((n, n))
        hat[russia, :30] = hat[:30, russia] = draw.uniform(1.2, 3.0)
        hat[russia, russia] = 1.0
        theta = base.theta * np.exp(draw.normal(0, 0.2, len(base.theta)))
        trade.solve(replace(base, theta=theta), hat)
    return count


def embargo() -> None:
    """Full two-way embargo against Russia by the trade-measures coalition and China, 177 economies x 12 sectors."""
    names = "AUS AUT BEL BGR CAN CHE CYP CZE DEU DNK ESP EST FIN FRA GBR GRC HRV HUN IRL ITA JPN KOR LTU LUX LVA MLT "
    names += "NLD NOR NZL POL PRT ROU SVK SVN SWE TWN USA CHN"
    worlds = [trade.load_baseline(12, elasticity) for elasticity in ("low", "central", "high")]
    clock = time.perf_counter()
    losses = []
    for base in worlds:
        base = trade.purge(base)
        result = trade.solve(base, trade.measure(base, names.split(), "RUS"))
        losses.append(100 * (1 - float(result.real_income_hat[base.index("RUS")])))
    took = time.perf_counter() - clock
    print("embargo of the West and China against Russia, 177 x 12, low, central, high elasticities, purge included")
    print(f"  {took:.2f} seconds; loss of Russia {losses[0]:.2f}, {losses[1]:.2f}, {losses[2]:.2f} %")


def draws(count: int, processes: int = 2) -> None:
    chunk = max(count // (processes * 5), 1)
    tasks = [(seed, chunk) for seed in range(count // chunk)]
    with concurrent.futures.ProcessPoolExecutor(processes) as pool:
        list(pool.map(_draws, [(900 + p, 2) for p in range(processes)]))  # imports, compiled code, the baseline
        clock = time.perf_counter()
        done = sum(pool.map(_draws, tasks))
        print(f"{done} draws at 44 x 50 on {processes} processes: {time.perf_counter() - clock:.2f} seconds")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that it runs")
    quick = parser.parse_args().quick
    clock = time.perf_counter()
    trade.solve(world(4, 2), 1.1 - 0.1 * np.eye(4))
    print(f"first call, compilation or its cache: {time.perf_counter() - clock:.2f} seconds")
    against_gegravity([30] if quick else [30, 100, 200])
    if (SHARED / "trade").is_dir():
        nafta()
    against_nested_loop(*((30, 10) if quick else (150, 40)))
    embargo()
    if (SHARED / "trade").is_dir():
        draws(40 if quick else 1000)


if __name__ == "__main__":
    main()
