"""Readers of the user's own trade tables."""

from __future__ import annotations

import csv
import gzip
import hashlib
import sys
from pathlib import Path

import numpy as np
import pytest
from trade_worlds import COUNTRIES, INDUSTRIES, same_world, table

from landbridge import trade
from landbridge.errors import BadTable, DataMissing
from landbridge.trade import BACI, TidyColumns, read_eora, read_icio, read_tidy, read_wiod

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


def wiod_2016_frame(path: Path) -> None:
    """The data frame of the R files as CSV: names in one line, rows of totals below."""
    inner, final = table()
    head = ["IndustryCode", "IndustryDescription", "Country", "RNr", "Year"]
    head += (
        [f"{c}{k}" for c in COUNTRIES for k in (1, 2, 3)] + [f"{c}{k}" for c in COUNTRIES for k in (57, 58)] + ["TOT"]
    )
    with path.open("w", newline="") as handle:
        write = csv.writer(handle)
        write.writerow(head)
        for row in range(9):
            numbers = [*inner[row], *final[row]]
            label = [INDUSTRIES[row % 3], "Crop, animals", COUNTRIES[row // 3], row % 3 + 1, 2014]
            write.writerow([*label, *numbers, sum(numbers)])
        write.writerow(["VA", "Value added", "TOT", 70, 2014, *([1.0] * 16)])


def wiod_2013_sheet(path: Path) -> None:
    """The sheet of the 2013 release as CSV: titles, then codes, names, countries and c1, c2 ... above the numbers."""
    inner, final = table()
    places = [(INDUSTRIES[k], c, f"c{k + 1}") for c in COUNTRIES for k in range(3)]
    places += [("", c, f"c{k}") for c in COUNTRIES for k in (37, 38)] + [("", "TOT", "c43")]
    with path.open("w", newline="") as handle:
        write = csv.writer(handle)
        write.writerow(["World Input-Output Table, 1995"])
        write.writerow(["(industry-by-industry)", "", "", ""])
        for line in ([p[0] for p in places], ["name, of it"] * len(places), [p[1] for p in places]):
            write.writerow(["", "", "", "", *line])
        write.writerow(["", "", "", "", *[p[2] for p in places]])
        for row in range(9):
            numbers = [*inner[row], *final[row]]
            write.writerow(
                [INDUSTRIES[row % 3], "name", COUNTRIES[row // 3], f"r{row % 3 + 1}", *numbers, sum(numbers)]
            )
        write.writerow(["r60", "Total intermediate consumption", "TOT", "r60", *([1.0] * 16)])


def test_wiod_of_both_releases_is_the_same_world(tmp_path: Path) -> None:
    for name, write in (("WIOT2014.csv", wiod_2016_frame), ("wiot95.csv", wiod_2013_sheet)):
        write(tmp_path / name)
        world = read_wiod(tmp_path / name)
        same_world(world, 1e6)
        assert name in world.source
        assert hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() in world.source
    lines = (tmp_path / "wiot95.csv").read_text().splitlines()
    (tmp_path / "cut.csv").write_text("\n".join(lines[:-3]))
    with pytest.raises(BadTable, match="ROW C10-C12, ROW G46"):
        read_wiod(tmp_path / "cut.csv")
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(BadTable, match="no line of column numbers"):
        read_wiod(tmp_path / "other.csv")


def eora(folder: Path) -> list[Path]:
    inner, final = table()
    files = [folder / n for n in ("Eora26_T.txt", "Eora26_FD.txt", "labels_T.txt", "labels_FD.txt")]
    for path, numbers in zip(files, (inner, final)):
        path.write_text("".join("\t".join(f"{v:.17g}" for v in row) + "\n" for row in numbers))
    places = [f"Name\t{c}\tIndustries\t{k}\t\n" for c in COUNTRIES for k in INDUSTRIES]
    files[2].write_text("".join(places))
    files[3].write_text("".join(f"Name\t{c}\tFinal demand\t{k}\t\n" for c in COUNTRIES for k in ("Households", "NGO")))
    return files


def test_eora_matrices_and_labels(tmp_path: Path) -> None:
    files = eora(tmp_path)
    same_world(read_eora(*files), 1e3)
    files[0].write_text("\n".join(files[0].read_text().splitlines()[:-1]))
    with pytest.raises(BadTable, match="end at different rows, near 9"):
        read_eora(*files)
    eora(tmp_path)
    files[2].write_text(files[2].read_text().replace("CHN\tIndustries\tG46", "CHN\tCommodities\tG46"))
    with pytest.raises(BadTable, match="CHN mix Commodities and Industries"):
        read_eora(*files)


def test_a_file_of_many_years_must_be_told_which(tmp_path: Path) -> None:
    path = tmp_path / "itpd.csv"
    head = "Exporter_ISO3,importer_iso3,year,industry_id,trade"
    rows = [f"{i},{j},{y},7,{v}" for y in (2018, 2019) for i, j, v in (("A", "A", 9), ("A", "B", 2), ("B", "A", 1))]
    path.write_text("\n".join([head, *rows, "B,B,2018,7,8", "B,B,2019,7,5"]))
    with pytest.raises(BadTable, match="holds 2 years: 2018, 2019"):
        read_tidy(path, trade.ITPD)
    assert read_tidy(path, trade.ITPD, year="2019").flow_usd.sum() == pytest.approx(17)


def test_too_many_sectors_are_told_before_memory_runs_out(tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    path.write_text("\n".join(["i,j,k,v", *(f"{n % 400},{n % 400},{n:04d},1" for n in range(1200))]))
    joined = read_tidy(path, BACI, country=lambda c: c[:1], sector=lambda k: k[:1])
    assert joined.sectors == ("0", "1") and joined.flow_usd.sum() == pytest.approx(1200)
    with pytest.raises(BadTable, match=r"1,200 sectors x 400 x 400 economies"):
        read_tidy(path, BACI)


def itpd_rows() -> list[str]:
    """Two years of two economies in two industries, with blanks and spaces as files have them."""
    flows = [("A", "A", 90), ("A", "B", 20), ("B", "A", 10), ("B", "B", 80)]
    return [f"{i},{j},{y},{k},{v * k}" for y in (2018, 2019) for k in (1, 2) for i, j, v in flows] + ["A,B,2019,1,"]


def test_parquet_and_large_files_give_the_same_world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    duckdb = pytest.importorskip("duckdb", reason="the database is in the extra [data]")
    plain, columnar = tmp_path / "itpd.csv", tmp_path / "itpd.parquet"
    plain.write_text("\n".join(["Exporter_ISO3,importer_iso3,year,industry_id,trade", *itpd_rows()]))
    expected = read_tidy(plain, trade.ITPD, year="2019")
    duckdb.sql(f"COPY (FROM read_csv('{plain}')) TO '{columnar}' (FORMAT parquet)")
    read = [read_tidy(columnar, trade.ITPD, year="2019")]
    monkeypatch.setattr("landbridge.trade.readers._LARGE_BYTES", 1)
    read.append(read_tidy(plain, trade.ITPD, year="2019"))
    for found, path in zip(read, (columnar, plain), strict=True):
        assert (found.iso3, found.sectors) == (expected.iso3, expected.sectors)
        np.testing.assert_array_equal(found.flow_usd, expected.flow_usd)
        assert hashlib.sha256(path.read_bytes()).hexdigest() in found.source
    with pytest.raises(BadTable, match="holds 2 years: 2018, 2019"):
        read_tidy(columnar, trade.ITPD)
    plain.write_text(plain.read_text().replace("A,B,2019,2,40", "A,B,2019,2,-40"))
    with pytest.raises(BadTable, match="flow -40 is negative"):
        read_tidy(plain, trade.ITPD, year="2019")
    columnar.write_bytes(columnar.read_bytes()[:-40])
    with pytest.raises(BadTable, match=r"itpd\.parquet"):
        read_tidy(columnar, trade.ITPD, year="2019")


def test_parquet_without_a_database_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(DataMissing, match=r"needs duckdb: pip install 'landbridge\[data\]'"):
        read_tidy(tmp_path / "flows.parquet", trade.ITPD)
