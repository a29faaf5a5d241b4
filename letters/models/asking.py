"""Letters asked for on many cases at once, by hand or by a rule."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models import Case, Client, Payee
from letters.models.letters import Letter
from letters.models.templates import LetterTemplate


class LetterRule(models.Model):
    """Which cases get a letter by themselves, such as "stage M3 and lost contact" or "no letter for 30 days and a balance over X" (A1.4).

    Its letters are asked for in its owner's name, on the cases that the owner may see when it runs.
    """

    name = models.CharField(_("name"), max_length=60)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, null=True, blank=True, related_name="letter_rules", verbose_name=_("client"))
    template = models.ForeignKey(LetterTemplate, on_delete=models.PROTECT, related_name="rules", verbose_name=_("template"))
    stages = models.JSONField(_("stages"), default=list, blank=True)
    lost_contact = models.BooleanField(_("lost contact only"), default=False)
    balance_over = models.DecimalField(_("balance over"), max_digits=14, decimal_places=2, null=True, blank=True)
    overdue_over = models.PositiveIntegerField(_("days overdue over"), null=True, blank=True)
    quiet_days = models.PositiveSmallIntegerField(_("no letter for … days"), default=30)
    is_daily = models.BooleanField(_("runs by itself each day"), default=False)
    is_active = models.BooleanField(_("in use"), default=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="letter_rules", verbose_name=_("owner"))
    saved_at = models.DateTimeField(_("saved"))

    class Meta:
        verbose_name = _("letter rule")
        verbose_name_plural = _("letter rules")
        default_permissions = ()
        permissions = [("manage_letter_rules", _("Can keep rules that ask for letters"))]
        constraints = [models.CheckConstraint(condition=Q(quiet_days__gte=1), name="letters_rule_waits_at_least_a_day")]

    def __str__(self) -> str:
        return self.name


class LetterBatch(models.Model):
    """Letters asked for on many cases at once: a selection, or what a rule found on a day. Each case is a line; the worker goes through them."""

    rule = models.ForeignKey(LetterRule, on_delete=models.PROTECT, null=True, blank=True, related_name="batches", verbose_name=_("letter rule"))
    run_on = models.DateField(_("day"))
    template = models.ForeignKey(LetterTemplate, on_delete=models.PROTECT, related_name="+", verbose_name=_("template"))
    # The account that whoever asked chose for all of them; empty: the template's own, else the client's first (CR-28).
    payee = models.ForeignKey(Payee, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("payee"))
    reason = models.CharField(_("why"), max_length=200)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="letter_batches", verbose_name=_("requested by"))
    asked_at = models.DateTimeField(_("requested"))
    total = models.PositiveIntegerField(_("cases"))
    worked_on_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("letters asked for together")
        verbose_name_plural = _("letters asked for together")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["rule", "run_on"], name="letters_rule_runs_once_a_day")]

    def __str__(self) -> str:
        return f"#{self.pk}"


class BatchLine(models.Model):
    """One case of a batch: waiting, asked for, or refused with the rule and why."""

    batch = models.ForeignKey(LetterBatch, on_delete=models.CASCADE, related_name="lines")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+", verbose_name=_("case"))
    letter = models.OneToOneField(Letter, on_delete=models.PROTECT, null=True, blank=True, related_name="batch_line", verbose_name=_("letter"))
    refused_by = models.CharField(_("rule"), max_length=20, blank=True)
    refusal = models.CharField(_("why refused"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("case of a batch")
        verbose_name_plural = _("cases of a batch")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["batch", "case"], name="letters_case_once_in_a_batch")]

    def __str__(self) -> str:
        return f"{self.batch} {self.case}"
