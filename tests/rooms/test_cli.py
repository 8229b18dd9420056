"""The command line as a newcomer meets it: help, answers, wrong input, exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest


def landbridge(*words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from landbridge.cli import main; main()", *words]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False)


def test_help_answers_at_once() -> None:
    started = time.perf_counter()
    done = landbridge("--help")
    assert done.returncode == 0 and "route" in done.stdout
    assert time.perf_counter() - started < 5  # imports inside the verbs: a fifth of a second on a quiet machine
    code = "import sys, landbridge.cli; print(sorted(m for m in ('numpy', 'pandas', 'numba') if m in sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"


def test_rail_route_names_crossings_and_gauge_changes() -> None:
    done = landbridge("route", "Chongqing", "Duisburg", "--by", "rail", "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    best = answer["routes"][0]
    assert 10_600 <= best["distance_km"] <= 11_700
    assert 12 <= best["time_h"] / 24 <= 18
    assert len(best["crossings"]) >= 3 and len(best["gauge_changes"]) == 2
    assert best["countries"][0] == "CHN" and best["countries"][-1] == "DEU"
    assert {leg["gauge_mm"] for leg in best["legs"] if leg["mode"] == "rail"} == {1435, 1520}
    assert answer["blocked_by"] == []
    assert set(best["legs"][0]) == {"mode", "from", "to", "distance_km", "time_h", "cost_usd_teu", "gauge_mm"}


@pytest.mark.parametrize(
    ("close", "miles", "through", "never"),
    [
        ((), 10_600, "Suez Canal", "Cape of Good Hope"),
        (("--close", "suez"), 13_800, "Cape of Good Hope", "Suez Canal"),
    ],
)
def test_sea_route_and_its_detour(close: tuple[str, ...], miles: float, through: str, never: str) -> None:
    done = landbridge("route", "Shanghai", "Rotterdam", "--by", "sea", *close, "--json")
    best = json.loads(done.stdout)["routes"][0]
    assert best["distance_km"] / 1.852 == pytest.approx(miles, rel=0.02)
    assert through in best["passages"] and never not in best["passages"]
    assert not {"Panama Canal", "Northern Sea Route", "Northwest Passage"} & set(best["passages"])


def test_no_way_says_so_and_exits_5() -> None:
    done = landbridge("route", "Ras Tanura", "Rotterdam", "--by", "sea", "--close", "hormuz")
    assert done.returncode == 5
    assert "No way" in done.stdout and "Hormuz" in done.stdout
    done = landbridge("route", "Ras Tanura", "Rotterdam", "--by", "sea", "--close", "hormuz", "--json")
    answer = json.loads(done.stdout)
    assert answer["routes"] == [] and answer["blocked_by"][0]["rule"] == "closure:hormuz"


def test_unknown_places_are_one_clear_message() -> None:
    done = landbridge("route", "Shanghaii", "Rotterdam")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1 and "Shanghai" in done.stderr


def test_usage_errors_exit_2() -> None:
    assert landbridge("route", "Shanghai").returncode == 2
    assert landbridge("nonsense").returncode == 2


def test_check_shows_all_five_mistakes(tmp_path: Path) -> None:
    file = tmp_path / "five.toml"
    file.write_text(
        'title = "five"\ndate = 2023-13-01\n[[close]]\nwhere = "suezz"\n[[join]]\nwho = ["CHNA"]\n'
        'groups = ["PRICE_CAPP"]\n[[build]]\nkind = "rail"\nvia = ["Kashgar", "Oshh"]\n[[improve]]\nwhere = "khorgos"\n'
        "time_facto = 0.5\n",
        encoding="utf-8",
    )
    done = landbridge("check", str(file))
    assert done.returncode == 1
    for piece in ("five.toml:2", "suezz", "CHNA", "PRICE_CAPP", "Oshh", "time_facto"):
        assert piece in done.stderr, done.stderr
    assert done.stderr.count("five.toml:") >= 5


def test_a_fault_of_form_hides_no_unknown_name(tmp_path: Path) -> None:
    """A table with a wrong value is still asked for its names, and so is a file with a wrong baseline."""
    file = tmp_path / "both.toml"
    file.write_text(
        'title = ""\nbaseline = "2024-01"\n[[close]]\nwhere = "suezz"\nshare = 1.5\n[[build]]\nkind = "railway"\n'
        'via = ["Moscoww", "Beijing"]\n[[tariff]]\nby = ["CHX"]\nrate = "ten"\n',
        encoding="utf-8",
    )
    said = landbridge("check", str(file)).stderr
    for piece in ("title", "both.toml:2: baseline", "suezz", "less than or equal to 1", "Moscoww", "railway", "CHX"):
        assert piece in said, said
    assert "rate = 'ten': should be a number" in said
    assert "did you mean rail?" in said
    assert landbridge("run", str(file)).stderr == said


def test_new_check_and_scenarios(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    assert landbridge("new", str(file)).returncode == 0
    assert landbridge("check", str(file)).returncode == 0
    again = landbridge("new", str(file))
    assert again.returncode == 1 and "exists already" in again.stderr
    listed = landbridge("scenarios", "--json")
    assert "forum-2023" in {row["name"] for row in json.loads(listed.stdout)}


def test_rules_judge_json() -> None:
    movement = "action=import origin=RUS good=crude mode=sea country=NLD destination=NLD"
    done = landbridge("rules", "judge", movement, "--on", "2023-10-17", "--json")
    answer = json.loads(done.stdout)
    assert answer["allowed"] is False and answer["by"][0]["rule"] == "oil-embargo-crude"
    assert set(answer["by"][0]) >= {"rule", "title", "source"}


def test_missing_result_folder_exits_4(tmp_path: Path) -> None:
    done = landbridge("compare", str(tmp_path / "a"), str(tmp_path / "b"))
    assert done.returncode == 4 and "holds no result.json" in done.stderr


def test_flight_avoids_closed_airspace_and_names_legal_risk() -> None:
    done = landbridge("route", "Helsinki", "Beijing", "--by", "air", "--carrier", "FIN", "--json")
    way = json.loads(done.stdout)["routes"][0]
    assert "RUS" not in way["over"] and 0.7 <= way["extra_nm"] / 1729 <= 1.1  # no winds: METHODS 6
    done = landbridge("route", "Moscow", "Ulaanbaatar", "--by", "air", "--person", "head-of-state-wanted")
    assert done.returncode == 0 and "legal risk" in done.stdout


def test_judge_without_an_action_looks_at_all() -> None:
    done = landbridge("rules", "judge", "flag=TUR origin=RUS good=crude mode=sea port=NLD", "--on", "2023-10-17")
    assert done.stdout.startswith("forbidden") and "oil-embargo-crude" in done.stdout


def test_fit_prints_the_table_of_the_literature(tmp_path: Path) -> None:
    sample = Path(__file__).resolve().parents[3] / "shared" / "testdata" / "trade" / "eu_enlargement.csv"
    if not sample.is_file():
        if os.environ.get("CI") == "true":
            pytest.fail("../shared/testdata is missing in CI")
        pytest.skip("../shared/testdata is not here")
    asked = ("fit", str(sample), "--x", "eu_enlargement,other_fta", "--table", "json")
    done = landbridge(*asked, "--out", str(tmp_path / "table.tex"))
    assert (tmp_path / "table.tex").read_text().startswith(r"\begin{tabular}")
    found = json.loads(done.stdout)
    drawn = landbridge(*asked[:-1], "csv", "--bootstrap", "3", "--agree", "CAN,JPN").stdout
    assert "3 draws" in drawn and "Canada" in drawn
    assert "0.4735" in json.dumps(found)  # with domestic flows, as the docs of the estimate say


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("route", "Chongqing", "Duisburg", "--person", "head-of-state-wanted"), "nothing reads --person"),
        (("route", "Helsinki", "Beijing", "--by", "air", "--close", "suez"), "a flight has no --close"),
        (("route", "Chongqing", "Duisburg", "--by", "rail", "--flag", "LBR"), "nothing reads --flag"),
        (("close", "nowhere"), "error: unknown place, crossing, port, passage or border 'nowhere'"),
        (("run", "suez-closed", "--out", "file/below"), "is no folder for a result"),
        (("fit", "absent.csv", "--x", "rta"), "there is no file absent.csv"),
        (("fit", "file", "--x", "rta", "--table", "pdf"), "no table of kind 'pdf' (one of text, latex, csv, json)"),
    ],
)
def test_words_that_cannot_be_obeyed_are_one_line_before_any_work(
    words: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("x")
    done = landbridge(*words, cwd=tmp_path)
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.count("\n") == 1 and said in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
