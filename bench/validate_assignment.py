"""The containers of 2023 on the shipped network against observed counts; closures; the Red Sea's first quarter of 2024.

One constant is fitted (what keeps boxes off overland trains), on boxes between China and five EU economies; the rest is
a test.
"""

from __future__ import annotations

import sys
import time
from collections import Counter

import numpy as np
import world_chains as wc

from landbridge import assignment as asg
from landbridge import tables


def main() -> int:
    begun = time.perf_counter()
    w = wc.world()
    if w is None:
        print("the network is not built: skipped")
        return 0
    constant = wc.fitted_land_usd_teu()
    ship, pair = wc.shipments(constant)
    n = len(w.names)
    limits = asg.assets(np.full(n, np.inf))
    base = asg.solve(ship, limits)
    flow = dict(zip(w.names, base.asset_flow))
    print(
        f"{ship.n_shipments:,} shipments, {len(ship.cost):,} chains, {n} assets, {w.chains.n_zones} zones; "
        f"{ship.demand.sum() / 1e6:.1f} M loaded TEU between economies, "
        f"{base.unserved.sum() / 1e6:.2f} M without a way; fitted overland constant {constant:,.0f} USD/TEU, "
        f"{wc.china_eu5(ship, pair, base.chain_flow) / 1e6:.2f} M TEU China-EU5 by train (observed "
        f"{wc.CHINA_EU5_TEU / 1e6:.2f}); {time.perf_counter() - begun:.0f} s"
    )
    lost = [w.iso3[p // w.chains.n_zones] for p in pair[base.no_way]]
    lost += [w.iso3[p % w.chains.n_zones] for p in pair[base.no_way]]
    print("economies most often without a way:", Counter(lost).most_common(8))
    trains = wc.trains_2023()
    observed, modelled = sum(trains[c] for c in wc.CHINA_RAIL), sum(flow[c] for c in wc.CHINA_RAIL)
    print("\nshare of China's rail crossings: observed trains, modelled TEU")
    for c in wc.CHINA_RAIL:
        print(f"| {c} | {trains[c] / observed:.1%} | {flow[c] / modelled:.1%} |")
    counts = tables.shipped("assignment/counts")
    ports = counts[(counts.kind == "port")]
    seen = np.array([sum(flow.get(p, 0.0) for p in places.split()) for places in ports.place])
    total = ports.value.to_numpy()
    rank = np.corrcoef(np.argsort(np.argsort(seen)), np.argsort(np.argsort(total)))[0, 1]
    print(
        f"\n30 largest ports: modelled {seen.sum() / 1e6:.0f} M of observed {total.sum() / 1e6:.0f} M TEU "
        f"(observed counts empties, transhipment and coastal boxes too); rank correlation {rank:.2f}"
    )
    shown = ("suez", "bab-el-mandeb", "malacca", "panama", "hormuz", "bosporus", "cape-good-hope")
    print("\npassages, M loaded TEU:", ", ".join(f"{p} {flow[p] / 1e6:.1f}" for p in shown))
    print("\n| closed | exposed M TEU | rerouted | no way | priced out | loss billion USD | worst hit | s |")
    owner = np.array([w.iso3[p // w.chains.n_zones] for p in pair])
    buyer = np.array([w.iso3[p % w.chains.n_zones] for p in pair])
    for name in ("suez", "malacca", "panama", "hormuz", "bosporus", "brest-malaszewicze"):
        shut = asg.close(ship, limits, base, w.names.index(name))
        by_country = {c: float(shut.loss_by_shipment[(owner == c) | (buyer == c)].sum()) for c in set(w.iso3)}
        worst = sorted(by_country, key=by_country.__getitem__, reverse=True)[:3]
        print(
            f"| {name} | {shut.exposure / 1e6:.2f} | {shut.rerouted / 1e6:.2f} | {shut.no_way / 1e6:.2f} | "
            f"{(shut.unserved - shut.no_way) / 1e6:.2f} | {shut.loss / 1e9:.1f} | {' '.join(worst)} "
            f"| {shut.seconds:.2f} |"
        )
    suez, cape = w.names.index("suez"), w.names.index("cape-good-hope")
    through = np.zeros(len(ship.cost), bool)
    through[np.repeat(np.arange(len(ship.cost)), np.diff(ship.use_ptr))[ship.asset == suez]] = True
    wedge, after = asg.wedge_to_reach(ship, limits, through, 0.5 * base.chain_flow[through].sum())
    print(
        f"\nRed Sea, first quarter of 2024: a wedge of {wedge:,.0f} USD/TEU halves Suez; the Cape then carries "
        f"{after.asset_flow[cape] / base.asset_flow[cape] - 1:+.0%} (observed: Suez -50 %, Cape +74 %, all ships)"
    )
    begun = time.perf_counter()
    screen = asg.criticality(ship, limits, base, top=20)
    worst = ", ".join(f"{w.names[c.asset]} {c.loss / 1e9:.1f}" for c in screen.closures[:12])
    print(
        f"\ncriticality of {n} assets, top 20 re-solved, {time.perf_counter() - begun:.1f} s; loss in bn USD: {worst}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
