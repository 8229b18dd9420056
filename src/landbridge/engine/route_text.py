"""A route as lines for the terminal: its legs in a table, its hours by what they are spent on, what it passes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from landbridge.codes import name_of
from landbridge.routing import Leg, Route
from landbridge.units import HOURS_PER_DAY, KM_PER_NM

if TYPE_CHECKING:
    from landbridge.engine.route import RouteAnswer

_TRANSFERS: Final = {"terminal": "transfer", "port": "port", "gauge": "gauge change"}


def text(answer: RouteAnswer) -> str:
    """The whole answer; where nothing passes, what blocks."""
    start, end = (f"{n}, {name_of(c)}" for n, c in zip((answer.origin, answer.destination), answer.ends))
    notes = [f"note: {note}" for note in answer.notes]
    if not answer.routes:
        lines = [*notes, f"No way from {start} to {end} for {answer.good} on {answer.date}."]
        for b in answer.blocked_by:
            source = f" [{b['source']}]" if b["source"] else ""
            lines.append(f"  blocked by {b['rule']}: {b['title']}{source}")
        return "\n".join(lines)
    head = f"{start} to {end}: {answer.good}, rules of {answer.date}"
    return "\n".join([*notes, head, *(_route(answer, i) for i in range(len(answer.routes)))])


def _route(answer: RouteAnswer, index: int) -> str:
    route = answer.routes[index]
    per = "TEU" if answer.unit == "teu" else "t"
    miles = (
        f" ({route.length_km / KM_PER_NM:,.0f} nm)" if all(x.mode in ("sea", *_TRANSFERS) for x in route.legs) else ""
    )
    ship = f", ship: {answer.ships[index]}" if answer.ships[index] else ""
    avoids = f", avoids {_avoided(answer, route.avoids)}" if route.avoids else ""
    out = [
        f"{index + 1}. {route.length_km:,.0f} km{miles}, {route.time_h / HOURS_PER_DAY:.1f} days, "
        f"{route.cost_usd:,.0f} USD/{per}{ship}{avoids}"
    ]
    out += _table(route)
    parts = [f"{p.name} {_hours(p.time_h)} ({p.basis})" for p in answer.parts[index]]
    out.append(f"   hours: {', '.join(parts)}; kilometres observed, dollars estimated")
    for label, names in (
        ("crossings", route.crossings),
        ("gauge changes", route.gauge_changes),
        ("passages", route.passages),
        ("season", answer.seasons[index]),
        ("countries", route.countries),
    ):
        if names:
            out.append(f"   {label}: {', '.join(names)}")
    return "\n".join(out)


def _avoided(answer: RouteAnswer, point: str) -> str:
    """Readable name of a choke point, as the other routes show it."""
    stops = {stop.id: stop.name for route in answer.routes for stop in route.stops}
    return stops.get(point) or name_of(point)


def _table(route: Route) -> list[str]:
    """One row a leg; a transfer at one place shows it once."""
    rows = [_row(leg, i == 0, i == len(route.legs) - 1) for i, leg in enumerate(route.legs)]
    widths = [max(len(row[k]) for row in rows) for k in range(5)] if rows else []
    return [
        f"   {row[0]:<{widths[0]}}  {row[1]:<{widths[1]}}  {row[2]:>{widths[2]}}  {row[3]:>{widths[3]}}  "
        f"{row[4]:>{widths[4]}}"
        for row in rows
    ]


def _row(leg: Leg, first: bool, last: bool) -> tuple[str, str, str, str, str]:
    what = _TRANSFERS.get(leg.mode, leg.mode)
    if leg.mode == "terminal" and (first or last):
        what = "loading" if first else "unloading"
    if leg.gauge_mm:
        what = f"{what} {leg.gauge_mm} mm"
    where = leg.origin if leg.origin == leg.destination else f"{leg.origin} - {leg.destination}"
    km = f"{leg.length_km:,.0f} km" if leg.length_km >= 0.5 else ""
    return what, where, km, _hours(leg.time_h), f"{leg.cost_usd:,.0f} USD"


def _hours(hours: float) -> str:
    return f"{hours:,.0f} h" if hours >= 10 else f"{hours:.1f} h"
