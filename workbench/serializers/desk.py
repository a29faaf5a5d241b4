"""What goes out of the queue and of the desk itself."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from workbench.choices import Why
from workbench.rules import Timing
from workbench.serializers.inputs import QueueQuery
from workbench.serializers.outputs import ChoiceOut

FILTERS = frozenset(QueueQuery().fields)


class QueueRow(serializers.Serializer):
    """While a call to a third party is open, on whichever case, no row names a bank or says anything of a debt: the texts are empty (CR-12)."""

    id = serializers.IntegerField()
    case_no = serializers.CharField()
    name = serializers.CharField(source="debtor.name")
    client = serializers.CharField(source="client.short_name", allow_blank=True)
    balance = serializers.SerializerMethodField(help_text="Null while masked.")
    band = serializers.CharField(source="band.label", allow_blank=True, help_text="Roughly what is owed, masked or not.")
    masked = serializers.BooleanField(help_text="The amounts wait until identity is confirmed (CR-17).")
    stage = serializers.CharField(allow_blank=True)
    overdue_days = serializers.IntegerField(allow_null=True)
    state = serializers.CharField(allow_blank=True)
    state_label = serializers.CharField(source="get_state_display", allow_blank=True)
    why = serializers.CharField()
    why_label = serializers.SerializerMethodField()
    due_at = serializers.DateTimeField(allow_null=True)
    is_classified = serializers.BooleanField(source="classified")
    reason = serializers.CharField(allow_blank=True, help_text="Why it stands where it does, in words.")
    callable = serializers.BooleanField(help_text="Whether the gate would probably allow a call to the debtor now: an approximation.")
    touched_at = serializers.DateTimeField(allow_null=True)

    def get_why_label(self, case) -> str:
        return str(Why(case.why).label)

    @extend_schema_field(serializers.DecimalField(max_digits=14, decimal_places=2, allow_null=True))
    def get_balance(self, case) -> str | None:
        return None if case.masked else str(case.balance)


class TimingOut(serializers.Serializer):
    """How good the moment is for a call that nobody asked for (C3.2)."""

    code = serializers.ChoiceField([timing.value for timing in Timing])
    is_good = serializers.BooleanField()
    label = serializers.CharField(allow_blank=True)


class QueueOut(serializers.Serializer):
    results = QueueRow(many=True)
    next = serializers.CharField(allow_null=True, help_text="The cursor of the following page.")
    count = serializers.IntegerField()
    counts = serializers.DictField(child=serializers.IntegerField())
    as_of = serializers.DateTimeField()
    timing = TimingOut()


class NeighbourOut(serializers.Serializer):
    case = QueueRow(allow_null=True)


class ViewOut(serializers.Serializer):
    """A saved view of the queue."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    filters = serializers.DictField()
    position = serializers.IntegerField()
    is_default = serializers.BooleanField()
    version = serializers.IntegerField()
    has_lapsed = serializers.SerializerMethodField(
        help_text="Narrowed by something that the queue no longer takes, amounts for one: it finds more than it did."
    )

    def get_has_lapsed(self, view: Any) -> bool:
        return not FILTERS.issuperset(view.filters)


class OutcomeOut(serializers.Serializer):
    code = serializers.CharField()
    label = serializers.SerializerMethodField()
    key = serializers.CharField(source="hotkey")
    group = serializers.CharField()
    group_label = serializers.CharField(source="get_group_display")
    target = serializers.CharField()
    creates_promise = serializers.BooleanField()
    bars_number = serializers.BooleanField()
    stops_case = serializers.BooleanField()

    def get_label(self, outcome) -> str:
        return str(outcome)


class QuickTextOut(serializers.Serializer):
    id = serializers.IntegerField()
    title = serializers.CharField()
    text = serializers.CharField()
    target = serializers.CharField()
    position = serializers.IntegerField()
    is_shared = serializers.SerializerMethodField()

    def get_is_shared(self, row: Any) -> bool:
        return row.owner_id is None


class SetupOut(serializers.Serializer):
    """What the desk needs once: the outcomes with their keys, and every list to choose from."""

    outcomes = OutcomeOut(many=True)
    categories = ChoiceOut(many=True)
    findings = ChoiceOut(many=True)
    verifications = ChoiceOut(many=True)
    departments = ChoiceOut(many=True)
    flag_kinds = ChoiceOut(many=True)
    quick_texts = QuickTextOut(many=True)
    bases = ChoiceOut(many=True)
    whys = ChoiceOut(many=True)
    bands = ChoiceOut(many=True)
    clients = ChoiceOut(many=True)
    stages = serializers.ListField(child=serializers.CharField())
    views = ViewOut(many=True)
    today = serializers.DateField()
    promise_days = serializers.IntegerField(allow_null=True)
