"""A duty's own page: its clock and its story, for everybody who sees the duty and doesn't do the work (A1–A4)."""

import pytest
from django.urls import reverse
from django.utils import translation

from audit.models import AuditEvent
from duties.models import Duty
from duties.services import open_duty
from duties.services_warnings import send_warnings
from staff.choices import Role
from staff.models import Notice
from tests.factories import MONDAY_9AM, make_case, make_filtering_task, make_letter, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(team):
    return make_user(Role.ADMIN_OFFICE)


@pytest.fixture
def duty(office):
    letter = make_letter(state="approved")
    return open_duty(kind="letter_dispatch", subject=letter, holder=office, start=MONDAY_9AM, by=None, path=f"/letters/{letter.pk}/")


def own_page(duty):
    return reverse("duties:duty-detail", args=[duty.pk])


def row_urls(browser, name="duties:duty-list"):
    return {line["url"] for line in browser.get(reverse(name)).context["table"]}


def test_the_list_leads_the_holder_to_the_work_and_others_to_the_duty(sign_in, duty, office):
    assert row_urls(sign_in(office)) == {duty.path}
    for role in (Role.GM_OFFICE, Role.ADMINISTRATOR):
        assert row_urls(sign_in(make_user(role))) == {own_page(duty)}


def test_the_page_tells_the_story_and_offers_only_what_opens(sign_in, duty):
    gm, admin = make_user(Role.GM_OFFICE), make_user(Role.ADMINISTRATOR)
    seen = {person: sign_in(person).get(own_page(duty)) for person in (gm, admin)}

    assert [page.status_code for page in seen.values()] == [200, 200]
    assert (seen[gm].context["work_url"], seen[admin].context["work_url"]) == (duty.path, "")
    assert sign_in(gm).get(duty.path).status_code == 200
    assert duty.holder.name in seen[gm].content.decode()
    assert seen[gm].context["history"]


def test_a_duty_of_another_team_does_not_exist(sign_in, duty, lead, collector):
    for person in (lead, collector):
        assert sign_in(person).get(own_page(duty)).status_code == 404


def test_a_duty_whose_page_is_gone_still_tells_its_story(sign_in, duty):
    Duty.objects.filter(pk=duty.pk).update(path="/gone/1/")

    page = sign_in(make_user(Role.GM_OFFICE)).get(own_page(duty))

    assert (page.status_code, page.context["work_url"]) == (200, "")


def test_a_missed_duty_says_who_held_it_when(sign_in, duty, office):
    Duty.objects.filter(pk=duty.pk).update(missed_at=duty.due_at, missed_holder=office)

    page = sign_in(office).get(own_page(duty))

    assert (page.context["state"][0], page.context["holders"][0].person, page.context["work_url"]) == ("missed", office, duty.path)


def test_the_numbers_rows_lead_nowhere_for_who_may_not_see_the_duty(sign_in, duty):
    """Finance counts all duties and holds none of them."""
    assert row_urls(sign_in(make_user(Role.FINANCE)), "figures:duty-rows") == {""}
    assert row_urls(sign_in(make_user(Role.GM_OFFICE)), "figures:duty-rows") == {own_page(duty)}


def test_a_lead_who_opens_a_collectors_task_sees_how_far_it_is(sign_in, lead, collector, team):
    # A3.1
    task = make_filtering_task(collector, [make_case()])

    page = sign_in(lead).get(reverse("workbench:filtering", args=[task.pk]), follow=True)

    assert (page.status_code, page.context["page"].paginator.count) == (200, 1)
    assert sign_in(collector).get(reverse("workbench:filtering", args=[task.pk])).status_code == 200
    assert sign_in(make_user(Role.ADMIN_OFFICE)).get(reverse("workbench:filtering", args=[task.pk])).status_code == 403


def test_the_last_warning_leads_the_holder_to_the_work_and_the_lead_to_the_duty(lead, collector):
    # A3.1
    task = make_filtering_task(collector, [make_case()])
    duty = Duty.objects.about(task).get()
    Duty.objects.filter(pk=duty.pk).update(path=f"/filtering/{task.pk}/")

    send_warnings(now=duty.last_tenth_at)

    paths = dict(Notice.objects.values_list("recipient", "path"))
    assert paths == {collector.pk: f"/filtering/{task.pk}/", lead.pk: own_page(duty)}


def test_whatever_language_the_asker_reads_the_duty_is_kept_in_the_agencys(office):
    letter = make_letter(state="approved")
    with translation.override("en"):
        duty = open_duty(kind="letter_dispatch", subject=letter, holder=office, start=MONDAY_9AM, by=None)

    assert duty.subject == str(letter)
    assert AuditEvent.objects.get(action="duty.opened").subject == str(duty)
