from datetime import datetime

from django.contrib.auth.models import AbstractUser, Group, Permission
from django.db import models
from django.db.models import F, Q, Value
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from collection.lib.prepared import Given, Prepared
from staff.choices import ExportState, Level, QualificationKind, Role, Theme


class Team(models.Model):
    """People who collect together under one lead."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    lead = models.ForeignKey("staff.User", on_delete=models.PROTECT, null=True, blank=True, related_name="led_teams", verbose_name=_("team lead"))
    # Leads the team as well, and holds the lead's duties that begin while the lead is away.
    deputy = models.ForeignKey("staff.User", on_delete=models.PROTECT, null=True, blank=True, related_name="deputised_teams", verbose_name=_("deputy"))
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("team")
        verbose_name_plural = _("teams")

    def __str__(self) -> str:
        return self.name


class User(AbstractUser):
    """A person who signs in. What they may do comes from their groups; whose rows they see, from team and assignments."""

    first_name = None
    last_name = None
    name = models.CharField(_("full name"), max_length=60)
    staff_no = models.CharField(_("staff number"), max_length=20, unique=True)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, related_name="members", verbose_name=_("team"))
    extension = models.CharField(_("extension"), max_length=10, blank=True)
    joined_on = models.DateField(_("joined on"), null=True, blank=True)
    probation_until = models.DateField(_("on probation until"), null=True, blank=True)
    level = models.CharField(_("level"), max_length=10, choices=Level, default=Level.REGULAR)
    # Where a collector is at home and what is spoken there, as banks name regions: ["浙江", "宁波"].
    regions = models.JSONField(_("regions"), default=list, blank=True)
    dialects = models.JSONField(_("dialects"), default=list, blank=True)
    theme = models.CharField(_("appearance"), max_length=10, choices=Theme, default=Theme.SYSTEM)
    language = models.CharField(_("language"), max_length=10, default="zh-hans")
    # The person's own lists: {"lists": {"cases:placement-list": {"columns": [...], "saved": [{"name", "query"}]}}}
    preferences = models.JSONField(default=dict, blank=True)
    must_change_password = models.BooleanField(_("must change password"), default=False)

    REQUIRED_FIELDS = ["name", "staff_no"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        permissions = [("manage_people", _("Can manage people and teams"))]
        constraints = [
            models.CheckConstraint(condition=Q(theme__in=Theme.values), name="staff_theme_known"),
            models.CheckConstraint(condition=Q(level__in=Level.values), name="staff_level_known"),
        ]

    def __str__(self) -> str:
        return self.name or self.username

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name

    def has_role(self, role: Role) -> bool:
        """Whether the person is in this group. One query the first time, none after."""
        return role in self.roles

    @property
    def roles(self) -> set[str]:
        return self._roles_and_rights[0]

    @property
    def rights(self) -> set[str]:
        """What the groups allow, and what was given to this person alone: "calls.record_call"."""
        return self._roles_and_rights[1]

    @property
    def _roles_and_rights(self) -> tuple[set[str], set[str]]:
        """Both in one query, the first time."""
        if not hasattr(self, "_granted"):
            rows = GRANTED.rows(person=self.pk)
            self._granted = {name for name, _app, _code in rows if name}, {f"{app}.{code}" for _name, app, code in rows if code}
        return self._granted


def _granted() -> models.QuerySet:
    """A person's groups with the rights of each, and what was given to the person alone."""
    person = Given("person", models.BigAutoField())
    by_group = Group.objects.filter(user=person).values_list("name", "permissions__content_type__app_label", "permissions__codename")
    alone = Permission.objects.filter(user=person).values_list(Value(""), "content_type__app_label", "codename")
    return by_group.order_by().union(alone.order_by(), all=True)


GRANTED = Prepared(_granted)


class LeaveQuerySet(models.QuerySet):
    def covering(self, moment: datetime) -> "LeaveQuerySet":
        return self.filter(starts_at__lte=moment, ends_at__gt=moment, cancelled_at=None)


class Leave(models.Model):
    """Time that a person is away; duties and cases are not given to them meanwhile."""

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="leaves", verbose_name=_("person"))
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("to"))
    reason = models.CharField(_("reason"), max_length=200)
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="entered_leaves", verbose_name=_("entered by"))
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True)

    objects = LeaveQuerySet.as_manager()

    class Meta:
        verbose_name = _("leave")
        verbose_name_plural = _("leave")
        constraints = [models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="staff_leave_ends_after_it_starts")]

    def __str__(self) -> str:
        return f"{self.person} {self.starts_at:%Y-%m-%d} – {self.ends_at:%Y-%m-%d}"


class Shift(models.Model):
    """A day on which a person works. Whoever has shifts entered for a month is given cases on those days only; without any, on every day."""

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="shifts", verbose_name=_("person"))
    day = models.DateField(_("day"))

    class Meta:
        verbose_name = _("shift")
        verbose_name_plural = _("shifts")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["person", "day"], name="staff_one_shift_a_day")]

    def __str__(self) -> str:
        return f"{self.person} {self.day}"


class Qualification(models.Model):
    """Training and exam that a collector needs to hold cases and to call (CR-47), and the licences that some clients ask for."""

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="qualifications", verbose_name=_("person"))
    kind = models.CharField(_("kind"), max_length=12, choices=QualificationKind, default=QualificationKind.TRAINING)
    passed_on = models.DateField(_("passed on"))
    valid_until = models.DateField(_("valid until"))

    class Meta:
        verbose_name = _("qualification")
        verbose_name_plural = _("qualifications")
        constraints = [models.CheckConstraint(condition=Q(valid_until__gt=F("passed_on")), name="staff_qualification_ends_after_it_starts")]

    def __str__(self) -> str:
        return f"{self.person} {self.get_kind_display()}"


class NoticeQuerySet(models.QuerySet):
    def unread(self) -> "NoticeQuerySet":
        return self.filter(read_at=None)


class Notice(models.Model):
    """A line in somebody's inbox. Its text is kept in each language as it was when written: what the desk says later, or no longer, changes no old notice.

    The row is also the outbox of e-mail: `mail_due` until it was sent.
    """

    recipient = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notices", verbose_name=_("recipient"))
    message = models.CharField(max_length=300)
    values = models.JSONField(default=dict)
    # {language: text}; empty in notices of before they were kept, which are read by message and values.
    texts = models.JSONField(default=dict)
    path = models.CharField(max_length=300, blank=True)
    is_urgent = models.BooleanField(default=False)
    created_at = models.DateTimeField(_("when"))
    read_at = models.DateTimeField(null=True, blank=True)
    mail_due = models.BooleanField(default=False)
    mailed_at = models.DateTimeField(null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        default_permissions = ()
        indexes = [
            models.Index(fields=["recipient", "-id"], name="staff_notice_inbox"),
            models.Index(fields=["recipient"], condition=Q(read_at=None), name="staff_notice_unread"),
            models.Index(fields=["id"], condition=Q(mail_due=True), name="staff_notice_outbox"),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def text(self) -> str:
        return self.texts.get(get_language()) or gettext(self.message) % self.values


class ListExport(models.Model):
    """A list too long to export while one waits: the row is the job, the file is kept for a week, for its maker only."""

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="list_exports", verbose_name=_("person"))
    title = models.CharField(max_length=100)
    # The list's own address, filter and order included: what was seen is what is exported.
    address = models.CharField(max_length=2000)
    state = models.CharField(max_length=10, choices=ExportState, default=ExportState.WAITING)
    file = models.FileField(upload_to="exports/", blank=True)
    rows = models.PositiveIntegerField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    requested_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("list export")
        verbose_name_plural = _("list exports")
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=Q(state__in=ExportState.values), name="staff_export_state_known")]
        indexes = [models.Index(fields=["id"], condition=Q(state__in=["waiting", "working"]), name="staff_exports_to_make")]

    def __str__(self) -> str:
        return f"{self.title} #{self.pk}"
