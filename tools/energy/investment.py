"""Every shipped project on its own, at three discount rates: built or not, netback, price, LNG displaced, who gains."""

from __future__ import annotations

import numpy as np

from landbridge import energy

YEARS = range(2030, 2036)
RATES = (0.04, 0.08, 0.12)
TAIL = 25


def _outlook(rate: float, *projects: energy.Project) -> energy.HorizonResult:
    return energy.solve_years(
        energy.load_horizon("gas", YEARS, may_build=projects, tail_years=TAIL, discount_rate=rate)
    )


def gains_busd(bare: energy.HorizonResult, built: energy.HorizonResult) -> dict[str, float]:
    """Country -> present value of what it gains, billion USD; a full way's rent is put down to where it starts."""
    market = built.horizon.market
    iso = np.array(market.nodes.iso3)
    out: dict[str, float] = {}
    for r, sign in ((bare, -1.0), (built, 1.0)):
        parts = (
            (r.present_value_usd(r.consumer_surplus + r.producer_surplus), iso),
            (r.present_value_usd(r.way_rent), iso[market.arcs.tail]),
        )
        for values, owner in parts:
            for code in set(owner.tolist()):
                out[code] = out.get(code, 0.0) + sign * float(values[owner == code].sum()) / 1e9
    return out


def _landed(result: energy.HorizonResult, iso3: str) -> float:
    """LNG landed by a country's nodes in the last year."""
    market = result.horizon.market
    ships = (np.array(market.arcs.mode) == "lng") & (np.array(market.nodes.iso3)[market.arcs.head] == iso3)
    return float(result.yearly(result.flow)[-1, ships].sum())


def table_rows() -> list[list[str]]:
    """One row a project and rate."""
    out = []
    bare = {rate: _outlook(rate) for rate in RATES}
    for project in energy.projects("gas"):
        for rate in RATES:
            out.append(_row(project, rate, bare[rate], _outlook(rate, project)))
    return out


def _row(project: energy.Project, rate: float, bare: energy.HorizonResult, built: energy.HorizonResult) -> list[str]:
    market = built.horizon.market
    arc = market.arcs.link.index(project.link)
    stands = np.flatnonzero(built.built[:, 0] > 0.5 * project.capacity)
    if not len(stands):
        return [project.link, f"{rate:.0%}", "not built", *[""] * 6]
    head = int(market.arcs.head[arc])
    prices = [float(r.yearly(r.price)[-1, head]) for r in (bare, built)]
    buyer = market.nodes.iso3[head]
    change = gains_busd(bare, built)
    order = sorted(change, key=lambda c: change[c])
    worth = (built.objective_usd - bare.objective_usd) / 1e9
    return [
        project.link, f"{rate:.0%}", str(YEARS[int(stands[0])]), f"{built.yearly(built.flow)[-1, arc]:.1f}",
        f"{prices[1] - float(market.arcs.cost[arc]):.2f}", f"{prices[0]:.2f} / {prices[1]:.2f}",
        f"{_landed(bare, buyer) - _landed(built, buyer):.1f}", f"{worth:+.1f}",
        ", ".join(f"{c} {change[c]:+.1f}" for c in (*reversed(order[-2:]), *order[:2])),
    ]  # fmt: skip


HEAD = ["project", "rate", "stands from", "flow 2035, bcm", "netback", "buyer's price, without / with",
        "buyer's LNG displaced, bcm", "worth, billion USD", "gain and lose most, billion USD"]  # fmt: skip
