"""What keeps a person from being disabled. Apps above add their own obstacle when they start: staff knows nothing of them."""

from collections.abc import Callable

from staff.models import User

# Each takes the person and returns why they can't leave yet, in words, or "".
OBSTACLES: list[Callable[[User], str]] = []


def obstacles_of(person: User) -> list[str]:
    return [said for obstacle in OBSTACLES if (said := obstacle(person))]
