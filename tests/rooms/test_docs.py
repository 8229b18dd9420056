"""Docs that cannot lie: generated pages are up to date, and what the README shows exists."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from tools import docs

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", ["cli.md", "columns.md", "actions.md", "errors.md"])
def test_reference_is_up_to_date(name: str) -> None:
    text = (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")
    assert text == docs.pages()[name], "run `make docs` and commit"


def test_readme_names_only_verbs_and_files_that_exist() -> None:
    from landbridge.cli import app

    text = (ROOT / "README.md").read_text(encoding="utf-8")
    verbs = {c.callback.__name__.replace("_", "-") for c in app.registered_commands if c.callback}
    verbs |= {str(g.name) for g in app.registered_groups}
    used = set(re.findall(r"landbridge ([a-z]+)", text.split("## A tour")[1].split("```")[1]))
    assert used and used <= verbs
    for link in re.findall(r"\]\((docs/[^)]+)\)", text):
        assert (ROOT / link).exists(), link


def _tour(language: str) -> str:
    """The block of that language in the README's tour; "" is the shell's."""
    part = (ROOT / "README.md").read_text(encoding="utf-8").split("## A tour")[1].split("\n## ")[0]
    (block,) = re.findall(rf"```{language}\n(.*?)```", part, flags=re.DOTALL)
    return str(block)


@pytest.mark.slow
def test_every_command_of_the_readme_s_tour_runs(tmp_path: Path) -> None:
    """As written, but for what would take minutes: fewer places to rank, energy alone where a result is wanted."""
    lighter = {"critical --top 20": "critical --top 1", "run hormuz-closed": "run hormuz-closed --only energy",
               "close malacca": "close malacca --at-once"}  # fmt: skip
    pairs = [(a, b) for a in "ABCDEF" for b in "ABCDEF"]
    rows = [f"{a},{b},{y},{10 + 3 * k % 7 + y % 5},{int(a != b and y > 2001)}" for y in range(2000, 2004)
            for k, (a, b) in enumerate(pairs)]  # fmt: skip
    (tmp_path / "panel.csv").write_text("\n".join(["exporter,importer,year,trade,rta", *rows]))
    commands = [line.split("#")[0].strip() for line in _tour("").splitlines() if line.strip()]
    before = [".venv/bin/landbridge run suez-closed --only routes --out out/a",
              ".venv/bin/landbridge run suez-closed --only routes --out out/b"]  # fmt: skip
    assert len(commands) >= 10
    for command in before + commands:
        for long, short in lighter.items():
            command = command.replace(long, short)
        words = [sys.executable, "-c", "from landbridge.cli import main; main()", *shlex.split(command)[1:]]
        done = subprocess.run(words, capture_output=True, text=True, cwd=tmp_path, check=False)
        assert done.returncode == 0, f"{command}\n{done.stderr}"
        assert done.stdout.strip(), command


@pytest.mark.slow
def test_the_python_of_the_readme_runs(tmp_path: Path) -> None:
    code = _tour("python").replace("out/china-joins", str(tmp_path / "china-joins"))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "real income" in done.stdout.lower()
    assert (tmp_path / "china-joins" / "report.html").is_file()


def test_public_face_resolves() -> None:
    import landbridge

    for name in landbridge.__all__:
        assert getattr(landbridge, name) is not None


def test_manifest_seals_the_shipped_data() -> None:
    import json

    from landbridge.world.load import MANIFEST, digests

    path = ROOT / "src" / "landbridge" / "data" / MANIFEST
    assert json.loads(path.read_text(encoding="utf-8")) == digests(), "run `make manifest` and commit"
