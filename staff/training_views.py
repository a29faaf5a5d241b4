"""Whose training is valid until when (CR-47): without it nobody holds cases or calls."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from collection.lib.numbers import whole
from staff.choices import QualificationKind, Role
from staff.listing import Column, DeskList
from staff.models import User
from staff.pages import FormPage
from staff.selectors import people_visible_to
from staff.services_training import enter_training

MANAGE = "staff.manage_people"
SOON = timedelta(days=30)
CALLERS = (Role.COLLECTOR, Role.TEAM_LEAD)


def callers_visible_to(user: User) -> QuerySet[User]:
    """Active collectors and leads that one may see, with the day until which their training is valid. One query."""
    training = Q(qualifications__kind=QualificationKind.TRAINING)
    groups = User.groups.through.objects.filter(user=OuterRef("pk"), group__name__in=[role.value for role in CALLERS])
    people = User.objects.filter(Exists(groups), pk__in=people_visible_to(user).values("pk"), is_active=True)
    return people.annotate(
        passed_on=Max("qualifications__passed_on", filter=training),
        valid_until=Max("qualifications__valid_until", filter=training),
    )


def training_state(valid_until: date | None, today: date) -> tuple[str, Any]:
    if valid_until is None:
        return "missing", _("No training")
    if valid_until < today:
        return "bad", _("No longer valid")
    return ("warning", _("Ends soon")) if valid_until - today <= SOON else ("good", _("Valid"))


class QualificationFilter(forms.Form):
    STATES = [
        ("", gettext_lazy("All")),
        ("valid", gettext_lazy("Valid")),
        ("soon", gettext_lazy("Ends soon")),
        ("lacking", gettext_lazy("None or no longer valid")),
    ]
    q = forms.CharField(label=gettext_lazy("Name or staff number"), required=False, max_length=60, widget=forms.TextInput({"type": "search"}))
    state = forms.ChoiceField(label=gettext_lazy("Training"), choices=STATES, required=False)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def apply(self, rows: QuerySet[User]) -> QuerySet[User]:
        data, today = self.cleaned_data, self.today
        states = {
            "valid": Q(valid_until__gte=today),
            "soon": Q(valid_until__gte=today, valid_until__lte=today + SOON),
            "lacking": Q(valid_until=None) | Q(valid_until__lt=today),
        }
        if data["q"]:
            rows = rows.filter(Q(name__icontains=data["q"]) | Q(staff_no__icontains=data["q"]))
        return rows.filter(states[data["state"]]) if data["state"] else rows


class QualificationList(DeskList):
    list_name = "staff:qualification-list"
    any_permission = (MANAGE, "assignment.assign_cases")
    title = gettext_lazy("Training")
    subtitle = gettext_lazy("Training and exam are passed before the work and once a year. Without it nobody is given cases or may call (CR-47).")
    empty_title = gettext_lazy("Nobody fits")
    empty_icon = "mortarboard"
    filter_form = QualificationFilter
    default_sort = "name"
    new_action = (gettext_lazy("Enter training"), "staff:qualification-new", MANAGE)
    columns = [
        Column("name", gettext_lazy("Name"), sort="name", link=True),
        Column("staff_no", gettext_lazy("Staff number"), sort="staff_no"),
        Column("team", gettext_lazy("Team"), sort="team__name"),
        Column("passed_on", gettext_lazy("Passed on"), kind="date", sort="passed_on"),
        Column("valid_until", gettext_lazy("Valid until"), kind="date", sort="valid_until"),
        Column("state", gettext_lazy("State"), value=lambda row: training_state(row.valid_until, timezone.localdate()), kind="state"),
    ]

    def rows(self) -> QuerySet[User]:
        return callers_visible_to(self.request.user).select_related("team")

    def filter_arguments(self) -> dict[str, Any]:
        return {"today": timezone.localdate()}

    def row_url(self, row: User) -> str:
        return f"{reverse('staff:qualification-new')}?person={row.pk}" if self.request.user.has_perm(MANAGE) else ""


class QualificationForm(forms.Form):
    person = forms.ModelChoiceField(User.objects.none(), label=gettext_lazy("Person"), empty_label=gettext_lazy("Choose…"))
    passed_on = forms.DateField(
        label=gettext_lazy("Passed on"),
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("Valid for 365 days from this day."),
    )

    def __init__(self, *args: Any, people: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = people.order_by("name")


class QualificationNew(FormPage):
    permission_required = MANAGE
    form_class = QualificationForm
    title = gettext_lazy("Enter training")
    subtitle = gettext_lazy("Yearly training in the business and in information security, with its exam.")

    @property
    def cancel_url(self) -> str:
        return reverse("staff:qualification-list")

    def get_initial(self) -> dict[str, Any]:
        asked = self.request.GET.get("person", "")
        return {"passed_on": timezone.localdate(), "person": whole(asked) or None}

    def get_form_kwargs(self) -> dict[str, Any]:
        people = callers_visible_to(self.request.user).exclude(pk=self.request.user.pk)
        return super().get_form_kwargs() | {"people": people}

    def save(self, form: QualificationForm) -> tuple[str, str]:
        row = enter_training(by=self.request.user, now=timezone.now(), **form.cleaned_data)
        return _("Entered: the training of %(person)s is valid until %(day)s.") % {"person": row.person, "day": row.valid_until}, self.cancel_url
