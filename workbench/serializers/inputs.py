"""What comes in. Nothing that a database would choke on gets through: ids fit their columns, moments lie in our time."""

from datetime import UTC, datetime
from typing import Any

from rest_framework import serializers

from calls.choices import Finding, ReviewField, StepState
from cases.choices import CallStep, LegalBasis, Source, Verification
from workbench.choices import Checked, RevealKind, Why

MOST = 2**63 - 1


class IdField(serializers.IntegerField):
    """The id of a row."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=MOST, **kwargs)


class MomentField(serializers.DateTimeField):
    """A moment somewhere in our time: one at the edge of the calendar could not be told in another zone."""

    default_error_messages = {"range": serializers.DateTimeField.default_error_messages["overflow"]}

    def to_internal_value(self, value: Any) -> datetime:
        moment = super().to_internal_value(value)
        if not datetime(2000, 1, 1, tzinfo=UTC) <= moment < datetime(2100, 1, 1, tzinfo=UTC):
            self.fail("range")
        return moment


class QueueQuery(serializers.Serializer):
    why = serializers.ChoiceField(Why.choices, required=False)
    task = IdField(required=False)
    q = serializers.CharField(required=False, max_length=60)


class CallIn(serializers.Serializer):
    phone = IdField()


class IdentityIn(serializers.Serializer):
    factors = serializers.ListField(child=serializers.ChoiceField(["name", "id_last4", "card_last4", "address"]))


class RecordIn(serializers.Serializer):
    verdict = IdField()
    outcome = serializers.CharField(max_length=10)
    started_at = MomentField()
    ended_at = MomentField()
    note = serializers.CharField(max_length=2000, allow_blank=True, default="")
    promise_amount = serializers.DecimalField(max_digits=14, decimal_places=2, required=False, allow_null=True)
    promise_due_on = serializers.DateField(required=False, allow_null=True)
    follow_up_at = MomentField(required=False, allow_null=True)


class FieldReviewIn(serializers.Serializer):
    field = serializers.ChoiceField(ReviewField.choices)
    finding = serializers.ChoiceField(Finding.choices)
    note = serializers.CharField(max_length=200, allow_blank=True, default="")


class StepIn(serializers.Serializer):
    step = serializers.ChoiceField(CallStep.choices)
    state = serializers.ChoiceField([StepState.CALLED, StepState.SKIPPED])
    reason = serializers.CharField(max_length=200, allow_blank=True, default="")


class ClassificationIn(serializers.Serializer):
    category = serializers.SlugField(max_length=20)


class CheckIn(serializers.Serializer):
    kind = serializers.ChoiceField(Checked.choices)
    id = IdField()
    verification = serializers.ChoiceField([Verification.VERIFIED, Verification.UNVERIFIABLE, Verification.WRONG])


class PhoneIn(serializers.Serializer):
    contact = IdField()
    number = serializers.CharField(max_length=40)
    source = serializers.ChoiceField([Source.DEBTOR, Source.CALL])


class RegistryIn(serializers.Serializer):
    legal_basis = serializers.ChoiceField(LegalBasis.choices)
    purpose = serializers.CharField(max_length=200)


class LetterIn(serializers.Serializer):
    template = IdField()
    address = IdField()
    reason = serializers.CharField(max_length=200)


class RevealIn(serializers.Serializer):
    kind = serializers.ChoiceField(RevealKind.choices)
    id = IdField()
    reason = serializers.CharField(max_length=200, allow_blank=True, default="")
