"""Small pieces of HTML, everything escaped: elements, badges, tables, links to sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Final
from urllib.parse import urlsplit

_LONG: Final = 60  # letters of a cell that need room on a small screen
BASES: Final = ("observed", "estimated", "assumed", "modelled")


class Html(str):
    """Text that is HTML already; anything else is escaped on its way in."""

    __slots__ = ()


def text(value: object) -> Html:
    """`value` as HTML: escaped unless it is Html already; a percent sign stays with its number."""
    return value if isinstance(value, Html) else Html(escape(str(value)).replace(" %", "\u00a0%"))


def element(tag: str, *children: object, **attributes: object) -> Html:
    """`<tag ...>children</tag>`; in an attribute `_` becomes `-`, a trailing one goes, None leaves it out."""
    marks = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(str(value))}"'
        for name, value in attributes.items()
        if value is not None
    )
    return Html(f"<{tag}{marks}>{join(children)}</{tag}>")


def join(children: Iterable[object], between: str = "") -> Html:
    """The children as HTML, one after the other."""
    return Html(between.join(text(c) for c in children))


def badge(basis: str) -> Html:
    """How a number came about, as a small label."""
    word = basis if basis in BASES else "unknown"
    return element("span", word, class_=f"badge badge-{word}")


def link(target: str, shown: str = "") -> Html:
    """A link to a web address, or plain text where `target` is none."""
    parts = urlsplit(target) if target.startswith(("http://", "https://")) else None
    if parts is None or not parts.netloc:
        return text(shown or target)
    return element("a", shown or target, href=target, rel="noreferrer noopener", target="_blank")


def cited(source: str) -> Html:
    """A source line with its web addresses made into links."""
    return join((link(w) if w.startswith(("http://", "https://")) else w for w in source.split()), " ")


def source_marks(keys: Sequence[str], order: Mapping[str, int]) -> Html:
    """'[1] [4]' pointing into the list of sources; a key that the list lacks is shown as it is."""
    return join((_source_mark(k, order.get(k)) for k in keys), " ")


def _source_mark(key: str, number: int | None) -> Html:
    if number is None:
        return text(f"[{key}]")
    return element("a", f"[{number}]", href=f"#source-{number}", class_="cite", title=key)


def table(
    head: Sequence[str],
    body: Sequence[Sequence[object]],
    *,
    caption: str,
    basis: str = "",
    right: Sequence[int] = (),
    fold: int = 0,
) -> Html:
    """A table in a box that scrolls sideways; columns `right` are numbers; rows after `fold` are folded away.

    `basis` says how all of its figures came about, where no column says it row by row.
    """
    if not body:
        return Html("")
    first = body[:fold] if fold else body
    shown = _one_table(head, first, caption, basis, right)
    if fold and len(body) > fold:
        rest = _one_table(head, body, caption, basis, right)
        shown = join((shown, element("details", element("summary", f"All {len(body)} rows"), rest, class_="rows")))
    return shown


def _one_table(
    head: Sequence[str], body: Sequence[Sequence[object]], caption: str, basis: str, right: Sequence[int]
) -> Html:
    def cell(tag: str, i: int, value: object) -> Html:
        scope = "col" if tag == "th" else None
        kind = "num" if i in right else "wide" if len(str(value)) > _LONG else None
        return element(tag, value, class_=kind, scope=scope)

    top = element("tr", *(cell("th", i, h) for i, h in enumerate(head)))
    lines = (element("tr", *(cell("td", i, v) for i, v in enumerate(r))) for r in body)
    title = element("caption", element("span", caption), *((" ", badge(basis)) if basis else ()))
    inner = element("table", title, element("thead", top), element("tbody", *lines))
    return element("div", inner, class_="table", tabindex="0", role="region", aria_label=caption)


def section(name: str, title: str, *children: object) -> Html:
    """One section of the page with its heading; left out where it has nothing to show."""
    inner = join(c for c in children if c)
    if not inner:
        return Html("")
    return element("section", element("h2", title, id=f"{name}-title"), inner, id=name, aria_labelledby=f"{name}-title")
