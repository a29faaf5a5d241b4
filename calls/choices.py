from django.db import models
from django.utils.translation import gettext_lazy as _


class OutcomeGroup(models.TextChoices):
    RIGHT_PARTY = "right_party", _("Right party")
    THIRD_PARTY = "third_party", _("Third party")
    NO_CONTACT = "no_contact", _("No contact")
    INVALID_NUMBER = "invalid_number", _("Invalid number")
    ADMIN = "admin", _("Administrative")


class Target(models.TextChoices):
    """Whom an outcome is offered for."""

    SELF = "self", _("Debtor")
    THIRD_PARTY = "third_party", _("Third party")
    ANY = "any", _("Anybody")


class PromiseState(models.TextChoices):
    OPEN = "open", _("Open")
    KEPT = "kept", _("Kept")
    PART_KEPT = "part_kept", _("Kept in part")
    BROKEN = "broken", _("Broken")
    CANCELLED = "cancelled", _("Cancelled")


class ReviewState(models.TextChoices):
    """A case within a filtering task."""

    PENDING = "pending", _("To review")
    REVIEWED = "reviewed", _("Fields reviewed")
    CALLED = "called", _("Calls done")
    CLASSIFIED = "classified", _("Classified")


class StepState(models.TextChoices):
    CALLED = "called", _("Called")
    SKIPPED = "skipped", _("Skipped")
    LOCKED = "locked", _("Locked by CR-10")
    NONE = "none", _("No such contact")


class ReviewField(models.TextChoices):
    """The fields that A3.2 has a collector go through, one by one."""

    IDENTITY = "identity", _("Identity")
    ACCOUNTS = "accounts", _("Accounts and amounts")
    STAGE = "stage", _("Stage and days overdue")
    PAYMENTS = "payments", _("Last payment and bill day")
    EMPLOYER = "employer", _("Employer")
    CONTACTS = "contacts", _("Contacts")
    ADDRESSES = "addresses", _("Addresses")
    REMARKS = "remarks", _("Remarks and the client's warnings")


class Finding(models.TextChoices):
    CLEAR = "clear", _("Clear")
    DOUBTFUL = "doubtful", _("Doubtful")
    MISSING = "missing", _("Missing")
