"""A call on its way: reserved, placed, heard of from the telephone system; and what a lead or quality should look at."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from calls.choices import Backend, EventKind, IssueKind
from calls.models.core import ContactRecord
from cases.models import Case, Debtor
from compliance.choices import Direction
from compliance.models import Verdict

PENDING = Q(recorded_at=None, cancelled_at=None)


def _person(related_name: str, label, *, is_optional: bool = False) -> models.ForeignKey:
    empty = {"null": True, "blank": True} if is_optional else {}
    return models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name=related_name, verbose_name=label, **empty)


class Dial(models.Model):
    """One outbound call that the gate allowed. Reserved for two minutes; from the moment it is placed it counts, until it is recorded or cancelled.

    Or one that came in: it counts for no limit, and is to be recorded like any.
    What the telephone system tells of it (start, answer, end, recording) stands here too, whatever order it comes in.
    """

    verdict = models.OneToOneField(Verdict, on_delete=models.PROTECT, related_name="dial")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="dials", verbose_name=_("case"))
    collector = _person("dials", _("collector"))
    # Copied so that the day's counts need no joins.
    debtor = models.ForeignKey(Debtor, on_delete=models.PROTECT, db_index=False, related_name="dials")
    number_index = models.CharField(max_length=40)
    is_to_debtor = models.BooleanField()
    direction = models.CharField(_("direction"), max_length=3, choices=Direction, default=Direction.OUT, db_default=Direction.OUT)
    at = models.DateTimeField(_("reserved"))
    placed_at = models.DateTimeField(_("placed"), null=True, blank=True)
    backend = models.CharField(_("way of dialling"), max_length=12, choices=Backend, blank=True)
    # Whether the number was shown in the clear; the telephone system dials without.
    is_disclosed = models.BooleanField(_("number shown"), default=False)
    acknowledged = models.JSONField(_("warnings acknowledged"), default=list, blank=True)
    cancelled_at = models.DateTimeField(_("cancelled"), null=True, blank=True)
    cancel_reason = models.CharField(_("why cancelled"), max_length=200, blank=True)
    recorded_at = models.DateTimeField(_("recorded"), null=True, blank=True)
    # The name under which the telephone system and we speak of this call.
    call_ref = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    rung_at = models.DateTimeField(_("started"), null=True, blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    line = models.CharField(_("outbound number"), max_length=30, blank=True)
    cause = models.CharField(_("why it ended"), max_length=30, blank=True)
    recording_ref = models.CharField(_("recording"), max_length=200, blank=True)
    # Who should record it was told.
    reminded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("dial")
        verbose_name_plural = _("dials")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=Q(cancelled_at=None) | ~Q(cancel_reason=""), name="calls_cancelling_needs_a_reason"),
            models.CheckConstraint(condition=Q(cancelled_at=None) | Q(recorded_at=None), name="calls_dial_recorded_or_cancelled"),
            models.CheckConstraint(condition=Q(direction=Direction.OUT) | Q(placed_at__isnull=False, is_disclosed=False), name="calls_inbound_is_placed"),
            models.CheckConstraint(condition=Q(is_disclosed=False) | Q(placed_at__isnull=False), name="calls_number_shown_when_placed"),
        ]
        indexes = [
            models.Index(fields=["number_index", "at"], condition=PENDING, name="calls_pending_by_number"),
            models.Index(fields=["debtor", "at"], condition=PENDING, name="calls_pending_by_debtor"),
            models.Index(fields=["at"], condition=PENDING, name="calls_pending_by_time"),
            models.Index(fields=["collector", "at"], name="calls_dials_of_collector"),
            models.Index(fields=["cancelled_at"], condition=Q(cancelled_at__isnull=False), name="calls_cancelled_by_time"),
            models.Index(fields=["at"], condition=Q(backend=Backend.CTI, recording_ref=""), name="calls_without_recording"),
        ]

    def __str__(self) -> str:
        return f"{self.case} {self.at:%Y-%m-%d %H:%M}"

    @property
    def talk_seconds(self) -> int | None:
        """How long they spoke; None as long as the telephone system has not told."""
        if self.ended_at is None or (self.answered_at is None and self.rung_at is None):
            return None
        return max(int((self.ended_at - self.answered_at).total_seconds()), 0) if self.answered_at else 0


class CallEvent(models.Model):
    """What the telephone system told of a call; each event counts once, however often it is sent."""

    event_id = models.CharField(max_length=64, unique=True)
    # None as long as nobody answered a call that comes in: then it waits under the telephone system's name of the call.
    dial = models.ForeignKey(Dial, on_delete=models.PROTECT, null=True, blank=True, related_name="events")
    call_ref = models.UUIDField(null=True, blank=True, editable=False)
    kind = models.CharField(_("event"), max_length=10, choices=EventKind)
    at = models.DateTimeField(_("time"))
    received_at = models.DateTimeField(_("received"))
    values = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = _("call event")
        verbose_name_plural = _("call events")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(dial=None, call_ref__isnull=False) | Q(dial__isnull=False, call_ref=None), name="calls_event_of_a_call_or_waits"
            ),
        ]
        indexes = [models.Index(fields=["call_ref"], condition=Q(dial=None), name="calls_events_that_wait")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%H:%M:%S}"


class CallIssue(models.Model):
    """Something about a call that the lead and quality look at: never recorded, no recording, past the hours, from an unknown line."""

    kind = models.CharField(_("issue"), max_length=14, choices=IssueKind)
    rule = models.CharField(_("rule"), max_length=10)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="call_issues", verbose_name=_("case"))
    collector = _person("call_issues", _("collector"))
    verdict = models.ForeignKey(Verdict, on_delete=models.PROTECT, related_name="issues")
    record = models.ForeignKey(ContactRecord, on_delete=models.PROTECT, null=True, blank=True, related_name="issues")
    at = models.DateTimeField(_("noticed"))
    seen_at = models.DateTimeField(_("looked at"), null=True, blank=True)
    seen_by = _person("+", _("looked at by"), is_optional=True)
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("call issue")
        verbose_name_plural = _("call issues")
        default_permissions = ()
        permissions = [("review_issues", _("Can look at call issues"))]
        constraints = [
            models.UniqueConstraint(fields=["verdict", "kind"], name="calls_issue_once_per_call"),
            models.CheckConstraint(condition=Q(seen_at=None, seen_by=None) | Q(seen_at__isnull=False, seen_by__isnull=False), name="calls_issue_seen_by_whom"),
        ]
        indexes = [models.Index(fields=["at"], condition=Q(seen_at=None), name="calls_issues_to_look_at")]

    def __str__(self) -> str:
        return f"{self.case} {self.get_kind_display()}"
