"""Carriage to an economy across another one of the same customs territory: where goods declared for it may be unloaded.

Transit to a third state ends at the territory's outer border, where what has gone missing shows; transit to a partner
ends inside, at an office that only the consignee need visit. So only partners count (EAEU Treaty of 29 May 2014, art.
25: no customs border inside). Which carriage crosses is read off the choice of route of the mean container.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from landbridge.engine.choice import mean_box
from landbridge.engine.state import FreightRegime
from landbridge.engine.zones import Zones
from landbridge.network import ARC_KINDS
from landbridge.rules import ActiveRules
from landbridge.rules.agreements import DEPTHS, agreement_depth

Floats = NDArray[np.float64]
_BORDER: Final = ARC_KINDS.index("border")
_UNION: Final = DEPTHS.index("customs_union")
_LEAST_USD: Final = 5e8  # a year: where less evades in boxes, ways round it are not told apart


def across(
    freight: Sequence[FreightRegime], zones: Zones, iso3: Sequence[str], rules: ActiveRules, evading_usd: Floats
) -> dict[int, Floats]:
    """Destination j -> share of the boxes from i to h that cross a land border of j [i,h], nought but for partners h.

    Only destinations of bans that something worth telling evades in boxes, `evading_usd` [k,i,j], and with partners.
    """
    partner = agreement_depth(rules, iso3) >= _UNION
    np.fill_diagonal(partner, False)
    wanted = np.flatnonzero((evading_usd.sum(axis=(0, 1)) >= _LEAST_USD) & partner.any(axis=0)).tolist()
    out = {j: np.zeros((len(iso3), len(iso3))) for j in wanted}
    for f in freight if wanted else ():
        choice, routes = mean_box(f.priced, f.loads, f.rents)
        pair, net, arcs = routes.pair_of_route(), f.places.network, f.places.arc
        flow = np.where(choice.shipped[pair] > 0, choice.flow, 0.0)
        ends = np.stack([net.node_country[end[arcs]] for end in (net.tail, net.head)])
        borders = net.arc_kind[arcs] == _BORDER
        size = len(zones.node)
        for j, sums in out.items():
            crossing = routes.through(borders & (ends == iso3[j]).any(axis=0))
            share = np.bincount(pair[crossing], flow[crossing], minlength=routes.n_pairs).astype(np.float64)
            by_pair = zones.to_economies(share.reshape(size, size), len(iso3))
            sums += f.regime.weight * by_pair * partner[:, j]
    for j, sums in out.items():
        sums[j, :] = sums[:, j] = 0.0
    return out
