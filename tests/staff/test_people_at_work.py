"""What a person brings to the work (level, regions, dialects, probation), and who stands in for a lead (A2.1, A2.2)."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from audit.selectors import trail_of
from staff.choices import Role
from staff.models import Leave, Team, User
from staff.selectors import lead_on_duty, teams_led_by
from staff.services_people import CannotChangePerson, CannotChangeTeam, disable_person, edit_team, make_team
from tests.factories import MONDAY_9AM, make_user
from tests.factories import make_team as a_team

pytestmark = pytest.mark.django_db
NOW = MONDAY_9AM
AT_WORK = {"level": "senior", "probation_until": "2026-12-31", "regions": "江苏、浙江, 上海 江苏", "dialects": "粤语；闽南语"}


@pytest.fixture
def admin():
    return make_user(Role.ADMINISTRATOR)


@pytest.fixture
def deputy():
    return make_user(Role.TEAM_LEAD)


def on_leave(person: User) -> None:
    Leave.objects.create(person=person, starts_at=NOW - timedelta(hours=1), ends_at=NOW + timedelta(days=1), reason="年假", entered_by=person)


def form_of(person: User, **changed) -> dict:
    return {"name": person.name, "staff_no": person.staff_no, "roles": sorted(person.roles), "team": person.team_id or ""} | changed


def test_people_new_keeps_what_the_person_brings_and_it_is_on_the_trail(sign_in, admin):
    """A2.2: capacities and clients go by it."""
    data = {"username": "li.si", "name": "李四", "staff_no": "E900", "roles": ["collector"]} | AT_WORK

    sign_in(admin).post(reverse("staff:people-new"), data)

    person = User.objects.get(username="li.si")
    assert (person.level, person.probation_until) == ("senior", date(2026, 12, 31))
    assert (person.regions, person.dialects) == (["江苏", "浙江", "上海"], ["粤语", "闽南语"])
    assert {name: trail_of(person).get().changes[name][1] for name in AT_WORK} == {
        "level": "senior",
        "probation_until": "2026-12-31",
        "regions": ["江苏", "浙江", "上海"],
        "dialects": ["粤语", "闽南语"],
    }


def test_people_edit_shows_and_changes_them_with_before_and_after(sign_in, admin, collector):
    """A2.2"""
    url, browser = reverse("staff:people-edit", args=[collector.pk]), sign_in(admin)

    browser.post(url, form_of(collector, **AT_WORK))
    shown = browser.get(url).context["form"].initial
    browser.post(url, form_of(collector, level="junior", probation_until="", regions="", dialects="粤语"))

    assert (shown["level"], shown["regions"], shown["dialects"], shown["probation_until"]) == (
        "senior",
        ["江苏", "浙江", "上海"],
        ["粤语", "闽南语"],
        date(2026, 12, 31),
    )
    collector.refresh_from_db()
    assert (collector.level, collector.regions, collector.dialects, collector.probation_until) == ("junior", [], ["粤语"], None)
    assert trail_of(collector).first().changes["level"] == ["senior", "junior"]


def test_people_edit_with_a_level_that_nobody_knows_says_so_beside_the_field(sign_in, admin, collector):
    page = sign_in(admin).post(reverse("staff:people-edit", args=[collector.pk]), form_of(collector, level="master"))

    assert list(page.context["form"].errors) == ["level"]
    assert User.objects.get(pk=collector.pk).level == collector.level


@pytest.mark.parametrize("role", [Role.TEAM_LEAD, Role.GM_OFFICE, Role.COLLECTOR])
def test_only_administrators_change_them(sign_in, collector, role):
    answer = sign_in(make_user(role, team=collector.team)).post(reverse("staff:people-edit", args=[collector.pk]), form_of(collector, **AT_WORK))

    assert answer.status_code == 403
    assert User.objects.get(pk=collector.pk).regions == []


def test_a_deputy_is_entered_on_the_teams_page_and_is_in_the_list(sign_in, admin, team, deputy):
    browser = sign_in(admin)

    browser.post(reverse("staff:team-edit", args=[team.pk]), {"name": team.name, "lead": team.lead_id, "deputy": deputy.pk, "is_active": "on"})

    assert Team.objects.get(pk=team.pk).deputy == deputy
    assert deputy.name in browser.get(reverse("staff:team-list")).text


def test_nobody_is_their_own_deputy_and_a_deputy_may_lead(admin, team, collector):
    """A2.1: who stands in for the lead has the lead's rights."""
    for wrong in (team.lead, collector):
        with pytest.raises(CannotChangeTeam):
            edit_team(team_id=team.pk, name=team.name, lead=team.lead, deputy=wrong, is_active=True, by=admin, now=NOW)
        with pytest.raises(CannotChangeTeam):
            make_team(name="新团队", lead=team.lead, deputy=wrong, by=admin, now=NOW)

    assert list(Team.objects.values_list("name", "deputy")) == [(team.name, None)]


def test_a_deputy_leads_their_team_and_no_other(team, deputy):
    other = a_team()
    Team.objects.filter(pk=team.pk).update(deputy=deputy)

    assert list(teams_led_by(deputy)) == [team]
    assert list(teams_led_by(other.lead)) == [other]


def test_a_deputy_cannot_be_disabled_before_another_is_named(admin, team, deputy):
    Team.objects.filter(pk=team.pk).update(deputy=deputy)

    with pytest.raises(CannotChangePerson):
        disable_person(person_id=deputy.pk, by=admin, now=NOW)

    assert User.objects.get(pk=deputy.pk).is_active


def test_what_comes_while_the_lead_is_away_is_the_deputys_then_head_offices(team, deputy):
    """A2.1: the same-day duty has somebody who is there."""
    head = make_user(Role.GM_OFFICE)
    Team.objects.filter(pk=team.pk).update(deputy=deputy)
    team.refresh_from_db()

    found = [lead_on_duty(team, now=NOW)]
    for person in (team.lead, deputy, head):
        on_leave(person)
        found.append(lead_on_duty(team, now=NOW))

    assert found == [team.lead, deputy, head, team.lead]


def test_a_deputy_who_is_away_is_passed_over_while_the_lead_is_there(team, deputy):
    Team.objects.filter(pk=team.pk).update(deputy=deputy)
    team.refresh_from_db()
    on_leave(deputy)

    assert lead_on_duty(team, now=NOW) == team.lead


def test_a_person_who_was_changed_meanwhile_is_not_put_back(sign_in, admin, collector):
    """F12: a group that another administrator took away doesn't come back by an older page, nor by a second click."""
    url, browser = reverse("staff:people-edit", args=[collector.pk]), sign_in(admin)
    opened = browser.get(url).context["page"].seen
    User.objects.filter(pk=collector.pk).update(level="junior")

    first = browser.post(url, form_of(collector, **AT_WORK, seen=opened))
    second = browser.post(url, form_of(collector, **AT_WORK, seen=first.context["page"].seen))

    assert [bool(page.context["form"].non_field_errors()) for page in (first, second)] == [True, True]
    assert (User.objects.get(pk=collector.pk).level, trail_of(collector).exists()) == ("junior", False)


def test_a_team_that_was_changed_meanwhile_is_not_put_back(sign_in, admin, team, deputy):
    """F12"""
    url, browser = reverse("staff:team-edit", args=[team.pk]), sign_in(admin)
    opened = browser.get(url).context["page"].seen
    edit_team(team_id=team.pk, name=team.name, lead=team.lead, deputy=deputy, is_active=True, by=admin, now=NOW)

    page = browser.post(url, {"name": "旧名", "lead": team.lead_id, "is_active": "on", "seen": opened})

    assert page.context["form"].non_field_errors()
    assert Team.objects.values_list("name", "deputy").get() == (team.name, deputy.pk)
