"""What callers say (E13): locked texts in versions, with a preview that shows what is said before and after identity is verified."""

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import View

from collection.lib.errors import Refused
from collection.lib.seen import newest
from compliance.choices import TargetClass
from compliance.forms import ScriptFilter, ScriptForm
from compliance.models import Script
from compliance.rules.scripts import DEBT_PLACES, IDENTITY, PLACES, opening_and_body, pieces
from compliance.selectors_lists import scripts_not_ended, versions_of_script
from compliance.services import check_script, save_script
from compliance.views.policies import begins_text, validity
from staff.listing import Column, DeskList
from staff.pages import DeskPermission, FormPage

MANAGE = "compliance.manage_scripts"


class ScriptList(DeskList):
    list_name = "compliance:script-list"
    permission_required = MANAGE
    title = gettext_lazy("Scripts")
    subtitle = gettext_lazy("What callers say. A client's own script goes before the general one; of several the latest is read.")
    empty_title = gettext_lazy("No script fits")
    empty_text = gettext_lazy("Without a script in force callers have nothing to read.")
    empty_icon = "chat-left-text"
    new_action = (gettext_lazy("New script"), "compliance:script-new", MANAGE)
    filter_form = ScriptFilter
    default_sort = "target"
    columns = [
        Column("title", gettext_lazy("Title"), sort="title", link=True),
        Column("target", gettext_lazy("For"), value="get_target_display", sort="target"),
        Column("client", gettext_lazy("Client"), value=lambda row: str(row.client or _("Every client")), sort="client__code"),
        Column("version", gettext_lazy("Version"), kind="number", sort="version"),
        Column("valid_from", gettext_lazy("Valid from"), kind="datetime", sort="valid_from"),
        Column("valid_to", gettext_lazy("Valid to"), kind="datetime", sort="valid_to", hidden=True),
        Column("state", gettext_lazy("State"), value=lambda row: validity(row, timezone.now()), kind="state"),
        Column("created_by", gettext_lazy("Changed by"), kind="person"),
    ]

    def rows(self) -> QuerySet[Script]:
        wants_all = self.request.GET.get("when") == "all"
        rows = Script.objects.all() if wants_all else scripts_not_ended(timezone.now())
        return rows.select_related("client", "created_by")

    def row_url(self, row: Script) -> str:
        return reverse("compliance:script-edit", args=[row.pk])


class ScriptNew(FormPage):
    permission_required = MANAGE
    template_name = "compliance/script_edit.html"
    form_class = ScriptForm
    title = gettext_lazy("New script")
    script: Script | None = None

    @property
    def cancel_url(self) -> str:
        return reverse("compliance:script-list")

    def get_initial(self) -> dict[str, Any]:
        """A new script begins as the general one for the debtor, which has every part that is asked for."""
        example = scripts_not_ended(timezone.now()).filter(client=None, target=TargetClass.DEBTOR).order_by("-valid_from").first()
        return {"target": TargetClass.DEBTOR, "text": example.text if example else ""}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        places = [{"name": place, "text": place_text(place), "debtor_only": place in (*DEBT_PLACES, IDENTITY)} for place in PLACES[TargetClass.DEBTOR]]
        return super().get_context_data(script=self.script, places=places, **kwargs)

    def save(self, form: ScriptForm) -> tuple[str, str]:
        now = timezone.now()
        data = form.cleaned_data | {"valid_from": form.cleaned_data["valid_from"] or now}
        script = save_script(**data, by=self.request.user, now=now, seen=self.seen if self.script else None)
        said = {"version": script.version, "from": begins_text(script.valid_from)}
        return _("Version %(version)s holds from %(from)s.") % said, reverse("compliance:script-edit", args=[script.pk])


class ScriptEdit(ScriptNew):
    submit_label = gettext_lazy("Save as a new version")

    @cached_property
    def script(self) -> Script:
        return get_object_or_404(Script.objects.select_related("client"), pk=self.kwargs["pk"])

    @property
    def title(self) -> str:
        return self.script.title

    @property
    def subtitle(self) -> str:
        client = self.script.client or _("Every client")
        return _("%(target)s, %(client)s, version %(version)s") % {
            "target": self.script.get_target_display(),
            "client": client,
            "version": self.script.version,
        }

    def seen_now(self) -> str:
        return newest(versions_of_script(self.script))

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"script": self.script}

    def get_initial(self) -> dict[str, Any]:
        return {name: getattr(self.script, name) for name in ("target", "client", "title", "text")}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        now = timezone.now()
        versions = [{"row": row, "state": validity(row, now)} for row in versions_of_script(self.script)]
        return super().get_context_data(versions=versions, **kwargs)


class ScriptPreview(DeskPermission, View):
    """What the text in the form looks like to a caller, with made-up values, and what would be refused of it; nothing is saved."""

    permission_required = MANAGE

    def post(self, request: HttpRequest) -> HttpResponse:
        target = request.POST.get("target", "")
        target, text = (target if target in TargetClass.values else TargetClass.DEBTOR), request.POST.get("text", "")[:5000]
        problem = ""
        try:
            check_script(target=target, text=text)
        except Refused as refusal:
            problem = f"{refusal} ({refusal.rule})"
        opening, body = opening_and_body(target, text)
        values = sample_values()
        context = {"opening": pieces(opening, values), "body": pieces(body, values), "problem": problem, "is_debtor": target == TargetClass.DEBTOR}
        return render(request, "compliance/_script_preview.html", context)


def sample_values() -> dict[str, str]:
    """Made up, and recognisably so."""
    return {
        "{company}": settings.AGENCY_NAME,
        "{staff_no}": "E00001",
        "{name}": "张三",
        "{bank}": "示例银行",
        "{amount}": "¥12,345.67",
        "{balance_on}": f"{timezone.localdate()}",
        "{overdue_days}": "75",
        "{payee}": "示例银行 6222 0000 0000 0000",
        "{bank_phone}": "95500",
    }


def place_text(place: str) -> str:
    return {
        "{company}": _("our name"),
        "{staff_no}": _("caller's staff number"),
        "{name}": _("debtor's name"),
        "{identity}": _("here identity is verified; the rest is shown afterwards"),
        "{bank}": _("bank's name"),
        "{amount}": _("balance in figures"),
        "{balance_on}": _("day of the balance"),
        "{overdue_days}": _("days overdue"),
        "{payee}": _("bank's payee account"),
        "{bank_phone}": _("bank's phone"),
    }[place]
