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


class Backend(models.TextChoices):
    """How a call is placed (docs/dialling.md)."""

    DESK_PHONE = "desk_phone", _("Desk phone")
    SIP = "sip", _("SIP telephone")
    CTI = "cti", _("Telephone system")


class EventKind(models.TextChoices):
    """What the telephone system tells of a call."""

    START = "start", _("Started")
    ANSWER = "answer", _("Answered")
    END = "end", _("Ended")
    RECORDING = "recording", _("Recording kept")


class IssueKind(models.TextChoices):
    """What a lead and quality look at."""

    UNRECORDED = "unrecorded", _("Call never recorded")
    NO_RECORDING = "no_recording", _("No recording within 24 hours")
    RAN_PAST = "ran_past", _("Call ran past the hours")
    UNKNOWN_LINE = "unknown_line", _("Called from an unknown line")
    WORDING = "wording", _("Forbidden words in a note")


class Department(models.TextChoices):
    """Whom what a customer says may concern (E14)."""

    LEAD = "lead", _("Team lead")
    QUALITY = "quality", _("Quality supervision")
    FINANCE = "finance", _("Finance")
    DATA = "data", _("Data management")
    DATA_CENTRE = "data_centre", _("Data centre")
    GM_OFFICE = "gm_office", _("GM office")


class ReferralState(models.TextChoices):
    OPEN = "open", _("Waiting for a reply")
    ANSWERED = "answered", _("Answered")
    WITHDRAWN = "withdrawn", _("Withdrawn")


# From so many cancelled calls of a person and a day on the lead is told of each.
TOLD_FROM = 3
