"""Amounts as they are told to who may not know them yet: by their band, or left out of a text (CR-17)."""

import re
from decimal import Decimal

from cases.choices import Band

# From which amount on each band begins; it ends where the next one begins.
BAND_FROM = {Band.B1: Decimal(0), Band.B2: Decimal(5_000), Band.B3: Decimal(20_000), Band.B4: Decimal(50_000), Band.B5: Decimal(100_000)}


def band_of(amount: Decimal) -> Band:
    """The band of an amount in yuan; what is paid back in full, or overpaid, stands in the lowest."""
    return next((band for band in reversed(Band) if amount >= BAND_FROM[band]), Band.B1)


_AMOUNT = re.compile(
    r"[¥￥$]\s*\d[\d,，]*(?:\.\d+)?|\d[\d,，]*(?:\.\d+)?\s*[百千万]?\s*(?:元|块|圆|RMB|CNY)|(?<![\d.])\d[\d,，]*\.\d{2}(?![\d.])", re.IGNORECASE
)
_OF_MONEY = re.compile(r"[额款金费息欠债]|amount|balance|principal|interest|fee", re.IGNORECASE)


def mask_amounts(text: str) -> str:
    """What reads like an amount of money is left out (CR-17): "还了 500 元" says "还了 ***"."""
    return _AMOUNT.sub("***", text)


def mask_value(header: str, text: str) -> str:
    """A column of the bank's own file: under a heading that speaks of money every figure is an amount."""
    return re.sub(r"\d[\d,.]*", "***", text) if _OF_MONEY.search(header) else mask_amounts(text)
