"""Published figures that the calibration did not use, beside the model's: straits and forty-two others."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from landbridge.energy import EnergyResult
from landbridge.units import MBD_PER_MT_YR

BCFD_PER_BCM = 35.315 / 365.0
EUROPE = "gbr|irl|nld|bel|deu|fra|iberia|ita|pol-balt|eu-ce|eu-se|tur"
EU = "nld|bel|deu|irl|fra|iberia|ita|pol-balt|eu-ce|eu-se"
RUSSIAN_LNG = "rus-yamal-lng|rus-baltic-lng|rus-sakhalin-lng"
EU_CRUDE = "nordic|eu-nw|eu-med|eu-druzhba-north|eu-druzhba-south|bgr|rou"
ASIA = "chn-ne|chn-coast|jpn|kor|twn|ind|pak|oas|tha|sgp"


def rows(kind: str) -> list[dict[str, str]]:
    """Rows of checks.csv of a kind."""
    with Path(__file__).with_name("checks.csv").open(encoding="utf-8") as handle:
        return [row for row in csv.DictReader(handle) if row["kind"] == kind]


def through(result: EnergyResult, passage: str, origin: str = "") -> float:
    """Quantity a year that passes a strait, of one origin where given."""
    inside = np.array([passage in doors for doors in result.market.arcs.passages])
    flow = result.flow_by_origin[result.classes.index(origin)] if origin else result.flow
    return float(flow[inside].sum())


def between(
    result: EnergyResult, tails: str = "", heads: str = "", *, mode: str = "", origin: str = "", door: str = ""
) -> float:
    """Flow of the arcs from nodes to nodes ("" is any), by mode, origin and strait."""
    market, arcs = result.market, result.market.arcs
    ids = np.array(market.nodes.id)
    chosen = np.ones(len(arcs.link), dtype=bool)
    for nodes, ends in ((tails, arcs.tail), (heads, arcs.head)):
        if nodes:
            chosen &= np.isin(ids[ends], nodes.split("|"))
    if mode:
        chosen &= np.array(arcs.mode) == mode
    if door:
        chosen &= np.array([door in doors for doors in arcs.passages])
    flow = result.flow_by_origin[result.classes.index(origin)] if origin else result.flow
    return float(flow[chosen].sum())


def ours(
    crude: EnergyResult, gas: EnergyResult, crude_2022: EnergyResult, gas_2022: EnergyResult
) -> Mapping[str, Callable[[], float]]:
    """Key of checks.csv -> the model's figure."""
    ports = "rus-baltic|rus-novorossiysk|rus-arctic|rus-kozmino|rus-sakhalin"

    def lng(tails: str = "", heads: str = "", door: str = "") -> float:
        return between(gas, tails, heads, mode="lng", door=door)

    def by_pipe(tails: str) -> float:
        return between(gas, tails, EU, mode="pipe")

    # what reaches the EU by pipe from outside it
    outside = "nor|gbr|dza|lby|tur|rus-yamal|ukr-transit|blr"
    landed = sum(between(gas_2022, "", node, mode="lng") for node in gas_2022.market.terminals)
    to_turkey = between(gas, "rus-yamal|aze|irn", "tur", mode="pipe") - between(gas, "tur", "eu-se|ita", mode="pipe")
    return {
        "rus-sea": lambda: between(crude, ports, mode="sea", origin="RUS") * MBD_PER_MT_YR,
        "rus-red-sea": lambda: through(crude, "bab-el-mandeb", "RUS") * MBD_PER_MT_YR,
        "kozmino": lambda: between(crude, "rus-kozmino", mode="sea"),
        "cpc": lambda: crude.link_flow("cpc"),
        "btc": lambda: crude.link_flow("baku-supsa-btc"),
        "kaz-chn": lambda: between(crude, "kaz-atasu", "chn-nw", origin="KAZ"),
        "druzhba-south": lambda: crude.link_flow("druzhba-south"),
        "sau-hormuz": lambda: between(crude, "sau-gulf", mode="sea", door="hormuz") * MBD_PER_MT_YR,
        "eu-us-crude": lambda: between(crude, "usa", EU_CRUDE, mode="sea"),
        "tur-rus": lambda: 100 * between(gas, "rus-yamal", "tur", origin="RUS") / (to_turkey + lng(heads="tur")),
        "tur-lng": lambda: lng(heads="tur"),
        "tur-aze": lambda: between(gas, "aze", "tur") - between(gas, "tur", "eu-se|ita"),
        "blue-stream": lambda: gas.link_flow("blue-stream"),
        "turkstream-1": lambda: gas.link_flow("turkstream-1"),
        "rus-eu-pipe": lambda: between(gas, outside, EU, mode="pipe", origin="RUS"),
        "usa-europe-lng": lambda: 100 * lng("usa-lng", EUROPE) / lng("usa-lng"),
        "usa-asia-lng": lambda: 100 * lng("usa-lng", ASIA) / lng("usa-lng"),
        "red-sea-lng": lambda: 100 * through(gas, "suez") / lng(),
        "hormuz-lng": lambda: through(gas, "hormuz") * BCFD_PER_BCM,
        "hormuz-asia": lambda: 100 * lng(heads=ASIA, door="hormuz") / through(gas, "hormuz"),
        "regas-use": lambda: 100 * landed / sum(gas_2022.market.terminals.values()),
        "big-three": lambda: 100 * lng("usa-lng|aus-lng|qat-lng") / lng(),
        "world-lng": lng,
        "eu-nor": lambda: 100 * by_pipe("nor") / by_pipe(outside),
        "eu-dza": lambda: 100 * by_pipe("dza") / by_pipe(outside),
        "eu-usa-lng": lambda: 100 * lng("usa-lng", EU) / lng(heads=EU),
        "transmed": lambda: gas_2022.link_flow("transmed"),
        "europipe": lambda: gas.link_flow("europipe"),
        "deu-lng": lambda: lng(heads="deu"),
        "nld-lng": lambda: lng(heads="nld"),
        "nld-deu": lambda: gas.link_flow("nld-deu"),
        "tap": lambda: gas.link_flow("tap"),
        "tap-2022": lambda: gas_2022.link_flow("tap"),
        "baltic-pipe": lambda: gas.link_flow("baltic-pipe"),
        "medgaz": lambda: gas.link_flow("medgaz"),
        "rus-bel-lng": lambda: between(gas, RUSSIAN_LNG, "bel", mode="lng"),
        "rus-nld-lng": lambda: between(gas, RUSSIAN_LNG, "nld", mode="lng"),
        "emden-2022": lambda: gas_2022.link_flow("europipe") + gas_2022.link_flow("norpipe"),
        "novorossiysk": lambda: between(crude, "rus-novorossiysk", mode="sea"),
        "baltic-ports": lambda: between(crude, "rus-baltic", mode="sea"),
        "usa-gbr-2022": lambda: between(crude_2022, "usa", "gbr", mode="sea"),
        "usa-kor-2022": lambda: between(crude_2022, "usa", "kor", mode="sea"),
    }
