"""Amounts as a collector's lists show them: by their band (CR-17)."""

from decimal import Decimal

from django import template

from cases.rules.amounts import band_of

register = template.Library()


@register.filter
def band(amount: Decimal) -> str:
    return str(band_of(amount).label)
