"""Trade equilibrium, side by side in one run: gegravity, a textbook nested loop, landbridge.

Times are processor seconds of one thread, best of several, so that other work on the machine does not count (set
OPENBLAS_NUM_THREADS=1, as `make bench` does); first calls (numba's compilation) are apart. The nested loop is
that of Caliendo and Parro's published files: wages outside, prices and expenditures inside, damping and tests as there.
gegravity is skipped, and that is said, where it is not installed. References that cannot be run here (from METHODS 4):
KITE (R) 5.0 s, cp2015-jax 1.49 s warm on the NAFTA case.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import importlib.util
import os
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
        clock = time.process_time()
        call()
        times.append(time.process_time() - clock)
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


def nested_loop(
    base: trade.Baseline,
    hat: np.ndarray | float,
    tariff: np.ndarray,
    tolerance: float,
    dense: bool = False,
    damping: float = 0.2,
) -> tuple[np.ndarray, int, int]:
    """The loop of Caliendo and Parro's published files (equilibrium_LC, PH, expenditure): real wages, loops, rounds.

    As there: prices start from one for every guess of wages and are iterated to the tolerance; expenditures solve a
    linear system, dense with `dense`, by iteration to the same point else; wages move by 0.2 of excess exports over
    value added. Kinder than the files: arrays instead of loops over cells, kappa^-theta once and not in every round of
    prices, one solution of the dense system and not two inverses.
    """
    k, n = base.value_added_share.shape
    pi0 = base.flow_usd * (1 + base.tariff) / base.expenditure_usd[:, None, :]
    relative = np.broadcast_to(hat, pi0.shape) * (1 + tariff) / (1 + base.tariff)
    kappa = pi0 * relative ** -base.theta[:, None, None]
    va = base.value_added_usd / base.value_added_usd.sum()
    beta, io, alpha, theta = base.value_added_share, base.io, base.final_share, base.theta[:, None]
    wage, loops, rounds = np.ones(n), 0, 0
    spent = base.expenditure_usd / base.value_added_usd.sum()
    while True:
        loops += 1
        price, moved = np.ones((k, n)), np.inf
        while moved > tolerance:
            rounds += 1
            cost = np.exp(beta * np.log(wage) + np.einsum("imk,mi->ki", io, np.log(price)))
            power = cost**-theta
            total = np.einsum("kij,ki->kj", kappa, power)
            new = np.where(total > 0, np.where(total > 0, total, 1.0) ** (-1 / theta), 1.0)
            moved = np.abs(new - price).max()
            price = new
        share = kappa * power[:, :, None] / np.where(total > 0, total, 1.0)[:, None, :]
        net = share / (1 + tariff)
        kept = net.sum(axis=1)  # [k,j] of each dollar spent, what leaves after tariffs
        spent = _dense(net, kept, io, alpha, wage * va) if dense else _iterated(net, kept, io, alpha, wage * va, spent)
        sold = np.einsum("kij,kj->ki", net, spent).sum(axis=0)
        balance = sold - (kept * spent).sum(axis=0)
        if np.abs(balance).sum() < tolerance or loops >= 5000:
            consumer = np.exp((alpha * np.log(price)).sum(axis=0))
            return wage / consumer, loops, rounds
        wage = wage + damping * balance / va


def _iterated(
    net: np.ndarray, kept: np.ndarray, io: np.ndarray, alpha: np.ndarray, earned: np.ndarray, spent: np.ndarray
) -> np.ndarray:
    moved = np.inf
    while moved > 1e-12:
        income = earned + ((1 - kept) * spent).sum(axis=0)
        demand = np.einsum("imk,ki->mi", io, np.einsum("kij,kj->ki", net, spent)) + alpha * income
        moved = np.abs(demand - spent).max() / spent.max()
        spent = demand
    return spent


def _dense(net: np.ndarray, kept: np.ndarray, io: np.ndarray, alpha: np.ndarray, earned: np.ndarray) -> np.ndarray:
    """(I - inputs - revenue) X = alpha w VA as one dense system of N K unknowns."""
    k, n = alpha.shape
    system = np.einsum("imk,kij->imjk", io, net).reshape(n * k, n * k)
    for j in range(n):
        block = slice(j * k, (j + 1) * k)
        system[block, block] += np.outer(alpha[:, j], 1 - kept[:, j])
    np.negative(system, out=system)
    system[np.diag_indices(n * k)] += 1.0
    return np.linalg.solve(system, (alpha * earned).T.ravel()).reshape(n, k).T


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
    clock = time.process_time()
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
    return time.process_time() - clock


def clocked(call: Callable[[], object]) -> tuple[float, float, object]:
    """Wall seconds, processor seconds, answer."""
    clock, cpu = time.perf_counter(), time.process_time()
    answer = call()
    return time.perf_counter() - clock, time.process_time() - cpu, answer


def nafta(peers: bool) -> None:
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
    if not peers:
        return
    ours = trade.solve(purged, tariff_new=tariff).real_wage_hat
    for word, dense in (("dense expenditure system, as published", True), ("expenditures iterated", False)):
        _, cpu, found = clocked(lambda d=dense: nested_loop(purged, 1.0, tariff, 1e-7, d))
        wage, loops, rounds = found
        apart = np.abs(wage - ours).max()
        print(f"  nested loop to 1e-7, {word}: {cpu:.2f} ({loops} loops, {rounds} rounds of prices), run in full")
        print(f"    ratio to the counterfactual alone {cpu / alone:.0f}, apart by {apart:.0e}")


def against_nested_loop(n: int, k: int) -> None:
    base = world(n, k)
    hat = np.ones((n, n))
    hat[: n // 5, -1] = hat[-1, : n // 5] = np.inf  # a fifth of the world embargoes one economy
    result = trade.solve(base, hat)
    ours = best(lambda: trade.solve(base, hat), 5)
    print(f"{n} x {k}, input-output links and tariffs, to 1e-10; seconds")
    print(f"  landbridge {ours:.4f} ({result.iterations} sweeps, residual {result.residual:.1e})")
    for word, dense in (("dense expenditure system, as published", True), ("expenditures iterated", False)):
        _, cpu, found = clocked(lambda d=dense: nested_loop(base, hat, base.tariff, 1e-10, d))
        real_wage, loops, rounds = found
        apart = float(np.abs(real_wage - result.real_wage_hat).max())
        print(f"  nested loop to 1e-10, {word}: {cpu:.2f} ({loops} loops, {rounds} rounds of prices), run in full")
        print(f"    ratio {cpu / ours:.0f}, apart by {apart:.1e}", flush=True)


_STATE: dict[str, trade.Baseline] = {}


def _draws(task: tuple[int, int]) -> tuple[int, float]:
    """Solve `count` draws of elasticities and wedges on the WIOD world in this process; count, processor seconds."""
    seed, count = task
    if "base" not in _STATE:
        _STATE["base"] = trade.purge(wiod2014(SHARED / "trade" / "wiod2014"))
    base, draw = _STATE["base"], np.random.default_rng(seed)
    cpu = time.process_time()
    n = len(base.iso3)
    russia = base.index("RUS")
    for _ in range(count):
        hat = np.ones((n, n))
        hat[russia, :30] = hat[:30, russia] = draw.uniform(1.2, 3.0)
        hat[russia, russia] = 1.0
        theta = base.theta * np.exp(draw.normal(0, 0.2, len(base.theta)))
        trade.solve(replace(base, theta=theta), hat)
    return count, time.process_time() - cpu


def sanctions() -> None:
    """China joins, and a full two-way embargo, on the baseline of 2023 at three elasticities, after loading."""
    import landbridge as lb
    from landbridge.engine import trade as step
    from landbridge.scenario import apply

    world_ = lb.load_world()
    joined = apply(lb.read_scenario("china-joins-sanctions"), world_)
    members = sorted(c for c in joined.rules.on(joined.date).members("RUS_TRADE_SANCTIONS") if c in world_.trade.iso3)
    worlds = {e: trade.load_baseline(12, e) for e in ("low", "central", "high")}

    def joins() -> list[float]:
        out = []
        for base in worlds.values():
            before, after = (step.wedges(replace(w, trade=base), []) for w in (world_, joined))
            purged = trade.purge(base)
            hat, new = step.wedge_hat(before, after, base), step.tariffs_new(before, after, purged)
            out.append(_loss(step.solve(purged, {}, hat, new)))
        return out

    def embargo() -> list[float]:
        purged = [trade.purge(base) for base in worlds.values()]
        return [_loss(trade.solve(base, trade.measure(base, members, "RUS"))) for base in purged]

    for word, call in (("China joins the coalition, rules compiled anew", joins), ("full two-way embargo", embargo)):
        call()
        wall, cpu, losses = clocked(call)
        shown = ", ".join(f"{x:.2f}" for x in losses)
        print(f"{word}, 177 x 12, low, central, high elasticities, purge included")
        print(f"  {wall:.2f} seconds wall, {cpu:.2f} processor; loss of Russia {shown} %")


def _loss(result: trade.Equilibrium) -> float:
    return 100 * (1 - float(result.real_income_hat[result.iso3.index("RUS")]))


def draws(count: int, processes: int = 2) -> None:
    chunk = max(count // (processes * 5), 1)
    tasks = [(seed, chunk) for seed in range(count // chunk)]
    with concurrent.futures.ProcessPoolExecutor(processes) as pool:
        list(pool.map(_draws, [(900 + p, 2) for p in range(processes)]))  # imports, compiled code, the baseline
        clock = time.perf_counter()
        found = list(pool.map(_draws, tasks))
        wall = time.perf_counter() - clock
    done, cpu = sum(c for c, _ in found), sum(s for _, s in found)
    print(f"{done} draws at 44 x 50 on {processes} processes: {wall:.2f} seconds wall")
    print(f"  {cpu:.2f} processor, {1000 * cpu / done:.1f} ms a draw: {cpu / processes:.2f} on {processes} free cores")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that it runs")
    quick = parser.parse_args().quick
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    clock = time.perf_counter()
    trade.solve(world(4, 2), 1.1 - 0.1 * np.eye(4))
    print(f"first call, compilation or its cache: {time.perf_counter() - clock:.2f} seconds")
    against_gegravity([30] if quick else [30, 100, 200])
    if (SHARED / "trade").is_dir():
        nafta(peers=not quick)
    against_nested_loop(*((30, 10) if quick else (150, 40)))
    sanctions()
    if (SHARED / "trade").is_dir():
        draws(40 if quick else 1000)


if __name__ == "__main__":
    main()
