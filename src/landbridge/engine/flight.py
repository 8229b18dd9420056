"""Flights: the shortest way that airspace rules leave open to a carrier, and places that a person cannot visit."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Literal

from landbridge import rules
from landbridge.engine.route import day_of, places
from landbridge.errors import BadInput, UnknownName
from landbridge.world import World


@dataclass(frozen=True, slots=True)
class FlightAnswer:
    """One flight under the rules of a day; `flight.distance_nm` is inf where no way is open."""

    origin: str
    destination: str
    date: str
    carrier: str
    person: str
    flight: rules.Flight
    ends: tuple[str, str] = ("", "")  # ISO3 of origin and destination
    good: str = ""

    @property
    def avoided_by(self) -> tuple[dict[str, str], ...]:
        """The rules that close airspace to the flight or name a risk at its ends, each once."""
        cited = (*self.flight.avoided.values(), *self.flight.risks)
        return tuple({r.id: {"rule": r.id, "title": r.title, "source": r.source} for r in cited}.values())

    @property
    def blocked_by(self) -> tuple[dict[str, str], ...]:
        """The rules that leave no way, those at the two ends first; none where there is one."""
        if self.routes:
            return ()
        at_ends = {r.id for place, r in self.flight.avoided.items() if place in self.ends}
        return tuple(r for r in self.avoided_by if r["rule"] in at_ends) or self.avoided_by

    @property
    def routes(self) -> tuple[rules.Flight, ...]:
        """The flight, or nothing where there is none."""
        return (self.flight,) if self.flight.distance_nm < float("inf") else ()

    def as_json(self) -> dict[str, Any]:
        """The shape of `route --json`, with what a flight adds: territories overflown and avoided, legal risks."""
        record = self.flight.to_record()
        leg = {
            "mode": "air",
            "from": self.origin,
            "to": self.destination,
            "distance_km": record["distance_km"],
            "time_h": record["time_h"],
            "gauge_mm": None,
        }
        way = {**record, "legs": [leg], "crossings": [], "passages": [], "countries": record["over"]}
        return {
            "origin": self.origin,
            "destination": self.destination,
            "date": self.date,
            "carrier": self.carrier,
            "person": self.person,
            "routes": [way] if self.routes else [],
            "blocked_by": list(self.blocked_by),
            "basis": {"distance_km": "estimated", "time_h": "estimated"},
            "vintage": "2023",
            "sources": ["rules", "natural-earth"],
        }

    def text(self) -> str:
        """A few lines for the terminal."""
        who = f", carrier {self.carrier}" if self.carrier else ""
        who += f", {self.person} on board" if self.person else ""
        lines = [f"{self.origin} to {self.destination} by air{who}, rules of {self.date}"]
        f = self.flight
        if self.routes:
            extra = f", {f.extra_nm:,.0f} nm more than without rules" if f.extra_nm >= 1 else ""
            lines.append(f"1. {f.distance_nm:,.0f} nm, {f.time_h:.1f} h in the air{extra} (no winds)")
            lines.append(f"   over: {', '.join(f.over)}")
        else:
            lines.append("   no way is open")
        if f.avoided:
            ids = sorted({r.id for r in f.avoided.values()})
            lines.append(f"   avoids: {', '.join(sorted(f.avoided))}; by {', '.join(ids)}")
        lines += [f"   legal risk: {r.title} [{r.source}]" for r in f.risks]
        return "\n".join(lines)


def flight(
    world: World,
    origin: str,
    destination: str,
    *,
    carrier: str = "",
    person: str = "",
    person_avoids: Literal["visit", "overfly"] = "visit",
    date: str | dt.date = "",
) -> FlightAnswer:
    """The shortest flight between two cities that the rules leave open; no winds, no fuel stops.

    UnknownName for places that do not exist, both in one message; BadInput for the same place twice.
    """
    nodes, faults = places(world, (origin, destination))
    if faults:
        raise UnknownName(faults)
    if nodes[0] == nodes[1]:
        raise BadInput(f"{origin} and {destination} are the same place", remedy="give two places")
    day = day_of(world, date)
    n = world.network
    ends = (str(n.node_country[nodes[0]]), str(n.node_country[nodes[1]]))
    found = rules.fly(
        world.rules.on(day),
        (float(n.lon[nodes[0]]), float(n.lat[nodes[0]])),
        (float(n.lon[nodes[1]]), float(n.lat[nodes[1]])),
        ends=ends,
        carrier=carrier,
        person=person,
        person_avoids=person_avoids,
    )
    names = (str(n.node_name[nodes[0]]), str(n.node_name[nodes[1]]))
    return FlightAnswer(*names, day.isoformat(), carrier, person, found, ends)
