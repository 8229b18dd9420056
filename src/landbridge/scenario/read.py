"""Read a scenario file: every fault of form at once, with its line and the nearest valid word."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from landbridge.codes import nearest
from landbridge.errors import BadScenario, Fault, UnknownName
from landbridge.scenario.record import Scenario
from landbridge.scenario.schema import ACTIONS, HEADER_KEYS, Action, Header, fields_of

_Record = TypeVar("_Record", bound=BaseModel)
_TABLES = {cls.kind_of_action: cls for cls in ACTIONS}
_HEADER = re.compile(r"^\s*\[\[?\s*([A-Za-z0-9_-]+)\s*\]\]?")
_DATE_LINE = re.compile(r"^(\s*(?:date|from|until)\s*)=\s*\"?(\d{4}-\d{1,2}-\d{1,2})\"?\s*(#.*)?$")
_KEY = re.compile(r"^\s*([A-Za-z0-9_-]+)\s*=")


def shipped_scenarios() -> dict[str, Path]:
    """Name -> file of every scenario that ships."""
    folder = Path(str(files("landbridge.scenario") / "library"))
    return {p.stem: p for p in sorted(folder.glob("*.toml"))}


def read_scenario(name: str | Path) -> Scenario:
    """A shipped scenario by name, or a file by path.

    BadScenario lists all faults of form (unknown keys, wrong types, impossible values, missing keys); names of
    places, groups and rules are checked against a world by `landbridge.scenario.check`.
    """
    path = resolve(name)
    scenario, faults = parse_file(path)
    if faults:
        raise BadScenario(faults)
    return scenario


def parse_file(path: Path) -> tuple[Scenario, list[Fault]]:
    """The scenario as far as it can be understood, and every fault of form; BadScenario where it cannot be read."""
    try:
        text = path.read_text(encoding="utf-8-sig")  # Windows editors put a mark in front
    except (OSError, UnicodeDecodeError) as error:
        words: dict[type[Exception], str] = {
            FileNotFoundError: "no such file",
            IsADirectoryError: "it is a folder",
            UnicodeDecodeError: "it is not text in UTF-8",
        }
        reason = words.get(type(error), str(error))
        raise BadScenario(
            f"cannot read {path}: {reason}", remedy="`landbridge new FILE` writes one to start from"
        ) from error
    return parse_with_faults(text, path.stem)


def resolve(name: str | Path) -> Path:
    """The file of a shipped scenario or the path given; UnknownName with the nearest shipped names."""
    path = Path(name)
    if path.suffix == ".toml" or path.is_file():
        return path
    library = shipped_scenarios()
    if str(name) not in library:
        near = nearest(str(name), library) or list(library)
        raise UnknownName(f"no scenario {str(name)!r}", remedy=f"a path ending in .toml, or one of: {', '.join(near)}")
    return library[str(name)]


def parse(text: str, name: str = "scenario") -> Scenario:
    """A scenario from TOML text; `name` stands in messages. BadScenario lists all faults of form."""
    scenario, faults = parse_with_faults(text, name)
    if faults:
        raise BadScenario(faults)
    return scenario


def parse_with_faults(text: str, name: str) -> tuple[Scenario, list[Fault]]:
    """What could be understood and all that could not, in the order of lines."""
    faults: list[Fault] = []
    raw = _load_toml(text, name, faults)
    lines = _lines(text)
    head = _read_header(raw, name, lines, faults)
    actions: list[Action] = []
    kept: dict[tuple[str, int, str], int] = {k: n for k, n in lines.items() if k[0] == ""}
    for table, rows in raw.items():
        if table in HEADER_KEYS:
            continue
        if table not in _TABLES:
            line = lines.get((table, 0, "")) or lines.get(("", 0, table))
            hint = ", ".join(nearest(table, [*_TABLES, *HEADER_KEYS])) or "see `landbridge new`"
            faults.append(Fault(f"unknown action or key {table!r}", _at(name, line), f"nearest: {hint}"))
            continue
        if not isinstance(rows, list):
            at = _at(name, lines.get((table, 0, "")))
            faults.append(Fault(f"[{table}] must be [[{table}]]: actions are lists", at, "double the brackets"))
            rows = [rows]
        for index, row in enumerate(rows):
            action = _read_action(_TABLES[table], row, index, name, lines, faults)
            if action is not None:
                place = sum(1 for a in actions if type(a) is type(action))
                kept |= {(table, place, key): n for (t, k, key), n in lines.items() if (t, k) == (table, index)}
                actions.append(action)
    header = head.model_dump() if head else {"title": name}
    scenario = Scenario(**header, actions=tuple(actions), name=name, lines=kept)
    return scenario, sorted(faults, key=lambda f: _line_number(f.where))


def _load_toml(text: str, name: str, faults: list[Fault]) -> dict[str, Any]:
    """TOML to a dict. Impossible dates become faults instead of ending the parse, so that other faults show too."""
    kept = []
    for number, line in enumerate(text.splitlines(), 1):
        found = _DATE_LINE.match(line)
        if found and not _is_date(found[2]):
            what = f"{found[1].strip()} = {found[2]}: no such date"
            faults.append(Fault(what, _at(name, number), "write YYYY-MM-DD"))
            line = f"{found[1]}= 2023-10-01"
        kept.append(line)
    try:
        return tomllib.loads("\n".join(kept))
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"line (\d+)", str(error))
        at = _at(name, int(place[1]) if place else None)
        what = f"not valid TOML: {str(error).split(' (at')[0].lower()}"
        raise BadScenario([*faults, Fault(what, at, "check quotes, brackets and commas")]) from error


def _is_date(text: str) -> bool:
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _line_number(where: str) -> int:
    found = re.search(r":(\d+)$", where)
    return int(found[1]) if found else 0


def _at(name: str, line: int | None) -> str:
    return f"{name}.toml:{line}" if line else f"{name}.toml"


def _lines(text: str) -> dict[tuple[str, int, str], int]:
    """(table, index within the table's kind, key) -> line number; key '' is the table's own header."""
    out: dict[tuple[str, int, str], int] = {}
    table, index = "", 0
    seen: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            table = header[1]
            index = seen.get(table, 0)
            seen[table] = index + 1
            out[table, index, ""] = number
        elif key := _KEY.match(line):
            out[table, index, key[1]] = number
    return out


def _read_header(
    raw: dict[str, Any], name: str, lines: dict[tuple[str, int, str], int], faults: list[Fault]
) -> Header | None:
    given = {k: raw[k] for k in HEADER_KEYS if k in raw}
    return _validated(Header, given, faults, name, lambda key: lines.get(("", 0, key)))


def _read_action(
    cls: type[Action], row: Any, index: int, name: str, lines: dict[tuple[str, int, str], int], faults: list[Fault]
) -> Action | None:
    table = cls.kind_of_action
    at = lines.get((table, index, ""))
    return _validated(cls, row, faults, name, lambda key: lines.get((table, index, key)) or at)


# stand-ins for faulty keys that a table cannot do without; a scenario with faults never runs
_SPARE: dict[str, Any] = {"title": "?", "kind": "rail", "rate": 0.0, "factor": 1.0, "what": "productivity"}


def _validated(
    cls: type[_Record],
    given: Any,
    faults: list[Fault],
    name: str,
    line_of: Callable[[str], int | None],
) -> _Record | None:
    """The record; with faults, what is left of it without the faulty keys, so that its names are still checked."""
    try:
        return cls.model_validate(given)
    except ValidationError as error:
        faults.extend(_rephrase(error, cls, name, line_of))
        wrong = {str(item["loc"][0]) for item in error.errors() if item["loc"]}
    if not isinstance(given, dict):
        return None
    try:
        spare = {k: v for k, v in _SPARE.items() if k in wrong}
        return cls.model_validate({**{k: v for k, v in given.items() if k not in wrong}, **spare})
    except ValidationError:
        return None


def _rephrase(
    error: ValidationError, cls: type[BaseModel], name: str, line_of: Callable[[str], int | None]
) -> list[Fault]:
    """Pydantic's messages in the words of a scenario file."""
    allowed = list(fields_of(cls)) if issubclass(cls, Action) else list(HEADER_KEYS)
    out = []
    for item in error.errors():
        key = str(item["loc"][0]) if item["loc"] else ""
        at = _at(name, line_of(key))
        if item["type"] == "extra_forbidden":
            near = nearest(key, allowed)
            hint = f"did you mean {near[0]}? " if near else ""
            if key in HEADER_KEYS:  # TOML gives a key below [[close]] to that action
                hint = "of the whole scenario: write it above the first [[action]]; here "
            out.append(Fault(f"unknown key {key!r}", at, f"{hint}allowed: {', '.join(allowed)}"))
        elif item["type"] == "missing":
            out.append(Fault(f"{key!r} is missing", at, "add it"))
        elif item["type"] == "value_error":
            out.append(Fault(str(item["msg"]).removeprefix("Value error, "), at))
        elif item["type"] == "literal_error":
            out.append(_not_offered(key, item, at))
        else:
            given = item["input"]
            shown = given.isoformat() if isinstance(given, dt.date) else _toml_word(given)
            out.append(Fault(f"{key} = {shown}: should be {_should_be(item)}", at))
    return list(dict.fromkeys(out))  # a union type reports each of its members


def _toml_word(value: Any) -> str:
    """A value as the file has it."""
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _not_offered(key: str, item: ErrorDetails, at: str) -> Fault:
    """A word that is none of those offered, with the nearest."""
    offered = [w.strip().strip("'") for w in re.split(", | or ", item["ctx"]["expected"])]
    words = [w for w in offered if w]
    near = nearest(str(item["input"]), words)
    hint = f"did you mean {near[0]}? " if near else ""
    return Fault(f"{key} = {item['input']!r}: not offered", at, f"{hint}allowed: {', '.join(words)}")


# what a value should have been, by the type of pydantic's error; other types keep pydantic's own words
_SHOULD_BE = {
    "float_type": "a number",
    "float_parsing": "a number",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "list_type": "a list of words in brackets",
    "string_type": "a word in quotes",
    "string_too_short": "a word, not empty",
    "finite_number": "a finite number",
    "date_type": "a date, YYYY-MM-DD",
    "date_from_datetime_parsing": "a date, YYYY-MM-DD",
    "date_from_datetime_inexact": "a date without a time, YYYY-MM-DD",
    "date_parsing": "a date, YYYY-MM-DD",
}


def _should_be(item: ErrorDetails) -> str:
    kind = item["type"]
    if len(item["loc"]) > 1 and isinstance(item["loc"][1], int):
        return "a list of words in quotes"
    if len(item["loc"]) > 1 and str(item["loc"][1]).startswith(("str", "constrained", "list")):
        return "a word or a list of words"
    if kind == "too_short":
        return f"{item['ctx']['min_length']} words or more"
    message = _SHOULD_BE.get(kind) or str(item["msg"]).removeprefix("Input should be ")
    return f"{message[0].lower()}{message[1:]}"
