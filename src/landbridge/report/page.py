"""The page: one file that opens without a network. Title, one sentence, tiles, map, then the sections."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from landbridge.errors import DataMissing
from landbridge.report import record, sections, words
from landbridge.report.closing import closing, rents
from landbridge.report.energy import energy
from landbridge.report.mapdata import map_data
from landbridge.report.markup import Html, badge, element, join, source_marks
from landbridge.report.summary import answer, headline
from landbridge.report.words import STATUS_QUO, Sides
from landbridge.results import Figure, Result
from landbridge.tables import write_atomic

_TILES: Final = 6
# nothing may be fetched: a report opens on a machine without a network, and tells no one that it was opened
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"


def write_html(result: Result, path: str | Path, sides: Sides = STATUS_QUO) -> Path:
    """Write the report as one self-contained HTML file, atomically. BadInput where the place cannot be written."""
    return write_atomic(path, html(result, sides))


def html(result: Result, sides: Sides = STATUS_QUO) -> str:
    """The report as one HTML document; `sides` names what is compared (the titles, for `compare(a, b).result`).

    DataMissing where outlines or the map's code are not in the package.
    """
    head = element(
        "head",
        Html('<meta charset="utf-8">'),
        Html('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        Html(f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'),
        Html('<meta name="color-scheme" content="light dark">'),
        element("title", f"{result.title} | landbridge"),
        Html(f"<style>{asset('page.css')}</style>"),
    )
    body = element(
        "body",
        _top(result),
        element("main", _first(result), *_sections(result, sides)),
        record.footer(asset("map.licences.txt")),
        _scripts(result, sides),
    )
    return f'<!doctype html>\n<html lang="en">{head}{body}</html>\n'


@cache
def asset(name: str) -> str:
    """Text of a file in report/assets."""
    try:
        return (files("landbridge.report") / "assets" / name).read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise DataMissing(f"report/assets/{name} is not in the package: reinstall landbridge") from error


def _top(result: Result) -> Html:
    made = result.provenance
    about = [f"Baseline {result.baseline}"] if result.baseline else []
    author = str(result.scenario.get("author", "") or "")
    about += [f"scenario by {author}"] if author else []
    about += [f"computed {made.started[:10]}"] if made.started else []
    return element(
        "header",
        element("p", "landbridge", class_="brand"),
        element("h1", result.title),
        element("p", answer(result), class_="answer"),
        element("p", " · ".join(about), class_="about"),
    )


def _first(result: Result) -> Html:
    """Tiles and map side by side; what must be said about assumptions directly below."""
    order = record.source_order(result)
    tiles = [_tile(f, order) for f in headline(result, _TILES)]
    left = element("div", *tiles, class_="tiles") if tiles else Html("")
    missing = element("noscript", element("p", "The map needs JavaScript; every figure is also in the tables below."))
    right = element("div", element("div", id="map", class_="map"), missing, class_="map-column")
    notes = [element("li", n) for n in result.notes]
    told = element("div", element("h2", "Assumed and to be known"), element("ul", *notes), class_="notes")
    return join((element("div", left, right, class_="first"), told if notes else ""))


def _tile(figure: Figure, order: dict[str, int]) -> Html:
    lines = [t for t in (words.from_text(figure), words.range_text(figure)) if t]
    said = element("p", "; ".join(lines), class_="tile-more") if lines else ""
    foot = element(
        "p", badge(figure.basis), " ", figure.vintage, " ", source_marks(figure.sources, order), class_="tile-foot"
    )
    amount = element("p", words.value_text(figure), class_="tile-value")
    return element("article", element("h3", figure.label), amount, said, foot, class_="tile", title=figure.note or None)


def _sections(result: Result, sides: Sides) -> list[Html]:
    made = [
        sections.routes(result, sides),
        sections.projects(result),
        sections.closures(result),
        closing(result),
        rents(result),
        energy(result, sides),
        sections.trade(result, sides),
        sections.blocked(result, sides),
        record.figures(result, sides),
        record.fit(result),
        record.computed(result),
        record.limits(result),
        record.contested(result),
        record.sources(result),
    ]
    return [m for m in made if m]


def _scripts(result: Result, sides: Sides) -> Html:
    data = element("script", Html(_json(map_data(result, sides))), type="application/json", id="map-data")
    code = asset("map.js").replace("</script", "<\\/script")
    start = (
        "document.addEventListener('DOMContentLoaded',()=>{window.reportMap=landbridgeMap.mount("
        "document.getElementById('map'),JSON.parse(document.getElementById('map-data').textContent))});"
    )
    return join((data, element("script", Html(code)), element("script", Html(start))))


def _json(data: Any) -> str:
    """JSON that may stand inside a script element: no `<` can end it early."""
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False, allow_nan=False).replace("<", "\\u003c")
