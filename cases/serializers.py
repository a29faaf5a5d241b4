"""The shape of an import template as JSON; what its columns mean is for the service to judge."""

import json
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from cases.choices import FileKind
from cases.services.imports.templates import FORMAT, LONGEST_NAME, CannotUseTemplate

MOST_COLUMNS = 1000
UNITS = (0.01, 1, 100, 1_000, 10_000)
CURRENCIES = ("", "CNY", "USD", "HKD", "EUR", "JPY")


class TemplateColumn(serializers.Serializer):
    header = serializers.CharField(allow_blank=True, max_length=500)
    field = serializers.CharField(allow_blank=True, max_length=60, required=False, default="")
    currency = serializers.ChoiceField(CURRENCIES, required=False, default="")
    unit = serializers.ChoiceField(UNITS, required=False, default=1)


class TemplateDocument(serializers.Serializer):
    format = serializers.ChoiceField([FORMAT])
    kind = serializers.ChoiceField(FileKind.choices)
    name = serializers.CharField(max_length=LONGEST_NAME)
    version = serializers.IntegerField(required=False)
    columns = TemplateColumn(many=True, allow_empty=False, max_length=MOST_COLUMNS)

    def to_internal_value(self, data: Any) -> Any:
        """A misspelt key is said, not passed over."""
        if isinstance(data, dict) and (unknown := sorted(set(data) - set(self.fields))):
            raise serializers.ValidationError({name: [_("The format knows no such key.")] for name in unknown})
        return super().to_internal_value(data)


def read_document(content: bytes) -> dict[str, Any]:
    """{"kind", "name", "columns"} of the document. Refused with one line for each thing that is wrong, and where."""
    try:
        data = json.loads(content)
    except (ValueError, RecursionError) as error:
        place = {"line": getattr(error, "lineno", 1), "column": getattr(error, "colno", 1)}
        raise CannotUseTemplate(gettext("Not JSON: line %(line)s, column %(column)s cannot be read.") % place) from error
    document = TemplateDocument(data=data)
    if not document.is_valid():
        raise CannotUseTemplate("\n".join(complaints_of(document.errors)))
    return {name: document.validated_data[name] for name in ("kind", "name", "columns")}


def complaints_of(errors: Any, place: str = "") -> list[str]:
    """The errors of a document as lines, each with its place: columns[3].unit: …"""
    if isinstance(errors, dict):
        parts = [(f"[{name}]" if isinstance(name, int) else f".{name}", inner) for name, inner in errors.items() if name != "non_field_errors"]
        own = errors.get("non_field_errors", [])
        return [f"{place or '·'}: {error}" for error in own] + [line for name, inner in parts for line in complaints_of(inner, (place + name).lstrip("."))]
    if errors and isinstance(errors[0], dict):
        return [line for index, inner in enumerate(errors) for line in complaints_of(inner, f"{place}[{index}]")]
    return [f"{place}: {error}" for error in errors]
