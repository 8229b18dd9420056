"""Small markets from plain tuples: textbooks, tests, a user's sketch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from landbridge.energy.market import Arcs, Demand, Market, Nodes, Supply, no_observations
from landbridge.errors import BadInput, Fault


def small_market(
    nodes: Sequence[str],
    supply: Sequence[tuple[str, float, float, float]],
    demand: Sequence[tuple[str, float, float]],
    arcs: Sequence[tuple[str, str, float, float]],
    *,
    iso3: Mapping[str, str] | None = None,
    mode: str = "pipe",
    conjecture: Mapping[str, float] | None = None,
) -> Market:
    """A market from supply (node, size, price at 0, price at full), demand (node, intercept, slope) and arcs.

    Arcs are (from, to, cost, capacity), their link id "from>to". Every node is its own country unless `iso3` says
    else; producers in `conjecture` keep their molecules. BadInput lists all unknown nodes.
    """
    place = {name: k for k, name in enumerate(nodes)}
    named = [s[0] for s in supply] + [d[0] for d in demand] + [n for a in arcs for n in a[:2]]
    faults = [Fault(f"no node {n!r}", remedy=f"nodes: {', '.join(nodes)}") for n in named if n not in place]
    if faults:
        raise BadInput(list(dict.fromkeys(faults)))
    codes = tuple((iso3 or {}).get(n, n) for n in nodes)
    count = len(arcs)
    supply_values = np.array([s[1:] for s in supply], dtype=np.float64).reshape(-1, 3)
    demand_values = np.array([d[1:] for d in demand], dtype=np.float64).reshape(-1, 2)
    arc_values = np.array([a[2:] for a in arcs], dtype=np.float64).reshape(-1, 2)
    conjecture = conjecture or {}
    return Market(
        fuel="gas",
        year=0,
        quantity_unit="unit",
        price_unit="USD/unit",
        usd_per_unit=1.0,
        nodes=Nodes(
            tuple(nodes), tuple(nodes), codes, tuple(((c, 1.0),) for c in codes), np.zeros(len(nodes)),
            np.zeros(len(nodes)),
        ),
        supply=Supply(
            _places(place, [s[0] for s in supply]), tuple(codes[place[s[0]]] for s in supply), supply_values[:, 0],
            supply_values[:, 1], supply_values[:, 2],
        ),
        demand=Demand(
            _places(place, [d[0] for d in demand]), demand_values[:, 0], demand_values[:, 1],
            np.full(len(demand), np.inf), np.zeros(len(demand)),
        ),
        arcs=Arcs(
            _places(place, [a[0] for a in arcs]), _places(place, [a[1] for a in arcs]), (mode,) * count,
            tuple(f"{a[0]}>{a[1]}" for a in arcs), arc_values[:, 0], arc_values[:, 1], np.zeros(count),
            np.zeros(count), np.zeros(count), ("",) * count, ("",) * count, np.full(count, np.nan), ((),) * count,
            np.full(count, np.nan),
        ),
        observed=no_observations(),
        tracked=tuple(conjecture),
        conjecture=dict(conjecture),
    )  # fmt: skip


def _places(place: Mapping[str, int], names: Sequence[str]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array([place[n] for n in names], dtype=np.int64)
