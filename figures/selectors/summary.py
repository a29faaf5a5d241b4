"""Which past days are summed up, and may be read instead of their records. A day that anything was recorded or amended of since is not among them."""

from datetime import date

from django.db.models import Min
from django.db.models.functions import TruncDate

from calls.models import ContactRecord, Outcome, RecordAmendment
from collection.lib.seen import fingerprint
from figures.models import SummaryDay


def outcomes_now() -> str:
    """The fingerprint of what each outcome counts as: managers may change it, and every day with it. One query."""
    return fingerprint({code: (contact, right) for code, contact, right in Outcome.objects.values_list("pk", "is_contact", "is_right_party")})


def fresh_days(first: date, last: date) -> set[date]:
    """The days of the period whose summaries say what their records say. Four queries; one where nothing is summed up."""
    rows = SummaryDay.objects.filter(day__gte=first, day__lte=last)
    until = rows.aggregate(records=Min("records_until"), amendments=Min("amendments_until"))
    if until["records"] is None:
        return set()
    later = ContactRecord.objects.filter(pk__gt=until["records"]).annotate(day=TruncDate("started_at"))
    amended = RecordAmendment.objects.filter(pk__gt=until["amendments"]).annotate(day=TruncDate("record__started_at"))
    stale = set(later.order_by().values_list("day", flat=True).distinct()) | set(amended.order_by().values_list("day", flat=True).distinct())
    return set(rows.filter(outcomes=outcomes_now()).values_list("day", flat=True)) - stale
