"""Agreements, sanctions, groups and political distance as columns of gravity."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import landbridge as lb
from landbridge import rules
from landbridge.cli import app
from landbridge.errors import UnknownName

ISO3 = ("CHN", "DEU", "FRA", "KAZ", "RUS", "USA")


def test_covariates_have_labels_and_their_known_values() -> None:
    found = lb.covariates(lb.load_world(), 2023, ["rta", "depth", "sanction", "political_distance", "group:EAEU"], ISO3)
    i = {c: k for k, c in enumerate(found.iso3)}
    assert found["depth"][i["DEU"], i["FRA"]] == 5 and found["rta"][i["DEU"], i["FRA"]] == 1
    assert found["group:EAEU"][i["RUS"], i["KAZ"]] == 1 and found["group:EAEU"].sum() == 2
    assert found["political_distance"][i["USA"], i["CHN"]] > found["political_distance"][i["DEU"], i["FRA"]]
    assert found["sanction"][i["RUS"], i["DEU"]] > 0.3
    assert 0.0 < found["sanction"][i["RUS"], i["CHN"]] < 0.002  # Russia's own ban on logs
    frame = found.to_frame()
    assert len(frame) == 30 and (frame["year"] == 2023).all()
    assert frame.set_index(["exporter", "importer"]).loc[("RUS", "KAZ"), "group:EAEU"] == 1


def test_panel_columns_follow_the_year_of_the_row() -> None:
    columns = rules.covariate_columns(
        rules.load_rules(), ["GBR", "GBR", "RUS"], ["DEU", "DEU", "DEU"], [2015, 2023, 2021], ["depth", "sanction"]
    )
    assert columns["depth"].tolist() == [5.0, 3.0, 0.0]
    assert columns["sanction"][2] < 0.05


def test_every_unknown_name_is_told() -> None:
    with pytest.raises(UnknownName, match=r"(?s)unknown covariate 'dist'.*unknown group 'EAU'.*EAEU"):
        lb.covariates(lb.load_world(), names=["dist", "group:EAU"])
    with pytest.raises(UnknownName, match="XXX"):
        rules.covariate_columns(rules.load_rules(), ["XXX"], ["DEU"], [2023], ["rta"])


def test_fit_takes_them_by_name(tmp_path: Path) -> None:
    """Trade made with an effect of 0.5 of a shared group and -0.3 of political distance gives both back."""
    codes = [*sorted(rules.load_rules().on("2023-07-01").members("EU"))[:12], "CHN", "USA", "RUS", "KAZ", "BLR", "IND"]
    found = lb.covariates(lb.load_world(), 2023, ["group:EU", "political_distance"], codes)
    truth = np.exp(0.5 * found["group:EU"] - 0.3 * found["political_distance"])
    file = tmp_path / "panel.csv"
    with file.open("w", newline="") as handle:
        out = csv.writer(handle)
        out.writerow(["exporter", "importer", "year", "trade"])
        for i, a in enumerate(codes):
            for j, b in enumerate(codes):
                if i != j:
                    out.writerow([a, b, 2023, truth[i, j] * (1 + i) * (2 + j)])
    words = ["fit", str(file), "--x", "group:EU,political_distance", "--fe", "exporter,importer", "--cluster", "pair"]
    done = CliRunner().invoke(app, [*words, "--table", "csv"])
    assert done.exit_code == 0, done.output
    rows = {r[0]: float(r[1]) for r in csv.reader(done.output.splitlines()) if r and r[0] in words[3].split(",")}
    assert rows["group:EU"] == pytest.approx(0.5, abs=1e-6)
    assert rows["political_distance"] == pytest.approx(-0.3, abs=1e-6)
