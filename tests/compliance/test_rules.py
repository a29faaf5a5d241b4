"""The vectors at the end of compliance.md, named after the rules."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from cases.choices import LegalClass, Relation
from compliance.choices import AttemptKind, PolicyKey
from compliance.rules.contact import Attempt, Facts, is_third_party, loss_of_contact, objections
from compliance.rules.layers import Limit, strictest, wall_fault
from compliance.rules.wording import wording_hits

SHANGHAI, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")
LAW_HOURS = Limit(PolicyKey.WINDOW, "CR-01", "law", {"from": "08:00", "to": "22:00"}, 1)
COMPANY_HOURS = Limit(PolicyKey.WINDOW, "CR-02", "company", {"from": "09:00", "to": "20:00"}, 1)
EFFECTIVE = Limit(PolicyKey.EFFECTIVE_PER_DAY, "CR-03", "law", {"limit": 3}, 1)
ATTEMPTS = Limit(PolicyKey.ATTEMPTS_PER_NUMBER, "CR-04", "law", {"limit": 6}, 1)
FAILURES = Limit(PolicyKey.THIRD_PARTY_FAILURES, "CR-10", "law", {"limit": 3}, 1)
DAYS = Limit(PolicyKey.THIRD_PARTY_DAYS, "CR-10", "company", {"limit": 2}, 1)
VALID = Limit(PolicyKey.THIRD_PARTY_VALID_DAYS, "CR-10", "company", {"limit": 7}, 1)
LIMITS = [LAW_HOURS, EFFECTIVE, ATTEMPTS, FAILURES, DAYS, VALID]
TEN = datetime(2026, 11, 23, 10, 0, tzinfo=SHANGHAI)
FINE = Facts(at=TEN, day=TEN.date())


def rules_against(facts, limits=LIMITS):
    return [objection.rule for objection in objections(facts, limits)]


def at(text: str, zone=SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [("07:59:59.999", ["CR-01"]), ("08:00:00.000", []), ("21:59:59.999", []), ("22:00:00.000", ["CR-01"])],
)
def test_cr_01_hours_are_from_eight_up_to_ten(moment, expected):
    """CR-01: [08:00, 22:00) in the recipient's time."""
    assert rules_against(replace(FINE, at=at(f"2026-11-23T{moment}"))) == expected


@pytest.mark.parametrize(
    ("moment", "expected"),
    [("2026-01-15T20:30", ["CR-01"]), ("2026-07-15T20:30", []), ("2026-03-07T20:30", ["CR-01"]), ("2026-03-09T20:30", []), ("2026-11-02T20:30", ["CR-01"])],
    ids=["winter 07:30", "summer 08:30", "before the switch", "after the switch", "back in winter"],
)
def test_cr_01_counts_in_the_time_of_who_is_called(moment, expected):
    """CR-01: an owner in New York, called at 20:30 in Shanghai."""
    assert rules_against(replace(FINE, at=at(moment), zone="America/New_York")) == expected


@pytest.mark.parametrize(("moment", "expected"), [("08:59", ["CR-02"]), ("09:00", []), ("19:59", []), ("20:00", ["CR-02"]), ("23:00", ["CR-01", "CR-02"])])
def test_cr_02_every_layer_whose_hours_are_over_objects(moment, expected):
    """CR-02, E11: the company's hours besides the law's."""
    assert rules_against(replace(FINE, at=at(f"2026-11-23T{moment}")), [*LIMITS, COMPANY_HOURS]) == expected


@pytest.mark.parametrize(("count", "expected"), [(2, []), (3, ["CR-03"])])
def test_cr_03_three_effective_calls_a_day(count, expected):
    """CR-03"""
    assert rules_against(replace(FINE, effective_today=count)) == expected


def test_cr_03_does_not_count_for_third_parties():
    """CR-03 is the debtor's limit."""
    facts = replace(FINE, effective_today=3, is_third_party=True, is_lost=True)

    assert rules_against(facts) == []


@pytest.mark.parametrize(("count", "expected"), [(5, []), (6, ["CR-04"])])
def test_cr_04_six_attempts_on_a_number(count, expected):
    """CR-04"""
    assert rules_against(replace(FINE, attempts_today=count)) == expected


def failures(*moments: str) -> list[Attempt]:
    return [Attempt(at(moment), AttemptKind.FAILED) for moment in moments]


ONE_DAY = failures("2026-11-20T09:00", "2026-11-20T11:00", "2026-11-20T15:00")
TWO_DAYS = [*ONE_DAY, *failures("2026-11-21T09:00")]
REACHED = Attempt(at("2026-11-21T10:00"), AttemptKind.REACHED)


@pytest.mark.parametrize(
    ("attempts", "moment", "proven"),
    [
        ([], "2026-11-20T16:00", False),
        (ONE_DAY, "2026-11-20T16:00", False),
        (ONE_DAY, "2026-11-21T08:59", False),
        (TWO_DAYS, "2026-11-21T09:01", True),
        (TWO_DAYS, "2026-11-28T08:59", True),
        (TWO_DAYS, "2026-11-28T09:00", False),
        ([*TWO_DAYS, *failures("2026-11-28T10:00")], "2026-11-28T11:00", False),
        ([*TWO_DAYS, *failures("2026-11-28T10:00", "2026-11-28T11:00", "2026-11-29T10:00")], "2026-11-29T10:01", True),
        ([*TWO_DAYS, REACHED], "2026-11-21T11:00", False),
        (failures("2026-11-20T09:00", "2026-11-21T09:00"), "2026-11-21T10:00", False),
        ([*TWO_DAYS, Attempt(at("2026-11-22T09:00"), AttemptKind.INCAPABLE)], "2026-12-30T09:00", True),
    ],
    ids=["none", "one day", "next day without another", "two days", "for seven days", "not longer", "one more is not enough", "proven anew", "reached", "only two", "dead"],
)  # fmt: skip
def test_cr_10_loss_of_contact_is_proven_by_failures_on_two_days(attempts, moment, proven):
    """CR-10"""
    assert loss_of_contact(attempts, LIMITS, at=at(moment), has_usable_number=True).is_proven is proven


def test_cr_10_a_debtor_without_a_usable_number_is_lost():
    """CR-10: the number is invalid."""
    assert loss_of_contact([], LIMITS, at=TEN, has_usable_number=False).is_proven


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (replace(FINE, is_third_party=True), ["CR-10"]),
        (replace(FINE, is_third_party=True, is_lost=True), []),
        (replace(FINE, is_third_party=True, is_open_order=True), []),
        (FINE, []),
    ],
    ids=["locked", "lost", "the client's instruction", "the debtor"],
)
def test_cr_10_third_parties_stay_locked_until_contact_is_lost(facts, expected):
    """CR-10, A3.2"""
    assert rules_against(facts) == expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (replace(FINE, is_barred=True), ["CR-13"]),
        (replace(FINE, is_dead_number=True), ["CR-15"]),
        (replace(FINE, wrong_answers=1), []),
        (replace(FINE, wrong_answers=2), ["CR-15"]),
        (replace(FINE, is_entrusted=False), ["CR-19"]),
        (replace(FINE, is_trained=False), ["CR-47"]),
        (replace(FINE, has_complaint=True), ["CR-50"]),
        (replace(FINE, is_disputed=True), ["CR-50"]),
        (replace(FINE, is_stopped=True, stopped_reason="银行通知"), ["STOPPED"]),
        (replace(FINE, has_ended=True), ["ENDED"]),
        (replace(FINE, number_expires_on=date(2026, 11, 22)), ["A1.3"]),
        (replace(FINE, number_expires_on=date(2026, 11, 23)), []),
        (replace(FINE, is_barred=True, is_open_order=True, is_third_party=True), ["CR-13"]),
    ],
    ids=[
        "CR-13",
        "CR-15",
        "CR-15 once",
        "CR-15 twice",
        "CR-19",
        "CR-47",
        "CR-50",
        "CR-50 disputed",
        "stopped",
        "ended",
        "A1.3",
        "A1.3 last day",
        "instruction",
    ],
)
def test_each_obstacle_objects_under_its_own_rule(facts, expected):
    """CR-13, CR-15, CR-19, CR-47, CR-50, A1.3; the client's instruction opens the order, never a barred number."""
    assert rules_against(facts) == expected


def test_every_objection_is_returned_not_only_the_first():
    facts = replace(FINE, at=at("2026-11-23T23:00"), is_stopped=True, effective_today=3, attempts_today=6, is_trained=False)

    assert rules_against(facts) == ["STOPPED", "CR-47", "CR-01", "CR-03", "CR-04"]


def test_without_a_limit_in_force_the_gate_says_no():
    assert rules_against(FINE, []) == ["CR-01", "CR-03", "CR-04"]


def test_the_strictest_layer_wins():
    """Layering: each layer can only tighten."""
    client = Limit(PolicyKey.ATTEMPTS_PER_NUMBER, "CR-04", "client", {"limit": 2}, 4)
    company = Limit(PolicyKey.THIRD_PARTY_FAILURES, "CR-10", "company", {"limit": 5}, 1)

    found = objections(replace(FINE, attempts_today=2), [*LIMITS, client])

    assert [(row.rule, row.version, row.values) for row in found] == [("CR-04", 4, {"count": 2, "limit": 2})]
    assert strictest([FAILURES, company], PolicyKey.THIRD_PARTY_FAILURES) == company


def test_facts_come_back_from_a_stored_verdict_as_they_were():
    facts = replace(FINE, number_expires_on=date(2026, 12, 1), is_stopped=True, stopped_reason="x")

    assert Facts.from_plain(facts.as_plain()) == facts


@pytest.mark.parametrize(
    ("key", "value", "crosses"),
    [
        (PolicyKey.WINDOW, {"from": "07:00", "to": "20:00"}, True),
        (PolicyKey.WINDOW, {"from": "08:00", "to": "22:00"}, False),
        (PolicyKey.WINDOW, {"from": "09:00", "to": "22:30"}, True),
        (PolicyKey.WINDOW, {"from": "20:00", "to": "09:00"}, True),
        (PolicyKey.EFFECTIVE_PER_DAY, {"limit": 4}, True),
        (PolicyKey.EFFECTIVE_PER_DAY, {"limit": 1}, False),
        (PolicyKey.ATTEMPTS_PER_NUMBER, {"limit": 7}, True),
        (PolicyKey.THIRD_PARTY_FAILURES, {"limit": 2}, True),
        (PolicyKey.THIRD_PARTY_FAILURES, {"limit": 4}, False),
        (PolicyKey.REVEALS_PER_DAY, {"limit": 0}, True),
    ],
)
def test_a_limit_never_crosses_the_wall(key, value, crosses):
    """CR-01, CR-03, CR-04, CR-10: an administrator cannot loosen the law."""
    assert (wall_fault(key, value) is not None) is crosses


@pytest.mark.parametrize(
    ("relation", "legal_class", "third"),
    [
        (Relation.SELF, LegalClass.UNRELATED, False),
        (Relation.SPOUSE, LegalClass.UNRELATED, True),
        (Relation.SPOUSE, LegalClass.RELATED, False),
        (Relation.GUARANTOR, LegalClass.LIABLE, False),
        (Relation.EMPLOYER, LegalClass.UNRELATED, True),
    ],
)
def test_cr_11_everybody_is_a_third_party_unless_shown_otherwise(relation, legal_class, third):
    """CR-11"""
    assert is_third_party(relation, legal_class) is third


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("再不还就让你单位都知道", ["让你单位都知道"]),
        ("明天 上 门 抓 人", ["上 门 抓"]),
        ("我们是法愿的", []),
        ("已报公桉", ["公桉"]),
        ("可以先套现还上,手续费另算", ["套现", "手续费"]),
        ("不还就停水停电", ["停水", "停电"]),
        ("收到停电通知", []),
        ("客户说“你们是不是公安”", []),
        ("客户承诺周五还款", []),
    ],
)
def test_cr_31_forbidden_phrases_are_found_where_they_stand(text, found):
    """CR-27, CR-29, CR-31, CR-35: the block list on normalised text; the debtor's own quoted words are left alone."""
    hits = wording_hits(text)

    assert [hit.text for hit in hits] == found
    assert [text[hit.start : hit.end] for hit in hits] == found


def test_a_day_of_failures_is_the_day_where_the_debtor_is():
    """CR-10: 23:30 and 00:30 are two days."""
    moments = [at("2026-11-20T21:00"), at("2026-11-20T21:30"), at("2026-11-20T21:00") + timedelta(hours=4)]
    attempts = [Attempt(moment, AttemptKind.FAILED) for moment in moments]

    assert loss_of_contact(attempts, LIMITS, at=at("2026-11-21T09:00"), has_usable_number=True).is_proven
