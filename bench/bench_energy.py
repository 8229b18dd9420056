"""Energy, side by side in one run: build and solve seconds by world, by solver.

1. One year of crude (embargo and price cap) and of gas, as `landbridge run` solves them, each and together: best of
   five, target 1 s for both, build at most 3 % of the solve of both; then with the other solvers, and one year x four
   seasons of gas without and with building.
2. Ten years x four seasons of gas, 15 traders with their own molecules, storage: without and with building (continuous,
   lumpy by branch and bound). Targets: 15 s, build at most 3 % of the solve.
3. The same ten years with Clarabel and HiGHS's interior point (`--piqp-only` leaves them out), which check objective,
   prices and flows. HiGHS needs highspy-extras (extra `energy-large`).
4. The same programmes stated through linopy (extra `bench`): build seconds beside ours.
Seconds are the processor's, the best of several where that is cheap. One year of gas alone is stated in about the time
that it takes to solve, both in milliseconds: its share of build says nothing, that of the year's world does.
A peer that is not here is skipped, and that is said.
"""

from __future__ import annotations

import argparse
import dataclasses
import importlib.util
import time
from collections.abc import Callable

import numpy as np

from landbridge import energy
from landbridge.energy.bounds import Restrictions
from landbridge.energy.horizon_program import assemble
from landbridge.energy.program import build
from landbridge.errors import DataMissing, NotConverged
from landbridge.solvers import Program

TRADERS = ("RUS", "QAT", "USA", "NOR", "DZA", "AZE", "TKM", "AUS", "IRN", "KAZ", "NGA", "IDN", "MYS", "CAN", "UZB")
PROJECTS = ("power-of-siberia-2", "far-eastern-route", "cac-d", "tapi", "trans-caspian", "arctic-lng-2")


def best(run: Callable[[], object], times: int = 5) -> float:
    """Least processor seconds of several runs: other work on the machine does not count."""
    seconds = []
    for _ in range(times):
        started = time.process_time()
        run()
        seconds.append(time.process_time() - started)
    return min(seconds)


def one_year(peers: bool) -> None:
    builds, answers = [], []
    for fuel in ("crude", "gas"):
        market = energy.load_market(fuel)
        how = {
            "forbidden": energy.restrictions(fuel),
            "capacity_factor": energy.closed_links(fuel),
            "price_caps": energy.price_caps(fuel),
        }
        result = energy.solve(market, **how)
        rules = Restrictions(energy.restrictions(fuel), energy.price_caps(fuel))
        scaled = market.scale_links(energy.closed_links(fuel))
        program, _ = build(scaled, rules)
        builds.append(best(lambda m=scaled, r=rules: build(m, r)))
        answers.append(best(lambda m=market, h=how: energy.solve(m, **h)))
        print(
            f"{fuel} 2023: {len(program.cost)} columns, {len(program.row_lower)} rows; build {builds[-1]:.4f} s "
            f"({builds[-1] / answers[-1]:.1%} of the answer), answer {answers[-1]:.3f} s in {result.solves} solves, "
            f"KKT {result.kkt.worst:.0e}"
        )
        for method in ("clarabel", "hipo") if peers else ():
            compare_year(market, how, result, method)
    share = sum(builds) / (sum(answers) - sum(builds))
    print(
        f"the world of 2023, both fuels: build {sum(builds):.4f} s ({share:.1%} of solve), answer {sum(answers):.3f} s"
    )
    for name, projects in (("no building", ()), ("six continuous projects", smooth()), ("six lumpy projects", lumpy())):
        told(f"gas one year x 4 seasons, {name}", world(range(2032, 2033), projects))


def compare_year(market: energy.Market, how: dict[str, object], ours: energy.EnergyResult, method: str) -> None:
    """The same year by another solver: seconds, and how far its prices are from ours."""
    started = time.process_time()
    try:
        other = energy.solve(market, settings=energy.Settings(method=method), **how)
    except (DataMissing, NotConverged) as error:
        print(f"   {method}: {error}")
        return
    spent = time.process_time() - started
    used = ours.consumption > 1e-3
    gap = np.abs(other.price - ours.price)[used].max()
    print(f"   {method} {spent:.2f} s in {other.solves} solves, prices differ by at most {gap:.1e} {market.price_unit}")


def lumpy() -> tuple[energy.Project, ...]:
    return energy.projects("gas", *PROJECTS)


def smooth() -> tuple[energy.Project, ...]:
    return tuple(dataclasses.replace(p, lumpy=False) for p in lumpy())


def told(name: str, horizon: energy.Horizon) -> energy.HorizonResult:
    """Solves by PIQP and prints build and solve seconds."""
    started = time.process_time()
    result = energy.solve_years(horizon)
    spent = time.process_time() - started
    built = best(lambda: assemble(horizon))
    print(
        f"{name}: build {built:.4f} s ({built / (spent - built):.1%} of solve), PIQP {spent - built:.2f} s, "
        f"nodes {result.nodes}, KKT {result.kkt.worst:.0e}, objective {result.objective_usd:.6e}"
    )
    return result


def world(years: range, projects: tuple[energy.Project, ...], traders: tuple[str, ...] = TRADERS) -> energy.Horizon:
    market = dataclasses.replace(energy.load_market("gas", horizon="long"), tracked=traders)
    return energy.load_horizon("gas", years, may_build=projects, tail_years=20, market=market)


def ten_years(peers: bool) -> None:
    cases = (("no building", ()), ("six continuous projects", smooth()), ("six lumpy projects", lumpy()))
    for name, projects in cases:
        horizon = world(range(2026, 2036), projects)
        nodes = len(horizon.market.nodes.id)
        result = told(f"gas 10 years x 4 seasons, {nodes} nodes, {len(TRADERS)} traders, {name}", horizon)
        for method in ("clarabel", "hipo") if peers and not any(p.lumpy for p in projects) else ():
            started = time.process_time()
            try:
                other = energy.solve_years(horizon, method=method)
            except DataMissing as error:
                print(f"   {method}: {error}")
                continue
            spent = time.process_time() - started
            gap = other.objective_usd / result.objective_usd - 1
            used = result.consumption.sum(axis=0) > 1e-3
            price = np.abs(other.price - result.price)[:, used].max()
            print(
                f"   {method} {spent:.2f} s, KKT {other.kkt.worst:.0e}, objective differs by {gap:.1e}, prices by at "
                f"most {price:.1e} USD/MMBtu, flows by {np.abs(other.flow - result.flow).max():.1e} bcm a year"
            )


def through_linopy(program: Program) -> None:
    """States the programme in linopy: one variable vector, its rows padded to the longest."""
    import linopy
    import pandas as pd
    import xarray as xr

    model = linopy.Model()
    columns = pd.RangeIndex(len(program.cost), name="column")
    x = model.add_variables(
        lower=xr.DataArray(program.lower, coords=[columns]),
        upper=xr.DataArray(program.upper, coords=[columns]),
        name="x",
    )
    rows = program.rows.tocsr()
    count = np.diff(rows.indptr)
    index = pd.RangeIndex(len(count), name="row")
    inside = np.arange(count.max())[None, :] < count[:, None]
    which, value = np.full(inside.shape, -1), np.full(inside.shape, np.nan)
    which[inside], value[inside] = x.labels.values[rows.indices], rows.data
    terms = xr.Dataset(
        {
            "coeffs": (("row", "_term"), value),
            "vars": (("row", "_term"), which),
            "const": ("row", np.zeros(len(count))),
        },
        coords={"row": index},
    )
    expression = linopy.LinearExpression(terms, model)
    low, high = np.isfinite(program.row_lower), np.isfinite(program.row_upper)
    model.add_constraints(
        expression.isel(row=np.flatnonzero(low)) >= xr.DataArray(program.row_lower[low], coords=[index[low]])
    )
    model.add_constraints(
        expression.isel(row=np.flatnonzero(high)) <= xr.DataArray(program.row_upper[high], coords=[index[high]])
    )
    diagonal = xr.DataArray(program.quadratic.diagonal(), coords=[columns])
    model.add_objective((0.5 * diagonal * x * x).sum() + (xr.DataArray(program.cost, coords=[columns]) * x).sum())
    _ = model.matrices.A


def peers() -> None:
    if importlib.util.find_spec("linopy") is None:
        print("linopy: not installed, skipped; pip install -r requirements/bench.txt brings it")
        return
    market = energy.load_market("gas")
    rules, horizon = Restrictions(energy.restrictions("gas")), world(range(2026, 2036), ())
    for name, ours in (
        ("gas 2023", lambda: build(market, rules)[0]),
        ("gas ten years", lambda: assemble(horizon).program),
    ):
        program = ours()
        through_linopy(program)  # imports and first use apart
        mine, theirs = best(ours), best(lambda p=program: through_linopy(p), 3)
        print(f"{name} build: ours {mine:.4f} s, linopy {theirs:.3f} s (given ready arrays): {theirs / mine:.0f} times")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--piqp-only", action="store_true", help="leave the checks by Clarabel and HiGHS out")
    arguments = parser.parse_args()
    one_year(not arguments.piqp_only)
    ten_years(not arguments.piqp_only)
    peers()


if __name__ == "__main__":
    main()
