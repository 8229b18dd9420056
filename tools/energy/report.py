"""Writes docs/validation/energy.md: every number in it comes from a run."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np

import landbridge as lb
from landbridge import energy
from landbridge.energy.program import ship_days
from landbridge.scenario import shipped_scenarios
from landbridge.units import MBD_PER_MT_YR
from tools.energy import checks, investment
from tools.energy.figures import crude_flows
from tools.energy.predict import predict
from tools.energy.sea import rows

OUT = Path(__file__).parents[2] / "docs" / "validation" / "energy.md"
TEMPLATE = Path(__file__).with_name("report.md")
YEARS = range(2030, 2036)


def table(head: list[str], body: list[list[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in body]) + "\n"


def base(fuel: Any) -> energy.EnergyResult:
    return energy.solve(
        energy.load_market(fuel), forbidden=energy.restrictions(fuel), capacity_factor=energy.closed_links(fuel),
        price_caps=energy.price_caps(fuel),
    )  # fmt: skip


def fit_tables(results: dict[str, energy.EnergyResult]) -> str:
    out = []
    for fuel, result in results.items():
        found = sorted((r for r in result.fit if r.observed > 0), key=lambda r: -r.observed)[:20]
        body = [
            [r.name, r.kind, f"{r.observed:.1f}", f"{r.model:.1f}", f"{100 * r.miss:+.1f} %", f"{r.term:+.2f}"]
            for r in found
        ]
        market = result.market
        out.append(f"### The twenty largest {fuel} flows of 2023, {market.quantity_unit}\n\n")
        out.append(table(["flow", "kind", "observed", "model", "miss", f"term, {market.price_unit}"], body))
        every = [abs(r.term) for r in result.fit if r.kind in ("fitted", energy.data.BORDER)]
        bound = energy.data.parameter("term_bound", fuel) * next(
            float(b["price"]) for b in rows("benchmarks")
            if b["benchmark"] == {"crude": "Brent", "gas": "JKM"}[fuel] and b["year"] == "2023"
        )  # fmt: skip
        at_bound = sum(t >= bound - 1e-6 for t in every)
        out.append(
            f"\nTerms of all {len(every)} fitted flows: median {np.median(every):.2f}, largest {max(every):.2f}, bound "
            f"{bound:.2f}, at the bound {at_bound}.\n\n"
        )
    return "".join(out)


def price_table(results: dict[str, energy.EnergyResult]) -> str:
    body = []
    for row in rows("benchmarks"):
        if row["year"] == "2023":
            model = results[row["fuel"]].price_at(row["node"])
            miss = model / float(row["price"]) - 1
            kind = "input" if row["role"] == "anchor" else "predicted"
            body.append(
                [
                    row["benchmark"],
                    kind,
                    row["price"],
                    f"{model:.2f}",
                    f"{100 * miss:+.1f} %",
                    row["unit"],
                    row["basis"],
                ]
            )
    return table(["price 2023", "role", "observed", "model", "miss", "unit", "basis of the observation"], body)


def definitions(result: energy.EnergyResult) -> str:
    body = []
    for year in (2022, 2023):
        flows = crude_flows(year)
        russian = flows[flows["from"] == "Russia"]
        exports, china = float(russian["value"].sum()), float(russian.loc[russian["to"] == "China", "value"].iloc[0])
        body.append(
            [
                str(year),
                f"{exports:.1f}",
                f"{china:.1f}",
                f"{china * MBD_PER_MT_YR:.2f}",
                f"{100 * china / exports:.0f} %",
            ]
        )
    china, exports = result.deliveries("RUS", "CHN"), result.deliveries("RUS")
    body.append(
        [
            "2023, model",
            f"{exports:.1f}",
            f"{china:.1f}",
            f"{china * MBD_PER_MT_YR:.2f}",
            f"{100 * china / exports:.0f} %",
        ]
    )
    return table(["year", "Russian crude exports, Mt", "to China, Mt", "to China, mb/d", "share"], body)


def predictions() -> str:
    out = []
    for fuel, unit in (("crude", "Mt"), ("gas", "bcm")):
        found = predict(fuel)
        mine, naive = found.mean_error()
        russian = [r for r in found.table if r[0].startswith("rus")]
        largest = [r for r in found.table if not r[0].startswith("rus")][:10]
        body = [[n, f"{a:.1f}", f"{b:.1f}", f"{c:.1f}", f"{c - b:+.1f}"] for n, a, b, c in [*russian, *largest]]
        out.append(f"### {fuel}, {unit} a year: Russia's trades, then the ten largest others\n\n")
        out.append(table(["flow", "2022 observed", "2023 observed", "2023 predicted", "error"], body))
        out.append(
            f"\nMean absolute error over {len(found.table)} trades: {mine:.2f} {unit}; saying that nothing changes: "
            f"{naive:.2f} {unit}.\n\n"
        )
        crossing = {r["name"] for r in rows("borders") if r["fuel"] == fuel and r["kind"] == energy.data.BORDER}
        if crossing:
            mine, naive = found.mean_error(crossing)
            out.append(f"Without the two rows of crossings: {mine:.2f} and {naive:.2f} {unit}.\n\n")
        if fuel == "crude":
            gap = found.year.price_at("eu-nw") - found.year.price_at("rus-baltic")
            carried = energy.data.parameter("shunning_2022", fuel)
            out.append(
                f"Discount of Urals FOB to Brent: 2023 predicted {gap:.1f}, observed {82.6 - 58.5:.1f} USD/bbl (58.5: "
                f"middle of the reported range). The discount of 2022 ({101.3 - 76.1:.1f}) is an input of its fit (few "
                f"laws, but many buyers that refused), carried as a transfer of {carried:.1f} USD/bbl on all Russian "
                "crude, scaled with the level of price.\n\n"
            )
        else:
            body = [[n, f"{found.year.price_at(k):.2f}"] for n, k in (("TTF", "nld"), ("China LNG", "chn-coast"))]
            out.append(table(["price predicted for 2023, with JKM's level given", "USD/MMBtu"], body) + "\n")
    return "".join(out)


def outlook(**how: Any) -> energy.HorizonResult:
    return energy.solve_years(energy.load_horizon("gas", YEARS, **how))


def _china_lng(result: energy.HorizonResult) -> np.ndarray:
    market = result.horizon.market
    ships = [
        a for a, m in enumerate(market.arcs.mode) if m == "lng" and market.nodes.iso3[market.arcs.head[a]] == "CHN"
    ]
    return np.asarray(result.yearly(result.flow)[:, ships].sum(axis=1))


def _price(result: energy.HorizonResult, node: str) -> np.ndarray:
    return np.asarray(result.yearly(result.price)[:, result.horizon.market.nodes.index(node)])


def _netback(result: energy.HorizonResult, link: str) -> np.ndarray:
    arcs = result.horizon.market.arcs
    a = arcs.link.index(link)
    return np.asarray(result.yearly(result.price)[:, arcs.head[a]] - arcs.cost[a])


def power_of_siberia_2() -> str:
    plan = energy.projects("gas", "power-of-siberia-2")
    without, built = outlook(), outlook(may_build=plan, tail_years=25)
    flow = built.yearly(built.flow)[:, built.horizon.market.arcs.link.index("power-of-siberia-2")]
    body = []
    for y, year in enumerate(YEARS):
        row = [str(year), f"{flow[y]:.1f}"]
        for series in (_china_lng, *(lambda r, n=n: _price(r, n) for n in ("chn-coast", "jpn", "nld"))):
            row.append(f"{series(without)[y]:.2f} / {series(built)[y]:.2f}")
        row.append(f"{_netback(built, 'power-of-siberia-2')[y]:.2f}")
        row.append(f"{_netback(built, 'power-of-siberia-1')[y]:.2f}")
        row.append(f"{_netback(built, 'rus-yamal-lng>chn-coast')[y]:.2f}")
        body.append(row)
    head = ["year", "PS-2 flow, bcm", "China's LNG, bcm", "Shanghai", "JKM", "TTF", "netback PS-2", "netback PS-1",
            "netback Yamal LNG to China"]  # fmt: skip
    return table(head, body) + "\nWithout / with; prices and netbacks in USD/MMBtu.\n\n" + _sensitivity(plan, without)


def _sensitivity(plan: tuple[energy.Project, ...], without: energy.HorizonResult) -> str:
    """2033: capacity, cost, Chinese demand, Russia's opportunity in Europe; and who holds the rent by price formula."""
    at = list(YEARS).index(2033)
    cases: list[tuple[str, energy.HorizonResult, energy.HorizonResult]] = []
    for name, size, cost in (
        ("half the size", 0.5, 0.6),
        ("cost x 3.7 (50 billion)", 1.0, 3.7),
        ("cost x 10", 1.0, 10.0),
    ):
        other = tuple(dataclasses.replace(p, capacity=size * p.capacity, capex_usd=cost * p.capex_usd) for p in plan)
        cases.append((name, without, outlook(may_build=other, tail_years=25)))
    cases.append(("central", without, outlook(may_build=plan, tail_years=25)))
    for name, factor in (("Chinese demand -10 %", 0.9), ("Chinese demand +10 %", 1.1)):
        market = energy.load_market("gas", horizon="long").scale_demand({"CHN": factor})
        cases.append((name, outlook(market=market), outlook(market=market, may_build=plan, tail_years=25)))
    reopened = {"reopened": ("nord-stream", "yamal-europe")}
    cases.append(
        ("Nord Stream and Yamal-Europe open", outlook(**reopened), outlook(**reopened, may_build=plan, tail_years=25))
    )
    body = []
    for name, bare, built in cases:
        saved = _china_lng(bare)[at] - _china_lng(built)[at]
        body.append(
            [name, f"{built.built[at, 0]:.1f}", f"{saved:.1f}"]
            + [f"{_price(built, n)[at] - _price(bare, n)[at]:+.2f}" for n in ("chn-coast", "jpn", "nld")]
            + [f"{_netback(built, 'power-of-siberia-2')[at]:.2f}"]
        )
    head = ["2033", "built, bcm", "LNG displaced, bcm", "Shanghai", "JKM", "TTF", "netback PS-2"]
    central = next(b for n, _, b in cases if n == "central")
    marginal, usd = _price(central, "chn-coast")[at], central.horizon.market.usd_per_unit
    gap = [(p, (marginal - p) * central.built[at, 0] * usd / 1e9) for p in (6.0, 8.42, 10.0, 12.0)]
    text = "; ".join(f"at {p:g} USD/MMBtu {g:+.1f}" for p, g in gap)
    return (
        table(head, body)
        + "\nThe price formula moves no flow while the line is full, it moves money: to the buyer, billion USD a year, "
        + f"{text}. "
        "8.42 is what Power of Siberia 1 earned in 2023. No published equilibrium number exists to check any of this.\n"
    )


def who_gains() -> str:
    """Present value over 30 years of Power of Siberia 2 by country, before any contract moves money."""
    plan = energy.projects("gas", "power-of-siberia-2")
    bare, built = outlook(tail_years=25), outlook(may_build=plan, tail_years=25)
    market = built.horizon.market
    iso = np.array(market.nodes.iso3)
    change = {}
    for r, sign in ((bare, -1.0), (built, 1.0)):
        use, make = r.present_value_usd(r.consumer_surplus), r.present_value_usd(r.producer_surplus)
        owner = iso[market.arcs.tail]  # a full way's rent is put down to where it starts
        rent = r.present_value_usd(r.way_rent)
        for code in set(iso.tolist()):
            parts = np.array([use[iso == code].sum(), make[iso == code].sum(), rent[owner == code].sum()])
            change[code] = change.get(code, np.zeros(3)) + sign * parts / 1e9
    years = [(p.share * p.weight, p.year) for p in built.horizon.periods]
    weight = {y: sum(w for w, year in years if year == y) for y in YEARS}
    pay = plan[0].capex_usd * (energy.annuity(built.horizon.discount_rate, plan[0].life_years) + plan[0].om_share)
    cost = sum(weight[y] * pay * (built.built[k, 0] > 1) for k, y in enumerate(YEARS)) / 1e9
    order = sorted(change, key=lambda c: -abs(float(change[c].sum())))[:12]
    body = [[c, *(f"{v:+.1f}" for v in change[c]), f"{change[c].sum():+.1f}"] for c in order]
    world = sum(change.values(), np.zeros(3))
    body.append(["world", *(f"{v:+.1f}" for v in world), f"{world.sum():+.1f}"])
    head = ["billion USD, present value", "consumers", "producers", "owners of full ways", "sum"]
    return table(head, body) + (
        f"\nThe line's own cost is {cost:.1f} billion USD (13.6 billion, 8 %, 30 years, running cost 2 % a year), not "
        "yet taken off. The rent of the full line is put down to Russia, where it starts; a contract price below the "
        "marginal price hands it to China. Friction and terms of the trades are counted as cost.\n"
    )


def counterfactuals(results: dict[str, energy.EnergyResult]) -> str:
    crude, bans, cap = energy.load_market("crude"), energy.restrictions("crude"), energy.price_caps("crude")

    def at(price: float | None = None, members: frozenset[str] = frozenset()) -> tuple[energy.PriceCap, ...]:
        return tuple(
            dataclasses.replace(c, price=c.price if price is None else price, coalition=c.coalition | members)
            for c in cap
        )

    china = frozenset({"CHN"})
    runs = [
        ("base 2023", results["crude"]),
        ("China joins embargo by sea and cap", energy.solve(crude, forbidden=bans | {("RUS", "CHN", "sea")},
                                                            price_caps=at(None, china))),
        ("embargo and cap lifted", energy.solve(crude)),
        ("cap at 30", energy.solve(crude, forbidden=bans, price_caps=at(30.0))),
        ("services banned at any price", energy.solve(crude, forbidden=bans, price_caps=at(0.0))),
        ("Hormuz closed all year", energy.solve(crude, forbidden=bans, price_caps=cap, passage_share={"hormuz": 0.0})),
        ("Suez closed all year", energy.solve(crude, forbidden=bans, price_caps=cap, passage_share={"suez": 0.0})),
    ]  # fmt: skip
    used = results["crude"].consumption.sum()
    body = []
    for name, r in runs:
        body.append(
            [name, f"{r.price_at('eu-nw'):.1f}", f"{r.price_at('rus-baltic'):.1f}", f"{r.price_at('rus-kozmino'):.1f}",
             f"{r.deliveries('RUS'):.0f}", f"{r.deliveries('RUS', 'CHN'):.0f}", f"{r.deliveries('RUS', 'IND'):.0f}",
             f"{used - r.consumption.sum():.0f}"]
        )  # fmt: skip
    head = ["crude", "Brent", "Urals FOB", "ESPO FOB", "Russian exports, Mt", "to China", "to India", "use lost, Mt"]
    return table(head, body)


def chokepoints(results: dict[str, energy.EnergyResult]) -> str:
    """Crude and LNG through the straits beside EIA's count of all oil."""
    body = []
    for row in checks.rows("choke"):
        crude = checks.through(results["crude"], row["key"]) * MBD_PER_MT_YR
        lng = checks.through(results["gas"], row["key"]) * checks.BCFD_PER_BCM
        body.append(
            [row["what"], row["value"], f"{crude:.1f}", f"{100 * crude / float(row['value']):.0f} %", f"{lng:.1f}"]
        )
    head = ["strait", "all oil, EIA, mb/d", "our crude, mb/d", "share", "our LNG, Bcf/d"]
    return table(head, body)


def blind(results: dict[str, energy.EnergyResult]) -> str:
    """Published figures that the calibration did not use: those known before, and those of the last round."""
    earlier = [
        energy.solve(
            energy.load_market(fuel, year=2022), forbidden=energy.restrictions(fuel, 2022),
            capacity_factor=energy.closed_links(fuel, 2022), tariffs=energy.shunning(fuel, 2022),
        )
        for fuel in ("crude", "gas")
    ]  # fmt: skip
    model = checks.ours(results["crude"], results["gas"], *earlier)
    known = _compared(checks.rows("blind"), model)
    return f"{known}\nFifteen more, not looked at before the model was as it is; the first run:\n\n" + _compared(
        checks.rows("new"), model
    )


def _compared(rows_of_kind: list[dict[str, str]], model: Any) -> str:
    body, misses, apart = [], [], []
    for row in rows_of_kind:
        value, published = model[row["key"]](), float(row["value"])
        misses.append(abs(value / published - 1))
        apart.append(row["apart"] == "yes")
        body.append([row["what"], row["value"], f"{value:.1f}", f"{100 * (value / published - 1):+.0f} %", row["unit"],
                     row["apart"], row["source"]])  # fmt: skip
    text = ""
    for name, chosen in (("All", [True] * len(apart)), ("Apart from the fit", apart)):
        mine = [m for m, take in zip(misses, chosen) if take]
        within = [sum(m <= limit for m in mine) for limit in (0.1, 0.2)]
        if name == "All" or not all(apart):
            text += (
                f"\n{name}: {within[0]} of {len(mine)} within 10 %, {within[1]} within 20 %; median miss "
                f"{100 * float(np.median(mine)):.0f} %.\n"
            )
    head = ["2023 where no year is named", "published", "model", "miss", "unit", "apart from the fit", "source"]
    return table(head, body) + text


def ships(results: dict[str, energy.EnergyResult]) -> str:
    """Ships at sea by class, of both fuels."""
    words = []
    for result in results.values():
        days, klass = ship_days(result.market)
        for name in sorted({k for k in klass.tolist() if k}):
            words.append(f"{float((days * result.flow)[klass == name].sum()) / 350:.0f} {name}")
    return ", ".join(words)


def day_rates() -> str:
    """What ships would earn beyond hire with Suez closed and hardly a ship more."""
    closed = energy.solve(
        energy.load_market("crude"), forbidden=energy.restrictions("crude"), price_caps=energy.price_caps("crude"),
        passage_share={"suez": 0.0}, fleet_slack=0.02,
    )  # fmt: skip
    return ", ".join(f"{name} {rate:,.0f} USD" for name, rate in closed.day_rates_usd.items())


SHOWN = ("crude.rus", "crude.rus-chn", "crude.rus-ind", "crude.rus-eu", "crude.discount", "crude.price.Brent",
         "crude.price.Urals FOB", "crude.price.ESPO FOB", "gas.chn-lng", "gas.price.TTF", "gas.price.JKM")  # fmt: skip


def scenarios() -> str:
    """The energy headlines of every shipped scenario that moves them, with their ranges."""
    body = []
    for name in shipped_scenarios():
        asked = lb.read_scenario(name)
        found = {f.id: f for f in lb.run(lb.load_world(asked.baseline), asked, only="energy").figures}
        for key in SHOWN:
            f = found[f"energy.{key}"]
            if abs(f.value - f.base) > 0.01 * max(abs(f.base), 0.1):
                row = [name, f.label, f"{f.base:.1f}", f"{f.value:.1f}", f"{f.low:.1f} to {f.high:.1f}", f.unit]
                body.append(row)
    return table(["scenario", "what", "without", "with", "range", "unit"], body)


def build() -> None:
    results = {fuel: base(fuel) for fuel in ("crude", "gas")}
    text = TEMPLATE.read_text(encoding="utf-8").format(
        fits=fit_tables(results), prices=price_table(results), definitions=definitions(results["crude"]),
        predictions=predictions(), outlook=power_of_siberia_2() + "\n" + who_gains(),
        counterfactuals=counterfactuals(results), scenarios=scenarios(), chokepoints=chokepoints(results),
        blind=blind(results), ships=ships(results), rates=day_rates(),
        projects=table(investment.HEAD, investment.table_rows()),
    )  # fmt: skip
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(text, encoding="utf-8")
