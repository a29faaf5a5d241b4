"""Pages of capacities and clients' requirements."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from assignment.models import Capacity, ClientRequirement, LevelCapacity
from audit.models import AuditEvent
from staff.choices import Role
from tests.assignment.makers import make_capacity, make_requirement
from tests.factories import make_client, make_user

pytestmark = pytest.mark.django_db


def test_requirements_are_closed_to_leads(sign_in, lead, placement):
    browser = sign_in(lead)

    assert browser.get(reverse("assignment:requirement-list")).status_code == 403
    assert browser.get(reverse("assignment:requirement-edit", args=[placement.client_id])).status_code == 403


def test_capacity_list_shows_the_own_team_only(sign_in, lead, people, theirs):
    page = sign_in(lead).get(reverse("assignment:capacity-list"))

    assert {row.pk for row in page.context["page"]} == {person.pk for person in people}


def test_capacity_list_of_an_administrator_shows_everybody(sign_in, people, theirs):
    page = sign_in(make_user(Role.ADMINISTRATOR)).get(reverse("assignment:capacity-list"))

    assert len(page.context["page"]) == 4


@pytest.mark.parametrize("count", [1, 3])
def test_capacity_list_takes_the_same_queries_for_one_and_three(sign_in, lead, team, django_assert_max_num_queries, count):
    for _ in range(count):
        make_capacity(make_user(Role.COLLECTOR, team=team))
    browser = sign_in(lead)

    with django_assert_max_num_queries(12):
        assert len(browser.get(reverse("assignment:capacity-list")).context["page"]) == count


def test_capacity_edit_sets_it_and_leaves_a_trace(sign_in, lead, people):
    """A2.2, third principle"""
    url = reverse("assignment:capacity-edit", args=[people[0].pk])

    sign_in(lead).post(url, {"max_cases": "120", "max_amount": "3000000", "max_new_per_day": "40"})

    capacity = Capacity.objects.get(collector=people[0])
    assert (capacity.max_cases, capacity.max_amount, capacity.max_new_per_day) == (120, Decimal(3000000), 40)
    assert AuditEvent.objects.about(capacity).get().changes["max_cases"] == [None, 120]


def test_capacity_edit_of_another_team_is_not_found(sign_in, lead, theirs):
    stranger = theirs.team.members.exclude(pk=theirs.team.lead_id).get()

    assert sign_in(lead).get(reverse("assignment:capacity-edit", args=[stranger.pk])).status_code == 404


def test_capacity_edit_with_nonsense_says_so_beside_the_field(sign_in, lead, people):
    page = sign_in(lead).post(reverse("assignment:capacity-edit", args=[people[0].pk]), {"max_cases": "-1"})

    assert set(page.context["form"].errors) == {"max_cases", "max_amount", "max_new_per_day"}
    assert not Capacity.objects.exists()


def test_requirement_edit_sets_it_and_leaves_a_trace(sign_in, team, people):
    """A2.2, first principle"""
    administrator, bank = make_user(Role.ADMINISTRATOR), make_client()
    url = reverse("assignment:requirement-edit", args=[bank.pk])
    data = {
        "teams": [team.pk],
        "barred_people": [people[0].pk],
        "min_months_of_service": "6",
        "max_cases_per_person": "",
        "training_required": "on",
        "previous_collector": "any",
    }

    sign_in(administrator).post(url, data)

    row = ClientRequirement.objects.get(client=bank)
    assert (list(row.teams.all()), list(row.barred_people.all()), row.min_months_of_service, row.max_cases_per_person) == ([team], [people[0]], 6, None)
    assert AuditEvent.objects.about(row).get().changes["training_required"] == [None, True]


def test_requirement_pages_open_with_and_without_one(sign_in, team, people):
    browser, with_one, without = sign_in(make_user(Role.ADMINISTRATOR)), make_client(), make_client()
    make_requirement(with_one, teams=[team], barred=[people[0]], training_required=True)

    assert len(browser.get(reverse("assignment:requirement-list")).context["page"]) == 2
    assert browser.get(reverse("assignment:requirement-edit", args=[with_one.pk])).context["form"].initial["training_required"] is True
    assert browser.get(reverse("assignment:requirement-edit", args=[without.pk])).status_code == 200


def test_requirement_edit_keeps_every_wish(sign_in, people):
    """A2.2, first principle"""
    bank = make_client()
    data = {
        "people": [people[0].pk],
        "min_months_of_service": "0",
        "max_amount_per_person": "2000000",
        "licence": "bank",
        "region_must_match": "on",
        "dialect_must_match": "on",
        "previous_collector": "not",
        "senior_stages": "M5、M6，M7+",
        "senior_months": "24",
    }

    sign_in(make_user(Role.ADMINISTRATOR)).post(reverse("assignment:requirement-edit", args=[bank.pk]), data)

    row = ClientRequirement.objects.get(client=bank)
    assert (list(row.people.all()), row.max_amount_per_person, row.licence) == ([people[0]], Decimal(2000000), "bank")
    assert (row.region_must_match, row.dialect_must_match, row.previous_collector) == (True, True, "not")
    assert (row.senior_stages, row.senior_months) == (["M5", "M6", "M7+"], 24)


def test_capacity_list_says_whose_limit_holds(sign_in, lead, team, people):
    """A2.2, third principle: the own capacity, else the level's; probation has its own."""
    make_capacity(people[0], max_cases=7)
    LevelCapacity.objects.create(level="regular", max_cases=300, max_amount=1, max_new_per_day=1)
    LevelCapacity.objects.create(level="probation", max_cases=50, max_amount=1, max_new_per_day=1)
    people[1].probation_until = timezone.localdate() + timedelta(days=1)
    people[1].save()

    page = sign_in(lead).get(reverse("assignment:capacity-list"))

    assert {row.pk: (row.counts_as, row.most_cases) for row in page.context["page"]} == {
        people[0].pk: ("regular", 7),
        people[1].pk: ("probation", 50),
        people[2].pk: ("regular", 300),
    }


def test_capacity_clear_leaves_the_levels(sign_in, lead, people):
    make_capacity(people[0])

    sign_in(lead).post(reverse("assignment:capacity-clear", args=[people[0].pk]))

    assert not Capacity.objects.exists()


def test_level_capacity_is_head_offices_to_set(sign_in, lead):
    url, data = reverse("assignment:level-edit", args=["trainee"]), {"max_cases": "80", "max_amount": "500000", "max_new_per_day": "20"}

    refused, done = sign_in(lead).post(url, data).status_code, sign_in(make_user(Role.GM_OFFICE)).post(url, data).status_code

    row = LevelCapacity.objects.get()
    assert (refused, done, row.level, row.max_cases) == (403, 302, "trainee", 80)


def test_level_capacity_is_cleared_from_its_page(sign_in):
    LevelCapacity.objects.create(level="trainee", max_cases=80, max_amount=1, max_new_per_day=1)

    sign_in(make_user(Role.GM_OFFICE)).post(reverse("assignment:level-clear", args=["trainee"]))

    assert not LevelCapacity.objects.exists()


def test_a_level_that_nobody_knows_is_not_found(sign_in):
    assert sign_in(make_user(Role.GM_OFFICE)).get(reverse("assignment:level-edit", args=["wizard"])).status_code == 404
