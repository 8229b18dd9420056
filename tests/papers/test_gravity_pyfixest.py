"""Against pyfixest (Fischer and others), an independent implementation, on random panels with zeros.

Both stop by their own tests (ours 1e-9 on Newton steps, theirs tightened to 1e-10 on the deviance), so coefficients are
held to 1e-6 and standard errors to 1e-5 relative. Both multiply clusters by G/(G-1) x (n-1)/(n-k).
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest

from landbridge import gravity

pyfixest = pytest.importorskip("pyfixest", reason="the peers are in the extra [bench]")

pytestmark = pytest.mark.slow  # the peer compiles for some seconds

TWO, THREE = ["exporter^year", "importer^year"], ["exporter^year", "importer^year", "pair"]
COLUMN = {"exporter^year": "ey", "importer^year": "iy", "pair": "pair", "exporter": "exporter", "importer": "importer"}


def panel(seed: int = 0, n: int = 12, years: int = 4, gaps: float = 0.0) -> dict[str, np.ndarray]:
    """Trade with a fifth of zeros; `gaps` of the rows missing takes the panel off the dense cube."""
    draw = np.random.default_rng(seed)
    t, i, j = (a.ravel() for a in np.meshgrid(range(years), range(n), range(n), indexing="ij"))
    kept = draw.random(t.size) >= gaps
    t, i, j = t[kept], i[kept], j[kept]
    dist, rta = np.log(1 + np.abs(i - j)), ((t >= (i * 7 + j) % (2 * years)) & (i != j)).astype(float)
    mean = np.exp(draw.normal(0, 1, (years, n))[t, i] + draw.normal(0, 1, (years, n))[t, j] - 0.6 * dist + 0.4 * rta)
    return {
        "exporter": np.array([f"C{k:02d}" for k in i]),
        "importer": np.array([f"C{k:02d}" for k in j]),
        "year": t + 2000,
        "trade": mean * draw.gamma(1.0, 1.0, t.size) * (draw.random(t.size) > 0.2),
        "ln_dist": dist,
        "rta": rta,
        "shift": draw.normal(0, 0.3, t.size),
    }


def theirs(data: dict[str, np.ndarray], x: str, fe: list[str], cluster: list[str], **more: Any) -> Any:
    frame = pd.DataFrame(data)
    for side, short in (("exporter", "ey"), ("importer", "iy")):
        frame[short] = frame[side] + frame["year"].astype(str)
    frame["pair"] = frame["exporter"] + frame["importer"]
    vcov: Any = {"CRV1": "+".join(COLUMN[c] for c in cluster)} if cluster else "hetero"
    formula = f"trade ~ {x} | {' + '.join(COLUMN[f] for f in fe)}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pyfixest.fepois(
            formula, data=frame, vcov=vcov, fixef_rm="none", iwls_tol=1e-10, fixef_tol=1e-10, iwls_maxiter=100, **more
        )


def same(ours: gravity.PpmlResult, peer: Any) -> None:
    assert ours.observations == int(peer._N)
    np.testing.assert_allclose(ours.coefficients, peer.coef().loc[list(ours.names)], atol=1e-6)
    np.testing.assert_allclose(ours.standard_errors, peer.se().loc[list(ours.names)], rtol=1e-5)


@pytest.mark.parametrize("gaps", [0.0, 0.6], ids=["cube", "list"])
@pytest.mark.parametrize(("fe", "x"), [(TWO, ["ln_dist", "rta"]), (THREE, ["rta"])], ids=["two-way", "three-way"])
def test_estimates_and_clustered_errors(gaps: float, fe: list[str], x: list[str]) -> None:
    data = panel(1, n=24 if gaps else 12, years=6, gaps=gaps)
    ours = gravity.fit_panel(data, x=x, fe=fe)
    assert ours.certificate.path == ("list" if gaps else "cube")
    same(ours, theirs(data, " + ".join(x), fe, ["pair"]))


def test_two_ways_of_clusters() -> None:
    data = panel(2, n=14)
    same(
        gravity.fit_panel(data, x=["ln_dist", "rta"], fe=TWO, cluster=["exporter", "importer"]),
        theirs(data, "ln_dist + rta", TWO, ["exporter", "importer"]),
    )


def test_offset_shifts_the_index() -> None:
    data = panel(3)
    ours = gravity.fit_panel(data, x=["ln_dist", "rta"], fe=TWO, offset="shift")
    same(ours, theirs(data, "ln_dist + rta", TWO, ["pair"], offset="shift"))
    # predictions with the offset are the fit
    rows = np.isfinite(ours.fitted)
    levels = tuple(
        np.array([f"{c}^{y}" for c, y in zip(data[s], data["year"])])[rows] for s in ("exporter", "importer")
    )
    x = np.column_stack([data["ln_dist"], data["rta"]])[rows]
    np.testing.assert_allclose(ours.predict(x, levels, data["shift"][rows]), ours.fitted[rows], rtol=1e-7)


def test_empty_effects_are_dropped_alike() -> None:
    data = panel(4)
    gone = (data["exporter"] == "C03") & (data["year"] == 2001)
    data["trade"] = np.where(gone | ((data["exporter"] == "C05") & (data["importer"] == "C07")), 0.0, data["trade"])
    ours = gravity.fit_panel(data, x=["rta"], fe=THREE)
    assert ours.dropped.count("fe") >= gone.sum() + 4
    same(ours, theirs(data, "rta", THREE, ["pair"]))


def test_lags_and_borders_of_a_panel_with_trade_at_home() -> None:
    data = panel(5)
    data["rta_lag1"] = gravity.lagged(data, "rta", 1)
    data |= gravity.globalisation_borders(data)
    x = ["rta", "rta_lag1", *(name for name in data if name.startswith("border_"))]
    whole = np.isfinite(data["rta_lag1"])
    ours = gravity.fit_panel(data, x=x, fe=THREE)
    assert ours.dropped.count("missing") == int((~whole).sum())
    assert ours.omitted == ("border_2000",)  # the year that the lag takes away
    peer = theirs({k: v[whole] for k, v in data.items()}, " + ".join(ours.names), THREE, ["pair"])
    same(ours, peer)
