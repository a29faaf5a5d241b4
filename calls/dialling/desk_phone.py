"""The caller dials: by hand on the desk phone, or by a SIP telephone that the company runs."""

from calls.choices import Backend
from calls.dialling.base import Asked


class DeskPhone:
    """The number is shown; the caller types it into the company's telephone on the desk."""

    backend = Backend.DESK_PHONE
    shows_number = True

    def place(self, call: Asked) -> str:
        return ""


class SipPhone:
    """The number goes to the SIP handler of the workplace, bound to the company's exchange: a SIP address, never a `tel:` one (CR-08)."""

    backend = Backend.SIP
    shows_number = True

    def __init__(self, domain: str) -> None:
        self.domain = domain

    def place(self, call: Asked) -> str:
        dialled = call.number + (f",{call.extension}" if call.extension else "")
        return f"sip:{dialled}@{self.domain}"
