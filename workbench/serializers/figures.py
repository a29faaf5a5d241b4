"""Figures: what is asked, and the tables that answer."""

from rest_framework import serializers


class _ChosenField(serializers.IntegerField):
    """The id of a team, person or client whose figures the reader may see; 0: without one."""

    def __init__(self) -> None:
        super().__init__(required=False, min_value=0, max_value=2**63 - 1)


class PeriodQuery(serializers.Serializer):
    since = serializers.DateField(required=False, help_text="First day.")
    until = serializers.DateField(required=False, help_text="Last day.")
    team = _ChosenField()


class PeopleQuery(PeriodQuery):
    person = _ChosenField()


class CasesQuery(PeriodQuery):
    client = _ChosenField()


class AllQuery(PeopleQuery):
    client = _ChosenField()


class RecoveryQuery(CasesQuery):
    unit = serializers.ChoiceField(["week", "month"], default="week", help_text="Of the steps since the placement.")


class FiguresColumnOut(serializers.Serializer):
    key = serializers.CharField()
    label = serializers.CharField()
    kind = serializers.ChoiceField(["number", "money", "percent", "minutes", "moment", "text"])


class FiguresLineOut(serializers.Serializer):
    """`urls` open the rows behind each value: "" where there are none."""

    label = serializers.CharField(allow_blank=True)
    is_total = serializers.BooleanField()
    values = serializers.ListField(child=serializers.CharField(allow_null=True))
    urls = serializers.ListField(child=serializers.CharField(allow_blank=True))


class FiguresTableOut(serializers.Serializer):
    code = serializers.CharField()
    title = serializers.CharField()
    columns = FiguresColumnOut(many=True)
    rows = FiguresLineOut(many=True)


class FiguresOut(serializers.Serializer):
    since = serializers.DateField()
    until = serializers.DateField()
    tables = FiguresTableOut(many=True)
