"""From columns of a panel to an estimate: effects and clusters by name, interactions with `^`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from landbridge.errors import BadInput, Fault, UnknownName
from landbridge.gravity.factors import Factor, cross, factor, unordered
from landbridge.gravity.ppml import ppml
from landbridge.gravity.records import PpmlResult, PpmlSettings

DIRECTED, SYMMETRIC = "pair", "pair_symmetric"
CUBE = ("exporter", "importer", "year")


def interaction(columns: Mapping[str, ArrayLike | Factor], name: str) -> Factor:
    """The levels [n] of an effect: a column, columns joined by `^`, or `pair` / `pair_symmetric`.

    Where the panel has no column `pair`, it is exporter^importer; `pair_symmetric` is the same whichever exports.
    """
    if name in columns:
        return factor(columns[name], name)
    if name == SYMMETRIC:
        return unordered(factor(columns["exporter"], "exporter"), factor(columns["importer"], "importer"))
    parts = ("exporter", "importer") if name == DIRECTED else name.split("^")
    return cross([factor(columns[part], part) for part in parts])


def fit_panel(
    columns: Mapping[str, ArrayLike],
    y: str = "trade",
    x: Sequence[str] = (),
    fe: Sequence[str] = ("exporter^year", "importer^year", "pair"),
    cluster: Sequence[str] = ("pair",),
    offset: str | None = None,
    weights: str | None = None,
    settings: PpmlSettings | None = None,
) -> PpmlResult:
    """PPML of column `y` on columns `x` with effects `fe` and clusters `cluster`, each named as `interaction` reads.

    Raises UnknownName for columns that are not there (all at once), and whatever `ppml` raises.
    """
    table = {name: np.asarray(values) for name, values in columns.items()}
    plain = [y, *x, *(name for name in (offset, weights) if name)]
    wanted = plain + [part for name in (*fe, *cluster) for part in _parts(table, name)]
    absent = [name for name in dict.fromkeys(wanted) if name not in table]
    if absent:
        raise UnknownName([Fault(f"no column {name!r}", "panel", f"there are: {', '.join(table)}") for name in absent])
    words = [name for name in dict.fromkeys(plain) if table[name].dtype.kind not in "biuf"]
    if words:
        raise BadInput([Fault("not numbers", f"column {name!r}", "the cells hold text") for name in words])
    used = {part for name in (*fe, *cluster) for part in _parts(table, name)}
    levels: dict[str, ArrayLike | Factor] = {c: factor(table[c], c) for c in table if c in {*CUBE, *used}}
    effects = {name: interaction(levels, name) for name in fe}
    groups = {name: effects[name] if name in effects else interaction(levels, name) for name in cluster}
    corners = [levels[c] for c in CUBE if c in levels]
    return ppml(
        table[y],
        {name: table[name] for name in x},
        effects,
        offset=table[offset] if offset else None,
        weights=table[weights] if weights else None,
        clusters=groups,
        cube=corners if len(corners) == 3 else None,
        settings=settings,
    )


def _parts(table: Mapping[str, object], name: str) -> list[str]:
    if name in table:
        return [name]
    return ["exporter", "importer"] if name in (DIRECTED, SYMMETRIC) else name.split("^")
