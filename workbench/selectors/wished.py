"""What debtors asked for, as the gate heeds it, in SQL: for whole lists. What the gate itself says is in `compliance.rules.contact`."""

from django.db.models import BooleanField, CharField, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models import Case as Choice
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce, Least
from django.db.models.lookups import GreaterThan, LessThanOrEqual

from compliance.choices import Channel, PolicyKey
from compliance.models import DebtorWish
from compliance.rules.hours import MOST_SPANS
from workbench.selectors.asking import CLOCK, DAYS_LEFT, IS_WEEKEND, NOW

NO_LIMIT = 10_000


def is_wanted_now() -> Q:
    """The condition on a case that its debtor didn't ask for another channel (CR-16) or other hours (CR-02)."""
    elsewhere = _wishes("debtor").filter(key=PolicyKey.CHANNEL).exclude(value__only=Channel.PHONE.value)
    asleep = _wishes("debtor").filter(key=PolicyKey.WINDOW).annotate(allows=_allows_now()).filter(allows=False)
    return ~Q(Exists(elsewhere)) & ~Q(Exists(asleep))


def _allows_now() -> Choice:
    """Whether the hours of a wish contain this moment by the agency's clock (`Hours.allows`)."""
    first = KeyTextTransform("0", KeyTextTransform("spans", "value"))
    inside = _is_in(KeyTextTransform("from", "value"), KeyTextTransform("to", "value")) | _is_in(KeyTextTransform("0", first), KeyTextTransform("1", first))
    for place in range(1, MOST_SPANS):
        span = KeyTextTransform(str(place), KeyTextTransform("spans", "value"))
        inside |= _is_in(KeyTextTransform("0", span), KeyTextTransform("1", span))
    month_end = Coalesce(Cast(KeyTextTransform("month_end", "value"), IntegerField()), Value(0))
    is_day = ~Q(IS_WEEKEND, value__weekdays=True) & Q(LessThanOrEqual(month_end, DAYS_LEFT))
    return Choice(When(inside & is_day, then=Value(True)), default=Value(False), output_field=BooleanField())


def _is_in(opens: KeyTextTransform, closes: KeyTextTransform) -> Q:
    """Times of the day are kept as 09:00: as text they stand in the same order."""
    opens, closes = Cast(opens, CharField()), Cast(closes, CharField())
    return Q(LessThanOrEqual(opens, CLOCK)) & Q(GreaterThan(closes, CLOCK))


def with_wish(key: str, law: object, others: object, debtor: str) -> Least:
    """The strictest of a count: what the debtor agreed to stands in the law's place (CR-04), what the debtor asked for beside the rest."""
    agreed, asked = (_figure_of(key, debtor, is_consent=is_consent) for is_consent in (True, False))
    return Least(Coalesce(agreed, law), others, Coalesce(asked, Value(NO_LIMIT)))


def _figure_of(key: str, debtor: str, *, is_consent: bool) -> Subquery:
    found = _wishes(debtor, is_consent=is_consent).filter(key=key).order_by("-pk")
    return Subquery(found.values_list(Cast(KeyTextTransform("limit", "value"), IntegerField()))[:1], output_field=IntegerField())


def _wishes(debtor: str, *, is_consent: bool = False) -> QuerySet[DebtorWish]:
    return DebtorWish.objects.filter(Q(valid_to=None) | Q(valid_to__gt=NOW), debtor=OuterRef(debtor), valid_from__lte=NOW, is_consent=is_consent)
