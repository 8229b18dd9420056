"""Charts as SVG text: bars around zero with ranges, and dots for misses. Colours come from the page's style sheet."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from landbridge.report import words
from landbridge.report.markup import Html, element, join

_ROW: Final = 24  # px a row
_NAME: Final = 225  # px for names
_VALUE: Final = 235  # px for figures at the right
_PLOT: Final = 420  # px for the bars
_AXIS: Final = 26  # px for the scale at the foot
_LETTERS: Final = 36  # of a name that fit


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of a bar chart: a value, perhaps its range, and the words at its right."""

    name: str
    value: float
    low: float = float("nan")
    high: float = float("nan")
    shown: str = ""
    kind: str = ""  # extra CSS class


def clipped(name: str, letters: int = _LETTERS) -> str:
    """`name` cut to what fits, with an ellipsis."""
    return name if len(name) <= letters else name[: letters - 1].rstrip() + "…"


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round numbers from low to high, zero among them where it lies between."""
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return [0.0]
    rough = (high - low) / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(s * power for s in (1.0, 2.0, 5.0, 10.0) if rough <= s * power * (1 + 1e-9))
    first = math.ceil(low / step - 1e-9)
    count = math.floor(high / step + 1e-9) - first
    return [float(f"{(first + i) * step:.10g}") for i in range(count + 1)]


def bars(rows: Sequence[Bar], *, label: str, unit: str, dots: bool = False) -> Html:
    """Horizontal bars (or dots) around zero with whiskers for ranges; '' for no rows."""
    known = [b for b in rows if math.isfinite(b.value)]
    if not known:
        return Html("")
    ends = [x for b in known for x in (b.value, b.low, b.high, 0.0) if math.isfinite(x)]
    low, high = min(ends), max(ends)
    spread = (high - low) or 1.0
    low, high = (low - 0.04 * spread if low < 0 else 0.0), (high + 0.04 * spread if high > 0 else 0.0)
    width, height = _NAME + _PLOT + _VALUE, _ROW * len(known) + _AXIS

    def x(value: float) -> float:
        return _NAME + _PLOT * (value - low) / (high - low)

    parts = [_scale(ticks(low, high), x, _ROW * len(known), unit)]
    parts += [_bar(b, i * _ROW, x, dots) for i, b in enumerate(known)]
    parts.append(_line(x(0.0), 0, x(0.0), _ROW * len(known), "axis"))
    inner = element("svg", *parts, viewBox=f"0 0 {width} {height}", role="img", aria_label=label, class_="chart")
    return element("figure", element("figcaption", label), inner)


def _bar(bar: Bar, top: float, x: Callable[[float], float], dots: bool) -> Html:
    middle, zero, end = top + _ROW / 2, x(0.0), x(bar.value)
    side = "more" if bar.value >= 0 else "less"
    kind = f"{side} {bar.kind}".strip()
    if dots:
        mark = element("circle", cx=f"{end:.1f}", cy=middle, r=5, class_=f"dot {bar.kind}")
    else:
        left, wide = min(zero, end), abs(end - zero)
        mark = element("rect", x=f"{left:.1f}", y=top + 5, width=f"{wide:.1f}", height=_ROW - 10, class_=f"bar {kind}")
    parts = [
        _text(clipped(bar.name), _NAME - 8, middle, "end", "name", bar.name),
        mark,
        _text(bar.shown or words.number(bar.value), _NAME + _PLOT + 10, middle, "start", "value"),
    ]
    if math.isfinite(bar.low) and math.isfinite(bar.high):
        a, b = x(bar.low), x(bar.high)
        parts += [_line(a, middle, b, middle, "range"), _line(a, middle - 4, a, middle + 4, "range")]
        parts.append(_line(b, middle - 4, b, middle + 4, "range"))
    return element("g", *parts)


def _scale(at: Sequence[float], x: Callable[[float], float], bottom: float, unit: str) -> Html:
    parts = []
    for value in at:
        parts.append(_line(x(value), 0, x(value), bottom, "grid"))
        parts.append(_text(words.number(value, sign=True), x(value), bottom + 14, "middle", "tick"))
    parts.append(_text(unit, _NAME + _PLOT + 10, bottom + 14, "start", "tick"))
    return join(parts)


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Html:
    return element("line", x1=f"{x1:.1f}", y1=f"{y1:.1f}", x2=f"{x2:.1f}", y2=f"{y2:.1f}", class_=kind)


def _text(shown: str, x: float, y: float, anchor: str, kind: str, full: str = "") -> Html:
    title = [element("title", full)] if full and full != shown else []
    where = {"text-anchor": anchor, "dominant-baseline": "central"}
    return element("text", shown, *title, x=f"{x:.1f}", y=f"{y:.1f}", class_=kind, **where)
