"""The home answers "what must I do now, and by when" (ui.md, "Everywhere")."""

import uuid
from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine

from calls.models import ContactRecord, Outcome, Promise
from cases.choices import Band
from compliance.models import Verdict
from duties.services import meet_duty, open_duty
from staff.choices import Role
from tests.factories import MONDAY_9AM, make_arrival, make_case, make_placement, make_team, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def monday_afternoon():
    with time_machine.travel(MONDAY_9AM + timedelta(hours=6), tick=False):
        yield MONDAY_9AM + timedelta(hours=6)


def give_duty(holder, *, kind="import", path="/somewhere/"):
    return open_duty(kind=kind, subject=make_arrival(), holder=holder, start=MONDAY_9AM, by=holder, path=path)


def make_promise(case, *, due_on):
    """A promise as a recorded call leaves it."""
    phone, holder = case.contacts.get().phones.get(), case.assignments.get().collector
    verdict = Verdict.objects.create(case=case, contact=phone.contact, phone=phone, asked_by=holder, at=MONDAY_9AM, allowed=True)
    outcome, _made = Outcome.objects.get_or_create(code="tst", defaults={"name_zh": "承诺还款", "name_en": "Promise", "group": "right_party", "target": "self"})
    record = ContactRecord.objects.create(
        case=case, contact=phone.contact, phone=phone, number_index=phone.number_index, debtor=case.debtor, verdict=verdict,
        collector=holder, outcome=outcome, started_at=MONDAY_9AM, ended_at=MONDAY_9AM, request_key=uuid.uuid4(),
    )  # fmt: skip
    return Promise.objects.create(case=case, record=record, amount=Decimal("500.00"), due_on=due_on)


def test_own_unmet_duties_are_shown_the_most_pressing_first(sign_in):
    me = make_user(Role.DATA_SPECIALIST)
    later, sooner = give_duty(me, kind="filtering"), give_duty(me, kind="import")
    give_duty(make_user())

    response = sign_in(me).get("/")

    assert response.context["duties"] == [sooner, later]


def test_met_duty_is_gone(sign_in):
    me, arrival = make_user(Role.DATA_SPECIALIST), make_arrival()
    open_duty(kind="import", subject=arrival, holder=me, start=MONDAY_9AM, by=me)
    meet_duty(kind="import", subject=arrival, by=me, now=MONDAY_9AM + timedelta(minutes=5))

    response = sign_in(me).get("/")

    assert response.context["duties"] == []
    assert "没有待办事项" in response.content.decode()


def test_lead_sees_what_the_own_team_has_missed_and_no_other_team(sign_in):
    ours, theirs = make_team(), make_team()
    late = give_duty(make_user(Role.COLLECTOR, team=ours))
    give_duty(make_user(Role.COLLECTOR, team=theirs))

    response = sign_in(ours.lead).get("/")

    assert response.context["overdue"] == [late]


def test_gm_office_sees_what_anybody_has_missed(sign_in):
    late = give_duty(make_user(Role.COLLECTOR, team=make_team()))

    response = sign_in(make_user(Role.GM_OFFICE)).get("/")

    assert response.context["overdue"] == [late]


def test_collector_does_not_see_what_colleagues_have_missed(sign_in, team):
    give_duty(make_user(Role.COLLECTOR, team=team))

    response = sign_in(make_user(Role.COLLECTOR, team=team)).get("/")

    assert response.context["overdue"] == []


def test_follow_ups_are_those_of_held_cases_until_tonight(sign_in, collector, team, monday_afternoon):
    placement = make_placement(team=team)
    past = make_case(placement=placement, holder=collector, follow_up_at=monday_afternoon - timedelta(days=2))
    tonight = make_case(placement=placement, holder=collector, follow_up_at=MONDAY_9AM.replace(hour=23, minute=59))
    make_case(placement=placement, holder=collector, follow_up_at=MONDAY_9AM + timedelta(days=1))
    make_case(placement=placement, holder=make_user(Role.COLLECTOR, team=team), follow_up_at=monday_afternoon)

    response = sign_in(collector).get("/")

    assert response.context["follow_ups"] == [past, tonight]


def test_promises_are_the_open_ones_of_held_cases_due_by_today(sign_in, collector, team):
    placement = make_placement(team=team)
    due = make_promise(make_case(placement=placement, holder=collector), due_on=date(2026, 11, 23))
    make_promise(make_case(placement=placement, holder=collector), due_on=date(2026, 11, 24))
    make_promise(make_case(placement=placement, holder=make_user(Role.COLLECTOR, team=team)), due_on=date(2026, 11, 23))

    response = sign_in(collector).get("/")

    assert response.context["promises"] == [due]
    assert str(Band.B1.label) in response.content.decode()  # its band, not the amount (CR-17)


def test_figures_count_the_persons_own(sign_in, collector, team):
    make_case(placement=make_placement(team=team), holder=collector)
    make_case(placement=make_placement(team=team), holder=make_user(Role.COLLECTOR, team=team))

    response = sign_in(collector).get("/")

    assert [(figure.label, figure.count) for figure in response.context["figures"]][:2] == [("在手案件", 1), ("待过滤", 0)]


@pytest.mark.parametrize("count", [1, 3])
def test_number_of_queries_does_not_grow_with_the_duties(sign_in, collector, team, django_assert_num_queries, count):
    placement = make_placement(team=team)
    for _number in range(count):
        give_duty(collector)
        make_promise(make_case(placement=placement, holder=collector, follow_up_at=MONDAY_9AM), due_on=date(2026, 11, 23))
    client = sign_in(collector)
    client.get("/")

    with django_assert_num_queries(13):
        client.get("/")
