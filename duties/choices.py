from django.db import models
from django.utils.translation import gettext_lazy as _


class Counting(models.TextChoices):
    """How a kind's length is counted."""

    WORKING_MINUTES = "working_minutes", _("working minutes")
    CLOCK_MINUTES = "clock_minutes", _("clock minutes")
    WORKING_DAYS = "working_days", _("working days, to close of business")


class DaySource(models.TextChoices):
    OFFICIAL = "official", _("official notice")
    PROVISIONAL = "provisional", _("provisional: official notice not out yet")
    MANUAL = "manual", _("entered by hand")


class Kind:
    """Codes of the duties that the product itself opens. Their lengths are rows that managers edit."""

    INTAKE = "intake"
    IMPORT = "import"
    ASSIGNMENT = "assignment"
    FILTERING = "filtering"
    REGISTRY = "registry"
    LETTER_DISPATCH = "letter_dispatch"
    LETTER_QUALITY = "letter_quality"
    LETTER_RECTIFY = "letter_rectify"
    APPEAL = "appeal"
    REFERRAL = "referral"


EXTENDED = "_extended"
