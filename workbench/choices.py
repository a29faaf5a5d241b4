from django.db import models
from django.utils.translation import gettext_lazy as _


class Why(models.TextChoices):
    """Why a case stands where it does in its holder's queue, the most pressing first."""

    BROKEN = "1_broken", _("Promise broken")
    DUE_TODAY = "2_due", _("Promise due today")
    FOLLOW_UP = "3_follow_up", _("Follow-up now")
    FILTERING = "4_filtering", _("To filter")
    UNTOUCHED = "5_untouched", _("Not worked lately")
    LATER = "6_later", _("Later")
    HELD = "7_held", _("Stopped or disputed")


class RevealKind(models.TextChoices):
    PHONE = "phone", _("Phone")
    ID = "id", _("ID number")
    CARD = "card", _("Card")
    ADDRESS = "address", _("Address")


class Checked(models.TextChoices):
    """What the desk verifies (A3.3)."""

    PHONE = "phone", _("Phone")
    ADDRESS = "address", _("Address")
    CONTACT = "contact", _("Relation")
