import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from assignment.models import AssignmentPlan
from audit.models import AuditEvent
from cases.models import Case
from tests.assignment.makers import make_capacity
from tests.factories import make_placement

pytestmark = pytest.mark.django_db


def plan_assignment(*arguments: str) -> dict:
    output = StringIO()
    call_command("plan_assignment", *arguments, "--json", stdout=output)
    return json.loads(output.getvalue())


def test_plan_assignment_answers_before_and_after(placement, people):
    """A2.2"""
    answer = plan_assignment(str(placement.pk))

    assert answer["plan"] == AssignmentPlan.objects.get().pk
    assert [(row["before_count"], row["after_count"], row["after_amount"]) for row in answer["collectors"]] == [(0, 2, "10000.00")] * 3
    assert (answer["mode"], answer["spread_count"], answer["spread_amount"], answer["unassigned"], answer["applied"]) == ("both", 0, "0.00", [], False)
    assert not Case.objects.exclude(state="unassigned").exists()


def test_plan_assignment_by_code_applies_as_the_lead(placement, people, lead):
    answer = plan_assignment(placement.code, "--apply", "--mode", "count")

    assert (answer["applied"], answer["mode"]) == (True, "count")
    assert set(Case.objects.values_list("state", flat=True)) == {"assigned"}
    event = AuditEvent.objects.get(action="plan.applied")
    assert (event.actor_id, event.origin) == (lead.pk, "manage.py plan_assignment")


def test_plan_assignment_names_who_is_left_and_why(placement, people):
    for person in people:
        make_capacity(person, max_cases=1)

    answer = plan_assignment(str(placement.pk))

    assert [row["reason"] for row in answer["unassigned"]] == ["no_capacity"] * 3


def test_plan_assignment_in_words(placement, people):
    output = StringIO()

    call_command("plan_assignment", placement.code, stdout=output)

    assert output.getvalue().splitlines()[-1] == "spread: 0 cases, 0.00 yuan; 0 cases without a collector"


@pytest.mark.parametrize("arguments", [["nothing"], ["999999"], ["CODE", "--by", "nobody"]])
def test_plan_assignment_of_what_is_not_there_fails(team, arguments):
    make_placement(team=team, code="CODE")

    with pytest.raises(CommandError):
        call_command("plan_assignment", *arguments)


def test_plan_assignment_says_a_refusal(team):
    make_placement(team=team, code="EMPTY")

    with pytest.raises(CommandError, match=r"A2\.1"):
        call_command("plan_assignment", "EMPTY")
