from django.db import models
from django.utils.translation import gettext_lazy as _


class Layer(models.TextChoices):
    """Whose limit it is; each layer may only tighten the one before."""

    LAW = "law", _("Law and industry rules")
    CLIENT = "client", _("Client")
    COMPANY = "company", _("Company")
    DEBTOR = "debtor", _("Debtor's request")


class PolicyKey(models.TextChoices):
    """The limits of compliance.md, "Parameters to ship"."""

    WINDOW = "contact.window", _("Contact hours")
    EFFECTIVE_PER_DAY = "voice.effective.per_debtor_day", _("Effective calls per debtor and day")
    ATTEMPTS_PER_NUMBER = "voice.attempts.per_number_day", _("Attempts per number and day")
    THIRD_PARTY_FAILURES = "third_party.after_failures", _("Failed attempts before third parties may be called")
    THIRD_PARTY_DAYS = "third_party.failure_days", _("Different days of failed attempts")
    THIRD_PARTY_VALID_DAYS = "third_party.valid_days", _("Days that a loss of contact stays proven")
    REVEALS_PER_DAY = "reveal.per_user_day", _("Reveals of personal data per person and day")


class TargetClass(models.TextChoices):
    DEBTOR = "debtor", _("Debtor")
    THIRD_PARTY = "third_party", _("Third party")
