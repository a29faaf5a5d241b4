from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.forms.clients import ClientFilter, ClientForm
from cases.models import Client
from cases.services import clients
from staff.listing import Column, DeskList
from staff.pages import FormPage


class ClientList(DeskList):
    list_name = "cases:client-list"
    permission_required = "cases.manage_clients"
    title = gettext_lazy("Clients")
    subtitle = gettext_lazy("The banks that entrust cases, and the terms of it.")
    empty_title = gettext_lazy("No client yet")
    empty_text = gettext_lazy("Add the first bank; its arrivals can be registered then.")
    empty_icon = "bank"
    new_action = (gettext_lazy("Add a client"), "cases:client-new", "cases.manage_clients")
    filter_form = ClientFilter
    default_sort = "code"
    columns = [
        Column("code", gettext_lazy("Code"), sort="code", link=True),
        Column("name", gettext_lazy("Name"), sort="name", link=True),
        Column("team", gettext_lazy("Serving team"), value="team.name", sort="team__name"),
        Column("entrusted_from", gettext_lazy("Entrusted from"), kind="date", sort="entrusted_from"),
        Column("entrusted_until", gettext_lazy("Entrusted until"), kind="date", sort="entrusted_until"),
        Column("service_phone", gettext_lazy("Bank's contact phone"), hidden=True),
        Column("is_active", gettext_lazy("State"), kind="state", value=lambda row: ("good", _("Active")) if row.is_active else ("quiet", _("Inactive"))),
    ]

    def rows(self) -> QuerySet[Client]:
        return Client.objects.select_related("team")

    def row_url(self, row: Client) -> str:
        return reverse("cases:client-edit", args=[row.pk])


class ClientNew(FormPage):
    permission_required = "cases.manage_clients"
    form_class = ClientForm
    title = gettext_lazy("Add a client")

    @property
    def cancel_url(self) -> str:
        return reverse("cases:client-list")

    def save(self, form: ClientForm) -> tuple[str, str]:
        client = clients.add_client(**form.cleaned_data, by=self.request.user, now=timezone.now())
        return _("%(client)s is added.") % {"client": client}, self.cancel_url


class ClientEdit(ClientNew):
    @cached_property
    def client(self) -> Client:
        return get_object_or_404(Client, pk=self.kwargs["pk"])

    @property
    def title(self) -> str:
        return self.client.name

    def get_form_kwargs(self) -> dict[str, Any]:
        # A copy of its own: the form writes into its instance, and the title must stay as it is.
        return super().get_form_kwargs() | {"instance": Client.objects.get(pk=self.client.pk)}

    def save(self, form: ClientForm) -> tuple[str, str]:
        client = clients.change_client(client_id=self.client.pk, **form.cleaned_data, by=self.request.user, now=timezone.now())
        return _("%(client)s is saved.") % {"client": client}, self.cancel_url
