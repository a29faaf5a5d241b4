from rest_framework import serializers

from letters.models import Letter


class LetterSerializer(serializers.ModelSerializer):
    """A letter as the collector's desk shows it; addresses stay masked."""

    kind = serializers.CharField(source="template.get_kind_display")
    state_label = serializers.CharField(source="get_state_display")
    address = serializers.CharField(source="address.masked")

    class Meta:
        model = Letter
        fields = ["id", "number", "kind", "state", "state_label", "address", "balance", "balance_on", "reason", "requested_at", "dispatched_at", "tracking_no"]


class LetterRequestSerializer(serializers.Serializer):
    case = serializers.IntegerField()
    template = serializers.IntegerField()
    address = serializers.IntegerField()
    reason = serializers.CharField(max_length=200)
