"""The report: numbers as people read them, ten lines, one page that is safe and complete, tables as CSV."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_sample import INF, NAN, sample

from landbridge import report
from landbridge.errors import BadInput
from landbridge.report import charts, energy, frames, mapdata, page, words
from landbridge.report.markup import table
from landbridge.report.summary import headline
from landbridge.results import Figure, Result, compare


@pytest.fixture(scope="module")
def result() -> Result:
    return sample(lines=60)


@pytest.fixture(scope="module")
def html(result: Result) -> str:
    return report.html(result)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "0"),
        (107.04, "107"),
        (0.03716, "0.0372"),
        (12345.6, "12,300"),
        (999999.0, "1 million"),
        (1.294e11, "129 billion"),
        (-2.5e6, "-2.5 million"),
        (2.7e-13, "2.70e-13"),
        (3.2e13, "32 trillion"),
        (NAN, "unknown"),
        (INF, "no way"),
    ],
)
def test_numbers_have_three_significant_digits(value: float, shown: str) -> None:
    assert words.number(value) == shown


@given(st.floats(min_value=1e-9, max_value=1e15))
def test_no_number_is_long_or_wrong(value: float) -> None:
    shown = words.number(value)
    scale = {"million": 1e6, "billion": 1e9, "trillion": 1e12}
    digits, _, word = shown.partition(" ")
    back = float(digits.replace(",", "")) * scale.get(word, 1.0)
    assert back == pytest.approx(value, rel=6e-3)
    assert len(digits.partition("e")[0].replace(",", "").lstrip("0.").replace(".", "").rstrip("0")) <= 3


def test_percent_says_plainly_what_is_nothing_and_what_comes_from_none() -> None:
    assert words.percent(0.0001) == "no change"
    assert words.percent(0.42) == "+0.42 %"
    assert words.percent(-103.6) == "-104 %"
    assert words.percent(NAN) == "unknown"
    assert words.percent(words.change(0.0, 5.0)) == "from none"
    assert words.change(INF, 5.0) != words.change(INF, 5.0)


def test_ranges_no_wider_than_the_digits_and_dust_of_a_solver_are_not_shown() -> None:
    assert words.percent_span(1.158, 1.163) == ""
    assert words.percent_span(0.018, 0.038) == "+0.018 to +0.038"
    assert words.span(60.0, 60.04) == ""
    assert words.billions(1.68e-11) == "0"
    assert words.billions(-2.23e-06) == "0"
    assert words.billions(0.039) == "+0.039"


def test_a_table_says_how_its_figures_came_about() -> None:
    shown = table(("A",), [(1,)], caption="c", basis="modelled")
    assert "badge-modelled" in shown.split("</caption>")[0]
    assert "badge" not in table(("A",), [(1,)], caption="c")


def test_before_and_after_in_plain_words() -> None:
    assert words.before_after(16.1, 14.2, "days") == "14.2 days, was 16.1 (-12 %)"
    assert words.before_after(14.2, 14.2, "days") == "14.2 days"
    assert words.before_after(450.0, INF, "h") == "no way, was 450"
    assert words.before_after(NAN, 3.0, "h") == "3 h"
    assert words.before_after(29.8, 2e-11) == "0, was 29.8"
    assert words.before_after(0.003, 4.1, "Mt") == "4.1 Mt, was 0.003"
    assert words.both(2e-9, 20.6) == ("0", "20.6")
    assert words.both(1e-9, 2e-9) == ("1.00e-09", "2.00e-09")


def test_summary_is_about_ten_lines_with_units_base_range_and_basis(result: Result) -> None:
    lines = report.summary(result).splitlines()
    assert 8 <= len(lines) <= 13
    assert "- Crude from A to B: 107 Mt/yr, from 106 (+0.89 %), range 95 to 112 [observed, 2023]" in lines
    assert any("Real income rises most in" in x and "falls most in" in x for x in lines)
    assert any("treated as open" in x for x in lines)
    assert any("largest residual 2.0e-09" in x for x in lines)
    assert not re.search(r"\d{7}", report.summary(result))


def test_headline_shows_what_moves_and_more_than_one_kind(result: Result) -> None:
    still = [Figure(f"route.{i}", "R", 5.0, "days", base=5.0) for i in range(4)]
    trade = [Figure(f"trade.{i}", "T", 0.1, "%", base=0.0) for i in range(5)]
    energy = [Figure(f"energy.{i}", "E", 7.0, "Mt/yr", base=6.0) for i in range(2)]
    shown = headline(dataclasses.replace(result, figures=(*trade, *still, *energy)), 6)
    assert [f.id for f in shown] == ["trade.0", "trade.1", "trade.2", "trade.3", "energy.0", "energy.1"]


def test_summary_of_nothing_says_so(result: Result) -> None:
    bare = dataclasses.replace(result, figures=(), tables={}, notes=())
    assert report.answer(bare) == "This result carries no headline figures."
    assert report.summary(bare).splitlines()[0].startswith(result.title)
    flat = pd.DataFrame({"iso3": ["CHN"], "name": ["China"], "percent": [0.0]})
    assert "no change in 1 economies" in report.summary(dataclasses.replace(bare, tables={"real_income": flat}))


def test_page_holds_every_section_and_asks_for_nothing(html: str) -> None:
    for name in (
        "routes",
        "projects",
        "closures",
        "energy",
        "trade",
        "blocked",
        "figures",
        "fit",
        "computed",
        "limits",
    ):
        assert f'<section id="{name}"' in html, name
    assert "no judgement on the legal status" in html
    assert not re.search(r"""(?:src|href)=["'](?:https?:)?//[^"']+\.(?:js|css|png|woff)""", html)
    assert "default-src 'none'" in html
    assert "OpenStreetMap contributors" in html
    assert "this permission notice appear in all copies" in html  # the page carries copies of the map's code
    assert len(html.encode()) < 3_000_000


def test_two_results_are_compared_under_their_own_names(result: Result) -> None:
    made = report.html(compare(result, sample(lines=60, seed=1)).result, report.Sides("Suez open", "Suez shut"))
    assert '<th class="num" scope="col">Suez open</th>' in made
    assert '"shows":[{"id":"value","label":"Suez shut"},{"id":"base","label":"Suez open"}' in made
    assert "ithout scenario" not in made


def test_page_escapes_what_comes_from_files(result: Result) -> None:
    evil = '</script><img src=x onerror="alert(1)">'
    bad = dataclasses.replace(
        result,
        title=evil,
        notes=(evil,),
        figures=(dataclasses.replace(result.figures[0], label=evil, note=evil),),
        tables={**result.tables, "real_income": pd.DataFrame({"iso3": ["CHN"], "name": [evil], "percent": [1.0]})},
    )
    made = report.html(bad)
    assert "<img" not in made
    assert made.count("<script") == report.html(result).count("<script")


def test_page_of_an_empty_result_leaves_empty_sections_out(result: Result) -> None:
    made = report.html(dataclasses.replace(result, tables={}, figures=(), notes=()))
    assert '<section id="energy"' not in made
    assert '<section id="computed"' in made


def test_every_result_table_of_the_dictionary_is_in_the_sample(result: Result) -> None:
    assert set(frames.result_tables()) == set(result.tables)


def test_map_data_is_plain_json_with_what_the_tables_say(result: Result) -> None:
    data = json.loads(json.dumps(report.map_data(result), allow_nan=False))
    ids = [x["id"] for x in data["layers"]]
    assert ids == ["road", "rail", "sea", "crude-pipe", "crude-ship", "gas-pipe", "gas-ship"]
    income = result.tables["real_income"].set_index("iso3")["percent"]
    assert data["income"]["CHN"][1] == pytest.approx(income["CHN"], rel=1e-3)
    assert [p["name"] for p in data["projects"]] == [
        "Test railway",
        "Test port",
    ]  # the one without a place is in the table
    assert data["closures"] == [{"label": "Hormuz 50 % closed, 90 days", "lon": 56.5, "lat": 26.6}]


def test_outlines_carry_the_large_economies() -> None:
    assert {"CHN", "RUS", "KAZ", "DEU", "USA", "LAO", "MNG", "TUR"} <= {row[0] for row in mapdata.outlines()}


@pytest.mark.parametrize("shape", ["1 2 3 4", "1,2,3,4", [1, 2, 3, 4], np.array([[1.0, 2.0], [3.0, 4.0]])])
def test_polylines_come_as_text_or_list(shape: Any) -> None:
    assert frames.points(shape).tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize("shape", ["", None, NAN, "1 2 3", "a b", [1.0, NAN]])
def test_polylines_that_cannot_be_read_are_empty(shape: Any) -> None:
    assert frames.points(shape).shape == (0, 2)


@given(st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90)), min_size=1, max_size=30))
def test_delta_coding_keeps_every_point_to_a_hundredth(line: list[tuple[float, float]]) -> None:
    coded = mapdata.deltas(np.array(line))
    back = np.cumsum(np.array(coded).reshape(-1, 2), axis=0) / 100
    for lon, lat in line:
        assert np.min(np.abs(back - [lon, lat]).max(axis=1)) <= 0.005 + 1e-9


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=40))
def test_classes_of_the_map_are_symmetric_and_ordered(percent: list[float]) -> None:
    limits = mapdata.limits(np.array(percent))
    assert len(limits) == (8 if max(abs(p) for p in percent) >= 5e-4 else 0)
    assert limits == sorted(limits)
    assert limits == [-x for x in reversed(limits)]


def test_map_drops_the_least_lines_to_stay_small(result: Result) -> None:
    big = report.map_data(sample(lines=15_000))
    drawn = sum(len(layer["lines"]) for layer in big["layers"])
    points = sum(len(line[3]) // 2 for layer in big["layers"] for line in layer["lines"])
    assert points <= 91_000
    assert drawn > 9_000


def test_ticks_are_round_and_within() -> None:
    assert charts.ticks(-1.04, 2.1) == [-1.0, 0.0, 1.0, 2.0]
    assert charts.ticks(0.0, 0.0) == [0.0]


def test_files_are_written_whole_and_read_back(result: Result, tmp_path: Path) -> None:
    path = report.write_html(result, tmp_path / "out" / "report.html")
    assert path.read_text(encoding="utf-8").endswith("</html>\n")
    written = report.write_tables(result, tmp_path / "tables")
    assert {p.name for p in written} == {f"{t}.csv" for t in result.tables} | {"figures.csv", "columns.csv"}
    back = pd.read_csv(tmp_path / "tables" / "real_income.csv")
    np.testing.assert_allclose(back["percent"], result.tables["real_income"]["percent"], rtol=1e-9)
    meanings = pd.read_csv(tmp_path / "tables" / "columns.csv")
    assert set(meanings["table"]) == set(result.tables)


def test_a_place_that_cannot_be_written_is_one_clear_error(result: Result, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(BadInput, match="cannot write"):
        report.write_html(result, tmp_path / "file" / "report.html")


def test_the_bundle_is_small_and_carries_its_notices() -> None:
    assert len(page.asset("map.js").encode()) < 100_000
    notices = page.asset("map.licences.txt")
    for name in ("d3-geo ", "d3-geo-projection ", "d3-zoom "):
        assert name in notices
    assert "ISC" in notices


def test_energy_is_drawn_between_countries_not_between_their_own_places() -> None:
    flows = pd.DataFrame(
        [
            ("a1", "a2", "A", "A", "pipeline", 9.0),
            ("a2", "b1", "A", "B", "pipeline", 7.0),
            ("a1", "c", "A", "", "tanker", 2.0),
            ("a1", "a lng", "", "", "plant", 4.0),
        ],
        columns=["origin", "destination", "origin_area", "destination_area", "mode", "value"],
    )
    drawn = energy.between_areas(flows)
    assert drawn.to_dict("list") == {"origin": ["A", "A"], "destination": ["B", "c"], "value": [7.0, 2.0]}


def test_what_moves_stands_before_what_is_large_and_noise_does_not_count() -> None:
    base = pd.Series([100.0, 5.0, 1.0, INF, 50.0, NAN])
    value = pd.Series([100.0000001, 0.0, 1.0, 3.0, 50.0, 2.0])
    assert frames.moved_first(base, value).tolist() == [3, 1, 5, 0, 4, 2]
    assert frames.moved_first(base, value, sizes=False).tolist() == [3, 1, 5, 0, 2, 4]


def test_blocked_movements_are_gathered_by_rule_with_those_of_the_scenario_first(result: Result) -> None:
    names = ["AGO", "AUT", "BEL", "CAN", "CHE", "DEU", "ESP"]
    rows = [("flow", "IRN", n, "crude", m, "r-9", "Test rule", "Law 9", "both") for n in names for m in ("sea", "pipe")]
    rows.append(("route", "Gulf", "Beta", "", "sea", "r-1", "Strait shut", "Law 1", "scenario"))
    table = pd.DataFrame(rows, columns=list(result.tables["blocked"].columns))
    made = report.html(dataclasses.replace(result, tables={"blocked": table}))
    assert "Iran to Angola, Austria, Belgium, Canada, Switzerland and 2 more" in made
    assert made.index("Strait shut</span>") < made.index("Test rule</span>")
    assert "14 as before" in report.summary(dataclasses.replace(result, tables={"blocked": table}))


def test_fit_says_how_many_figures_are_close(html: str) -> None:
    assert "0 of 2 predicted figures are within 5\u00a0%." in html
    assert "1 of 1 fitted figures are within 5\u00a0%." in html
    assert "(off the scale)" in html


def test_stops_of_no_length_are_not_drawn_as_lines(result: Result) -> None:
    arcs = result.tables["arcs"].iloc[:2].assign(layer="rail1435", shape=["10 50 10.001 50", "10 50 11 50"])
    layers = report.map_data(dataclasses.replace(result, tables={"arcs": arcs}))["layers"]
    assert [line[3] for layer in layers for line in layer["lines"]] == [[1000, 5000, 100, 0]]


def test_terminal_map_shows_land_and_colours_it(result: Result) -> None:
    plain = report.terminal_map(result, width=80, colour=False).splitlines()
    assert {len(line) for line in plain} == {80}
    assert set("".join(plain)) <= {" "} | {chr(0x2800 + i) for i in range(256)}
    column = round((100 + 180) / 360 * 80)
    assert plain[round((78 - 62) / 134 * len(plain))][column] == "\u28ff"  # Siberia is land throughout
    assert plain[len(plain) // 2][8] == " "  # the Pacific is not
    coloured = report.terminal_map(result, width=80)
    assert "\033[38;5;" in coloured
    assert "real income, %" in coloured.splitlines()[-1]


def test_the_bundle_was_built_from_the_sources_that_are_here() -> None:
    folder = Path(page.__file__).parent / "assets" / "src"
    digest = hashlib.sha256(b"".join(p.read_bytes() for p in sorted(folder.iterdir()))).hexdigest()
    assert f"sources {digest} */" in page.asset("map.js"), "build the map again: npm ci && npm run build in tools/map"


def test_figures_that_are_changes_carry_their_sign() -> None:
    assert words.value_text(Figure("x", "X", 0.5, "%")) == "+0.5 %"
    assert words.value_text(Figure("x", "X", 0.5, "%", base=0.0)) == "+0.5 %"
    assert words.from_text(Figure("x", "X", 0.5, "%", base=0.0)) == ""
    assert words.value_text(Figure("x", "X", 44.0, "%", base=43.0)) == "44 %"
    assert words.from_text(Figure("x", "X", 44.0, "%", base=43.0)) == "from 43"
    assert words.from_text(Figure("x", "X", 44.0, "Mt", base=44.01)) == "unchanged"
