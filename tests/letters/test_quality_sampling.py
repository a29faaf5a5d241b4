"""A1.4, annex 4: which letters are checked, why, by whom; a day drawn again gives the same letters."""

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from collection.lib.errors import Outdated, Refused
from duties.models import Duty
from duties.services import CannotHandOver, hand_over_duty
from letters import services
from letters.models import DispatchDay, Draw, SamplingRule
from letters.rules import SamplePlan, sample_reasons
from letters.services.sampling import Sampling, draw_letter, plan_of
from staff.choices import Role
from staff.models import Notice, User
from tests.factories import MONDAY_9AM, make_case, make_letter, make_user

pytestmark = pytest.mark.django_db
PLAIN = {
    "kind": "demand",
    "amount": "100.00",
    "is_new_template": False,
    "is_new_person": False,
    "is_foreign_address": False,
    "person_defects": 0,
    "carrier_defects": 0,
}


@pytest.mark.parametrize(
    ("plan", "facts", "reasons"),
    [
        (SamplePlan(every=1), {}, ["all"]),
        (SamplePlan(every=0), {}, []),
        (SamplePlan(every=0, lawyers_letters=True), {"kind": "lawyer"}, ["lawyer"]),
        (SamplePlan(every=0, amount_from=Decimal(100)), {}, ["amount"]),
        (SamplePlan(every=0, amount_from=Decimal("100.01")), {}, []),
        (SamplePlan(every=0), {"is_new_template": True, "is_new_person": True}, ["new_template", "new_person"]),
        (SamplePlan(every=0, foreign_addresses=True), {"is_foreign_address": True}, ["address"]),
        (SamplePlan(every=0, defects_from=2), {"person_defects": 2, "carrier_defects": 1}, ["person"]),
    ],
)
def test_a_letter_is_drawn_for_each_of_its_reasons(plan, facts, reasons):
    # A1.4, annex 4: all, every n-th, by risk
    assert sample_reasons(plan, seed=5, place=1, facts=PLAIN | facts) == reasons


def test_every_nth_of_a_day_is_drawn_wherever_the_seed_begins():
    # A1.4, annex 4
    for seed in range(7):
        drawn = [place for place in range(1, 71) if sample_reasons(SamplePlan(every=7), seed=seed, place=place, facts=PLAIN)]
        assert len(drawn) == 10
        assert {after - before for before, after in pairwise(drawn)} == {7}


def change_rule(**fields):
    wanted = {
        "every": 3,
        "lawyers_letters": True,
        "amount_from": None,
        "template_days": 0,
        "person_days": 0,
        "foreign_addresses": False,
        "defect_days": 0,
        "defects_from": 2,
    }
    last = SamplingRule.objects.order_by("-version").first()
    by = make_user(Role.GM_OFFICE)
    return services.save_sampling(wanted=Sampling(**wanted | fields), based_on=last.version, by=by, now=MONDAY_9AM - timedelta(hours=1))


def dispatched(placement, **fields):
    letter = make_letter(case=make_case(placement=placement), state="dispatched", **fields)
    return draw_letter(letter, by=letter.dispatched_by, now=MONDAY_9AM)


def test_a_day_drawn_again_from_rule_and_seed_gives_the_same_letters(placement, checker):
    # A1.4, annex 4: reproducible
    change_rule(every=3)
    draws = [dispatched(placement) for _number in range(9)]

    day = DispatchDay.objects.get()
    again = {row.letter_id for row in Draw.objects.all() if sample_reasons(plan_of(row.rule), seed=day.seed, place=row.place, facts=row.facts)}

    assert again == {row.letter_id for row in draws if row.is_drawn}
    assert len(again) == 3
    assert day.letters == 9


def test_a_changed_rule_leaves_what_was_drawn_alone(placement, checker):
    # A1.4, annex 4
    before = dispatched(placement)
    rule = change_rule(every=0)
    after = dispatched(placement)

    assert (before.rule.version, before.is_drawn) == (1, True)
    assert (after.rule, after.is_drawn) == (rule, False)
    assert Duty.objects.filter(kind="letter_quality").count() == 1


def test_two_who_change_the_rule_at_once_see_both_values():
    # F13
    change_rule(every=5)

    with pytest.raises(Outdated) as refusal:
        services.save_sampling(wanted=Sampling(4, True, None, 0, 0, False, 0, 2), based_on=1, by=make_user(Role.GM_OFFICE), now=MONDAY_9AM)

    assert (refusal.value.entered["every"], refusal.value.current["every"]) == (4, 5)
    with pytest.raises(Refused):
        services.save_sampling(wanted=Sampling(4, True, None, 0, 0, False, 0, 2), based_on=2, by=make_user(Role.COLLECTOR), now=MONDAY_9AM)


def test_who_sent_it_never_holds_its_check(placement):
    # A1.4, annex 4: somebody not involved
    sender = make_user(Role.ADMIN_OFFICE, Role.QUALITY)
    gm = make_user(Role.GM_OFFICE)
    case = make_case(placement=placement)
    letter = make_letter(case=case, state="dispatched", dispatched_by=sender)
    User.objects.filter(groups__name=Role.SUPPLY_CHAIN).update(is_active=False)
    nobody = draw_letter(letter, by=sender, now=MONDAY_9AM)
    assert not Duty.objects.filter(kind="letter_quality").exists()
    assert Notice.objects.filter(recipient=gm, is_urgent=True).exists()

    other = make_user(Role.QUALITY)
    services.catch_up(now=MONDAY_9AM + timedelta(hours=1))

    nobody.refresh_from_db()
    duty = Duty.objects.get(kind="letter_quality")
    assert (duty.holder, nobody.opened_at) == (other, MONDAY_9AM + timedelta(hours=1))
    with pytest.raises(CannotHandOver):
        hand_over_duty(duty_id=duty.pk, to=sender, by=gm, reason="休假", now=MONDAY_9AM + timedelta(hours=2))


def test_a_day_that_is_over_has_its_own_sheet_to_fill_once(placement, checker):
    # A1.4, annex 4: a day's dispatch
    change_rule(every=0)
    dispatched(placement)
    services.catch_up(now=MONDAY_9AM + timedelta(hours=3))
    assert not Duty.objects.exists()

    for hours in (24, 25):
        services.catch_up(now=MONDAY_9AM + timedelta(hours=hours))

    duty = Duty.objects.get()
    assert (duty.kind_id, duty.subject, duty.holder) == ("letter_quality", "2026-11-23", checker)
