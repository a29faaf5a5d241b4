"""The limits in force, by layer, with their walls and versions. Everybody who watches over calls reads them, an administrator tightens them."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from collection.lib.seen import newest
from compliance.choices import WINDOWS, Layer
from compliance.forms import PolicyFilter, PolicyForm, hours_as_entered
from compliance.models import ContactPolicy
from compliance.rules.layers import value_text, wall_text
from compliance.selectors_lists import policies_not_ended, versions_of_limit
from compliance.services import set_policy
from staff.listing import Column, DeskList
from staff.pages import FormPage

MANAGE = "compliance.manage_policies"
READ = (MANAGE, "compliance.view_contactpolicy")


def validity(row: Any, now: datetime) -> tuple[str, Any]:
    """A version's state as a badge: in force, to come, or ended."""
    if row.valid_to and row.valid_to <= now:
        return "quiet", _("Ended")
    return ("open", _("To come")) if row.valid_from > now else ("good", _("In force"))


def shown_value(value: dict[str, Any]) -> str:
    """A limit's value in words: "09:30–11:30, 14:00–17:00, Monday to Friday, not on the month's last 2 days"."""
    parts = [value_text(value)]
    if value.get("weekdays"):
        parts.append(_("Monday to Friday"))
    if value.get("month_end"):
        parts.append(_("not on the month's last %(days)s days") % {"days": value["month_end"]})
    return ", ".join(parts)


def begins_text(valid_from: datetime) -> str:
    return f"{timezone.localtime(valid_from):%Y-%m-%d %H:%M}"


def layer_text(row: ContactPolicy) -> str:
    return f"{row.get_layer_display()} · {row.client}" if row.client else row.get_layer_display()


class PolicyList(DeskList):
    """Law, company, client: each layer may only tighten the one before (compliance.md, Layering)."""

    list_name = "compliance:policy-list"
    any_permission = READ
    title = gettext_lazy("Contact limits")
    subtitle = gettext_lazy("The strictest limit in force decides each call. A change makes a new version; old verdicts keep theirs.")
    empty_title = gettext_lazy("No limit fits")
    empty_icon = "shield-check"
    filter_form = PolicyFilter
    default_sort = "key"
    columns = [
        Column("key", gettext_lazy("Limit"), value="get_key_display", sort="key", link=True),
        Column("rule", gettext_lazy("Rule"), sort="rule"),
        Column("layer", gettext_lazy("Layer"), value=layer_text, sort="layer"),
        Column("value", gettext_lazy("Value"), value=lambda row: shown_value(row.value)),
        Column("wall", gettext_lazy("Wall"), value=lambda row: wall_text(row.key)),
        Column("version", gettext_lazy("Version"), kind="number", sort="version"),
        Column("state", gettext_lazy("State"), value=lambda row: validity(row, timezone.now()), kind="state"),
        Column("valid_from", gettext_lazy("Valid from"), kind="datetime", sort="valid_from"),
        Column("source", gettext_lazy("Based on")),
        Column("valid_to", gettext_lazy("Valid to"), kind="datetime", sort="valid_to", hidden=True),
        Column("created_by", gettext_lazy("Changed by"), kind="person", hidden=True),
    ]

    def rows(self) -> QuerySet[ContactPolicy]:
        wants_all = self.request.GET.get("when") == "all"
        rows = ContactPolicy.objects.all() if wants_all else policies_not_ended(timezone.now())
        return rows.select_related("client", "created_by")

    def row_url(self, row: ContactPolicy) -> str:
        return reverse("compliance:policy-edit", args=[row.pk])


class PolicyEdit(FormPage):
    """One limit with every version of every layer. Who may edit makes a new version for the company or for one client."""

    any_permission = READ
    template_name = "compliance/policy_edit.html"
    form_class = PolicyForm
    submit_label = gettext_lazy("Make a new version")

    def has_permission(self) -> bool:
        return super().has_permission() and (self.request.method in ("GET", "HEAD") or self.may_edit)

    @property
    def may_edit(self) -> bool:
        return self.request.user.has_perm(MANAGE)

    @cached_property
    def policy(self) -> ContactPolicy:
        return get_object_or_404(ContactPolicy.objects.select_related("client"), pk=self.kwargs["pk"])

    @property
    def title(self) -> str:
        return self.policy.get_key_display()

    @property
    def subtitle(self) -> str:
        return _("%(rule)s. The law's limit: %(wall)s. Company and clients may only be stricter.") % {
            "rule": self.policy.rule,
            "wall": wall_text(self.policy.key),
        }

    @property
    def cancel_url(self) -> str:
        return reverse("compliance:policy-list")

    def seen_now(self) -> str:
        return newest(versions_of_limit(self.policy.key))

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"key": self.policy.key}

    def get_initial(self) -> dict[str, Any]:
        value = self.policy.value
        if self.policy.key in WINDOWS:
            return {"client": self.policy.client} | hours_as_entered(value)
        return {"client": self.policy.client, "limit": value["limit"]}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        now = timezone.now()
        versions = [{"row": row, "value": shown_value(row.value), "state": validity(row, now)} for row in versions_of_limit(self.policy.key)]
        return super().get_context_data(versions=versions, **kwargs)

    def save(self, form: PolicyForm) -> tuple[str, str]:
        now, client = timezone.now(), form.cleaned_data["client"]
        policy = set_policy(
            key=self.policy.key,
            layer=Layer.CLIENT if client else Layer.COMPANY,
            client=client,
            value=form.value(),
            valid_from=form.cleaned_data["valid_from"] or now,
            source=form.cleaned_data["source"],
            by=self.request.user,
            now=now,
            seen=self.seen,
        )
        said = {"version": policy.version, "from": begins_text(policy.valid_from)}
        return _("Version %(version)s holds from %(from)s.") % said, reverse("compliance:policy-edit", args=[policy.pk])
