"""What comes in. Nothing that a database would choke on gets through: ids fit their columns, moments lie in our time."""

from datetime import UTC, datetime
from typing import Any

from rest_framework import serializers

from calls.choices import Department, Finding, ReviewField, StepState, Target
from cases.choices import Band, CallStep, LegalBasis, Source, Verification
from compliance.choices import FlagKind
from workbench.choices import Checked, RevealKind, Why

MOST = 2**63 - 1


class IdField(serializers.IntegerField):
    """The id of a row."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=MOST, **kwargs)


class VersionField(serializers.IntegerField):
    """The version of the row that was on screen (F13)."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=2**31 - 1, **kwargs)


class MomentField(serializers.DateTimeField):
    """A moment somewhere in our time: one at the edge of the calendar could not be told in another zone."""

    default_error_messages = {"range": serializers.DateTimeField.default_error_messages["overflow"]}

    def to_internal_value(self, value: Any) -> datetime:
        moment = super().to_internal_value(value)
        if not datetime(2000, 1, 1, tzinfo=UTC) <= moment < datetime(2100, 1, 1, tzinfo=UTC):
            self.fail("range")
        return moment


class AmountField(serializers.DecimalField):
    """An amount of money, in yuan; never less than nothing."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=14, decimal_places=2, min_value=0, **kwargs)


class QueueQuery(serializers.Serializer):
    """What the queue is narrowed by."""

    why = serializers.ChoiceField(Why.choices, required=False)
    task = IdField(required=False)
    client = IdField(required=False)
    stage = serializers.CharField(required=False, max_length=10)
    band = serializers.ChoiceField(Band.choices, required=False, help_text="Roughly what is owed; the amount itself can't be asked for (CR-17).")
    q = serializers.CharField(required=False, max_length=60)
    callable = serializers.BooleanField(required=False, allow_null=True, default=None, help_text="What the gate would probably allow now: an approximation.")


class QueuePageQuery(QueueQuery):
    cursor = serializers.CharField(required=False, max_length=400, help_text="`next` of the page before.")
    page_size = serializers.IntegerField(min_value=1, max_value=200, default=50)


class NeighbourQuery(QueueQuery):
    case = IdField(required=False)
    direction = serializers.ChoiceField(["next", "previous"], default="next")


class ViewFilters(QueueQuery):
    """The filters of a saved view, as the queue takes them."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        kept = super().to_internal_value(data)
        return {name: value for name, value in kept.items() if value is not None}


class ViewIn(serializers.Serializer):
    name = serializers.CharField(max_length=40)
    filters = ViewFilters()
    is_default = serializers.BooleanField(default=False)


class ViewChangeIn(serializers.Serializer):
    version = VersionField()
    name = serializers.CharField(max_length=40, required=False)
    filters = ViewFilters(required=False)
    is_default = serializers.BooleanField(required=False)


class ViewOrderIn(serializers.Serializer):
    ids = serializers.ListField(child=IdField(), max_length=50)


class CallIn(serializers.Serializer):
    phone = IdField()
    acknowledged = serializers.BooleanField(default=False, help_text="The gate's warnings were read (409 told of them).")


class InboundIn(serializers.Serializer):
    """Who rings: by the number, or by who it is."""

    phone = IdField(required=False, allow_null=True, default=None)
    contact = IdField(required=False, allow_null=True, default=None)


class ReasonIn(serializers.Serializer):
    reason = serializers.CharField(max_length=200)


class ReplyIn(serializers.Serializer):
    reply = serializers.CharField(max_length=500)


class AmendIn(ReasonIn):
    version = VersionField()
    note = serializers.CharField(max_length=2000, allow_blank=True)
    follow_up_at = MomentField(required=False, allow_null=True)


class PromiseAmendIn(ReasonIn):
    version = VersionField()
    amount = AmountField()
    due_on = serializers.DateField()


class PromiseCancelIn(ReasonIn):
    version = VersionField()


class QuickTextIn(serializers.Serializer):
    title = serializers.CharField(max_length=30)
    text = serializers.CharField(max_length=300)
    target = serializers.ChoiceField(Target.choices, default=Target.ANY)
    is_shared = serializers.BooleanField(default=False)
    position = serializers.IntegerField(min_value=0, max_value=1000, default=0)


class ReferralIn(serializers.Serializer):
    department = serializers.ChoiceField(Department.choices)
    text = serializers.CharField(max_length=500)
    record = IdField(required=False, allow_null=True)


class FlagIn(serializers.Serializer):
    kind = serializers.ChoiceField(FlagKind.choices)
    evidence = serializers.CharField(max_length=200)


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
    seen = serializers.CharField(max_length=10, allow_blank=True, help_text="The finding that was on screen; empty when there was none.")
    note = serializers.CharField(max_length=200, allow_blank=True, default="")


class StepIn(serializers.Serializer):
    step = serializers.ChoiceField(CallStep.choices)
    state = serializers.ChoiceField([StepState.CALLED, StepState.SKIPPED])
    reason = serializers.CharField(max_length=200, allow_blank=True, default="")


class ClassificationIn(serializers.Serializer):
    category = serializers.SlugField(max_length=20)


class CheckIn(serializers.Serializer):
    """`seen` is the verification that was on screen: when it is another one by now, 409 carries both (F13)."""

    kind = serializers.ChoiceField(Checked.choices)
    id = IdField()
    verification = serializers.ChoiceField([Verification.VERIFIED, Verification.UNVERIFIABLE, Verification.WRONG])
    seen = serializers.CharField(max_length=14)


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
    payee = IdField(required=False, allow_null=True, default=None, help_text="The template's account, else the client's first, when left out (CR-28).")
    reason = serializers.CharField(max_length=200)


class RevealIn(serializers.Serializer):
    kind = serializers.ChoiceField(RevealKind.choices)
    id = IdField()
    reason = serializers.CharField(max_length=200, allow_blank=True, default="")
