"""What every back end is asked, and answers."""

from dataclasses import dataclass
from typing import Protocol


class NotPlaced(Exception):
    """The back end did not place the call, for certain: nobody was rung."""


class Unsure(Exception):
    """Nobody knows whether the call was placed: somebody may have been rung."""


@dataclass(frozen=True)
class Asked:
    """One call to place. `call_ref` names it in every event that comes back; `agent` is the caller's staff number."""

    call_ref: str
    number: str
    extension: str
    agent: str


class Dialer(Protocol):
    """A way to place a call. None of them hands a number to a private device: there is no `tel:` link (CR-08)."""

    backend: str
    # Whether the caller sees the number; a telephone system dials without.
    shows_number: bool

    def place(self, call: Asked) -> str:
        """Place it, and return an address to open on the caller's own telephone, or "". Raises NotPlaced or Unsure."""
        ...
