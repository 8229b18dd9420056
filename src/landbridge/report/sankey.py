"""A two-column flow diagram as SVG: who sends to whom, the width the quantity, the small ones gathered as others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pandas as pd

from landbridge.report import words
from landbridge.report.charts import clipped
from landbridge.report.markup import Html, element

_WIDTH, _NAME, _BLOCK = 880, 250, 12  # px
_HEIGHT: Final = 400  # px of all blocks together
_GAP: Final = 9  # px between blocks
_MOST: Final = 12  # nodes a side, the rest are gathered
_OTHERS: Final = "others"


def sankey(flows: pd.DataFrame, *, label: str, unit: str) -> Html:
    """`flows` has origin, destination, value; '' where nothing flows. Widths compare within one diagram only."""
    links = _gathered(flows)
    total = float(links["value"].sum())
    if not total > 0:
        return Html("")
    left, right = (_order(links, side) for side in ("origin", "destination"))
    scale = _HEIGHT / total
    most = max(len(left), len(right))
    height = _HEIGHT + _GAP * (most - 1)
    starts, ends = _places(left, scale, height), _places(right, scale, height)
    bands = _bands(links, left, right, starts, ends, scale)
    blocks = [_block(name, value, starts[name], scale, unit, True) for name, value in left.items()]
    blocks += [_block(name, value, ends[name], scale, unit, False) for name, value in right.items()]
    view = f"0 -6 {_WIDTH} {height + 12:.0f}"
    inner = element("svg", *bands, *blocks, viewBox=view, role="img", aria_label=label, class_="chart sankey")
    return element("figure", element("figcaption", label), inner)


def _gathered(flows: pd.DataFrame) -> pd.DataFrame:
    links = flows.loc[flows["value"] > 0, ["origin", "destination", "value"]].copy()
    for side in ("origin", "destination"):
        totals = links.groupby(side)["value"].sum().sort_values(ascending=False)
        if len(totals) > _MOST + 1:
            links[side] = links[side].where(links[side].isin(totals.index[:_MOST]), _OTHERS)
    return links.groupby(["origin", "destination"], sort=False)["value"].sum().reset_index()


def _order(links: pd.DataFrame, side: str) -> dict[str, float]:
    """Totals by node, the largest first, others last."""
    totals = links.groupby(side)["value"].sum().sort_values(ascending=False, kind="stable")
    names = [str(n) for n in totals.index if n != _OTHERS] + ([_OTHERS] if _OTHERS in totals.index else [])
    return {n: float(totals[n]) for n in names}


def _places(nodes: Mapping[str, float], scale: float, height: float) -> dict[str, float]:
    gap = (height - scale * sum(nodes.values())) / max(1, len(nodes) - 1) if len(nodes) > 1 else 0.0
    places, y = {}, 0.0
    for name, value in nodes.items():
        places[name] = y
        y += value * scale + gap
    return places


def _bands(
    links: pd.DataFrame,
    left: Mapping[str, float],
    right: Mapping[str, float],
    starts: Mapping[str, float],
    ends: Mapping[str, float],
    scale: float,
) -> list[Html]:
    out, bands = dict(starts), []
    into = dict(ends)
    lefts, rights = list(left), list(right)
    order = sorted(
        zip(links["origin"], links["destination"], links["value"]),
        key=lambda r: (lefts.index(r[0]), rights.index(r[1])),
    )
    x0, x1 = _NAME + _BLOCK, _WIDTH - _NAME - _BLOCK
    middle = (x0 + x1) / 2
    for origin, destination, value in order:
        wide = value * scale
        a, b = out[origin] + wide / 2, into[destination] + wide / 2
        out[origin] += wide
        into[destination] += wide
        title = element("title", f"{origin} to {destination}: {words.number(value)}")
        path = f"M{x0} {a:.1f}C{middle} {a:.1f} {middle} {b:.1f} {x1} {b:.1f}"
        kind = f"band tone-{lefts.index(origin) % 10}" if origin != _OTHERS else "band tone-others"
        bands.append(element("path", title, d=path, class_=kind, **{"stroke-width": f"{max(0.6, wide):.1f}"}))
    return bands


def _block(name: str, value: float, y: float, scale: float, unit: str, at_left: bool) -> Html:
    high = max(1.0, value * scale)
    x = _NAME if at_left else _WIDTH - _NAME - _BLOCK
    text_x, anchor = (x - 7, "end") if at_left else (x + _BLOCK + 7, "start")
    amount = element("tspan", f" {words.number(value)}", class_="value")
    where = {"text-anchor": anchor, "dominant-baseline": "central"}
    return element(
        "g",
        element("rect", x=x, y=f"{y:.1f}", width=_BLOCK, height=f"{high:.1f}", class_="block"),
        element("text", clipped(name, 28), amount, x=text_x, y=f"{y + high / 2:.1f}", class_="name", **where),
        element("title", f"{name}: {words.with_unit(value, unit)}"),
    )
