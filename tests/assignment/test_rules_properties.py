"""What always holds of a plan (A2.2), whatever the cases, the people and their rules: shown over random situations with every rule."""

from collections import defaultdict
from dataclasses import replace
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from assignment.choices import Mode, Reason
from assignment.rules.balance import Proposal, propose
from assignment.rules.state import NO_LIMIT, NewCase, Seat
from tests.assignment.situations import Situation, crowds, situations

PLACED = {Reason.CLIENT, Reason.SAME_DEBTOR_HELD, Reason.PREVIOUS, Reason.RULE, Reason.SAME_DEBTOR, Reason.BALANCE}


def solve(situation: Situation, mode: Mode) -> Proposal:
    return propose(situation.cases, situation.seats, mode=mode, pins=situation.pins, formers=situation.formers, waiting=situation.waiting)


class Outcome:
    """A plan to look at: the cases of each debtor, who has them, and every seat's loads and rooms afterwards."""

    def __init__(self, situation: Situation, proposal: Proposal) -> None:
        self.situation, self.proposal = situation, proposal
        self.seats = {seat.pk: seat for seat in situation.seats}
        self.units: dict[int, list[NewCase]] = defaultdict(list)
        for case in situation.cases:
            self.units[case.debtor].append(case)
        self.holder = {debtor: proposal.seat_of[cases[0].pk] for debtor, cases in self.units.items()}
        self.count = {pk: seat.count for pk, seat in self.seats.items()}
        self.amount = {pk: seat.amount for pk, seat in self.seats.items()}
        for debtor, pk in self.holder.items():
            if pk is not None:
                self.count[pk] += len(self.units[debtor])
                self.amount[pk] += self.worth(debtor)

    def worth(self, debtor: int) -> int:
        return sum(case.amount for case in self.units[debtor])

    def allowed(self, debtor: int) -> set[int]:
        """Everybody present whom the client lets hold this debtor."""
        everybody = set(self.seats) | self.situation.waiting
        return everybody - {pk for case in self.units[debtor] for pk in case.barred}

    def bound_to(self, debtor: int) -> int | None:
        for bonds in (self.situation.pins, self.situation.formers):
            if bonds.get(debtor) in self.allowed(debtor):
                return bonds[debtor]
        return None

    def strictly(self, debtor: int) -> set[int] | None:
        named = [case.first for case in self.units[debtor] if case.strict]
        return set.intersection(*map(set, named)) if named else None

    def may(self, debtor: int) -> set[int]:
        bound, strict = self.bound_to(debtor), self.strictly(debtor)
        if bound is not None:
            return {bound}
        return self.allowed(debtor) & strict if strict is not None else self.allowed(debtor)

    def room(self, pk: int) -> int:
        seat = self.seats[pk]
        return min(seat.room, seat.room_by_client) - (self.count[pk] - seat.count) if seat.weight else 0

    def room_for_amount(self, pk: int) -> int:
        seat = self.seats[pk]
        return min(seat.room_for_amount, seat.room_for_amount_by_client) - (self.amount[pk] - seat.amount)

    def fits(self, debtor: int, pk: int) -> bool:
        return pk in self.seats and self.room(pk) >= len(self.units[debtor]) and self.room_for_amount(pk) >= self.worth(debtor)

    def movable(self) -> list[int]:
        return [debtor for debtor, pk in self.holder.items() if pk is not None and self.bound_to(debtor) is None]

    def goes(self, debtor: int, pk: int) -> bool:
        """Whether levelling may give the debtor to this person: a rule's people keep what the rule sent them."""
        if pk not in self.may(debtor):
            return False
        reasons = {self.proposal.reason_of[case.pk] for case in self.units[debtor]}
        return Reason.RULE not in reasons or any(pk in case.first for case in self.units[debtor])


@settings(max_examples=100, deadline=None)
@given(situations() | crowds(), st.sampled_from(Mode))
def test_every_hard_rule_always_holds(situation, mode):
    """A2.2: requirements, strict rules and capacity are never broken, no case is lost, a debtor stays in one hand."""
    proposal = solve(situation, mode)

    after = Outcome(situation, proposal)
    assert set(proposal.seat_of) == set(proposal.reason_of) == {case.pk for case in situation.cases}
    for debtor, cases in after.units.items():
        assert {proposal.seat_of[case.pk] for case in cases} == {after.holder[debtor]}
        assert after.holder[debtor] in after.may(debtor) | {None}
    for pk, seat in after.seats.items():
        if after.count[pk] > seat.count:
            assert seat.weight
            assert after.room(pk) >= 0
            assert after.room_for_amount(pk) >= 0
    assert not {after.holder[debtor] for debtor in after.units} & situation.waiting


@settings(max_examples=100, deadline=None)
@given(situations() | crowds(), st.sampled_from(Mode))
def test_what_is_left_fits_nobody_and_says_why(situation, mode):
    proposal = solve(situation, mode)

    after = Outcome(situation, proposal)
    for debtor, cases in after.units.items():
        if after.holder[debtor] is not None:
            continue
        assert not any(after.fits(debtor, pk) for pk in after.may(debtor))
        if not after.allowed(debtor):
            why = Reason.NOBODY_ALLOWED
        elif after.bound_to(debtor) is not None:
            why = Reason.HOLDER_FULL
        elif after.strictly(debtor) is not None:
            why = Reason.RULE_FULL
        else:
            why = Reason.CLIENT_LIMIT if all(is_at_clients_limit(after, debtor, pk) for pk in after.allowed(debtor)) else Reason.NO_CAPACITY
        assert {proposal.reason_of[case.pk] for case in cases} == {why}


def is_at_clients_limit(after: Outcome, debtor: int, pk: int) -> bool:
    if pk not in after.seats:
        return False
    seat = after.seats[pk]
    left = seat.room_by_client - (after.count[pk] - seat.count), seat.room_for_amount_by_client - (after.amount[pk] - seat.amount)
    return left[0] < len(after.units[debtor]) or left[1] < after.worth(debtor)


@settings(max_examples=100, deadline=None)
@given(situations() | crowds(), st.sampled_from(Mode))
def test_every_reason_is_true(situation, mode):
    """The lead sees why each case went where it went (A2.2)."""
    proposal = solve(situation, mode)

    after = Outcome(situation, proposal)
    for case in situation.cases:
        pk, reason = proposal.seat_of[case.pk], proposal.reason_of[case.pk]
        debtor = case.debtor
        assert (pk is not None) == (reason in PLACED)
        if reason == Reason.SAME_DEBTOR_HELD:
            assert situation.pins[debtor] == pk
        elif reason == Reason.PREVIOUS:
            assert situation.formers[debtor] == pk
        elif reason == Reason.CLIENT:
            assert after.allowed(debtor) == {pk}
        elif reason == Reason.RULE:
            assert pk in case.first
        elif reason == Reason.SAME_DEBTOR:
            assert len(after.units[debtor]) > 1


@settings(max_examples=60, deadline=None)
@given(situations() | crowds(), st.sampled_from(Mode), st.randoms(use_true_random=False))
def test_the_same_input_in_any_order_gives_the_same_plan(situation, mode, random):
    cases, seats = situation.cases[:], situation.seats[:]
    random.shuffle(cases)
    random.shuffle(seats)
    shuffled = replace(situation, cases=cases, seats=seats, pins=dict(reversed(situation.pins.items())), formers=dict(reversed(situation.formers.items())))

    assert solve(situation, mode) == solve(shuffled, mode)


@settings(max_examples=100, deadline=None)
@given(situations() | crowds(), st.sampled_from([Mode.BOTH, Mode.COUNT, Mode.WEIGHTS]))
def test_no_move_and_no_exchange_evens_the_counts(situation, mode):
    """Each count over its weight; one debtor moves, or two change places. Where amounts are levelled too they come second, and what that
    does to the rooms for money may open a move: there this holds of people without such limits."""
    if mode != Mode.COUNT:
        situation = replace(situation, seats=[replace(seat, room_for_amount=NO_LIMIT, room_for_amount_by_client=NO_LIMIT) for seat in situation.seats])

    proposal = solve(situation, mode)

    after = Outcome(situation, proposal)
    movable = after.movable()
    for ours in movable:
        for low in after.seats:
            backs = [None, *(theirs for theirs in movable if after.holder[theirs] == low)]
            for theirs in backs:
                if is_legal(after, ours, theirs, low):
                    size = len(after.units[ours]) - (0 if theirs is None else len(after.units[theirs]))
                    assert size <= 0 or not evens(after, after.holder[ours], low, size)


def is_legal(after: Outcome, ours: int, theirs: int | None, low: int) -> bool:
    high = after.holder[ours]
    size, worth = len(after.units[ours]), after.worth(ours)
    if theirs is not None:
        size, worth = size - len(after.units[theirs]), worth - after.worth(theirs)
        if not after.goes(theirs, high):
            return False
    roomy = after.room(low) >= size and after.room_for_amount(low) >= worth and after.room(high) >= -size and after.room_for_amount(high) >= -worth
    return high != low and roomy and after.goes(ours, low)


def evens(after: Outcome, high: int, low: int, size: int) -> bool:
    here, there = after.seats[high].weight, max(after.seats[low].weight, 1)
    return size * (here + there) < 2 * (after.count[high] * there - after.count[low] * here)


@settings(max_examples=100, deadline=None)
@given(situations() | crowds(), st.sampled_from(Mode))
def test_no_exchange_of_two_improves_the_spread_of_amounts(situation, mode):
    """Beyond the tolerance of 0.01 % of the mean, each amount over its weight, within every rule. Where sizes matter, of equal size.
    What only makes one of the two the other, with more than it had or less, is no improvement."""
    proposal = solve(situation, mode)

    after = Outcome(situation, proposal)
    if mode == Mode.COUNT or len(after.seats) < 2:
        return
    loads = {pk: after.amount[pk] / max(seat.weight, 1) for pk, seat in after.seats.items()}
    mean = sum(after.amount.values()) / sum(max(seat.weight, 1) for seat in situation.seats)
    spread, movable = max(loads.values()) - min(loads.values()), after.movable()
    for ours, theirs in product(movable, movable):
        high, low = after.holder[ours], after.holder[theirs]
        alike = len(after.units[ours]) == len(after.units[theirs]) or mode == Mode.AMOUNT
        if alike and after.worth(ours) > after.worth(theirs) and is_legal(after, ours, theirs, low):
            moved = after.worth(ours) - after.worth(theirs)
            then = loads | {high: loads[high] - moved / after.seats[high].weight, low: loads[low] + moved / after.seats[low].weight}
            if then[high] >= loads[low] and then[low] <= loads[high]:
                assert max(then.values()) - min(then.values()) >= spread - max(mean / 10_000, 2)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from([1, 1, 1, 2, 3]), st.frozensets(st.integers(1, 3), max_size=2)), min_size=1, max_size=6),
    st.lists(st.tuples(st.integers(0, 4), st.sampled_from([1, 2, 4, 9])), min_size=2, max_size=3),
)
def test_no_plan_at_all_has_a_smaller_count_spread_by_more_than_a_group(sizes, people):
    """Against every legal plan of as many cases in a small situation with forbidden people, holdings and caps: a spread of counts at most
    one account beyond the least; with groups and nothing else to level them by, at most a group."""
    cases = [NewCase(debtor * 10 + number, 100, debtor, barred=barred) for debtor, (size, barred) in enumerate(sizes) for number in range(size)]
    seats = [Seat(pk, count=count, room=room) for pk, (count, room) in enumerate(people, 1)]

    proposal = propose(cases, seats, mode=Mode.COUNT)

    held = Outcome(Situation(cases, seats), proposal).count
    placed = sum(1 for pk in proposal.seat_of.values() if pk is not None)
    spreads = [max(counts) - min(counts) for counts, given in plans(sizes, seats) if given == placed]
    assert max(held.values()) - min(held.values()) <= min(spreads) + max(size for size, _ in sizes)


def plans(sizes, seats):
    """Every way to give these debtors to these seats or to nobody: the counts, and how many cases are placed."""
    for choice in product([None, *range(len(seats))], repeat=len(sizes)):
        given = [0] * len(seats)
        for (size, barred), number in zip(sizes, choice, strict=True):
            if number is not None:
                given[number] += size if seats[number].pk not in barred else 10**6
        if all(new <= seat.room for new, seat in zip(given, seats, strict=True)):
            yield [seat.count + new for seat, new in zip(seats, given, strict=True)], sum(given)
