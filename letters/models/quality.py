"""Annex 4: the form and its filled copies."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from letters.choices import Grade
from letters.models.letters import Letter


class QualityForm(models.Model):
    """The letter quality form (annex 4) as an editable template: [{"code", "name_zh", "name_en", "weight", "serious"}]."""

    name_zh = models.CharField(_("name in Chinese"), max_length=60)
    name_en = models.CharField(_("name in English"), max_length=60)
    items = models.JSONField(_("items"))
    # 1: every dispatched letter is checked; n: each n-th by its number, and every lawyer's letter.
    sample_every = models.PositiveSmallIntegerField(_("check one letter in"), default=1)
    version = models.PositiveIntegerField(_("version"), default=1)
    valid_from = models.DateTimeField(_("valid from"))

    class Meta:
        verbose_name = _("letter quality form")
        verbose_name_plural = _("letter quality forms")
        constraints = [
            models.UniqueConstraint(fields=["version"], name="letters_quality_form_version_once"),
            models.CheckConstraint(condition=Q(sample_every__gte=1), name="letters_sample_at_least_one"),
        ]

    def __str__(self) -> str:
        return f"{self.name_zh} v{self.version}"


class QualityCheck(models.Model):
    """The form filled for one letter: each item ok or not, points, grade, defects, and what must be put right by when."""

    letter = models.OneToOneField(Letter, on_delete=models.PROTECT, related_name="quality_check", verbose_name=_("letter"))
    form = models.ForeignKey(QualityForm, on_delete=models.PROTECT, related_name="checks")
    answers = models.JSONField()
    points = models.PositiveSmallIntegerField(_("points"))
    grade = models.CharField(_("grade"), max_length=8, choices=Grade)
    defects = models.TextField(_("defects"), blank=True)
    rectification = models.TextField(_("to put right"), blank=True)
    rectify_by = models.DateField(_("put right by"), null=True, blank=True)
    rectified_at = models.DateTimeField(_("put right"), null=True, blank=True)
    rectified_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    checked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="quality_checks", verbose_name=_("checked by"))
    checked_at = models.DateTimeField(_("checked"))

    class Meta:
        verbose_name = _("letter quality check")
        verbose_name_plural = _("letter quality checks")
        default_permissions = ()
        permissions = [("check_quality", _("Can fill letter quality forms"))]
        constraints = [models.CheckConstraint(condition=Q(grade__in=Grade.values), name="letters_grade_known")]

    def __str__(self) -> str:
        return f"{self.letter} {self.get_grade_display()}"

    @property
    def is_to_rectify(self) -> bool:
        return bool(self.rectification) and self.rectified_at is None
