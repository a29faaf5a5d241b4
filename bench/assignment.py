"""How quickly and how evenly the solver assigns, beside what people do by hand: round robin, snake, greedy largest-first."""

import random
import statistics
import time
from collections.abc import Callable
from heapq import heapify, heappop, heappush

from assignment.choices import Mode
from assignment.rules.balance import propose
from assignment.rules.state import NewCase, Seat

SIZES = ((10_000, 50), (100_000, 200))
SEED = 20261123
ROUNDS = 3


def run() -> dict:
    """Seconds and spreads (largest − smallest, over the mean) for each size; `ratio` compares our amount spread with each peer's."""
    return {"name": "assignment", "sizes": [_one_size(cases, people) for cases, people in SIZES]}


def _one_size(count: int, people: int) -> dict:
    chance = random.Random(SEED)
    cases = [NewCase(number, round(chance.lognormvariate(9.5, 1.1) * 100), debtor=number, slice=chance.choice("ABCDE")) for number in range(count)]
    ours = _timed(lambda: propose(cases, [Seat(number) for number in range(people)], mode=Mode.BOTH).seat_of, cases, people)
    peers = {
        "round_robin": _timed(lambda: {case.pk: number % people for number, case in enumerate(cases)}, cases, people),
        "snake": _timed(lambda: _snake(cases, people), cases, people),
        "largest_first": _timed(lambda: _largest_first(cases, people), cases, people),
    }
    hard = _with_rules(cases, people, chance)
    return {
        "cases": count,
        "people": people,
        "ours": ours,
        "ours_with_rules": hard,
        "peers": peers,
        "ratio": {name: ours["amount_spread"] / peer["amount_spread"] if peer["amount_spread"] else None for name, peer in peers.items()},
        "seconds_ratio": {name: ours["seconds"] / peer["seconds"] for name, peer in peers.items()},
    }


def _with_rules(cases: list[NewCase], people: int, chance: random.Random) -> dict:
    """The same with holdings, caps, forbidden pairs and debtors of several cases."""
    everybody = range(people)
    debtors = int(len(cases) * 0.9)
    bound = [
        NewCase(case.pk, case.amount, chance.randrange(debtors), case.slice, frozenset(chance.sample(everybody, 2)) if chance.random() < 0.3 else frozenset())
        for case in cases
    ]
    share = len(cases) // people
    seats = [
        Seat(number, count=chance.randrange(100, 140), amount=chance.randrange(300_000_000, 400_000_000), room=int(share * chance.uniform(1, 1.5)))
        for number in everybody
    ]
    held = {seat.pk: (seat.count, seat.amount) for seat in seats}
    return _timed(lambda: propose(bound, seats, mode=Mode.BOTH).seat_of, bound, people, held)


def _snake(cases: list[NewCase], people: int) -> dict[int, int]:
    """Sorted by amount, dealt there and back."""
    order = sorted(cases, key=lambda case: -case.amount)
    turn = [*range(people), *reversed(range(people))]
    return {case.pk: turn[number % len(turn)] for number, case in enumerate(order)}


def _largest_first(cases: list[NewCase], people: int) -> dict[int, int]:
    """Each to whoever has the least money."""
    heap = [(0, number) for number in range(people)]
    heapify(heap)
    given = {}
    for case in sorted(cases, key=lambda case: -case.amount):
        amount, person = heappop(heap)
        given[case.pk] = person
        heappush(heap, (amount + case.amount, person))
    return given


def _timed(solve: Callable[[], dict], cases: list[NewCase], people: int, held: dict | None = None) -> dict:
    seconds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        given = solve()
        seconds.append(time.perf_counter() - start)
    counts = [held[number][0] if held else 0 for number in range(people)]
    amounts = [held[number][1] if held else 0 for number in range(people)]
    for case in cases:
        person = given[case.pk]
        if person is not None:
            counts[person] += 1
            amounts[person] += case.amount
    return {
        "seconds": round(statistics.median(seconds), 3),
        "count_spread": max(counts) - min(counts),
        "amount_spread": (max(amounts) - min(amounts)) / (sum(amounts) / people),
        "left": sum(1 for person in given.values() if person is None),
    }
