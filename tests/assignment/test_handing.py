"""Who leaves or is away hands over everything at once, clocks carried; untouched cases go on by night, where a policy says so."""

from collections import Counter
from datetime import timedelta

import pytest

from assignment.models import Assignment, FilteringTask, ReassignPolicy
from assignment.services.handing import hand_over_cases, return_to_pool
from assignment.services.reassigning import reassign_untouched
from assignment.services.refusals import CannotPlan, MayNotHold, NeedsReason
from audit.models import AuditEvent
from cases.models import Case
from duties.models import Duty
from duties.services import CannotHandOver, hand_over_duty
from staff.choices import Role
from staff.models import Notice
from staff.services_people import CannotChangePerson, disable_person, edit_person
from tests.assignment.makers import applied_plan_of, make_capacity, make_lead_duty
from tests.factories import MONDAY_9AM, make_case, make_placement, make_team, make_user

pytestmark = pytest.mark.django_db
TUESDAY = MONDAY_9AM + timedelta(days=1)
LATER = MONDAY_9AM + timedelta(days=40)


def held() -> Counter:
    return Counter(Assignment.objects.open().values_list("collector", flat=True))


def leaving(person, by, **asked):
    return hand_over_cases(person=person, reason="离职", by=by, now=TUESDAY, **asked)


def test_everything_goes_to_one_person_with_its_clock(placement, people, lead):
    """A3.1: the filtering's deadline goes with the cases."""
    applied_plan_of(placement)
    before = Duty.objects.unmet().get(kind="filtering", holder=people[0])

    done = leaving(people[0], lead, to=people[1])

    after = Duty.objects.unmet().get(kind="filtering", subject_id=FilteringTask.objects.get(continues__collector=people[0]).pk)
    assert (done.by_person, done.moved, done.left) == ({people[1]: 2}, 2, 0)
    assert held() == {people[1].pk: 4, people[2].pk: 2}
    assert (after.holder, after.due_at) == (people[1], before.due_at)


def test_everything_is_balanced_over_the_team_within_capacities(people, lead, team):
    make_capacity(people[2], max_cases=1)
    for amount in (1000, 2000, 3000, 4000):
        make_case(placement=make_placement(team=team), holder=people[0], amount=amount)

    done = leaving(people[0], lead)

    assert (done.moved, done.left) == (4, 0)
    assert held() == {people[1].pk: 3, people[2].pk: 1}
    assert Notice.objects.filter(recipient=people[0]).count() == 2


def test_what_nobody_can_take_stays_and_is_counted(people, lead, team):
    for person in people[1:]:
        make_capacity(person, max_cases=1)
    for _ in range(3):
        make_case(placement=make_placement(team=team), holder=people[0])

    done = leaving(people[0], lead)

    assert (done.moved, done.left) == (2, 1)
    assert held()[people[0].pk] == 1


def test_hand_over_to_a_stranger_or_without_a_reason_is_refused(people, lead, team):
    make_case(placement=make_placement(team=team), holder=people[0])

    with pytest.raises(MayNotHold):
        leaving(people[0], lead, to=make_user(Role.COLLECTOR, team=make_team()))
    with pytest.raises(NeedsReason):
        hand_over_cases(person=people[0], reason=" ", by=lead, now=TUESDAY)

    assert held() == {people[0].pk: 1}


def test_hand_over_of_nothing_is_refused(people, lead):
    with pytest.raises(CannotPlan):
        leaving(people[0], lead)


def test_a_filtering_task_whose_cases_all_went_to_the_pool_is_cancelled(placement, people, lead):
    applied_plan_of(placement)
    mine = list(Assignment.objects.filter(collector=people[0]).values_list("case", flat=True))

    return_to_pool(case_ids=mine, reason="调整", by=lead, now=TUESDAY)

    assert not Duty.objects.unmet().filter(holder=people[0]).exists()
    assert held() == {people[1].pk: 2, people[2].pk: 2}


# --- Leaving -----------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def admin():
    return make_user(Role.ADMINISTRATOR)


def edited(person, admin, **fields):
    kept = {"name": person.name, "staff_no": person.staff_no, "roles": list(person.roles), "team": person.team, "joined_on": person.joined_on}
    return edit_person(person_id=person.pk, by=admin, now=MONDAY_9AM, **kept | fields)


def test_who_holds_live_cases_is_not_disabled(people, team, admin, lead):
    """Anchors 2.3: hand-over comes first."""
    make_case(placement=make_placement(team=team), holder=people[0])

    with pytest.raises(CannotChangePerson):
        disable_person(person_id=people[0].pk, by=admin, now=MONDAY_9AM)
    leaving(people[0], lead)

    assert not disable_person(person_id=people[0].pk, by=admin, now=MONDAY_9AM).is_active


@pytest.mark.parametrize("change", [{"team": None}, {"roles": []}])
def test_who_holds_live_cases_keeps_team_and_group(people, team, admin, change):
    make_case(placement=make_placement(team=team), holder=people[0])

    with pytest.raises(CannotChangePerson):
        edited(people[0], admin, **change)

    people[0].refresh_from_db()
    assert (people[0].team, people[0].groups.get().name) == (team, Role.COLLECTOR)


def test_who_leads_a_team_keeps_the_group(lead, admin):
    with pytest.raises(CannotChangePerson):
        edited(lead, admin, roles=[])

    assert lead.groups.filter(name=Role.TEAM_LEAD).exists()


def test_who_holds_nothing_may_change_team_and_work(people, admin):
    other = make_team()

    person = edited(people[0], admin, team=other, level="senior", regions=["浙江"], dialects=["宁波"], probation_until=MONDAY_9AM.date())

    person.refresh_from_db()
    assert (person.team, person.level, person.regions, person.dialects) == (other, "senior", ["浙江"], ["宁波"])


def test_an_assignment_duty_goes_only_to_who_may_assign(placement, people, lead, team):
    """A2.1: a duty nobody can meet is no duty."""
    placement = make_placement(team=team)
    duty = make_lead_duty(placement)
    other_lead, head = make_team().lead, make_user(Role.GM_OFFICE)

    for person in (people[0], other_lead):
        with pytest.raises(CannotHandOver):
            hand_over_duty(duty_id=duty.pk, to=person, by=lead, reason="休假", now=MONDAY_9AM)
    handed = hand_over_duty(duty_id=duty.pk, to=head, by=lead, reason="休假", now=MONDAY_9AM)

    assert handed.holder == head


# --- Untouched cases ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def policy(db):
    return ReassignPolicy.objects.create(client=None, after_days=30, to="team", is_active=True)


@pytest.fixture
def untouched(team, people):
    case = make_case(placement=make_placement(team=team), holder=people[0])
    Case.objects.filter(pk=case.pk).update(state="working", touched_at=MONDAY_9AM)
    return case


def test_an_untouched_case_goes_to_somebody_else_of_the_team(policy, untouched, people):
    """Off by default, logged by case."""
    assert reassign_untouched(now=LATER) == 1

    assert Assignment.objects.open().get(case=untouched).collector in people[1:]
    assert Assignment.objects.get(case=untouched, collector=people[0]).end_reason == "reassigned"
    event = AuditEvent.objects.about(untouched).get(action="case.transferred")
    assert (event.actor, bool(event.reason)) == ("system", True)


def test_an_untouched_case_goes_to_the_pool_where_the_policy_says_so(policy, untouched, people):
    ReassignPolicy.objects.update(to="pool")

    assert reassign_untouched(now=LATER) == 1
    assert reassign_untouched(now=LATER) == 0
    untouched.refresh_from_db()
    assert (untouched.state, held()) == ("unassigned", Counter())


EXEMPT = [
    {"state": "promised"},
    {"state": "disputed"},
    {"state": "legal"},
    {"state": "settled"},
    {"complaint_open": True},
    {"retained_until": LATER.date()},
    {"stopped_at": MONDAY_9AM},
    {"touched_at": LATER - timedelta(days=29)},
]


@pytest.mark.parametrize("fact", EXEMPT, ids=lambda fact: next(iter(fact)))
def test_some_cases_stay_however_long(policy, untouched, people, fact):
    """Retained, promised, disputed and complaint cases are exempt."""
    Case.objects.filter(pk=untouched.pk).update(**fact)

    assert reassign_untouched(now=LATER) == 0
    assert held() == {people[0].pk: 1}


def test_nothing_goes_on_without_a_policy_or_where_the_client_has_its_own(untouched, people):
    without = reassign_untouched(now=LATER)
    ReassignPolicy.objects.create(client=None, after_days=30, to="pool", is_active=True)
    ReassignPolicy.objects.create(client=untouched.client, after_days=30, to="pool", is_active=False)

    assert (without, reassign_untouched(now=LATER)) == (0, 0)
    assert held() == {people[0].pk: 1}
