"""A closure from nothing: what `engine.closing` must agree with, and is measured beside."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from landbridge.assignment import find_rents
from landbridge.engine import choice, closing, flows, freight, offers
from landbridge.network import arcs_at
from landbridge.network import close as shut


def cold(base: closing.Open, where: str) -> tuple[float, float]:
    """Loss and exposed tonnes from routes put together anew for all pairs, and rents from nothing."""
    f, zones = base.freight, base.zones
    found = base.state.found[-1][2]
    network = shut(f.network, where)
    closed = freight.find(network, base.world.rules.on(base.world.date), zones, freight.Memo(), alternatives=False)
    made = offers.offers([found, closed], f.places)
    sides = []
    for net, own in ((f.network, found), (network, closed)):
        standing = [offers.price(found, o) for o in made]
        loads = choice.loads([offers.price(own, o) for o in made], standing)
        loads = flows.with_demand(loads, base.demand_usd, zones)
        if sides:
            worth = [x.batch.outside for x in sides[0][0]]
            loads = tuple(replace(x, batch=replace(x.batch, outside=w)) for x, w in zip(loads, worth))
        rents = find_rents(flows.batches(loads), *f.places.capacity(net), choice.SIGMA, choice.SIGMA_ROUTE)
        sides.append((loads, [choice.taken(x, rents) for x in loads]))
    here = np.isin(f.places.arc, arcs_at(f.network, where))
    loss = exposed = 0.0
    for load, old, new in zip(sides[0][0], sides[0][1], sides[1][1]):
        b, r = load.batch, load.batch.routes
        some = (b.demand > 0) & np.isfinite(b.outside)
        worth = [np.minimum(c.composite, b.outside)[some] for c in (old, new)]
        loss += float(b.demand[some] @ (worth[1] - worth[0]))
        passing = np.unique(np.repeat(np.arange(len(r.nest)), np.diff(r.use_ptr))[here[r.place]])
        exposed += b.tonnes * float(old.flow[passing].sum())
        assert not new.flow[passing].any()
    return loss, exposed
