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


class Carrier(models.TextChoices):
    CHINA_POST = "china_post", _("China Post registered mail")
    EMS = "ems", _("EMS")
    SF = "sf", _("SF Express")


class Grade(models.TextChoices):
    PASS = "pass", _("Passed")
    MINOR = "minor", _("Minor defects")
    SERIOUS = "serious", _("Serious defects")
