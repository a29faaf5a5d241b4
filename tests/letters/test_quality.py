"""A1.4, annex 4《信件发送质量监督表》: filling the form for a letter and for a day, amending it, drafts."""

from datetime import timedelta

import pytest

from audit.models import AuditEvent
from collection.lib.errors import Refused
from collection.lib.seen import ChangedMeanwhile
from duties.models import Duty
from duties.services import open_duty
from letters import services
from letters.models import DispatchDay, QualityCheck, QualityDraft, QualityForm, Rectification
from letters.rules import grade_of
from letters.selectors_quality import current_form
from letters.services.flow import NotAllowed
from letters.services.quality import Filled, Found, draft_of, keep_draft, seen_of
from letters.services.sampling import draw_letter
from staff.choices import Role
from staff.models import Notice
from tests.factories import MONDAY_9AM, make_letter, make_user

pytestmark = pytest.mark.django_db
LATER = MONDAY_9AM + timedelta(hours=2)


@pytest.fixture
def letter(case):
    return make_letter(case=case, state="dispatched")


def form_with(found=None, subject="letter", **words):
    """A whole form: everything in order but what is found, {item: (severity, note)}."""
    defects = {code: Found(*one) for code, one in (found or {}).items()}
    items = current_form(LATER, subject).items
    return Filled(answers={item["code"]: item["code"] not in defects for item in items}, defects=defects, **words)


def fill(letter, by, found=None, **words):
    return services.fill_quality_form(letter_id=letter.pk, filled=form_with(found, **words), by=by, now=LATER)


ITEMS = [
    {"code": "a", "slight": 5, "general": 12, "weight": 30, "serious": False},
    {"code": "b", "slight": 5, "general": 10, "weight": 20, "serious": True},
    {"code": "c", "slight": 3, "general": 8, "weight": 15, "serious": False},
]


@pytest.mark.parametrize(
    ("found", "points", "grade"),
    [
        ({}, 100, "pass"),
        ({"c": "slight"}, 97, "minor"),
        ({"b": "slight"}, 80, "serious"),
        ({"a": "serious"}, 70, "serious"),
        ({"a": "general", "c": "general"}, 80, "minor"),
    ],
    ids=["nothing wrong", "one slight defect", "an item that is always serious", "one serious defect", "two ordinary ones"],
)
def test_the_grade_follows_the_form(found, points, grade):
    # A1.4, annex 4: what a defect costs
    mark = grade_of(ITEMS, found)

    assert (mark.points, mark.grade) == (points, grade)


def test_too_few_points_are_serious():
    assert grade_of(ITEMS, {"a": "general", "c": "general"}, serious_below=81).grade == "serious"


@pytest.mark.parametrize("subject", ["letter", "day"])
def test_the_seeded_forms_weigh_a_hundred_points(subject):
    assert sum(item["weight"] for item in QualityForm.objects.get(subject=subject).items) == 100


def test_a_filled_form_has_a_grade_and_meets_the_duty(letter, checker):
    # A1.4, annex 4
    open_duty(kind="letter_quality", subject=letter, holder=checker, start=MONDAY_9AM, by=None)

    check = fill(letter, checker)

    assert (check.points, check.grade) == (100, "pass")
    assert Duty.objects.get().state == "met"


def test_a_minor_defect_is_kept_with_its_note_and_told_to_lead_and_sender(letter, checker, lead):
    # A1.4, annex 4
    check = fill(letter, checker, {"seal": ("slight", "印章模糊")})

    assert check.grade == "minor"
    assert [(row.item, row.severity, row.note, row.points) for row in check.defects.all()] == [("seal", "slight", "印章模糊", 3)]
    assert set(Notice.objects.values_list("recipient", flat=True)) == {lead.pk, letter.dispatched_by_id}


def test_a_serious_defect_must_be_put_right_and_is_urgent_for_the_gm_office(letter, checker, gm):
    # A1.4, annex 4
    with pytest.raises(Refused):
        fill(letter, checker, {"amount": ("serious", "金额不符")})
    assert not QualityCheck.objects.exists()

    check = fill(letter, checker, {"amount": ("serious", "金额不符")}, task="更正后重寄")

    assert check.grade == "serious"
    assert Notice.objects.filter(recipient=gm, is_urgent=True).exists()


@pytest.mark.parametrize(
    "wrong",
    [
        Filled(answers={}),
        Filled(answers={"seal": True}),
        "unknown answer",
        "no severity",
        "unknown severity",
        "no note",
    ],
    ids=str,
)
def test_an_incomplete_form_is_refused(letter, checker, wrong):
    # A1.4, annex 4
    if wrong == "unknown answer":
        wrong = Filled(answers=form_with().answers | {"seal": "yes"})
    elif wrong == "no severity":
        wrong = Filled(answers=form_with().answers | {"seal": False})
    elif wrong == "unknown severity":
        wrong = form_with({"seal": ("terrible", "印章模糊")})
    elif wrong == "no note":
        wrong = form_with({"seal": ("slight", " ")})

    with pytest.raises(Refused):
        services.fill_quality_form(letter_id=letter.pk, filled=wrong, by=checker, now=LATER)

    assert not QualityCheck.objects.exists()


def test_a_form_is_filled_once(letter, checker):
    fill(letter, checker)

    with pytest.raises(Refused):
        fill(letter, checker)

    assert QualityCheck.objects.count() == 1


@pytest.mark.parametrize("part", ["requested_by", "dispatched_by"])
def test_who_had_a_part_in_a_letter_does_not_check_it(case, part):
    # A1.4, annex 4: somebody not involved
    person = make_user(Role.ADMIN_OFFICE, Role.QUALITY)
    letter = make_letter(case=case, state="dispatched", **{part: person})

    with pytest.raises(NotAllowed):
        fill(letter, person)

    assert not QualityCheck.objects.exists()


def test_a_letter_that_was_not_sent_is_not_checked(case, checker):
    with pytest.raises(Refused):
        fill(make_letter(case=case, state="rendered"), checker)


def test_a_days_dispatch_has_a_form_of_its_own(letter, checker):
    # A1.4, annex 4: a letter or a day's dispatch
    draw_letter(letter, by=letter.dispatched_by, now=MONDAY_9AM)
    day = DispatchDay.objects.get()

    check = services.fill_day_form(day_id=day.pk, filled=form_with({"receipt": ("general", "回执未签字")}, subject="day"), by=checker, now=LATER)

    assert (check.grade, check.points, check.dispatch_day, check.letter) == ("minor", 90, day, None)
    assert (check.facts["sent"], check.facts["carriers"]) == (1, {"ems": 1})
    with pytest.raises(NotAllowed):
        services.fill_day_form(day_id=day.pk, filled=form_with(subject="day"), by=make_quality(letter.dispatched_by), now=LATER)


def make_quality(person):
    person.groups.add(*make_user(Role.QUALITY).groups.all())
    return type(person).objects.get(pk=person.pk)


def test_who_filled_a_form_amends_it_and_both_stay_in_the_trail(letter, checker):
    # A1.4, annex 4
    check = fill(letter, checker, {"seal": ("slight", "印章模糊")})

    amended = services.amend_quality_form(
        check_id=check.pk, filled=form_with({"seal": ("general", "印章缺失一半")}), reason="看错了", seen=seen_of(check), by=checker, now=LATER
    )

    event = AuditEvent.objects.get(action="letter.check_amended")
    assert (amended.points, amended.defects.get().note) == (95, "印章缺失一半")
    assert event.changes["points"] == [97, 95]
    assert event.reason == "看错了"
    assert "slight" not in str(event.changes)
    assert "seal" not in str(event.changes)
    assert [("印章模糊" in before, "印章缺失一半" in after) for before, after in [event.changes["defects"]]] == [(True, True)]


def test_what_is_to_be_put_right_stays_in_the_trail_when_it_is_amended(letter, checker):
    # F13
    check = fill(letter, checker, {"seal": ("general", "印章模糊")}, task="重新盖章")

    amended = form_with({"seal": ("general", "印章模糊")}, task="重新打印并盖章")
    services.amend_quality_form(check_id=check.pk, filled=amended, reason="说得不全", seen=seen_of(check), by=checker, now=LATER)

    assert AuditEvent.objects.get(action="letter.check_amended").changes["task"] == ["重新盖章", "重新打印并盖章"]


def test_amending_is_refused_to_others_without_reason_and_after_a_day(letter, checker):
    check = fill(letter, checker)
    wanted = {"check_id": check.pk, "filled": form_with({"seal": ("slight", "模糊")}), "reason": "漏看", "seen": None, "by": checker, "now": LATER}

    for wrong in ({"by": make_user(Role.QUALITY)}, {"reason": " "}, {"now": LATER + timedelta(hours=25)}):
        with pytest.raises(Refused):
            services.amend_quality_form(**wanted | wrong)

    with pytest.raises(ChangedMeanwhile):
        services.amend_quality_form(**wanted | {"seen": "something else"})
    check.refresh_from_db()
    assert (check.points, check.amended_at) == (100, None)


def test_amended_to_nothing_wrong_the_rectification_is_withdrawn(letter, checker):
    check = fill(letter, checker, {"seal": ("general", "印章模糊")}, task="重新盖章")

    services.amend_quality_form(check_id=check.pk, filled=form_with(), reason="看错信件", seen=None, by=checker, now=LATER)

    assert Rectification.objects.get().state == "cancelled"
    assert Duty.objects.get(kind="letter_rectify").state == "cancelled"


def test_a_draft_is_kept_for_its_person_until_the_form_is_saved(letter, checker):
    keep_draft(subject=letter, values={"note_seal": "模糊", "csrfmiddlewaretoken": "x"}, by=checker, now=LATER)
    keep_draft(subject=letter, values={"note_seal": "模糊，\0缺角"}, by=checker, now=LATER)

    assert draft_of(letter, checker).values == {"note_seal": "模糊，缺角"}
    assert draft_of(letter, make_user(Role.QUALITY)) is None
    fill(letter, checker)
    assert not QualityDraft.objects.exists()
