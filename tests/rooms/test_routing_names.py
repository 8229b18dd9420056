"""Names of places and passages: shared ones are said or refused, and usual spellings are known."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result
from typer.testing import CliRunner

import landbridge as lb
from landbridge import network
from landbridge.cli import app
from landbridge.engine import read_cities
from landbridge.errors import BadInput, BadScenario, BadTable, UnknownName
from landbridge.network import Network
from landbridge.scenario import apply, parse


@pytest.fixture(scope="module")
def atlas() -> Network:
    return network.load()


def landbridge(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


@pytest.mark.parametrize(
    ("word", "country", "also"),
    [
        ("San Jose", "USA", "San José, CRI"),
        ("Hyderabad", "IND", "Hyderabad, PAK"),
        ("London", "GBR", "London, CAN"),
        ("Cartagena", "COL", "Cartagena, ESP"),
        ("Barcelona", "ESP", "Barcelona, VEN"),
    ],
)
def test_the_place_that_dominates_is_meant_and_said(atlas: Network, word: str, country: str, also: str) -> None:
    assert atlas.node_country[network.find_place(atlas, word)] == country
    note = network.place_note(atlas, word)
    assert f'write "{also}"' in note
    other = network.find_place(atlas, also)
    assert atlas.node_country[other] == also[-3:]
    assert network.place_note(atlas, also) == ""


@pytest.mark.parametrize("word", ["Valencia", "Newcastle", "valencia"])
def test_a_name_that_nobody_dominates_is_refused_with_the_choices(atlas: Network, word: str) -> None:
    with pytest.raises(UnknownName, match=r'is the name of 2 places \(write ".*, [A-Z]{3}" or ".*, [A-Z]{3}"'):
        network.find_place(atlas, word)


def test_country_in_every_form_and_the_id_of_a_node_leave_no_doubt(atlas: Network) -> None:
    forms = ("Valencia, ESP", "Valencia (Spain)", "Valencia, Spain", "Valencia (ESP)", "valencia-esp@city")
    assert {network.find_place(atlas, word) for word in forms} == {network.find_place(atlas, "valencia-esp")}
    for word in ("Shanghai", "Tripoli", "Victoria", *forms):
        assert network.place_note(atlas, word) == ""  # a port beside its own city is no second place


@pytest.mark.parametrize(
    ("word", "tags"),
    [
        ("Bosphorus", {"bosporus"}),
        ("Turkish Straits", {"bosporus", "dardanelles"}),
        ("Straits of Hormuz", {"hormuz"}),
        ("Strait of Ormuz", {"hormuz"}),
        ("the Suez Canal", {"suez"}),
        ("Bab al-Mandab", {"bab-el-mandeb"}),
        ("Malacca Strait", {"malacca"}),
        ("Gibraltar", {"gibraltar"}),
        ("Kerch", {"kerch"}),
        ("Great Belt", {"danish-straits"}),
        ("English Channel", {"dover"}),
        ("NSR", {"northern-sea-route"}),
        ("Nord-Ostsee-Kanal", {"kiel"}),
        ("Druzhba", {"alashankou-dostyk"}),
    ],
)
def test_usual_spellings_of_passages_and_crossings(atlas: Network, word: str, tags: set[str]) -> None:
    assert {atlas.tags[k].id for k in np.unique(atlas.arc_tag[network.arcs_at(atlas, word)])} == tags


@pytest.mark.parametrize(
    ("word", "place"),
    [
        ("Port of Shanghai", "shanghai-port"),
        ("Rotterdam Port", "rotterdam-port"),
        ("Kyaukphyu", "kyaukpyu"),
        ("Vostochnyy", "vostochny-port"),
        ("Klang", "port-klang"),
        ("Alyat", "alat"),
    ],
)
def test_usual_spellings_of_ports(atlas: Network, word: str, place: str) -> None:
    assert atlas.node_id[network.find_place(atlas, word)] == f"{place}@city"


def test_a_crossing_is_no_place_to_start_at_and_the_message_says_what_is_near(atlas: Network) -> None:
    with pytest.raises(
        UnknownName, match="is a crossing: start or end at a city or port; the nearest city: Irun, Spain"
    ):
        network.find_place(atlas, "Hendaye")


def test_no_hint_is_empty(atlas: Network) -> None:
    with pytest.raises(UnknownName) as found:
        network.find_place(atlas, "Xyzzyqq")
    assert "?" not in str(found.value) and "nearest" not in str(found.value)
    with pytest.raises(UnknownName) as table:
        lb.load_world().crude.by_link({"qqqqqqqq": 1.0}, 1.0)
    assert not str(table.value).rstrip(")").endswith(": ")


def test_the_command_line_says_what_a_shared_name_was_taken_for() -> None:
    done = landbridge("route", "San Jose", "Los Angeles", "--by", "road")
    assert done.stdout.startswith('note: San Jose, United States (also: San José, Costa Rica - write "San José, CRI")')
    done = landbridge("route", "San Jose, CRI", "Panama City", "--by", "road", "--json")
    answer = json.loads(done.stdout)
    assert answer["notes"] == [] and answer["countries"] == ["CRI", "PAN"]
    assert isinstance(landbridge("route", "Valencia", "Madrid").exception, UnknownName)


def test_a_scenario_says_so_too() -> None:
    text = 'title = "a"\n[[build]]\nkind = "rail"\nvia = ["San Jose", "Los Angeles"]\n'
    changed = apply(parse(text), lb.load_world())
    assert any(note.startswith("Read as San Jose, United States (also: San José") for note in changed.notes)
    with pytest.raises(BadScenario, match="'Valencia' is the name of 2 places"):
        apply(parse(text.replace("San Jose", "Valencia")), lb.load_world())


@pytest.mark.parametrize("verb", [("route", "Almaty", "Moscow"), ("matrix", "none.csv", "--out", "x.csv")])
def test_a_list_of_nothing_is_a_usage_error(verb: tuple[str, ...]) -> None:
    done = landbridge(*verb, "--by", ",")
    assert done.exit_code == 2 and "names nothing" in done.stderr


def test_all_faults_of_a_file_of_cities_come_together_with_their_rows(tmp_path: Path) -> None:
    file = tmp_path / "cities.csv"
    file.write_text("city,size\nShanghai,1\nShanghaii,2\n,3\n\nValencia,4\nPeking,5\nBeijing,6\n", encoding="utf-8")
    with pytest.raises(BadTable) as found:
        read_cities(lb.load_world(), file)
    text = str(found.value)
    for part in ("5 faults", "column 'size'", "row 3: unknown place 'Shanghaii'", "row 4: no name"):
        assert part in text
    assert "row 6: 'Valencia'" in text and "row 8: 'Beijing' is the place of row 7 again" in text
    for content in ("", "town\nParis\n"):
        file.write_text(content, encoding="utf-8")
        with pytest.raises(BadInput):
            read_cities(lb.load_world(), file)
    with pytest.raises(BadInput, match="there is no file"):
        read_cities(lb.load_world(), tmp_path / "none.csv")
    file.write_bytes(b"city\n\xff\xfe\n")
    with pytest.raises(BadInput, match="not readable"):
        read_cities(lb.load_world(), file)


def test_the_matrix_is_labelled_tells_its_progress_and_is_silent_in_a_pipe(tmp_path: Path) -> None:
    told: list[str] = []
    found = lb.cost_matrix(lb.load_world(), ["San Jose", "Tokyo"], ["Lima", "Osaka"], progress=told.append)
    assert told[0].startswith("0 of 4 pairs") and told[-1].startswith("4 of 4 pairs")
    assert found.notes and found.notes[0].startswith("San Jose, United States")
    for component in ("length_km", "time_h", "cost_usd", "generalised_usd"):
        frame = found.labelled(component)
        assert frame.loc["Tokyo", "Osaka"] < frame.loc["Tokyo", "Lima"]
    with pytest.raises(BadInput, match="one of length_km"):
        found.labelled("km")
    file = tmp_path / "cities.csv"
    file.write_text("city\nTokyo\nOsaka\n", encoding="utf-8")
    done = landbridge("matrix", str(file), "--out", str(tmp_path / "out.csv"))
    assert done.exit_code == 0 and done.stderr == "" and done.stdout.startswith("wrote 4 pairs")
    assert isinstance(landbridge("matrix", str(file), "--out", str(tmp_path)).exception, BadInput)
