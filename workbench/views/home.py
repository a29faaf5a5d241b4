"""The first page of the day, what the shell asks for in the background, and the global search."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views import View
from django.views.generic import TemplateView

from cases.discretion import third_party_is_on, withholds_amounts
from figures.tables.today import today_tiles
from staff.choices import Role
from staff.pages import DeskPermission
from workbench.selectors.search import find_cases
from workbench.selectors.today import SHOWN, figures_of, follow_ups_due, my_duties, overdue_duties_of_others, promises_due


class Home(DeskPermission, TemplateView):
    """What must I do now, and by when."""

    template_name = "workbench/home.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user, now = self.request.user, timezone.now()
        collects = user.has_role(Role.COLLECTOR)
        return super().get_context_data(
            now=now,
            today=timezone.localdate(now),
            duties=my_duties(user),
            overdue=overdue_duties_of_others(user, now=now),
            collects=collects,
            shown=SHOWN,
            promises=promises_due(user, now=now) if collects else [],
            follow_ups=follow_ups_due(user, now=now) if collects else [],
            figures=figures_of(user, now=now),
            withholds_amounts=withholds_amounts(user),
            hides_bank=third_party_is_on(user, now=now),
            tiles=today_tiles(user, now=now),
            **kwargs,
        )


class Pulse(DeskPermission, TemplateView):
    """The bell and the duty clock, asked for every twenty seconds."""

    template_name = "components/_pulse.html"


class Search(DeskPermission, View):
    """Cases by name, pinyin, number or last digits. A POST: what is looked for may be a phone number, which no address may carry."""

    permission_required = "cases.view_case"
    http_method_names = ["get", "post"]

    def get(self, request: HttpRequest) -> HttpResponse:
        return render(request, "workbench/search.html", {"text": "", "cases": []})

    def post(self, request: HttpRequest) -> HttpResponse:
        text = request.POST.get("q", "").strip()
        user = request.user
        found = {"text": text, "cases": find_cases(text, user=user), "withholds_amounts": withholds_amounts(user)}
        found["hides_bank"] = third_party_is_on(user, now=timezone.now())
        fragment = request.headers.get("HX-Target") == "search-results"
        return render(request, "workbench/_search_results.html" if fragment else "workbench/search.html", found)
