"""The answer in about ten lines of plain text: what changes, by how much, how sure, and what was assumed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from landbridge.report import words
from landbridge.report.frames import frame, rows
from landbridge.results import Figure, Result

_MOST_FIGURES: Final = 6
_OF_A_KIND: Final = 2
_MOST_NOTES: Final = 3
_EACH_WAY: Final = 2  # winners and losers named
_NOTABLE_PERCENT: Final = 5e-4  # what still reads as a change, see words.percent


def summary(result: Result) -> str:
    """About ten lines for a terminal: the headline figures, who gains and loses, what is blocked, what is assumed."""
    lines = [f"{result.title} (against {result.baseline or 'its baseline'})"]
    lines += [f"- {figure_line(f)}" for f in headline(result)]
    if len(result.figures) > _MOST_FIGURES:
        lines.append(f"- and {len(result.figures) - _MOST_FIGURES} more figures in the report")
    lines += [f"- {text}" for text in (income_line(result), blocked_line(result)) if text]
    lines += [f"- {note.strip()}" for note in result.notes[:_MOST_NOTES]]
    if len(result.notes) > _MOST_NOTES:
        lines.append(f"- and {len(result.notes) - _MOST_NOTES} more notes in the report")
    lines.append(f"- {solved_line(result)}")
    return "\n".join(lines)


def headline(result: Result, most: int = _MOST_FIGURES) -> list[Figure]:
    """The figures to show first: those that move, two of a kind (trade, energy, freight ...) before a third of any."""
    kinds: dict[str, int] = {}
    first: list[Figure] = []
    then: list[Figure] = []
    last: list[Figure] = []
    for figure in result.figures:
        kind = figure.id.partition(".")[0]
        kinds[kind] = kinds.get(kind, 0) + _moves(figure)
        (last if not _moves(figure) else first if kinds[kind] <= _OF_A_KIND else then).append(figure)
    chosen = {f.id for f in [*first, *then, *last][:most]}
    return [f for f in result.figures if f.id in chosen]


def _moves(figure: Figure) -> bool:
    if words.is_change(figure):
        return words.percent(figure.value) != words.NO_CHANGE
    return words.from_text(figure) != words.UNCHANGED


def figure_line(figure: Figure) -> str:
    """'Russian crude to China: 107 Mt/yr, from 106 (+0.9 %), range 95 to 112 [modelled, 2023]'."""
    parts = [words.value_text(figure), words.from_text(figure), words.range_text(figure)]
    made = ", ".join(w for w in (figure.basis, figure.vintage) if w)
    return f"{figure.label}: {', '.join(p for p in parts if p)}" + (f" [{made}]" if made else "")


def answer(result: Result) -> str:
    """One sentence: the first figure, and who gains and who loses most."""
    parts = []
    if result.figures:
        first = result.figures[0]
        moved = words.from_text(first)
        parts.append(f"{first.label}: {words.value_text(first)}" + (f", {moved}" if moved else ""))
    income = income_line(result, each=2, ranges=False)
    if income:
        parts.append(income[0].lower() + income[1:] if parts else income)
    return "; ".join(parts) + "." if parts else "This result carries no headline figures."


def extremes(table: pd.DataFrame, column: str = "percent", each: int = _EACH_WAY) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows that rise and that fall most in `column`, each sorted with the largest change first."""
    known = table[np.isfinite(table[column].to_numpy(float))]
    up = known[known[column] > _NOTABLE_PERCENT].sort_values(column, ascending=False, kind="stable").head(each)
    down = known[known[column] < -_NOTABLE_PERCENT].sort_values(column, kind="stable").head(each)
    return up, down


def income_line(result: Result, each: int = _EACH_WAY, ranges: bool = True) -> str:
    """'Real income rises most in Laos +0.42 % (0.2 to 0.6), ...; it falls most in ...'; '' without the table."""
    table = frame(result, "real_income")
    if not len(table):
        return ""
    up, down = extremes(table, each=each)
    parts = []
    if len(up):
        parts.append("rises most in " + _join(_income(r, ranges) for r in rows(up)))
    if len(down):
        parts.append("falls most in " + _join(_income(r, ranges) for r in rows(down)))
    return f"Real income {'; it '.join(parts)}" if parts else f"Real income: no change in {len(table)} economies"


def blocked_line(result: Result) -> str:
    """'Rules block 12 movements anew (title; title and 3 more), ...'; '' where nothing is blocked."""
    table = frame(result, "blocked")
    parts = []
    for when, said in (("scenario", "anew"), ("base", "no longer"), ("both", "as before")):
        part = table[table["when"] == when]
        if len(part):
            titles = list(dict.fromkeys(str(t) for t in part["title"]))
            named = "; ".join(titles[:2]) + (f" and {len(titles) - 2} more" if len(titles) > 2 else "")
            parts.append(f"{len(part)} {said}" + ("" if when == "both" else f" ({named})"))
    return f"Movements blocked by rules: {', '.join(parts)}" if parts else ""


def solved_line(result: Result) -> str:
    """Seconds, the worst residual and where to read the limits."""
    made = result.provenance
    total = made.seconds.get("total", sum(made.seconds.values()))
    parts = [f"Solved in {words.duration(total)}"] if made.seconds else []
    known = {name: r for name, r in made.residuals.items() if math.isfinite(r)}
    if known:
        worst = max(known, key=lambda name: known[name])
        parts.append(f"largest residual {known[worst]:.1e} ({worst})")
    parts += [f"{len(made.sources)} sources"] if made.sources else []
    parts += [f"{len(made.limits)} stated limits in the report"] if made.limits else []
    return ", ".join(parts) if parts else "No record of how this was solved"


def _income(row: Mapping[str, Any], ranges: bool) -> str:
    text = f"{row['name']} {words.percent(row['percent'])}"
    bounds = words.percent_span(row["low"], row["high"])
    return f"{text} ({bounds})" if bounds and ranges else text


def _join(parts: Iterable[str]) -> str:
    return ", ".join(parts)
