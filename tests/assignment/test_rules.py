"""The pure rules of A2.2: who may hold cases, and who gets which."""

from collections import Counter, defaultdict
from datetime import date
from itertools import pairwise

import pytest

from assignment.choices import Mode, Obstacle, Reason
from assignment.rules.balance import propose
from assignment.rules.eligibility import Candidate, Requirement, is_barred_by_client, months_between, obstacles_of
from assignment.rules.state import NewCase, Seat

TODAY = date(2026, 11, 23)
PERSON = Candidate(pk=1, team=1, joined_on=date(2024, 1, 1), held_count=10, held_amount=100_00, held_of_client=3, new_today=2)


def cases_of(*amounts: int) -> list[NewCase]:
    return [NewCase(pk=number, amount=amount, debtor=number) for number, amount in enumerate(amounts, 1)]


def seats_of(*counts: int, **limits) -> list[Seat]:
    return [Seat(pk=number, count=count, **limits) for number, count in enumerate(counts, 1)]


def counts_of(proposal, people) -> list[int]:
    given = Counter(proposal.seat_of.values())
    return [given[person] for person in people]


@pytest.mark.parametrize(
    ("person", "requirement", "obstacles"),
    [
        pytest.param({}, {}, [], id="asks nothing"),
        pytest.param({}, {"teams": frozenset({2})}, [Obstacle.TEAM], id="another team only"),
        pytest.param({}, {"teams": frozenset({1, 2})}, [], id="own team among the allowed"),
        pytest.param({}, {"barred": frozenset({1})}, [Obstacle.BARRED], id="barred by name"),
        pytest.param({"joined_on": date(2026, 6, 1)}, {"months_of_service": 6}, [Obstacle.SERVICE], id="five months of six"),
        pytest.param({"joined_on": date(2026, 5, 23)}, {"months_of_service": 6}, [], id="six months to the day"),
        pytest.param({"joined_on": None}, {"months_of_service": 1}, [Obstacle.SERVICE], id="nobody knows since when"),
        pytest.param({"is_trained": False}, {"training": True}, [Obstacle.TRAINING], id="training expired (CR-47)"),
        pytest.param({"is_trained": False}, {}, [], id="training not asked for"),
        pytest.param({}, {"max_cases": 3}, [Obstacle.CLIENT_LIMIT], id="as many as the client allows"),
        pytest.param({"is_away": True}, {}, [Obstacle.LEAVE], id="on leave"),
        pytest.param({"max_cases": 10}, {}, [Obstacle.FULL], id="full by count"),
        pytest.param({"max_amount": 100_00}, {}, [Obstacle.FULL], id="full by amount"),
        pytest.param({"max_new": 2}, {}, [Obstacle.DAY_FULL], id="had the day's new cases"),
        pytest.param({"is_away": True}, {"barred": frozenset({1})}, [Obstacle.BARRED, Obstacle.LEAVE], id="every objection, the client's first"),
    ],
)
def test_obstacles_of_a_person(person, requirement, obstacles):
    """A2.2, first and third principle."""
    candidate = Candidate(**{name: getattr(PERSON, name) for name in PERSON.__slots__} | person)

    found = obstacles_of(candidate, Requirement(**requirement), today=TODAY)

    assert found == obstacles


def test_only_the_clients_obstacles_bar_by_client():
    assert is_barred_by_client([Obstacle.LEAVE, Obstacle.TRAINING])
    assert not is_barred_by_client([Obstacle.LEAVE, Obstacle.SHIFT, Obstacle.FULL, Obstacle.DAY_FULL, Obstacle.CLIENT_LIMIT, Obstacle.CLIENT_AMOUNT])


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [(date(2026, 1, 31), date(2026, 2, 28), 0), (date(2026, 1, 28), date(2026, 2, 28), 1), (date(2025, 2, 28), date(2026, 2, 28), 12)],
)
def test_months_between_counts_whole_months(start, end, months):
    assert months_between(start, end) == months


def test_propose_gives_equal_counts_and_amounts():
    """A2.2: balanced by count and amount."""
    proposal = propose(cases_of(900, 800, 700, 300, 200, 100), seats_of(0, 0, 0), mode=Mode.BOTH)

    amounts = defaultdict(int)
    for case in cases_of(900, 800, 700, 300, 200, 100):
        amounts[proposal.seat_of[case.pk]] += case.amount
    assert counts_of(proposal, (1, 2, 3)) == [2, 2, 2]
    assert dict(amounts) == {1: 1000, 2: 1000, 3: 1000}
    assert set(proposal.reason_of.values()) == {Reason.BALANCE}


def test_propose_by_count_levels_what_each_would_hold():
    """A2.2, fourth principle: who holds less gets more."""
    proposal = propose(cases_of(*[100] * 10), seats_of(10, 4, 0), mode=Mode.COUNT)

    assert counts_of(proposal, (1, 2, 3)) == [0, 3, 7]


def test_propose_by_amount_lets_counts_differ():
    proposal = propose(cases_of(900, 300, 300, 300), seats_of(0, 0), mode=Mode.AMOUNT)

    assert sorted(counts_of(proposal, (1, 2))) == [1, 3]


def test_propose_keeps_a_debtors_cases_together():
    """A2.2: 同一债务人归一人."""
    cases = [NewCase(1, 100, debtor=7), NewCase(2, 100, debtor=7), NewCase(3, 100, debtor=8), NewCase(4, 100, debtor=9)]

    proposal = propose(cases, seats_of(0, 0), mode=Mode.BOTH)

    assert proposal.seat_of[1] == proposal.seat_of[2]
    assert proposal.reason_of[1] == proposal.reason_of[2] == Reason.SAME_DEBTOR
    assert counts_of(proposal, (1, 2)) == [2, 2]


def test_propose_gives_a_debtor_to_who_holds_him_already():
    proposal = propose(cases_of(100, 100), seats_of(50, 0), mode=Mode.BOTH, pins={1: 1})

    assert proposal.seat_of == {1: 1, 2: 2}
    assert proposal.reason_of == {1: Reason.SAME_DEBTOR_HELD, 2: Reason.BALANCE}


def test_propose_leaves_a_debtor_whose_holder_is_full_to_the_lead():
    """A2.2, the order: one hand for one debtor (1) before capacity (3): the case waits rather than going to a second person."""
    proposal = propose(cases_of(100, 100), seats_of(0), mode=Mode.BOTH, pins={1: 9}, waiting=frozenset({9}))

    assert proposal.seat_of == {1: None, 2: 1}
    assert proposal.reason_of[1] == Reason.HOLDER_FULL


def test_propose_frees_a_debtor_whose_holder_the_client_bars():
    """A2.2, the order: the client's requirements (1) before who holds the debtor now (4)."""
    proposal = propose(cases_of(100), seats_of(0, 0), mode=Mode.BOTH, pins={1: 9})

    assert proposal.seat_of[1] in (1, 2)
    assert proposal.reason_of[1] == Reason.BALANCE


def test_propose_when_the_requirements_leave_one_person_says_so():
    """A2.2, the order: requirements (1) before balance (2, 4)."""
    proposal = propose(cases_of(100, 100, 100), seats_of(90), mode=Mode.BOTH)

    assert set(proposal.seat_of.values()) == {1}
    assert set(proposal.reason_of.values()) == {Reason.CLIENT}


def test_propose_when_nobody_may_hold_the_cases():
    proposal = propose(cases_of(100), [], mode=Mode.BOTH)

    assert proposal.seat_of == {1: None}
    assert proposal.reason_of == {1: Reason.NOBODY_ALLOWED}


def test_propose_when_everybody_allowed_is_full():
    proposal = propose(cases_of(100), [], mode=Mode.BOTH, waiting=frozenset({5}))

    assert proposal.reason_of == {1: Reason.NO_CAPACITY}


def test_propose_leaves_the_smallest_debts_when_there_is_no_room():
    """A2.2, the order: capacity (3) before equal shares (2)."""
    proposal = propose(cases_of(500, 100, 400, 300), [*seats_of(0, 0, room=1), Seat(pk=3, room=1)], mode=Mode.BOTH)

    assert proposal.seat_of[2] is None
    assert proposal.reason_of[2] == Reason.NO_CAPACITY
    assert counts_of(proposal, (1, 2, 3)) == [1, 1, 1]


def test_propose_at_the_clients_limit_names_the_requirement():
    proposal = propose(cases_of(100, 100, 100), seats_of(0, room_by_client=2), mode=Mode.BOTH)

    assert counts_of(proposal, (1,)) == [2]
    assert [proposal.reason_of[case] for case, person in proposal.seat_of.items() if person is None] == [Reason.CLIENT_LIMIT]


def test_propose_capacity_comes_before_holdings():
    """A2.2, the order: who holds least (4) gets no more than the capacity (3) takes."""
    proposal = propose(cases_of(*[100] * 6), [Seat(1, count=50), Seat(2, count=0, room=2)], mode=Mode.BOTH)

    assert counts_of(proposal, (1, 2)) == [4, 2]


def test_propose_gives_everybody_a_like_share_of_each_stage():
    """A2.2, second principle: the placement's make-up."""
    cases = [NewCase(number, 1000 + number, number, slice=f"M{number % 3}") for number in range(300)]

    proposal = propose(cases, seats_of(0, 0, 0, 0), mode=Mode.BOTH)

    shares = Counter((case.slice, proposal.seat_of[case.pk]) for case in cases)
    assert set(shares.values()) <= {24, 25, 26}


def test_propose_respects_who_may_not_hold_a_case():
    cases = [NewCase(number, 100, number, barred=frozenset({1})) for number in range(4)]

    proposal = propose(cases, seats_of(0, 0, 0), mode=Mode.BOTH)

    assert counts_of(proposal, (1, 2, 3)) == [0, 2, 2]


def test_propose_exchanges_groups_to_level_the_counts():
    """Groups of 3, 3, 2, 2, 2: largest first alone ends at 7 and 5."""
    cases = [NewCase(debtor * 10 + number, 100, debtor) for debtor, size in enumerate((3, 3, 2, 2, 2)) for number in range(size)]

    proposal = propose(cases, seats_of(0, 0), mode=Mode.BOTH)

    assert counts_of(proposal, (1, 2)) == [6, 6]


def test_a_thousand_cases_are_level_to_the_cent():
    """Count spread at its minimum, amount spread within 0.01 % of the mean."""
    amounts = [int(1000 * 1.004**number) for number in range(1000)]

    proposal = propose(cases_of(*amounts), seats_of(*[0] * 7), mode=Mode.BOTH)

    loads = Counter()
    for case in cases_of(*amounts):
        loads[proposal.seat_of[case.pk]] += case.amount
    counts = sorted(counts_of(proposal, range(1, 8)))
    assert counts[-1] - counts[0] == 1
    assert all(later - earlier <= sum(amounts) / 7 / 10_000 for earlier, later in pairwise(sorted(loads.values())))
    assert max(loads.values()) - min(loads.values()) <= sum(amounts) / 7 / 10_000
