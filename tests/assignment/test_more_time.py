"""A3.1: who filters asks the lead for more time; the lead decides."""

from datetime import timedelta

import pytest
from django.urls import reverse

from assignment.models import FilteringTask
from assignment.services.more_time import CannotAskForTime, ask_for_time, asked_reason
from audit.models import AuditEvent
from duties.models import Duty
from staff.models import Notice
from tests.assignment.makers import applied_now
from tests.factories import MONDAY_9AM

pytestmark = pytest.mark.django_db


@pytest.fixture
def task(placement, people):
    applied_now(placement)
    return FilteringTask.objects.get(collector=people[0])


def ask(task, by, reason="资料多，需逐户核对", now=MONDAY_9AM):
    return ask_for_time(task=task, reason=reason, by=by, now=now)


def test_the_lead_finds_the_reason_and_the_way_to_extend(task, lead, people, sign_in):
    """A3.1: asking changes no deadline."""
    due = Duty.objects.about(task).get().due_at
    Notice.objects.all().delete()

    ask(task, people[0])

    notice = Notice.objects.get()
    assert (notice.recipient, notice.path, notice.is_urgent) == (lead, reverse("assignment:filtering-extend", args=[task.pk]), True)
    assert Duty.objects.about(task).get().due_at == due
    assert sign_in(lead).get(notice.path).context["form"].initial["reason"] == "资料多，需逐户核对"


@pytest.mark.parametrize("why", ["somebody else", "no reason", "again"])
def test_only_the_own_task_with_a_reason_and_not_at_once_again(task, people, why):
    if why == "again":
        ask(task, people[0], "第一次")
    before = AuditEvent.objects.about(task).count()

    with pytest.raises(CannotAskForTime):
        ask(task, people[1] if why == "somebody else" else people[0], " " if why == "no reason" else "第二次", now=MONDAY_9AM + timedelta(hours=1))

    assert AuditEvent.objects.about(task).count() == before
    assert asked_reason(task) == ("第一次" if why == "again" else "")


def test_a_foreign_task_is_not_there(task, people, sign_in):
    response = sign_in(people[1]).post(reverse("assignment:filtering-ask", args=[task.pk]), {"reason": "?"})

    assert response.status_code in (403, 404)
    assert asked_reason(task) == ""
