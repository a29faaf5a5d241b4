"""Annex 4: which of the dispatched letters are checked, by which rule, and why."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from letters.choices import SampleReason
from letters.models.letters import Letter


class SamplingRule(models.Model):
    """Which dispatched letters are checked: by the count, and by risk. A change is a new version; what was drawn keeps its own."""

    version = models.PositiveIntegerField(_("version"), unique=True)
    # 1: every letter; n: each n-th of a day; 0: none by the count.
    every = models.PositiveSmallIntegerField(_("check one letter in"), default=1)
    lawyers_letters = models.BooleanField(_("every lawyer's letter"), default=True)
    amount_from = models.DecimalField(_("every letter about this amount or more"), max_digits=14, decimal_places=2, null=True, blank=True)
    # Days; 0 leaves the risk out.
    template_days = models.PositiveSmallIntegerField(_("days that a new version of a template is watched"), default=0)
    person_days = models.PositiveSmallIntegerField(_("days that somebody new to dispatching is watched"), default=0)
    foreign_addresses = models.BooleanField(_("every address that is not from the bank's file"), default=False)
    defect_days = models.PositiveSmallIntegerField(_("days that earlier defects count"), default=0)
    defects_from = models.PositiveSmallIntegerField(_("letters with defects that make a risk"), default=2)
    valid_from = models.DateTimeField(_("valid from"))
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("entered by"))

    class Meta:
        verbose_name = _("sampling rule")
        verbose_name_plural = _("sampling rules")
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=Q(defects_from__gte=1), name="letters_defects_from_at_least_one")]

    def __str__(self) -> str:
        return f"v{self.version}"


class DispatchDay(models.Model):
    """All that was dispatched on one day: the day's own sheet of annex 4, and the seed that its sample was drawn with."""

    day = models.DateField(_("day"), unique=True)
    seed = models.PositiveIntegerField(_("seed"))
    letters = models.PositiveIntegerField(_("letters"), default=0)

    class Meta:
        verbose_name = _("day's dispatch")
        verbose_name_plural = _("days' dispatch")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d}"


class Draw(models.Model):
    """What the sampling knew of a dispatched letter, and why it is checked. No reason: it is not. Drawn again from this, it comes out the same."""

    letter = models.OneToOneField(Letter, on_delete=models.PROTECT, related_name="draw", verbose_name=_("letter"))
    dispatch_day = models.ForeignKey(DispatchDay, on_delete=models.PROTECT, related_name="draws", verbose_name=_("day's dispatch"))
    rule = models.ForeignKey(SamplingRule, on_delete=models.PROTECT, related_name="draws", verbose_name=_("rule"))
    place = models.PositiveIntegerField(_("place in the day"))
    facts = models.JSONField()
    reasons = models.JSONField(default=list)
    is_drawn = models.BooleanField(_("to check"))
    # When the duty to check it was opened; null as long as nobody could hold it.
    opened_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("drawn letter")
        verbose_name_plural = _("drawn letters")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["dispatch_day", "place"], name="letters_place_in_the_day_once")]
        indexes = [models.Index(fields=["id"], condition=Q(is_drawn=True, opened_at=None), name="letters_drawn_without_checker")]

    def __str__(self) -> str:
        return f"{self.letter} {self.dispatch_day}"

    @property
    def reason_words(self) -> str:
        return "、".join(str(SampleReason(reason).label) for reason in self.reasons if reason in SampleReason.values)
