"""Capacities by person and by level: what plans never go beyond (A2.2, third principle)."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assignment.choices import CapacityLevel
from assignment.forms_limits import CapacityFilter, CapacityForm
from assignment.models import Capacity, LevelCapacity
from assignment.selectors import collectors_visible_to
from assignment.selectors.capacities import with_limits
from assignment.selectors.progress import with_holdings
from assignment.services.limits import CAPACITY_FIELDS, clear_capacity, clear_level_capacity, set_capacity, set_level_capacity
from collection.lib.seen import fingerprint_of
from staff.listing import Column, DeskList
from staff.models import Team, User
from staff.pages import ActionView, FormPage


class CapacityList(DeskList):
    """Each collector with what they hold and may hold: by a capacity of their own, else by their level's."""

    template_name = "assignment/capacity_list.html"
    list_name = "assignment:capacity-list"
    permission_required = "assignment.manage_capacity"
    title = gettext_lazy("Capacities")
    subtitle = gettext_lazy("How much each collector may hold (A2.2). Plans never go beyond it. Who has no capacity of their own has their level's.")
    empty_title = gettext_lazy("No collectors yet")
    empty_text = gettext_lazy("People with the collector's role appear here, with what they hold and may hold.")
    empty_icon = "speedometer2"
    filter_form = CapacityFilter
    default_sort = "staff_no"
    columns = [
        Column("name", gettext_lazy("Collector"), sort="name", link=True),
        Column("staff_no", gettext_lazy("Staff number"), sort="staff_no"),
        Column("team", gettext_lazy("Team"), value="team.name", sort="team__name"),
        Column("level", gettext_lazy("Level"), value=lambda person: CapacityLevel(person.counts_as).label, sort="counts_as"),
        Column("held", gettext_lazy("Cases held"), kind="template", template="assignment/_held.html", sort="held"),
        Column("most_cases", gettext_lazy("Most cases"), kind="number", sort="most_cases"),
        Column("held_amount", gettext_lazy("Money held"), kind="money", sort="held_amount"),
        Column("most_amount", gettext_lazy("Most money"), kind="money", sort="most_amount"),
        Column("most_new", gettext_lazy("Most new a day"), kind="number", sort="most_new"),
        Column("source", gettext_lazy("Limits from"), value=lambda person: _source_of(person)),
    ]

    def rows(self) -> QuerySet[User]:
        people = with_holdings(collectors_visible_to(self.request.user)).select_related("team")
        return with_limits(people, today=timezone.localdate())

    def filter_arguments(self) -> dict[str, Any]:
        return {"teams": Team.objects.filter(pk__in=collectors_visible_to(self.request.user).values("team")).order_by("name")}

    def row_url(self, row: User) -> str:
        return reverse("assignment:capacity-edit", args=[row.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = {row.level: row for row in LevelCapacity.objects.all()}
        levels = [(level, label, rows.get(level)) for level, label in CapacityLevel.choices]
        may = self.request.user.has_perm
        return super().get_context_data(levels=levels, may_set_levels=may("assignment.manage_level_capacity"), **kwargs)


def _source_of(person: User) -> str:
    if person.own:
        return _("own capacity")
    return _("level") if person.most_cases is not None else _("no limit")


class CapacityEdit(FormPage):
    permission_required = "assignment.manage_capacity"
    template_name = "assignment/capacity_edit.html"
    form_class = CapacityForm
    subtitle = gettext_lazy("Cases that are held already stay; the next plan keeps to the new limits.")

    @cached_property
    def collector(self) -> User:
        return get_object_or_404(collectors_visible_to(self.request.user), pk=self.kwargs["pk"])

    @cached_property
    def capacity(self) -> Capacity | None:
        return Capacity.objects.filter(collector=self.collector).first()

    @property
    def title(self) -> str:
        return _("Capacity of %(person)s") % {"person": self.collector}

    @property
    def cancel_url(self) -> str:
        return reverse("assignment:capacity-list")

    def seen_now(self) -> str:
        return fingerprint_of(self.capacity, CAPACITY_FIELDS)

    def get_initial(self) -> dict[str, Any]:
        return {name: getattr(self.capacity, name) for name in CAPACITY_FIELDS} if self.capacity else {}

    def save(self, form: CapacityForm) -> tuple[str, str]:
        set_capacity(collector=self.collector, seen=self.seen, by=self.request.user, now=timezone.now(), **form.cleaned_data)
        return _("The capacity of %(person)s was set.") % {"person": self.collector}, self.cancel_url


class CapacityClear(ActionView):
    """The person's own capacity goes; the level's holds."""

    permission_required = "assignment.manage_capacity"

    def act(self, request: HttpRequest, pk: int) -> tuple[str, str]:
        person = get_object_or_404(collectors_visible_to(request.user), pk=pk)
        clear_capacity(collector=person, by=request.user, now=timezone.now())
        return _("%(person)s has the level's capacity now.") % {"person": person}, reverse("assignment:capacity-list")

    def fallback_url(self, pk: int) -> str:
        return reverse("assignment:capacity-edit", args=[pk])


def _level(code: str) -> CapacityLevel:
    try:
        return CapacityLevel(code)
    except ValueError:
        raise Http404 from None


class LevelEdit(FormPage):
    permission_required = "assignment.manage_level_capacity"
    template_name = "assignment/level_edit.html"
    form_class = CapacityForm
    subtitle = gettext_lazy("Holds for everybody of the level who has no capacity of their own. Cases that are held already stay.")

    @cached_property
    def level(self) -> CapacityLevel:
        return _level(self.kwargs["level"])

    @cached_property
    def capacity(self) -> LevelCapacity | None:
        return LevelCapacity.objects.filter(level=self.level).first()

    @property
    def title(self) -> str:
        return _("Capacity: %(level)s") % {"level": self.level.label}

    @property
    def cancel_url(self) -> str:
        return reverse("assignment:capacity-list")

    def seen_now(self) -> str:
        return fingerprint_of(self.capacity, CAPACITY_FIELDS)

    def get_initial(self) -> dict[str, Any]:
        return {name: getattr(self.capacity, name) for name in CAPACITY_FIELDS} if self.capacity else {}

    def save(self, form: CapacityForm) -> tuple[str, str]:
        set_level_capacity(level=self.level, seen=self.seen, by=self.request.user, now=timezone.now(), **form.cleaned_data)
        return _("The capacity of the level “%(level)s” was set.") % {"level": self.level.label}, self.cancel_url


class LevelClear(ActionView):
    permission_required = "assignment.manage_level_capacity"

    def act(self, request: HttpRequest, level: str) -> tuple[str, str]:
        clear_level_capacity(level=_level(level), by=request.user, now=timezone.now())
        return _("The level “%(level)s” sets no limit any more.") % {"level": _level(level).label}, reverse("assignment:capacity-list")

    def fallback_url(self, level: str) -> str:
        return reverse("assignment:capacity-list")
