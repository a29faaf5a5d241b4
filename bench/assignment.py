"""How quickly and how evenly the solver assigns, with and without rules, beside what the relaxed problem allows and beside peers.

Spreads are the largest load minus the smallest, over the mean; a load is what somebody would hold over their weight.

The relaxed problem forgets forbidden people, rules and indivisible cases and groups; it keeps what each holds, the debtors bound to them,
weights and rooms. There money and cases are water: filled up to one level, but for whoever began above it or has no more room. No plan of
the same cases has less spread in counts or in amounts than that water has, so `least_count_spread` and `least_amount_spread` are lower
bounds; both at once may be out of reach. What we are above them is what forbidden people, rules, groups and whole cases cost, or the solver.

`cpu_seconds` are the processor's, which a busy machine lengthens less than `seconds`.

Peers balance the problem without rules, the only one they can: round robin, snake, largest first to whoever has least, and OR-Tools
CP-SAT with ten seconds (its time to build the model apart).
"""

import random
import statistics
import time
from collections.abc import Callable, Iterable
from heapq import heapify, heappop, heappush

from assignment.choices import Mode
from assignment.rules.balance import propose
from assignment.rules.state import NO_LIMIT, NewCase, Seat
from bench.parts.cp_sat import solve_apart

SIZES = ((10_000, 50), (100_000, 200))
SEED = 20261123
ROUNDS = 3
Given = dict[int, int | None]


def run() -> dict:
    """Seconds and spreads for each size; `ratio` compares our amount spread and our seconds with each peer's."""
    return {"name": "assignment", "sizes": [_one_size(cases, people) for cases, people in SIZES]}


def _one_size(count: int, people: int) -> dict:
    cases, seats = cases_of(count), [Seat(number) for number in range(people)]
    ours = _timed(lambda: propose(cases, seats, mode=Mode.BOTH).seat_of, cases, seats, {})
    bound, places, pins, formers = with_rules(cases, people)
    hard = _timed(lambda: propose(bound, places, mode=Mode.WEIGHTS, pins=pins, formers=formers).seat_of, bound, places, pins)
    peers = {
        "round_robin": _timed(lambda: {case.pk: number % people for number, case in enumerate(cases)}, cases, seats, {}),
        "snake": _timed(lambda: _snake(cases, people), cases, seats, {}),
        "largest_first": _timed(lambda: _largest_first(cases, people), cases, seats, {}),
    }
    return {
        "cases": count,
        "people": people,
        "ours": ours,
        "ours_with_rules": hard,
        "peers": peers | {"cp_sat": solve_apart(count, people)},
        "ratio": {name: ours["amount_spread"] / peer["amount_spread"] if peer["amount_spread"] else None for name, peer in peers.items()},
        "seconds_ratio": {name: ours["seconds"] / peer["seconds"] for name, peer in peers.items()},
    }


def cases_of(count: int) -> list[NewCase]:
    """As many cases of five stages, one for each debtor, with amounts as they come: many small, few large."""
    chance = random.Random(SEED)
    return [NewCase(number, round(chance.lognormvariate(9.5, 1.1) * 100), debtor=number, slice=chance.choice("ABCDE")) for number in range(count)]


def with_rules(cases: list[NewCase], people: int) -> tuple[list[NewCase], list[Seat], dict[int, int], dict[int, int]]:
    """The same with every rule: one debtor in ten has two to four cases; 30 % of the cases are forbidden to two people; stage E is only for
    half of the people (region, licence); a rule sends 4 % of the cases first to a fifth of them, another 0.4 % strictly to a tenth; 2 % of the debtors are held already and 1 % go back to who held them; everybody holds something, has caps and a weight."""
    chance = random.Random(SEED + 1)
    everybody = range(people)
    debtors = list(_debtors(len(cases), chance))
    seniors, first, strict = (frozenset(everybody[::step]) for step in (2, 5, 10))
    juniors = frozenset(everybody) - seniors
    bound = []
    for case, debtor in zip(cases, debtors, strict=True):
        barred = juniors if case.slice == "E" else frozenset()
        if chance.random() < 0.3:
            barred |= frozenset(chance.sample(everybody, 2))
        is_strict = case.slice == "C" and case.amount % 50 == 0
        named = strict if is_strict else first if case.slice == "D" and case.amount % 5 == 0 else frozenset()
        bound.append(NewCase(case.pk, case.amount, debtor, case.slice, barred, None, named, is_strict))
    share, mean = len(cases) // people, sum(case.amount for case in cases) // people
    seats = [
        Seat(
            number,
            count=chance.randrange(share // 5, share // 3),
            amount=int(mean * chance.uniform(0.2, 0.33)),
            room=int(share * chance.uniform(1.02, 1.5)),
            room_by_client=int(share * 1.4),
            room_for_amount=int(mean * chance.uniform(1.05, 1.6)),
            weight=chance.randrange(90, 111),
        )
        for number in everybody
    ]
    known = sorted(set(debtors))
    held, once = len(known) // 50, len(known) // 100
    chosen = chance.sample(known, held + once)
    return bound, seats, {debtor: chance.choice(everybody) for debtor in chosen[:held]}, {debtor: chance.choice(everybody) for debtor in chosen[held:]}


def _debtors(count: int, chance: random.Random) -> Iterable[int]:
    """The debtor of each case."""
    given, debtor = 0, 0
    while given < count:
        several = chance.choice((2, 3, 4)) if chance.random() < 0.1 else 1
        for _ in range(min(several, count - given)):
            given += 1
            yield debtor
        debtor += 1


def _snake(cases: list[NewCase], people: int) -> Given:
    """Sorted by amount, dealt there and back."""
    order = sorted(cases, key=lambda case: -case.amount)
    turn = [*range(people), *reversed(range(people))]
    return {case.pk: turn[number % len(turn)] for number, case in enumerate(order)}


def _largest_first(cases: list[NewCase], people: int) -> Given:
    """Each to whoever has the least money."""
    heap = [(0, number) for number in range(people)]
    heapify(heap)
    given = {}
    for case in sorted(cases, key=lambda case: -case.amount):
        amount, person = heappop(heap)
        given[case.pk] = person
        heappush(heap, (amount + case.amount, person))
    return given


def _timed(solve: Callable[[], Given], cases: list[NewCase], seats: list[Seat], pins: dict[int, int]) -> dict:
    seconds, busy = [], []
    for _ in range(ROUNDS):
        start, started = time.perf_counter(), time.process_time()
        given = solve()
        seconds.append(time.perf_counter() - start)
        busy.append(time.process_time() - started)
    return {"seconds": round(statistics.median(seconds), 3), "cpu_seconds": round(statistics.median(busy), 3)} | figures_of(given, cases, seats, pins)


def figures_of(given: Given, cases: list[NewCase], seats: list[Seat], pins: dict[int, int]) -> dict:
    """The spreads of a plan beside the least that is possible; how many cases are left."""
    counts, amounts = [seat.count for seat in seats], [seat.amount for seat in seats]
    bound_counts, bound_amounts = counts[:], amounts[:]
    for case in cases:
        person = given[case.pk]
        if person is not None:
            counts[person] += 1
            amounts[person] += case.amount
            if pins.get(case.debtor) == person:
                bound_counts[person] += 1
                bound_amounts[person] += case.amount
    weights = [seat.weight for seat in seats]
    count_rooms = [seat.count + min(seat.room, seat.room_by_client) for seat in seats]
    amount_rooms = [seat.amount + min(seat.room_for_amount, seat.room_for_amount_by_client) for seat in seats]
    spread, least = _spread(counts, weights), _spread(_water(bound_counts, count_rooms, weights, sum(counts)), weights)
    return {
        "count_spread": spread,
        "least_count_spread": least,
        "accounts_above_least": round((spread - least) * sum(counts) / len(seats), 2),
        "amount_spread": _spread(amounts, weights),
        "least_amount_spread": _spread(_water(bound_amounts, amount_rooms, weights, sum(amounts)), weights),
        "left": sum(1 for person in given.values() if person is None),
    }


def _spread(loads: list[float], weights: list[int]) -> float:
    over = [load / weight for load, weight in zip(loads, weights, strict=True)]
    return (max(over) - min(over)) / (sum(loads) / sum(weights))


def _water(fixed: list[int], rooms: list[int], weights: list[int], total: int) -> list[float]:
    """Loads after filling up to one level over the weights, from what is fixed and no further than the room."""

    def loads(level: float) -> list[float]:
        return [min(max(low, level * weight), max(low, most)) for low, most, weight in zip(fixed, rooms, weights, strict=True)]

    low, high = 0.0, float(NO_LIMIT)
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if sum(loads(middle)) < total else (low, middle)
    return loads(high)
