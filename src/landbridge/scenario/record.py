"""Scenario: a titled list of actions. A pure function from World to World, see `apply`."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from landbridge.errors import BadScenario
from landbridge.scenario.schema import ACTIONS, Action


@dataclass(frozen=True)
class Scenario:
    """What is asked. `actions` apply in the order of `schema.ACTIONS`, within a kind in the order given."""

    title: str
    actions: Sequence[Action] = ()
    author: str = ""
    source: str = ""
    date: dt.date | None = None
    baseline: str = "2023-10"
    description: str = ""
    name: str = ""  # file stem or shipped name
    lines: dict[tuple[str, int, str], int] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        wrong = [a for a in self.actions if not isinstance(a, Action)]
        if wrong:
            what = f"{wrong[0]!r} is no action"
            raise BadScenario(
                what, "actions", "use the actions of landbridge.scenario, e.g. lb.scenario.Close(where='suez')"
            )

    def apply(self, world: Any) -> Any:
        """World -> World': the same as `landbridge.scenario.apply(scenario, world)`."""
        from landbridge.scenario.apply import apply

        return apply(self, world)

    def ordered(self) -> list[Action]:
        """Actions in the order of application."""
        order = {cls: i for i, cls in enumerate(ACTIONS)}
        return sorted(self.actions, key=lambda a: order[type(a)])

    def as_dict(self) -> dict[str, Any]:
        """Plain data for result.json; only what was set."""
        head = {
            "title": self.title,
            "author": self.author,
            "source": self.source,
            "date": self.date.isoformat() if self.date else "",
            "baseline": self.baseline,
            "description": self.description,
        }
        actions = [
            {"do": a.kind_of_action, **a.model_dump(mode="json", by_alias=True, exclude_defaults=True)}
            for a in self.ordered()
        ]
        return {**{k: v for k, v in head.items() if v}, "actions": actions}

    def digest(self) -> str:
        """sha256 of what the scenario says (not of its comments or layout)."""
        return hashlib.sha256(json.dumps(self.as_dict(), sort_keys=True).encode()).hexdigest()

    def where(self, action: Action, key: str = "") -> str:
        """`file:line` of an action's key, as far as known, for messages."""
        same = [a for a in self.actions if type(a) is type(action)]
        index = next(i for i, a in enumerate(same) if a is action)
        table = action.kind_of_action
        line = self.lines.get((table, index, key)) or self.lines.get((table, index, ""))
        return f"{self._file}:{line}" if line else f"{self._file} [[{table}]] {index + 1}"

    def where_header(self, key: str) -> str:
        """`file:line` of a key of the header, as far as known."""
        line = self.lines.get(("", 0, key))
        return f"{self._file}:{line}" if line else self._file

    @property
    def _file(self) -> str:
        return f"{self.name}.toml" if self.name else "scenario"
