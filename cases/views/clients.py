from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.forms.clients import ClientFilter, ClientForm, PayeeForm, PayeePeriodForm
from cases.models import Client, Payee
from cases.services import clients
from cases.services.clients import PAYEE_FIELDS
from collection.lib.seen import fingerprint_of
from staff.listing import Column, DeskList
from staff.pages import DeskPermission, FormPage


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
    template_name = "cases/client_edit.html"

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


class ClientPage(DeskPermission):
    """A page about the accounts of one client."""

    permission_required = "cases.manage_clients"

    @cached_property
    def client(self) -> Client:
        return get_object_or_404(Client, pk=self.kwargs["client"])

    @property
    def list_url(self) -> str:
        return reverse("cases:payee-list", args=[self.client.pk])


class PayeeList(ClientPage, DeskList):
    template_name = "cases/payee_list.html"
    list_name = "cases:payee-list"
    empty_title = gettext_lazy("No account yet")
    empty_text = gettext_lazy("Letters that say where to pay are refused until the bank's own account is here (CR-28).")
    empty_icon = "bank"
    default_sort = "pk"
    subtitle = gettext_lazy("The only accounts that letters and scripts may name (CR-28). Where nobody chooses, the first one in force is told.")
    columns = [
        Column("account", gettext_lazy("Account number"), link=True),
        Column("name", gettext_lazy("Account holder")),
        Column("bank", gettext_lazy("Bank and branch")),
        Column("valid_from", gettext_lazy("Valid from"), kind="date", sort="valid_from"),
        Column("valid_until", gettext_lazy("Valid until"), kind="date", sort="valid_until"),
        Column("state", gettext_lazy("State"), kind="state", value=lambda payee: payee_state(payee)),
        Column("note", gettext_lazy("Note")),
        Column("added_by", gettext_lazy("Added by"), kind="person"),
    ]

    @property
    def title(self) -> str:
        return _("Payees of %(client)s") % {"client": self.client.name}

    def rows(self) -> QuerySet[Payee]:
        return self.client.payees.select_related("added_by")

    def row_url(self, row: Payee) -> str:
        return reverse("cases:payee-edit", args=[self.client.pk, row.pk])


def payee_state(payee: Payee) -> tuple[str, Any]:
    today = timezone.localdate()
    if payee.holds_on(today):
        return "good", _("In force")
    return ("quiet", _("Not yet in force")) if payee.valid_from > today else ("cancelled", _("Ended"))


class PayeeNew(ClientPage, FormPage):
    form_class = PayeeForm
    title = gettext_lazy("Add an account")

    @property
    def subtitle(self) -> str:
        return self.client.name

    @property
    def cancel_url(self) -> str:
        return self.list_url

    def get_initial(self) -> dict[str, Any]:
        return {"name": self.client.name, "valid_from": timezone.localdate()}

    def save(self, form: PayeeForm) -> tuple[str, str]:
        clients.add_payee(client=self.client, **form.cleaned_data, by=self.request.user, now=timezone.now())
        return _("From that day letters may name this account."), self.list_url


class PayeeEdit(PayeeNew):
    form_class = PayeePeriodForm

    @cached_property
    def payee(self) -> Payee:
        return get_object_or_404(self.client.payees, pk=self.kwargs["pk"])

    @property
    def title(self) -> str:
        return self.payee.words

    def seen_now(self) -> str:
        return fingerprint_of(self.payee, PAYEE_FIELDS)

    def get_initial(self) -> dict[str, Any]:
        return {}

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"instance": Payee.objects.get(pk=self.payee.pk)}

    def save(self, form: PayeePeriodForm) -> tuple[str, str]:
        clients.change_payee(payee_id=self.payee.pk, **form.cleaned_data, seen=self.seen, by=self.request.user, now=timezone.now())
        return _("Saved. Letters printed already stay as they are."), self.list_url
