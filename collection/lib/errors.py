"""How a rule says no."""

from typing import Any


class Refused(Exception):
    """A service refuses: nothing was changed.

    The message is a full sentence in the user's language that says what is wrong and how to mend it. `rule` is the id of the
    rule that refused (A1.1, CR-03), shown beside the message. Pages turn it into a message, the API into `status`.
    """

    status = 409
    rule = ""

    def __init__(self, message: str, *, rule: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.rule = rule or self.rule

    def __str__(self) -> str:
        return str(self.message)


class Outdated(Refused):
    """Somebody changed the row since this person saw it (F13). Both values travel with the refusal, so that nothing typed is lost:
    `entered` is what this person sent, `current` what stands there now, and who put it there where that is known."""

    def __init__(self, message: str, *, entered: dict[str, Any], current: dict[str, Any], rule: str = "") -> None:
        super().__init__(message, rule=rule)
        self.entered, self.current = entered, current
