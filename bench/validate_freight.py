"""The freight of 2023 as the engine assigns it, with capacities, beside observed counts.

Nothing here is fitted but the odds of rail (engine.freight.RAIL_ODDS, on the boxes between China and Europe).
"""

from __future__ import annotations

import sys

import numpy as np

import landbridge as lb
from landbridge import tables
from landbridge.engine import breaks, choice, closing, flows, goods
from landbridge.engine.freight import CHINA_RAIL

PLACES = (*CHINA_RAIL, "brest-malaszewicze", "suez", "panama", "malacca", "hormuz", "bosporus", "cape-good-hope")


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
        print(f"| {c} | {seen[c] / trains_seen:.1%} | {trains_teu[c] / trains_made:.1%} | {trains_teu[c] / 1e6:.2f} |")
    ports = counts[counts.kind == "port"]
    where = {t.id: i for i, t in enumerate(net.tags)}
    modelled = np.array([sum(port_teu[where[p]] for p in row.split() if p in where) for row in ports.place])
    total = ports.value.to_numpy(float)
    rank = np.corrcoef(modelled.argsort().argsort(), total.argsort().argsort())[0, 1]
    print(
        f"30 largest ports: {modelled.sum() / 1e6:.0f} M of {total.sum() / 1e6:.0f} M TEU, rank correlation {rank:.2f}"
    )
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
    return 0


if __name__ == "__main__":
    sys.exit(main())
