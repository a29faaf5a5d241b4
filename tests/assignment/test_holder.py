"""Who holds a case stands on the case too: whatever is done to assignments, it is what the open one says."""

from datetime import timedelta

import pytest

from assignment.models import Assignment
from assignment.services.transfers import transfer_cases
from assignment.services.undoing import undo_plan
from cases.models import Case
from tests.assignment.makers import applied_plan_of
from tests.factories import MONDAY_9AM

pytestmark = pytest.mark.django_db
TUESDAY = MONDAY_9AM + timedelta(days=1)


def holders():
    return dict(Case.objects.values_list("pk", "holder"))


def facts():
    return dict.fromkeys(Case.objects.values_list("pk", flat=True)) | dict(Assignment.objects.open().values_list("case", "collector"))


def test_given_cases_say_who_got_them(placement, people):
    """A2.2"""
    applied_plan_of(placement)

    assert holders() == facts()
    assert set(holders().values()) == {person.pk for person in people}


def test_a_transferred_case_says_its_new_holder(placement, people, lead):
    """A3.1"""
    applied_plan_of(placement)
    case = Case.objects.filter(holder=people[0]).first()

    transfer_cases(case_ids=[case.pk], to=people[1], reason="请假", by=lead, now=TUESDAY)

    assert holders() == facts()
    assert holders()[case.pk] == people[1].pk


def test_what_was_undone_nobody_holds(placement, people, lead):
    """A2.2"""
    plan = applied_plan_of(placement)

    undo_plan(plan_id=plan.pk, by=lead, now=TUESDAY)

    assert holders() == facts()
    assert set(holders().values()) == {None}


def test_an_ended_assignment_leaves_the_case_to_nobody(placement, people):
    applied_plan_of(placement)

    Assignment.objects.filter(collector=people[0]).update(ended_at=TUESDAY)

    assert holders() == facts()
    assert people[0].pk not in holders().values()
