"""cost_matrix: kilometres, hours and dollars between many places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from landbridge import routing
from landbridge.engine import classes, goods
from landbridge.engine.route import DEFAULT_MODES, places
from landbridge.errors import UnknownName
from landbridge.world import World


@dataclass(frozen=True, slots=True)
class CostMatrix:
    """Arrays [origin, destination]; inf = no way. `cost_usd` is per TEU, per tonne for bulk goods."""

    origins: tuple[str, ...]
    destinations: tuple[str, ...]
    length_km: NDArray[np.float64]
    time_h: NDArray[np.float64]
    cost_usd: NDArray[np.float64]
    unit: str

    def to_frame(self) -> pd.DataFrame:
        """One row a pair: origin, destination, length_km, time_h, cost_usd."""
        pairs = pd.MultiIndex.from_product([self.origins, self.destinations], names=["origin", "destination"])
        columns = {"length_km": self.length_km, "time_h": self.time_h, "cost_usd": self.cost_usd}
        return pd.DataFrame({k: v.ravel() for k, v in columns.items()}, index=pairs).reset_index()


def cost_matrix(
    world: World,
    origins: Sequence[str],
    destinations: Sequence[str],
    *,
    by: Sequence[str] = (),
    good: str = "containers",
    without_rules: bool = False,
) -> CostMatrix:
    """Components of the best way between every pair, least generalised cost over the ships that fit.

    UnknownName lists every place that does not exist.
    """
    words = list(dict.fromkeys([*origins, *destinations]))
    found_nodes, faults = places(world, words)
    if faults:
        raise UnknownName(faults)
    nodes = dict(zip(words, found_nodes))
    rules = None if without_rules else world.rules.on(world.date)
    modes = tuple(by) or DEFAULT_MODES
    unit = goods.unit_of(good)
    ships = classes.SHIPS[unit] if "sea" in modes else ("",)
    start, end = [nodes[w] for w in origins], [nodes[w] for w in destinations]
    hierarchy = routing.prepare(world.network)
    best: routing.Matrices | None = None
    for ship in ships:
        cls = classes.build(world.network, rules, modes=modes, good=good, ship=ship)
        found = routing.many_to_many(world.network, cls, start, end, hierarchy=hierarchy)
        best = found if best is None else classes.cheaper(best, found)
    assert best is not None
    return CostMatrix(tuple(origins), tuple(destinations), best.length_km, best.time_h, best.cost_usd, unit)
