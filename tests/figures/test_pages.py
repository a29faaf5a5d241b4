"""The pages of figures: who may open them, what their links open, their workbooks, and their addresses."""

import io
import re
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.urls import reverse
from openpyxl import load_workbook

from audit.models import AuditEvent
from figures.models import RecoveryTarget
from staff.choices import Role
from tests.factories import MONDAY_9AM, assign, make_case, make_letter, make_placement, make_record, make_team, make_user
from tests.figures.conftest import NOON
from tests.figures.test_activity import monday  # noqa: F401 -- a fixture
from tests.figures.test_duties import intake
from tests.figures.test_recovery import autumn, rolling  # noqa: F401 -- fixtures

pytestmark = pytest.mark.django_db
PAGES = ["duties", "activity", "recovery", "stages", "letters"]


@pytest.fixture(autouse=True)
def at_noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def busy(monday, rolling, case, collector):  # noqa: F811
    """Something on every page."""
    intake(collector, met_after=20)
    intake(collector, met_after=90)
    make_letter(case=case, state="dispatched")
    RecoveryTarget.objects.create(client=case.client, percent=10, changed_by=collector, changed_at=MONDAY_9AM)


def cells_of(page):
    for table in page.context["tables"]:
        for line in [*table.lines, *([table.total] if table.total else [])]:
            yield from ((table.code, line.label, cell) for cell in line.cells if cell.url)


def opened_wrongly(browser, name):
    """The links of a page that lead to a list of another count or amount, and all that were followed."""
    page, wrong, seen = browser.get(reverse(f"figures:{name}")), [], set()
    for code, label, cell in cells_of(page):
        if (cell.url, cell.kind) in seen:
            continue
        seen.add((cell.url, cell.kind))
        rows = browser.get(cell.url)
        if cell.kind == "number" and rows.context["page"].paginator.count != cell.value:
            wrong.append((code, label, cell.value, rows.context["page"].paginator.count, cell.url))
        if rows.context["list"].form.errors:
            wrong.append((code, label, cell.value, rows.context["list"].form.errors, cell.url))
        if cell.kind == "money" and rows.context["list"].shows_amounts and cell.text not in rows.context["list"].subtitle:
            wrong.append((code, label, cell.text, rows.context["list"].subtitle, cell.url))
    return wrong, seen


@pytest.mark.parametrize("name", PAGES)
def test_every_number_of_a_page_opens_as_many_rows(busy, sign_in, gm, name):
    """A link leads to a list that counts exactly the number, or adds up to exactly the amount; a share is of the rows that it opens."""
    wrong, seen = opened_wrongly(sign_in(gm), name)

    assert wrong == []
    assert seen


@pytest.mark.parametrize("name", ["duties", "activity"])
def test_a_collectors_own_numbers_open_the_own_rows(busy, sign_in, collector, name):
    wrong, seen = opened_wrongly(sign_in(collector), name)

    assert wrong == []
    assert seen


def test_the_own_rows_of_somebody_in_no_team_open_too(sign_in):
    clerk = make_user(Role.DATA_SPECIALIST)
    assert clerk.team is None
    intake(clerk, met_after=20)

    wrong, seen = opened_wrongly(sign_in(clerk), "duties")

    assert wrong == []
    assert seen


MAY = {
    Role.COLLECTOR: {"duties", "activity", "letters"},
    Role.TEAM_LEAD: set(PAGES),
    Role.GM_OFFICE: set(PAGES),
    Role.FINANCE: set(PAGES),
    Role.ADMINISTRATOR: set(PAGES),
    Role.ADMIN_OFFICE: {"duties", "letters"},
    Role.DATA_CENTRE: {"duties"},
}


@pytest.mark.parametrize("role", MAY)
def test_who_may_open_which_page(sign_in, role):
    browser = sign_in(make_user(role))

    assert {name for name in PAGES if browser.get(reverse(f"figures:{name}")).status_code == 200} == MAY[role]


def test_a_lead_cannot_reach_another_teams_rows_by_address(busy, sign_in, lead, other_team):
    browser = sign_in(lead)

    for name in ("call-rows", "promise-rows", "payment-rows", "duty-rows"):
        page = browser.get(reverse(f"figures:{name}"), {"team": other_team.pk})
        assert (page.status_code, len(page.context["table"])) == (200, 0), name


def test_rows_name_no_debtor_and_link_only_cases_that_may_be_seen(busy, sign_in, collector, case):
    """CR-46: the collector called the case, but does not hold it now."""
    browser, address = sign_in(collector), reverse("figures:call-rows")
    before = browser.get(address)
    assign(case, collector)
    after = browser.get(address)

    assert {line["url"] for line in before.context["table"]} == {""}
    assert {line["url"] for line in after.context["table"]} == {reverse("workbench:case-detail", args=[case.pk])}
    assert case.debtor.name not in after.content.decode()


def test_the_address_holds_the_question(busy, sign_in, gm, team):
    page = sign_in(gm).get(reverse("figures:activity"), {"since": "2026-11-20", "until": "2026-11-20", "team": team.pk})

    links = [parse_qs(urlsplit(cell.url).query) for _code, _label, cell in cells_of(page)]
    assert {link["team"][0] for link in links} == {str(team.pk)}
    assert {link["since"][0] for link in links} == {"2026-11-20"}
    assert next(table for table in page.context["tables"] if table.code == "by-day").lines[0].label.startswith("2026-11-20")


@pytest.mark.parametrize(
    "asked", [{"since": "2026-11-30", "until": "2026-11-01"}, {"since": "yesterday"}, {"team": "x"}, {"since": "0001-01-01", "until": "9999-12-31"}]
)
def test_a_question_that_cannot_be_read_is_said_and_answered_by_default(busy, sign_in, gm, asked):
    page = sign_in(gm).get(reverse("figures:activity"), asked)

    assert page.status_code == 200
    assert page.context["shown_form"].errors
    assert page.context["view"].question.first.isoformat() == "2026-11-01"


def test_each_table_is_exported_with_numbers_as_numbers(busy, sign_in, gm):
    browser = sign_in(gm)
    page = browser.get(reverse("figures:activity"))
    table = next(table for table in page.context["tables"] if table.code == "by-person")

    answer = browser.get(reverse("figures:activity"), {"export": "by-person"})

    sheet = load_workbook(io.BytesIO(answer.content)).active
    head, *rows = list(sheet.iter_rows(values_only=True))
    assert head[2:5] == tuple(str(head.label) for head in table.heads[:3])
    assert [row[2] for row in rows[: len(table.lines)]] == [line.cells[0].value for line in table.lines]
    event = AuditEvent.objects.filter(action="list.exported").latest("pk")
    assert event.changes == {"figures:activity:by-person": [None, len(table.lines) + 1]}


def test_a_table_that_does_not_exist_is_not_exported(sign_in, gm):
    assert sign_in(gm).get(reverse("figures:activity"), {"export": "nothing"}).status_code == 404


def test_charts_come_with_the_page_and_no_script_stands_in_it(busy, sign_in, gm):
    for name in PAGES:
        page = sign_in(gm).get(reverse(f"figures:{name}"))
        html = page.content.decode()
        assert set(page.context["charts"]) == set(re.findall(r'class="figures-chart" id="([\w-]+)"', html))
        assert re.findall(r"<script(?![^>]*(?:src=|type=\"application/json\"))", html) == []
        assert " style=" not in html


@pytest.mark.parametrize("name", PAGES)
def test_an_empty_page_says_so(sign_in, gm, name):
    html = sign_in(gm).get(reverse(f"figures:{name}")).content.decode()

    assert "bi-bar-chart" in html


def test_the_number_of_queries_does_not_grow_with_teams(busy, sign_in, gm, django_assert_max_num_queries):
    browser = sign_in(gm)
    for _number in range(3):
        team = make_team()
        case = make_case(placement=make_placement(team=team))
        make_record(case, make_user(Role.COLLECTOR, team=team))
    for name, most in {"duties": 24, "activity": 20, "recovery": 28, "stages": 20, "letters": 24}.items():
        with django_assert_max_num_queries(most):
            browser.get(reverse(f"figures:{name}"))


def test_the_gm_office_sets_a_target_in_the_browser(sign_in, gm, lead, case):
    address = reverse("figures:target-placement", args=[case.placement_id])
    page = sign_in(gm).get(address)

    answer = sign_in(gm).post(address, {"percent": "18.5", "seen": page.context["page"].seen})

    assert answer.status_code == 302
    assert str(RecoveryTarget.objects.get(placement=case.placement).percent) == "18.50"
    assert sign_in(lead).get(address).status_code == 403
