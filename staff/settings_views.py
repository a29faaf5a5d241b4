"""People, teams and leave: the settings that administrators (and for leave, leads) keep."""

from typing import Any

from django.contrib.auth.models import Group
from django.db.models import Count, Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from collection.lib.errors import Refused
from staff.choices import Role
from staff.listing import Column, DeskList
from staff.models import Leave, Team, User
from staff.pages import ActionView, FormPage
from staff.selectors import people_visible_to
from staff.services import cancel_leave, enter_leave
from staff.services_people import (
    AT_WORK,
    create_person,
    disable_person,
    edit_person,
    edit_team,
    enable_person,
    make_team,
    reset_password,
    seen_person,
    seen_team,
)
from staff.settings_forms import LeaveFilter, LeaveForm, NewPersonForm, PeopleFilter, PersonForm, TeamEditForm, TeamForm

MANAGE = "staff.manage_people"


def role_names(person: User) -> str:
    """The groups in the reader's language; one prefetched query for a page."""
    return ", ".join(str(Role(group.name).label) for group in person.groups.all() if group.name in Role.values)


class PeopleList(DeskList):
    list_name = "staff:people-list"
    permission_required = MANAGE
    title = gettext_lazy("People")
    filter_form = PeopleFilter
    default_sort = "name"
    new_action = (gettext_lazy("New person"), "staff:people-new", MANAGE)
    columns = [
        Column("name", gettext_lazy("Full name"), sort="name", link=True),
        Column("username", gettext_lazy("Sign-in name"), sort="username"),
        Column("staff_no", gettext_lazy("Staff number"), sort="staff_no"),
        Column("team", gettext_lazy("Team"), sort="team__name"),
        Column("groups", gettext_lazy("Groups"), value=role_names),
        Column("joined_on", gettext_lazy("Joined on"), kind="date", sort="joined_on"),
        Column("last_login", gettext_lazy("Last sign-in"), kind="datetime", sort="last_login"),
        Column(
            "state",
            gettext_lazy("State"),
            value=lambda person: ("good", _("Employed")) if person.is_active else ("quiet", _("Disabled")),
            kind="state",
            sort="is_active",
        ),
    ]

    def rows(self) -> QuerySet[User]:
        groups = Prefetch("groups", Group.objects.order_by("pk"))
        return people_visible_to(self.request.user).select_related("team").prefetch_related(groups)

    def row_url(self, row: User) -> str:
        return reverse("staff:people-edit", args=[row.pk])


def _show_password(request: HttpRequest, person: User, password: str) -> HttpResponse:
    """Once, on this page only: it is kept nowhere."""
    return render(request, "staff/password_given.html", {"person": person, "password": password})


class PersonNew(FormPage):
    permission_required = MANAGE
    form_class = NewPersonForm
    title = gettext_lazy("New person")
    subtitle = gettext_lazy("They get a temporary password and choose their own when they first sign in.")

    @property
    def cancel_url(self) -> str:
        return reverse("staff:people-list")

    def form_valid(self, form: NewPersonForm) -> HttpResponse:
        try:
            person, password = create_person(by=self.request.user, now=timezone.now(), **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
            return self.form_invalid(form)
        return _show_password(self.request, person, password)


class PersonEdit(FormPage):
    permission_required = MANAGE
    template_name = "staff/people_edit.html"
    form_class = PersonForm

    @cached_property
    def person(self) -> User:
        return get_object_or_404(people_visible_to(self.request.user).select_related("team"), pk=self.kwargs["pk"])

    @property
    def title(self) -> str:
        return self.person.name

    @property
    def subtitle(self) -> str:
        return self.person.username if self.person.is_active else _("%(name)s, disabled") % {"name": self.person.username}

    @property
    def cancel_url(self) -> str:
        return reverse("staff:people-list")

    def get_initial(self) -> dict[str, Any]:
        kept = {name: getattr(self.person, name) for name in ("name", "staff_no", "team", "joined_on", "email", *AT_WORK)}
        return kept | {"roles": list(self.person.roles)}

    def seen_now(self) -> str:
        return seen_person(self.person)

    def save(self, form: PersonForm) -> tuple[str, str]:
        person = edit_person(person_id=self.person.pk, seen=self.seen, by=self.request.user, now=timezone.now(), **form.cleaned_data)
        return _("%(person)s was saved.") % {"person": person}, self.cancel_url


class _PersonAction(ActionView):
    permission_required = MANAGE

    def person(self, pk: int) -> User:
        return get_object_or_404(people_visible_to(self.request.user), pk=pk)

    def fallback_url(self, pk: int) -> str:
        return reverse("staff:people-edit", args=[pk])


class DisablePerson(_PersonAction):
    def act(self, request: HttpRequest, pk: int) -> tuple[str, str]:
        person = disable_person(person_id=self.person(pk).pk, by=request.user, now=timezone.now())
        return _("%(person)s can no longer sign in.") % {"person": person}, reverse("staff:people-list")


class EnablePerson(_PersonAction):
    def act(self, request: HttpRequest, pk: int) -> tuple[str, str]:
        person = enable_person(person_id=self.person(pk).pk, by=request.user, now=timezone.now())
        return _("%(person)s may sign in again.") % {"person": person}, self.fallback_url(pk)


class ResetPassword(_PersonAction):
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        person = self.person(kwargs["pk"])
        return _show_password(request, person, reset_password(person_id=person.pk, by=request.user, now=timezone.now()))


class TeamList(DeskList):
    list_name = "staff:team-list"
    permission_required = MANAGE
    title = gettext_lazy("Teams")
    default_sort = "name"
    new_action = (gettext_lazy("New team"), "staff:team-new", MANAGE)
    columns = [
        Column("name", gettext_lazy("Team"), sort="name", link=True),
        Column("lead", gettext_lazy("Team lead"), kind="person", sort="lead__name"),
        Column("deputy", gettext_lazy("Deputy"), kind="person", sort="deputy__name"),
        Column("people", gettext_lazy("People"), kind="number", sort="people"),
        Column("state", gettext_lazy("State"), value=lambda team: ("good", _("Active")) if team.is_active else ("quiet", _("Disabled")), kind="state"),
    ]

    def rows(self) -> QuerySet[Team]:
        return Team.objects.select_related("lead", "deputy").annotate(people=Count("members", filter=Q(members__is_active=True)))

    def row_url(self, row: Team) -> str:
        return reverse("staff:team-edit", args=[row.pk])


class TeamNew(FormPage):
    permission_required = MANAGE
    form_class = TeamForm
    title = gettext_lazy("New team")

    @property
    def cancel_url(self) -> str:
        return reverse("staff:team-list")

    def save(self, form: TeamForm) -> tuple[str, str]:
        team = make_team(by=self.request.user, now=timezone.now(), **form.cleaned_data)
        return _("Team %(team)s was entered.") % {"team": team}, self.cancel_url


class TeamEdit(FormPage):
    permission_required = MANAGE
    form_class = TeamEditForm

    @cached_property
    def team(self) -> Team:
        return get_object_or_404(Team, pk=self.kwargs["pk"])

    @property
    def title(self) -> str:
        return self.team.name

    @property
    def cancel_url(self) -> str:
        return reverse("staff:team-list")

    def get_initial(self) -> dict[str, Any]:
        return {name: getattr(self.team, name) for name in ("name", "lead", "deputy", "is_active")}

    def seen_now(self) -> str:
        return seen_team(self.team)

    def save(self, form: TeamEditForm) -> tuple[str, str]:
        team = edit_team(team_id=self.team.pk, seen=self.seen, by=self.request.user, now=timezone.now(), **form.cleaned_data)
        return _("Team %(team)s was saved.") % {"team": team}, self.cancel_url


LEAVE = (MANAGE, "assignment.assign_cases")


class LeaveList(DeskList):
    """Who is away when: duties and cases are not given to them meanwhile."""

    list_name = "staff:leave-list"
    any_permission = LEAVE
    title = gettext_lazy("Leave")
    subtitle = gettext_lazy("Who is away gets no new duties and no new cases meanwhile.")
    empty_title = gettext_lazy("Nobody is away")
    filter_form = LeaveFilter
    default_sort = "-starts_at"
    columns = [
        Column("person", gettext_lazy("Person"), kind="person", sort="person__name"),
        Column("team", gettext_lazy("Team"), value="person.team", sort="person__team__name"),
        Column("starts_at", gettext_lazy("Starts"), kind="datetime", sort="starts_at"),
        Column("ends_at", gettext_lazy("Ends"), kind="datetime", sort="ends_at"),
        Column("reason", gettext_lazy("Reason")),
        Column("entered_by", gettext_lazy("Entered by"), kind="person", hidden=True),
        Column("cancel", gettext_lazy("Actions"), value="pk", kind="template", template="staff/_leave_cancel.html", exported=False),
    ]

    def rows(self) -> QuerySet[Leave]:
        return leaves_visible_to(self.request.user)

    def filter_arguments(self) -> dict[str, Any]:
        return {"user": self.request.user, "now": timezone.now()}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return context | {"new": (gettext_lazy("Enter leave"), "staff:leave-new"), "now": timezone.now()}


def leaves_visible_to(user: User) -> QuerySet[Leave]:
    return Leave.objects.filter(person__in=people_visible_to(user)).select_related("person__team", "entered_by")


class LeaveNew(FormPage):
    any_permission = LEAVE
    form_class = LeaveForm
    title = gettext_lazy("Enter leave")
    subtitle = gettext_lazy("Duties that the person holds already stay with them: hand them over on the duties page.")

    @property
    def cancel_url(self) -> str:
        return reverse("staff:leave-list")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"user": self.request.user}

    def save(self, form: LeaveForm) -> tuple[str, str]:
        leave = enter_leave(by=self.request.user, now=timezone.now(), **form.cleaned_data)
        return _("%(person)s is away from %(from)s to %(to)s.") % {
            "person": leave.person,
            "from": f"{timezone.localtime(leave.starts_at):%Y-%m-%d %H:%M}",
            "to": f"{timezone.localtime(leave.ends_at):%Y-%m-%d %H:%M}",
        }, self.cancel_url


class LeaveCancel(ActionView):
    any_permission = LEAVE

    def act(self, request: HttpRequest, pk: int) -> tuple[str, str]:
        leave = get_object_or_404(leaves_visible_to(request.user), pk=pk)
        cancel_leave(leave=leave, by=request.user, now=timezone.now())
        return _("The leave was cancelled."), reverse("staff:leave-list")

    def fallback_url(self, pk: int) -> str:
        return reverse("staff:leave-list")
