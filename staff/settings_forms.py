import re
from datetime import datetime, time

from django import forms
from django.core.validators import RegexValidator
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.models import AuditEvent
from staff.choices import Level, Role
from staff.models import Leave, Team, User
from staff.selectors import people_visible_to, people_with_role
from staff.trail_words import ACTIONS


class PeopleFilter(forms.Form):
    q = forms.CharField(label=_("Name, sign-in name or number"), required=False)
    role = forms.ChoiceField(label=_("Group"), choices=[("", _("All")), *Role.choices], required=False)
    team = forms.ModelChoiceField(Team.objects.order_by("name"), label=_("Team"), required=False)
    state = forms.ChoiceField(label=_("State"), choices=[("", _("All")), ("active", _("Employed")), ("disabled", _("Disabled"))], required=False)

    def apply(self, rows: QuerySet[User]) -> QuerySet[User]:
        data = self.cleaned_data
        if data["q"]:
            rows = rows.filter(Q(name__icontains=data["q"]) | Q(username__icontains=data["q"]) | Q(staff_no__icontains=data["q"]))
        if data["role"]:
            rows = rows.filter(groups__name=data["role"])
        if data["team"]:
            rows = rows.filter(team=data["team"])
        if data["state"]:
            rows = rows.filter(is_active=data["state"] == "active")
        return rows


class WordsField(forms.CharField):
    """A few words in one line, parted by commas or spaces; a list in Python."""

    def prepare_value(self, value):
        return "、".join(value) if isinstance(value, list) else value

    def to_python(self, value) -> list[str]:
        return list(dict.fromkeys(re.split(r"[\s,，、;；]+", super().to_python(value).strip()))) if value else []


class PersonForm(forms.Form):
    """A person's data, as an administrator enters them."""

    name = forms.CharField(label=_("Full name"), max_length=60)
    staff_no = forms.CharField(label=_("Staff number"), max_length=20)
    roles = forms.MultipleChoiceField(
        label=_("Groups"), choices=Role.choices, widget=forms.CheckboxSelectMultiple, help_text=_("What the person may do. Several are possible.")
    )
    team = forms.ModelChoiceField(Team.objects.filter(is_active=True).order_by("name"), label=_("Team"), required=False, empty_label=_("No team"))
    joined_on = forms.DateField(label=_("Joined on"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    email = forms.EmailField(label=_("E-mail"), required=False)
    level = forms.TypedChoiceField(
        label=_("Level"),
        choices=Level.choices,
        initial=Level.REGULAR,
        required=False,
        empty_value=Level.REGULAR,
        help_text=_("Capacities and some clients go by it."),
    )
    probation_until = forms.DateField(label=_("On probation until"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    regions = WordsField(label=_("Regions"), required=False, max_length=300, help_text=_("Where the person is at home, as banks write it; parted by commas."))
    dialects = WordsField(label=_("Dialects"), required=False, max_length=300, help_text=_("Regions whose dialect the person speaks."))


class NewPersonForm(PersonForm):
    username = forms.CharField(
        label=_("Sign-in name"), max_length=40, validators=[RegexValidator(r"^[a-z0-9._-]+\Z", _("Small letters, digits, dots and hyphens only."))]
    )
    field_order = ["username"]


class TeamForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=60)
    lead = forms.ModelChoiceField(User.objects.none(), label=_("Team lead"), required=False, empty_label=_("Nobody"))
    deputy = forms.ModelChoiceField(
        User.objects.none(),
        label=_("Deputy"),
        required=False,
        empty_label=_("Nobody"),
        help_text=_("Leads as well, and takes on what comes while the lead is away."),
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for name in ("lead", "deputy"):
            self.fields[name].queryset = people_with_role(Role.TEAM_LEAD).order_by("name")


class TeamEditForm(TeamForm):
    is_active = forms.BooleanField(label=_("Active"), required=False)


class LeaveForm(forms.Form):
    """Who is away from when to when. Moments are the agency's time."""

    person = forms.ModelChoiceField(User.objects.none(), label=_("Person"))
    starts_at = forms.DateTimeField(label=_("Starts"), widget=forms.DateTimeInput({"type": "datetime-local"}))
    ends_at = forms.DateTimeField(label=_("Ends"), widget=forms.DateTimeInput({"type": "datetime-local"}))
    reason = forms.CharField(label=_("Reason"), max_length=200)

    def __init__(self, *args, user: User, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = people_visible_to(user).filter(is_active=True).order_by("name")

    def clean(self) -> dict:
        data = super().clean()
        starts_at, ends_at = data.get("starts_at"), data.get("ends_at")
        if starts_at and ends_at and ends_at <= starts_at:
            self.add_error("ends_at", _("The end must be later than the beginning."))
        return data


class LeaveFilter(forms.Form):
    when = forms.ChoiceField(label=_("When"), choices=[("", _("All")), ("now", _("Away now")), ("coming", _("Now and to come"))], required=False)
    person = forms.ModelChoiceField(User.objects.none(), label=_("Person"), required=False)

    def __init__(self, *args, user: User, now: datetime, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        self.fields["person"].queryset = people_visible_to(user).order_by("name")

    def apply(self, rows: QuerySet[Leave]) -> QuerySet[Leave]:
        data = self.cleaned_data
        if data["when"] == "now":
            rows = rows.filter(starts_at__lte=self.now, ends_at__gt=self.now, cancelled_at=None)
        elif data["when"] == "coming":
            rows = rows.filter(ends_at__gt=self.now, cancelled_at=None)
        return rows.filter(person=data["person"]) if data["person"] else rows


SHORTEST_PIECE = 3


class TrailFilter(forms.Form):
    """What the trail is narrowed by."""

    actor = forms.ModelChoiceField(User.objects.order_by("name"), label=_("Who"), required=False)
    action = forms.ChoiceField(label=_("Action"), required=False)
    subject = forms.CharField(label=_("What"), max_length=200, required=False, help_text=_("One or two characters: what begins with them."))
    since = forms.DateField(label=_("From day"), required=False, widget=forms.DateInput({"type": "date"}))
    until = forms.DateField(label=_("To day"), required=False, widget=forms.DateInput({"type": "date"}))

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["action"].choices = [("", _("All")), *sorted(ACTIONS.items(), key=lambda pair: pair[0])]

    def apply(self, rows: QuerySet[AuditEvent]) -> QuerySet[AuditEvent]:
        data = self.cleaned_data
        if data["actor"]:
            rows = rows.filter(actor_id=data["actor"].pk)
        if data["action"]:
            rows = rows.filter(action=data["action"])
        if data["subject"]:
            # The index knows pieces of three letters, and beginnings: shorter ones in the middle would read the whole trail.
            lookup = "icontains" if len(data["subject"]) >= SHORTEST_PIECE else "istartswith"
            rows = rows.filter(**{f"subject__{lookup}": data["subject"]})
        if data["since"]:
            rows = rows.filter(at__gte=timezone.make_aware(datetime.combine(data["since"], time.min)))
        if data["until"]:
            rows = rows.filter(at__lte=timezone.make_aware(datetime.combine(data["until"], time.max)))
        return rows
