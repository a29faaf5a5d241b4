"""What people see of calls: records, what is not recorded, issues, referrals, texts; and how far a case is filtered."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import BigAutoField, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from assignment.models import Assignment, FilteringTask
from assignment.selectors import cases_of_task
from calls.choices import Department, ReviewState
from calls.models import CallIssue, CallStepReview, Category, ContactRecord, Dial, FieldReview, FilteringReview, Outcome, Promise, QuickText, Referral
from calls.rules import Missing, PromisePolicy, Step, broken_in_row, call_order, missing_of
from calls.selectors.past import RESERVED_FOR, start_of_day
from cases.choices import STEP_OF_RELATION, Relation, Verification
from cases.models import Address, Case, Contact, Phone
from cases.models.case import in_teams
from collection.lib.prepared import Given, Prepared
from compliance.choices import Direction, PolicyKey
from compliance.models import CaseFlag, Verdict
from compliance.rules.layers import strictest
from compliance.selectors import GateView, figure_in_force, limits_in_force, open_flags_of
from staff.choices import Role
from staff.models import User
from staff.selectors import people_with_role, teams_led_by

UNRECORDED_AFTER, RECORDED_AFTER_END = timedelta(minutes=15), timedelta(minutes=5)
# Who answers for a department; the team lead is the case's own.
ROLE_OF_DEPARTMENT = {
    Department.QUALITY: Role.QUALITY,
    Department.FINANCE: Role.FINANCE,
    Department.DATA: Role.DATA_SPECIALIST,
    Department.DATA_CENTRE: Role.DATA_CENTRE,
    Department.GM_OFFICE: Role.GM_OFFICE,
}


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


def recordable(user: User | Given) -> QuerySet[Verdict]:
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
    """Calls that were placed, or came in, and should be on record by now: a while after they began, or soon after the telephone system saw them end."""
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


def cancelled_visible_to(user: User) -> QuerySet[Dial]:
    """Calls that were taken back after the number was shown or sent, the latest first: as `unrecorded_visible_to`. The caller's word is all there is."""
    rows = Dial.objects.filter(direction=Direction.OUT, placed_at__isnull=False, cancelled_at__isnull=False)
    rows = rows.select_related("case", "collector", "verdict__contact").defer("case__extra").order_by("-cancelled_at", "-pk")
    return rows if _watches_all(user) else rows.filter(_of_own_people(user))


def cancelled_on(rows: QuerySet[Dial], day: date) -> QuerySet[Dial]:
    began = start_of_day(timezone.make_aware(datetime.combine(day, time(12))))
    return rows.filter(cancelled_at__gte=began, cancelled_at__lt=began + timedelta(days=1))


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
