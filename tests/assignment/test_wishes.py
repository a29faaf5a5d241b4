"""What clients and managers ask for, from their rows to a plan's lines and a move by hand (A2.2); the solver's own tests are test_rules*."""

from collections import Counter
from datetime import date, timedelta

import pytest

from assignment.choices import Reason
from assignment.models import Assignment, ReassignPolicy
from assignment.selectors.overview import overview_of
from assignment.services.applying import apply_plan
from assignment.services.limits import clear_capacity, clear_level_capacity, set_level_capacity, set_requirement
from assignment.services.plans import move_lines
from assignment.services.refusals import BadRule, MayNotHold, StalePlan
from assignment.services.steering import save_rule, set_policy
from assignment.services.transfers import transfer_cases
from audit.models import AuditEvent
from cases.models import Case
from staff.choices import Role
from staff.models import Qualification, Shift
from tests.assignment.makers import make_capacity, make_requirement, plan_of
from tests.factories import MONDAY_9AM, make_case, make_debtor, make_placement, make_team, make_user

pytestmark = pytest.mark.django_db
TODAY = MONDAY_9AM.date()


def counts(plan) -> Counter:
    return Counter(plan.lines.values_list("collector", flat=True))


@pytest.fixture
def admin():
    return make_user(Role.ADMINISTRATOR)


def licensed(person, people, placement):
    Qualification.objects.create(person=person, kind="bank", passed_on=TODAY - timedelta(days=9), valid_until=TODAY)
    Qualification.objects.create(person=people[1], kind="bank", passed_on=TODAY - timedelta(days=99), valid_until=TODAY - timedelta(days=1))
    make_requirement(placement.client, licence="bank")


def of_the_region(person, people, placement):
    person.regions = ["浙江"]
    person.save()
    Case.objects.update(region="浙江省宁波市")
    make_requirement(placement.client, region_must_match=True)


def of_the_dialect(person, people, placement):
    person.dialects = ["广东"]
    person.save()
    Case.objects.update(region="广东省深圳市")
    make_requirement(placement.client, dialect_must_match=True)


def senior(person, people, placement):
    person.level = "senior"
    person.save()
    make_requirement(placement.client, senior_stages=["M3"])


def named(person, people, placement):
    make_requirement(placement.client, people_only=[person])


def on_shift(person, people, placement):
    for other in people:
        Shift.objects.create(person=other, day=TODAY if other == person else TODAY + timedelta(days=1))


@pytest.mark.parametrize("wish", [licensed, of_the_region, of_the_dialect, senior, named, on_shift])
def test_only_who_fits_is_given_cases_by_plan_and_by_hand(placement, people, lead, wish):
    """A2.2, first and third principle."""
    wish(people[0], people, placement)

    plan = plan_of(placement)

    assert counts(plan) == {people[0].pk: 6}
    with pytest.raises(MayNotHold):
        move_lines(plan_id=plan.pk, case_ids=[plan.lines.first().case_id], to=people[1], version=1, by=lead, now=MONDAY_9AM)
    assert counts(plan) == {people[0].pk: 6}


def test_shifts_of_another_month_bind_nobody(placement, people):
    Shift.objects.create(person=people[0], day=date(2026, 10, 5))

    assert counts(plan_of(placement))[people[0].pk] == 2


def test_the_clients_money_for_one_person_is_kept_to(placement, people):
    make_requirement(placement.client, max_amount_per_person=9500)

    figures = overview_of(plan_of(placement), now=MONDAY_9AM).figures

    assert all(load.new_amount <= 9500 for load in figures.loads)
    assert figures.left


def held_before(placement, person):
    """A debtor of the placement's client whom this person held until the case was returned."""
    debtor = make_debtor()
    old = make_case(placement=make_placement(team=placement.team, client=placement.client), debtor=debtor, holder=person)
    Assignment.objects.filter(case=old).update(ended_at=MONDAY_9AM, end_reason="case_ended")
    Case.objects.filter(pk=old.pk).update(state="returned")
    return make_case(placement=placement, debtor=debtor)


def test_the_former_collector_is_kept_where_the_client_wants_it(placement, people):
    make_requirement(placement.client, previous_collector="keep")
    case = held_before(placement, people[2])

    line = plan_of(placement).lines.get(case=case)

    assert (line.collector, line.reason) == (people[2], Reason.PREVIOUS)


def test_the_former_collector_is_changed_where_the_client_wants_it(placement, people, lead):
    make_requirement(placement.client, previous_collector="not")
    case = held_before(placement, people[2])

    plan = plan_of(placement)

    assert plan.lines.get(case=case).collector != people[2]
    with pytest.raises(MayNotHold):
        move_lines(plan_id=plan.pk, case_ids=[case.pk], to=people[2], version=1, by=lead, now=MONDAY_9AM)


def test_a_transfer_keeps_to_the_clients_wishes_too(placement, people, lead):
    case = make_case(placement=make_placement(team=placement.team), holder=people[0])
    make_requirement(case.client, senior_stages=["M3"])

    with pytest.raises(MayNotHold):
        transfer_cases(case_ids=[case.pk], to=people[1], reason="调整", by=lead, now=MONDAY_9AM)

    assert Assignment.objects.open().get(case=case).collector == people[0]


# --- Capacities by level -----------------------------------------------------------------------------------------------------------


def test_the_levels_capacity_counts_for_who_has_none_of_their_own(placement, people, admin):
    """A2.2, third principle: by person, then probation, then level."""
    limits = {"max_amount": 10**9, "max_new_per_day": 100, "by": admin, "now": MONDAY_9AM}
    set_level_capacity(level="regular", max_cases=3, **limits)
    set_level_capacity(level="probation", max_cases=1, **limits)
    make_capacity(people[0], max_cases=0)
    people[1].probation_until = TODAY
    people[1].save()

    plan = plan_of(placement)

    assert counts(plan) == {people[1].pk: 1, people[2].pk: 3, None: 2}


def test_a_capacity_that_is_taken_away_leaves_the_levels(people, admin):
    make_capacity(people[0], max_cases=0)
    set_level_capacity(level="regular", max_cases=3, max_amount=10, max_new_per_day=1, by=admin, now=MONDAY_9AM)

    clear_capacity(collector=people[0], by=admin, now=MONDAY_9AM)
    clear_level_capacity(level="regular", by=admin, now=MONDAY_9AM)

    actions = ["level_capacity.set", "capacity.cleared", "level_capacity.cleared"]
    assert list(AuditEvent.objects.filter(action__contains="capacity").order_by("pk").values_list("action", flat=True)) == actions


def test_a_requirement_keeps_what_is_not_named(placement, people, admin):
    make_requirement(placement.client, barred=[people[0]], max_cases_per_person=5)

    row = set_requirement(client=placement.client, senior_stages=["M6"], senior_months=24, by=admin, now=MONDAY_9AM)

    row.refresh_from_db()
    assert (row.max_cases_per_person, row.senior_stages, row.senior_months, list(row.barred_people.all())) == (5, ["M6"], 24, [people[0]])
    assert AuditEvent.objects.get(action="requirement.set").changes == {"senior_stages": [[], ["M6"]], "senior_months": [None, 24]}


# --- Rules -------------------------------------------------------------------------------------------------------------------------


def rule(by, **fields):
    return save_rule(by=by, now=MONDAY_9AM, **{"name": "大额"} | fields)


def test_a_rule_sends_its_slice_to_its_people_first(placement, people, admin):
    """A2.2, second principle; the line names the rule."""
    large = rule(admin, amount_from=8000, people=[people[1]])

    plan = plan_of(placement)

    lines = plan.lines.filter(case__amount__gte=8000)
    assert set(lines.values_list("collector", "reason", "rule")) == {(people[1].pk, Reason.RULE, large.pk)}
    assert counts(plan) == {person.pk: 2 for person in people}


def test_what_a_rules_people_cannot_take_goes_to_the_others_unless_it_is_strict(placement, people, admin):
    make_capacity(people[1], max_cases=1)
    large = rule(admin, amount_from=8000, people=[people[1]])

    lenient = plan_of(placement)
    save_rule(rule_id=large.pk, version=1, is_strict=True, by=admin, now=MONDAY_9AM)
    strict = plan_of(placement)

    assert None not in counts(lenient)
    assert [line.reason for line in strict.lines.filter(collector=None)] == [Reason.RULE_FULL]


def test_the_first_of_two_rules_takes_the_case(placement, people, admin):
    rule(admin, name="后", priority=20, people=[people[0]])
    rule(admin, name="先", priority=10, people=[people[2]])

    assert set(plan_of(placement).lines.values_list("rule__name", flat=True)) <= {"先", None}


@pytest.mark.parametrize("dates", [{"valid_until": TODAY - timedelta(days=1)}, {"valid_from": TODAY + timedelta(days=1)}, {"is_active": False}])
def test_a_rule_out_of_force_sends_nothing(placement, people, admin, dates):
    rule(admin, people=[people[0]], **dates)

    assert counts(plan_of(placement)) == {person.pk: 2 for person in people}


def test_a_rule_for_debtors_of_an_age(placement, people, admin):
    old = make_case(placement=placement, debtor=make_debtor(born_on=date(1950, 1, 1)), amount=10)
    rule(admin, age_from=60, people=[people[2]], is_strict=True)

    plan = plan_of(placement)

    assert plan.lines.get(case=old).collector == people[2]
    assert plan.lines.filter(rule__isnull=False).count() == 1


def test_a_changed_rule_makes_drafts_stale(placement, people, lead, admin):
    plan = plan_of(placement)
    rule(admin, people=[people[0]])

    with pytest.raises(StalePlan):
        apply_plan(plan_id=plan.pk, version=plan.version, by=lead, now=MONDAY_9AM)

    assert overview_of(plan, now=MONDAY_9AM).is_stale


def test_a_rule_without_a_target_or_with_a_wrong_range_is_refused(people, team, admin):
    for fields in ({}, {"team": team, "people": people}, {"team": team, "amount_from": 2, "amount_to": 1}, {"team": team, "name": " "}):
        with pytest.raises(BadRule):
            rule(admin, **fields)


def test_the_second_of_two_tabs_that_save_a_rule_is_told(people, admin):
    """F13"""
    first = rule(admin, people=people)
    save_rule(rule_id=first.pk, version=1, priority=5, by=admin, now=MONDAY_9AM)

    with pytest.raises(BadRule):
        save_rule(rule_id=first.pk, version=1, priority=9, by=admin, now=MONDAY_9AM)

    first.refresh_from_db()
    assert first.priority == 5


def test_one_policy_for_a_client_and_one_for_all_others(admin, team):
    client = make_placement(team=make_team()).client
    for who, days in ((None, 30), (client, 10), (None, 20)):
        set_policy(client=who, after_days=days, to="pool", is_active=True, by=admin, now=MONDAY_9AM)

    assert set(ReassignPolicy.objects.values_list("client", "after_days")) == {(None, 20), (client.pk, 10)}
