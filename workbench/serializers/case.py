"""What goes out of one case: masked, unless a call was allowed."""

from typing import Any

from django.db.models import TextChoices
from rest_framework import serializers

from calls.choices import PromiseState
from cases.choices import AddressKind, CaseState, LegalClass, NumberStatus, PhoneKind, Relation, Source, Verification
from workbench.serializers.outputs import RuleOut


class Label(serializers.CharField):
    """A choice in words. `get_…_display` looks at all of a field's choices at each asking, and the framework at its signature: a case has dozens."""

    def __init__(self, words: type[TextChoices], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.words = words

    def to_representation(self, value: str) -> str:
        return str(self.words(value).label) if value else ""


class AccountOut(serializers.Serializer):
    id = serializers.IntegerField()
    card = serializers.CharField(source="masked_card")
    currency = serializers.CharField()
    amount = serializers.DecimalField(source="owed", max_digits=14, decimal_places=2, allow_null=True)
    principal = serializers.DecimalField(max_digits=14, decimal_places=2, allow_null=True)
    interest = serializers.DecimalField(max_digits=14, decimal_places=2, allow_null=True)
    fees = serializers.DecimalField(max_digits=14, decimal_places=2, allow_null=True)
    minimum_payment = serializers.DecimalField(max_digits=14, decimal_places=2, allow_null=True)
    credit_limit = serializers.DecimalField(max_digits=14, decimal_places=2, allow_null=True)
    bill_day = serializers.IntegerField(allow_null=True)
    opened_on = serializers.DateField(allow_null=True)
    overdue_since = serializers.DateField(allow_null=True)
    last_paid_on = serializers.DateField(allow_null=True)
    last_paid_amount = serializers.DecimalField(max_digits=14, decimal_places=2, allow_null=True)


class PhoneOut(serializers.Serializer):
    id = serializers.IntegerField(source="phone.pk")
    masked = serializers.CharField(source="phone.masked")
    extension = serializers.CharField(source="phone.extension")
    kind = Label(PhoneKind, source="phone.kind")
    source = Label(Source, source="phone.source")
    status = serializers.CharField(source="phone.status")
    status_label = Label(NumberStatus, source="phone.status")
    verification = serializers.CharField(source="phone.verification")
    verification_label = Label(Verification, source="phone.verification")
    expires_on = serializers.DateField(source="phone.expires_on", allow_null=True)
    attempts = serializers.IntegerField()
    refusals = RuleOut(many=True, source="reasons")


class AddressOut(serializers.Serializer):
    id = serializers.IntegerField()
    masked = serializers.CharField()
    kind = Label(AddressKind)
    source = Label(Source)
    verification = serializers.CharField()
    verification_label = Label(Verification, source="verification")
    returned_at = serializers.DateTimeField(allow_null=True)
    expires_on = serializers.DateField(allow_null=True)


class ContactOut(serializers.Serializer):
    id = serializers.IntegerField(source="contact.pk")
    name = serializers.CharField(source="contact.name")
    relation = serializers.CharField(source="contact.relation")
    relation_label = Label(Relation, source="contact.relation")
    relation_text = serializers.CharField(source="contact.relation_text")
    step = serializers.CharField()
    is_third_party = serializers.BooleanField()
    standing = Label(LegalClass, source="contact.legal_class")
    source = Label(Source, source="contact.source")
    verification = serializers.CharField(source="contact.verification")
    verification_label = Label(Verification, source="contact.verification")
    phones = PhoneOut(many=True)
    addresses = AddressOut(many=True)


class LineOut(serializers.Serializer):
    at = serializers.DateTimeField()
    kind = serializers.CharField()
    title = serializers.CharField()
    text = serializers.CharField()
    person = serializers.CharField()
    tone = serializers.CharField()


class SummaryOut(serializers.Serializer):
    """A past call in one line (C3.3); `may_amend` while its time to be amended runs, for who wrote it (F13)."""

    id = serializers.IntegerField()
    version = serializers.IntegerField()
    verdict = serializers.IntegerField(source="verdict_id")
    may_amend = serializers.BooleanField()
    at = serializers.DateTimeField(source="started_at")
    whom = Label(Relation, source="contact.relation")
    outcome = serializers.CharField()
    note = serializers.CharField()
    person = serializers.CharField(source="collector.name")


class OtherCaseOut(serializers.Serializer):
    id = serializers.IntegerField()
    case_no = serializers.CharField()
    client = serializers.CharField(source="client.short_name")
    balance = serializers.DecimalField(max_digits=14, decimal_places=2, allow_null=True)
    state_label = Label(CaseState, source="state")


class PromiseOut(serializers.Serializer):
    id = serializers.IntegerField()
    version = serializers.IntegerField()
    amount = serializers.DecimalField(max_digits=14, decimal_places=2, allow_null=True)
    due_on = serializers.DateField()
    state = serializers.CharField()
    state_label = Label(PromiseState, source="state")
    may_amend = serializers.BooleanField(help_text="Whether who asks may amend or cancel it: who took it, while its call may be amended.")


class PromisePolicyOut(serializers.Serializer):
    """The limits of a promise in force for the case's client; null where there is none."""

    max_days = serializers.IntegerField(allow_null=True)
    least = serializers.IntegerField(allow_null=True, help_text="In yuan.")
    max_in_row = serializers.IntegerField(allow_null=True, help_text="Broken promises in a row after which none is taken.")


class FlagOut(serializers.Serializer):
    """`evidence` and `raised_by` are empty for a flag that was raised on another case of the debtor."""

    id = serializers.IntegerField()
    kind = serializers.CharField()
    label = serializers.CharField()
    evidence = serializers.CharField(allow_blank=True)
    raised_by = serializers.CharField(allow_blank=True)
    raised_at = serializers.DateTimeField()
    is_of_this_case = serializers.BooleanField()


class FieldOut(serializers.Serializer):
    field = serializers.CharField()
    label = serializers.CharField()
    finding = serializers.CharField(allow_blank=True)
    note = serializers.CharField(allow_blank=True)


class StepOut(serializers.Serializer):
    step = serializers.CharField()
    label = serializers.CharField()
    state = serializers.CharField(allow_blank=True)
    state_label = serializers.CharField(allow_blank=True)
    is_closed = serializers.BooleanField()
    is_current = serializers.BooleanField()
    reason = serializers.CharField(allow_blank=True)


class FilteringOut(serializers.Serializer):
    task = serializers.IntegerField()
    state = serializers.CharField()
    category = serializers.CharField(allow_blank=True)
    reviews = FieldOut(many=True)
    steps = StepOut(many=True)
    unverified = serializers.IntegerField()
    missing = serializers.CharField(allow_blank=True)


class LimitationOut(serializers.Serializer):
    """What is to be said of the limitation of the debt (CR-34); an empty text while there is time."""

    tone = serializers.CharField(allow_blank=True)
    text = serializers.CharField(allow_blank=True)


class CaseOut(serializers.Serializer):
    """A case as the desk shows it. `masked`: identity isn't confirmed (CR-17), so every amount is null and no text tells one."""

    masked = serializers.BooleanField()
    band = serializers.CharField(help_text="Roughly what is owed, masked or not.")
    limitation = LimitationOut(source="limitation_words")
    version = serializers.IntegerField()
    flags = FlagOut(many=True)

    id = serializers.IntegerField()
    case_no = serializers.CharField()
    state = serializers.CharField()
    state_label = serializers.CharField()
    client = serializers.CharField()
    placement = serializers.CharField()
    placed_on = serializers.DateField()
    due_back_on = serializers.DateField(allow_null=True)
    amount = serializers.DecimalField(max_digits=14, decimal_places=2, allow_null=True)
    balance = serializers.DecimalField(max_digits=14, decimal_places=2, allow_null=True)
    balance_on = serializers.DateField()
    stage = serializers.CharField(allow_blank=True)
    overdue_days = serializers.IntegerField(allow_null=True)
    product = serializers.CharField(allow_blank=True)
    region = serializers.CharField(allow_blank=True)
    warning = serializers.CharField(allow_blank=True)
    stopped = serializers.CharField(allow_blank=True)
    complaint_open = serializers.BooleanField()
    follow_up_at = serializers.DateTimeField(allow_null=True)
    is_mine = serializers.BooleanField()
    debtor_id = serializers.IntegerField()
    name = serializers.CharField()
    masked_id = serializers.CharField()
    gender = serializers.CharField(allow_blank=True)
    age = serializers.IntegerField(allow_null=True)
    accounts = AccountOut(many=True)
    other_cases = OtherCaseOut(many=True)
    contacts = ContactOut(many=True)
    attempts_limit = serializers.IntegerField(allow_null=True)
    effective = serializers.IntegerField()
    effective_limit = serializers.IntegerField(allow_null=True)
    is_lost = serializers.BooleanField()
    is_open_order = serializers.BooleanField()
    promise = PromiseOut(allow_null=True)
    promise_policy = PromisePolicyOut()
    summary = SummaryOut(many=True)
    timeline = LineOut(many=True)
    meanings = serializers.ListField(child=serializers.CharField())
    extra = serializers.ListField(child=serializers.DictField())
    filtering = FilteringOut(allow_null=True)
