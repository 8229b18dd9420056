"""Readers of the user's own trade tables."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from landbridge import trade
from landbridge.errors import BadTable, DataMissing
from landbridge.trade.readers import BACI, TidyColumns, read_icio, read_tidy

SIMPLE = TidyColumns("exporter", "importer", "value")


def test_baci_layout_adds_products_and_needs_output(tmp_path: Path) -> None:
    path = tmp_path / "BACI_HS17_Y2023.csv.gz"
    rows = ("t,i,j,k,v,q", "2023,156,643,270900,5.0,1", "2023,156,643,870323,2.5,NA", "2023,643,156,270900,9,1")
    text = "\n".join([*rows, "2022,156,643,1,7,1", ""])
    with gzip.open(path, "wt") as handle:
        handle.write(text)
    names = {"156": "CHN", "643": "RUS"}
    world = read_tidy(
        path,
        BACI,
        year="2023",
        usd_per_unit=1000.0,
        country=names.get,
        sector=lambda hs: "fuels" if hs.startswith("27") else "other",
        output_usd={"CHN": 1e6, "RUS": 1e5},
        value_added_share=0.5,
    )
    assert world.iso3 == ("CHN", "RUS")
    assert world.sectors == ("fuels", "other")
    assert world.flow_usd[0, 0, 1] == 5000.0
    assert world.output_usd.sum(axis=0) == pytest.approx([1e6, 1e5])
    assert trade.solve(world, deficits="share").residual <= 1e-10
    with pytest.raises(BadTable, match="output of RUS is missing or below its exports"):
        read_tidy(path, BACI, year="2023", country=names.get, output_usd={"CHN": 1e9})


def test_all_faults_of_a_tidy_file(tmp_path: Path) -> None:
    path = tmp_path / "flows.csv"
    path.write_text("exporter,importer,value\nAAA,BBB,-1\nAAA,AAA,x\nBBB,AAA,3\n")
    with pytest.raises(BadTable) as caught:
        read_tidy(path, SIMPLE)
    assert len(caught.value.faults) == 2
    assert "row 2" in str(caught.value)
    with pytest.raises(BadTable, match="column 'trade' is missing"):
        read_tidy(path, TidyColumns("exporter", "importer", "trade"))
    with pytest.raises(DataMissing, match="not there"):
        read_tidy(tmp_path / "not there.csv", SIMPLE)
    cut = tmp_path / "cut.csv.gz"
    cut.write_bytes(gzip.compress(b"exporter,importer,value\n" * 1000)[:40])
    with pytest.raises(DataMissing, match="download it again"):
        read_tidy(cut, SIMPLE)


def test_icio_layout(tmp_path: Path) -> None:
    """Two economies, one of them split in two (CN1, CN2), two industries, a total column and rows below."""
    industries, places = ("A01_02", "C10T12"), ("CN1", "CN2", "USA")
    labels = [f"{c}_{k}" for c in places for k in industries]
    head = [*labels, "CHN_HFCE", "USA_HFCE", "OUT"]
    draw = np.random.default_rng(0)
    body = draw.uniform(1, 5, (6, 6))
    final = draw.uniform(20, 40, (6, 2))
    lines = ["V1," + ",".join(head)]
    for label, inputs, demand in zip(labels, body, final, strict=True):
        numbers = [*inputs, *demand, inputs.sum() + demand.sum()]
        lines.append(label + "," + ",".join(f"{v:.10g}" for v in numbers))
    lines.append("VALU," + ",".join(["0"] * len(head)))
    path = tmp_path / "ICIO2023.csv"
    path.write_text("\n".join(lines) + "\n")
    world = read_icio(path)
    assert world.iso3 == ("CHN", "USA")
    assert world.sectors == industries
    assert world.output_usd.sum() / 1e6 == pytest.approx(body.sum() + final.sum())
    chinese_inputs = body[:, :4].sum()
    cost = ((1 - world.value_added_share) * world.output_usd).sum(axis=0) / 1e6
    assert cost[0] == pytest.approx(chinese_inputs)
    assert world.final_share.sum(axis=0) == pytest.approx(1.0)
    result = trade.solve(world, deficits="share")  # its own accounts are an equilibrium: nothing moves
    assert result.real_income_hat == pytest.approx(1.0, abs=1e-9)
    (tmp_path / "bad.csv").write_text("a,b\n1,2\n")
    with pytest.raises(BadTable, match="not an inter-country"):
        read_icio(tmp_path / "bad.csv")
    path.write_text("\n".join([lines[0], lines[1][:40], *lines[2:]]))
    with pytest.raises(BadTable, match="is the file cut"):
        read_icio(path)
