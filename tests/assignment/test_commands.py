import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from assignment.models import AssignmentPlan
from assignment.services.handing import return_to_pool
from audit.models import AuditEvent
from cases.models import Case
from staff.choices import Role
from tests.assignment.makers import make_capacity
from tests.factories import make_placement, make_user

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


def test_plan_assignment_by_shares(placement, people):
    shares = ",".join(f"{person.staff_no}={share}" for person, share in zip(people, (4, 1, 1), strict=True))

    answer = plan_assignment(placement.code, "--mode", "weights", "--weights", shares, "--holdings", "new_only")

    assert [row["new_count"] for row in answer["collectors"]] == [4, 1, 1]


def test_plan_assignment_of_some_cases(placement, people):
    numbers = list(Case.objects.order_by("pk").values_list("case_no", flat=True)[:3])

    answer = plan_assignment(placement.code, "--cases", ",".join(numbers))

    assert (answer["scope"], sum(row["new_count"] for row in answer["collectors"])) == ("selection", 3)


def test_plan_assignment_for_teams_then_of_the_pool(placement, people, lead):
    """Both levels, and what came back."""
    head = make_user(Role.GM_OFFICE)

    teams = plan_assignment(placement.code, "--level", "teams", "--by", head.username, "--apply")
    plan_assignment(placement.code, "--apply")
    return_to_pool(case_ids=[Case.objects.earliest("pk").pk], reason="调整", by=lead, now=timezone.now())
    pool = plan_assignment("--pool", "--team", placement.team.name)

    assert [(row["name"], row["new_count"]) for row in teams["teams"]] == [(placement.team.name, 6)]
    assert (pool["scope"], sum(row["new_count"] for row in pool["collectors"])) == ("pool", 1)


@pytest.mark.parametrize("arguments", [[], ["P-1", "--pool"], ["--pool"], ["--pool", "--team", "无此团队"]])
def test_plan_assignment_of_nothing_in_particular_is_refused(db, arguments):
    with pytest.raises(CommandError):
        plan_assignment(*arguments)
