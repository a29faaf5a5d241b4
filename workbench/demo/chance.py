"""The demo's luck: the same at every load."""

from collections.abc import Sequence
from random import Random
from typing import TypeVar

One = TypeVar("One")


class Chance:
    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._owed: dict[str, int] = {}

    def turn(self, what: str, percent: int) -> bool:
        """So many of a hundred, evenly: no month has all the bad luck, and none has none of it."""
        owed = self._owed.get(what, self._random.randrange(100)) + percent
        self._owed[what] = owed % 100
        return owed >= 100

    def of(self, percent: int) -> bool:
        return self._random.randrange(100) < percent

    def between(self, least: int, most: int) -> int:
        return self._random.randint(least, most)

    def one(self, things: Sequence[One]) -> One:
        return self._random.choice(things)

    def some(self, things: Sequence[One], count: int) -> list[One]:
        return self._random.sample(things, min(count, len(things)))

    def two(self, first: One, second: One) -> tuple[One, One]:
        """Both, in either order."""
        return (first, second) if self.of(50) else (second, first)
