from django.db import models
from django.utils.translation import gettext_lazy as _


class Severity(models.TextChoices):
    MINOR = "minor", _("Minor")
    ORDINARY = "ordinary", _("Ordinary")
    SERIOUS = "serious", _("Serious")


class EventState(models.TextChoices):
    RECORDED = "recorded", _("Recorded")
    APPEALED = "appealed", _("Appealed")
    UPHELD = "upheld", _("Upheld")
    WAIVED = "waived", _("Waived")


class Relief(models.TextChoices):
    """Why an event costs nothing from the start."""

    GRACE = "grace", _("Done within the grace time")
    EXEMPTION = "exemption", _("Exempt")
