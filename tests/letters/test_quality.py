"""A1.4, annex 4《信件发送质量监督表》."""

from datetime import date, timedelta

import pytest

from collection.lib.errors import Refused
from duties.models import Duty
from duties.services import open_duty
from letters import services
from letters.models import QualityCheck, QualityForm
from letters.services.flow import NotAllowed
from staff.choices import Role
from staff.models import Notice
from tests.factories import MONDAY_9AM, make_letter, make_user

pytestmark = pytest.mark.django_db
LATER = MONDAY_9AM + timedelta(hours=2)
TOMORROW = date(2026, 11, 24)


@pytest.fixture
def letter(case):
    return make_letter(case=case, state="dispatched")


def answers(**defects):
    return {item["code"]: item["code"] not in defects for item in QualityForm.objects.get(version=1).items}


def fill(letter, by, **fields):
    defaults = {"letter_id": letter.pk, "answers": answers(), "defects": "", "rectification": "", "rectify_by": None, "by": by, "now": LATER}
    return services.fill_quality_form(**defaults | fields)


def test_the_seeded_form_weighs_a_hundred_points():
    assert sum(item["weight"] for item in QualityForm.objects.get().items) == 100


def test_fill_quality_form_grades_and_meets_the_duty(letter, checker):
    open_duty(kind="letter_quality", subject=letter, holder=checker, start=MONDAY_9AM, by=None)

    check = fill(letter, checker)

    assert (check.points, check.grade) == (100, "pass")
    assert Duty.objects.get().state == "met"


def test_a_minor_defect_is_told_to_lead_and_sender(letter, checker, lead):
    check = fill(letter, checker, answers=answers(seal=1), defects="印章模糊")

    assert (check.points, check.grade) == (92, "minor")
    assert set(Notice.objects.values_list("recipient", flat=True)) == {lead.pk, letter.dispatched_by_id}


def test_a_serious_defect_needs_a_rectification_with_a_day(letter, checker, gm):
    with pytest.raises(Refused):
        fill(letter, checker, answers=answers(amount=1), defects="金额不符")
    assert not QualityCheck.objects.exists()

    check = fill(letter, checker, answers=answers(amount=1), defects="金额不符", rectification="更正后重寄", rectify_by=TOMORROW)

    assert check.grade == "serious"
    assert Notice.objects.filter(recipient=gm, is_urgent=True).count() == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"answers": {}},
        {"answers": {"seal": True}},
        {"answers": None},
        {"answers": "seal", "defects": ""},
        {"rectification": "重寄"},
        {"rectification": "重寄", "rectify_by": date(2026, 11, 22)},
    ],
    ids=["nothing answered", "one item only", "an unknown answer", "defect without words", "no day", "a day that is over"],
)
def test_an_incomplete_form_is_refused(letter, checker, fields):
    given = dict(fields)
    if given.get("answers") is None and "answers" in given:
        given["answers"] = answers() | {"seal": "yes"}
    if given.get("answers") == "seal":
        given["answers"] = answers(seal=1)

    with pytest.raises(Refused):
        fill(letter, checker, **given)

    assert not QualityCheck.objects.exists()


def test_a_form_is_filled_once(letter, checker):
    fill(letter, checker)

    with pytest.raises(Refused):
        fill(letter, checker)

    assert QualityCheck.objects.count() == 1


def test_who_sent_a_letter_does_not_check_it(case):
    person = make_user(Role.ADMIN_OFFICE, Role.QUALITY)
    letter = make_letter(case=case, state="dispatched", dispatched_by=person)

    with pytest.raises(NotAllowed):
        fill(letter, person)

    assert not QualityCheck.objects.exists()


def test_a_letter_that_was_not_sent_is_not_checked(case, checker):
    with pytest.raises(Refused):
        fill(make_letter(case=case, state="rendered"), checker)


def test_mark_rectified_tells_who_checked(letter, checker, admin):
    fill(letter, checker, answers=answers(seal=1), defects="印章模糊", rectification="重新盖章", rectify_by=TOMORROW)

    check = services.mark_rectified(letter_id=letter.pk, by=admin, now=LATER)

    assert (check.rectified_by, check.is_to_rectify) == (admin, False)
    assert Notice.objects.filter(recipient=checker).count() == 1


def test_mark_rectified_is_refused_when_nothing_is_wrong(letter, checker, admin):
    fill(letter, checker)

    with pytest.raises(Refused):
        services.mark_rectified(letter_id=letter.pk, by=admin, now=LATER)


def test_a_changed_form_leaves_filled_ones_alone(letter, checker):
    check = fill(letter, checker)
    items = [{"code": "seal", "name_zh": "印章", "name_en": "Seal", "weight": 10, "serious": False}]

    form = services.save_quality_form(items=items, sample_every=1, by=make_user(Role.ADMINISTRATOR), now=LATER)

    check.refresh_from_db()
    assert (form.version, check.form.version) == (2, 1)
