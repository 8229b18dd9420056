"""Numbers as people read them: three significant digits, words for millions, signs, ranges, units."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from landbridge.results import Figure

_SCALES: Final = ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"))
# Words for units that are written in tables with a slash; everything else is shown as it is.
_UNITS: Final = {"1": "", "mb/d": "million barrels a day", "usd": "USD"}


@dataclass(frozen=True, slots=True)
class Sides:
    """What the two sides of every before and after are called; titles of two results where two are compared."""

    before: str = "without scenario"
    after: str = "with scenario"

    @property
    def heads(self) -> tuple[str, str]:
        """The two names as heads of columns."""
        return self.before[:1].upper() + self.before[1:], self.after[:1].upper() + self.after[1:]


_LEAST_PLAIN: Final = 1e-4  # smaller numbers are written with a power of ten
_LEAST_PERCENT: Final = 5e-4  # smaller changes read as none
_MOST_PERCENT: Final = 1000.0  # a larger change is told by its two sides
_LEAST_BILLION: Final = 5e-4
_DUST: Final = 1e-6
_DECIMALS: Final = 3  # of a percent: the models claim no more
STATUS_QUO: Final = Sides()
UNKNOWN: Final = "unknown"
NO_CHANGE: Final = "no change"
UNCHANGED: Final = "unchanged"
NO_WAY: Final = "no way"


def number(value: float, digits: int = 3, sign: bool = False) -> str:
    """`value` at `digits` significant digits: '1.23 million', '12,300', '0.0042'; unknown for NaN, no way for inf."""
    value = float(value)
    if math.isnan(value):
        return UNKNOWN
    if math.isinf(value):
        return NO_WAY
    rounded = _significant(value, digits)
    if 0 < abs(rounded) < _LEAST_PLAIN:
        return f"{rounded:{'+' if sign else ''}.{digits - 1}e}"
    mark = "+" if sign and rounded > 0 else ""
    for size, word in _SCALES:
        if abs(rounded) >= size:
            return f"{mark}{_plain(_significant(rounded / size, digits), digits)} {word}"
    return mark + _plain(rounded, digits)


def billions(value: float) -> str:
    """A signed sum in billions of dollars; less than half a million of them is a solver's dust and reads 0."""
    return number(0.0 if abs(value) < _LEAST_BILLION else value, sign=True)


def percent(value: float, digits: int = 2) -> str:
    """A signed change in percent: '+0.42 %'; less than a thousandth of a percent reads 'no change'."""
    value = float(value)
    if math.isnan(value):
        return UNKNOWN
    if math.isinf(value):
        return "from none"
    if abs(value) < _LEAST_PERCENT:
        return NO_CHANGE
    digits = max(digits, len(str(int(abs(value)))))
    return f"{number(round(value, _DECIMALS), digits, sign=True)} %"


def with_unit(value: float, unit: str, digits: int = 3) -> str:
    """The number and its unit; a change in percent keeps its sign elsewhere (see `percent`)."""
    text = number(value, digits)
    shown = _UNITS.get(unit.lower(), unit)
    if text in (UNKNOWN, NO_WAY) or not shown:
        return text
    return f"{text} {shown}"


def span(low: float, high: float, digits: int = 3, sign: bool = False) -> str:
    """'0.2 to 0.6', or '' where no range is known, or none as wide as the digits shown."""
    if math.isnan(low) or math.isnan(high):
        return ""
    ends = number(low, digits, sign), number(high, digits, sign)
    return "" if ends[0] == ends[1] else " to ".join(ends)


def percent_span(low: float, high: float) -> str:
    """'-0.2 to +0.61', ends that read as no change shown as 0; '' where no range is known or both ends are none."""
    low, high = round(low, _DECIMALS), round(high, _DECIMALS)
    return "" if low == high == 0 else span(low, high, digits=2, sign=True)


def change(base: float, value: float) -> float:
    """Percent from base to value; NaN where either is unknown, inf where something comes from nothing."""
    if math.isnan(base) or math.isnan(value) or math.isinf(base) or math.isinf(value):
        return float("nan")
    if base == 0:
        return 0.0 if value == 0 else float("inf")
    return 100.0 * (value / base - 1.0)


def both(base: float, value: float) -> tuple[str, str]:
    """The two sides as numbers; a solver's dust (a millionth of the other side) reads as 0."""
    dust = _DUST * max(abs(base), abs(value)) if math.isfinite(base) and math.isfinite(value) else 0.0
    return number(0.0 if abs(base) < dust else base), number(0.0 if abs(value) < dust else value)


def before_after(base: float, value: float, unit: str = "") -> str:
    """'14.2 days, was 16.1 (-12 %)', with plain words for what has no way or did not change."""
    old, new = both(base, value)
    if math.isnan(base) or old == new:
        return with_unit(value, unit)
    moved = change(base, value)
    size = f" ({percent(moved)})" if abs(moved) <= _MOST_PERCENT and "0" not in (old, new) else ""
    return f"{f'{new} {unit}'.strip() if math.isfinite(value) else new}, was {old}{size}"


def is_change(figure: Figure) -> bool:
    """True for a figure that is itself a change in percent: no base of its own, or none but zero."""
    return figure.unit.strip().startswith("%") and (math.isnan(figure.base) or figure.base == 0)


def value_text(figure: Figure) -> str:
    """The figure's value with its unit; changes carry their sign."""
    if is_change(figure):
        text, rest = percent(figure.value), figure.unit.strip().removeprefix("%").strip()
        return f"{text} {rest}".strip()
    return with_unit(figure.value, figure.unit)


def from_text(figure: Figure) -> str:
    """'from 106 (+0.9 %)' against the run without the scenario; '' where the figure has no base."""
    if math.isnan(figure.base) or is_change(figure):
        return ""
    before, after = number(figure.base), number(figure.value)
    if before == after:
        return UNCHANGED
    moved = change(figure.base, figure.value)
    if figure.unit.strip().startswith("%") or not abs(moved) <= _MOST_PERCENT:
        return f"from {before}"
    return f"from {before} ({percent(moved)})"


def range_text(figure: Figure) -> str:
    """'range 95 to 112', or '' where no range was computed."""
    text = percent_span(figure.low, figure.high) if is_change(figure) else span(figure.low, figure.high)
    return f"range {text}" if text else ""


def duration(seconds: float) -> str:
    """'0.42 s', '41 s', '3.2 min'."""
    return f"{number(seconds, 2)} s" if seconds < 100 else f"{number(seconds / 60, 2)} min"


def _significant(value: float, digits: int) -> float:
    if value == 0:
        return 0.0
    return round(value, digits - 1 - math.floor(math.log10(abs(value))))


def _plain(value: float, digits: int) -> str:
    if value == 0:
        return "0"
    places = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
