"""Write a programme as an LP or MPS file that other solvers read, with the names of its rows and columns."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from landbridge.errors import BadInput
from landbridge.solvers.blocks import Program
from landbridge.solvers.qp import highs_hessian, highs_model


def write_model(program: Program, path: str | Path) -> Path:
    """Write to `path` (.lp or .mps). Spaces and brackets in names become underscores. BadInput for other endings."""
    import highspy

    path = Path(path)
    if path.suffix not in (".lp", ".mps"):
        raise BadInput(f"cannot write a model as {path.suffix or path.name!r}", remedy="end the name in .lp or .mps")
    engine: Any = cast(Any, highspy).Highs()
    engine.setOptionValue("output_flag", False)
    lp = highs_model(program)
    lp.col_names_ = [_plain(program.column_name(k)) for k in range(len(program.cost))]
    lp.row_names_ = [_plain(program.row_name(k)) for k in range(len(program.row_lower))]
    engine.passModel(lp)
    if not program.is_linear:
        engine.passHessian(highs_hessian(program))
    if "Error" in str(engine.writeModel(str(path))):
        raise BadInput(f"cannot write {path}", remedy="check that the folder exists and has room")
    return path


def _plain(name: str) -> str:
    return "".join(c if c.isalnum() or c in "._" else "_" for c in name)
