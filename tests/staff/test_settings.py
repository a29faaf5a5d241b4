from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.models import AuditEvent
from audit.selectors import trail_of
from duties.services import open_duty
from staff.choices import Role
from staff.models import Leave, Team, User
from staff.services import LeavesOverlap, cancel_leave, enter_leave
from staff.services_people import CannotChangePerson, CannotChangeTeam, create_person, disable_person, edit_person, edit_team, make_team
from tests.factories import MONDAY_9AM, make_arrival, make_user
from tests.factories import make_team as a_team

pytestmark = pytest.mark.django_db
NOW = MONDAY_9AM


@pytest.fixture
def admin():
    return make_user(Role.ADMINISTRATOR)


def edited(person: User, **changed) -> dict:
    kept = {"name": person.name, "staff_no": person.staff_no, "roles": sorted(person.roles), "team": person.team, "joined_on": person.joined_on}
    return {"person_id": person.pk} | kept | changed


def test_create_person_gives_a_temporary_password_that_must_be_changed(admin, client):
    team = a_team()

    person, password = create_person(username="li.si", name="李四", staff_no="E900", roles=["collector"], team=team, joined_on=None, by=admin, now=NOW)

    assert person.check_password(password)
    assert (person.must_change_password, person.roles, person.team) == (True, {"collector"}, team)
    assert password not in str(trail_of(person).get().changes)


@pytest.mark.parametrize("taken", ["username", "staff_no"])
def test_create_person_refuses_what_is_taken(admin, taken):
    values = {"username": "new.one", "staff_no": "E901"} | {taken: getattr(admin, taken)}

    with pytest.raises(CannotChangePerson):
        create_person(name="x", roles=[], team=None, joined_on=None, by=admin, now=NOW, **values)

    assert User.objects.count() == 1


def test_an_administrator_cannot_give_themselves_another_group(admin):
    """S12"""
    with pytest.raises(CannotChangePerson):
        edit_person(by=admin, now=NOW, **edited(admin, roles=["administrator", "gm_office"]))

    assert set(User.objects.get(pk=admin.pk).roles) == {"administrator"}


def test_edit_person_changes_groups_and_team_with_before_and_after(admin, collector):
    team = a_team()

    edit_person(by=admin, now=NOW, **edited(collector, roles=["collector", "quality"], team=team))

    fresh = User.objects.get(pk=collector.pk)
    assert (fresh.roles, fresh.team) == ({"collector", "quality"}, team)
    assert trail_of(fresh).first().changes["groups"] == [["collector"], ["collector", "quality"]]


def test_disable_person_is_refused_while_something_is_to_be_done(admin, collector):
    open_duty(kind="intake", subject=make_arrival(), holder=collector, start=NOW, by=None)

    with pytest.raises(CannotChangePerson):
        disable_person(person_id=collector.pk, by=admin, now=NOW)

    assert User.objects.get(pk=collector.pk).is_active


def test_disable_person_is_refused_for_oneself_and_for_a_lead(admin, lead):
    for person in (admin, lead):
        with pytest.raises(CannotChangePerson):
            disable_person(person_id=person.pk, by=admin, now=NOW)

    assert User.objects.filter(is_active=False).count() == 0


def test_a_disabled_person_is_out_and_back_again(admin, collector, sign_in):
    browser = sign_in(collector)
    disable_person(person_id=collector.pk, by=admin, now=NOW)

    assert browser.get(reverse("staff:inbox")).status_code == 302
    sign_in(admin).post(reverse("staff:people-enable", args=[collector.pk]))
    assert User.objects.get(pk=collector.pk).is_active


def test_a_team_needs_a_lead_who_may_lead_and_its_own_name(admin, collector, team):
    with pytest.raises(CannotChangeTeam):
        make_team(name="新团队", lead=collector, by=admin, now=NOW)
    with pytest.raises(CannotChangeTeam):
        make_team(name=team.name, lead=None, by=admin, now=NOW)
    with pytest.raises(CannotChangeTeam):
        edit_team(team_id=team.pk, name=team.name, lead=team.lead, is_active=False, by=admin, now=NOW)

    assert Team.objects.filter(is_active=True).count() == 1


@pytest.mark.parametrize("name", ["people-list", "people-new", "team-list", "team-new", "leave-list", "leave-new", "trail"])
def test_settings_pages_open_for_administrators_only(sign_in, admin, collector, name):
    url = reverse(f"staff:{name}")

    assert sign_in(admin).get(url).status_code == 200
    assert sign_in(collector).get(url).status_code == 403


def test_people_new_in_the_browser_shows_the_password_once(sign_in, admin):
    answer = sign_in(admin).post(reverse("staff:people-new"), {"username": "wang.wu", "name": "王五", "staff_no": "E902", "roles": ["collector"]})

    person = User.objects.get(username="wang.wu")
    assert person.check_password(answer.context["password"])
    assert answer.context["password"] in answer.text


def test_people_new_with_a_taken_name_keeps_what_was_typed(sign_in, admin):
    answer = sign_in(admin).post(reverse("staff:people-new"), {"username": admin.username, "name": "王五", "staff_no": "E902", "roles": ["collector"]})

    assert answer.context["form"].non_field_errors()
    assert "王五" in answer.text


def test_a_temporary_password_replaces_the_old_one(sign_in, admin, collector):
    answer = sign_in(admin).post(reverse("staff:people-password", args=[collector.pk]))

    collector.refresh_from_db()
    assert collector.check_password(answer.context["password"])
    assert collector.must_change_password


def test_people_list_costs_the_same_for_one_row_and_three(sign_in, admin):
    browser, url = sign_in(admin), reverse("staff:people-list")
    browser.get(url)
    with CaptureQueriesContext(connection) as one:
        browser.get(url)
    for _number in range(2):
        make_user(Role.COLLECTOR, team=a_team())

    with CaptureQueriesContext(connection) as three:
        browser.get(url)

    assert len(three) == len(one)


def test_a_lead_enters_leave_for_the_own_team_only(sign_in, lead, collector):
    stranger = make_user(Role.COLLECTOR, team=a_team())
    values = {"starts_at": "2026-12-01T08:30", "ends_at": "2026-12-03T17:30", "reason": "年假"}

    with time_machine.travel(NOW, tick=True):
        browser = sign_in(lead)
        browser.post(reverse("staff:leave-new"), values | {"person": collector.pk})
        refused = browser.post(reverse("staff:leave-new"), values | {"person": stranger.pk})

    leave = Leave.objects.get()
    assert (leave.person, leave.ends_at - leave.starts_at, leave.entered_by) == (collector, timedelta(days=2, hours=9), lead)
    assert refused.context["form"].errors


def test_leaves_of_one_person_do_not_overlap(collector, lead):
    """What is entered beside a leave, or after it was cancelled, is fine."""
    day = timedelta(days=1)

    def enter(start, end):
        return enter_leave(person=collector, starts_at=NOW + start, ends_at=NOW + end, reason="年假", by=lead, now=NOW)

    first = enter(2 * day, 4 * day)
    enter(4 * day, 5 * day)
    for start, end in ((day, 3 * day), (3 * day, 6 * day), (day, 6 * day), (2 * day, 4 * day)):
        with pytest.raises(LeavesOverlap):
            enter(start, end)
    cancel_leave(leave=first, by=lead, now=NOW)
    enter(day, 4 * day)

    assert Leave.objects.filter(cancelled_at=None).count() == 2


def test_a_lead_cannot_cancel_another_team_s_leave(sign_in, lead):
    stranger = make_user(Role.COLLECTOR, team=a_team())
    leave = Leave.objects.create(person=stranger, starts_at=NOW, ends_at=NOW + timedelta(days=1), reason="x", entered_by=stranger)

    assert sign_in(lead).post(reverse("staff:leave-cancel", args=[leave.pk])).status_code == 404
    leave.refresh_from_db()
    assert leave.cancelled_at is None


def test_the_trail_is_filtered_and_speaks_words(sign_in, admin, collector):
    edit_person(by=admin, now=NOW, **edited(collector, name="新名字"))
    browser, url = sign_in(admin), reverse("staff:trail")

    found = browser.get(f"{url}?action=person.changed&actor={admin.pk}&since=2026-11-23&until=2026-11-23")
    nothing = browser.get(f"{url}?actor={collector.pk}")

    assert [line["row"].action for line in found.context["table"]] == ["person.changed"]
    assert "新名字" in found.text
    assert nothing.context["table"] == []


def test_the_trail_has_no_button_that_changes_it(sign_in, admin):
    assert sign_in(admin).post(reverse("staff:trail")).status_code == 405
    assert AuditEvent.objects.exists() is False
