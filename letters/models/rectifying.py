"""Annex 4: what must be put right, what was answered, the photos, and what stands still meanwhile."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from letters.choices import RectifyBy, RectifyState
from letters.models.letters import Letter, PrintRun
from letters.models.quality import QualityCheck
from letters.models.sampling import DispatchDay
from letters.models.templates import LetterTemplate


class Rectification(models.Model):
    """What a filled form asks somebody to put right; its deadline is the duty `letter_rectify`. Accepted only by a second look."""

    check_row = models.OneToOneField(QualityCheck, on_delete=models.PROTECT, related_name="rectification", verbose_name=_("filled form"))
    task = models.TextField(_("to put right"))
    to = models.CharField(_("by whom"), max_length=10, choices=RectifyBy)
    holder = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="rectifications", verbose_name=_("held by"))
    state = models.CharField(_("state"), max_length=10, choices=RectifyState, default=RectifyState.OPEN)
    opened_at = models.DateTimeField(_("asked"))
    due_at = models.DateTimeField(_("due"))
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)
    # Whether every answer came in time; null until it is settled.
    was_on_time = models.BooleanField(null=True, blank=True)

    class Meta:
        verbose_name = _("rectification")
        verbose_name_plural = _("rectifications")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=Q(state__in=RectifyState.values), name="letters_rectify_state_known"),
            models.CheckConstraint(condition=Q(to__in=RectifyBy.values), name="letters_rectify_by_known"),
        ]
        indexes = [models.Index(fields=["state", "due_at"], name="letters_rectify_by_state")]

    def __str__(self) -> str:
        return str(self.check_row)

    @property
    def badge(self) -> tuple[str, str]:
        """For a list's badge: an answer that waits for the second look is not good yet."""
        return ("waiting" if self.state == RectifyState.ANSWERED else self.state), self.get_state_display()


class RectificationAnswer(models.Model):
    """What was done, and what quality supervision says of it. Until that it waits for the second look."""

    rectification = models.ForeignKey(Rectification, on_delete=models.PROTECT, related_name="answers")
    text = models.TextField(_("what was done"))
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("answered by"))
    answered_at = models.DateTimeField(_("answered"))
    was_on_time = models.BooleanField()
    is_accepted = models.BooleanField(null=True, blank=True)
    verdict = models.CharField(_("what the second look says"), max_length=300, blank=True)
    judged_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("checked by"))
    judged_at = models.DateTimeField(_("checked"), null=True, blank=True)

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["rectification"], condition=Q(is_accepted=None), name="letters_one_answer_waits"),
            models.CheckConstraint(condition=Q(judged_by=None) | ~Q(judged_by=models.F("answered_by")), name="letters_nobody_accepts_their_own_answer"),
        ]

    def __str__(self) -> str:
        return f"{self.rectification} {self.answered_at:%Y-%m-%d}"


class QualityPhoto(models.Model):
    """A photo of an envelope, a day's mail or of what was put right: decoded and drawn anew, so it carries nothing but its pixels."""

    letter = models.ForeignKey(Letter, on_delete=models.PROTECT, null=True, blank=True, related_name="quality_photos")
    dispatch_day = models.ForeignKey(DispatchDay, on_delete=models.PROTECT, null=True, blank=True, related_name="quality_photos")
    answer = models.ForeignKey(RectificationAnswer, on_delete=models.PROTECT, null=True, blank=True, related_name="photos")
    file = models.FileField(upload_to="quality/%Y/%m")
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()

    class Meta:
        verbose_name = _("photo")
        verbose_name_plural = _("photos")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(letter__isnull=False, dispatch_day=None) | Q(letter=None, dispatch_day__isnull=False), name="letters_photo_of_a_letter_or_a_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.letter or self.dispatch_day} #{self.pk}"


class LetterHold(models.Model):
    """Nothing of this print run, and no letter of this template version, is printed or dispatched until somebody releases it."""

    print_run = models.ForeignKey(PrintRun, on_delete=models.PROTECT, null=True, blank=True, related_name="holds", verbose_name=_("print run"))
    template = models.ForeignKey(LetterTemplate, on_delete=models.PROTECT, null=True, blank=True, related_name="holds", verbose_name=_("template"))
    check_row = models.ForeignKey(QualityCheck, on_delete=models.PROTECT, null=True, blank=True, related_name="holds", verbose_name=_("filled form"))
    reason = models.CharField(_("why"), max_length=300)
    placed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("held by"))
    placed_at = models.DateTimeField(_("held"))
    released_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("released by"))
    released_at = models.DateTimeField(_("released"), null=True, blank=True)
    release_reason = models.CharField(_("why released"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        default_permissions = ()
        permissions = [("release_letters", _("Can release letters that a serious defect holds"))]
        constraints = [
            models.CheckConstraint(condition=Q(print_run__isnull=False) | Q(template__isnull=False), name="letters_hold_of_something"),
            models.CheckConstraint(
                condition=Q(released_at=None, released_by=None) | Q(released_at__isnull=False, released_by__isnull=False),
                name="letters_released_at_and_by_together",
            ),
        ]
        indexes = [models.Index(fields=["id"], condition=Q(released_at=None), name="letters_open_holds")]

    def __str__(self) -> str:
        return " · ".join(str(held) for held in (self.print_run, self.template) if held)
