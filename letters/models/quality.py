"""Annex 4: the form, its filled copies, and the defects in them."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from letters.choices import FormSubject, Grade, ItemGroup, Severity
from letters.models.letters import Letter
from letters.models.sampling import DispatchDay

ONE_SUBJECT = Q(letter__isnull=False, dispatch_day=None) | Q(letter=None, dispatch_day__isnull=False)


class QualityForm(models.Model):
    """The letter quality form (annex 4) as an editable template, for a letter or for a day's dispatch. A change is a new version.

    `items`: [{"code", "name_zh", "name_en", "group", "slight", "general", "weight", "serious"}]: what a slight, an ordinary and a serious
    defect cost in points of 100; with `serious` every defect of the item is a serious one.
    """

    subject = models.CharField(_("filled for"), max_length=8, choices=FormSubject, default=FormSubject.LETTER)
    name_zh = models.CharField(_("name in Chinese"), max_length=60)
    name_en = models.CharField(_("name in English"), max_length=60)
    items = models.JSONField(_("items"))
    serious_below = models.PositiveSmallIntegerField(_("serious below"), default=60)
    version = models.PositiveIntegerField(_("version"), default=1)
    valid_from = models.DateTimeField(_("valid from"))
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("entered by"))

    class Meta:
        verbose_name = _("letter quality form")
        verbose_name_plural = _("letter quality forms")
        default_permissions = ()
        permissions = [("manage_quality", _("Can edit the quality forms and the sampling rule"))]
        constraints = [
            models.UniqueConstraint(fields=["subject", "version"], name="letters_quality_form_subject_version_once"),
            models.CheckConstraint(condition=Q(subject__in=FormSubject.values), name="letters_quality_form_subject_known"),
            models.CheckConstraint(condition=Q(serious_below__lte=100), name="letters_serious_below_at_most_100"),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"

    @property
    def name(self) -> str:
        return self.name_en if is_english() else self.name_zh

    def item(self, code: str) -> dict:
        return next((item for item in self.items if item["code"] == code), {"name_zh": code, "name_en": code})


def is_english() -> bool:
    return (get_language() or "").startswith("en")


def item_name(item: dict) -> str:
    return item["name_en"] if is_english() else item["name_zh"]


def group_name(item: dict) -> str:
    group = item.get("group", "")
    return str(ItemGroup(group).label) if group in ItemGroup.values else ""


class QualityCheck(models.Model):
    """The form filled for one letter, or for one day's dispatch: each item ok or not, points and grade. It keeps its version of the form."""

    letter = models.OneToOneField(Letter, on_delete=models.PROTECT, null=True, blank=True, related_name="quality_check", verbose_name=_("letter"))
    dispatch_day = models.OneToOneField(
        DispatchDay, on_delete=models.PROTECT, null=True, blank=True, related_name="quality_check", verbose_name=_("day's dispatch")
    )
    form = models.ForeignKey(QualityForm, on_delete=models.PROTECT, related_name="checks")
    answers = models.JSONField()
    # Of a day: what was dispatched when the form was filled, as its page showed it.
    facts = models.JSONField(default=dict)
    points = models.PositiveSmallIntegerField(_("points"))
    grade = models.CharField(_("grade"), max_length=8, choices=Grade)
    remark = models.TextField(_("remark"), blank=True)
    checked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="quality_checks", verbose_name=_("checked by"))
    checked_at = models.DateTimeField(_("checked"))
    amended_at = models.DateTimeField(_("amended"), null=True, blank=True)

    class Meta:
        verbose_name = _("letter quality check")
        verbose_name_plural = _("letter quality checks")
        default_permissions = ()
        permissions = [("check_quality", _("Can fill letter quality forms")), ("view_quality", _("Can see results of letter quality"))]
        constraints = [
            models.CheckConstraint(condition=Q(grade__in=Grade.values), name="letters_grade_known"),
            models.CheckConstraint(condition=ONE_SUBJECT, name="letters_check_of_a_letter_or_a_day"),
        ]
        indexes = [models.Index(fields=["-checked_at", "grade"], name="letters_checks_latest")]

    def __str__(self) -> str:
        return str(self.subject)

    @property
    def subject(self) -> Letter | DispatchDay:
        return self.letter or self.dispatch_day


class QualityDefect(models.Model):
    """One item of a filled form that was not in order."""

    check_row = models.ForeignKey(QualityCheck, on_delete=models.CASCADE, related_name="defects")
    item = models.CharField(_("item"), max_length=30)
    severity = models.CharField(_("severity"), max_length=8, choices=Severity)
    note = models.CharField(_("what is wrong"), max_length=200, blank=True)
    points = models.PositiveSmallIntegerField(_("points"))

    class Meta:
        verbose_name = _("defect")
        verbose_name_plural = _("defects")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["check_row", "item"], name="letters_defect_once_per_item"),
            models.CheckConstraint(condition=Q(severity__in=Severity.values), name="letters_severity_known"),
        ]
        indexes = [models.Index(fields=["item"], name="letters_defects_by_item")]

    def __str__(self) -> str:
        return self.item


class QualityDraft(models.Model):
    """A form that somebody has begun and not saved yet: what was typed, as it was typed."""

    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    dispatch_day = models.ForeignKey(DispatchDay, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    values = models.JSONField()
    saved_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["letter", "person"], name="letters_one_draft_of_a_letter"),
            models.UniqueConstraint(fields=["dispatch_day", "person"], name="letters_one_draft_of_a_day"),
            models.CheckConstraint(condition=ONE_SUBJECT, name="letters_draft_of_a_letter_or_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.letter or self.dispatch_day} {self.person}"
