"""close and critical: exposure, rerouting, what is lost and what it costs, on the shipped world."""

from __future__ import annotations

import numpy as np
import pytest
from closing_cold import cold

import landbridge as lb
from landbridge import tables
from landbridge.engine import avoiding, breaks, closing, goods
from landbridge.errors import BadInput, UnknownName
from landbridge.network import arcs_at

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def world() -> lb.World:
    return lb.load_world()


def _silent(step: str) -> None:
    del step


def test_suez_closed_reroutes_by_the_cape_and_costs_somebody(world: lb.World) -> None:
    result = lb.close(world, "suez")
    row = result.tables["closing"].iloc[0]
    assert row.exposed_t > 3e8 and row.exposed_teu > 5e6
    assert row.rerouted_t + row.unserved_t == pytest.approx(row.exposed_t, rel=0.02)
    assert row.loss_busd > 0 and row.no_way_t <= row.unserved_t
    arcs = result.tables["arcs"].set_index("tag")
    assert arcs.loc["suez", "value_t_yr"].sum() == 0
    cape = arcs.loc[["cape-good-hope"]]
    assert cape.value_t_yr.sum() > 1.2 * cape.base_t_yr.sum()
    countries = result.tables["closing_countries"]
    total = countries.exports_busd.sum(), countries.imports_busd.sum()
    assert total == pytest.approx((row.loss_busd, row.loss_busd), rel=1e-6)
    assert all(value < 1e-3 for value in result.provenance.residuals.values())


def test_closing_half_costs_less_than_closing_all(world: lb.World) -> None:
    base = closing.opened(world, _silent)
    half, whole = (closing.solve(base, "malacca", share) for share in (0.5, 1.0))
    assert 0 < half.loss_usd.sum() < whole.loss_usd.sum()
    assert half.exposed == pytest.approx(whole.exposed, rel=1e-6)


def test_the_screen_sees_what_passes(world: lb.World) -> None:
    base = closing.opened(world, _silent)
    tonnes, teu, bound = closing.screen(base)
    rents = base.freight.rents
    assert rents is not None
    assert tonnes == pytest.approx(rents.tonnes, rel=1e-6, abs=1.0) and teu == pytest.approx(rents.teu, abs=1.0)
    assert (bound >= 0).all() and not bound[tonnes == 0].any()


def test_critical_ranks_by_loss_and_keeps_the_screened_rest(world: lb.World) -> None:
    table = lb.critical(world, top=2).tables["closing"]
    assert len(table) > 200 and table.loss_busd.notna().sum() == 2
    assert table.loss_busd.iloc[0] >= table.loss_busd.iloc[1] > 0
    rest = table.bound_busd.iloc[2:].to_numpy()
    assert (np.diff(rest) <= 0).all()


def test_a_place_of_many_arcs_shuts_what_passes_any_of_them(world: lb.World) -> None:
    """A country's borders and ports, and a corridor whose lines are no places of their own."""
    base = closing.opened(world, _silent)
    for where in ("KAZ", "transsib-middle"):
        done = closing.solve(base, where)
        arcs = arcs_at(base.freight.network, where)
        old, new = closing.arc_flows(done, base.zones, len(world.trade.iso3))
        assert old.tonnes[arcs].sum() > 0 and done.loss_usd.sum() > 0
        assert new.tonnes[arcs].sum() == 0


def test_unknown_places_are_named(world: lb.World) -> None:
    with pytest.raises(UnknownName):
        lb.close(world, "suezz")
    assert breaks.close is lb.close


@pytest.mark.parametrize("where", ["suez", "hormuz", "brest-malaszewicze"])
def test_only_the_pairs_touched_anew_gives_the_cold_answer(world: lb.World, where: str) -> None:
    """Routes of the touched pairs alone, rents from those of the open world: the answer of all pairs from nothing."""
    base = closing.opened(world, _silent)
    warm = closing.solve(base, where)
    loss, exposed = cold(base, where)
    assert warm.loss_usd.sum() == pytest.approx(loss, rel=1e-4)
    assert warm.exposed[0] == pytest.approx(exposed, rel=1e-4)


def test_oil_products_and_lng_do_not_leave_the_gulf_by_truck(world: lb.World) -> None:
    base = closing.opened(world, _silent)
    closed = closing.solve(base, "hormuz")
    lost = {
        goods.groups().names[load.group]: float(np.maximum(old.shipped - new.shipped, 0.0).sum())
        for load, old, new in zip(closed.before.loads, closed.before.choices, closed.after.choices)
        if load.unit == "t"
    }
    assert lost["oil_products_lng"] > 1e7 and closed.no_way_t > 1e7
    assert lost["ore_coal"] < 1e6  # other bulk may go overland


def test_the_red_sea_of_2024_turned_ships_to_the_cape(world: lb.World) -> None:
    """Boxes at Suez down by 67 % (UNCTAD, January 2024), all cargo by half (IMF PortWatch); the Cape, +74 %, is held
    out."""
    base = closing.opened(world, _silent)
    usual = {k: v[0] for k, v in avoiding.avoid(base, "suez", {}, "cape-good-hope").here_t.items()}
    seen = tables.shipped("assignment/counts").set_index("count")["value"]
    boxes, cargo = float(seen["suez-2024-boxes"]), float(seen["suez-2024-cargo"])
    rest = (cargo * sum(usual.values()) - boxes * usual["container"]) / (usual["dry"] + usual["liquid"])
    found = avoiding.avoid(base, "suez", {"container": boxes, "dry": rest, "liquid": rest}, "cape-good-hope")
    left = {k: 1.0 - after / before for k, (before, after) in found.here_t.items()}
    assert left["container"] == pytest.approx(boxes, abs=0.01) and left["dry"] == pytest.approx(rest, abs=0.01)
    assert all(usd > 0 for usd in found.wedge_usd.values())
    before, after = (sum(v[i] for v in found.beside_t.values()) for i in (0, 1))
    assert 0.3 < after / before - 1.0 < 1.1
    with pytest.raises(BadInput, match="close"):
        avoiding.avoid(base, "suez", {"container": 1.0}, "cape-good-hope")
