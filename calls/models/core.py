from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from assignment.models import FilteringTask
from calls.choices import Department, Finding, OutcomeGroup, PromiseState, ReviewField, ReviewState, StepState, Target
from cases.choices import CallStep, CaseState, NumberStatus
from cases.models import Case, Contact, Phone
from compliance.choices import Direction, FlagKind
from compliance.models import Script, Verdict


class Bilingual(models.Model):
    """A row that managers name in both languages."""

    name_zh = models.CharField(_("name in Chinese"), max_length=60)
    name_en = models.CharField(_("name in English"), max_length=60)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name_en if (get_language() or "").startswith("en") else self.name_zh


class Outcome(Bilingual):
    """One entry of the canonical outcome dictionary (anchors.md 4.3); a third-party target is offered only third-party ones."""

    code = models.SlugField(_("code"), max_length=10, primary_key=True)
    group = models.CharField(_("group"), max_length=16, choices=OutcomeGroup)
    target = models.CharField(_("target"), max_length=12, choices=Target)
    hotkey = models.CharField(_("key"), max_length=1, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_contact = models.BooleanField(_("somebody was reached"), default=False)
    is_right_party = models.BooleanField(_("the debtor was reached"), default=False)
    is_effective_call = models.BooleanField(_("counts as an effective call"), default=False)
    creates_promise = models.BooleanField(_("records a promise"), default=False)
    marks_number = models.CharField(_("marks the number as"), max_length=12, choices=NumberStatus, blank=True)
    bars_number = models.BooleanField(_("bars the number for ever"), default=False)
    counts_as_attempt = models.BooleanField(_("counts as an attempt"), default=True)
    moves_to = models.CharField(_("moves the case to"), max_length=14, choices=CaseState, blank=True)
    stops_case = models.BooleanField(_("stops the case"), default=False)
    follow_up_days = models.PositiveSmallIntegerField(_("follow up after days"), null=True, blank=True)
    raises_flag = models.CharField(_("flags the case"), max_length=10, choices=FlagKind, blank=True, default="", db_default="")
    refers_to = models.CharField(_("is passed to"), max_length=14, choices=Department, blank=True, default="", db_default="")
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("outcome")
        verbose_name_plural = _("outcomes")
        permissions = [("manage_outcomes", _("Can edit outcomes"))]
        constraints = [
            models.CheckConstraint(condition=Q(group__in=OutcomeGroup.values), name="calls_outcome_group_known"),
            models.CheckConstraint(condition=Q(target__in=Target.values), name="calls_outcome_target_known"),
        ]


class Category(Bilingual):
    """How a filtered case is classified (A3.2, third step); managers edit the list."""

    code = models.SlugField(_("code"), max_length=20, primary_key=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")


class ContactRecord(models.Model):
    """One call and what came of it (催记). Its holder may amend it for a while; what it said before is kept (`RecordAmendment`)."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="contact_records", verbose_name=_("case"))
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="contact_records", verbose_name=_("contact"))
    phone = models.ForeignKey(Phone, on_delete=models.PROTECT, related_name="contact_records", verbose_name=_("phone"))
    # Copied so that the day's counts over all cases of a person need no decryption and no joins.
    number_index = models.CharField(max_length=40)
    debtor = models.ForeignKey("cases.Debtor", on_delete=models.PROTECT, related_name="contact_records")
    verdict = models.OneToOneField(Verdict, on_delete=models.PROTECT, related_name="record")
    script = models.ForeignKey(Script, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    collector = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="contact_records", verbose_name=_("collector"))
    outcome = models.ForeignKey(Outcome, on_delete=models.PROTECT, related_name="records", verbose_name=_("outcome"))
    identity_verified = models.BooleanField(_("identity verified"), default=False)
    started_at = models.DateTimeField(_("started"))
    ended_at = models.DateTimeField(_("ended"))
    note = models.TextField(_("note"), blank=True)
    follow_up_at = models.DateTimeField(_("follow up"), null=True, blank=True)
    # Inbound calls (the debtor rang) count for none of the law's limits.
    direction = models.CharField(_("direction"), max_length=3, choices=Direction, default=Direction.OUT, db_default=Direction.OUT)
    # CR-09: begun within the hours, ended after them.
    ran_past = models.BooleanField(_("ran past the hours"), default=False, db_default=False)
    recording_ref = models.CharField(_("recording"), max_length=200, blank=True, default="", db_default="")
    talk_seconds = models.PositiveIntegerField(_("seconds spoken"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1, db_default=1)
    amended_at = models.DateTimeField(_("amended"), null=True, blank=True)
    # The browser's own key of this save: a double click or a resend writes one record.
    request_key = models.UUIDField()

    class Meta:
        verbose_name = _("call record")
        verbose_name_plural = _("call records")
        default_permissions = ()
        permissions = [("view_records", _("Can see call records")), ("record_call", _("Can record calls"))]
        constraints = [
            models.UniqueConstraint(fields=["collector", "request_key"], name="calls_record_once_per_request"),
            models.CheckConstraint(condition=Q(ended_at__gte=models.F("started_at")), name="calls_record_ends_after_it_starts"),
        ]
        indexes = [
            models.Index(fields=["case", "-started_at"], name="calls_records_of_case"),
            models.Index(fields=["number_index", "started_at"], name="calls_attempts_per_number"),
            models.Index(fields=["debtor", "started_at"], name="calls_effective_per_debtor"),
            models.Index(fields=["collector", "started_at"], name="calls_records_of_collector"),
            models.Index(fields=["started_at"], name="calls_records_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.case} {self.started_at:%Y-%m-%d %H:%M}"


class Promise(models.Model):
    """A promise to pay (PTP): amount in yuan, and the day by whose end it must be paid."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="promises", verbose_name=_("case"))
    record = models.OneToOneField(ContactRecord, on_delete=models.PROTECT, related_name="promise")
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    due_on = models.DateField(_("due on"))
    # What was paid towards it in time, as far as the bank has told.
    paid = models.DecimalField(_("paid"), max_digits=14, decimal_places=2, default=Decimal(0), db_default=Decimal(0))
    version = models.PositiveIntegerField(default=1, db_default=1)
    state = models.CharField(_("state"), max_length=10, choices=PromiseState, default=PromiseState.OPEN)
    # When it was kept, broken or cancelled.
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)

    class Meta:
        verbose_name = _("promise to pay")
        verbose_name_plural = _("promises to pay")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=Q(state__in=PromiseState.values), name="calls_promise_state_known"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="calls_promise_is_positive"),
            models.UniqueConstraint(fields=["case"], condition=Q(state=PromiseState.OPEN), name="calls_one_open_promise_per_case"),
            models.CheckConstraint(
                condition=Q(state=PromiseState.OPEN, settled_at=None) | (~Q(state=PromiseState.OPEN) & Q(settled_at__isnull=False)),
                name="calls_promise_settled_when_not_open",
            ),
        ]
        indexes = [
            models.Index(fields=["case", "state"], name="calls_promises_of_case"),
            models.Index(fields=["due_on"], condition=Q(state=PromiseState.OPEN), name="calls_open_promises_by_day"),
            models.Index(fields=["settled_at"], condition=Q(settled_at__isnull=False), name="calls_promises_by_settling"),
        ]

    def __str__(self) -> str:
        return f"{self.case} {self.amount} {self.due_on}"


class FilteringReview(models.Model):
    """One case in a filtering task: reviewed field by field, called in order, classified (A3.2)."""

    task = models.ForeignKey(FilteringTask, on_delete=models.CASCADE, related_name="reviews", verbose_name=_("task"))
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="filtering_reviews", verbose_name=_("case"))
    state = models.CharField(_("state"), max_length=12, choices=ReviewState, default=ReviewState.PENDING)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, null=True, blank=True, related_name="reviews", verbose_name=_("category"))
    classified_at = models.DateTimeField(_("classified"), null=True, blank=True)
    classified_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("filtering review")
        verbose_name_plural = _("filtering reviews")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["task", "case"], name="calls_case_once_per_filtering_task"),
            models.CheckConstraint(condition=Q(state__in=ReviewState.values), name="calls_review_state_known"),
            models.CheckConstraint(
                condition=Q(classified_at=None, classified_by=None, category=None)
                | Q(classified_at__isnull=False, classified_by__isnull=False, category__isnull=False),
                name="calls_classified_at_by_and_category_together",
            ),
        ]
        indexes = [models.Index(fields=["task", "state"], name="calls_reviews_by_state")]

    def __str__(self) -> str:
        return f"{self.case} {self.get_state_display()}"


class FieldReview(models.Model):
    """What a collector found of one field of one case."""

    review = models.ForeignKey(FilteringReview, on_delete=models.CASCADE, related_name="fields")
    field = models.CharField(max_length=12, choices=ReviewField)
    finding = models.CharField(max_length=10, choices=Finding)
    note = models.CharField(max_length=200, blank=True)
    reviewed_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["review", "field"], name="calls_field_reviewed_once"),
            models.CheckConstraint(condition=Q(field__in=ReviewField.values), name="calls_review_field_known"),
            models.CheckConstraint(condition=Q(finding__in=Finding.values), name="calls_finding_known"),
        ]

    def __str__(self) -> str:
        return f"{self.get_field_display()}: {self.get_finding_display()}"


class CallStepReview(models.Model):
    """How one step of the call order ended; a skipped one carries its reason."""

    review = models.ForeignKey(FilteringReview, on_delete=models.CASCADE, related_name="steps")
    step = models.CharField(max_length=10, choices=CallStep)
    state = models.CharField(max_length=8, choices=StepState)
    reason = models.CharField(max_length=200, blank=True)
    closed_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["review", "step"], name="calls_step_closed_once"),
            models.CheckConstraint(condition=Q(step__in=CallStep.values), name="calls_step_known"),
            models.CheckConstraint(condition=~Q(state=StepState.SKIPPED, reason=""), name="calls_skipping_needs_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.get_step_display()}: {self.get_state_display()}"
