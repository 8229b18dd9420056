"""Energy, side by side in one run: build and solve seconds by world, by solver.

1. One year of crude (embargo and price cap) and of gas, as `landbridge run` solves them: best of five, target 1 s.
2. Ten years x four seasons of gas, 15 traders with their own molecules, storage: without and with building (continuous,
   lumpy by branch and bound). Targets: 15 s, build at most 3 % of the solve.
3. The same ten years with Clarabel and HiGHS's interior point (`--piqp-only` leaves them out), which check objective,
   prices and flows. HiGHS needs highspy-extras (extra `energy-large`).
4. The same programmes stated through linopy (extra `bench`): build seconds beside ours.
Seconds are the processor's, the best of several where that is cheap. The share of the build is told for the years whose
solve takes a while: one year of gas is stated in about the time that it takes to solve, both in milliseconds.
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
from landbridge.errors import DataMissing
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


def one_year() -> None:
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
        built = best(lambda m=scaled, r=rules: build(m, r))
        total = best(lambda m=market, h=how: energy.solve(m, **h))
        print(
            f"{fuel} 2023: {len(program.cost)} columns, {len(program.row_lower)} rows; build {built:.4f} s "
            f"({built / total:.1%} of the answer), answer {total:.3f} s in {result.solves} solves, "
            f"KKT {result.kkt.worst:.0e}"
        )


def world(years: range, projects: tuple[energy.Project, ...], traders: tuple[str, ...] = TRADERS) -> energy.Horizon:
    market = dataclasses.replace(energy.load_market("gas", horizon="long"), tracked=traders)
    return energy.load_horizon("gas", years, may_build=projects, tail_years=20, market=market)


def ten_years(peers: bool) -> None:
    years = range(2026, 2036)
    lumpy = energy.projects("gas", *PROJECTS)
    smooth = tuple(dataclasses.replace(p, lumpy=False) for p in lumpy)
    cases = (("no building", ()), ("six continuous projects", smooth), ("six lumpy projects", lumpy))
    for name, projects in cases:
        horizon = world(years, projects)
        started = time.process_time()
        result = energy.solve_years(horizon)
        spent = time.process_time() - started
        built = best(lambda h=horizon: assemble(h))
        print(
            f"gas 10 years x 4 seasons, {len(horizon.market.nodes.id)} nodes, {len(TRADERS)} traders, {name}: build "
            f"{built:.4f} s ({built / (spent - built):.1%} of solve), PIQP {spent - built:.2f} s, "
            f"nodes {result.nodes}, KKT {result.kkt.worst:.0e}, objective {result.objective_usd:.6e}"
        )
        for method in ("clarabel", "hipo") if peers and projects != lumpy else ():
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
    one_year()
    ten_years(not arguments.piqp_only)
    peers()


if __name__ == "__main__":
    main()
