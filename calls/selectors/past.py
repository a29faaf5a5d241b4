"""What was done before to reach a debtor: the day's counts over all cases and collectors (CR-03 to CR-06), and every attempt of the last weeks (CR-10)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import BigAutoField, CharField, Count, DateTimeField, F, IntegerField, Max, Q, QuerySet, Value
from django.db.models.functions import Cast
from django.utils import timezone

from calls.models import ContactRecord, Dial
from calls.rules import attempt_kind
from cases.choices import Relation
from cases.models import Case, Debtor, Phone
from collection.lib.prepared import Among, Given, GivenList, Prepared
from compliance.choices import AttemptKind, Direction
from compliance.rules.contact import Attempt
from compliance.selectors import Counts

RESERVED_FOR = timedelta(minutes=2)
REMEMBERED_FOR = timedelta(days=60)
NEVER = Cast(None, DateTimeField())


def start_of_day(now: datetime) -> datetime:
    """The day's first moment by the agency's clock, whatever zone a reader has (F18)."""
    here = timezone.get_default_timezone()
    return timezone.make_aware(datetime.combine(timezone.localdate(now, here), time.min), here)


def pending_dials(now: datetime) -> QuerySet[Dial]:
    """Calls that are neither on record nor cancelled: they count as made (F15).

    Reserved, for two minutes; placed, so that somebody may have been rung, until somebody says what came of it. One whose request began a moment
    after ours and was quicker counts too: whoever waits for the other's lock has the older `now`.
    """
    return _pending(now - RESERVED_FOR)


def _pending(reserved_since: datetime | Given) -> QuerySet[Dial]:
    return Dial.objects.filter(direction=Direction.OUT, recorded_at=None, cancelled_at=None).filter(Q(placed_at__isnull=False) | Q(at__gt=reserved_since))


@dataclass(frozen=True)
class DayCounts:
    """The counts of one day, over all cases and collectors: by number, and of the debtor."""

    attempts: dict[str, int]
    wrong: dict[str, int]
    effective: int
    effective_this_week: int = 0
    last_effective_at: datetime | None = None
    is_first_contact: bool = False
    # Every attempt to reach the debtor of the last weeks, on whichever case (CR-10).
    to_reach: Sequence[Attempt] = ()

    def of(self, phone: Phone) -> Counts:
        index = phone.number_index
        return Counts(
            attempts_today=self.attempts.get(index, 0),
            effective_today=self.effective,
            wrong_answers=self.wrong.get(index, 0),
            effective_this_week=self.effective_this_week,
            last_effective_at=self.last_effective_at,
            is_first_contact=self.is_first_contact,
        )


def day_counts(case: Case, number_indexes: Iterable[str], *, now: datetime, apart_from: Dial | None = None) -> DayCounts:
    """CR-03 to CR-06 of the case's debtor, over all cases: outbound records of the day, and what is pending but the one named; and the attempts
    to reach the debtor. Whether it is the first contact is asked of the case's placement: each has its own notice (CR-19). One query, however
    many numbers.

    A call belongs to the day of its start, Shanghai time (F18). One to the debtor that nobody recorded yet counts as a conversation: otherwise
    who records nothing could call for ever.
    """
    about = {"placement": case.placement_id, "apart_from": apart_from.pk if apart_from else 0}
    rows = PAST.rows(**_past_of(case.debtor_id, now), **about, numbers=list(number_indexes))
    attempts, wrong, effective, week, last, ever, tried = {}, {}, 0, 0, None, 0, []
    for source, text, way, first, second, third, at in rows:
        if source == "spoken":
            effective, week, ever, last = effective + first, second, third, at
        elif source == "number":
            attempts[text], wrong[text] = attempts.get(text, 0) + first, second
        elif source == "pending":
            attempts[text], effective = attempts.get(text, 0) + first, effective + second
        else:
            tried.append((at, way, text, bool(first), bool(second)))
    return DayCounts(attempts, wrong, effective, week, last, is_first_contact=not ever, to_reach=_attempts(tried))


def attempts_to_reach(debtor: Debtor, *, now: datetime) -> list[Attempt]:
    """Every attempt to reach the debtor of the last weeks, on whichever case (CR-10). One query."""
    return _attempts((at, way, group, reached, stops) for _source, group, way, reached, stops, _none, at in TRIED.rows(**_past_of(debtor.pk, now)))


def _attempts(rows: Iterable[tuple]) -> list[Attempt]:
    """Who rings us is reached; that nobody answered can be said of our own calls only."""
    kinds = [(at, way, attempt_kind(group, is_right_party=bool(reached), stops_case=bool(stops))) for at, way, group, reached, stops in rows]
    return [Attempt(at=at, kind=kind) for at, way, kind in kinds if kind and (way == Direction.OUT or kind != AttemptKind.FAILED)]


def _past_of(debtor: int, now: datetime) -> dict[str, Any]:
    """What the past is judged by. The whole day counts, not only up to now: the caller's clock, by which a call began, may be ahead of ours."""
    today = start_of_day(now)
    return {
        "debtor": debtor, "reserved_since": now - RESERVED_FOR, "pending_since": min(today, now - RESERVED_FOR), "remembered": now - REMEMBERED_FOR,
        "day_began": today, "day_ends": today + timedelta(days=1), "week_began": now - timedelta(days=7),
    }  # fmt: skip


OF_DEBTOR, NUMBERS = Given("debtor", BigAutoField()), GivenList("numbers", CharField())
DAY_BEGAN, DAY_ENDS, WEEK_BEGAN, REMEMBERED, RESERVED_SINCE, PENDING_SINCE = (
    Given(name, DateTimeField()) for name in ("day_began", "day_ends", "week_began", "remembered", "reserved_since", "pending_since")
)
OF_DAY = Q(started_at__gte=DAY_BEGAN, started_at__lt=DAY_ENDS)


def _past() -> QuerySet:
    # The recorded first: the first of a union says how its columns are read.
    return _spoken_with().union(_of_numbers(), _of_pending(), _tried(), all=True)


def _spoken_with() -> QuerySet:
    """How often the debtor was spoken to today and in seven days, how often anybody was ever called for the placement's debt, and when the last
    conversation ended. No row when nobody ever was."""
    effective = Q(outcome__is_effective_call=True, direction=Direction.OUT, started_at__lt=DAY_ENDS)
    counted = ContactRecord.objects.filter(debtor=OF_DEBTOR).values("debtor").annotate(
        today=Count("pk", filter=effective & OF_DAY),
        week=Count("pk", filter=effective & Q(started_at__gt=WEEK_BEGAN)),
        ever=Count("pk", filter=Q(case__placement=Given("placement", BigAutoField()))),
        last=Max("ended_at", filter=effective),
    )  # fmt: skip
    return counted.values_list(Value("spoken"), Value(""), Value(""), "today", "week", "ever", "last")


def _of_numbers() -> QuerySet:
    """Of each number, how often it was called today, and how often it was said not to be the debtor's."""
    is_attempt = OF_DAY & Q(direction=Direction.OUT)
    is_wrong = Q(debtor=OF_DEBTOR, outcome__marks_number="changed")
    counted = ContactRecord.objects.filter(Among(F("number_index"), NUMBERS)).values("number_index").annotate(
        dialled=Count("pk", filter=is_attempt), mistaken=Count("pk", filter=is_wrong)
    )  # fmt: skip
    return counted.values_list(Value("number"), "number_index", Value(""), "dialled", "mistaken", Value(0), NEVER)


def _of_pending() -> QuerySet:
    """Of each number, how many calls are pending, and how many of them to the debtor."""
    pending = _pending(RESERVED_SINCE).filter(Q(Among(F("number_index"), NUMBERS)) | Q(debtor=OF_DEBTOR), at__gte=PENDING_SINCE)
    pending = pending.exclude(pk=Given("apart_from", BigAutoField()))
    to_debtor = Q(debtor=OF_DEBTOR, is_to_debtor=True)
    counted = pending.values("number_index").annotate(dialled=Count("pk"), to_debtor=Count("pk", filter=to_debtor))
    return counted.values_list(Value("pending"), "number_index", Value(""), "dialled", "to_debtor", Value(0), NEVER)


def _tried() -> QuerySet:
    """Each call to the debtor's own numbers of the last weeks, and what came of it."""
    rows = ContactRecord.objects.filter(debtor=OF_DEBTOR, started_at__gt=REMEMBERED, contact__relation=Relation.SELF).order_by()
    reached, stops = (Cast(f"outcome__{name}", IntegerField()) for name in ("is_right_party", "stops_case"))
    return rows.values_list(Value("tried"), "outcome__group", "direction", reached, stops, Value(0), "started_at")


PAST, TRIED = Prepared(_past), Prepared(_tried)
