from datetime import date
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models import Client
from letters.forms.payees import TemplateSelect, offer_payees, payee_choice
from letters.models import LetterRule, LetterTemplate
from letters.selectors import templates_in_use


class TemplateChoice(forms.ModelChoiceField):
    def label_from_instance(self, template: Any) -> str:
        client = f"{template.client} · " if template.client else ""
        return f"{client}{template.get_kind_display()} · {template.name}"


class BatchForm(forms.Form):
    """One template and one reason for many cases; one account too, where all are of a client that has several (CR-28)."""

    template = TemplateChoice(label=_("Template"), queryset=LetterTemplate.objects.none(), widget=TemplateSelect)
    payee = payee_choice()
    reason = forms.CharField(label=_("Why"), max_length=200, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, clients: set[int], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        templates = templates_in_use().filter(Q(client=None) | Q(client__in=clients))
        self.fields["template"].queryset = templates
        offer_payees(self, Client.objects.filter(pk__in=clients).first() if len(clients) == 1 else None, templates, today=today)


class RuleForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=60)
    client = forms.ModelChoiceField(label=_("Client"), queryset=Client.objects.order_by("short_name"), required=False, empty_label=_("Every client"))
    template = TemplateChoice(label=_("Template"), queryset=LetterTemplate.objects.none())
    stages = forms.CharField(label=_("Stages"), required=False, max_length=60, help_text=_("Such as M3, M4; empty: every stage."))
    lost_contact = forms.BooleanField(label=_("Only where contact is lost"), required=False)
    balance_over = forms.DecimalField(label=_("Balance over"), required=False, min_value=0, max_digits=14, decimal_places=2)
    overdue_over = forms.IntegerField(label=_("Days overdue over"), required=False, min_value=0, max_value=9999)
    quiet_days = forms.IntegerField(label=_("No letter for … days"), min_value=1, max_value=365, initial=30)
    is_daily = forms.BooleanField(label=_("Runs by itself each morning"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["template"].queryset = templates_in_use()

    def clean_stages(self) -> list[str]:
        text = self.cleaned_data["stages"].replace("，", ",").replace("、", ",")
        return [stage.strip().upper() for stage in text.split(",") if stage.strip()]

    @staticmethod
    def initial_of(rule: LetterRule) -> dict[str, Any]:
        plain = ("name", "client", "template", "lost_contact", "balance_over", "overdue_over", "quiet_days", "is_daily")
        return {name: getattr(rule, name) for name in plain} | {"stages": ", ".join(rule.stages)}
