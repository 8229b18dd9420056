"""What the verbs share: words in, answers out, progress on a terminal."""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


def check_out(out: Path | None) -> None:
    """A bad --out is found before the work, not after it."""
    from landbridge.errors import BadInput

    if out is None:
        return
    there = next(p for p in (out.absolute(), *out.absolute().parents) if p.exists())
    if str(out) in ("", ".") or not there.is_dir() or not os.access(there, os.W_OK):
        raise BadInput(
            f"--out {str(out)!r} is no folder for a result", remedy="name a folder of its own, e.g. out/mine"
        )


def check_file(out: Path) -> None:
    """A file that cannot be written is found before the work, not after it."""
    from landbridge.errors import BadInput

    if str(out) in ("", ".") or out.is_dir() or not out.absolute().parent.is_dir():
        raise BadInput(
            f"--out {str(out)!r} is no file that can be written", remedy="name a file in a folder that exists"
        )


def idle_options(names: Sequence[str], by_air: bool) -> None:
    """An option that this way of going does not read would be passed over in silence: it is a fault."""
    from landbridge.errors import BadInput

    if names:
        what = "a flight has no" if by_air else "without --by air (or, for --flag, sea) nothing reads"
        raise BadInput(f"{what} {', '.join(names)}", remedy="drop the option, or change --by")


def show(answer: Any, as_json: bool) -> None:
    """Print a route or flight; the exit code of NoRoute where nothing passes."""
    from landbridge.errors import NoRoute

    print(json.dumps(clean(answer.as_json()), indent=1) if as_json else answer.text())
    if not answer.routes:
        raise typer.Exit(NoRoute.exit_code)


def answer(result: Any, out: Path | None, as_json: bool) -> None:
    """Save where asked, then print the summary or everything as JSON."""
    import landbridge as lb

    if out is not None:
        result.save(out)
    if as_json:
        print(json.dumps(clean(lb.answer_json(result)), indent=1))
        return
    print(result.summary())
    if out is not None:
        print(f"\nreport: {out / 'report.html'}")


def words(text: str, option: str) -> tuple[str, ...]:
    """The words of a list with commas; a list of nothing but commas is a usage error."""
    words = tuple(w.strip() for w in text.split(",") if w.strip())
    if text and not words:
        raise typer.BadParameter(
            f"{text!r} names nothing: give one word or several with commas between", param_hint=option
        )
    return words


def counter() -> Callable[[str], None]:
    """One line on a terminal that is written over again and again, silence in a pipe."""
    if not sys.stderr.isatty():
        return lambda step: None
    return lambda step: print(f"\r\x1b[K  {step}", end="", file=sys.stderr, flush=True)


def progress() -> Callable[[str], None]:
    """One line a step on a terminal, silence in a pipe."""
    if not sys.stderr.isatty():
        return lambda step: None
    return lambda step: print(f"  {step} ...", file=sys.stderr, flush=True)


def clean(value: Any) -> Any:
    """Plain JSON: no NaN or infinity (null), floats at ten significant digits."""
    if isinstance(value, dict):
        return {k: clean(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [clean(v) for v in value]
    if isinstance(value, float):
        return float(f"{value:.10g}") if math.isfinite(value) else None
    return value
