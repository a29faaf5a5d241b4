"""A person's saved views, and what their filters may choose from."""

from django.db.models import QuerySet

from assignment.models import Assignment
from cases.models import Case
from staff.models import User
from workbench.models import SavedView


def views_of(user: User) -> QuerySet[SavedView]:
    """The own views, in their own order."""
    return SavedView.objects.filter(person=user).order_by("position", "pk")


def choices_held_by(user: User) -> tuple[dict[int, str], list[str]]:
    """The clients and the stages among the live cases that the person holds. One query."""
    held = Case.objects.live().filter(pk__in=Assignment.objects.open().filter(collector=user).values("case"))
    rows = held.order_by().values_list("client_id", "client__short_name", "stage").distinct()
    clients, stages = {}, set()
    for client, name, stage in rows:
        clients[client] = name
        stages.add(stage)
    return dict(sorted(clients.items(), key=lambda row: row[1])), sorted(stages - {""})
