"""Who may be handed a duty. Apps above say so of their own kinds when they start: duties knows nothing of them."""

from collections.abc import Callable

from duties.models import Duty
from staff.models import User

# By kind: takes the duty and the person, and returns why they can't take it over, in words, or "".
FITNESS: dict[str, Callable[[Duty, User], str]] = {}


def objection_to(duty: Duty, person: User) -> str:
    ask = FITNESS.get(duty.kind_id)
    return ask(duty, person) if ask else ""
