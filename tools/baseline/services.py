"""Gravity of services, by landbridge's own PPML on the bilateral services of the World Input-Output Database of 2014.

43 economies, all services of a pair together (trade margins, transport, finance, computing, business services and
the rest). Distance, border and language only: agreements on goods have no effect here that could be told from zero (a
free trade area -0.24 with an error of 0.13, a single market -0.23 with 0.21). The table itself stays outside the
repository: the coefficients in `services_gravity.csv` are ours (WIOD 2016 release: Timmer, Dietzenbacher, Los,
Stehrer, de Vries 2015, CC BY 4.0).
"""

from __future__ import annotations

import datetime as dt
import gzip
from pathlib import Path

import numpy as np
import pandas as pd

from landbridge import gravity
from tools.baseline.gravity import REGRESSORS, regressors
from tools.baseline.inputs import FACTS, HERE, geography

WIOD = FACTS.parent / "testdata" / "trade" / "wiod2014"
YEAR = dt.date(2014, 12, 31)
SECTORS, FIRST_SERVICE = 50, 22  # of the 50 sectors the first 22 are goods
COEFFICIENTS = HERE / "services_gravity.csv"
USED = REGRESSORS[:3]


def coefficients() -> np.ndarray:
    """Stored coefficients [k] in the order of `REGRESSORS`; agreements none."""
    stored = pd.read_csv(COEFFICIENTS).set_index("regressor").coefficient
    return stored.reindex(list(REGRESSORS)).fillna(0.0).to_numpy(float)


def estimate(folder: Path = WIOD) -> pd.DataFrame:
    """One row a regressor: coefficient and error (clustered by exporter and importer) of services, and of goods."""
    iso3, flow = _flows(folder)
    x = regressors(iso3, *geography(iso3), YEAR)
    cells = ~np.eye(len(iso3), dtype=bool)
    rows, columns = np.nonzero(cells)
    panel = {"exporter": np.array(iso3)[rows], "importer": np.array(iso3)[columns]}
    panel |= {name: x[k][cells] for k, name in enumerate(USED)}
    out = pd.DataFrame({"regressor": USED})
    for name, part in (("", flow[FIRST_SERVICE:]), ("goods_", flow[:FIRST_SERVICE])):
        fit = gravity.fit_panel(
            panel | {"trade": part.sum(axis=0)[cells] / 1e3}, x=USED, fe=("exporter", "importer"),
            cluster=("exporter", "importer"),
        )  # fmt: skip
        out[f"{name}coefficient"] = fit.coefficients.round(5)
        out[f"{name}standard_error"] = fit.standard_errors.round(5)
        out[f"{name}pseudo_r2"] = round(fit.pseudo_r2, 4)
    return out.assign(observations=len(rows))


def _flows(folder: Path) -> tuple[list[str], np.ndarray]:
    """Economies without the rest of the world, and sales of each to each, USD million [sector,from,to]."""
    if not folder.is_dir():
        raise SystemExit(f"WIOD 2014 is not beside the repository (../shared/testdata/trade/{folder.name})")
    regions = (folder / "regions.csv").read_text().split()[1:]
    n = len(regions)
    shares, tariff = (_table(folder, name).reshape(SECTORS, n, n) for name in ("Din2014", "tariffs2014"))
    flow = (shares * _table(folder, "X0")[:, :, None] / tariff).transpose(0, 2, 1)
    kept = [k for k, code in enumerate(regions) if code != "ROW"]
    return [regions[k] for k in kept], flow[:, kept][:, :, kept]


def _table(folder: Path, name: str) -> np.ndarray:
    with gzip.open(folder / f"{name}.txt.gz", "rt") as handle:
        return np.loadtxt(handle, delimiter=",")
