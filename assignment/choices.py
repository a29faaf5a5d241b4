from django.db import models
from django.utils.translation import gettext_lazy as _


class Mode(models.TextChoices):
    """What a plan balances."""

    BOTH = "both", _("Count and amount")
    COUNT = "count", _("Count")
    AMOUNT = "amount", _("Amount")


class Holdings(models.TextChoices):
    """Whether what collectors already hold counts."""

    CUMULATIVE = "cumulative", _("What each would hold afterwards")
    NEW_ONLY = "new_only", _("Only the new cases")


class PlanState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    APPLIED = "applied", _("Applied")
    UNDONE = "undone", _("Undone")
    DISCARDED = "discarded", _("Discarded")


class Reason(models.TextChoices):
    """Why a case goes where it goes, in the order of A2.2."""

    CLIENT = "client", _("The client's requirements leave only this person")
    SAME_DEBTOR_HELD = "same_debtor_held", _("Already holds a case of this debtor")
    SAME_DEBTOR = "same_debtor", _("Goes with this debtor's other cases")
    BALANCE = "balance", _("Balances count and amount")
    MANUAL = "manual", _("Moved by hand")
    NOBODY_ALLOWED = "nobody_allowed", _("Nobody may hold it under the client's requirements")
    NO_CAPACITY = "no_capacity", _("Everybody who may hold it is full")


class EndReason(models.TextChoices):
    UNDONE = "undone", _("Plan undone")
    TRANSFERRED = "transferred", _("Transferred")
    CASE_ENDED = "case_ended", _("Case ended")
    RETURNED_TO_POOL = "returned_to_pool", _("Back to the pool")


class Obstacle(models.TextChoices):
    """Why a person gets no new case: the client's requirements first, then capacity (A2.2)."""

    TEAM = "team", _("The client doesn't allow this team")
    BARRED = "barred", _("The client has barred this person")
    SERVICE = "service", _("Too short a time in service for the client")
    TRAINING = "training", _("No valid training")
    CLIENT_LIMIT = "client_limit", _("Holds as many of the client's cases as it allows")
    LEAVE = "leave", _("On leave")
    FULL = "full", _("Holds as much as the capacity allows")
    DAY_FULL = "day_full", _("Has had the day's new cases")


CLIENT_OBSTACLES = (Obstacle.TEAM, Obstacle.BARRED, Obstacle.SERVICE, Obstacle.TRAINING, Obstacle.CLIENT_LIMIT)
