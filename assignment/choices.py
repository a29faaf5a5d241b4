from django.db import models
from django.utils.translation import gettext_lazy as _


class Mode(models.TextChoices):
    """What a plan balances."""

    BOTH = "both", _("Count and amount")
    COUNT = "count", _("Count")
    AMOUNT = "amount", _("Amount")
    # Count and amount, each over the person's share.
    WEIGHTS = "weights", _("Shares")


class Holdings(models.TextChoices):
    """Whether what collectors already hold counts."""

    CUMULATIVE = "cumulative", _("What each would hold afterwards")
    NEW_ONLY = "new_only", _("Only the new cases")


class Scope(models.TextChoices):
    """Which cases a plan is about."""

    PLACEMENT = "placement", _("The whole placement")
    SELECTION = "selection", _("A selection of cases")
    POOL = "pool", _("Cases back in the pool")


class PlanLevel(models.TextChoices):
    """To whom a plan gives cases."""

    TEAMS = "teams", _("Head office to teams")
    PEOPLE = "people", _("The lead to people")


class PlanState(models.TextChoices):
    """making → draft → applying → applied → undoing → undone; what is being worked on is a job."""

    MAKING = "making", _("Being made")
    DRAFT = "draft", _("Draft")
    APPLYING = "applying", _("Being applied")
    APPLIED = "applied", _("Applied")
    UNDOING = "undoing", _("Being undone")
    UNDONE = "undone", _("Undone")
    DISCARDED = "discarded", _("Discarded")
    FAILED = "failed", _("Could not be made")


# Of these there is one for the same cases at a time.
OPEN_PLANS = [PlanState.MAKING, PlanState.DRAFT, PlanState.APPLYING]
# These are jobs.
WORKED_ON = [PlanState.MAKING, PlanState.APPLYING, PlanState.UNDOING]


class Reason(models.TextChoices):
    """Why a case goes where it goes, in the order of A2.2; then why it goes to nobody."""

    CLIENT = "client", _("The client's requirements leave only this person")
    SAME_DEBTOR_HELD = "same_debtor_held", _("Already holds a case of this debtor")
    PREVIOUS = "previous", _("Held this debtor before; the client wants the same person again")
    RULE = "rule", _("An assignment rule sends it there")
    SAME_DEBTOR = "same_debtor", _("Goes with this debtor's other cases")
    BALANCE = "balance", _("Balances count and amount")
    MANUAL = "manual", _("Moved by hand")
    NOBODY_ALLOWED = "nobody_allowed", _("Nobody may hold it under the client's requirements")
    CLIENT_LIMIT = "client_limit", _("Everybody who may hold it has reached the client's limit for one person")
    HOLDER_FULL = "holder_full", _("Bound to one person, who can take no more now")
    RULE_FULL = "rule_full", _("Only an assignment rule's people may have it, and none of them can take it")
    NO_CAPACITY = "no_capacity", _("Everybody who may hold it is full")


class EndReason(models.TextChoices):
    UNDONE = "undone", _("Plan undone")
    TRANSFERRED = "transferred", _("Transferred")
    CASE_ENDED = "case_ended", _("Case ended")
    RETURNED_TO_POOL = "returned_to_pool", _("Back to the pool")
    REASSIGNED = "reassigned", _("Untouched too long")


class Obstacle(models.TextChoices):
    """Why a person gets no new case, or not this case: the client's requirements first, then capacity (A2.2)."""

    TEAM = "team", _("The client doesn't allow this team")
    NAMED = "named", _("The client allows only other people")
    BARRED = "barred", _("The client has barred this person")
    SERVICE = "service", _("Too short a time in service for the client")
    LICENCE = "licence", _("Lacks the licence that the client asks for")
    TRAINING = "training", _("No valid training")
    SENIOR = "senior", _("The client gives this stage to seniors only")
    REGION = "region", _("Doesn't cover the case's region")
    DIALECT = "dialect", _("Doesn't speak the dialect of the case's region")
    FORMER = "former", _("Held this debtor before; the client wants another person")
    CLIENT_LIMIT = "client_limit", _("Holds as many of the client's cases as it allows")
    CLIENT_AMOUNT = "client_amount", _("Holds as much of the client's money as it allows")
    LEAVE = "leave", _("On leave")
    SHIFT = "shift", _("No shift today")
    FULL = "full", _("Holds as much as the capacity allows")
    DAY_FULL = "day_full", _("Has had the day's new cases")


# What no room would mend: the client doesn't want this person. A limit that is reached is no such thing: who holds a debtor keeps him.
BARRED_BY_CLIENT = (
    Obstacle.TEAM,
    Obstacle.NAMED,
    Obstacle.BARRED,
    Obstacle.SERVICE,
    Obstacle.LICENCE,
    Obstacle.TRAINING,
    Obstacle.SENIOR,
    Obstacle.REGION,
    Obstacle.DIALECT,
    Obstacle.FORMER,
)


class PreviousCollector(models.TextChoices):
    """What a client wants when somebody held the debtor before."""

    ANY = "any", _("It doesn't matter")
    KEEP = "keep", _("The same person again")
    NOT = "not", _("Another person")


class CapacityLevel(models.TextChoices):
    """The levels of staff.choices.Level, and probation, whose row counts as long as it lasts."""

    PROBATION = "probation", _("On probation")
    TRAINEE = "trainee", _("Trainee")
    JUNIOR = "junior", _("Junior")
    REGULAR = "regular", _("Regular")
    SENIOR = "senior", _("Senior")


class ReassignTo(models.TextChoices):
    POOL = "pool", _("The pool")
    TEAM = "team", _("Somebody else of the team")
