from django.db import models
from django.utils.translation import gettext_lazy as _


class LetterKind(models.TextChoices):
    DEMAND = "demand", _("Demand letter")
    LAWYER = "lawyer", _("Lawyer's letter")
    STATEMENT = "statement", _("Statement")


class LetterState(models.TextChoices):
    REQUESTED = "requested", _("Awaiting approval")
    APPROVED = "approved", _("Approved")
    RENDERING = "rendering", _("Being printed")
    RENDERED = "rendered", _("To dispatch")
    DISPATCHED = "dispatched", _("Dispatched")
    DELIVERED = "delivered", _("Delivered")
    RETURNED = "returned", _("Came back")
    REFUSED = "refused", _("Refused")
    CANCELLED = "cancelled", _("Cancelled")


# Not on paper yet (or never): no number. A cancelled or refused letter keeps none.
UNPRINTED = (LetterState.REQUESTED, LetterState.APPROVED, LetterState.RENDERING, LetterState.REFUSED, LetterState.CANCELLED)
ON_THE_WAY = (LetterState.REQUESTED, LetterState.APPROVED, LetterState.RENDERING, LetterState.RENDERED)
SENT = (LetterState.DISPATCHED, LetterState.DELIVERED, LetterState.RETURNED)


class Carrier(models.TextChoices):
    CHINA_POST = "china_post", _("China Post registered mail")
    EMS = "ems", _("EMS")
    SF = "sf", _("SF Express")


class ReturnReason(models.TextChoices):
    """What the carrier stamps on mail that comes back."""

    MOVED = "moved", _("Moved away")
    UNKNOWN = "unknown", _("Addressee unknown")
    NO_SUCH_PLACE = "no_such_place", _("No such address")
    REFUSED = "refused", _("Acceptance refused")
    NOT_COLLECTED = "not_collected", _("Not collected in time")
    OTHER = "other", _("Other")


# A letter that was refused or not fetched says nothing against the address; everything else does.
ADDRESS_STANDS = (ReturnReason.REFUSED, ReturnReason.NOT_COLLECTED)


class Grade(models.TextChoices):
    PASS = "pass", _("Passed")
    MINOR = "minor", _("Minor defects")
    SERIOUS = "serious", _("Serious defects")
