"""What goes out: masked, unless a call was allowed."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from compliance.choices import TargetClass
from compliance.selectors import target_of
from workbench.choices import Why
from workbench.rules import Timing

# --- What goes wrong ----------------------------------------------------------------------------------------------------------


class ErrorOut(serializers.Serializer):
    """How everything that goes wrong answers: a sentence for the person, and the rule that said no, if one did."""

    detail = serializers.CharField()
    rule = serializers.CharField(allow_blank=True)


class BadRequestOut(ErrorOut):
    """What was sent doesn't fit: each field's complaints."""

    fields = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))


class RefusalOut(ErrorOut):
    """A rule says no; nothing was changed. After a lost update (F13): what was sent, and what stands there now."""

    yours = serializers.DictField(required=False)
    theirs = serializers.DictField(required=False)


class RuleOut(serializers.Serializer):
    rule = serializers.CharField()
    text = serializers.CharField()


class WarningOut(RefusalOut):
    """The gate allows the call with warnings (CR-05, CR-06, CR-16): acknowledge them and ask again."""

    warnings = RuleOut(many=True, required=False)


class GateRefusalOut(RefusalOut):
    rules = RuleOut(many=True)
    verdict = serializers.IntegerField()


# --- Done --------------------------------------------------------------------------------------------------------------------------


class DoneOut(serializers.Serializer):
    """What was done, in words to show."""

    detail = serializers.CharField()


class ClassifiedOut(DoneOut):
    """How many of the filtering task's cases are classified now."""

    done = serializers.IntegerField()
    total = serializers.IntegerField()


class QueueRow(serializers.Serializer):
    id = serializers.IntegerField()
    case_no = serializers.CharField()
    name = serializers.CharField(source="debtor.name")
    client = serializers.CharField(source="client.short_name")
    balance = serializers.SerializerMethodField(help_text="Null while masked.")
    band = serializers.CharField(source="band.label", help_text="Roughly what is owed, masked or not.")
    masked = serializers.BooleanField(help_text="The amounts wait until identity is confirmed (CR-17).")
    stage = serializers.CharField()
    overdue_days = serializers.IntegerField(allow_null=True)
    state = serializers.CharField()
    state_label = serializers.CharField(source="get_state_display")
    why = serializers.CharField()
    why_label = serializers.SerializerMethodField()
    due_at = serializers.DateTimeField(allow_null=True)
    is_classified = serializers.BooleanField(source="classified")
    reason = serializers.CharField(help_text="Why it stands where it does, in words.")
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


class ChoiceOut(serializers.Serializer):
    code = serializers.CharField()
    label = serializers.CharField()


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
    kind = serializers.CharField(source="phone.get_kind_display")
    source = serializers.CharField(source="phone.get_source_display")
    status = serializers.CharField(source="phone.status")
    status_label = serializers.CharField(source="phone.get_status_display")
    verification = serializers.CharField(source="phone.verification")
    verification_label = serializers.CharField(source="phone.get_verification_display")
    expires_on = serializers.DateField(source="phone.expires_on", allow_null=True)
    attempts = serializers.IntegerField()
    refusals = RuleOut(many=True, source="reasons")


class AddressOut(serializers.Serializer):
    id = serializers.IntegerField()
    masked = serializers.CharField()
    kind = serializers.CharField(source="get_kind_display")
    source = serializers.CharField(source="get_source_display")
    verification = serializers.CharField()
    verification_label = serializers.CharField(source="get_verification_display")
    returned_at = serializers.DateTimeField(allow_null=True)
    expires_on = serializers.DateField(allow_null=True)


class ContactOut(serializers.Serializer):
    id = serializers.IntegerField(source="contact.pk")
    name = serializers.CharField(source="contact.name")
    relation = serializers.CharField(source="contact.relation")
    relation_label = serializers.CharField(source="contact.get_relation_display")
    relation_text = serializers.CharField(source="contact.relation_text")
    step = serializers.CharField()
    is_third_party = serializers.BooleanField()
    standing = serializers.CharField(source="contact.get_legal_class_display")
    source = serializers.CharField(source="contact.get_source_display")
    verification = serializers.CharField(source="contact.verification")
    verification_label = serializers.CharField(source="contact.get_verification_display")
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
    whom = serializers.CharField(source="contact.get_relation_display")
    outcome = serializers.CharField()
    note = serializers.CharField()
    person = serializers.CharField(source="collector.name")


class OtherCaseOut(serializers.Serializer):
    id = serializers.IntegerField()
    case_no = serializers.CharField()
    client = serializers.CharField(source="client.short_name")
    balance = serializers.DecimalField(max_digits=14, decimal_places=2, allow_null=True)
    state_label = serializers.CharField(source="get_state_display")


class PromiseOut(serializers.Serializer):
    id = serializers.IntegerField()
    version = serializers.IntegerField()
    amount = serializers.DecimalField(max_digits=14, decimal_places=2, allow_null=True)
    due_on = serializers.DateField()
    state = serializers.CharField()
    state_label = serializers.CharField(source="get_state_display")


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


class CallOut(serializers.Serializer):
    """The gate said yes and the call is placed, or somebody rang: what to say first.

    `backend` says how it is dialled: "desk_phone" (dial `number`), "sip" (open `uri`), "cti" (the telephone system rings; no number is shown),
    "" for an inbound call.
    """

    verdict = serializers.IntegerField()
    at = serializers.DateTimeField()
    direction = serializers.CharField()
    backend = serializers.CharField(allow_blank=True)
    number = serializers.CharField(allow_blank=True)
    uri = serializers.CharField(allow_blank=True)
    call_ref = serializers.CharField(allow_blank=True)
    warnings = RuleOut(many=True)
    whom = serializers.CharField()
    is_third_party = serializers.BooleanField()
    script = serializers.CharField(allow_blank=True)
    opening = serializers.CharField(allow_blank=True)
    body = serializers.CharField(allow_blank=True)


class UnrecordedOut(serializers.Serializer):
    """A call of one's own that was placed and is not on record yet."""

    verdict = serializers.IntegerField(source="verdict_id")
    case = serializers.IntegerField(source="case_id")
    case_no = serializers.CharField(source="case.case_no")
    name = serializers.CharField(source="case.debtor.name")
    whom = serializers.CharField(source="verdict.contact.get_relation_display")
    is_third_party = serializers.SerializerMethodField()
    phone = serializers.CharField(source="verdict.phone.masked")
    at = serializers.DateTimeField()

    def get_is_third_party(self, dial) -> bool:
        return target_of(dial.verdict.contact) == TargetClass.THIRD_PARTY


class IdentityOut(serializers.Serializer):
    """The debt may be spoken of now."""

    body = serializers.CharField(allow_blank=True)
    balance = serializers.DecimalField(max_digits=14, decimal_places=2)
    balance_on = serializers.DateField()


class HitOut(serializers.Serializer):
    pattern = serializers.CharField()
    text = serializers.CharField()
    start = serializers.IntegerField()
    end = serializers.IntegerField()


class RecordOut(serializers.Serializer):
    id = serializers.IntegerField()
    is_new = serializers.BooleanField()
    state = serializers.CharField()
    follow_up_at = serializers.DateTimeField(allow_null=True)
    warnings = HitOut(many=True)


class LetterDoneOut(DoneOut):
    id = serializers.IntegerField()


class LetterOut(serializers.Serializer):
    """A letter of the case; its address stays masked."""

    id = serializers.IntegerField()
    number = serializers.CharField(allow_blank=True)
    kind = serializers.CharField(source="template.get_kind_display")
    state = serializers.CharField()
    state_label = serializers.CharField(source="get_state_display")
    address = serializers.CharField(source="address.masked")
    reason = serializers.CharField()
    requested_at = serializers.DateTimeField()
    dispatched_at = serializers.DateTimeField(allow_null=True)
    tracking_no = serializers.CharField(allow_blank=True)


class LetterChoicesOut(serializers.Serializer):
    """What a letter may be made from, for one case."""

    templates = ChoiceOut(many=True)
    addresses = ChoiceOut(many=True)


class RevealOut(serializers.Serializer):
    value = serializers.CharField()
