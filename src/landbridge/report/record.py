"""The sections that let a reader check the answer: fit, how it was computed, limits, sources, names and borders."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from landbridge.codes import name_of
from landbridge.report import words
from landbridge.report.charts import Bar, bars
from landbridge.report.frames import frame, rows
from landbridge.report.markup import Html, badge, cited, element, section, source_marks, table
from landbridge.report.words import Sides
from landbridge.results import Figure, Result

DISCLAIMER = (
    "Borders, names and colours on this map follow the stated source of the outlines and carry no judgement on the "
    "legal status of any territory, nor any endorsement of boundaries. Where a place is contested, the data follow the "
    "view of the United Nations unless a source says otherwise. Rules are reported as states and organisations have "
    "published them; to report a rule is not to endorse it. Figures of the model are scenarios, not forecasts, and no "
    "legal advice."
)
ATTRIBUTION = (
    "Railways and roads derive from OpenStreetMap, © OpenStreetMap contributors, Open Database License 1.0. Outlines "
    "derive from Natural Earth, public domain. The map is drawn with d3."
)
_MOST_MISS = 100.0  # percent shown on the chart; the table says the rest
_FOLD = 14
_PREDICTED, _FITTED = 20, 12  # dots drawn of each
_CLOSE = 5.0  # percent


def source_order(result: Result) -> dict[str, int]:
    """Number of each source, in the order of the record."""
    return {key: i + 1 for i, key in enumerate(result.provenance.sources)}


def figures(result: Result, sides: Sides) -> Html:
    """Every headline figure with unit, base, range, basis, vintage and sources."""
    order = source_order(result)
    body = [_figure_row(f, order) for f in result.figures]
    head = ("Figure", "Value", sides.heads[0], "Range", "Unit", "Basis", "Vintage", "Sources", "Note")
    shown = table(head, body, caption="All headline figures", right=(1, 2, 3))
    return section("figures", "All headline figures", shown)


def _figure_row(f: Figure, order: Mapping[str, int]) -> tuple[object, ...]:
    value = words.percent(f.value).removesuffix(" %") if words.is_change(f) else words.number(f.value)
    base = "" if math.isnan(f.base) else words.number(f.base)
    bounds = words.percent_span(f.low, f.high) if words.is_change(f) else words.span(f.low, f.high)
    return f.label, value, base, bounds, f.unit, badge(f.basis), f.vintage, source_marks(f.sources, order), f.note


def fit(result: Result) -> Html:
    """Observed against model: what was fitted, what is predicted, what was taken as given, and how far off each is."""
    given = frame(result, "fit")
    chosen, said = _misses(given)
    body = [
        (
            r["quantity"],
            r["role"],
            words.number(r["observed"]),
            words.number(r["model"]),
            words.percent(r["miss_percent"]),
            r["unit"],
            cited(r["source"]),
        )
        for r in rows(given)
    ]
    head = ("Quantity", "Role", "Observed", "Model", "Miss", "Unit", "Source")
    key = element(
        "p",
        element("span", "●", class_="key role-predicted"),
        " predicted by the model, ",
        element("span", "●", class_="key role-fitted"),
        " fitted to the observation. A point at zero is an exact match. ",
        said,
    )
    return section(
        "fit",
        "Baseline against observation",
        key if body else "",
        bars(chosen, label="How far the baseline is from the observation", unit="% miss", dots=True),
        table(head, body, caption="Observed and modelled", right=(2, 3, 4), fold=_FOLD),
    )


def _misses(given: pd.DataFrame) -> tuple[list[Bar], str]:
    """Dots to draw (the largest predictions, the worst of the fitted) and how well all do, in a sentence."""
    known = given[np.isfinite(given["miss_percent"].to_numpy(float))]
    chosen, said = [], []
    for role, most in (("predicted", _PREDICTED), ("fitted", _FITTED)):
        part = known[known["role"] == role]
        miss = part["miss_percent"].abs().to_numpy(float)
        weight = part["observed"].abs().to_numpy(float) if role == "predicted" else miss
        chosen += [_miss(r) for r in rows(part.iloc[np.argsort(-weight, kind="stable")[:most]])]
        if len(part):
            which = "largest" if role == "predicted" else "worst"
            drawn = f", the {most} {which} drawn" if len(part) > most else ""
            said.append(f"{int((miss <= _CLOSE).sum())} of {len(part)} {role} figures are within {_CLOSE:g} %{drawn}.")
    return chosen, " ".join(said)


def _miss(row: Mapping[str, Any]) -> Bar:
    miss = row["miss_percent"]
    shown = words.percent(miss) + (" (off the scale)" if abs(miss) > _MOST_MISS else "")
    at = miss if math.isnan(miss) else max(-_MOST_MISS, min(_MOST_MISS, miss))
    return Bar(row["quantity"], at, shown=shown, kind=f"role-{row['role']}")


def computed(result: Result) -> Html:
    """Steps with their seconds, solvers with their residuals, versions and digests."""
    made = result.provenance
    steps = table(
        ("Step", "Seconds"),
        [(k, words.number(v)) for k, v in made.seconds.items()],
        caption="Time taken",
        right=(1,),
    )
    solvers = table(
        ("Solver", "Residual"),
        [(k, f"{v:.1e}" if math.isfinite(v) else words.UNKNOWN) for k, v in made.residuals.items()],
        caption="How exactly each part was solved",
        right=(1,),
    )
    packages = ", ".join(f"{k} {v}" for k, v in made.packages.items())
    inputs = table(
        ("Input", "SHA-256"), [(k, element("code", v)) for k, v in made.inputs.items()], caption="Inputs", fold=_FOLD
    )
    said = element(
        "p",
        f"landbridge {made.landbridge} on Python {made.python}, started {made.started} (UTC). ",
        f"Packages: {packages}. " if packages else "",
        "Digest of scenario and inputs: ",
        element("code", made.input_digest),
        ".",
    )
    return section("computed", "How this was computed", said, element("div", steps, solvers, class_="pair"), inputs)


def limits(result: Result) -> Html:
    """What the model leaves out, in sentences."""
    shown = [element("li", s) for s in result.provenance.limits]
    return section("limits", "Limits", element("ul", *shown) if shown else "")


def contested(result: Result) -> Html:
    """Every contested place, with whom the map and the atlas show it, and by what authority."""
    body = [
        (r["name"], name_of(r["shown_as"]) if r["shown_as"] else "as the outlines draw it", cited(r["source"]))
        for r in rows(frame(result, "contested"))
    ]
    shown = table(("Place", "Shown as", "By"), body, caption="Contested places and how they are shown", fold=_FOLD)
    return section("contested", "Names and borders", shown)


def sources(result: Result) -> Html:
    """Every source with its number, as the marks in the text point to it."""
    shown = [
        element("li", element("b", key), ": ", cited(text), id=f"source-{number}")
        for number, (key, text) in enumerate(result.provenance.sources.items(), start=1)
    ]
    return section("sources", "Sources", element("ol", *shown) if shown else "")


def footer(notices: str) -> Html:
    """Disclaimer, attribution of what the map shows, and the notices of the code that draws it."""
    told = element("details", element("summary", "Notices of the map's code"), element("pre", notices))
    return element("footer", element("p", DISCLAIMER), element("p", ATTRIBUTION), told)
