"""Recovery against target, and the stage roll, against small tables worked out by hand."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db.models import Sum

from audit.models import AuditEvent
from cases.models import StageChange
from cases.services.balances import set_balance
from collection.lib.seen import ChangedMeanwhile
from figures.models import RecoveryTarget
from figures.selectors import behind, recovery, stages
from figures.services.targets import seen_target, set_target
from staff.choices import Role
from tests.factories import MONDAY_9AM, make_case, make_placement, make_user
from tests.figures.conftest import NOON
from tests.figures.test_activity import pay

pytestmark = pytest.mark.django_db
SEPTEMBER, OCTOBER = date(2026, 9, 7), date(2026, 10, 5)


@pytest.fixture
def autumn(team, other_team):
    """Two placements of two clients:

    | placed     | cases             | paid
    | 2026-09-07 | 1,000 M2, 3,000 M3 | 09-08: 100 (week 1), 09-22: 300 (week 3), both on the first
    | 2026-10-05 | 2,000 M2, settled  | 10-05: 500 (week 1), 11-02: 100 (week 5)
    """
    first, second = make_placement(team=team, placed_on=SEPTEMBER), make_placement(team=other_team, placed_on=OCTOBER)
    one = make_case(placement=first, amount="1000", stage="M2", balance="600")
    two = make_case(placement=first, amount="3000", stage="M3")
    three = make_case(placement=second, amount="2000", stage="M2", balance="0", state="settled")
    for case, amount, day in ((one, "100", date(2026, 9, 8)), (one, "300", date(2026, 9, 22)), (three, "500", OCTOBER), (three, "100", date(2026, 11, 2))):
        pay(case, None, amount, day)
    return {"first": first, "second": second, "cases": (one, two, three)}


@pytest.fixture
def half_year(ask):
    return lambda user, **narrowed: ask(user, date(2026, 6, 1), date(2026, 11, 30), **narrowed)


def test_what_was_placed_recovered_and_is_still_owed(autumn, half_year, gm):
    """The first: 400 of 4,000 are 10 %; 600 and 3,000 are still owed. The second is settled: nothing is."""
    found = recovery.standing_by(half_year(gm), "placement")

    first, second = found[autumn["first"].pk], found[autumn["second"].pk]
    assert (first.cases, first.placed, first.recovered, first.rate, first.remaining) == (2, 4000, 400, Decimal("10.0"), 3600)
    assert (second.cases, second.placed, second.recovered, second.rate, second.remaining) == (1, 2000, 600, Decimal("30.0"), 0)


def test_by_stage_client_and_team_it_is_the_same_money(autumn, half_year, gm, team):
    question = half_year(gm)
    by_stage = recovery.standing_by(question, "stage")

    assert {stage: (found.placed, found.recovered) for stage, found in by_stage.items()} == {"M2": (3000, 1000), "M3": (3000, 0)}
    assert recovery.standing_by(question, "team")[team.pk].recovered == 400
    assert sum(found.recovered for found in recovery.standing_by(question, "client").values()) == 1000


def test_a_foreign_currency_is_not_added_to_yuan(autumn, half_year, gm):
    pay(autumn["cases"][0], None, "50", date(2026, 9, 9), currency="USD")

    assert recovery.standing_by(half_year(gm), "placement")[autumn["first"].pk].recovered == 400


def test_the_targets_own_before_its_clients(autumn, half_year, gm):
    """20 % of 4,000 are 800: 400 are half of it. The second's client wants 15 %: 300, of which 600 are twice as much."""
    set_target(client=autumn["first"].client, placement=None, percent=Decimal(50), by=gm, now=NOON)
    set_target(client=autumn["first"].client, placement=autumn["first"], percent=Decimal(20), by=gm, now=NOON)
    set_target(client=autumn["second"].client, placement=None, percent=Decimal(15), by=gm, now=NOON)

    found = recovery.placements_with_standing(half_year(gm))

    assert [(placement.pk, standing.target, standing.of_target) for placement, standing, _percent in found] == [
        (autumn["second"].pk, Decimal(300), Decimal("200.0")),
        (autumn["first"].pk, Decimal(800), Decimal("50.0")),
    ]


def test_a_target_is_on_the_trail_and_not_saved_over_unseen(autumn, gm):
    client = autumn["first"].client
    before = seen_target(client, None)
    set_target(client=client, placement=None, percent=Decimal("12.5"), by=gm, now=NOON, seen=before)

    with pytest.raises(ChangedMeanwhile):
        set_target(client=client, placement=None, percent=Decimal(30), by=gm, now=NOON, seen=before)

    assert RecoveryTarget.objects.get().percent == Decimal("12.5")
    event = AuditEvent.objects.filter(action="recovery_target.set").get()
    assert event.changes == {"percent": [None, "12.5"]}


def test_a_target_can_be_taken_away(autumn, gm):
    client = autumn["first"].client
    set_target(client=client, placement=None, percent=Decimal(10), by=gm, now=NOON)
    set_target(client=client, placement=None, percent=None, by=gm, now=NOON)

    assert not RecoveryTarget.objects.exists()


def test_the_curve_since_the_placement(autumn, half_year, gm):
    """September: 100 of 4,000 in week 1 are 2.5 %, 400 from week 3 on 10 %. October: 25 % at once, 30 % from week 5 on. Weeks to come are empty."""
    september, october = recovery.vintages(half_year(gm), unit="week", steps=13)

    assert [str(share) for share in september.shares[:4]] == ["2.5", "2.5", "10.0", "10.0"]
    assert [str(share) for share in october.shares[3:8]] == ["25.0", "30.0", "30.0", "30.0", "30.0"]
    assert (september.shares[11], october.shares[8]) == (Decimal("10.0"), None)


def test_each_sees_what_is_theirs(autumn, half_year, gm, lead, collector, other_team):
    def placed(user, **narrowed):
        return sum(found.placed for found in recovery.standing_by(half_year(user, **narrowed), "client").values())

    assert [placed(user) for user in (gm, make_user(Role.FINANCE), lead, other_team.lead, collector)] == [6000, 6000, 4000, 2000, 0]
    assert placed(lead, team=other_team.pk) == 0
    assert placed(gm, team=other_team.pk) == 2000


def test_every_number_is_the_count_or_sum_of_its_rows(autumn, half_year, gm):
    question = half_year(gm)
    for key, standing in recovery.standing_by(question, "placement").items():
        assert behind.case_rows(question, "placed", placement=key).count() == standing.cases
        assert behind.sum_of(behind.case_rows(question, "owing", placement=key), "balance") == standing.remaining
        assert behind.sum_of(behind.payment_rows(question, "placed", placement=key), "amount") == standing.recovered
    third_week = behind.payment_rows(question, "vintage", cohort="2026-09", unit="week", step=2)
    assert third_week.aggregate(total=Sum("amount"))["total"] == 400
    assert behind.payment_rows(question, "vintage", cohort="2026-09", unit="week", step=1).count() == 1


# --- Stages ------------------------------------------------------------------------------------------------------------------


def roll(case, before, after, at):
    StageChange.objects.create(case=case, before=before, after=after, at=at)
    case.stage = after
    case.save(update_fields=["stage"])


@pytest.fixture
def rolling(autumn):
    """Cases of before November: M2 → M3 on the 5th and → M4 on the 20th; M3 stays; M2 settled on the 10th. One is new in November, in M1."""
    one, _two, three = autumn["cases"]
    for case in autumn["cases"]:
        case.created_at = MONDAY_9AM - timedelta(days=45)
        case.save(update_fields=["created_at"])
    three.ended_at = MONDAY_9AM - timedelta(days=13)
    three.save(update_fields=["ended_at"])
    roll(one, "M2", "M3", MONDAY_9AM - timedelta(days=18))
    roll(one, "M3", "M4", MONDAY_9AM - timedelta(days=3))
    return make_case(placement=autumn["first"], stage="M1")


def test_the_roll_from_the_first_to_the_last_of_the_month(rolling, ask, gm):
    assert stages.transitions(ask(gm)) == {("M2", "M4"): 1, ("M3", "M3"): 1, ("M2", stages.ENDED): 1, (stages.NEW, "M1"): 1}


def test_an_earlier_period_sees_the_stages_of_then(rolling, ask, gm):
    """1 to 10 November, when the settled one had been settled that morning: the first stood in M3 at the end. October: nothing had moved yet."""
    early, october = ask(gm, last=date(2026, 11, 10)), ask(gm, date(2026, 10, 10), date(2026, 10, 31))

    assert stages.transitions(early) == {("M2", "M3"): 1, ("M3", "M3"): 1, ("M2", stages.ENDED): 1}
    assert stages.transitions(october) == {("M2", "M2"): 2, ("M3", "M3"): 1}


def test_every_cell_is_the_count_of_its_cases(rolling, ask, gm):
    for user in (gm, rolling.placement.team.lead):
        question = ask(user)
        for (begin, end), count in stages.transitions(question).items():
            assert behind.rolled_rows(question, rolled_from=begin, rolled_to=end).count() == count


def test_a_balance_entered_by_hand_says_nothing_of_the_stage(autumn, gm):
    case = autumn["cases"][0]
    set_balance(case_id=case.pk, amount=Decimal(700), as_of=date(2026, 11, 23), by=gm, now=NOON)
    case.refresh_from_db()
    assert (case.stage, StageChange.objects.count()) == ("M2", 0)
