"""Readers on small files in the layouts in which the tables are published: names, header lines, rows below, traps."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import numpy as np
import pytest
from trade_worlds import COUNTRIES, INDUSTRIES, same_world, table

from landbridge import trade
from landbridge.errors import BadTable

DEMAND_2023 = ("HFCE", "NPISH", "GGFC", "GFCF", "INVNT", "DPABR")


def spread_out(final: np.ndarray, kinds: int) -> np.ndarray:
    """Final demand [9, 3 x kinds] of which stocks run down: the sums over the two kinds of `table` stay."""
    pairs = final.reshape(9, 3, 2)
    out = np.zeros((9, 3, kinds))
    out[:, :, 0], out[:, :, 1] = pairs[:, :, 0] + 1.5, pairs[:, :, 1]
    out[:, :, kinds - 2] -= 1.5  # INVNT is negative where stocks are run down
    return out.reshape(9, 3 * kinds)


def write(path: Path, lines: list[list[object]]) -> Path:
    with path.open("w", newline="") as handle:
        csv.writer(handle).writerows(lines)
    return path


def matrix(corner: str, below: dict[str, float], demand: tuple[str, ...], total: str) -> list[list[object]]:
    """A square table labelled COUNTRY_INDUSTRY, with rows that are no sellers below and a total at the right."""
    inner, final = table()
    final = spread_out(final, len(demand))
    labels = [f"{c}_{k}" for c in COUNTRIES for k in INDUSTRIES]
    head = [*labels, *(f"{c}_{d}" for c in COUNTRIES for d in demand), *([total] if total else [])]
    rows = np.hstack([inner, final])
    body = [
        [name, *(repr(float(v)) for v in row), *([repr(float(row.sum()))] if total else [])]
        for name, row in zip(labels, rows, strict=True)
    ]
    return [[corner, *head], *body, *([name, *[value] * len(head)] for name, value in below.items())]


def test_icio_2023_and_2025_editions(tmp_path: Path) -> None:
    """2020_SML.csv: V1 in the corner; TLS, VA and OUT below; six kinds of demand, OUT at the right."""
    lines = matrix("V1", {"TLS": 0.5, "VA": 3.0, "OUT": 9.0}, DEMAND_2023, "OUT")
    same_world(trade.read_icio(write(tmp_path / "2020_SML.csv", lines)), 1e6)


def test_icio_2021_edition_splits_china_and_has_taxes_by_country(tmp_path: Path) -> None:
    """ICIO2021_2018.csv: AUS_TAXSUB ..., VALU and OUTPUT below, TOTAL at the right; CN1 and CN2 are China."""
    lines = matrix("", {"AUS_TAXSUB": 1.0, "ROW_TAXSUB": 1.0, "VALU": 3.0, "OUTPUT": 9.0}, DEMAND_2023, "TOTAL")
    same_world(trade.read_icio(write(tmp_path / "ICIO2021_2018.csv", lines)), 1e6)
    sellers = {f"{c}_{k}" for c in COUNTRIES for k in INDUSTRIES}
    parts = {"CHN": "CN1", "ROW": "CN2"}  # as if ROW were China's second part: its demand is China's

    def renamed(cell: object) -> str:
        country, _, rest = str(cell).partition("_")
        if cell in sellers:
            return f"{parts.get(country, country)}_{rest}"
        return f"CHN_{rest}" if country in parts and rest else str(cell)

    world = trade.read_icio(write(tmp_path / "split.csv", [[renamed(cell) for cell in line] for line in lines]))
    assert world.iso3 == ("AUS", "CHN")
    inner, final = table()
    assert world.flow_usd.sum() == pytest.approx(1e6 * (inner.sum() + final.sum()))


def test_figaro_has_the_same_form(tmp_path: Path) -> None:
    """matrix_eu-ic-io_ind-by-ind_23ed_2021.csv: codes of two letters, demand P3_S13 ..., W2_ rows below."""
    short = {"AUS": "AU", "CHN": "CN", "ROW": "FIGW1"}
    lines = matrix("rowLabels", {"W2_D21X31": 1.0, "W2_D1": 2.0, "W2_B2A3G": 1.0}, ("P3_S13", "P3_S14", "P51G"), "")
    for line in lines:
        for n, cell in enumerate(line):
            for long, code in short.items():
                if str(cell).startswith(f"{long}_"):
                    line[n] = f"{code}{str(cell)[3:]}"
    path = write(tmp_path / "matrix_eu-ic-io_ind-by-ind_23ed_2021.csv", lines)
    same_world(trade.read_icio(path, merge={code: long for long, code in short.items()}), 1e6)


def test_wiod_2016_sheet(tmp_path: Path) -> None:
    """WIOT2014_Nov16_ROW.xlsb saved as CSV: six lines above the numbers, data from line 7, eight rows below."""
    inner, final = table()
    final = spread_out(final, 5)
    industry = [(k, "name, of it", c, f"c{n}") for c in COUNTRIES for n, k in enumerate(INDUSTRIES, start=1)]
    kinds = ("CONS_h", "CONS_np", "CONS_g", "GFCF", "INVEN")
    demand = [(d, "final", c, f"c{n}") for c in COUNTRIES for n, d in enumerate(kinds, start=57)]
    columns = [*industry, *demand, ("GO", "Total output", "TOT", "c62")]
    lines: list[list[object]] = [["Intercountry Input-Output Table"], ["2014", "(in millions of US$)"]]
    lines += [["", "", "", "", *(c[n] for c in columns)] for n in range(4)]
    for (code, name, country, number), one, two in zip(industry, inner, final, strict=True):
        lines.append([code, name, country, number.replace("c", "r"), *one, *two, one.sum() + two.sum()])
    for n, code in enumerate(("II_fob", "TXSP", "EXP_adj", "PURR", "PURNR", "VA", "IntTTM", "GO"), start=65):
        lines.append([code, "row below", "TOT", f"r{n}", *[1.0] * len(columns)])
    same_world(trade.read_wiod(write(tmp_path / "WIOT2014_Nov16_ROW.csv", lines)), 1e6)


def test_eora26_files(tmp_path: Path) -> None:
    """Eora26_2017_bp_T.txt and _FD.txt in thousand USD, labels of four columns; ROW has one industry, TOTAL."""
    inner, final = table()
    keep = [n for n in range(9) if n < 7]  # AUS and CHN with three industries, ROW with one
    inner, final = inner[np.ix_(keep, keep)], final[keep]
    places = [(c, k) for c in COUNTRIES[:2] for k in INDUSTRIES] + [("ROW", "TOTAL")]
    for name, numbers in (("T", inner), ("FD", final)):
        text = "".join("\t".join(f"{v:.17g}" for v in row) + "\n" for row in numbers)
        (tmp_path / f"Eora26_2017_bp_{name}.txt").write_text(text)
    (tmp_path / "labels_T.txt").write_text("".join(f"Name\t{c}\tIndustries\t{k}\t\n" for c, k in places))
    demand = ("Household final consumption P.3h", "Acquisitions less disposals of valuables P.53")
    (tmp_path / "labels_FD.txt").write_text(
        "".join(f"N\t{c}\tFinal demand\t{d}\t\n" for c in COUNTRIES for d in demand)
    )
    files = [tmp_path / n for n in ("Eora26_2017_bp_T.txt", "Eora26_2017_bp_FD.txt", "labels_T.txt", "labels_FD.txt")]
    world = trade.read_eora(*files)
    assert world.iso3 == COUNTRIES and world.sectors == (*INDUSTRIES, "TOTAL")
    row, total = world.index("ROW"), world.sectors.index("TOTAL")
    assert world.flow_usd[total, row].sum() == pytest.approx(1e3 * (inner[6].sum() + final[6].sum()))
    assert world.flow_usd[:total, row].sum() == 0.0 and world.flow_usd[total, :row].sum() == 0.0
    result = trade.solve(world, deficits="share")
    assert result.real_income_hat == pytest.approx(1.0, abs=1e-9)


BACI_CODES = """country_code,country_name_abbreviation,country_name_full,iso_2digit_alpha,iso_3digit_alpha
4,Afghanistan,Afghanistan,AF,AFG
251,France,"France, Monaco",FR,FRA
490,"Other Asia, nes","Other Asia, not elsewhere specified",,N/A
699,India,India,IN,IND
837,Bunkers,Bunkers,,
842,USA,"USA, Puerto Rico and US Virgin Islands",US,USA
"""
BACI_ROWS = """t,i,j,k,v,q
2021,251,842,010121,0.549,0.100
2021,251,842,870323,     12.451,          NA
2021,842,251,880240,20.0,1
2021,490,842,854231,30.0,
2021,842,490,270900,5.0,7
2021,837,842,270900,99.0,7
2021,699,251,620342,4.0,2
2021,4,699,80211,1.0,2
"""


def test_baci_with_its_own_codes(tmp_path: Path) -> None:
    """BACI_HS92_Y2021_V202301.csv: t, i, j, k, v in thousand USD, q blank or NA, padded; codes are not all ISO's."""
    (tmp_path / "country_codes_V202301.csv").write_text(BACI_CODES)
    with gzip.open(tmp_path / "BACI_HS92_Y2021_V202301.csv.gz", "wt") as handle:
        handle.write(BACI_ROWS)
    names = trade.baci_countries(tmp_path / "country_codes_V202301.csv")
    assert [names(c) for c in ("251", "490", "699", "842", "004", "837")] == ["FRA", "TWN", "IND", "USA", "AFG", None]
    output = dict.fromkeys(("AFG", "FRA", "IND", "TWN", "USA"), 1e6)
    world = trade.read_tidy(
        tmp_path / "BACI_HS92_Y2021_V202301.csv.gz",
        trade.BACI,
        usd_per_unit=1000.0,
        country=names,
        sector=lambda hs: hs.strip().zfill(6)[:2],
        output_usd=output,
    )
    assert world.iso3 == ("AFG", "FRA", "IND", "TWN", "USA")  # bunkers are no economy
    assert world.sectors == ("01", "08", "27", "62", "85", "87", "88")
    france, usa = world.index("FRA"), world.index("USA")
    assert world.flow_usd[:, france, usa].sum() == pytest.approx(13_000.0)
    assert world.flow_usd[:, world.index("AFG"), world.index("IND")].sum() == pytest.approx(1_000.0)
    other = tmp_path / "codes.csv"
    other.write_text("country_code,country_name,country_iso2,country_iso3\n36,Australia,AU,AUS\n")
    assert trade.baci_countries(other)("036") == "AUS"  # releases since 2024 call the column country_iso3
    other.write_text("code,name\n36,Australia\n")
    with pytest.raises(BadTable, match="country_code and country_iso3"):
        trade.baci_countries(other)


def test_itpd_release_2(tmp_path: Path) -> None:
    """ITPD_E_R02.csv: eleven columns, names quoted with commas, million USD, trade at home in the file."""
    head = "exporter_iso3,exporter_name,importer_iso3,importer_name,year,industry_id,industry_descr,broad_sector,trade"
    lines = [head + ",flag_mirror,flag_zero"]
    for i, j, value in (("AUS", "AUS", 9.0), ("AUS", "KOR", 2.0), ("KOR", "AUS", 3.0), ("KOR", "KOR", 7.0)):
        for kind in (1, 27):
            lines.append(f'{i},"{i}, name",{j},"{j}, name",2019,{kind},"Wheat, seed",Agriculture,{value},0,p')
    path = tmp_path / "ITPD_E_R02.csv"
    path.write_text("\n".join(lines) + "\n")
    world = trade.read_tidy(path, trade.ITPD, year="2019", usd_per_unit=1e6)
    assert world.iso3 == ("AUS", "KOR") and world.sectors == ("1", "27")
    assert world.flow_usd[0] == pytest.approx(np.array([[9.0, 2.0], [3.0, 7.0]]) * 1e6)


@pytest.mark.parametrize("names", [True, False])
def test_itpd_release_3_with_and_without_names(tmp_path: Path, names: bool) -> None:
    """ITPDE_R03.csv has thirteen columns, ITPDE_R03_no_names.csv lacks three; older codes stand beside."""
    columns = (
        "exporter_iso3,exporter_iso3_dynamic,exporter_name,importer_iso3,importer_iso3_dynamic,importer_name,"
        "broad_sector,industry_id,industry_descr,year,trade,flag_mirror,flag_zero"
    )
    rows = [
        'SRB,SCG,"Serbia","SRB","SCG",Serbia,Agriculture,1,Wheat,2019,40,0,p',
        'SRB,SCG,"Serbia",HRV,HRV,Croatia,Agriculture,1,Wheat,2019,3,1,p',
        "HRV,HRV,Croatia,HRV,HRV,Croatia,Agriculture,1,Wheat,2019,20,0,p",
        "HRV,HRV,Croatia,SRB,SCG,Serbia,Agriculture,1,Wheat,2019,0,0,u",
    ]
    table = list(csv.reader([columns, *rows]))
    dropped = set() if names else {"exporter_name", "importer_name", "industry_descr"}
    kept = [k for k, name in enumerate(table[0]) if name not in dropped]
    path = tmp_path / "ITPDE_R03.csv"
    path.write_text("\n".join(",".join(row[k] for k in kept) for row in table))
    world = trade.read_tidy(path, trade.ITPD, year="2019", usd_per_unit=1e6)
    assert world.iso3 == ("HRV", "SRB") and world.sectors == ("1",)
    assert world.flow_usd[0] == pytest.approx(np.array([[20e6, 0.0], [3e6, 40e6]]))
