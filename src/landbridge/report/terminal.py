"""The world in a terminal: land as Braille dots, two by four to a letter, coloured by the change of real income."""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from landbridge.report import words
from landbridge.report.frames import frame
from landbridge.report.mapdata import limits, outlines
from landbridge.results import Result

_NORTH, _SOUTH = 78.0, -56.0  # degrees shown
# dots of a Braille letter: bit of the dot in row r, column c
_BITS: Final = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])
# xterm colours of the nine classes, brown for losses, green for gains; the last for land that is not modelled
_COLOURS: Final = (130, 172, 179, 187, 252, 152, 79, 36, 29, 240)


def terminal_map(result: Result, width: int = 100, colour: bool = True) -> str:
    """A map `width` letters wide with its legend; without colour the letters show where land is, and no more."""
    land = _land(width)
    table = frame(result, "real_income")
    bounds = limits(table["percent"].to_numpy(float))
    percent = dict(zip(table["iso3"], table["percent"]))
    classes = np.array([_class(percent.get(row[0], float("nan")), bounds) for row in outlines()] + [-1])
    lines = [_line(land[top : top + 4], classes, colour) for top in range(0, len(land), 4)]
    return "\n".join([*lines, _legend(bounds)] if colour and bounds else lines)


def _class(percent: float, bounds: list[float]) -> int:
    if np.isnan(percent):
        return 9
    return int(np.searchsorted(bounds, percent)) if bounds else 4


def _line(dots: NDArray[np.int32], classes: NDArray[np.int64], colour: bool) -> str:
    """Four rows of dots as one line of letters."""
    out, now = [], -1
    for left in range(0, dots.shape[1], 2):
        cell = dots[:, left : left + 2]
        mask = int(_BITS[cell >= 0].sum())
        if not mask:
            out.append(" ")
            continue
        names, counts = np.unique(cell[cell >= 0], return_counts=True)
        shade = int(classes[names[counts.argmax()]])
        if colour and shade != now:
            out.append(f"\033[38;5;{_COLOURS[shade]}m")
            now = shade
        out.append(chr(0x2800 + mask))
    return "".join(out) + ("\033[0m" if now >= 0 else "")


def _legend(bounds: list[float]) -> str:
    parts = []
    for shade in range(9):
        parts.append(f"\033[38;5;{_COLOURS[shade]}m⣿⣿\033[0m")
        if shade < 8:
            parts.append(words.number(bounds[shade], sign=True))
    return "real income, %: " + " ".join(parts)


@cache
def _land(width: int) -> NDArray[np.int32]:
    """Index of the country at every dot, [4 h, 2 width], -1 at sea: even-odd rule along each parallel."""
    columns = 2 * width
    rows = 4 * round(columns * (_NORTH - _SOUTH) / 360 / 4)
    lat = _NORTH - (np.arange(rows) + 0.5) * (_NORTH - _SOUTH) / rows
    lon = -180 + (np.arange(columns) + 0.5) * 360 / columns
    land = np.full((rows, columns), -1, dtype=np.int32)
    for index, (_, _, polygons) in enumerate(outlines()):
        for rings in polygons:
            edges = [np.cumsum(np.array(r).reshape(-1, 2), axis=0) / 100 for r in rings]
            tail, head = np.vstack([e[:-1] for e in edges]), np.vstack([e[1:] for e in edges])
            low, high = np.minimum(tail[:, 1], head[:, 1]), np.maximum(tail[:, 1], head[:, 1])
            for row in np.flatnonzero((lat >= low.min()) & (lat < high.max())):
                cut = (low <= lat[row]) & (lat[row] < high)
                share = (lat[row] - tail[cut, 1]) / (head[cut, 1] - tail[cut, 1])
                crossings = tail[cut, 0] + share * (head[cut, 0] - tail[cut, 0])
                inside = (crossings[:, None] < lon).sum(axis=0) % 2 == 1
                land[row, inside] = index
    return land
