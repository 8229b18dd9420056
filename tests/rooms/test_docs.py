"""Docs that cannot lie: generated pages are up to date, and what the README shows exists."""

from __future__ import annotations

import re
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


def test_public_face_resolves() -> None:
    import landbridge

    for name in landbridge.__all__:
        assert getattr(landbridge, name) is not None


def test_manifest_seals_the_shipped_data() -> None:
    import json

    from landbridge.world.load import MANIFEST, digests

    path = ROOT / "src" / "landbridge" / "data" / MANIFEST
    assert json.loads(path.read_text(encoding="utf-8")) == digests(), "run `make manifest` and commit"
