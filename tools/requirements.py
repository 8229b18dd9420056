"""Pin every dependency with hashes and without index addresses: `make requirements`.

run = the package; dev = tests and lint on top; atlas = what `make atlas` needs; bench = the peers we measure against.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# extras and constraints of each file; later files are pinned to the versions of the earlier ones
SETS = {
    "run": ((), ()),
    "dev": (("dev",), ("run",)),
    "atlas": (("atlas",), ("run",)),
    "bench": (("dev", "bench"), ("run", "dev")),
}


def compile_set(name: str) -> None:
    """Write requirements/<name>.txt from pyproject.toml."""
    extras, constraints = SETS[name]
    command = [sys.executable, "-m", "piptools", "compile", "--quiet", "--generate-hashes", "--strip-extras"]
    command += ["--no-emit-index-url", "--no-emit-trusted-host", "--no-emit-find-links", "--no-header", "--no-annotate"]
    for extra in extras:
        command += ["--extra", extra]
    for constraint in constraints:
        command += ["--constraint", f"requirements/{constraint}.txt"]
    target = f"requirements/{name}.txt"
    command += ["--output-file", target, "pyproject.toml"]
    subprocess.run(command, cwd=ROOT, check=True)
    text = (ROOT / target).read_text(encoding="utf-8")
    if "://" in text:
        raise SystemExit(f"{target} names an address; strip it before committing")


if __name__ == "__main__":
    for each in sys.argv[1:] or SETS:
        compile_set(each)
