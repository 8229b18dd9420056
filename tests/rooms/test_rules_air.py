"""Flights around closed airspace: published detours, persons under a warrant, ends that are shut."""

from __future__ import annotations

import numpy as np
import pytest

from landbridge import rules

DAY = "2023-10-17"
AIRPORTS = {
    "HEL": ((24.96, 60.32), "FIN"),
    "NRT": ((140.39, 35.77), "JPN"),
    "FRA": ((8.57, 50.03), "DEU"),
    "PEK": ((116.58, 40.08), "CHN"),
    "CDG": ((2.55, 49.01), "FRA"),
    "AMS": ((4.76, 52.31), "NLD"),
    "ICN": ((126.45, 37.46), "KOR"),
    "SIN": ((103.99, 1.36), "SGP"),
    "VKO": ((37.26, 55.60), "RUS"),
    "FRU": ((74.48, 43.06), "KGZ"),
    "ULN": ((106.77, 47.84), "MNG"),
    "JNB": ((28.25, -26.13), "ZAF"),
    "JFK": ((-73.78, 40.64), "USA"),
}
# extra nautical miles: Eurocontrol 2022 and airlines' statements; our figure has no winds and no air routes
PUBLISHED = {
    ("HEL", "NRT"): 2137,
    ("HEL", "PEK"): 1729,
    ("FRA", "NRT"): 1070,
    ("FRA", "PEK"): 710,
    ("CDG", "NRT"): 1112,
    ("AMS", "PEK"): 855,
    ("HEL", "ICN"): 2160,
    ("HEL", "SIN"): 756,
}


def _fly(origin: str, destination: str, day: str = DAY, **how: str) -> rules.Flight:
    (start, a), (end, b) = AIRPORTS[origin], AIRPORTS[destination]
    return rules.fly(rules.load_rules().on(day), start, end, ends=(a, b), **how)


@pytest.mark.parametrize("pair", PUBLISHED, ids="-".join)
def test_detours_lie_between_0_7_and_1_1_of_the_published(pair: tuple[str, str]) -> None:
    flight = _fly(*pair, carrier=AIRPORTS[pair[0]][1])
    assert 0.7 <= flight.extra_nm / PUBLISHED[pair] <= 1.1
    assert flight.avoided["RUS"].id == "ru-airspace"
    assert flight.avoided["UKR"].id == "ua-airspace"
    assert not {"RUS", "UKR", "BLR"} & set(flight.over)


def test_a_chinese_carrier_flies_over_russia_and_before_the_war_everybody_did() -> None:
    chinese = _fly("FRA", "PEK", carrier="CHN")
    assert "RUS" in chinese.over
    assert chinese.extra_nm < 100
    before = _fly("HEL", "PEK", "2022-02-01", carrier="FIN")
    assert before.extra_nm == pytest.approx(0.0, abs=1.0)
    assert before.distance_nm == pytest.approx(3409, rel=0.01)


@pytest.mark.parametrize(("city", "risk"), [("FRU", False), ("PEK", False), ("ULN", True), ("JNB", True)])
def test_where_a_head_of_state_under_a_warrant_may_land(city: str, risk: bool) -> None:
    flight = _fly("VKO", city, carrier="RUS", person="head-of-state-wanted")
    assert [r.id for r in flight.risks] == (["icc-warrant"] if risk else [])
    assert np.isfinite(flight.distance_nm)  # a risk on the ground closes no airspace
    if risk:
        assert "duty to arrest" in flight.risks[0].title
        assert "Rome Statute" in flight.risks[0].source


def test_moscow_beijing_crosses_mongolia_and_avoiding_it_costs_miles() -> None:
    free = _fly("VKO", "PEK", carrier="RUS", person="head-of-state-wanted")
    assert "MNG" in free.over
    around = _fly("VKO", "PEK", carrier="RUS", person="head-of-state-wanted", person_avoids="overfly")
    assert "MNG" not in around.over
    assert around.avoided["MNG"].id == "icc-warrant"
    assert 100 < around.extra_nm < 250
    bishkek = _fly("VKO", "FRU", carrier="RUS", person="head-of-state-wanted", person_avoids="overfly")
    assert bishkek.extra_nm == pytest.approx(0.0, abs=1.0)


def test_no_way_where_an_end_lies_in_closed_airspace() -> None:
    flight = _fly("VKO", "JFK", carrier="RUS")
    assert flight.distance_nm == np.inf
    assert flight.avoided["USA"].id == "west-airspace-usa"
    assert flight.lonlat.shape == (0, 2)
    assert flight.over == ()


def test_a_flight_as_a_record_cites_its_rules() -> None:
    record = _fly("HEL", "PEK", carrier="FIN").to_record()
    assert record["extra_nm"] == pytest.approx(record["distance_nm"] - record["free_nm"])  # type: ignore[operator]
    assert 9.0 < record["time_h"] < 12.0  # type: ignore[operator]
    avoided = {x["territory"]: x for x in record["avoided"]}  # type: ignore[attr-defined]
    assert avoided["RUS"]["rule"] == "ru-airspace"
    assert avoided["RUS"]["source"].startswith("Federal Air Transport Agency")
