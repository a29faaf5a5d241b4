from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """The groups of the agency; the value is the Django group's name. A person may hold several."""

    SUPPLY_CHAIN = "supply_chain", _("Supply chain")
    DATA_SPECIALIST = "data_specialist", _("Data specialist")
    TEAM_LEAD = "team_lead", _("Team lead")
    COLLECTOR = "collector", _("Collector")
    DATA_CENTRE = "data_centre", _("Data centre")
    ADMIN_OFFICE = "admin_office", _("Admin office")
    QUALITY = "quality", _("Quality supervision")
    GM_OFFICE = "gm_office", _("GM office")
    FINANCE = "finance", _("Finance")
    ADMINISTRATOR = "administrator", _("Administrator")


class Level(models.TextChoices):
    """How far a collector has come; capacities and some clients go by it."""

    TRAINEE = "trainee", _("Trainee")
    JUNIOR = "junior", _("Junior")
    REGULAR = "regular", _("Regular")
    SENIOR = "senior", _("Senior")


class Theme(models.TextChoices):
    SYSTEM = "system", _("As the system")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class QualificationKind(models.TextChoices):
    TRAINING = "training", _("Yearly training and exam")
    POST = "post", _("Post certificate")
    BANK = "bank", _("Accreditation by the bank")
    LEGAL = "legal", _("Legal qualification")


class ExportState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    WORKING = "working", _("Being made")
    DONE = "done", _("Ready")
    FAILED = "failed", _("Failed")
