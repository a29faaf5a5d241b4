"""A plan of very many cases: its page asks as much as a small one's, and moves only what it shows."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assignment.models import PlanLine
from tests.assignment.makers import make_cases_in_bulk, plan_of
from tests.factories import make_placement

pytestmark = pytest.mark.django_db
LINES = PlanLine._meta.db_table


def asked(browser, plan, query: dict | None = None, **headers) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        assert len(browser.get(reverse("assignment:plan-detail", args=[plan.pk]), query, **headers).context["table"]) == 50
    return [query["sql"] for query in queries]


def over_all_lines(statements: list[str]) -> list[str]:
    """Those that read every line of the plan: neither by their ids nor up to a limit."""
    return [sql for sql in statements if LINES in sql and "LIMIT" not in sql and not re.search(rf'"{LINES}"."id" IN', sql)]


def test_the_page_of_a_large_plan_asks_what_a_small_ones_does(sign_in, lead, team, people):
    """A2.2: the number of queries doesn't grow with the cases, and few of them look at every line."""
    small, large = make_placement(team=team), make_placement(team=team)
    make_cases_in_bulk(small, 60)
    make_cases_in_bulk(large, 1500)
    plans, browser = [plan_of(small), plan_of(large)], sign_in(lead)

    of_small, of_large = (asked(browser, plan) for plan in plans)

    assert len(of_large) == len(of_small)
    assert len(over_all_lines(of_large)) <= 4  # by person, by reason, by reason and rule; which cases there are
    assert len(set(over_all_lines(of_large))) == len(over_all_lines(of_large))  # none of them twice


@pytest.mark.parametrize("query", [{}, {"page": "20"}, {"sort": "to"}, {"reason": "balance"}, {"size": "50", "stage": "M3"}])
def test_turning_sorting_and_filtering_a_large_plan_reads_one_page_and_no_figures(sign_in, lead, team, people, query):
    """A2.2: only the list is asked for again."""
    placement = make_placement(team=team)
    make_cases_in_bulk(placement, 1500)
    plan = plan_of(placement)

    statements = asked(sign_in(lead), plan, query, HTTP_HX_TARGET="list")

    assert len(statements) <= 12
    assert over_all_lines(statements) == []


def test_moving_many_cases_at_once_asks_by_the_thousand_not_by_the_case(sign_in, lead, team, people):
    """A2.2: "all that the filter finds"."""
    placement = make_placement(team=team)
    make_cases_in_bulk(placement, 1500)
    plan = plan_of(placement)
    before = plan.lines.filter(collector=people[1]).count() + plan.lines.filter(collector=people[0]).count()
    data = {"all": "yes", "query": f"to={people[0].pk}", "to": people[1].pk, "version": plan.version}

    with CaptureQueriesContext(connection) as queries:
        sign_in(lead).post(reverse("assignment:plan-move", args=[plan.pk]), data)

    assert plan.lines.filter(collector=people[1]).count() == before
    assert len(queries) <= 60
