"""PPML side by side in one run: pyfixest against landbridge, same rows, same effects, same clusters.

Wall seconds of whole calls on columns (labels as text), best of several after a first call; numba's compilation apart.
pyfixest is skipped, and that is said, where it is not installed; METHODS 4 records 4.85 s warm for it on 99,708 rows.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import importlib.util
import os
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np

from landbridge import gravity

SAMPLE = Path(__file__).resolve().parents[2] / "shared" / "testdata" / "trade" / "advanced_guide_panel.csv.gz"
RECORDED_S = 4.85
Columns = dict[str, np.ndarray]


def best(call: Callable[[], object], repeats: int) -> tuple[float, float]:
    """Least wall and processor seconds."""
    wall, used = [], []
    for _ in range(repeats):
        clock, cpu = time.perf_counter(), time.process_time()
        call()
        wall.append(time.perf_counter() - clock)
        used.append(time.process_time() - cpu)
    return min(wall), min(used)


def advanced_guide() -> Columns:
    with gzip.open(SAMPLE, "rt") as handle:
        rows = list(csv.DictReader(handle))
    words = {c: np.array([r[c] for r in rows]) for c in ("exporter", "importer")}
    return words | {c: np.array([float(r[c]) for r in rows]) for c in ("year", "trade", "rta")}


def made_up(n: int = 150, years: int = 20, seed: int = 1) -> Columns:
    """All pairs of n countries with a tenth of zeros; agreements begin at random dates."""
    draw = np.random.default_rng(seed)
    t, i, j = (a.ravel() for a in np.meshgrid(range(years), range(n), range(n), indexing="ij"))
    begin = draw.integers(0, 2 * years, (n, n))
    rta = ((t >= begin[i, j]) & (i != j)).astype(float)
    out, into, pair = draw.normal(0, 1.5, (years, n)), draw.normal(0, 1.5, (years, n)), draw.normal(0, 1.5, (n, n))
    mean = np.exp(out[t, i] + into[t, j] + pair[i, j] + 0.3 * rta)
    trade = mean * draw.gamma(2.0, 0.5, mean.size) * (draw.random(mean.size) > 0.1)
    names = np.array([f"C{k:03d}" for k in range(n)])
    return {"exporter": names[i], "importer": names[j], "year": t + 2000, "trade": trade, "rta": rta}


def ours(data: Columns, repeats: int) -> tuple[gravity.PpmlResult, float, float]:
    settings = gravity.PpmlSettings(small_sample="full")
    clock = time.perf_counter()
    result = gravity.fit_panel(data, x=["rta"], settings=settings)
    first = time.perf_counter() - clock
    wall, used = best(lambda: gravity.fit_panel(data, x=["rta"], settings=settings), repeats)
    tight = gravity.fit_panel(data, x=["rta"], settings=gravity.PpmlSettings(tolerance=1e-12))
    print(
        f"  landbridge ({result.certificate.path}): {wall:7.3f} s wall, {used:7.3f} s processor (first {first:.2f}); "
        f"{result['rta']:.8f} (se {result.se('rta'):.6f}), n {result.observations:,}; "
        f"{abs(result['rta'] - tight['rta']):.0e} from a solve to 1e-12",
        flush=True,
    )
    fe = {name: gravity.interaction(data, name) for name in ("exporter^year", "importer^year", "pair")}

    def as_list() -> object:
        return gravity.ppml(data["trade"], {"rta": data["rta"]}, fe, clusters={"pair": fe["pair"]})

    as_list()
    wall_list, used_list = best(as_list, repeats)
    print(f"  the same without the cube: {wall_list:7.3f} s wall, {used_list:7.3f} s processor", flush=True)
    return result, wall, used


def theirs(data: Columns, repeats: int) -> tuple[float, float, float, int, float] | None:
    if importlib.util.find_spec("pyfixest") is None:
        print(f"  pyfixest: SKIPPED, not installed (recorded on the Advanced Guide panel: {RECORDED_S} s warm)")
        return None
    import pandas as pd
    import pyfixest

    frame = pd.DataFrame(data)
    year = frame.year.astype(int).astype(str)
    frame["ey"], frame["iy"], frame["pair"] = (
        frame.exporter + year,
        frame.importer + year,
        frame.exporter + frame.importer,
    )

    def fit() -> object:
        return pyfixest.fepois("trade ~ rta | ey + iy + pair", data=frame, vcov={"CRV1": "pair"})

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = fit()
        wall, used = best(fit, repeats)
    b, se = float(model.coef().iloc[0]), float(model.se().iloc[0])
    print(
        f"  pyfixest {pyfixest.__version__}: {wall:7.3f} s wall, {used:7.3f} s processor; {b:.8f} (se {se:.6f})",
        flush=True,
    )
    return wall, b, se, int(model._N), used


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one repeat, Advanced Guide only")
    quick = parser.parse_args().quick
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    cases: list[tuple[str, Callable[[], Columns]]] = []
    if SAMPLE.exists():
        cases.append(("Advanced Guide, 69 countries x 21 years, three-way", advanced_guide))
    else:
        print(f"SKIPPED: {SAMPLE.name} not found beside the repository (../shared/testdata)")
    if not quick:
        cases.append(("made up, 150 countries x 20 years, three-way", made_up))
    for words, build in cases:
        print(words)
        data = build()
        result, wall, used = ours(data, 1 if quick else 7)
        peer = theirs(data, 1 if quick else 2)
        if peer is not None:
            b, se, rows = peer[1] - result["rta"], peer[2] - result.se("rta"), peer[3] - result.observations
            print(f"  {peer[0] / wall:.1f} times as fast by the wall, {peer[4] / used:.1f} by the processor;", end=" ")
            print(f"coefficients differ by {abs(b):.0e}, standard errors by {abs(se):.0e}, rows {rows:+d}")


if __name__ == "__main__":
    sys.exit(main())
