"""Laws of the rules, on random rules and movements: what a language of prohibitions must keep."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from landbridge import rules
from landbridge.errors import BadRule
from landbridge.rules import vocabulary as v
from landbridge.rules.language import parse_selector, parse_unless, print_selector, print_unless
from landbridge.rules.ruleset import RuleSet

ISO3 = ["CHN", "DEU", "HUN", "IND", "KAZ", "RUS", "USA", "TUR", "IRN", "VEN", "UA-CRIMEA", "RUS-KGD"]
GROUPS = ["EU", "PRICE_CAP", "EAEU", "ICC"]
GOODS = ["crude", "diesel", "oil", "coal", "steel", "containers", "gas", "wheat", "food"]
FEW = settings(max_examples=100, deadline=None)
SHIPPED = rules.load_rules()

territory = st.one_of(
    st.sampled_from(ISO3), st.sampled_from([f"!{c}" for c in ISO3[:4]]), st.sampled_from([f"@{g}" for g in GROUPS]),
    st.sampled_from([f"!@{g}" for g in GROUPS]), st.just("*"),
)  # fmt: skip
dates = st.dates(min_value=dt.date(2020, 1, 1)).map(
    lambda d: d.replace(year=2020 + d.year % 6, day=min(d.day, 28)).isoformat()
)


def _several(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(values, min_size=1, max_size=3, unique=True).map(",".join)


who_term = st.one_of(
    st.tuples(st.sampled_from(["origin", "destination", "flag", "carrier", "provider"]), _several(territory)).map(
        "=".join
    ),
    _several(st.sampled_from(GOODS)).map("good={}".format),
    _several(st.sampled_from(v.MODES)).map("mode={}".format),
    st.sampled_from(["within=@EAEU", "within=@EU,CHN", "between=@EU,@EAEU", "between=CHN,@EAEU"]),
    st.tuples(st.sampled_from(["price", "draft"]), st.sampled_from("<>"), st.integers(-5, 200)).map(
        lambda t: f"{t[0]}{t[1]}{t[2]}"
    ),
)
where_term = st.one_of(
    st.tuples(st.sampled_from(["country", "airspace", "port"]), _several(territory)).map("=".join),
    st.sampled_from(["border=ARM-TUR", "border=within:@EAEU", "border=RUS", "strait=suez,bosporus", "crossing=brest"]),
    st.sampled_from(["service=insurance,shipping", "link=nord-stream", "port=ODS,UKR-BLACKSEA"]),
)
timed = st.one_of(dates.map("from={}".format), dates.map("until={}".format), st.just("place=refuge"))
who = st.lists(who_term, max_size=3).map(" ".join)
where = st.lists(where_term, max_size=2).map(" ".join)
unless = st.lists(st.lists(st.one_of(who_term, where_term, timed), min_size=1, max_size=3).map(" ".join), max_size=3)


@st.composite
def random_rule(draw: st.DrawFn, effect: str = "forbid") -> rules.Rule:
    start, end = sorted([draw(dates), draw(dates)])
    units = {"time": "h", "cost": "USD/TEU"}
    return rules.rule_from(
        {
            "id": f"law-{draw(st.integers(0, 10**9))}",
            "by": "CHN",
            "action": draw(st.sampled_from(["import", "export", "call", "operate", "transit", "serve"])),
            "who": draw(who),
            "where": draw(where),
            "effect": effect,
            "value": "3" if effect in units else "",
            "unit": units.get(effect, ""),
            "unless": " / ".join(draw(unless)),
            "from": draw(st.sampled_from(["", start])),
            "until": draw(st.sampled_from(["", end])),
            "source": "law of rules",
        }
    )


@st.composite
def random_movement(draw: st.DrawFn) -> dict[str, str | float]:
    plain = st.sampled_from(ISO3)
    choices: dict[str, st.SearchStrategy] = {
        "origin": plain,
        "destination": plain,
        "country": plain,
        "flag": plain,
        "carrier": plain,
        "provider": plain,
        "port": st.one_of(plain, st.just("ODS")),
        "good": st.sampled_from(GOODS),
        "mode": st.sampled_from(v.MODES),
        "strait": st.sampled_from(["suez", "bosporus"]),
        "service": st.sampled_from(v.SERVICES),
        "price": st.floats(-10, 250),
        "place": st.just("refuge"),
        "border": st.sampled_from(["ARM-TUR", "KAZ-RUS", "CHN-RUS"]),
    }
    action = draw(st.sampled_from(["import", "export", "call", "operate", "transit", "serve"]))
    keys = draw(st.lists(st.sampled_from(list(choices)), unique=True))
    return {"action": action, **{k: draw(choices[k]) for k in keys}}


@FEW
@given(who, where, unless)
def test_print_of_parse_is_what_was_read(who_text: str, where_text: str, alternatives: list[str]) -> None:
    faults: list = []
    assert print_selector(parse_selector(who_text, "", v.ALL_KEYS, faults)) == who_text
    assert print_selector(parse_selector(where_text, "", v.ALL_KEYS, faults)) == where_text
    text = " / ".join(alternatives)
    assert print_unless(parse_unless(text, "", faults)) == text
    assert faults == []


@FEW
@given(random_rule())
def test_a_rule_written_and_read_again_is_the_same(rule: rules.Rule) -> None:
    assert rules.rule_from(rule.to_row()) == rule


def test_every_shipped_rule_survives_writing_and_reading() -> None:
    for rule in SHIPPED.rules:
        assert rules.rule_from(rule.to_row()) == rule


@FEW
@given(random_rule(), random_movement(), dates)
def test_adding_a_forbid_never_opens_a_movement(rule: rules.Rule, movement: dict, day: str) -> None:
    before = SHIPPED.on(day).judge(movement)
    after = SHIPPED.add(rule).on(day).judge(movement)
    assert set(before.by) <= set(after.by)
    assert before.allowed or not after.allowed


@FEW
@given(st.integers(0, 10**6), random_movement(), dates)
def test_the_order_of_rules_and_memberships_changes_nothing(seed: int, movement: dict, day: str) -> None:
    shuffler = random.Random(seed)
    shuffled, members = list(SHIPPED.rules), list(SHIPPED.memberships)
    shuffler.shuffle(shuffled)
    shuffler.shuffle(members)
    assert RuleSet(tuple(shuffled), tuple(members)).on(day).judge(movement) == SHIPPED.on(day).judge(movement)


@FEW
@given(random_rule(), random_movement(), dates)
def test_a_rule_outside_its_dates_has_no_effect(rule: rules.Rule, movement: dict, day: str) -> None:
    with_it = SHIPPED.add(rule).on(day).judge(movement)
    if not rule.holds_on(day):
        assert with_it == SHIPPED.on(day).judge(movement)
    else:
        lifted = SHIPPED.add(rule).lift([rule.id], day)
        assert lifted.on(day).judge(movement) == SHIPPED.on(day).judge(movement)


@FEW
@given(random_rule("time"), random_movement(), dates)
def test_hours_never_forbid(rule: rules.Rule, movement: dict, day: str) -> None:
    assert SHIPPED.add(rule).on(day).judge(movement).by == SHIPPED.on(day).judge(movement).by


@FEW
@given(random_rule(), random_movement(), dates)
def test_exceptions_only_open(rule: rules.Rule, movement: dict, day: str) -> None:
    bare = replace(rule, unless=())
    with_exceptions = SHIPPED.add(rule).on(day).judge(movement)
    without = SHIPPED.add(bare).on(day).judge(movement)
    assert without.allowed <= with_exceptions.allowed


@FEW
@given(st.sampled_from(ISO3[:8]), st.sampled_from(GROUPS), dates, dates)
def test_who_leaves_is_out_from_that_day_and_nobody_else_moves(country: str, group: str, leave: str, day: str) -> None:
    was = SHIPPED.on(day).members(group)
    joined = SHIPPED.join([country], [group], "2020-01-01")
    assert joined.on(day).members(group) == was | {country}
    left = joined.leave([country], [group], leave).on(day).members(group)
    assert left == (was | {country} if day < leave else was - {country})


@settings(max_examples=60, deadline=None)
@given(random_rule(), st.sampled_from(GOODS))
def test_pairs_are_judged_as_movements_are(rule: rules.Rule, good: str) -> None:
    """The compiled rectangles of a trade rule are exactly the pairs that judging forbids, one by one."""
    rule = replace(rule, action="import" if rule.action in ("import", "call", "serve") else "export")
    alone = RuleSet((rule,), SHIPPED.memberships).on(rule.from_date or rule.until_date or "2023-10-17")
    effects = rules.trade_effects(alone, ISO3, ["x"], elasticity=5.0, cover={"x": {good: 1.0}}) if _atom(good) else None
    if effects is None:
        return
    for i, origin in enumerate(ISO3):
        for j, destination in enumerate(ISO3):
            facts = {"action": rule.action, "origin": origin, "destination": destination, "good": good}
            shut = i != j and not alone.judge(facts).allowed
            by_mode = any(t.key == "mode" for s in (rule.who, *rule.unless) for t in s)
            if not by_mode:
                assert (effects.forbidden_share[0, i, j] > 0) == shut


def _atom(good: str) -> bool:
    from landbridge.rules.cover import atoms

    return good in atoms()


def test_all_faults_of_a_malformed_rule_come_together_with_their_positions() -> None:
    row = {
        "id": "Bad Rule", "by": "@EU,XYZ", "action": "importe", "who": "origin=RUSS good=crud  prize>60 price=60",
        "where": "country=@eu strait=suezz", "effect": "tariff", "value": "abc", "unit": "USD",
        "unless": "from=2023-13-01 /  / good=steel", "from": "2023-10-01", "until": "2023-01-01", "strength": "1.5",
        "colour": "red",
    }  # fmt: skip
    with pytest.raises(BadRule) as error:
        rules.rule_from(row)
    text = str(error.value)
    for expected in (
        "unknown key 'colour'",
        "'source' is missing",
        "id 'Bad Rule' is no slug",
        "unknown action 'importe'",
        "who, position 8: unknown country 'RUSS'",
        "who, position 18: unknown good 'crud'",
        "who, position 24: unknown key 'prize'",
        "who, position 33: price takes > or <",
        "where, position 9: 'eu' is not a group's name",
        "where, position 20: unknown strait 'suezz'",
        "nearest: suez",
        "unless, position 6: '2023-13-01' is not a date",
        "empty alternative",
        "unknown maker 'XYZ'",
        "unit 'USD' does not go with effect tariff",
        "strength '1.5' is not a share",
        "until 2023-01-01 is before from 2023-10-01",
    ):
        assert expected in text, expected


def test_an_unknown_group_is_named_with_the_nearest() -> None:
    row = {"id": "x", "by": "@EUU", "action": "import", "who": "origin=@PRICECAP", "effect": "forbid", "source": "s"}
    with pytest.raises(BadRule) as error:
        SHIPPED.add(rules.rule_from(row))
    text = str(error.value)
    assert "rule x, who, position 8: unknown group 'PRICECAP'" in text
    assert "PRICE_CAP" in text
    assert "unknown group 'EUU'" in text
    with pytest.raises(BadRule, match="used twice"):
        SHIPPED.add(SHIPPED.rules[0])


def test_only_a_permit_may_override_and_only_known_rules() -> None:
    row = {"id": "x", "by": "USA", "action": "import", "effect": "forbid", "overrides": "ven-oil-us", "source": "s"}
    with pytest.raises(BadRule, match="only a permit"):
        rules.rule_from(row)
    with pytest.raises(BadRule, match="nearest: ven-oil-us"):
        SHIPPED.add(rules.rule_from(row | {"effect": "permit", "overrides": "ven-oil-uss"}))


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 10**6))
def test_the_order_of_rules_changes_nothing_that_they_compile_to(seed: int) -> None:
    shuffled = list(SHIPPED.rules)
    random.Random(seed).shuffle(shuffled)
    one, other = (RuleSet(tuple(r), SHIPPED.memberships).on("2023-10-17") for r in (SHIPPED.rules, shuffled))
    effects = [rules.trade_effects(a, ISO3, ["goods"], elasticity=5.0) for a in (one, other)]
    for name in ("wedge", "tariff", "forbidden_share"):
        assert (getattr(effects[0], name) == getattr(effects[1], name)).all()
    assert rules.energy_effects(one, "crude", ISO3) == rules.energy_effects(other, "crude", ISO3)


@FEW
@given(random_rule(), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_more_obedience_never_shuts_less(rule: rules.Rule, one: float, other: float) -> None:
    rule = replace(rule, action="import", until_date="", from_date="")
    shares = []
    for strength in sorted((one, other)):
        alone = RuleSet((replace(rule, strength=strength),), SHIPPED.memberships).on("2023-10-17")
        shares.append(rules.trade_effects(alone, ISO3, ["goods"], elasticity=5.0).forbidden_share)
    assert (shares[0] <= shares[1] + 1e-12).all()
    parts = SHIPPED.add(replace(rule, strength=one)).on("2023-10-17").mixture()
    assert abs(sum(share for share, _ in parts) - 1.0) < 1e-9
    obeying = sum(share for share, part in parts if rule.id in {r.id for r in part.rules})
    assert abs(obeying - one) < 1e-9
