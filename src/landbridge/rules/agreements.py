"""Trade agreements become rules like all others: the tariff that is left inside, and the estimated effect on trade."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from landbridge.rules.effects import effect
from landbridge.rules.pairs import Pairs
from landbridge.rules.reading import rules_from, whole_date
from landbridge.rules.records import Rule
from landbridge.rules.ruleset import ActiveRules
from landbridge.rules.shipped import Row, rows

DEPTHS: Final = ("none", "partial", "preference", "fta", "customs_union", "single_market")  # 0..5
PREFIX: Final = "agr-"
_EFFECT: Final = "-effect"


def agreement_rules() -> tuple[Rule, ...]:
    """Two rules for each row of `data/agreements.csv`.

    `agr-<id>`: the tariff inside, as a multiple of the most-favoured-nation rate. `agr-<id>-effect`: the trade change
    of an agreement of that depth (`data/effects.csv`), used only where tariffs are not.
    """
    return rules_from([x for i, row in enumerate(rows("agreements")) for x in _two_rules(i, row)])


def _two_rules(index: int, row: Row) -> list[tuple[str, dict[str, object]]]:
    size = effect(f"agreement-{row['depth'].replace('_', '-')}")
    where = f"agreements.csv row {index + 2}"
    maker = row["pairs"].split()[0].partition("=")[2].split(",")[0]
    common = {
        "by": maker,
        "action": "import",
        "who": row["pairs"],
        "unless": row["unless"],
        "from": whole_date(row["from"], last=False),
        "until": whole_date(row["until"], last=True),
        "confidence": row["confidence"],
        "note": row["note"],
    }
    tariff = {
        "id": f"{PREFIX}{row['id']}",
        "title": row["title"],
        "effect": "tariff",
        "value": row["tariff_left"],
        "unit": "x",
        "source": row["source"],
        "basis": row["basis"],
    }
    trade = {
        "id": f"{PREFIX}{row['id']}{_EFFECT}",
        "title": f"{row['title']}: effect on trade by its depth ({row['depth']}), in place of the tariff",
        "effect": "cost_advalorem",
        "value": size.central,
        "unit": "trade_change",
        "source": f"{row['source']}; size: {size.source}",
        "basis": size.basis,
    }
    return [(where, common | tariff), (where, common | trade)]


def deepening(active: ActiveRules, iso3: Sequence[str], depth: str) -> NDArray[np.float64]:
    """[i, j] trade change of an agreement of `depth` (one of DEPTHS) beyond what i and j have already; 0 where it is
    no deeper, and on the diagonal. The sizes are those of `data/effects.csv`."""
    sizes = [0.0, *(effect(f"agreement-{name.replace('_', '-')}").central for name in DEPTHS[1:])]
    new, now = DEPTHS.index(depth), agreement_depth(active, iso3)
    more = (1.0 + sizes[new]) / (1.0 + np.array(sizes)[now]) - 1.0
    out: NDArray[np.float64] = np.where(now < new, np.maximum(more, 0.0), 0.0)
    np.fill_diagonal(out, 0.0)
    return out


def agreement_depth(active: ActiveRules, iso3: Sequence[str]) -> NDArray[np.int8]:
    """[i, j] depth of the deepest shipped agreement under which i's goods enter j: index into DEPTHS, 0 none.

    Agreements of scenarios have no depth in the table and are not counted.
    """
    pairs = Pairs(active, tuple(iso3))
    depth = {f"{PREFIX}{r['id']}": DEPTHS.index(r["depth"]) for r in rows("agreements")}
    out = np.zeros((len(iso3), len(iso3)), dtype=np.int8)
    for rule in active.by_action("import"):
        if rule.id not in depth:
            continue
        spot = pairs.spot(rule, {})
        if spot is not None:
            block = np.ix_(spot.rows, spot.columns)
            out[block] = np.maximum(out[block], np.where(spot.cells, depth[rule.id], 0))
    return out
