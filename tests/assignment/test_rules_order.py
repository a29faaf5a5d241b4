"""A2.2 分配原则: each of the four principles alone, and which one yields when two conflict.

1 the client's requirements, 2 the placement's make-up and the rules for its slices, 3 capacity, 4 what everybody holds.
"""

from collections import Counter

from assignment.choices import Mode, Reason
from assignment.rules.balance import Proposal, propose
from assignment.rules.state import NewCase, Seat


def case(pk: int, amount: int = 100, **words) -> NewCase:
    return NewCase(pk, amount, words.pop("debtor", pk), **words)


def counts_of(proposal: Proposal) -> dict[int | None, int]:
    return dict(Counter(proposal.seat_of.values()))


# --- Each alone ------------------------------------------------------------------------------------------------------------------


def test_1_requirements_nobody_gets_what_the_client_forbids():
    proposal = propose([case(pk, barred=frozenset({1})) for pk in range(6)], [Seat(1), Seat(2), Seat(3)], mode=Mode.BOTH)

    assert counts_of(proposal) == {2: 3, 3: 3}


def test_1_requirements_who_held_the_debtor_keeps_him_where_the_client_wants_that():
    proposal = propose([case(1, debtor=7), case(2)], [Seat(1), Seat(2)], mode=Mode.BOTH, formers={7: 2})

    assert proposal.seat_of == {1: 2, 2: 1}
    assert proposal.reason_of == {1: Reason.PREVIOUS, 2: Reason.BALANCE}


def test_1_requirements_the_highest_number_for_one_person():
    proposal = propose([case(pk) for pk in range(5)], [Seat(1, room_by_client=1), Seat(2)], mode=Mode.BOTH)

    assert counts_of(proposal) == {1: 1, 2: 4}


def test_1_requirements_the_highest_amount_for_one_person():
    proposal = propose([case(1, 900), case(2, 800)], [Seat(1, room_for_amount_by_client=500), Seat(2, room_for_amount_by_client=850)], mode=Mode.BOTH)

    assert proposal.seat_of == {1: None, 2: 2}
    assert proposal.reason_of[1] == Reason.CLIENT_LIMIT


def test_2_make_up_a_rules_people_come_first():
    cases = [case(pk, first=frozenset({1, 2}), rule=5) if pk < 4 else case(pk) for pk in range(8)]

    proposal = propose(cases, [Seat(1), Seat(2), Seat(3), Seat(4)], mode=Mode.BOTH)

    assert {proposal.seat_of[pk] for pk in range(4)} == {1, 2}
    assert [proposal.reason_of[pk] for pk in range(8)] == [Reason.RULE] * 4 + [Reason.BALANCE] * 4
    assert counts_of(proposal) == {1: 2, 2: 2, 3: 2, 4: 2}


def test_2_make_up_everybody_gets_a_like_share_of_each_stage():
    cases = [case(pk, 1000 + pk, slice=f"M{pk % 3}") for pk in range(300)]

    proposal = propose(cases, [Seat(pk) for pk in range(4)], mode=Mode.BOTH)

    assert set(Counter((each.slice, proposal.seat_of[each.pk]) for each in cases).values()) <= {24, 25, 26}


def test_3_capacity_is_never_exceeded():
    proposal = propose([case(pk) for pk in range(9)], [Seat(1, room=2), Seat(2, room_for_amount=350)], mode=Mode.BOTH)

    assert counts_of(proposal) == {1: 2, 2: 3, None: 4}
    assert {proposal.reason_of[pk] for pk, seat in proposal.seat_of.items() if seat is None} == {Reason.NO_CAPACITY}


def test_4_holdings_are_levelled():
    proposal = propose([case(pk) for pk in range(10)], [Seat(1, count=10), Seat(2, count=4), Seat(3)], mode=Mode.COUNT)

    assert counts_of(proposal) == {2: 3, 3: 7}


def test_4_holdings_over_weights():
    """Who has twice the share gets twice as much, in count and in amount; who has none gets nothing new."""
    cases = [case(pk, 1000 + pk % 7) for pk in range(300)]

    proposal = propose(cases, [Seat(1, weight=2), Seat(2, weight=1), Seat(3, weight=0)], mode=Mode.WEIGHTS)

    amounts = Counter()
    for each in cases:
        amounts[proposal.seat_of[each.pk]] += each.amount
    assert counts_of(proposal) == {1: 200, 2: 100}
    assert abs(amounts[1] - 2 * amounts[2]) <= amounts[1] / 10_000


# --- In conflict -----------------------------------------------------------------------------------------------------------------


def test_1_before_2_a_rule_sends_nothing_to_whom_the_client_bars():
    proposal = propose([case(1, first=frozenset({1}), barred=frozenset({1}))], [Seat(1), Seat(2)], mode=Mode.BOTH)

    assert proposal.seat_of == {1: 2}
    assert proposal.reason_of == {1: Reason.CLIENT}


def test_1_before_2_a_strict_rule_leaves_the_case_rather_than_break_a_requirement():
    proposal = propose([case(1, first=frozenset({1}), strict=True, barred=frozenset({1}))], [Seat(1), Seat(2), Seat(3)], mode=Mode.BOTH)

    assert proposal.seat_of == {1: None}
    assert proposal.reason_of == {1: Reason.RULE_FULL}


def test_1_before_2_a_debtor_stays_in_one_hand_whatever_a_rule_says():
    proposal = propose([case(1, first=frozenset({1}))], [Seat(1), Seat(2)], mode=Mode.BOTH, pins={1: 2})

    assert proposal.seat_of == {1: 2}
    assert proposal.reason_of == {1: Reason.SAME_DEBTOR_HELD}


def test_1_before_2_a_rules_case_makes_way_for_one_that_nobody_else_may_hold():
    only_one = frozenset({2, 3})
    cases = [case(1, 500, first=frozenset({1})), *(case(pk, 100, barred=only_one) for pk in (2, 3))]

    proposal = propose(cases, [Seat(1, room=2), Seat(2), Seat(3)], mode=Mode.BOTH)

    assert [proposal.seat_of[2], proposal.seat_of[3]] == [1, 1]
    assert proposal.seat_of[1] in (2, 3)
    assert proposal.reason_of == {1: Reason.BALANCE, 2: Reason.CLIENT, 3: Reason.CLIENT}


def test_1_before_3_a_debtor_waits_for_his_holder_rather_than_go_to_a_second_person():
    proposal = propose([case(1), case(2)], [Seat(1, room=0), Seat(2)], mode=Mode.BOTH, pins={1: 1})

    assert proposal.seat_of == {1: None, 2: 2}
    assert proposal.reason_of == {1: Reason.HOLDER_FULL, 2: Reason.BALANCE}


def test_1_before_3_the_case_waits_for_its_former_holder():
    proposal = propose([case(1)], [Seat(2)], mode=Mode.BOTH, formers={1: 1}, waiting=frozenset({1}))

    assert proposal.reason_of == {1: Reason.HOLDER_FULL}


def test_1_before_4_a_debtor_stays_with_whoever_holds_most_already():
    proposal = propose([case(1)], [Seat(1, count=50), Seat(2)], mode=Mode.BOTH, pins={1: 1})

    assert proposal.seat_of == {1: 1}


def test_2_before_3_capacity_what_a_rules_people_cannot_take_goes_to_the_rest():
    """The rule has its say as far as capacity lets it: their room is kept for its cases, the others go elsewhere."""
    cases = [case(pk, first=frozenset({1})) if pk < 4 else case(pk) for pk in range(8)]

    proposal = propose(cases, [Seat(1, room=3), Seat(2), Seat(3)], mode=Mode.BOTH)

    assert Counter(proposal.reason_of[pk] for pk in range(4)) == {Reason.RULE: 3, Reason.BALANCE: 1}
    assert {proposal.seat_of[pk] for pk in range(4, 8)} <= {2, 3}


def test_2_before_3_capacity_what_a_strict_rules_people_cannot_take_goes_to_nobody():
    cases = [case(pk, first=frozenset({1}), strict=True) for pk in range(4)]

    proposal = propose(cases, [Seat(1, room=3), Seat(2)], mode=Mode.BOTH)

    assert counts_of(proposal) == {1: 3, None: 1}
    assert Counter(proposal.reason_of.values()) == {Reason.RULE: 3, Reason.RULE_FULL: 1}


def test_2_before_4_a_rules_people_get_its_cases_though_they_hold_most():
    cases = [case(pk, first=frozenset({1})) if pk < 4 else case(pk) for pk in range(6)]

    proposal = propose(cases, [Seat(1, count=50), Seat(2)], mode=Mode.BOTH)

    assert counts_of(proposal) == {1: 4, 2: 2}


def test_3_before_4_who_holds_least_gets_no_more_than_the_capacity_takes():
    proposal = propose([case(pk) for pk in range(6)], [Seat(1, count=50), Seat(2, room=2)], mode=Mode.BOTH)

    assert counts_of(proposal) == {1: 4, 2: 2}


def test_room_is_made_where_others_can_move_on():
    """A chain: the case that only 1 may hold takes 1's last room, whose other case goes to 2, whose goes to 3."""
    cases = [case(1, 900, barred=frozenset({3})), case(2, 800, barred=frozenset({1})), case(3, 100, barred=frozenset({2, 3}))]

    proposal = propose(cases, [Seat(1, room=1), Seat(2, room=1), Seat(3, room=1)], mode=Mode.BOTH)

    assert proposal.seat_of == {1: 2, 2: 3, 3: 1}
