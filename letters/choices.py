from django.db import models
from django.utils.translation import gettext_lazy as _


class LetterKind(models.TextChoices):
    DEMAND = "demand", _("Demand letter")
    LAWYER = "lawyer", _("Lawyer's letter")
    STATEMENT = "statement", _("Statement")
    SETTLEMENT = "settlement", _("Settlement certificate")
    PAYMENT = "payment", _("Payment notice")
    ARREARS = "arrears", _("Arrears notice")
    LOBBY = "lobby", _("Lobby notice")
    ENTRUST = "entrust", _("Notice of entrustment")


class FirstPage(models.TextChoices):
    """F: what stands above and below the first page."""

    OWN = "own", _("A letterhead and a footer of its own")
    NONE = "none", _("No header and no footer")
    SAME = "same", _("As the other pages")


class Envelope(models.TextChoices):
    """Where the envelope's window shows the address."""

    DL_LEFT = "dl_left", _("DL, window left (20 mm, 50 mm; 90 × 35 mm)")
    DL_RIGHT = "dl_right", _("DL, window right (100 mm, 50 mm; 90 × 35 mm)")
    C5_LEFT = "c5_left", _("C5, window left (20 mm, 55 mm; 100 × 40 mm)")
    C5_RIGHT = "c5_right", _("C5, window right (90 mm, 55 mm; 100 × 40 mm)")
    NONE = "none", _("No window: label on the envelope")


class ImageKind(models.TextChoices):
    LETTERHEAD = "letterhead", _("Letterhead")
    SEAL = "seal", _("Seal")


class PaperKind(models.TextChoices):
    """A paper that lets a letter say what it says."""

    LAW_FIRM = "law_firm", _("Law firm's engagement")  # CR-27
    CRIME = "crime", _("Bank's approval to name a crime")  # CR-32


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


class FileKind(models.TextChoices):
    """What a carrier's file tells."""

    TRACKING = "tracking", _("Tracking numbers")
    RESULTS = "results", _("Delivered and returned")


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


class Severity(models.TextChoices):
    """How bad a defect is; the form says what each costs."""

    SLIGHT = "slight", _("Slight")
    GENERAL = "general", _("Ordinary")
    SERIOUS = "serious", _("Serious")


class FormSubject(models.TextChoices):
    """Annex 4 is filled for a letter, or for all that went out on a day."""

    LETTER = "letter", _("One letter")
    DAY = "day", _("A day's dispatch")


class ItemGroup(models.TextChoices):
    ADDRESSEE = "addressee", _("Addressee")
    ADDRESS = "address", _("Address")
    AMOUNT = "amount", _("Amount")
    CONTENT = "content", _("Content")
    SEAL = "seal", _("Seal")
    ENVELOPE = "envelope", _("Envelope")
    ATTACHMENTS = "attachments", _("Attachments")
    DEADLINE = "deadline", _("Deadline")
    TRACKING = "tracking", _("Tracking number")
    HANDOVER = "handover", _("Hand-over")


class SampleReason(models.TextChoices):
    """Why a letter is among those to check."""

    ALL = "all", _("Every letter is checked")
    NTH = "nth", _("Its turn by the count")
    LAWYER = "lawyer", _("Lawyer's letter")
    AMOUNT = "amount", _("High amount")
    NEW_TEMPLATE = "new_template", _("New version of the template")
    NEW_PERSON = "new_person", _("Sent by somebody new to it")
    ADDRESS = "address", _("Address that is not the bank's")
    PERSON = "person", _("Earlier defects of who sent it")
    CARRIER = "carrier", _("Earlier defects with this carrier")


class RectifyBy(models.TextChoices):
    """Who puts a defect right."""

    DISPATCHER = "dispatcher", _("Who dispatched it")
    TEMPLATE = "template", _("Who wrote the template")


class RectifyState(models.TextChoices):
    OPEN = "open", _("To put right")
    ANSWERED = "answered", _("To check again")
    ACCEPTED = "accepted", _("Put right")
    CANCELLED = "cancelled", _("Not needed any more")
