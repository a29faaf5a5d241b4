"""What goes out: what goes wrong, what was done, calls, letters. The queue is in `desk`, a case in `case`."""

from rest_framework import serializers

from compliance.choices import Direction, TargetClass
from compliance.selectors import target_of
from workbench.serializers.paging import PageOut

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


class ChoiceOut(serializers.Serializer):
    code = serializers.CharField()
    label = serializers.CharField()


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
    """A call of one's own that was placed, or came in, and is not on record yet."""

    verdict = serializers.IntegerField(source="verdict_id")
    case = serializers.IntegerField(source="case_id")
    case_no = serializers.CharField(source="case.case_no")
    name = serializers.CharField(source="case.debtor.name")
    whom = serializers.CharField(source="verdict.contact.get_relation_display")
    is_third_party = serializers.SerializerMethodField()
    phone = serializers.CharField(source="verdict.phone.masked")
    direction = serializers.ChoiceField(Direction.choices)
    at = serializers.DateTimeField()

    def get_is_third_party(self, dial) -> bool:
        return target_of(dial.verdict.contact) == TargetClass.THIRD_PARTY


class UnrecordedPageOut(PageOut):
    results = UnrecordedOut(many=True)


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


class LetterPageOut(PageOut):
    results = LetterOut(many=True)


class LetterTemplateOut(ChoiceOut):
    payee = serializers.CharField(allow_null=True, help_text="The account that its letters name when none is chosen.")


class LetterChoicesOut(serializers.Serializer):
    """What a letter may be made from, for one case."""

    templates = LetterTemplateOut(many=True)
    addresses = ChoiceOut(many=True)
    payees = ChoiceOut(many=True, help_text="The client's accounts in force, where there is a choice (CR-28).")


class RevealOut(serializers.Serializer):
    value = serializers.CharField()
