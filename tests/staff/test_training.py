from datetime import date, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.models import AuditEvent
from staff.choices import Role
from staff.models import Notice, Qualification
from staff.selectors import qualified_people
from staff.services_training import CannotEnterTraining, enter_training
from tests.factories import MONDAY_9AM, make_team, make_training, make_user

pytestmark = pytest.mark.django_db
TEN = MONDAY_9AM + timedelta(hours=1)
TODAY = date(2026, 11, 23)


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel(TEN, tick=True):
        yield


@pytest.fixture
def administrator():
    return make_user(Role.ADMINISTRATOR)


def test_training_that_was_passed_lets_a_person_call_for_a_year(sign_in, administrator, collector):
    """CR-47"""
    sign_in(administrator).post(reverse("staff:qualification-new"), {"person": collector.pk, "passed_on": "2026-11-20"})

    row = Qualification.objects.get()
    assert (row.person, row.valid_until) == (collector, date(2027, 11, 20))
    assert collector.pk in qualified_people(TEN)
    assert AuditEvent.objects.about(row).get().action == "qualification.entered"
    assert Notice.objects.get().recipient == collector


@pytest.mark.parametrize("passed_on", [TODAY + timedelta(days=1), TODAY - timedelta(days=366)], ids=["to come", "too long ago"])
def test_training_that_does_not_count_is_refused(administrator, collector, passed_on):
    """CR-47"""
    with pytest.raises(CannotEnterTraining):
        enter_training(person=collector, passed_on=passed_on, by=administrator, now=TEN)

    assert not Qualification.objects.exists()


def test_training_is_entered_once_and_never_one_s_own(administrator, collector):
    """CR-47"""
    enter_training(person=collector, passed_on=TODAY, by=administrator, now=TEN)

    for person in (collector, administrator):
        with pytest.raises(CannotEnterTraining):
            enter_training(person=person, passed_on=TODAY, by=administrator, now=TEN)

    assert Qualification.objects.count() == 1


def test_a_lead_sees_the_own_team_and_enters_nothing(sign_in, lead, collector):
    """CR-47"""
    make_user(Role.COLLECTOR, team=make_team())
    browser = sign_in(lead)

    page = browser.get(reverse("staff:qualification-list"))

    assert {line["pk"] for line in page.context["table"]} == {lead.pk, collector.pk}
    assert browser.post(reverse("staff:qualification-new"), {"person": collector.pk, "passed_on": "2026-11-20"}).status_code == 403
    assert not Qualification.objects.exists()


def test_training_pages_are_closed_to_a_collector(sign_in, collector):
    assert [sign_in(collector).get(reverse(f"staff:{name}")).status_code for name in ("qualification-list", "qualification-new")] == [403, 403]


@pytest.mark.parametrize(("state", "names"), [("", "abcd"), ("valid", "ab"), ("soon", "b"), ("lacking", "cd")])
def test_people_are_filtered_by_their_training(sign_in, administrator, state, names):
    for name, until in (("a", date(2027, 11, 1)), ("b", date(2026, 12, 1)), ("c", date(2026, 11, 22)), ("d", None)):
        person = make_user(Role.COLLECTOR, name=name)
        if until:
            make_training(person, passed_on=until - timedelta(days=365), valid_until=until)

    page = sign_in(administrator).get(f"{reverse('staff:qualification-list')}?state={state}")

    assert "".join(line["row"].name for line in page.context["table"]) == names


def test_the_list_costs_the_same_for_one_person_and_three(sign_in, administrator):
    browser, url = sign_in(administrator), reverse("staff:qualification-list")
    make_training(make_user(Role.COLLECTOR))
    browser.get(url)
    with CaptureQueriesContext(connection) as one:
        browser.get(url)
    for _number in range(2):
        make_training(make_user(Role.COLLECTOR))

    with CaptureQueriesContext(connection) as three:
        browser.get(url)

    assert len(three) == len(one)
