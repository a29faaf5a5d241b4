"""Calls of past days, summed up once. Doing it again changes nothing; what is out of date is simply not read until then."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Count, Max, Min
from django.db.models.functions import ExtractHour
from django.utils import timezone

from calls.models import ContactRecord, RecordAmendment
from figures.models import CallSummary, SummaryDay
from figures.selectors.activity import MEASURES
from figures.selectors.question import start_of
from figures.selectors.summary import fresh_days, outcomes_now

# So many ids may have been taken by transactions that are not through yet: they are looked at again.
UNDER_WAY = 1000
AT_ONCE = 60


def sum_up_past_days(*, now: datetime, under_way: int = UNDER_WAY) -> int:
    """The days before today that are not summed up, or no longer rightly: the latest first, some at a time. Returns how many were."""
    span = ContactRecord.objects.aggregate(first=Min("started_at"))["first"]
    if span is None:
        return 0
    today, first = timezone.localdate(now), timezone.localdate(span)
    fresh = fresh_days(first, today)
    days = [today - timedelta(days=number) for number in range(1, (today - first).days + 1)]
    wanted = [day for day in days if day not in fresh][:AT_ONCE]
    for day in wanted:
        sum_up(day, now=now, under_way=under_way)
    return len(wanted)


@transaction.atomic
def sum_up(day: date, *, now: datetime, under_way: int = UNDER_WAY) -> None:
    """The day's calls, counted anew. What is recorded meanwhile has a higher id than is noted, and makes the day stale again."""
    row, _is_new = SummaryDay.objects.select_for_update(of=("self",)).get_or_create(
        day=day, defaults={"records_until": 0, "amendments_until": 0, "outcomes": "", "built_at": now}
    )
    row.records_until = (ContactRecord.objects.aggregate(last=Max("pk"))["last"] or 0) - under_way
    row.amendments_until = (RecordAmendment.objects.aggregate(last=Max("pk"))["last"] or 0) - under_way
    row.outcomes, row.built_at = outcomes_now(), now
    CallSummary.objects.filter(day=day).delete()
    counted = {name: Count("pk", filter=where) for name, where in MEASURES.items()} | {"promises": Count("promise")}
    calls = ContactRecord.objects.filter(started_at__gte=start_of(day), started_at__lt=start_of(day + timedelta(days=1)))
    found = calls.annotate(hour=ExtractHour("started_at")).order_by().values("hour", "collector", "case__client").annotate(**counted)
    CallSummary.objects.bulk_create(
        CallSummary(
            day=day, hour=line["hour"], collector_id=line["collector"], client_id=line["case__client"], **{name: line[name] for name in (*MEASURES, "promises")}
        )
        for line in found
    )  # fmt: skip
    row.save()
