"""All cases of a person who leaves or is away, in one step; and cases that go back to the pool."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assignment.forms import HandOverForm, ReturnForm
from assignment.models import Assignment
from assignment.selectors import cases_visible_to, collectors_of, collectors_visible_to
from assignment.services.handing import balanced, hand_over_cases, held_rows, return_to_pool
from cases.choices import ENDED
from cases.models import Case
from collection.lib.numbers import ids_in
from staff.models import User
from staff.pages import FormPage


class HandOverCases(FormPage):
    """Who would get how many, then the step itself. What is still to be filtered keeps its deadline."""

    permission_required = "assignment.assign_cases"
    template_name = "assignment/hand_over.html"
    form_class = HandOverForm
    submit_label = gettext_lazy("Hand over")

    @cached_property
    def person(self) -> User:
        return get_object_or_404(collectors_visible_to(self.request.user).select_related("team"), pk=self.kwargs["pk"])

    @property
    def title(self) -> str:
        return _("Hand over the cases of %(person)s") % {"person": self.person}

    @property
    def subtitle(self) -> str:
        return _("%(count)s live cases. Deadlines of filtering carry on; everybody concerned is told once.") % {"count": f"{len(self.held):,}"}

    @property
    def cancel_url(self) -> str:
        return reverse("assignment:capacity-list")

    @cached_property
    def held(self) -> list[Assignment]:
        return held_rows(Assignment.objects.open().filter(collector=self.person).exclude(case__state__in=ENDED))

    @cached_property
    def others(self) -> QuerySet[User]:
        people = collectors_of(*filter(None, [self.person.team])).select_related("capacity", "team")
        return people.exclude(pk=self.person.pk)

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"people": self.others}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The balanced proposal, as it would come out now."""
        given = balanced(self.held, list(self.others), now=timezone.now()) if self.held else {}
        preview = [{"person": person, "count": len(rows), "amount": sum(row.case.amount for row in rows)} for person, rows in given.items()]
        left = len(self.held) - sum(line["count"] for line in preview)
        return super().get_context_data(preview=sorted(preview, key=lambda line: line["person"].staff_no), left=left, **kwargs)

    def save(self, form: HandOverForm) -> tuple[str, str]:
        done = hand_over_cases(person=self.person, by=self.request.user, now=timezone.now(), **form.cleaned_data)
        values = {"moved": done.moved, "people": len(done.by_person), "person": self.person, "left": done.left}
        if done.left:
            return _("%(moved)s cases went to %(people)s people; %(left)s stay with %(person)s, because nobody can take them now.") % values, self.cancel_url
        return _("%(moved)s cases went to %(people)s people. %(person)s holds none any more.") % values, self.cancel_url


class ReturnToPool(FormPage):
    """Chosen cases (posted as "ids" by a list) are held by nobody any more, and wait in the pool."""

    permission_required = "assignment.assign_cases"
    template_name = "assignment/transfer.html"
    form_class = ReturnForm
    title = gettext_lazy("Back to the pool")
    submit_label = gettext_lazy("Take back")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A list posts only the cases: then the form comes first."""
        return super().post(request, *args, **kwargs) if "reason" in request.POST else self.get(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        arguments = super().get_form_kwargs()
        if "reason" not in self.request.POST:
            arguments.pop("data", None)
            arguments.pop("files", None)
        return arguments

    @cached_property
    def cases(self) -> list[Case]:
        visible = cases_visible_to(self.request.user).filter(assignments__ended_at=None, assignments__isnull=False)
        ids = ids_in(self.request.POST.getlist("ids"))
        return list(visible.filter(pk__in=ids).distinct().order_by("pk").only("pk", "case_no"))

    @property
    def subtitle(self) -> str:
        return _("%(count)s cases are taken from their holders, who are told, and wait in the pool for a plan.") % {"count": len(self.cases)}

    @property
    def cancel_url(self) -> str:
        return reverse("workbench:case-list")

    def save(self, form: ReturnForm) -> tuple[str, str]:
        count = return_to_pool(case_ids=[case.pk for case in self.cases], by=self.request.user, now=timezone.now(), **form.cleaned_data)
        return _("%(count)s cases are in the pool.") % {"count": count}, reverse("assignment:pool")
