"""How a list is asked for page by page, and what goes out of it."""

from rest_framework import serializers


class PageQuery(serializers.Serializer):
    cursor = serializers.CharField(required=False, max_length=40, help_text="`next` of the page before.")
    page_size = serializers.IntegerField(min_value=1, max_value=100, default=50)


class PageOut(serializers.Serializer):
    """One page; each list adds its `results`."""

    next = serializers.CharField(allow_null=True, help_text="The cursor of the following page.")
