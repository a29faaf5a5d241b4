"""The figures' API answers what the pages show, to whom the pages show it."""

import pytest
import time_machine
from django.urls import reverse

from staff.choices import Role
from tests.factories import make_user
from tests.figures.conftest import NOON
from tests.figures.test_activity import monday  # noqa: F401
from tests.figures.test_pages import PAGES, busy  # noqa: F401
from tests.figures.test_recovery import autumn, rolling  # noqa: F401

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.mark.parametrize("role", list(Role))
def test_each_role_is_answered_what_its_pages_show(busy, sign_in, team, role):  # noqa: F811
    """A1–A4: the same tables, or the same refusal; a lead's answer holds nothing of another team."""
    person = team.lead if role == Role.TEAM_LEAD else make_user(role, team=team)
    browser = sign_in(person)

    answers = {name: (browser.get(reverse(f"figures:{name}")), browser.get(reverse(f"workbench:api-figures-{name}"))) for name in PAGES}

    assert [name for name, (page, answer) in answers.items() if page.status_code != answer.status_code] == []
    for page, answer in answers.values():
        if page.status_code == 200:
            assert answer.json()["tables"] == [table.plain() for table in page.context["tables"]]


def test_a_lead_cannot_ask_for_another_team(busy, sign_in, lead, other_team):  # noqa: F811
    url = reverse("workbench:api-figures-recovery")

    refused = sign_in(lead).get(url, {"team": other_team.pk})

    assert (refused.status_code, list(refused.json()["fields"])) == (400, ["team"])


@pytest.mark.parametrize(
    "asked",
    [
        {"since": "2026-11-30", "until": "2026-11-01"},
        {"since": "9999-12-31", "until": "9999-12-31"},
        {"since": "0001-01-01"},
        {"until": "x"},
        {"person": "2" * 30},
    ],
)
def test_what_cannot_be_answered_is_said_with_its_field(sign_in, gm, asked):
    """Pages fall back on their own period; an answer to a machine must not."""
    api = sign_in(gm).get(reverse("workbench:api-figures-duties"), asked)
    page = sign_in(gm).get(reverse("figures:duties"), asked)

    assert (api.status_code, page.status_code) == (400, 200)
    assert api.json()["fields"]


def test_figures_are_read_only(sign_in, gm):
    assert sign_in(gm).post(reverse("workbench:api-figures-duties"), {}).status_code == 405
