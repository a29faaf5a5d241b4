"""Recovery targets: the list of clients, and one form for a client's or a placement's."""

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.models import Client, Placement
from figures.forms import TargetForm
from figures.models import RecoveryTarget
from figures.services.targets import seen_target, set_target, target_of
from staff.listing import Column, DeskList
from staff.pages import FormPage

SET = "figures.set_target"


class TargetList(DeskList):
    list_name = "figures:target-list"
    permission_required = SET
    title = gettext_lazy("Recovery targets")
    subtitle = gettext_lazy("In percent of the amount placed. A placement's own target, set on the recovery page, comes before its client's.")
    default_sort = "short_name"
    columns = [
        Column("client", gettext_lazy("Client"), value="short_name", sort="short_name", link=True),
        Column("name", gettext_lazy("Name"), sort="name"),
        Column("percent", gettext_lazy("Target, %"), kind="number", sort="percent"),
        Column("changed_at", gettext_lazy("Changed"), kind="datetime", sort="changed_at"),
        Column("changed_by", gettext_lazy("Changed by"), value="changer"),
    ]

    def rows(self) -> QuerySet[Client]:
        own = RecoveryTarget.objects.filter(client=OuterRef("pk"), placement=None)
        return Client.objects.annotate(
            percent=Subquery(own.values("percent")), changed_at=Subquery(own.values("changed_at")), changer=Subquery(own.values("changed_by__name"))
        )

    def row_url(self, row: Client) -> str:
        return reverse("figures:target-client", args=[row.pk])


class TargetEdit(FormPage):
    permission_required = SET
    form_class = TargetForm
    of_placement = False

    @cached_property
    def placement(self) -> Placement | None:
        return get_object_or_404(Placement.objects.select_related("client"), pk=self.kwargs["pk"]) if self.of_placement else None

    @cached_property
    def client(self) -> Client:
        return self.placement.client if self.placement else get_object_or_404(Client, pk=self.kwargs["pk"])

    @property
    def title(self) -> str:
        return _("Target of %(what)s") % {"what": self.placement or self.client}

    @property
    def subtitle(self) -> str:
        if not self.placement:
            return _("For every placement of this client that has no target of its own.")
        general = target_of(self.client, None)
        return _("Without one, its client's holds: %(percent)s%%.") % {"percent": general.percent} if general else _("Its client has no target.")

    @property
    def cancel_url(self) -> str:
        return reverse("figures:recovery" if self.placement else "figures:target-list")

    def get_initial(self) -> dict[str, Any]:
        row = target_of(self.client, self.placement)
        return {"percent": row.percent if row else None}

    def seen_now(self) -> str:
        return seen_target(self.client, self.placement)

    def save(self, form: TargetForm) -> tuple[str, str]:
        set_target(client=self.client, placement=self.placement, percent=form.cleaned_data["percent"], by=self.request.user, now=timezone.now(), seen=self.seen)
        return _("The target of %(what)s was saved.") % {"what": self.placement or self.client}, self.cancel_url
