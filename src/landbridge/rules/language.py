"""The selector language: parse with positions, print what was read.

A selector is terms joined by blanks, all of which must hold: `origin=RUS good=crude price>60`. A term's values are
alternatives (`good=coal,iron`); negated ones (`!HUN`, `!@EU`) must all fail: `country=@EU,!HUN` is the Union without
Hungary. `unless` is alternatives of selectors joined by ` / `.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from landbridge.codes import is_territory, nearest
from landbridge.errors import Fault
from landbridge.rules import vocabulary as v

Kind = Literal["plain", "group", "any", "within"]
_TERM: Final = re.compile(r"([a-z]+)(=|>|<)(.*)", re.DOTALL)
_SEPARATOR: Final = re.compile(r"(?:^|(?<=\s))/(?=\s|$)")


@dataclass(frozen=True, slots=True)
class Value:
    """One alternative of a term; `at` is its position in the text (1 = first character), ignored in comparisons."""

    text: str  # without the marks ! @ and within:
    kind: Kind = "plain"
    negated: bool = False
    at: int = field(default=0, compare=False)

    def __str__(self) -> str:
        mark = {"plain": "", "group": "@", "any": "", "within": "within:@"}[self.kind]
        return f"{'!' if self.negated else ''}{mark}{self.text}"


@dataclass(frozen=True, slots=True)
class Term:
    """`key op values`; op is =, > or <. A number's value is parsed once into `number`."""

    key: str
    op: str
    values: tuple[Value, ...]
    at: int = field(default=0, compare=False)
    number: float = float("nan")

    def __str__(self) -> str:
        return f"{self.key}{self.op}{','.join(str(x) for x in self.values)}"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Term):
            return NotImplemented
        return (self.key, self.op, self.values) == (other.key, other.op, other.values)

    def __hash__(self) -> int:
        return hash((self.key, self.op, self.values))


Selector = tuple[Term, ...]


def print_selector(selector: Selector) -> str:
    """The text of a selector: print_selector(parse_selector(x)) == x up to runs of blanks."""
    return " ".join(str(t) for t in selector)


def print_unless(alternatives: Sequence[Selector]) -> str:
    """The text of an `unless`: alternatives joined by ' / '."""
    return " / ".join(print_selector(s) for s in alternatives)


def parse_selector(text: str, where: str, keys: Sequence[str], faults: list[Fault], offset: int = 0) -> Selector:
    """Read one selector; every fault goes to `faults` with its position, terms that do not parse are left out."""
    terms = []
    for match in re.finditer(r"\S+", text):
        term = _parse_term(match.group(), where, keys, faults, offset + match.start() + 1)
        if term is not None:
            terms.append(term)
    return tuple(terms)


def parse_unless(text: str, where: str, faults: list[Fault]) -> tuple[Selector, ...]:
    """Read alternatives joined by ' / '; an empty one is a fault."""
    if not text.strip():
        return ()
    out = []
    for start, piece in _pieces(text):
        if not piece.strip():
            faults.append(Fault("empty alternative beside '/'", f"{where}, position {start + 1}", "drop the '/'"))
            continue
        out.append(parse_selector(piece, where, v.ALL_KEYS, faults, start))
    return tuple(out)


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    for match in _SEPARATOR.finditer(text):
        yield start, text[start : match.start()]
        start = match.end()
    yield start, text[start:]


def _parse_term(token: str, where: str, keys: Sequence[str], faults: list[Fault], at: int) -> Term | None:
    match = _TERM.fullmatch(token)
    place = f"{where}, position {at}"
    if match is None:
        faults.append(Fault(f"{token!r} is not key=value", place, "write e.g. origin=RUS or price>60"))
        return None
    key, op, rest = match.groups()
    if key not in keys:
        faults.append(Fault(f"unknown key {key!r}", place, _suggest(key, keys)))
        return None
    if key in v.NUMBER_KEYS:
        return _number_term(key, op, rest, place, faults, at)
    if op != "=":
        faults.append(Fault(f"{key} takes '=', not {op!r}", place, f"only {', '.join(v.NUMBER_KEYS)} take > and <"))
        return None
    start = at + len(key) + 1
    values, before = [], len(faults)
    for piece in rest.split(","):
        values.append(_parse_value(piece, key, f"{where}, position {start}", faults, start))
        start += len(piece) + 1
    if key == "between" and len(values) != 2:
        faults.append(Fault("between takes two sides", place, "write between=@EU,@EU_FTA"))
    return Term(key, op, tuple(x for x in values if x is not None), at) if len(faults) == before else None


def _number_term(key: str, op: str, rest: str, place: str, faults: list[Fault], at: int) -> Term | None:
    try:
        number = float(rest)
    except ValueError:
        faults.append(Fault(f"{key}{op}{rest} needs a number", place, f"write e.g. {key}>60"))
        return None
    if op == "=" or not abs(number) < float("inf"):
        faults.append(Fault(f"{key} takes > or < and a finite number", place, f"write e.g. {key}>60"))
        return None
    return Term(key, op, (Value(rest, at=at + len(key) + 1),), at, number)


def _parse_value(piece: str, key: str, place: str, faults: list[Fault], at: int) -> Value | None:
    negated = piece.startswith("!")
    body = piece[1:] if negated else piece
    kind: Kind = "plain"
    if body == "*":
        kind = "any"
    elif body.startswith("within:@") and key == "border":
        kind, body = "within", body.removeprefix("within:@")
    elif body.startswith("@"):
        kind, body = "group", body[1:]
    fault = _value_fault(body, kind, key)
    if fault is None and negated and (kind == "any" or key in ("within", "between", "from", "until")):
        fault = ("'!' makes no sense here", "drop the '!'")
    if fault is not None:
        faults.append(Fault(fault[0], place, fault[1]))
        return None
    return Value(body, kind, negated, at)


def _value_fault(body: str, kind: Kind, key: str) -> tuple[str, str] | None:
    """What is wrong with one value, and the remedy; None where it is fine. Groups' existence is checked later."""
    if body == "":
        return f"{key} has an empty value", "write a value, or drop the comma"
    territorial = key in (*v.TERRITORY_KEYS, "port", "border", "within", "between")
    if kind in ("group", "within"):
        if not territorial:
            return f"{key} takes no @group", f"groups stand with {', '.join(v.TERRITORY_KEYS)}"
        return None if v.GROUP.fullmatch(body) else (f"{body!r} is not a group's name", "write e.g. @EU or @PRICE_CAP")
    if kind == "any":
        return None
    if key in ("from", "until"):
        return _date_fault(body)
    if key in v.WORDS:
        said = v.spoken(key, body)
        return None if body in v.WORDS[key] else (f"unknown {key} {body!r}", _suggest(said, v.WORDS[key]))
    if key == "good":
        return None if body in v.goods() else (f"unknown good {body!r}", good_hint(body))
    if key == "strait":
        return None if body in v.straits() else (f"unknown strait {body!r}", _suggest(body, v.straits()))
    if key == "border" and "-" in body and not is_territory(body):
        bad = [x for x in split_border(body) if not is_territory(x)]
        return (f"unknown country in border {body!r}", "write e.g. border=ARM-TUR") if bad else None
    if key == "port":
        known = is_territory(body) or body in v.places() or v.SLUG.fullmatch(body)
        return None if known else (f"unknown port {body!r}", _suggest(body, tuple(v.places())))
    if territorial:
        return (
            None if is_territory(body) else (f"unknown country {body!r}", "use ISO 3166 alpha-3 such as RUS, or @GROUP")
        )
    return None if v.SLUG.fullmatch(body) else (f"{body!r} is not a name", "names are lower-case words joined by '-'")


def _date_fault(text: str) -> tuple[str, str] | None:
    try:
        if v.DATE.fullmatch(text):
            dt.date.fromisoformat(text)
            return None
    except ValueError:
        pass
    return f"{text!r} is not a date", "write YYYY-MM-DD"


@functools.cache
def split_border(text: str) -> tuple[str, ...]:
    """The two sides of a border 'ARM-TUR', in the alphabet's order."""
    return tuple(sorted(text.split("-", 1)))


def good_hint(word: str) -> str:
    """What to write for an unknown good: the good it is another name of, the nearest ones, or the widest of all."""
    said = v.spoken("good", word)
    if said != word:
        return f"write good={said}"
    near = v.near_goods(word)
    return f"nearest: {', '.join(near)}" if near else f"allowed, widest first: {', '.join(_widest())}"


def _widest() -> tuple[str, ...]:
    return tuple(g for g, parent in v.goods().items() if not parent)


def _suggest(word: str, choices: Sequence[str]) -> str:
    near = nearest(word, choices)
    return f"nearest: {', '.join(near)}" if near else f"allowed: {', '.join(choices[:20])}"
