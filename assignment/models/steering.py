"""What sends cases somewhere by itself: rules for slices of a placement, and the policy for cases that nobody touches."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from assignment.choices import ReassignTo
from cases.models import Client


def _in_order(first: str, last: str) -> Q:
    return Q(**{first: None}) | Q(**{last: None}) | Q(**{f"{last}__gte": F(first)})


class AssignmentRuleQuerySet(models.QuerySet):
    def in_force(self, day) -> "AssignmentRuleQuerySet":
        """Those that count on this day, the one that is asked first at the head."""
        begun = self.filter(Q(valid_from=None) | Q(valid_from__lte=day))
        return begun.filter(Q(valid_until=None) | Q(valid_until__gte=day), is_active=True).order_by("priority", "pk")


class AssignmentRule(models.Model):
    """A slice of the cases goes to a team or to people first (A2.2, second principle). Of several rules that fit a case the one with the
    smallest priority takes it. What is left empty asks nothing; ends of a range belong to it.

    A strict rule's cases go to nobody else; others are balanced over the rest when those it names can't take them.
    """

    name = models.CharField(_("name"), max_length=60, unique=True)
    priority = models.PositiveSmallIntegerField(_("priority"), default=100)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, null=True, blank=True, related_name="assignment_rules", verbose_name=_("client"))
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    stages = models.JSONField(_("stages"), default=list, blank=True)
    regions = models.JSONField(_("regions"), default=list, blank=True)
    products = models.JSONField(_("products"), default=list, blank=True)
    amount_from = models.DecimalField(_("amount from"), max_digits=14, decimal_places=2, null=True, blank=True)
    amount_to = models.DecimalField(_("amount to"), max_digits=14, decimal_places=2, null=True, blank=True)
    overdue_from = models.PositiveIntegerField(_("days overdue from"), null=True, blank=True)
    overdue_to = models.PositiveIntegerField(_("days overdue to"), null=True, blank=True)
    age_from = models.PositiveSmallIntegerField(_("debtor's age from"), null=True, blank=True)
    age_to = models.PositiveSmallIntegerField(_("debtor's age to"), null=True, blank=True)
    team = models.ForeignKey("staff.Team", on_delete=models.PROTECT, null=True, blank=True, related_name="assignment_rules", verbose_name=_("to the team"))
    people = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="assignment_rules", verbose_name=_("to these people"))
    is_strict = models.BooleanField(_("to nobody else"), default=False)
    version = models.PositiveIntegerField(default=1)

    objects = AssignmentRuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("assignment rule")
        verbose_name_plural = _("assignment rules")
        default_permissions = ()
        permissions = [("manage_rules", _("Can set assignment rules"))]
        constraints = [
            models.CheckConstraint(condition=_in_order("valid_from", "valid_until"), name="assignment_rule_ends_after_it_starts"),
            models.CheckConstraint(condition=_in_order("amount_from", "amount_to"), name="assignment_rule_amounts_in_order"),
            models.CheckConstraint(condition=_in_order("overdue_from", "overdue_to"), name="assignment_rule_days_in_order"),
            models.CheckConstraint(condition=_in_order("age_from", "age_to"), name="assignment_rule_ages_in_order"),
        ]
        indexes = [models.Index(fields=["priority", "id"], name="assignment_rules_in_order")]

    def __str__(self) -> str:
        return self.name


class ReassignPolicy(models.Model):
    """Cases that their holder has not touched for so many days go back to the pool or to somebody else of the team, by night.

    The row without a client is for every client that has none of its own. Off unless somebody turns it on.
    """

    client = models.ForeignKey(Client, on_delete=models.CASCADE, null=True, blank=True, related_name="reassign_policies", verbose_name=_("client"))
    after_days = models.PositiveSmallIntegerField(_("days untouched"))
    to = models.CharField(_("goes to"), max_length=5, choices=ReassignTo)
    is_active = models.BooleanField(_("active"), default=False)

    class Meta:
        verbose_name = _("re-assignment policy")
        verbose_name_plural = _("re-assignment policies")
        default_permissions = ()
        permissions = [("manage_reassign", _("Can set the re-assignment of untouched cases"))]
        constraints = [
            models.UniqueConstraint(Coalesce(F("client"), Value(0)), name="assignment_one_policy_per_client"),
            models.CheckConstraint(condition=Q(to__in=ReassignTo.values), name="assignment_policy_target_known"),
            models.CheckConstraint(condition=Q(after_days__gte=1), name="assignment_policy_waits_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.client or '*'} · {self.after_days}"
