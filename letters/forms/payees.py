"""Choosing where the debtor is told to pay (CR-28), and the template whose own account it is otherwise."""

from datetime import date
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from cases.models import Client, Payee
from letters.models import LetterTemplate
from letters.selectors import payees_to_choose


class TemplateSelect(forms.Select):
    """Each template with the account that it names, for the field beside it."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        template = getattr(value, "instance", None)
        if template and template.payee:
            option["attrs"]["data-payee"] = template.payee.label
        return option


class PayeeOfTemplateSelect(forms.Select):
    """Each account with its client: a new template's client is chosen beside it."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        payee = getattr(value, "instance", None)
        if payee:
            option["attrs"]["data-client"] = payee.client_id
        return option


class PayeeField(forms.ModelChoiceField):
    def label_from_instance(self, payee: Payee) -> str:
        return payee.label


class PayeeOfTemplate(PayeeField):
    """The account that a template names. What isn't in force is refused by the service, in words."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Where to pay"),
            queryset=Payee.objects.select_related("client").order_by("client__short_name", "pk"),
            required=False,
            empty_label=_("The client's first account"),
            widget=PayeeOfTemplateSelect(),
            help_text=_("What its letters name unless whoever asks chooses another of the client's accounts (CR-28)."),
        )

    def offer(self, *, client: Client | None, kept: Payee | None, today: date) -> None:
        """The accounts in force, of this client where it is known, and the one that the template names, whatever became of it."""
        accounts = Q(valid_from__lte=today) & (Q(valid_until=None) | Q(valid_until__gte=today))
        if client:
            accounts &= Q(client=client)
        self.queryset = self.queryset.filter(accounts | Q(pk=kept.pk if kept else None))


def payee_choice() -> PayeeField:
    """For who asks for letters: empty is what the template says."""
    words = _("As the template says, else the client's first account")
    return PayeeField(label=_("Where to pay"), queryset=Payee.objects.none(), required=False, empty_label=words)


def offer_payees(form: forms.Form, client: Client | None, templates: QuerySet[LetterTemplate], *, today: date) -> None:
    """The field stays where there is a choice: one client, and more than one account."""
    payees = payees_to_choose(client, templates, today=today) if client else Payee.objects.none()
    if payees:
        form.fields["payee"].queryset = payees
    else:
        del form.fields["payee"]
