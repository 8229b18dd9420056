"""An Advanced Guide (UNCTAD, WTO 2016), chapter 2: application 2 and the exercises, run blind against its Stata logs.

The logs lie in github.com/pachadotdev/tradepolicy (00-application-files/Chapter2: RTAsEffects.log,
RemovingSpecificBorder.log, RTAImpacts.log). They print exporter effects to seven digits before and after each
experiment: factory-gate prices in the conditional equilibrium are exp(difference / (1 - sigma)) in units of Germany's
price index, sigma 7, good to 2e-6; and moments of the price change over all 69 countries, to seven digits.
Not compared: the "full" equilibrium, whose loop stops at 0.01 (see test_advanced_guide_borders).
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from test_gravity_advanced_guide import WAVES, years

from landbridge import gravity, trade

THETA = 6.0
NAFTA = ("CAN", "MEX", "USA")
STATA = gravity.PpmlSettings(small_sample="none")
# exporter effects printed: base, then after; part (i) removes the average border between Canada and the USA, (iii) the
# border of its own, (iv) that border for Canadian exports only
EFFECTS = {
    "i": {
        "ARG": (16.60491, 16.6103), "AUS": (17.83091, 17.83214), "BGR": (15.30641, 15.31205),
        "CAN": (17.97164, 16.48761), "CHN": (19.70242, 19.7108), "JPN": (19.22102, 19.23101),
        "MEX": (17.65423, 17.64971), "USA": (19.38116, 19.31339), "DEU": (18.59357, 18.59634),
    },
    "iii": {
        "ARG": (16.46965, 16.47401), "AUS": (17.6777, 17.67849), "BGR": (15.1885, 15.19327),
        "CAN": (17.66846, 16.36774), "CHN": (19.5572, 19.56398), "JPN": (19.078, 19.08603),
        "MEX": (17.53003, 17.52469), "USA": (19.21891, 19.1572), "DEU": (18.4702, 18.47253),
    },
    "iv": {
        "ARG": (16.46965, 16.47501), "AUS": (17.6777, 17.68033), "BGR": (15.1885, 15.19053),
        "CAN": (17.66846, 16.36139), "CHN": (19.5572, 19.56082), "JPN": (19.078, 19.08229),
        "MEX": (17.53003, 17.55978), "USA": (19.21891, 19.29183), "DEU": (18.4702, 18.47106),
    },
}  # fmt: skip
# mean, standard deviation, least and largest factory-gate price change over countries (iteration 1 of the logs)
MOMENTS = {
    "i": (1.003381, 0.0336607, 0.9976292, 1.280613),
    "iii": (1.002964, 0.0290352, 0.9980195, 1.242081),
    "iv": (1.002819, 0.0292166, 0.9879197, 1.243396),
    "nafta": (0.9994758, 0.0031412, 0.978553, 1.000545),
    "nafta own": (0.9992037, 0.004869, 0.9654657, 1.00086),
}


@cache
def borders(own: bool) -> gravity.PpmlResult:
    """2006 with one border, or with one of its own between Canada and the USA."""
    regressors = ["ln_dist", "cntg", *(["rest", "pair_border"] if own else ["border"])]
    return gravity.fit_panel(one_year(), x=regressors, fe=["exporter", "importer"], cluster=(), settings=STATA)


@cache
def one_year() -> dict[str, np.ndarray]:
    data = years((2006,))
    between = (np.isin(data["exporter"], ("CAN", "USA")) & np.isin(data["importer"], ("CAN", "USA"))).astype(float)
    abroad = (data["exporter"] != data["importer"]).astype(float)
    extra = {"border": abroad, "pair_border": between * abroad, "rest": abroad * (1 - between)}
    return data | extra | {"ln_dist": np.log(data["dist"])}


@cache
def waves() -> dict[str, np.ndarray]:
    """Six years; home trade of all countries has one effect in common, as in the Guide."""
    data = years(WAVES)
    first = data["exporter"] < data["importer"]
    low, high = (np.where(first, data[a], data[b]) for a, b in (("exporter", "importer"), ("importer", "exporter")))
    home = data["exporter"] == data["importer"]
    nafta = np.isin(data["exporter"], NAFTA) & np.isin(data["importer"], NAFTA) & ~home & (data["year"] >= 1994)
    other = np.where(nafta, 0.0, data["rta"])
    return data | {"link": np.where(home, "home", np.char.add(low, high)), "nafta": nafta.astype(float), "other": other}


@cache
def agreements(own: bool) -> gravity.PpmlResult:
    return gravity.fit_panel(
        waves(), x=["other", "nafta"] if own else ["rta"], fe=["exporter^year", "importer^year", "link"], cluster=(),
        settings=STATA,
    )  # fmt: skip


def test_estimates_with_a_border_of_its_own() -> None:
    """Exercise 1 (ii); Stata's ppml multiplies the robust covariance by n/(n-1)."""
    found = borders(own=True)
    assert found.coefficients == pytest.approx([-0.7672372, 0.6284654, -2.533003, -1.987681], abs=5e-7)
    errors = np.array([found.se(name) for name in found.names]) * np.sqrt(4761 / 4760)
    assert errors == pytest.approx([0.0496717, 0.1115665, 0.1207792, 0.1586384], abs=1e-6)


def test_estimates_of_agreements() -> None:
    """Application 2 and exercise 2 (i): all agreements alike, then NAFTA by itself."""
    alike, apart = agreements(own=False), agreements(own=True)
    assert alike["rta"] == pytest.approx(0.5571853, abs=5e-8)
    assert [apart["other"], apart["nafta"]] == pytest.approx([0.4452111, 0.9475133], abs=5e-8)
    assert alike.observations == apart.observations == 28482
    assert alike.se("rta") == pytest.approx(0.055771, abs=2e-6)
    assert [apart.se("other"), apart.se("nafta")] == pytest.approx([0.0560053, 0.0639527], abs=2e-6)


def prices(fitted: np.ndarray, data: dict[str, np.ndarray], power: np.ndarray) -> dict[str, float]:
    """Factory-gate prices in units of Germany's price index after trade changes by exp(power) at given prices."""
    iso3 = tuple(sorted(set(data["exporter"].tolist())))
    at, n = {code: k for k, code in enumerate(iso3)}, len(iso3)
    cell = [at[c] for c in data["exporter"]], [at[c] for c in data["importer"]]
    flow, wedge = np.zeros((1, n, n)), np.ones((n, n))
    flow[0][cell], wedge[cell] = np.nan_to_num(fitted), np.exp(-power / THETA)
    one, zero = np.ones((1, n)), np.zeros_like(flow)
    base = trade.Baseline(
        iso3, ("goods",), flow, zero, one, np.zeros((n, 1, 1)), one, np.array([THETA]), zero.astype(np.int8)
    )
    found = trade.solve(base, wedge, mode="conditional", deficits="multiplicative")
    return dict(zip(iso3, found.cost_hat[0] / found.consumer_price_hat[at["DEU"]]))


@cache
def experiment(name: str) -> dict[str, float]:
    if name.startswith("nafta"):
        own = name == "nafta own"
        found, data = agreements(own), waves()
        effect = found["nafta"] if own else found["rta"]
        then = data["year"] == 1994
        return prices(found.fitted[then], {c: v[then] for c, v in data.items()}, -effect * data["nafta"][then])
    found, data = borders(own=name != "i"), one_year()
    opened = data["pair_border"] * (1.0 if name != "iv" else data["exporter"] == "CAN")
    return prices(found.fitted, data, -found.coefficients[-1] * opened)


@pytest.mark.parametrize("name", EFFECTS)
def test_prices_by_country(name: str) -> None:
    for code, (before, after) in EFFECTS[name].items():
        assert experiment(name)[code] == pytest.approx(np.exp((after - before) / -THETA), rel=2e-6), code


@pytest.mark.parametrize("name", MOMENTS)
def test_moments_over_all_countries(name: str) -> None:
    """Each country counts 69 times in the logs' standard deviation; seven digits are printed."""
    values = np.repeat(list(experiment(name).values()), 69)
    found = values.mean(), values.std(ddof=1), values.min(), values.max()
    assert found == pytest.approx(MOMENTS[name], abs=1e-6)
