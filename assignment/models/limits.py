"""Who may hold how much: the clients' requirements, and capacities by person and by level (A2.2, first and third principle)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from assignment.choices import CapacityLevel, PreviousCollector
from cases.models import Client
from staff.choices import QualificationKind


class _Limits(models.Model):
    """How much may be held. Amounts in yuan."""

    max_cases = models.PositiveIntegerField(_("most cases"))
    max_amount = models.DecimalField(_("most money"), max_digits=14, decimal_places=2)
    max_new_per_day = models.PositiveIntegerField(_("most new cases a day"))

    class Meta:
        abstract = True


class Capacity(_Limits):
    """How much one collector may hold, whatever their level."""

    collector = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="capacity", verbose_name=_("collector"))

    class Meta:
        verbose_name = _("capacity")
        verbose_name_plural = _("capacities")
        permissions = [("manage_capacity", _("Can set capacities"))]

    def __str__(self) -> str:
        return str(self.collector)


class LevelCapacity(_Limits):
    """How much everybody of a level may hold who has no capacity of their own; whoever is on probation has the row of probation."""

    level = models.CharField(_("level"), max_length=10, choices=CapacityLevel, unique=True)

    class Meta:
        verbose_name = _("capacity of a level")
        verbose_name_plural = _("capacities of levels")
        default_permissions = ()
        permissions = [("manage_level_capacity", _("Can set the capacities of levels"))]
        constraints = [models.CheckConstraint(condition=Q(level__in=CapacityLevel.values), name="assignment_level_known")]

    def __str__(self) -> str:
        return self.get_level_display()


class ClientRequirement(models.Model):
    """Who may hold a client's cases (A2.2, first principle). An empty list of teams or people means every one."""

    client = models.OneToOneField(Client, on_delete=models.CASCADE, related_name="requirement", verbose_name=_("client"))
    teams = models.ManyToManyField("staff.Team", blank=True, related_name="+", verbose_name=_("only these teams"))
    people = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="+", verbose_name=_("only these people"))
    barred_people = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="+", verbose_name=_("not these people"))
    min_months_of_service = models.PositiveSmallIntegerField(_("months of service at least"), default=0)
    max_cases_per_person = models.PositiveIntegerField(_("most of its cases for one person"), null=True, blank=True)
    max_amount_per_person = models.DecimalField(_("most of its money for one person"), max_digits=14, decimal_places=2, null=True, blank=True)
    training_required = models.BooleanField(_("valid training required"), default=True)
    licence = models.CharField(_("licence required"), max_length=12, choices=QualificationKind, blank=True)
    # What is compared is the case's region with the person's own regions and dialects.
    region_must_match = models.BooleanField(_("only people of the case's region"), default=False)
    dialect_must_match = models.BooleanField(_("only people who speak the region's dialect"), default=False)
    previous_collector = models.CharField(_("former collector"), max_length=4, choices=PreviousCollector, default=PreviousCollector.ANY)
    # Stages that only seniors hold: those of the level, or with so many months of service.
    senior_stages = models.JSONField(_("stages for seniors only"), default=list, blank=True)
    senior_months = models.PositiveSmallIntegerField(_("senior after so many months"), null=True, blank=True)

    class Meta:
        verbose_name = _("client's requirement")
        verbose_name_plural = _("clients' requirements")
        constraints = [
            models.CheckConstraint(condition=Q(previous_collector__in=PreviousCollector.values), name="assignment_previous_collector_known"),
            models.CheckConstraint(condition=Q(licence="") | Q(licence__in=QualificationKind.values), name="assignment_licence_known"),
        ]

    def __str__(self) -> str:
        return str(self.client)
