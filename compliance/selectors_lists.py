"""Which limits, scripts, barred numbers and instructions a page lists, and for whom."""

from datetime import datetime

from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet, When

from cases.models import Client, Placement
from cases.models.case import in_teams
from compliance.choices import Layer
from compliance.models import ClientInstruction, ContactPolicy, DoNotContact, Script
from staff.choices import Role
from staff.models import User
from staff.selectors import teams_led_by


def policies_not_ended(now: datetime) -> QuerySet[ContactPolicy]:
    """Those in force, and those that begin later."""
    return ContactPolicy.objects.filter(Q(valid_to=None) | Q(valid_to__gt=now))


def versions_of_limit(key: str) -> QuerySet[ContactPolicy]:
    """Every version of every layer of one limit, the law's first."""
    rows = ContactPolicy.objects.filter(key=key).select_related("client", "created_by")
    order = models.Case(When(layer=Layer.LAW, then=0), When(layer=Layer.COMPANY, then=1), default=2)
    return rows.order_by(order, "client__code", "-version")


def scripts_not_ended(now: datetime) -> QuerySet[Script]:
    return Script.objects.filter(Q(valid_to=None) | Q(valid_to__gt=now))


def versions_of_script(script: Script) -> QuerySet[Script]:
    same = Script.objects.filter(target=script.target, title=script.title, client=script.client)
    return same.select_related("created_by").order_by("-version")


def do_not_contact_visible_to(user: User) -> QuerySet[DoNotContact]:
    """All for those who watch over the whole agency; for a lead what came of the own teams' cases and people."""
    rows = DoNotContact.objects.select_related("entered_by", "case")
    if _watches_all(user):
        return rows
    teams = teams_led_by(user)
    return rows.filter(in_teams(teams, "case__") | Q(entered_by__team__in=teams) | Q(entered_by=user))


def instructions_visible_to(user: User) -> QuerySet[ClientInstruction]:
    """All for administrators and the GM office; for a lead those of the banks that the own teams work for."""
    rows = ClientInstruction.objects.select_related("client", "entered_by", "approved_by")
    if _watches_all(user):
        return rows
    return rows.filter(Q(client__in=clients_served_by(user)) | Q(entered_by=user))


def clients_served_by(user: User) -> QuerySet[Client]:
    """The active clients that one may enter an instruction for."""
    clients = Client.objects.filter(is_active=True)
    if _watches_all(user):
        return clients
    teams = teams_led_by(user)
    return clients.filter(Q(team__in=teams) | Exists(Placement.objects.filter(client=OuterRef("pk"), team__in=teams)))


def _watches_all(user: User) -> bool:
    return any(user.has_role(role) for role in (Role.ADMINISTRATOR, Role.GM_OFFICE, Role.QUALITY))


# --- Limitation (CR-34) -----------------------------------------------------------------------------------------------------
