"""Promises that were not kept, or that end with their case."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from assignment.models import Assignment
from audit.services import event_for, record_many
from calls.choices import PromiseState
from calls.models import Promise
from cases.choices import CaseState
from cases.models import Case
from cases.services.casework import move_cases
from staff.models import User
from staff.services import notify

BATCH = 1000


def break_overdue_promises(*, now: datetime) -> int:
    """Every open promise whose day is over is broken (跳票), its case is worked again, and who holds it is told. Returns how many.

    Run as often as you like, by as many as you like: a promise is broken once.
    """
    broken = 0
    while batch := _break_batch(now):
        broken += batch
    return broken


@transaction.atomic
def _break_batch(now: datetime) -> int:
    overdue = Promise.objects.filter(state=PromiseState.OPEN, due_on__lt=timezone.localdate(now))
    promises = list(overdue.select_for_update(of=("self",), skip_locked=True).select_related("case").order_by("pk")[:BATCH])
    ids = [promise.pk for promise in promises]
    Promise.objects.filter(pk__in=ids, state=PromiseState.OPEN).update(state=PromiseState.BROKEN, settled_at=now)
    changes = {"state": (PromiseState.OPEN, PromiseState.BROKEN)}
    record_many(event_for("promise.broken", subject=promise, by=None, at=now, changes=changes) for promise in promises)
    _work_again([promise.case_id for promise in promises], now)
    _tell_holders([promise.case_id for promise in promises], now)
    return len(promises)


def _work_again(case_ids: list[int], now: datetime) -> None:
    cases = Case.objects.select_for_update(of=("self",)).filter(pk__in=case_ids, state=CaseState.PROMISED).defer("extra").order_by("pk")
    move_cases(list(cases), CaseState.WORKING, by=None, at=now, reason="promise broken")


def _tell_holders(case_ids: list[int], now: datetime) -> None:
    held = Assignment.objects.open().filter(case__in=case_ids).select_related("collector", "case").defer("case__extra")
    cases_of = defaultdict(list)
    for row in held.order_by("pk"):
        cases_of[row.collector].append(row.case.case_no)
    for collector, numbers in cases_of.items():
        shown = "、".join(numbers[:5]) + ("…" if len(numbers) > 5 else "")
        notify([collector], gettext_noop("%(count)s promises are broken: %(cases)s."), now=now, path="/desk/", count=len(numbers), cases=shown)


def cancel_promises(cases: Sequence[Case], by: User, now: datetime) -> None:
    """These cases have ended: nobody waits for what was promised on them any more."""
    promises = list(Promise.objects.select_for_update(of=("self",)).filter(case__in=cases, state=PromiseState.OPEN).order_by("pk"))
    Promise.objects.filter(pk__in=[promise.pk for promise in promises]).update(state=PromiseState.CANCELLED, settled_at=now)
    changes = {"state": (PromiseState.OPEN, PromiseState.CANCELLED)}
    record_many(event_for("promise.cancelled", subject=promise, by=by, at=now, changes=changes) for promise in promises)
