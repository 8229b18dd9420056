"""Every shipped scenario on the real world, against stored headlines.

A change that is meant: `make accept` rewrites tests/library/expected, and the diff shows what moved.
"""

from __future__ import annotations

import json
import math
import os
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import landbridge as lb
from landbridge.scenario import shipped_scenarios

EXPECTED = Path(__file__).parent / "expected"
# solvers stop at 1e-10 (trade) and 1e-7 (energy); other processors add in another order
TOLERANCE = 1e-3
SMALL = 1e-4


QUICK = "forum-2023"  # the others take half a minute each: `make test-slow`
EVERY = [pytest.param(n, marks=() if n == QUICK else pytest.mark.slow) for n in sorted(shipped_scenarios())]


@cache
def result_of(name: str) -> lb.Result:
    scenario = lb.read_scenario(name)
    return lb.run(lb.load_world(scenario.baseline), scenario)


@pytest.mark.parametrize("name", EVERY)
def test_headlines_are_as_stored(name: str) -> None:
    found = {f.id: [f.base, f.value] for f in result_of(name).figures}
    path = EXPECTED / f"{name}.json"
    if os.environ.get("LANDBRIDGE_ACCEPT") == "1":
        clean = {k: [float(f"{x:.6g}") if math.isfinite(x) else str(x) for x in v] for k, v in sorted(found.items())}
        path.write_text(json.dumps(clean, indent=1) + "\n", encoding="utf-8")
    stored = {k: [float(x) for x in v] for k, v in json.loads(path.read_text(encoding="utf-8")).items()}
    assert set(found) == set(stored)
    moved = {
        k: (stored[k], found[k])
        for k in stored
        if found[k] != pytest.approx(stored[k], rel=TOLERANCE, abs=SMALL, nan_ok=True)
    }
    assert not moved, f"headlines moved; if meant, run `make accept`: {moved}"


@pytest.mark.parametrize("name", EVERY)
def test_every_number_can_be_traced(name: str) -> None:
    result = result_of(name)
    for figure in result.figures:
        assert figure.unit and figure.vintage and figure.sources, figure.id
        assert figure.basis in ("observed", "estimated", "assumed", "modelled")
        assert set(figure.sources) <= set(result.provenance.sources), figure.id
        if math.isfinite(figure.low):
            assert figure.low <= figure.value <= figure.high, figure.id
    # all relative but the caps' (USD a barrel); the first word that fits counts
    bounds = {"assignment": 1e-6, "freight and trade": 1e-4, "trade": 1e-10, "KKT": 1e-6, "price caps": 1e-2}
    for solver, residual in result.provenance.residuals.items():
        assert residual <= next(b for word, b in bounds.items() if word in solver), (solver, residual)
    assert result.provenance.limits and len(result.provenance.input_digest) == 64


@pytest.mark.parametrize("name", EVERY)
def test_summary_is_about_ten_lines(name: str) -> None:
    assert 6 <= len(result_of(name).summary().splitlines()) <= 16


@cache
def status_quo() -> lb.Result:
    return lb.run(lb.load_world())


def test_status_quo_changes_nothing() -> None:
    result = status_quo()
    for figure in result.figures:
        assert figure.value == pytest.approx(figure.base, abs=1e-8, nan_ok=True), figure.id
    assert result.tables["real_income"]["percent"].abs().max() < 1e-8


def test_yardstick_of_october_2023() -> None:
    """Issue 2: 107 Mt (2.15 mb/d, 44 %) of crude and 21-22 bcm of gas by pipe, within 5 %."""
    base = {f.id: f.base for f in result_of(QUICK).figures}
    assert base["energy.crude.rus-chn"] == pytest.approx(107.0, rel=0.05)
    assert base["energy.crude.rus-chn-mbd"] == pytest.approx(2.15, rel=0.05)
    assert base["energy.crude.rus-chn-share"] == pytest.approx(44.0, rel=0.05)
    assert base["energy.gas.rus-chn"] == pytest.approx(21.5, rel=0.05)


def test_rents_belong_to_full_places() -> None:
    rents = result_of(QUICK).tables["rents"]
    assert len(rents) >= 3 and "panama" in set(rents.place)
    full = rents[rents.rent_usd > 0]
    np.testing.assert_allclose(full.load, full.capacity, rtol=1e-5)
    np.testing.assert_allclose(full.earned_musd, full.rent_usd * full.load * full.share / 1e6)
    assert (rents.load <= rents.capacity * (1 + 1e-5)).all() and (rents.share == 1.0).all()


@pytest.mark.slow
def test_directions_that_nobody_disputes() -> None:
    def moved(name: str, figure: str) -> float:
        found = next(f for f in result_of(name).figures if f.id == figure)
        return found.value - found.base

    assert moved("power-of-siberia-2", "energy.gas.rus-chn") > 1
    assert moved("power-of-siberia-2", "energy.gas.chn-lng") < 0
    assert moved("china-joins-sanctions", "energy.crude.rus-chn") < -10
    assert moved("china-joins-sanctions", "trade.real-income.rus") < 0
    assert moved("suez-closed", "route.shanghai-rotterdam") > 5
    assert moved("suez-closed", "trade.real-income.world") < 0
    assert moved("hormuz-closed", "energy.crude.price.Brent") > 0
    assert moved("embargo-lifted", "energy.crude.price.Urals FOB") > 0
    assert moved(QUICK, "freight.time.bri") < 0
    assert moved(QUICK, "trade.real-income.bri") > 0


@pytest.mark.slow
def test_china_joins_cites_its_rules() -> None:
    blocked = result_of("china-joins-sanctions").tables["blocked"]
    new = blocked[blocked["when"] == "scenario"]
    flows = new[(new["what"] == "flow") & (new["origin"] == "RUS") & (new["destination"] == "CHN")]
    assert "oil-embargo-crude" in set(flows["rule"])
    pairs = new[(new["what"] == "pair") & (new["destination"] == "RUS") & (new["origin"] == "CHN")]
    assert len(pairs) and (pairs["source"] != "").all()


def test_compare_of_two_runs_is_the_change(tmp_path: Path) -> None:
    difference = lb.compare(status_quo(), result_of(QUICK))
    income = difference.trade.real_income.set_index("iso3")["percent"]
    direct = result_of(QUICK).tables["real_income"].set_index("iso3")["percent"]
    assert (income - direct).abs().max() < 1e-6
    assert difference.energy.prices["base"].notna().all()
    again = lb.Result.load(result_of(QUICK).save(tmp_path / "saved"))
    assert (tmp_path / "saved" / "report.html").stat().st_size > 100_000
    assert again.figures == result_of(QUICK).figures or again.title == result_of(QUICK).title
