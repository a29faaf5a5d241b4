import threading
from datetime import date, time, timedelta

import pytest
import time_machine
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.models import AuditEvent
from duties.models import CalendarDay, Duty, DutyKindVersion, WorkingHours
from duties.selectors import due_for
from duties.services import open_duty
from duties.services_settings import set_working_hours, watch_calendar
from staff.choices import Role
from staff.models import Notice
from tests.factories import MONDAY_9AM, make_arrival, make_team, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel(MONDAY_9AM + timedelta(minutes=10), tick=True):
        yield


@pytest.fixture
def manager():
    return make_user(Role.ADMINISTRATOR)


def duty_of(holder, kind="intake", start=MONDAY_9AM, **fields) -> Duty:
    return open_duty(kind=kind, subject=make_arrival(), holder=holder, start=start, by=None, path="/arrivals/7/", **fields)


def test_duty_list_shows_what_i_hold_and_a_lead_the_team(sign_in, collector, lead):
    own, foreign = duty_of(collector), duty_of(make_user(Role.COLLECTOR, team=make_team()))

    def shown(person):
        return {line["pk"] for line in sign_in(person).get(reverse("duties:duty-list")).context["table"]}

    assert shown(collector) == {own.pk}
    assert shown(lead) == {own.pk}
    assert foreign.pk not in shown(lead)


@pytest.mark.parametrize(("asked", "found"), [("", 1), ("state=unmet", 1), ("state=missed", 0), ("state=all", 1), ("kind=import", 0), ("due_by=2026-11-22", 0)])
def test_duty_list_is_filtered(sign_in, collector, asked, found):
    duty_of(collector)

    page = sign_in(collector).get(f"{reverse('duties:duty-list')}?{asked}")

    assert len(page.context["table"]) == found


def test_duty_list_costs_the_same_for_one_row_and_three(sign_in, lead, team):
    browser, url = sign_in(lead), reverse("duties:duty-list")
    colleagues = [make_user(Role.COLLECTOR, team=team) for _number in range(2)]
    duty_of(lead)
    browser.get(url)
    with CaptureQueriesContext(connection) as one:
        browser.get(url)
    for colleague in colleagues:
        duty_of(colleague)

    with CaptureQueriesContext(connection) as three:
        browser.get(url)

    assert len(three) == len(one)


def test_extend_goes_to_the_ceiling_and_not_beyond(sign_in):
    """A1.1: at most three hours, with a reason."""
    person = make_user(Role.SUPPLY_CHAIN)
    duty = duty_of(person)
    browser, url = sign_in(person), reverse("duties:extend", args=[duty.pk])

    assert browser.get(url).status_code == 200
    assert browser.post(url, {"reason": "locked file", "extra": ""})["Location"] == "/arrivals/7/"
    again = browser.post(url, {"reason": "once more", "extra": "500"})

    duty.refresh_from_db()
    assert again.status_code == 200
    assert again.context["form"].non_field_errors()
    assert (duty.due_at, duty.extension_reason) == (MONDAY_9AM + timedelta(hours=4.5) - timedelta(minutes=90), "locked file")


def test_extend_is_only_for_own_duties_and_with_permission(sign_in, collector):
    foreign = duty_of(make_user(Role.SUPPLY_CHAIN))

    assert sign_in(make_user(Role.SUPPLY_CHAIN)).get(reverse("duties:extend", args=[foreign.pk])).status_code == 404
    assert sign_in(collector).get(reverse("duties:extend", args=[duty_of(collector).pk])).status_code == 403


def test_hand_over_gives_the_duty_to_a_colleague_of_the_same_role(sign_in, collector, lead, team):
    """A duty handed on carries its clock."""
    duty, colleague, office = duty_of(collector), make_user(Role.COLLECTOR, team=team), make_user(Role.ADMIN_OFFICE, team=team)
    browser, url = sign_in(lead), reverse("duties:hand-over", args=[duty.pk])

    offered = browser.get(url).context["form"].fields["to"].queryset
    refused = browser.post(url, {"to": office.pk, "reason": "leave"})
    browser.post(url, {"to": colleague.pk, "reason": "leave"})

    due = duty.due_at
    duty.refresh_from_db()
    assert list(offered) == [colleague]
    assert refused.status_code == 200
    assert (duty.holder, duty.due_at) == (colleague, due)


def test_calendar_shows_holidays_and_make_up_days(sign_in, manager):
    page = sign_in(manager).get(f"{reverse('duties:calendar')}?year=2026")

    days = {day.day: day for month in page.context["months"] for week in month["weeks"] for day in week if day}
    assert len(days) == 365
    assert (days[date(2026, 10, 1)].special, days[date(2026, 10, 10)].special) == ("rest", "work")


@pytest.mark.parametrize("year", ["2031", "abc", "9999999999"])
def test_calendar_of_an_unknown_year_still_answers(sign_in, manager, year):
    """F19: falls back to weekdays, no exception."""
    assert sign_in(manager).get(f"{reverse('duties:calendar')}?year={year}").status_code == 200


def test_a_changed_day_is_on_the_trail_and_can_follow_the_week_again(sign_in, manager):
    browser, url = sign_in(manager), reverse("duties:calendar-day")

    browser.post(url, {"day": "2026-11-28", "kind": "work", "name": "盘点"})
    day = CalendarDay.objects.get(pk=date(2026, 11, 28))
    browser.post(url, {"day": "2026-11-28", "kind": "week"})

    assert (day.is_working, day.name, day.source) == (True, "盘点", "manual")
    assert not CalendarDay.objects.filter(pk=day.pk).exists()
    assert list(AuditEvent.objects.about(day).values_list("action", flat=True)) == ["calendar_day.changed", "calendar_day.removed"]


def test_an_unreadable_day_changes_nothing(sign_in, manager):
    before = CalendarDay.objects.count()

    answer = sign_in(manager).post(reverse("duties:calendar-day"), {"day": "x", "kind": "rest"})

    assert answer.status_code == 302
    assert CalendarDay.objects.count() == before


def test_provisional_days_are_confirmed_together(sign_in, manager):
    CalendarDay.objects.create(day=date(2030, 1, 1), is_working=False, name="元旦", source="provisional")

    sign_in(manager).post(reverse("duties:calendar-confirm"), {"year": "2030"})

    assert CalendarDay.objects.get(pk=date(2030, 1, 1)).source == "official"


def hours(*spans: tuple[str, str]) -> dict[str, str]:
    return {f"{end}{number}": value for number, span in enumerate(spans) for end, value in zip(("opens", "closes"), span, strict=True)}


def test_working_hours_are_changed_as_a_whole(sign_in, manager):
    sign_in(manager).post(reverse("duties:hours-edit"), hours(("09:00", "12:00"), ("13:00", "18:00")))

    assert list(WorkingHours.objects.order_by("opens").values_list("opens", "closes")) == [(time(9), time(12)), (time(13), time(18))]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_hours_that_two_change_at_once_are_those_of_the_later_one(manager):
    """The second waits: with the stretches of both the working day would overlap itself."""
    early, late = (time(8), time(16)), (time(9), time(17))
    thread = threading.Thread(target=lambda: (set_working_hours(spans=[late], by=manager, now=MONDAY_9AM), connections.close_all()))
    with transaction.atomic():
        set_working_hours(spans=[early], by=manager, now=MONDAY_9AM)
        thread.start()
        thread.join(0.5)
    thread.join(10)

    assert list(WorkingHours.objects.values_list("opens", "closes")) == [late]


@pytest.mark.parametrize("spans", [[("12:00", "09:00")], [("09:00", "13:00"), ("12:00", "18:00")]], ids=["backwards", "overlapping"])
def test_impossible_working_hours_change_nothing(sign_in, manager, spans):
    before = list(WorkingHours.objects.order_by("opens").values_list("opens", "closes"))

    answer = sign_in(manager).post(reverse("duties:hours-edit"), hours(*spans))

    assert answer.context["form"].errors
    assert list(WorkingHours.objects.order_by("opens").values_list("opens", "closes")) == before


def kind_data(**changed) -> dict:
    kept = {"counting": "working_days", "department": "collector", "first_warning": 50, "last_warning": 90, "tells_lead": "on"}
    return {"name_zh": "新案过滤", "name_en": "Filter new cases", "amount": 2, "ceiling": 4, "steps": "300 = 2\n500 = 3"} | kept | changed


def in_force(code: str) -> DutyKindVersion:
    return DutyKindVersion.objects.get(kind=code, valid_to=None)


def test_kind_edit_holds_for_duties_that_begin_from_now_on(sign_in, manager, collector):
    """A3.1: the numbers are rows that managers edit."""
    old = duty_of(collector, kind="filtering", accounts=301)
    due = old.due_at
    browser, url = sign_in(manager), reverse("duties:kind-edit", args=["filtering"])

    assert browser.get(url).context["form"].initial["steps"] == "300 = 2\n500 = 3"
    browser.post(url, kind_data(steps="100 = 1\n400 = 2"))

    old.refresh_from_db()
    new = duty_of(collector, kind="filtering", accounts=301, start=MONDAY_9AM + timedelta(hours=1))
    assert (in_force("filtering").steps, old.due_at) == ([[100, 1], [400, 2]], due)
    assert new.due_at < due


@pytest.mark.parametrize(
    "changed",
    [{"ceiling": 1}, {"steps": "three hundred"}, {"steps": "500 = 3\n300 = 2"}, {"steps": "300 = 9"}, {}],
    ids=["ceiling below length", "not a step", "steps out of order", "step past the ceiling", "no change"],
)
def test_a_kind_that_makes_no_sense_is_refused(sign_in, manager, changed):
    answer = sign_in(manager).post(reverse("duties:kind-edit", args=["filtering"]), kind_data(**changed))

    assert answer.context["form"].errors
    assert in_force("filtering").steps == [[300, 2], [500, 3]]


def test_a_kind_without_a_last_warning(sign_in, manager, collector):
    """0 is none, as the form says; the first one stays."""
    sign_in(manager).post(reverse("duties:kind-edit", args=["filtering"]), kind_data(last_warning=0))

    duty = duty_of(collector, kind="filtering", accounts=9, start=MONDAY_9AM + timedelta(hours=1))
    assert (in_force("filtering").last_warning, duty.last_tenth_at) == (0, duty.due_at)
    assert duty.half_at < duty.due_at


def test_a_kind_changed_from_a_day_to_come_can_be_taken_back(sign_in, manager):
    browser = sign_in(manager)
    browser.post(reverse("duties:kind-edit", args=["filtering"]), kind_data(amount=3, valid_from="2026-12-01"))
    planned = in_force("filtering")

    assert browser.get(reverse("duties:kind-edit", args=["filtering"])).context["is_planned"]
    browser.post(reverse("duties:kind-withdraw", args=["filtering"]))

    assert (planned.version, planned.amount, planned.valid_from.isoformat()) == (2, 3, "2026-11-30T16:00:00+00:00")
    assert (in_force("filtering").version, DutyKindVersion.objects.filter(kind="filtering").count()) == (1, 1)


def test_a_kind_that_somebody_else_changed_meanwhile_is_not_saved_over(sign_in, manager):
    """F13"""
    browser, url = sign_in(manager), reverse("duties:kind-edit", args=["filtering"])
    seen = browser.get(url).context["page"].seen
    browser.post(url, kind_data(amount=1))

    again = browser.post(url, kind_data(amount=3, seen=seen))

    assert again.context["form"].non_field_errors()
    assert in_force("filtering").amount == 1


def test_a_department_s_hours_count_for_what_it_holds(sign_in, manager):
    """A1.1: supply chain opens at eight; the agency at half past."""
    browser, url = sign_in(manager), f"{reverse('duties:hours-edit')}?department=supply_chain"
    early = MONDAY_9AM - timedelta(minutes=75)

    browser.post(url, hours(("08:00", "12:00"), ("13:00", "17:00")))
    own, agency = due_for("intake", early), due_for("import", early)
    browser.post(reverse("duties:hours-follow"), {"department": "supply_chain"})

    assert (own, agency) == (MONDAY_9AM, MONDAY_9AM)
    assert due_for("intake", early) == MONDAY_9AM + timedelta(minutes=30)
    assert not WorkingHours.objects.exclude(department="").exists()


def test_several_days_are_changed_at_once_with_who_and_when(sign_in, manager):
    browser, url = sign_in(manager), reverse("duties:calendar-day")

    browser.post(url, {"day": "2027-02-06", "until": "2027-02-12", "kind": "rest", "name": "春节"})
    refused = browser.post(url, {"day": "2027-02-06", "until": "2027-05-12", "kind": "rest"})

    days = CalendarDay.objects.filter(changed_by=manager)
    assert (days.count(), set(days.values_list("name", "is_working")), refused.status_code) == (7, {("春节", False)}, 302)


def test_the_clock_is_paused_by_a_lead_never_by_the_holder(sign_in, collector, lead):
    duty = duty_of(collector, kind="import")
    own = duty_of(lead, kind="import")
    browser = sign_in(lead)

    browser.post(reverse("duties:pause", args=[duty.pk]), {"reason": "等银行密码"})
    refused = browser.post(reverse("duties:pause", args=[own.pk]), {"reason": "我忙"})
    foreign = sign_in(collector).post(reverse("duties:pause", args=[duty.pk]), {"reason": "x"})

    duty.refresh_from_db()
    assert (duty.state, duty.pause_reason, foreign.status_code) == ("paused", "等银行密码", 403)
    assert refused.context["form"].non_field_errors()
    browser.post(reverse("duties:resume", args=[duty.pk]))
    duty.refresh_from_db()
    assert duty.state == "open"


@pytest.mark.parametrize("name", ["calendar", "kind-list", "hours-edit"])
def test_settings_of_the_clock_are_for_managers(sign_in, collector, name):
    assert sign_in(collector).get(reverse(f"duties:{name}")).status_code == 403


def test_who_keeps_the_calendar_is_reminded_once_a_week_before_it_ends(manager):
    """F19: 45 days ahead, until it is entered."""
    chief = make_user(Role.GM_OFFICE)
    CalendarDay.objects.filter(day__year=2027).delete()
    december = MONDAY_9AM + timedelta(days=10)

    told = [watch_calendar(now=moment) for moment in (december - timedelta(days=25), december, december, december + timedelta(days=8))]

    assert told == [0, 2, 0, 2]
    assert set(Notice.objects.values_list("recipient", "path")) == {(manager.pk, "/calendar/?year=2027"), (chief.pk, "/calendar/?year=2027")}
