"""The words of a case: states and legal moves, relations, sources. Values are lower case, labels in the user's language."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Channel(models.TextChoices):
    """How a bank hands files over."""

    SFTP = "sftp", _("SFTP folder")
    EMAIL = "email", _("E-mail")
    PORTAL = "portal", _("Bank's portal")
    DISC = "disc", _("Disc or USB stick")
    OTHER = "other", _("Other")


class ArrivalState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    HANDED_OVER = "handed_over", _("Handed over")
    IMPORTED = "imported", _("Imported")
    REJECTED = "rejected", _("Rejected")


class FileKind(models.TextChoices):
    """What a bank's file is for: new cases, or something about cases that it has placed before (anchors 4.1)."""

    PLACEMENT = "placement", _("New cases")
    BALANCE = "balance", _("Balance update")
    PAYMENT = "payment", _("Payments")
    RECALL = "recall", _("Recall or stop")
    RETENTION = "retention", _("Retention")
    WARNING = "warning", _("Warnings")
    RECORD = "record", _("Earlier call records")
    CONTACT = "contact", _("Contact update")


class ImportState(models.TextChoices):
    """uploaded → read → mapped → validated → committing → committed (→ undoing → undone); what happens between is in services."""

    UPLOADED = "uploaded", _("Being read")
    READ = "read", _("Columns to confirm")
    MAPPED = "mapped", _("Being checked")
    VALIDATED = "validated", _("Checked")
    COMMITTING = "committing", _("Being imported")
    COMMITTED = "committed", _("Imported")
    FAILED = "failed", _("File rejected")
    CANCELLED = "cancelled", _("Cancelled")
    UNDOING = "undoing", _("Being undone")
    UNDONE = "undone", _("Undone")
    # An archive whose files became imports of their own.
    UNPACKED = "unpacked", _("Unpacked")


class CaseState(models.TextChoices):
    UNASSIGNED = "unassigned", _("Unassigned")
    ASSIGNED = "assigned", _("Assigned")
    FILTERING = "filtering", _("Being filtered")
    WORKING = "working", _("Working")
    PROMISED = "promised", _("Promised")
    DISPUTED = "disputed", _("Disputed")
    LOST_CONTACT = "lost_contact", _("Lost contact")
    LEGAL = "legal", _("Legal")
    SETTLED = "settled", _("Settled")
    RETURNED = "returned", _("Returned")
    RECALLED = "recalled", _("Recalled")


ENDED = (CaseState.SETTLED, CaseState.RETURNED, CaseState.RECALLED)
_ENDS = {CaseState.SETTLED, CaseState.RETURNED, CaseState.RECALLED}
_WORKING = {CaseState.WORKING, CaseState.PROMISED, CaseState.DISPUTED, CaseState.LOST_CONTACT, CaseState.LEGAL}

MOVES: dict[str, set[str]] = {
    CaseState.UNASSIGNED: {CaseState.ASSIGNED} | _ENDS,
    CaseState.ASSIGNED: {CaseState.UNASSIGNED, CaseState.FILTERING} | _WORKING | _ENDS,
    CaseState.FILTERING: {CaseState.UNASSIGNED} | _WORKING | _ENDS,
    **{state: {CaseState.UNASSIGNED} | (_WORKING - {state}) | _ENDS for state in _WORKING},
    CaseState.SETTLED: set(),
    CaseState.RETURNED: set(),
    CaseState.RECALLED: set(),
}


class Relation(models.TextChoices):
    """Who a contact is to the debtor, in the order of annex A3.2: employer, reference, committee, family, debtor."""

    SELF = "self", _("Debtor")
    SPOUSE = "spouse", _("Spouse")
    PARENT = "parent", _("Parent")
    CHILD = "child", _("Child")
    SIBLING = "sibling", _("Brother or sister")
    RELATIVE = "relative", _("Relative")
    COLLEAGUE = "colleague", _("Colleague")
    FRIEND = "friend", _("Friend")
    EMPLOYER = "employer", _("Employer")
    COMMITTEE = "committee", _("Village or residents' committee")
    GUARANTOR = "guarantor", _("Guarantor")
    LAWYER = "lawyer", _("Lawyer")
    OTHER = "other", _("Other reference")


class CallStep(models.TextChoices):
    """The five steps of the filtering call order (A3.2), in this order."""

    EMPLOYER = "employer", _("Employer")
    REFERENCE = "reference", _("Reference")
    COMMITTEE = "committee", _("Village or residents' committee")
    FAMILY = "family", _("Family")
    SELF = "self", _("Debtor")


STEP_OF_RELATION = {
    Relation.EMPLOYER: CallStep.EMPLOYER,
    Relation.COLLEAGUE: CallStep.EMPLOYER,
    Relation.FRIEND: CallStep.REFERENCE,
    Relation.OTHER: CallStep.REFERENCE,
    Relation.LAWYER: CallStep.REFERENCE,
    Relation.GUARANTOR: CallStep.REFERENCE,
    Relation.COMMITTEE: CallStep.COMMITTEE,
    Relation.SPOUSE: CallStep.FAMILY,
    Relation.PARENT: CallStep.FAMILY,
    Relation.CHILD: CallStep.FAMILY,
    Relation.SIBLING: CallStep.FAMILY,
    Relation.RELATIVE: CallStep.FAMILY,
    Relation.SELF: CallStep.SELF,
}


class LegalClass(models.TextChoices):
    """What the law lets us say to a person (CR-11); everybody but the debtor starts as unrelated."""

    DEBTOR = "debtor", _("Debtor")
    LIABLE = "liable", _("Jointly liable")
    RELATED = "related", _("Related to the debt, with evidence")
    UNRELATED = "unrelated", _("Third party")


class Source(models.TextChoices):
    """Where a number or an address comes from; nothing else is lawful (CR-18)."""

    CLIENT_FILE = "client_file", _("Bank's file")
    DEBTOR = "debtor", _("The debtor")
    CONTRACT = "contract", _("Contract")
    REGISTRY = "registry", _("Registry answer")
    COURT = "court", _("Court")
    CALL = "call", _("Told in a call")


class PhoneKind(models.TextChoices):
    MOBILE = "mobile", _("Mobile")
    LANDLINE = "landline", _("Landline")
    SERVICE = "service", _("Service number")


class NumberStatus(models.TextChoices):
    UNKNOWN = "unknown", _("Unknown")
    NORMAL = "normal", _("Connected")
    NO_ANSWER = "no_answer", _("No answer")
    BUSY = "busy", _("Busy")
    OFF = "off", _("Switched off")
    SUSPENDED = "suspended", _("Suspended")
    EMPTY = "empty", _("Number does not exist")
    CHANGED = "changed", _("Belongs to somebody else")


class Verification(models.TextChoices):
    """A case is filtered only when each phone, address and relation is one or the other (A3.3)."""

    PENDING = "pending", _("Not verified")
    VERIFIED = "verified", _("Verified")
    UNVERIFIABLE = "unverifiable", _("Cannot be verified")
    WRONG = "wrong", _("Wrong")


class AddressKind(models.TextChoices):
    HOME = "home", _("Home")
    WORK = "work", _("Employer")
    BILLING = "billing", _("Billing")
    REGISTERED = "registered", _("Household registration")


class RegistryState(models.TextChoices):
    REQUESTED = "requested", _("Awaiting approval")
    APPROVED = "approved", _("To submit")
    SUBMITTED = "submitted", _("Submitted")
    CONFIRMED = "confirmed", _("Confirmed by phone")
    ANSWERED = "answered", _("Answered")
    REFUSED = "refused", _("Refused")
    EXPIRED = "expired", _("Expired")


class LegalBasis(models.TextChoices):
    """Lawful channels for a household registry look-up (compliance.md, A1.3)."""

    CLIENT = "client", _("Through the bank, under its entrustment")
    COURT = "court", _("Court order")
    LAWYER = "lawyer", _("Lawyer with a court order")


class Severity(models.TextChoices):
    """An error keeps a row out, a warning wants a look, a note only says what will happen: it leaves the row good."""

    ERROR = "error", _("Error")
    WARNING = "warning", _("Warning")
    NOTE = "note", _("For information")


class RowState(models.TextChoices):
    GOOD = "good", _("Good")
    WARNING = "warning", _("With warnings")
    BAD = "bad", _("With errors")
    SKIPPED = "skipped", _("Left out")


class EntryReason(models.TextChoices):
    """Why a line of the ledger was written. Each account's ledger opens with the amount placed."""

    STATED = "stated", _("Balance stated by the bank")
    PAYMENT = "payment", _("Payment")
    REVERSAL = "reversal", _("Payment taken back")


class NoteKind(models.TextChoices):
    WARNING = "warning", _("Client's warning")
    RECORD = "record", _("Earlier call record")


class RecallAction(models.TextChoices):
    """What a recall file does to a case: 停催, 恢复, 撤案, 退案, 结案."""

    STOP = "stop", _("Stop")
    RESUME = "resume", _("Resume")
    RECALLED = "recalled", _("Recall")
    RETURNED = "returned", _("Return")
    SETTLED = "settled", _("Settle")


class ClientKind(models.TextChoices):
    """Whose debts a client entrusts."""

    CONSUMER = "consumer", _("People (consumer debts)")
    BUSINESS = "business", _("Companies (business debts)")


class Band(models.TextChoices):
    """Roughly how much is owed: what a collector plans the day by before the amount itself may be shown (CR-17)."""

    B1 = "1", _("under 5,000")
    B2 = "2", _("5,000 – 20,000")
    B3 = "3", _("20,000 – 50,000")
    B4 = "4", _("50,000 – 100,000")
    B5 = "5", _("100,000 and over")
