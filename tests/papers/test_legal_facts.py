"""Counts and figures of the law, each against its public source."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from landbridge import rules
from landbridge.rules.shipped import rows
from landbridge.trade import load_baseline

OCTOBER = "2023-10-17"
EU_NAMES = "AUT BEL BGR HRV CYP CZE DNK EST FIN FRA DEU GRC HUN IRL ITA LVA LTU LUX MLT NLD POL PRT ROU SVK SVN ESP SWE"
EU = set(EU_NAMES.split())


def _members(group: str, day: str = OCTOBER) -> frozenset[str]:
    return rules.load_rules().on(day).members(group)


def test_123_parties_to_the_rome_statute_and_armenia_the_124th() -> None:
    # United Nations Treaty Collection, chapter XVIII.10
    assert len(_members("ICC")) == 123
    assert len(_members("ICC", "2024-01-31")) == 123
    assert _members("ICC", "2024-02-01") - _members("ICC") == {"ARM"}
    assert len(_members("ICC", "2002-07-01")) == 66  # sixty were needed; 66 had ratified by 11 April 2002
    assert {"MNG", "ZAF", "TJK", "BRA", "JPN"} <= _members("ICC")
    assert not {"CHN", "RUS", "USA", "IND", "KGZ", "KAZ", "TUR", "UKR"} & _members("ICC")
    assert "BDI" in _members("ICC", "2017-10-26")
    assert "BDI" not in _members("ICC", "2017-10-27")


def test_36_states_banned_from_russian_airspace_without_the_usa() -> None:
    # Federal Air Transport Agency, notice of 28 February 2022
    active = rules.load_rules().on(OCTOBER)
    rule = active.rule("ru-airspace")
    banned = {
        c
        for c in (r["iso3"] for r in rows("memberships"))
        if rule in active.judge({"action": "overfly", "carrier": c, "mode": "air", "airspace": "RUS"}).by
    }
    assert len(banned) == 36
    assert banned > EU
    assert "USA" not in banned


def test_49_unfriendly_states() -> None:
    # Orders 430-r of 5 March 2022 and 2018-r of 23 July 2022
    assert len(_members("RUS_ORDER_430R")) == 49
    assert len(_members("RUS_ORDER_430R", "2022-07-22")) == 48  # the Bahamas came with the second order
    assert "TUR" not in _members("RUS_ORDER_430R")


def test_straits_dues_are_1_776_usd_per_net_ton_at_10_000() -> None:
    # Montreux Convention annex I: 4.42 USD per gold franc from 1 July 2023
    by_hand = 4.42 * (0.385 * 10_000 + 168) / 10_000
    assert by_hand == pytest.approx(1.776, abs=5e-4)
    judged = rules.load_rules().on(OCTOBER).judge({"action": "transit", "mode": "sea", "strait": "bosporus"})
    assert [(a.rule.id, a.effect, a.value) for a in judged.adds] == [("montreux", "cost", 1.776)]
    assert judged.adds[0].unit.startswith("USD/net_ton")


def test_groups_have_their_known_size() -> None:
    sizes = {"EU": 27, "EAEU": 5, "RCEP": 15, "CPTPP": 11, "ASEAN": 10, "GCC": 6, "G7": 7, "BRICS": 5, "SCO": 9}
    sizes |= {"NATO": 31, "EFTA": 4, "EEA": 30, "OPEC": 13, "USMCA": 3, "LDC": 46, "BRI_MOU": 152, "MERCOSUR": 4}
    assert {g: len(_members(g)) for g in sizes} == sizes
    assert _members("EU") == EU
    assert len(_members("EU", "2019-01-01")) == 28
    assert len(_members("BRICS", "2024-01-01")) == 9
    assert len(_members("NATO", "2023-04-03")) == 30


def test_the_oil_embargo_coalition_has_its_own_dates() -> None:
    # EO 14066; SOR/2022-52; Reg. (EU) 2022/879; No. 16 Regulations 2022
    assert _members("RUS_OIL_EMBARGO", "2022-03-08") == {"USA"}
    assert _members("RUS_OIL_EMBARGO", "2022-03-10") == {"USA", "CAN"}
    assert {"USA", "CAN", "AUS", "GBR", "NOR"} | EU <= _members("RUS_OIL_EMBARGO")
    assert not {"JPN", "CHN", "IND", "TUR", "KOR"} & _members("RUS_OIL_EMBARGO")
    assert EU | {"USA", "GBR", "CAN", "JPN", "AUS"} <= _members("PRICE_CAP")


def test_china_is_in_no_coalition() -> None:
    for group in ("RUS_OIL_EMBARGO", "PRICE_CAP", "RUS_EXPORT_CONTROLS", "RUS_TRADE_SANCTIONS", "RUS_MFN_WITHDRAWN"):
        assert not {"CHN", "IND", "BRA", "KAZ"} & _members(group), group


def test_export_lists_add_to_the_share_that_the_commission_states() -> None:
    # European Commission 2023: 49 % of 2021's exports to Russia are banned; the mix of machinery-heavy exports of the
    # Union is taken here from China's, the only pair of the table that sells manufactures to Russia
    ruleset = rules.load_rules()
    joined = ruleset.join(["CHN"], ["RUS_EXPORT_CONTROLS"], OCTOBER).on(OCTOBER)
    effects = rules.trade_effects(joined, ("CHN", "RUS"), ["goods"], elasticity=5.0)
    obeyed = 0.7
    assert effects.forbidden_share[0, 0, 1] / obeyed == pytest.approx(0.49, abs=0.06)


def test_import_bans_cover_about_the_share_that_the_commission_states() -> None:
    # European Commission 2023: 58 % of 2021's imports from Russia; nothing in the tables was set to this figure
    active = rules.load_rules().on(OCTOBER)
    effects = rules.trade_effects(active, ("RUS", "DEU", "ITA", "NLD"), ["goods"], elasticity=5.0)
    assert effects.forbidden_share[0, 0, 1:] == pytest.approx(0.58, abs=0.08)


def test_tariffs_between_the_usa_and_china_are_the_published_means() -> None:
    # C. Bown, Peterson Institute, April 2023: 19.3 and 21.1 %
    iso3 = ("CHN", "USA", "MEX", "DEU", "FRA", "VNM", "RUS", "KAZ", "JPN")
    rate = rules.tariff_matrix(rules.load_rules().on(OCTOBER), iso3)
    i = {code: k for k, code in enumerate(iso3)}
    assert rate[i["CHN"], i["USA"]] == pytest.approx(0.193)
    assert rate[i["USA"], i["CHN"]] == pytest.approx(0.211)
    assert rate[i["DEU"], i["FRA"]] == 0.0
    assert rate[i["KAZ"], i["RUS"]] == 0.0
    assert 0.35 < rate[i["RUS"], i["USA"]] < 0.6  # 35 %, and 200 % on the aluminium in it (Proclamation 10522)
    mfn = rules.tariff_matrix(rules.load_rules().on("1950-01-01"), iso3)
    assert rate[i["MEX"], i["USA"]] == pytest.approx(0.02 * mfn[i["MEX"], i["USA"]])
    assert rate[i["CHN"], i["VNM"]] < mfn[i["CHN"], i["VNM"]]
    assert rate[i["USA"], i["DEU"]] == mfn[i["USA"], i["DEU"]]
    assert np.all(np.diag(rate) == 0.0)


def test_depth_of_agreements() -> None:
    iso3 = ("DEU", "FRA", "TUR", "CHN", "JPN", "USA", "KOR", "ETH", "RUS", "BLR")
    depth = rules.agreement_depth(rules.load_rules().on(OCTOBER), iso3)
    word = {(a, b): rules.DEPTHS[depth[i, j]] for i, a in enumerate(iso3) for j, b in enumerate(iso3)}
    assert word["DEU", "FRA"] == "single_market"
    assert word["TUR", "DEU"] == word["RUS", "BLR"] == "customs_union"
    assert word["CHN", "JPN"] == word["USA", "KOR"] == word["KOR", "USA"] == "fta"
    assert word["CHN", "USA"] == word["USA", "DEU"] == word["RUS", "CHN"] == "none"
    assert (word["ETH", "DEU"], word["DEU", "ETH"]) == ("preference", "none")


def test_political_distance_is_that_of_the_votes() -> None:
    distance = rules.political_distance(("CHN", "USA", "RUS", "TWN"))
    assert distance[0, 1] == pytest.approx(3.19, abs=2e-3)
    assert distance[0, 2] < 0.2
    assert np.isnan(distance[0, 3])
    assert np.allclose(distance, distance.T, equal_nan=True)


def test_covariates_of_gravity() -> None:
    iso3 = ("CHN", "RUS", "DEU", "USA")
    columns = rules.covariates(rules.load_rules().on(OCTOBER), iso3, ["NATO"])
    assert columns["both_NATO"][2, 3] == 1.0
    assert columns["both_NATO"].sum() == 2.0
    assert columns["sanction"][1, 2] > 0.3
    assert columns["sanction"][0, 1] == 0.0
    assert columns["rta"][0, 2] == 0.0


def test_every_shipped_row_names_its_source() -> None:
    for table in ("rules", "memberships", "agreements", "effects", "tariffs", "good_shares", "good_modes", "places"):
        unsourced = [r for r in rows(table) if not r["source"] or "uncited" in r["source"]]
        assert unsourced == [], table
    news = ("tass", "ria novosti", "xinhua", "meduza", "sputnik", "rt.com")
    assert [r["id"] for r in rows("rules") if any(n in r["source"].lower() for n in news)] == []


def test_every_counted_membership_has_its_first_day() -> None:
    assert [m for m in rules.load_rules().memberships if m.counts_on("2023-10-17") and not m.from_date] == []


def test_the_published_schema_is_the_code_s() -> None:
    published = Path(__file__).parents[2] / "docs" / "reference" / "rule.schema.json"
    assert json.loads(published.read_text()) == rules.rule_schema()
    for rule in rules.load_rules().rules:
        row = rule.to_row()
        assert set(row) <= set(rules.rule_schema()["properties"])


def test_every_economy_of_the_baseline_has_a_tariff() -> None:
    baseline = load_baseline(1)
    rates = rules.tariff_matrix(rules.load_rules().on(OCTOBER), baseline.iso3)
    assert not np.isnan(rates).any()
    assert rates.min() == 0.0
    off_diagonal = rates[~np.eye(len(rates), dtype=bool)]
    assert 0.02 < np.median(off_diagonal) < 0.10  # means of 2015 between 1 and 20 %, two punitive duties apart
    assert (off_diagonal > 0.3).mean() < 0.02


def test_no_source_is_a_news_outlet() -> None:
    outlets = re.compile(r"(?i)\b(reuters|tass|ria novosti|interfax|bloomberg|bbc|cnn|guardian|wikipedia|xinhua|afp)\b")
    ruleset = rules.load_rules()
    cited = [r.source for r in ruleset.rules] + [m.source for m in ruleset.memberships]
    assert [source for source in cited if outlets.search(source)] == []


def test_aanzfta_and_cefta_began_on_different_days() -> None:
    asean = {m.iso3: m.from_date for m in rules.load_rules().memberships if m.group == "AANZFTA"}
    assert asean["AUS"] == "2010-01-01" < asean["THA"] < asean["LAO"] < asean["IDN"]
    south_east = {m.iso3: m.from_date for m in rules.load_rules().memberships if m.group == "CEFTA"}
    assert south_east["ALB"] == "2007-07-26" < south_east["SRB"] < south_east["BIH"]
