"""Annex 4: a month's letter quality, counted by template, by person or by carrier."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import Avg, Count, Q, QuerySet

from letters.choices import Carrier, Grade, RectifyState
from letters.models import LetterTemplate, QualityCheck, QualityDefect, QualityForm
from letters.models.quality import item_name
from letters.selectors_quality import checks_visible_to
from staff.models import User

BY = {"template": "letter__template", "person": "letter__dispatched_by", "carrier": "letter__carrier"}
MOST_COMMON = 3


@dataclass(frozen=True)
class Frequent:
    """How often an item was not in order."""

    item: str
    name: str
    count: int


@dataclass
class Line:
    """The letters of one template, person or carrier that were checked in a month. `key` names it in the list's filter."""

    key: str
    name: str
    checked: int
    passed: int
    minor: int
    serious: int
    points: Decimal
    asked: int
    on_time: int
    late: int
    unsettled: int
    frequent: list[Frequent] = field(default_factory=list)

    @property
    def pass_rate(self) -> Decimal:
        """Percent of the checked ones."""
        return _rounded(Decimal(100 * self.passed) / self.checked) if self.checked else Decimal(0)


def checked_letters(user: User, start: datetime, end: datetime) -> QuerySet[QualityCheck]:
    """The letters' forms of the time that this person may see. Days' forms are counted apart."""
    return checks_visible_to(user).filter(checked_at__gte=start, checked_at__lt=end, letter__isnull=False)


def report(user: User, *, by: str, start: datetime, end: datetime) -> list[Line]:
    """One line each, the most checked first. Four queries at most, whatever the number of letters."""
    rows = checked_letters(user, start, end)
    counted = list(rows.values(BY[by]).annotate(**_figures()).order_by("-checked", BY[by]))
    names, frequent = _names(by, [row[BY[by]] for row in counted]), _frequent(rows, by)
    return [_line(row.pop(BY[by]), row, names, frequent) for row in counted]


def totals(user: User, *, start: datetime, end: datetime) -> Line:
    """All of the month in one line, with the most frequent defects."""
    rows = checked_letters(user, start, end)
    row = rows.aggregate(**_figures())
    line = _line("", row, {"": ""}, {})
    line.frequent = _item_counts(rows)
    return line


def _figures() -> dict:
    asked = Q(rectification__isnull=False) & ~Q(rectification__state=RectifyState.CANCELLED)
    return {
        "checked": Count("pk"),
        "passed": Count("pk", filter=Q(grade=Grade.PASS)),
        "minor": Count("pk", filter=Q(grade=Grade.MINOR)),
        "serious": Count("pk", filter=Q(grade=Grade.SERIOUS)),
        "points": Avg("points"),
        "asked": Count("pk", filter=asked),
        "on_time": Count("pk", filter=asked & Q(rectification__was_on_time=True)),
        "late": Count("pk", filter=asked & Q(rectification__was_on_time=False)),
        "unsettled": Count("pk", filter=asked & ~Q(rectification__state=RectifyState.ACCEPTED)),
    }


def _line(key: object, row: dict, names: dict, frequent: dict) -> Line:
    points = _rounded(Decimal(str(row.pop("points") or 0)))
    return Line(key=str(key), name=names.get(key, str(key)), points=points, frequent=frequent.get(key, [])[:MOST_COMMON], **row)


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.1"), ROUND_HALF_UP)


def _names(by: str, keys: list) -> dict:
    if by == "carrier":
        return {key: str(Carrier(key).label) for key in keys if key in Carrier.values}
    model = LetterTemplate if by == "template" else User
    return {row.pk: str(row) for row in model.objects.filter(pk__in=keys)}


def _frequent(rows: QuerySet[QualityCheck], by: str) -> dict:
    field_name = f"check_row__{BY[by]}"
    names, found = item_names(), {}
    defects = QualityDefect.objects.filter(check_row__in=rows)
    for row in defects.values(field_name, "item").annotate(count=Count("pk")).order_by("-count", "item"):
        found.setdefault(row[field_name], []).append(Frequent(row["item"], names.get(row["item"], row["item"]), row["count"]))
    return found


def _item_counts(checks: QuerySet[QualityCheck]) -> list[Frequent]:
    names = item_names()
    rows = QualityDefect.objects.filter(check_row__in=checks).values("item").annotate(count=Count("pk")).order_by("-count", "item")
    return [Frequent(row["item"], names.get(row["item"], row["item"]), row["count"]) for row in rows]


def item_names() -> dict[str, str]:
    """What an item is called now; the newest version of the form gives the name."""
    names: dict[str, str] = {}
    for form in QualityForm.objects.order_by("subject", "version"):
        names |= {item["code"]: item_name(item) for item in form.items}
    return names
