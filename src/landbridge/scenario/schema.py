"""The TOML schema: one pydantic model an action. Unknown keys are faults; every field says its unit in its name."""

from __future__ import annotations

import datetime as dt
import itertools
import math
from typing import Annotated, Any, ClassVar, Final, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError


def _number(value: Any) -> Any:
    """TOML's true and nan are no figures, though Python would take them for 1.0 and for a float in any range."""
    if isinstance(value, bool):
        raise PydanticCustomError("float_type", "a number")
    if isinstance(value, float) and not math.isfinite(value):
        raise PydanticCustomError("finite_number", "a finite number")
    return value


Number = Annotated[float, BeforeValidator(_number)]
Share = Annotated[Number, Field(gt=0.0, le=1.0)]
NonNegative = Annotated[Number, Field(ge=0.0)]
Factor = Annotated[Number, Field(ge=0.0, le=100.0)]
Year = Annotated[int, BeforeValidator(_number), Field(ge=1900, le=2100)]
Words = Annotated[list[str], Field(min_length=1)]
# More than the whole world has: a slip of the unit. World trade is about 12e9 t and 0.9e9 TEU through ports, 4,000 bcm
# of gas and 4,500 Mt of oil a year; the quickest train in service runs 460 km/h; half the equator is 20,000 km.
Speed = Annotated[Number, Field(gt=0.0, le=1_000.0)]
Length = Annotated[Number, Field(gt=0.0, le=40_000.0)]
BoxesYear = Annotated[Number, Field(gt=0.0, le=1e9)]
TonnesYear = Annotated[Number, Field(gt=0.0, le=2e10)]
FuelYear = Annotated[Number, Field(gt=0.0, le=5_000.0)]


class Action(BaseModel):
    """What every action may carry. `kind_of_action` is the name of its TOML table."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    kind_of_action: ClassVar[str] = ""
    title: str = ""
    source: str = ""


class Build(Action):
    """Add or open infrastructure: a shipped project by id, or a line along way points, or a thing at one place."""

    kind_of_action: ClassVar[str] = "build"
    project: str = ""
    kind: Literal["", "rail", "road", "port", "pipeline", "lng", "terminal", "canal"] = ""
    good: Literal["", "crude", "gas"] = ""
    via: list[str] = Field(default_factory=list)
    at: str = ""
    gauge_mm: Literal[1000, 1067, 1435, 1520, 1600, 1668, 1676] | None = None
    speed_kmh: Speed | None = None
    capacity_teu_yr: BoxesYear | None = None
    capacity_t_yr: TonnesYear | None = None
    capacity_bcm_yr: FuelYear | None = None
    capacity_mt_yr: FuelYear | None = None
    cost_usd: NonNegative | None = None
    length_km: Length | None = None
    opens: Year | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.project:
            return self
        if not self.kind:
            raise ValueError("build needs `kind` (rail, road, port, pipeline ...) or `project` (a shipped project)")
        if self.kind in ("rail", "road", "pipeline", "canal") and len(self.via) < 2:
            raise ValueError(f"a {self.kind} needs `via` with two way points or more")
        if self.kind in ("port", "lng", "terminal") and not self.at:
            raise ValueError(f"a {self.kind} needs `at`, the place")
        if self.kind == "pipeline" and not self.good:
            raise ValueError('a pipeline needs `good = "crude"` or `good = "gas"`')
        if self.kind == "pipeline" and self.good == "gas" and self.capacity_bcm_yr is None:
            raise ValueError("a gas pipeline needs `capacity_bcm_yr`")
        if self.kind == "pipeline" and self.good == "crude" and self.capacity_mt_yr is None:
            raise ValueError("a crude pipeline needs `capacity_mt_yr`")
        if self.kind == "lng" and self.capacity_bcm_yr is None:
            raise ValueError("an lng plant or terminal needs `capacity_bcm_yr`")
        self._nothing_idle()
        return self

    def _nothing_idle(self) -> None:
        """A key that this kind of works does not read, or a way point that leads nowhere, raises ValueError."""
        read = _KEYS_OF_WORKS[f"{self.kind} {self.good}" if self.kind == "pipeline" else self.kind]
        idle = [k for k in self.model_fields_set if k not in (*read, *_KEYS_OF_ALL_WORKS)]
        if self.kind == "lng" and self.good == "crude":
            idle.append("good")
        if idle:
            raise ValueError(f"a {self.kind} takes no {', '.join(sorted(idle))}; it takes {', '.join(read)}")
        twice = [a for a, b in itertools.pairwise(self.via) if a.casefold() == b.casefold()]
        if twice:
            raise ValueError(f"`via` names {twice[0]} twice in a row: a line needs two different ends")


_LINE: Final = ("via", "speed_kmh", "length_km", "capacity_teu_yr", "capacity_t_yr")
_PLACE: Final = ("at", "capacity_teu_yr", "capacity_t_yr")
_KEYS_OF_ALL_WORKS: Final = ("kind", "title", "source", "cost_usd", "opens")
_KEYS_OF_WORKS: Final = {
    "rail": (*_LINE, "gauge_mm"),
    "road": _LINE,
    "canal": _LINE,
    "port": _PLACE,
    "terminal": _PLACE,
    "pipeline gas": ("good", "via", "capacity_bcm_yr", "length_km"),
    "pipeline crude": ("good", "via", "capacity_mt_yr", "length_km"),
    "lng": ("at", "capacity_bcm_yr", "good"),
}


class Improve(Action):
    """Change existing arcs: factors multiply, `time_h` and `cost_usd_teu` replace."""

    kind_of_action: ClassVar[str] = "improve"
    where: str | Words
    time_factor: Factor | None = None
    cost_factor: Factor | None = None
    capacity_factor: Factor | None = None
    time_h: NonNegative | None = None
    cost_usd_teu: NonNegative | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        values = (self.time_factor, self.cost_factor, self.capacity_factor, self.time_h, self.cost_usd_teu)
        if all(v is None for v in values):
            raise ValueError(
                "improve changes nothing: give time_factor, cost_factor, capacity_factor, time_h or cost_usd_teu"
            )
        for factor, figure in (("time_factor", "time_h"), ("cost_factor", "cost_usd_teu")):
            if getattr(self, factor) is not None and getattr(self, figure) is not None:
                raise ValueError(f"{factor} and {figure} both set the same thing: give one of them")
        return self


class Close(Action):
    """Take capacity away: `share` of the traffic for `days` of the year (default: all of it, all year)."""

    kind_of_action: ClassVar[str] = "close"
    where: str | Words
    share: Share = 1.0
    days: Annotated[Number, Field(gt=0, le=366)] | None = None


class Reopen(Action):
    """End a closure, whether by rule or by status; a passage with a season opens in its months alone."""

    kind_of_action: ClassVar[str] = "reopen"
    where: str | Words
    all_year: bool = False


class Join(Action):
    """Economies become members of groups that rules refer to."""

    kind_of_action: ClassVar[str] = "join"
    who: Words
    groups: Words


class Leave(Action):
    """Economies leave groups that rules refer to."""

    kind_of_action: ClassVar[str] = "leave"
    who: Words
    groups: Words


class NewRule(Action):
    """A rule in the rule language; keys as in data/rules.csv."""

    kind_of_action: ClassVar[str] = "rule"
    id: str
    by: str
    action: str
    effect: str
    who: str = ""
    where: str = ""
    value: str | float | int = ""
    unit: str = ""
    unless: str = ""
    from_: str | dt.date = Field(default="", alias="from")
    until: str | dt.date = ""
    strength: Annotated[Number, Field(ge=0.0, le=1.0)] = 1.0
    overrides: str | list[str] = ""
    note: str = ""

    def row(self) -> dict[str, Any]:
        """The rule as `landbridge.rules.rule_from` reads it."""
        given = self.model_dump(by_alias=True)
        return given | {"title": self.title or self.id, "source": self.source or "scenario"}


class Lift(Action):
    """End rules, by id."""

    kind_of_action: ClassVar[str] = "lift"
    ids: Words


class Tariff(Action):
    """Set an ad valorem tariff of importers `by` on goods from `on` (default: everyone); `inside` = among `by`.

    `sector`: one or several of the trade model's sectors (default: every sector of goods).
    """

    kind_of_action: ClassVar[str] = "tariff"
    by: Words
    on: list[str] = Field(default_factory=list)
    sector: str | list[str] = ""
    rate: Annotated[Number, Field(ge=0.0, le=10.0)]
    inside: bool = False


class Agree(Action):
    """A trade agreement among members: `effect` is a trade change (0.5 = +50 %), `border_hours` a cap on waits."""

    kind_of_action: ClassVar[str] = "agree"
    members: Annotated[list[str], Field(min_length=2)]
    depth: Literal["", "preferential", "free_trade", "customs_union", "single_market"] = ""
    effect: Annotated[Number, Field(gt=-1.0, le=10.0)] | None = None
    border_hours: NonNegative | None = None

    @model_validator(mode="after")
    def _effect(self) -> Self:
        twice = [m for k, m in enumerate(self.members) if m in self.members[:k]]
        if twice:
            raise ValueError(f"`members` names {twice[0]} twice")
        if not self.depth and self.effect is None and self.border_hours is None:
            raise ValueError("agree needs `depth`, `effect` or `border_hours`")
        return self


# depths of an agreement in a scenario -> those of data/agreements.csv
DEPTH_OF = {
    "preferential": "preference",
    "free_trade": "fta",
    "customs_union": "customs_union",
    "single_market": "single_market",
}


class Shock(Action):
    """Productivity of a place (of gross output in every sector: it compounds through inputs), or of a fuel's market.

    demand, supply: of the places named; price: the general level of a fuel's price, `where = "world"`; conduct: how
    sellers sell, factor 0 as price takers, 1 as Cournot, anything between.
    """

    kind_of_action: ClassVar[str] = "shock"
    what: Literal["productivity", "demand", "supply", "price", "conduct"]
    where: str | Words
    factor: Factor
    good: Literal["", "crude", "gas"] = ""

    @model_validator(mode="after")
    def _good(self) -> Self:
        if self.what != "productivity" and not self.good:
            raise ValueError(f'a {self.what} shock needs `good = "crude"` or `good = "gas"`')
        if self.what == "productivity" and self.good:
            raise ValueError("a productivity shock is of the whole economy: drop `good`, or choose supply or demand")
        if self.what == "conduct" and self.factor > 1:
            raise ValueError("conduct lies between 0 (price taker) and 1 (Cournot)")
        if self.what not in ("supply", "conduct") and self.factor == 0:
            raise ValueError(f"a {self.what} shock needs a factor above 0")
        if self.what == "price" and as_list(self.where) != ["world"]:
            raise ValueError('a price shock is the level of the whole market: where = "world"')
        return self


# The order in which actions apply, whatever their order in the file: law, then works, then closures, then shocks.
ACTIONS: tuple[type[Action], ...] = (
    NewRule,
    Lift,
    Join,
    Leave,
    Agree,
    Tariff,
    Build,
    Improve,
    Reopen,
    Close,
    Shock,
)
HEADER_KEYS = ("title", "author", "source", "date", "baseline", "description")


class Header(BaseModel):
    """Who wrote the scenario, from what, about when."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    title: Annotated[str, Field(min_length=1)]
    author: str = ""
    source: str = ""
    date: Annotated[dt.date, Field(ge=dt.date(2000, 1, 1), le=dt.date(2050, 12, 31))] | None = None
    baseline: str = "2023-10"
    description: str = ""


def as_list(value: str | list[str]) -> list[str]:
    """`where` may be one word or several."""
    return [value] if isinstance(value, str) else list(value)


def fields_of(action: type[Action]) -> dict[str, Any]:
    """TOML keys of an action (aliases applied) -> pydantic field."""
    return {field.alias or name: field for name, field in action.model_fields.items()}
