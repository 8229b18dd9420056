"""The freight of 2023 as the engine assigns it, with capacities, beside observed counts.

Fitted are the odds of rail (engine.freight.RAIL_ODDS, on the boxes between China and Europe) and the charge of a port
with few calls (engine.liner.CALLS_USD, on a part of the ports). Run with the checkout on PYTHONPATH.
"""

from __future__ import annotations

import sys

import numpy as np
from tools import modes, port_calls

import landbridge as lb
from landbridge import tables
from landbridge.engine import avoiding, breaks, choice, closing, flows, goods
from landbridge.engine.freight import CHINA_RAIL
from landbridge.engine.state import State

TEU_PER_TRAIN = 108.0  # 1.749 million TEU on 16,145 trains in January-November 2023 (China Railway)
PLACES = (
    *CHINA_RAIL, "brest-malaszewicze", "suez", "panama", "malacca", "hormuz", "bosporus", "gibraltar", "danish-straits",
    "kiel", "cape-good-hope",
)  # fmt: skip


def main() -> int:
    world = lb.load_world()
    base = closing.opened(world, lambda step: None)
    f, names = base.freight, goods.groups().names
    net, rents = f.network, f.rents
    assert rents is not None
    loads = flows.with_demand(f.loads, base.demand_usd, base.zones)
    by_place: dict[str, dict[str, float]] = {p: {} for p in PLACES}
    teu, trains_teu, port_teu = dict.fromkeys(PLACES, 0.0), dict.fromkeys(PLACES, 0.0), np.zeros(len(net.tags))
    z = base.zones.economy
    china, mongolia = (list(world.trade.iso3).index(c) for c in ("CHN", "MNG"))
    one_end = (z[:, None] == china) ^ (z[None, :] == china)  # trains to Mongolia are no China-Europe trains
    counted = one_end & (z[:, None] != mongolia) & (z[None, :] != mongolia)
    tag_of_place = net.arc_tag[f.places.arc]
    for load in loads:
        taken = choice.taken(load, rents)
        r = load.batch.routes
        part = np.zeros(len(f.places.arc))
        choice.add_loads(load, taken, part)
        np.add.at(port_teu, tag_of_place[tag_of_place >= 0], (load.batch.boxes * part)[tag_of_place >= 0])
        for p in PLACES:
            here = np.isin(tag_of_place, [i for i, t in enumerate(net.tags) if t.id == p])
            on = np.zeros(len(taken.flow), bool)
            on[np.repeat(np.arange(len(on)), np.diff(r.use_ptr))[here[r.place]]] = True
            name = names[load.group]
            by_place[p][name] = by_place[p].get(name, 0.0) + load.batch.tonnes * float(taken.flow[on].sum())
            teu[p] += load.batch.boxes * float(taken.flow[on].sum())
            by_train = on & (r.nest == 1) & counted.ravel()[r.pair_of_route()]  # nest 1 of the boxes: rail
            trains_teu[p] += load.batch.boxes * float(taken.flow[by_train].sum())
    print("| place | million TEU | Mt | " + " | ".join(names) + " |")
    for p in PLACES:
        parts = " | ".join(f"{by_place[p].get(n, 0) / 1e6:.1f}" for n in names)
        print(f"| {p} | {teu[p] / 1e6:.2f} | {sum(by_place[p].values()) / 1e6:.1f} | {parts} |")
    counts = tables.shipped("assignment/counts")
    trains = counts[(counts.unit == "trains") & (counts.kind == "crossing")]
    seen = dict(zip(trains.place, trains.value * trains.year_factor))
    trains_seen, trains_made = (sum(x[c] for c in CHINA_RAIL) for x in (seen, trains_teu))
    for c in CHINA_RAIL:
        a_day = trains_teu[c] / TEU_PER_TRAIN / 365.0
        print(
            f"| {c} | {seen[c] / trains_seen:.1%} | {seen[c] / 365:.1f} | {trains_teu[c] / trains_made:.1%} | "
            f"{a_day:.1f} | {trains_teu[c] / 1e6:.2f} |"
        )
    print("\n".join(modes.lines(base.state)))
    by_mode = modes.modelled(base.state)
    for a, b in (("CHN", "RUS"), ("CHN", "VNM"), ("CHN", "KAZ")):
        i, j = (list(world.trade.iso3).index(c) for c in (a, b))
        tonnes = {m: (t[i, j] + t[j, i]) / 1e6 for m, (t, _) in by_mode.items()}
        print(f"{a}-{b}: " + ", ".join(f"{m} {mt:.1f} Mt" for m, mt in tonnes.items()))
    _values(base)
    _ports(base.state)
    side = closing.Side(net, f.priced, loads, rents, ())
    print(
        breaks.bottlenecks(side, side, f.places)[
            ["place", "leaving", "per", "capacity", "load", "rent_usd"]
        ].to_string()
    )
    for name in ("suez", "malacca", "panama", "hormuz", "bosporus", "brest-malaszewicze"):
        row = lb.close(world, name, arcs=False).tables["closing"].iloc[0]
        print(
            f"| {name} | {row.exposed_t / 1e6:.0f} | {row.exposed_teu / 1e6:.2f} | {row.rerouted_t / 1e6:.0f} | "
            f"{row.unserved_t / 1e6:.2f} | {row.loss_busd:.1f} | {row.rents_busd:.1f} | {row.worst} | "
            f"{row.new_bottleneck} |"
        )
    _red_sea(base)
    for name, days in (("suez", 6), ("suez", 90), ("hormuz", 30), ("brest-malaszewicze", 30)):
        row = lb.close(world, name, days=days, arcs=False).tables["recovery"].iloc[0]
        print(
            f"| {name}, {days} days | {row.exposed_t_day / 1e6:.2f} | {row.detour_days:.1f} | "
            f"{row.waiting_t / 1e6:.1f} | {row.passed_days:.1f} | {row.normal_days:.1f} | {row.short_t / 1e6:.2f} |"
        )
    return 0


def _values(base: closing.Open) -> None:
    """Boxes by sea by commodity group, at its value per tonne and at both ends of its range; and what a tonne in boxes
    by sea to and from the USA is worth (without Canada and Mexico)."""
    g = goods.groups()
    table = tables.shipped("assignment/values")
    iso3 = base.world.trade.iso3
    usa = base.zones.economy == list(iso3).index("USA")
    near = np.isin(base.zones.economy, [list(iso3).index(c) for c in ("USA", "CAN", "MEX")])
    ways = {"imports": np.outer(~near, usa), "exports": np.outer(usa, ~near)}
    worth = {way: np.zeros(2) for way in ways}
    for load, taken in zip(base.loads, base.choices):
        if load.unit == "teu":
            r = load.batch.routes
            flow = np.where(r.nest == 0, taken.flow, 0.0)
            teu, row = load.batch.boxes * flow.sum() / 1e6, table.iloc[load.group]
            low, high = (teu * row.usd_t / end for end in (row.usd_t_high, row.usd_t_low))
            print(f"| {g.names[load.group]} | {row.usd_t:.0f} | {row.basis} | {teu:.1f} | {low:.1f} to {high:.1f} |")
            for way, pairs in ways.items():
                tonnes = flow[pairs.ravel()[r.pair_of_route()]].sum()
                worth[way] += tonnes * np.array([row.usd_t, 1.0])
    for way, (usd, tonnes) in worth.items():
        print(f"USA {way} in boxes by sea: {tonnes / 1e6:.0f} Mt at {usd / tonnes:.0f} USD/t")


def _ports(state: State) -> None:
    """The largest ports: loaded boxes of trade between economies, modelled beside counts made comparable."""
    ports = port_calls.observed()
    made = port_calls.modelled(state, ports)
    for row, teu in sorted(zip(ports.itertuples(), made), key=lambda x: -x[0].comparable):
        print(f"| {row.name} | {row.role} | {row.value / 1e6:.1f} | {row.comparable / 1e6:.1f} | {teu / 1e6:.1f} |")
    for role in ("fit", "held_out"):
        deviance, rank, total = port_calls.score(made, ports, role)
        print(f"ports {role}: deviance {deviance:.2f}, rank correlation {rank:.2f}, total x{total:.2f}")
    seen = ports.comparable.to_numpy()
    every = np.corrcoef(made.argsort().argsort(), seen.argsort().argsort())[0, 1]
    print(f"all: {made.sum() / 1e6:.0f} M of {seen.sum() / 1e6:.0f} M TEU, rank correlation {every:.2f}")


def _red_sea(base: closing.Open) -> None:
    """First quarter of 2024: boxes down by 67 % (UNCTAD), all cargo by half (IMF PortWatch); the Cape is held out."""
    usual = {k: v[0] for k, v in avoiding.avoid(base, "suez", {}, "cape-good-hope").here_t.items()}
    seen = tables.shipped("assignment/counts").set_index("count")["value"]
    boxes, cargo = float(seen["suez-2024-boxes"]), float(seen["suez-2024-cargo"])
    rest = (cargo * sum(usual.values()) - boxes * usual["container"]) / (usual["dry"] + usual["liquid"])
    found = avoiding.avoid(base, "suez", {"container": boxes, "dry": rest, "liquid": rest}, "cape-good-hope")
    for cls, usd in found.wedge_usd.items():
        (a, b), (c, d) = found.here_t[cls], found.beside_t[cls]
        print(f"| {cls} | {usd:.0f} USD | {a / 1e6:.0f} | {b / a - 1:.0%} | {c / 1e6:.0f} | {d / c - 1:.0%} |")
    before, after = (sum(v[i] for v in found.beside_t.values()) for i in (0, 1))
    print(f"Cape: {after / before - 1:.0%}, observed +74 %")


if __name__ == "__main__":
    sys.exit(main())
