"""The coefficient table as an economist expects it: estimate, standard error below, stars, and the facts of the fit."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Literal, get_args

from scipy.special import erfc

from landbridge.errors import BadInput
from landbridge.gravity.records import PpmlResult, Reason

Kind = Literal["text", "latex", "csv", "json"]
_WHY: dict[Reason, str] = {
    "missing": "with a missing number",
    "fe": "in effects without trade (fe)",
    "ir": "separated by regressors (ir)",
}


def p_value(coefficient: float, standard_error: float) -> float:
    """Two-sided p value under the normal distribution."""
    return float(erfc(abs(coefficient / standard_error) / 2**0.5)) if standard_error > 0 else float("nan")


def stars(p: float) -> str:
    """Three, two, one star at 1, 5, 10 %."""
    return "*" * sum(p < level for level in (0.01, 0.05, 0.10))


def kind_of(path: Path) -> Kind:
    """Which table a file of this name holds, by its ending."""
    kinds: dict[str, Kind] = {".tex": "latex", ".csv": "csv", ".json": "json", ".txt": "text"}
    if path.suffix not in kinds:
        raise BadInput(f"no table for a file named {path.name!r}", remedy=f"a name that ends in {', '.join(kinds)}")
    return kinds[path.suffix]


def table(result: PpmlResult, kind: Kind = "text") -> str:
    """The coefficient table: "text" for reading, "latex" (a booktabs tabular), "csv" and "json" with all digits."""
    check_kind(kind)
    return {"text": _text, "latex": _latex, "csv": _csv, "json": _json}[kind](result)


def check_kind(kind: str) -> None:
    """BadInput for a word that `table` does not take."""
    if kind not in get_args(Kind):
        raise BadInput(f"no table of kind {kind!r}", remedy=f"one of {', '.join(get_args(Kind))}")


def _facts(r: PpmlResult) -> list[tuple[str, str]]:
    """What stands below the coefficients."""
    lost = "; ".join(f"{r.dropped.count(why):,} {words}" for why, words in _WHY.items() if r.dropped.count(why))
    facts = [
        ("Observations", f"{r.observations:,}"),
        ("Dropped", lost or "none"),
        ("Pseudo R2", f"{r.pseudo_r2:.4f}"),
        ("Deviance", f"{r.deviance:.6g}"),
        ("Fixed effects", "; ".join(f"{n} ({len(e):,})" for n, e in zip(r.effect_names, r.effects)) or "none"),
        ("Clusters", "; ".join(f"{n} ({g:,})" for n, g in r.clusters.items()) or "none"),
        ("Standard errors", r.correction),
    ]
    if r.dropped.separated:
        more = r.dropped.count("ir") - len(r.dropped.separated)
        named = "; ".join(r.dropped.separated) + (f"; {more:,} more" if more else "")
        facts.append(("Separated (fitted 0)", named))
    if r.omitted:
        why = "spanned by the effects and the regressors before them on the rows kept"
        facts.append(("Omitted (collinear)", f"{', '.join(r.omitted)}: {why}"))
    if r.bias.any():
        facts.append(("Bias removed", ", ".join(f"{n} {b:+.6f}" for n, b in zip(r.names, r.bias))))
    proof = r.certificate
    facts.append(
        ("Converged", f"{proof.iterations} rounds, step {proof.newton_step:.1e}, totals {proof.margin_gap:.1e}")
    )
    return facts


def _rows(r: PpmlResult) -> list[tuple[str, float, float, float]]:
    return [
        (n, float(b), float(s), p_value(float(b), float(s)))
        for n, b, s in zip(r.names, r.coefficients, r.standard_errors)
    ]


def _text(r: PpmlResult) -> str:
    wide = max(20, *(len(n) for n in r.names))
    head = f"{'PPML':<{wide}} {'coefficient':>14} {'std. error':>12} {'z':>9} {'p':>7}"
    rule = "-" * len(head)
    lines = [head, rule]
    lines += [
        f"{n:<{wide}} {b:>14.6f} {s:>12.6f} {b / s:>9.2f} {p:>7.4f} {stars(p)}".rstrip() for n, b, s, p in _rows(r)
    ]
    lines += [rule, *(f"{word:<{wide}} {value}" for word, value in _facts(r)), "* p < 0.10, ** p < 0.05, *** p < 0.01"]
    return "\n".join(lines) + "\n"


def _latex(r: PpmlResult) -> str:
    def plain(text: str) -> str:
        for mark in "&%#_$":
            text = text.replace(mark, "\\" + mark)
        return text.replace("^", r"\^{}")

    body = []
    for n, b, s, p in _rows(r):
        mark = f"$^{{{stars(p)}}}$" if stars(p) else ""
        body += [rf"{plain(n)} & {b:.4f}{mark} \\", rf" & ({s:.4f}) \\"]
    foot = [rf"{plain(word)} & {plain(value)} \\" for word, value in _facts(r)]
    lines = [r"\begin{tabular}{lc}", r"\toprule", r" & PPML \\", r"\midrule", *body, r"\midrule", *foot]
    note = r"\multicolumn{2}{l}{\footnotesize $^{*}p<0.10$, $^{**}p<0.05$, $^{***}p<0.01$} \\"
    return "\n".join([*lines, r"\bottomrule", note, r"\end{tabular}"]) + "\n"


def _csv(r: PpmlResult) -> str:
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\n")
    write.writerow(["name", "coefficient", "standard_error", "z", "p", "observations", "standard_errors"])
    for n, b, s, p in _rows(r):
        write.writerow([n, repr(b), repr(s), repr(b / s) if s > 0 else "", repr(p), r.observations, r.correction])
    return out.getvalue()


def _json(r: PpmlResult) -> str:
    record = {
        "coefficients": {n: {"coefficient": b, "standard_error": s, "p": p} for n, b, s, p in _rows(r)},
        "covariance": r.covariance.tolist(),
        "observations": r.observations,
        "dropped": {why: r.dropped.count(why) for why in ("missing", "fe", "ir")},
        "dropped_effects": list(r.dropped.effects),
        "separated": list(r.dropped.separated),
        "omitted": list(r.omitted),
        "pseudo_r2": r.pseudo_r2,
        "deviance": r.deviance,
        "fixed_effects": {n: len(e) for n, e in zip(r.effect_names, r.effects)},
        "clusters": dict(r.clusters),
        "standard_errors": r.correction,
        "bias_removed": dict(zip(r.names, r.bias.tolist())),
        "rounds": r.certificate.iterations,
        "newton_step_left": r.certificate.newton_step,
        "margin_gap": r.certificate.margin_gap,
    }
    return json.dumps(record, indent=2) + "\n"
