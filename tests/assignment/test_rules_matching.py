"""Which assignment rule takes which case: the placement's make-up as data (A2.2, second principle)."""

from dataclasses import replace
from datetime import date

import pytest

from assignment.rules.matching import Range, Rule, Traits, match_rules

TODAY = date(2026, 11, 23)
CASE = Traits(pk=1, client=9, amount=50_000_00, stage="M3", region="广东省深圳市", product="信用卡", overdue_days=95, age=40)
RULE = Rule(pk=1, priority=10, people=frozenset({1}))


@pytest.mark.parametrize(
    ("words", "fits"),
    [
        pytest.param({}, True, id="asks nothing"),
        pytest.param({"client": 9}, True, id="this client"),
        pytest.param({"client": 8}, False, id="another client"),
        pytest.param({"stages": frozenset({"M2", "M3"})}, True, id="its stage among others"),
        pytest.param({"stages": frozenset({"M2"})}, False, id="another stage"),
        pytest.param({"regions": frozenset({"广东"})}, True, id="its province"),
        pytest.param({"regions": frozenset({"深圳", "浙江"})}, False, id="no name that begins the region's"),
        pytest.param({"products": frozenset({"车贷"})}, False, id="another product"),
        pytest.param({"amount": Range(50_000_00, 50_000_00)}, True, id="both ends belong to the range"),
        pytest.param({"amount": Range(start=50_000_01)}, False, id="a cent too small"),
        pytest.param({"overdue": Range(end=94)}, False, id="overdue too long"),
        pytest.param({"age": Range(18, 60)}, True, id="age in range"),
        pytest.param({"valid_from": TODAY, "valid_until": TODAY}, True, id="valid this very day"),
        pytest.param({"valid_from": date(2026, 11, 24)}, False, id="from tomorrow"),
        pytest.param({"valid_until": date(2026, 11, 22)}, False, id="until yesterday"),
    ],
)
def test_a_rule_takes_the_cases_that_it_asks_for(words, fits):
    taken = match_rules([CASE], [replace(RULE, **words)], today=TODAY)

    assert bool(taken) is fits


@pytest.mark.parametrize(
    ("unknown", "words"),
    [({"age": None}, {"age": Range(18)}), ({"overdue_days": None}, {"overdue": Range(end=90)}), ({"region": ""}, {"regions": frozenset({"广东"})})],
)
def test_what_is_not_known_of_a_case_fits_no_rule_that_asks_for_it(unknown, words):
    case = CASE._replace(**unknown)

    assert match_rules([case], [replace(RULE, **words)], today=TODAY) == {}
    assert match_rules([case], [RULE], today=TODAY) == {1: RULE}


def test_the_first_by_priority_takes_the_case_then_the_oldest():
    later, older, newer = replace(RULE, pk=1, priority=20), replace(RULE, pk=2), replace(RULE, pk=3)

    assert match_rules([CASE], [later, newer, older], today=TODAY) == {1: older}
