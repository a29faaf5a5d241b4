"""Filtering done and calls made in the weeks that have passed, written at the level of the models: hundreds of calls take a moment.

What is written is what the services would have left behind, one trail event for each business step; the database's constraints hold.
Nothing here is used outside the demo.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from django.db import transaction
from django.utils import timezone

from assignment.models import Assignment, FilteringTask
from assignment.services.transfers import finish_filtering
from audit.services import event_for, record_many
from calls.choices import Finding, PromiseState, ReviewField, ReviewState, StepState
from calls.models import CallStepReview, Category, ContactRecord, FieldReview, FilteringReview, Outcome, Promise
from cases.choices import CallStep, CaseState, PhoneKind, Relation, Verification
from cases.models import Address, Case, Contact, Phone
from compliance.models import Verdict
from compliance.rules.contact import Facts
from compliance.selectors import limits_in_force
from staff.models import User

# outcome, weight, category when filtered, state of the case afterwards
ANSWERS = [
    ("WTP", 14, "willing", CaseState.WORKING),
    ("PTP", 16, "willing", CaseState.PROMISED),
    ("CMIN", 9, "hardship", CaseState.WORKING),
    ("HPTP", 6, "hardship", CaseState.WORKING),
    ("RTP", 7, "refuses", CaseState.WORKING),
    ("STAP", 8, "able_delays", CaseState.WORKING),
    ("FEAD", 2, "disputes", CaseState.DISPUTED),
    ("NOAS", 20, "half_lost", CaseState.WORKING),
    ("OFF", 8, "half_lost", CaseState.WORKING),
    ("BUSY", 5, "half_lost", CaseState.WORKING),
    ("TNIS", 4, "lost", CaseState.LOST_CONTACT),
    ("NOEX", 2, "lost", CaseState.LOST_CONTACT),
]
NOTES = {
    "WTP": ("愿意还款，正在筹款。", "表示发工资后处理。", "愿意配合，希望分两次还。"),
    "PTP": ("承诺按期还款，已告知还款账户。", "答应本周内还清约定金额。"),
    "CMIN": ("因生意亏损，申请分期，已转达银行。", "家中有病人，希望减免部分费用。"),
    "HPTP": ("有困难，称两三天内可周转。",),
    "RTP": ("拒绝还款，已说明后果和协商渠道。",),
    "STAP": ("正在开会，要求下午再打。", "不方便接听，约定改时间。"),
    "FEAD": ("对滞纳金金额有异议，已登记并转银行核实。",),
}
# Minutes after 09:05 at which calls of a day begin: until noon, and from 13:30 to 17:00.
SLOTS = [*range(0, 165, 7), *range(265, 470, 7)]
REACHED = {"WTP", "PTP", "CMIN", "HPTP", "RTP", "STAP", "FEAD"}


@dataclass(frozen=True)
class Dialled:
    """One call that was made: who called which case when, and what came of it."""

    case: Case
    phone: Phone
    collector: User
    outcome: Outcome
    at: datetime
    minutes: int
    note: str


def self_phones(cases: list[Case]) -> dict[int, Phone]:
    """The debtor's first number of each case."""
    rows = Phone.objects.filter(contact__case__in=cases, contact__relation=Relation.SELF, kind=PhoneKind.MOBILE).select_related("contact").order_by("-pk")
    return {phone.contact.case_id: phone for phone in rows}


def draw_outcome(rng: Random, outcomes: dict[str, Outcome], *, allowed: set[str] | None = None) -> tuple[Outcome, str, str]:
    answers = [row for row in ANSWERS if allowed is None or row[0] in allowed]
    code, _weight, category, state = rng.choices(answers, [row[1] for row in answers])[0]
    return outcomes[code], category, state


def save_calls(calls: list[Dialled], now: datetime) -> list[ContactRecord]:
    """Verdicts, records and promises of calls that the gate allowed. `now` decides which promises are still open."""
    limits = {call.case.client_id: [vars(limit) for limit in limits_in_force(call.case.client, call.at)] for call in calls}
    verdicts = Verdict.objects.bulk_create([_verdict(call, limits[call.case.client_id]) for call in calls], batch_size=500)
    records = ContactRecord.objects.bulk_create([_record(call, verdict) for call, verdict in zip(calls, verdicts, strict=True)], batch_size=500)
    for outcome in {call.outcome for call in calls if call.outcome.marks_number}:
        Phone.objects.filter(pk__in=[call.phone.pk for call in calls if call.outcome == outcome]).update(status=outcome.marks_number)
    record_many(
        event_for("call.recorded", subject=row, by=call.collector, at=row.ended_at, changes={"outcome": (None, call.outcome.code)})
        for row, call in zip(records, calls, strict=True)
    )
    _save_promises(list(zip(calls, records, strict=True)), now)
    return records


def _verdict(call: Dialled, limits: list[dict]) -> Verdict:
    facts = Facts(at=call.at, day=timezone.localdate(call.at))
    inputs = {"facts": facts.as_plain(), "limits": limits}
    return Verdict(case=call.case, contact=call.phone.contact, phone=call.phone, asked_by=call.collector, at=call.at, allowed=True, inputs=inputs)


def _record(call: Dialled, verdict: Verdict) -> ContactRecord:
    return ContactRecord(
        case=call.case,
        contact=call.phone.contact,
        phone=call.phone,
        number_index=call.phone.number_index,
        debtor_id=call.case.debtor_id,
        verdict=verdict,
        collector=call.collector,
        outcome=call.outcome,
        identity_verified=call.outcome.is_right_party,
        started_at=call.at,
        ended_at=call.at + timedelta(minutes=call.minutes),
        note=call.note,
        request_key=uuid.uuid4(),
    )


def _save_promises(calls: list[tuple[Dialled, ContactRecord]], now: datetime) -> None:
    """Promises whose day is over were kept or broken; a case has one open promise at most, the latest."""
    today, promises = timezone.localdate(now), []
    for call, row in calls:
        if not call.outcome.creates_promise:
            continue
        rng = Random(row.pk)
        due_on = timezone.localdate(call.at) + timedelta(days=rng.randint(1, 5))
        state = PromiseState.OPEN if due_on >= today else rng.choice((PromiseState.KEPT, PromiseState.BROKEN, PromiseState.PART_KEPT))
        settled = None if state == PromiseState.OPEN else timezone.make_aware(datetime.combine(due_on, datetime.min.time())) + timedelta(hours=24)
        share = rng.choice((Decimal(1), Decimal("0.5"), Decimal("0.3")))
        amount = max((call.case.balance * share).quantize(Decimal(1)), Decimal(100))
        promises.append(Promise(case=call.case, record=row, amount=min(amount, call.case.balance), due_on=due_on, state=state, settled_at=settled))
    Promise.objects.filter(case__in=[promise.case_id for promise in promises], state=PromiseState.OPEN).update(state=PromiseState.CANCELLED, settled_at=now)
    made = Promise.objects.bulk_create(promises, batch_size=500)
    collectors = {call.case.pk: call.collector for call, _row in calls}
    record_many(
        event_for("promise.made", subject=promise, by=collectors[promise.case_id], at=promise.record.ended_at, changes={"amount": (None, promise.amount)})
        for promise in made
    )
    _settle_cases(made)


def _settle_cases(promises: list[Promise]) -> None:
    open_ones = [promise.case_id for promise in promises if promise.state == PromiseState.OPEN]
    Case.objects.filter(pk__in=open_ones, state=CaseState.WORKING).update(state=CaseState.PROMISED)
    closed = [promise.case_id for promise in promises if promise.state != PromiseState.OPEN]
    Case.objects.filter(pk__in=closed, state=CaseState.PROMISED).update(state=CaseState.WORKING)


@transaction.atomic
def filter_task(task: FilteringTask, *, at: datetime, now: datetime, share: float = 1.0) -> None:
    """The collector has filtered the task's cases (a share of them) by `at`: every field read, the debtor called, contacts verified, classified.

    With all of them the task is done, which meets its duty, in time or late.
    """
    rng, outcomes, categories = Random(task.pk), Outcome.objects.in_bulk(), Category.objects.in_bulk()
    waiting = Case.objects.filter(assignments__filtering_task=task, assignments__ended_at=None).select_related("client").order_by("pk")
    everything = list(waiting)
    cases = everything[: round(len(everything) * share)]
    phones, reviews, calls, hours = self_phones(cases), [], [], _hours_before(at, len(cases))
    for case, moment in zip(cases, hours, strict=True):
        outcome, category, state = draw_outcome(rng, outcomes)
        if case.pk in phones:
            calls.append(_call(case, phones[case.pk], task.collector, outcome, moment, rng))
        case.category, case.state, case.touched_at = category, state if state != CaseState.PROMISED else CaseState.WORKING, moment
        case.follow_up_at = at + timedelta(days=rng.randint(1, 9))
        reviews.append(
            FilteringReview(
                task=task,
                case=case,
                state=ReviewState.CLASSIFIED,
                category=categories[category],
                classified_at=moment + timedelta(minutes=8),
                classified_by=task.collector,
            )
        )
    Case.objects.bulk_update(cases, ["category", "state", "touched_at", "follow_up_at"], batch_size=500)
    _save_reviews(FilteringReview.objects.bulk_create(reviews, batch_size=500))
    _verify_contacts(cases, task.collector, at)
    save_calls(calls, now)
    if share >= 1:
        finish_filtering(task=task, by=task.collector, now=at)


def _hours_before(at: datetime, count: int) -> Iterator[datetime]:
    """Moments of the working days before `at`, a few minutes apart, within 09:00–12:00 and 13:30–17:20."""
    day, moment = 0, at
    for _number in range(count):
        moment -= timedelta(minutes=4)
        while not (9 <= moment.hour < 12 or 13 * 60 + 30 <= moment.hour * 60 + moment.minute < 17 * 60 + 20):
            moment -= timedelta(minutes=4)
            if moment.hour < 9:
                day += 1
                moment = at.replace(hour=12, minute=0)
        yield moment


def _call(case: Case, phone: Phone, collector: User, outcome: Outcome, at: datetime, rng: Random) -> Dialled:
    notes = NOTES.get(outcome.code, ("",))
    return Dialled(case, phone, collector, outcome, at, rng.randint(2, 6) if outcome.code in REACHED else 1, rng.choice(notes))


def _save_reviews(reviews: list[FilteringReview]) -> None:
    fields = [
        FieldReview(review=review, field=field, finding=Finding.CLEAR if field != ReviewField.REMARKS else Finding.MISSING, reviewed_at=review.classified_at)
        for review in reviews
        for field in ReviewField.values
    ]
    FieldReview.objects.bulk_create(fields, batch_size=1000)
    steps = [
        CallStepReview(
            review=review, step=step, state=StepState.CALLED if step == CallStep.SELF else StepState.LOCKED, reason="", closed_at=review.classified_at
        )
        for review in reviews
        for step in CallStep.values
    ]
    CallStepReview.objects.bulk_create(steps, batch_size=1000)
    record_many(
        event_for("filtering.classified", subject=review, by=review.classified_by, at=review.classified_at, changes={"category": (None, review.category_id)})
        for review in reviews
    )


def _verify_contacts(cases: list[Case], collector: User, at: datetime) -> None:
    own, others = Verification.VERIFIED, Verification.UNVERIFIABLE
    for relation, verification in ((True, own), (False, others)):
        contacts = Contact.objects.filter(case__in=cases)
        contacts = contacts.filter(relation=Relation.SELF) if relation else contacts.exclude(relation=Relation.SELF)
        ids = list(contacts.values_list("pk", flat=True))
        contacts.update(verification=verification)
        for model in (Phone, Address):
            model.objects.filter(contact__in=ids).update(verification=verification, verified_at=at, verified_by=collector)


@transaction.atomic
def follow_up_calls(cases: list[Case], *, morning: datetime, now: datetime, rng: Random) -> None:
    """One more call on each of these cases during the working day of `morning`, by who holds it."""
    outcomes, phones = Outcome.objects.in_bulk(), self_phones(cases)
    holders = {row.case_id: row.collector for row in Assignment.objects.open().filter(case__in=cases).select_related("collector")}
    busy = set(Promise.objects.filter(case__in=cases, state=PromiseState.OPEN).values_list("case_id", flat=True))
    calls, slots = [], {}
    for case in cases:
        collector = holders.get(case.pk)
        if collector is None or case.pk not in phones:
            continue
        free = slots.setdefault(collector.pk, rng.sample(SLOTS, len(SLOTS)))
        if not free:
            continue
        at = morning + timedelta(minutes=free.pop())
        if at >= now - timedelta(minutes=10):
            continue
        allowed = {"WTP", "CMIN", "STAP", "NOAS", "BUSY"} if case.pk in busy else {"WTP", "PTP", "CMIN", "RTP", "STAP", "NOAS", "OFF", "BUSY"}
        calls.append(_call(case, phones[case.pk], collector, draw_outcome(rng, outcomes, allowed=allowed)[0], at, rng))
    save_calls(calls, now)
    for call in calls:
        call.case.touched_at, call.case.follow_up_at = call.at, call.at + timedelta(days=rng.randint(1, 6))
    Case.objects.bulk_update([call.case for call in calls], ["touched_at", "follow_up_at"], batch_size=500)
