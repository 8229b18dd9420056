"""One Chromium for all tests of the page: skipped with a word where there is none, except where CI=true."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from tools.map.picture import FLAGS

from landbridge import report

sys.path.insert(0, str(Path(__file__).parents[1] / "rooms"))  # report_sample lives with the tests of the room


def _absent(word: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(word)
    pytest.skip(word)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        _absent("no Chromium on PATH: install one to run the browser tests")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """file:// address of a report made from invented data."""
    from report_sample import sample

    path = tmp_path_factory.mktemp("report") / "report.html"
    return report.write_html(sample(lines=400), path).as_uri()
