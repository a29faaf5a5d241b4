"""What was done before: the day's counts, the attempts to reach a debtor, and how far a case is filtered."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import BigAutoField, CharField, Count, DateTimeField, Exists, F, IntegerField, Max, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone

from assignment.models import Assignment, FilteringTask
from assignment.selectors import cases_of_task
from calls.choices import Department, ReviewState
from calls.models import CallIssue, CallStepReview, Category, ContactRecord, Dial, FieldReview, FilteringReview, Outcome, Promise, QuickText, Referral
from calls.rules import Missing, PromisePolicy, Step, attempt_kind, broken_in_row, call_order, missing_of
from cases.choices import STEP_OF_RELATION, Relation, Verification
from cases.models import Address, Case, Contact, Debtor, Phone
from cases.models.case import in_teams
from collection.lib.prepared import Among, Given, GivenList, Prepared
from compliance.choices import AttemptKind, Direction, PolicyKey
from compliance.models import CaseFlag, Verdict
from compliance.rules.contact import Attempt
from compliance.rules.layers import strictest
from compliance.selectors import Counts, GateView, figure_in_force, limits_in_force, open_flags_of
from staff.choices import Role
from staff.models import User
from staff.selectors import people_with_role, teams_led_by

RESERVED_FOR = timedelta(minutes=2)
UNRECORDED_AFTER, RECORDED_AFTER_END = timedelta(minutes=15), timedelta(minutes=5)
REMEMBERED_FOR = timedelta(days=60)
NEVER = Cast(None, DateTimeField())
# Who answers for a department; the team lead is the case's own.
ROLE_OF_DEPARTMENT = {
    Department.QUALITY: Role.QUALITY,
    Department.FINANCE: Role.FINANCE,
    Department.DATA: Role.DATA_SPECIALIST,
    Department.DATA_CENTRE: Role.DATA_CENTRE,
    Department.GM_OFFICE: Role.GM_OFFICE,
}


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
    return Dial.objects.filter(recorded_at=None, cancelled_at=None).filter(Q(placed_at__isnull=False) | Q(at__gt=reserved_since))


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


def day_counts(debtor: Debtor, number_indexes: Iterable[str], *, now: datetime, apart_from: Dial | None = None) -> DayCounts:
    """CR-03 to CR-06: outbound records of the day, and what is pending but the one named; and the attempts to reach the debtor. One query,
    however many numbers.

    A call belongs to the day of its start, Shanghai time (F18). One to the debtor that nobody recorded yet counts as a conversation: otherwise
    who records nothing could call for ever.
    """
    rows = PAST.rows(**_past_of(debtor, now), numbers=list(number_indexes), apart_from=apart_from.pk if apart_from else 0)
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
    return _attempts((at, way, group, reached, stops) for _source, group, way, reached, stops, _none, at in TRIED.rows(**_past_of(debtor, now)))


def _attempts(rows: Iterable[tuple]) -> list[Attempt]:
    """Who rings us is reached; that nobody answered can be said of our own calls only."""
    kinds = [(at, way, attempt_kind(group, is_right_party=bool(reached), stops_case=bool(stops))) for at, way, group, reached, stops in rows]
    return [Attempt(at=at, kind=kind) for at, way, kind in kinds if kind and (way == Direction.OUT or kind != AttemptKind.FAILED)]


def _past_of(debtor: Debtor, now: datetime) -> dict[str, Any]:
    """What the past is judged by. The whole day counts, not only up to now: the caller's clock, by which a call began, may be ahead of ours."""
    today = start_of_day(now)
    return {
        "debtor": debtor.pk, "reserved_since": now - RESERVED_FOR, "pending_since": min(today, now - RESERVED_FOR), "remembered": now - REMEMBERED_FOR,
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
    """How often the debtor was spoken to today and in seven days, how often anybody was ever called for the debtor, and when the last
    conversation ended. No row when nobody ever was."""
    effective = Q(outcome__is_effective_call=True, direction=Direction.OUT, started_at__lt=DAY_ENDS)
    counted = ContactRecord.objects.filter(debtor=OF_DEBTOR).values("debtor").annotate(
        today=Count("pk", filter=effective & OF_DAY),
        week=Count("pk", filter=effective & Q(started_at__gt=WEEK_BEGAN)),
        ever=Count("pk"),
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


def holds(user: User, case: Case) -> bool:
    return Assignment.objects.open().filter(case=case, collector=user).exists()


def referrals_visible_to(user: User) -> QuerySet[Referral]:
    """Those asked by oneself, those of the own department, for a lead those of the own teams' cases; all for the GM office."""
    rows = Referral.objects.select_related("case__client", "asked_by", "closed_by").defer("case__extra")
    if user.has_role(Role.GM_OFFICE):
        return rows
    mine = Q(asked_by=user)
    for department, role in ROLE_OF_DEPARTMENT.items():
        if user.has_role(role):
            mine |= Q(department=department)
    if user.has_role(Role.TEAM_LEAD):
        mine |= in_teams(teams_led_by(user), "case__")
    return rows.filter(mine)


def referrals_of(case: Case) -> QuerySet[Referral]:
    """What was passed on from the case, the latest first."""
    return Referral.objects.filter(case=case).select_related("asked_by", "closed_by").order_by("-asked_at", "-pk")


def recordable(user: User) -> QuerySet[Verdict]:
    """This person's calls on cases that they hold, or held when they called: a call that was open when the case went is still recorded."""
    held = Assignment.objects.filter(case=OuterRef("case"), collector=user)
    until_it_went = held.filter(ended_at__gte=OuterRef("at"))
    return Verdict.objects.filter(asked_by=user).filter(Exists(held.open()) | Exists(until_it_went))


def records_of(case: Case | Given) -> QuerySet[ContactRecord]:
    """The case's call records, the latest first."""
    rows = ContactRecord.objects.filter(case=case).select_related("contact", "outcome", "collector", "promise", "phone")
    return rows.defer("phone__number").order_by("-started_at", "-pk")


def outcomes_in_use() -> QuerySet[Outcome]:
    return Outcome.objects.filter(is_active=True).order_by("position", "code")


def open_promise_of(case: Case) -> Promise | None:
    return Promise.objects.filter(case=case, state="open").first()


def unrecorded(now: datetime) -> QuerySet[Dial]:
    """Calls that were placed and should be on record by now: a while after they began, or soon after the telephone system saw them end."""
    over = Q(ended_at__isnull=True, placed_at__lt=now - UNRECORDED_AFTER) | Q(ended_at__lt=now - RECORDED_AFTER_END)
    return Dial.objects.filter(over, recorded_at=None, cancelled_at=None)


def unrecorded_of(user: User, now: datetime) -> QuerySet[Dial]:
    """This person's calls that are still to be recorded, the oldest first; those of today and yesterday, which can be."""
    rows = unrecorded(now).filter(collector=user, at__gt=now - timedelta(hours=24), verdict__in=recordable(user))
    return rows.select_related("case__debtor", "verdict__contact", "verdict__phone").defer("case__extra").order_by("at", "pk")


def unrecorded_visible_to(user: User, now: datetime) -> QuerySet[Dial]:
    """Calls that nobody recorded, for who watches over them: quality and the GM office all, a lead the own teams', everybody their own."""
    rows = unrecorded(now).select_related("case", "collector", "verdict__contact").defer("case__extra").order_by("at", "pk")
    return rows if _watches_all(user) else rows.filter(_of_own_people(user))


def issues_visible_to(user: User) -> QuerySet[CallIssue]:
    """What is wrong with calls, the latest first: as `unrecorded_visible_to`."""
    rows = CallIssue.objects.select_related("case", "collector", "record", "seen_by").defer("case__extra").order_by("-at", "-pk")
    return rows if _watches_all(user) else rows.filter(_of_own_people(user))


def _watches_all(user: User) -> bool:
    return user.has_role(Role.QUALITY) or user.has_role(Role.GM_OFFICE)


def _of_own_people(user: User) -> Q:
    mine = Q(collector=user)
    if user.has_role(Role.TEAM_LEAD):
        teams = teams_led_by(user)
        mine |= Q(collector__team__in=teams) | in_teams(teams, "case__")
    return mine


def watchers_of(people: set[User]) -> dict[User, set[User]]:
    """Who is told of what these people's calls lack: each one's lead, and quality of all."""
    found: dict[User, set[User]] = {watcher: set(people) for watcher in people_with_role(Role.QUALITY)}
    for person in people:
        lead = person.team.lead if person.team else None
        if lead and lead != person:
            found.setdefault(lead, set()).add(person)
    return found


def disclosed_today(user: User, now: datetime) -> int:
    """How many numbers this person was shown for calling today, cancelled calls included (CR-46)."""
    today = start_of_day(now)
    return Dial.objects.filter(collector=user, at__gte=today - RESERVED_FOR, placed_at__gte=today, is_disclosed=True).count()


def amendable_until(record: ContactRecord, now: datetime) -> datetime | None:
    """Until when its caller may amend the record; None when the time is over."""
    minutes = figure_in_force(PolicyKey.AMEND_MINUTES, record.case.client, now) or 0
    until = record.ended_at + timedelta(minutes=minutes)
    return until if now <= until else None


def quick_texts_for(user: User) -> QuerySet[QuickText]:
    """The company's texts, and one's own."""
    return QuickText.objects.filter(Q(owner=None) | Q(owner=user), is_active=True).order_by("owner", "position", "title")


@dataclass(frozen=True)
class CallSummary:
    """What the next call opens with (C3.3)."""

    calls: list[ContactRecord]
    last_spoken: ContactRecord | None
    failures_in_row: int
    promise: Promise | None
    broken_in_row: int
    follow_up_at: datetime | None
    flags: list[CaseFlag]


def summary_of(case: Case, *, last: int = 3) -> CallSummary:
    """The last calls in short, when the debtor was last spoken to, how often in a row nobody was reached, what was promised. Four queries."""
    rows = list(records_of(case).filter(contact__relation=Relation.SELF)[:20])
    reached = [row for row in rows if row.outcome.is_right_party]
    failures = 0
    for row in rows:
        if row.outcome.is_right_party:
            break
        failures += row.outcome.counts_as_attempt and row.direction == Direction.OUT
    promises = list(Promise.objects.filter(case=case).order_by("-pk")[:20])
    return CallSummary(
        calls=list(records_of(case)[:last]),
        last_spoken=reached[0] if reached else None,
        failures_in_row=failures,
        promise=promises[0] if promises else None,
        broken_in_row=broken_in_row(promise.state for promise in promises),
        follow_up_at=case.follow_up_at,
        flags=list(open_flags_of(case)),
    )


def promise_policy(case: Case, now: datetime) -> PromisePolicy:
    """The limits of promises in force for the case's client, and how many in a row were broken on the case. Two queries."""
    limits = limits_in_force(case.client, now)
    max_days, least, most, grace = (
        limit.figure if limit else None
        for limit in (strictest(limits, key) for key in (PolicyKey.PROMISE_DAYS, PolicyKey.PROMISE_LEAST, PolicyKey.PROMISES_IN_ROW, PolicyKey.PROMISE_GRACE))
    )
    states = Promise.objects.filter(case=case).order_by("-pk").values_list("state", flat=True)[:20]
    return PromisePolicy(max_days or 0, least or 0, most, grace or 0, broken_in_row(states))


def holder_of(case: Case) -> User | None:
    held = Assignment.objects.open().filter(case=case).select_related("collector").first()
    return held.collector if held else None


# --- Filtering -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Progress:
    """How far a filtering task is: cases in it, and those classified."""

    total: int
    done: int


def progress_of(task: FilteringTask) -> Progress:
    """Two queries."""
    cases = cases_of_task(task)
    return Progress(total=cases.count(), done=cases.filter(_classified(task)).count())


def unclassified_cases_of(task: FilteringTask) -> QuerySet[Case]:
    return cases_of_task(task).exclude(_classified(task))


def _classified(task: FilteringTask) -> Exists:
    """Classified in this task or in one that it continues: a case that moved to another collector is not filtered twice."""
    return Exists(FilteringReview.objects.filter(case=OuterRef("pk"), task__placement=task.placement_id, state=ReviewState.CLASSIFIED))


def unverified_of(case: Case) -> list[str]:
    """Each phone, address and relation that nobody checked yet (A3.3), as "phone:3". The debtor is no relation. Three queries."""
    pending = {"verification": Verification.PENDING}
    phones = Phone.objects.filter(contact__case=case, **pending).values_list("pk", flat=True)
    addresses = Address.objects.filter(contact__case=case, **pending).values_list("pk", flat=True)
    contacts = Contact.objects.filter(case=case, **pending).exclude(relation=Relation.SELF).values_list("pk", flat=True)
    kinds = (("phone", phones), ("address", addresses), ("contact", contacts))
    return [f"{kind}:{pk}" for kind, rows in kinds for pk in rows.order_by("pk")]


@dataclass(frozen=True)
class Filtering:
    """A case in its filtering task."""

    task: FilteringTask
    review: FilteringReview | None
    fields: dict[str, tuple[str, str]]
    steps: list[Step]
    reasons: dict[str, str]
    missing: Missing


def filtering_of(task: FilteringTask, case: Case, view: GateView, phones: Iterable[Phone], *, unverified: int) -> Filtering:
    """Where the case stands in A3.2: fields reviewed, the call order, what is missing. One query."""
    review, fields, states, reasons = None, {}, {}, {}
    for source, name, told, more, chinese, english in FILTERED.rows(task=task.pk, case=case.pk):
        if source == "field":
            fields[name] = told, more
        elif source == "step":
            states[name], reasons[name] = told, more
        else:
            category = Category(code=more, name_zh=chinese, name_en=english) if more else None
            review = FilteringReview(task=task, case=case, state=told, category=category)
    order = call_order(
        states,
        {STEP_OF_RELATION[phone.contact.relation] for phone in phones},
        third_parties_locked=not (view.is_open_order or view.loss.is_proven),
    )
    return Filtering(
        task=task,
        review=review,
        fields=fields,
        steps=order,
        reasons=reasons,
        missing=missing_of(fields, order, unverified=unverified),
    )


def _filtered() -> QuerySet:
    """The review of a case in a task, its fields and its steps."""
    of_case = {"task": Given("task", BigAutoField()), "case": Given("case", BigAutoField())}
    none, of_review = Value(""), {f"review__{name}": value for name, value in of_case.items()}
    chosen = [Coalesce(name, none) for name in ("category_id", "category__name_zh", "category__name_en")]
    reviews = FilteringReview.objects.filter(**of_case).order_by().values_list(Value("review"), none, "state", *chosen)
    fields = FieldReview.objects.filter(**of_review).order_by().values_list(Value("field"), "field", "finding", "note", none, none)
    steps = CallStepReview.objects.filter(**of_review).order_by().values_list(Value("step"), "step", "state", "reason", none, none)
    return reviews.union(fields, steps, all=True)


FILTERED = Prepared(_filtered)
