"""What goes out of what is said and passed on."""

from rest_framework import serializers

from workbench.serializers.case import FlagOut
from workbench.serializers.outputs import HitOut
from workbench.serializers.paging import PageOut


class AmendedOut(serializers.Serializer):
    id = serializers.IntegerField()
    note = serializers.CharField(allow_blank=True)
    version = serializers.IntegerField()
    warnings = HitOut(many=True)


class FlagPageOut(PageOut):
    results = FlagOut(many=True)


class ReferralOut(serializers.Serializer):
    id = serializers.IntegerField()
    department = serializers.CharField()
    department_label = serializers.CharField(source="get_department_display")
    text = serializers.CharField()
    state = serializers.CharField()
    state_label = serializers.CharField(source="get_state_display")
    asked_by = serializers.CharField(source="asked_by.name")
    asked_at = serializers.DateTimeField()
    reply = serializers.CharField(allow_blank=True)
    closed_by = serializers.CharField(source="closed_by.name", allow_null=True, default=None)
    closed_at = serializers.DateTimeField(allow_null=True)


class ReferralPageOut(PageOut):
    results = ReferralOut(many=True)
