"""Effects from the literature with their ranges, and how a change of trade becomes a wedge."""

from __future__ import annotations

from dataclasses import dataclass

from landbridge.codes import nearest
from landbridge.errors import BadInput, UnknownName
from landbridge.rules.shipped import rows


@dataclass(frozen=True, slots=True)
class Effect:
    """One published effect: `central` and its range (NaN where none is given) in `unit`.

    `partial` = a partial gravity estimate, which may become a wedge; totals and other quantities may not.
    """

    id: str
    family: str
    case: str
    quantity: str
    low: float
    central: float
    high: float
    unit: str
    partial: bool
    basis: str
    source: str
    confidence: str

    def wedge(self, elasticity: float, which: str = "central") -> float:
        """The ad valorem wedge with the same effect on trade: (1 + D)^(-1/e) - 1. BadInput for a total or no change."""
        if not self.partial or self.quantity not in ("trade change", "import change"):
            raise BadInput(f"effect {self.id} ({self.quantity}) is no partial effect on trade", "Effect.wedge")
        change: float = {"low": self.low, "central": self.central, "high": self.high}[which]
        return wedge_of(change, elasticity)


def wedge_of(trade_change: float, elasticity: float) -> float:
    """t = (1 + D)^(-1/e) - 1 for a change D of trade (-0.2 = a fifth less) at trade elasticity e > 0; inf at D = -1."""
    if trade_change < -1.0 or elasticity <= 0.0:
        raise BadInput(f"no wedge for a change of {trade_change:g} at elasticity {elasticity:g}", "wedge_of")
    if trade_change == -1.0:
        return float("inf")
    wedge: float = (1.0 + trade_change) ** (-1.0 / elasticity) - 1.0
    return wedge


def effects() -> dict[str, Effect]:
    """Every shipped effect by id."""
    return {r["id"]: Effect(**{**r, "partial": r["partial"] == "yes"}) for r in rows("effects")}


def effect(effect_id: str) -> Effect:
    """The effect of that id; UnknownName with the nearest otherwise."""
    known = effects()
    if effect_id not in known:
        raise UnknownName(
            f"unknown effect {effect_id!r}", "effects", f"nearest: {', '.join(nearest(effect_id, known))}"
        )
    return known[effect_id]
