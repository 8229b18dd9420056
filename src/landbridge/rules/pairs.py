"""Rules over country pairs: a selector is a few rectangles (origins x destinations); no loop over pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from landbridge.rules import vocabulary as v
from landbridge.rules.language import Selector, Term, Value
from landbridge.rules.matching import Facts, fits
from landbridge.rules.records import Rule
from landbridge.rules.ruleset import ActiveRules

Mask = NDArray[np.bool_]
Rectangle = tuple[Mask, Mask]  # [n] origins, [n] destinations


@dataclass(frozen=True, slots=True)
class Spot:
    """The pairs that a rule touches: rows, columns, and which of their cells, [len(rows), len(columns)]."""

    rule: Rule
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    cells: Mask

    def spread(self, n: int) -> NDArray[np.float64]:
        """[n, n] 1 on the pairs, 0 elsewhere."""
        out = np.zeros((n, n))
        out[np.ix_(self.rows, self.columns)] = self.cells
        return out


@dataclass(slots=True)
class Pairs:
    """Country pairs of `iso3` under the rules in force on a date; caches which countries each value means."""

    active: ActiveRules
    iso3: tuple[str, ...]
    _known: dict[Value, Mask] = field(default_factory=dict)
    _masks: dict[tuple[Value, ...], Mask] = field(default_factory=dict)

    def spot(self, rule: Rule, facts: Facts) -> Spot | None:
        """Pairs to which an import or export rule applies for the given good and mode; None where there are none.

        Exceptions and licences are taken out; a country's trade with itself never counts. Keys other than good and
        mode that a rule asks for (flag, carrier, price, ...) are unsaid here, so such a rule does not apply.
        """
        found = self._rectangles((*rule.who, *rule.where), rule.action, facts)
        if not found:
            return None
        rows = np.flatnonzero(np.any([r for r, _ in found], axis=0))
        columns = np.flatnonzero(np.any([c for _, c in found], axis=0))
        cells = np.zeros((len(rows), len(columns)), bool)
        for row, column in found:
            cells |= np.outer(row[rows], column[columns])
        taken = [x for s in rule.unless for x in self._rectangles(s, rule.action, facts)]
        for permit in self.active.rules:
            if permit.overrides and rule.id in permit.overrides:
                taken += self._rectangles((*permit.who, *permit.where), permit.action, facts)
        for row, column in taken:
            cells &= ~np.outer(row[rows], column[columns])
        cells &= rows[:, None] != columns[None, :]
        return Spot(rule, rows, columns, cells) if cells.any() else None

    def _rectangles(self, selector: Selector, action: str, facts: Facts) -> list[Rectangle]:
        n = len(self.iso3)
        found: list[Rectangle] = [(np.ones(n, bool), np.ones(n, bool))]
        ends = {"origin": 0, "destination": 1, "country": 1 if action == "import" else 0}
        if action == "finance":  # who finances the trade with the end that is named: the country at the other end
            ends["provider"] = 0 if any(t.key == "destination" for t in selector) else 1
        rest: list[Term] = []
        for term in selector:
            if term.key in ends:
                mask = self._mask(term.values)
                found = [_cut(r, mask, ends[term.key]) for r in found]
            elif term.key == "within":
                mask = self._mask(term.values)
                found = [_cut(_cut(r, mask, 0), mask, 1) for r in found]
            elif term.key == "between":
                one, other = (self._mask((x,)) for x in term.values)
                found = [
                    *(_cut(_cut(r, one, 0), other, 1) for r in found),
                    *(_cut(_cut(r, other, 0), one, 1) for r in found),
                ]
            else:
                rest.append(term)
        if not fits(tuple(rest), facts, self.active.groups, self.active.date):
            return []
        return [r for r in found if r[0].any() and r[1].any()]

    def _mask(self, values: Sequence[Value]) -> Mask:
        """Countries that a term's values mean: any of the plain ones, none of the negated ones."""
        key = tuple(values)
        if key in self._masks:
            return self._masks[key]
        plain = [self._one(x) for x in values if not x.negated]
        mask = np.any(plain, axis=0) if plain else np.ones(len(self.iso3), bool)
        for value in values:
            if value.negated:
                mask = mask & ~self._one(value)
        self._masks[key] = np.asarray(mask, dtype=bool)
        return self._masks[key]

    def _one(self, value: Value) -> Mask:
        if value not in self._known:
            if value.kind == "any":
                mask = np.ones(len(self.iso3), bool)
            else:
                meant = self.active.groups[value.text] if value.kind == "group" else frozenset((value.text,))
                mask = np.array([not meant.isdisjoint(v.territory_line(c)) for c in self.iso3], bool)
            self._known[value] = mask
        return self._known[value]


def _cut(rectangle: Rectangle, mask: Mask, side: int) -> Rectangle:
    rows, columns = rectangle
    return (rows & mask, columns) if side == 0 else (rows, columns & mask)
