"""What cases are: by stage, amount band, region and product (A2.2, second principle)."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Case as Choice
from django.db.models import Count, QuerySet, Sum, Value, When
from django.utils.translation import gettext as _

# Upper ends of the amount bands, in yuan.
BANDS = (5_000, 10_000, 30_000, 50_000, 100_000)


@dataclass(frozen=True, slots=True)
class Part:
    """One slice: how many cases, worth what, and its share of the whole in per cent. `value` is what the cases say; empty for bands and for the rest."""

    label: str
    count: int
    amount: Decimal
    share: int
    value: str = ""


def make_up_of(cases: QuerySet) -> dict[str, list[Part]]:
    """The cases by stage, amount band, region and product. Four queries."""
    return {
        "stage": _parts(_by(cases, "stage", "stage"), "stage"),
        "amount": _bands(cases),
        "region": _parts(_by(cases, "region", "-count"), "region", most=8),
        "product": _parts(_by(cases, "product", "-count"), "product", most=8),
    }


def _by(cases: QuerySet, key: str, order: str) -> QuerySet:
    return cases.values(key).annotate(count=Count("pk"), total=Sum("amount")).order_by(order, key)


def _parts(rows: Iterable[dict[str, Any]], key: str, *, most: int = 12) -> list[Part]:
    rows = list(rows)
    shown, rest = (rows[: most - 1], rows[most - 1 :]) if len(rows) > most else (rows, [])
    whole = sum(row["count"] for row in rows) or 1
    parts = [_part(row[key] or _("not given"), [row], whole, value=row[key]) for row in shown]
    return parts + ([_part(_("others"), rest, whole)] if rest else [])


def _part(label: Any, rows: list[dict[str, Any]], whole: int, value: str = "") -> Part:
    count = sum(row["count"] for row in rows)
    return Part(str(label), count, sum((row["total"] or Decimal(0) for row in rows), Decimal(0)), round(count * 100 / whole), value)


def _bands(cases: QuerySet) -> list[Part]:
    band = Choice(*(When(amount__lt=top, then=Value(number)) for number, top in enumerate(BANDS)), default=Value(len(BANDS)))
    rows = list(cases.annotate(band=band).values("band").annotate(count=Count("pk"), total=Sum("amount")).order_by("band"))
    whole = sum(row["count"] for row in rows) or 1
    return [_part(_band_label(row["band"]), [row], whole) for row in rows]


def _band_label(number: int) -> str:
    if number == 0:
        return _("below ¥%(most)s") % {"most": f"{BANDS[0]:,}"}
    if number == len(BANDS):
        return _("¥%(least)s and more") % {"least": f"{BANDS[-1]:,}"}
    return f"¥{BANDS[number - 1]:,} – {BANDS[number]:,}"
