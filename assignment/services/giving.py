"""Cases given to people: who holds them, from which filtering task and until when they filter them, and one notice that says it all.

A plan may be of a hundred thousand cases: rows go through as plain tuples, never as instances, in a handful of statements.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_noop

from assignment.models import Assignment, AssignmentPlan, FilteringTask
from assignment.models.holding import holder_now
from assignment.services.clocks import open_filtering_duties
from assignment.services.jobs import Hold
from audit.services import event_for, record_each, record_many
from cases.choices import CaseState
from cases.models import Case, Placement
from cases.services.casework import move_by_ids
from collection.lib.bulk import load, reserve_ids
from collection.lib.money import format_money
from duties.models import Duty
from duties.services import local
from staff.models import Team, User
from staff.services import notice_for, notify_many

# A case with its number, who gets it, its placement and debtor, and what it is worth.
Row = tuple[int, str, int, int, int, Decimal]
FIELDS = ["case_id", "collector_id", "plan_id", "filtering_task_id", "assigned_at", "assigned_by_id"]


def give_to_people(plan: AssignmentPlan, hold: Hold, *, check: Callable[[], None], by: User, now: datetime) -> int:
    """Each case of the plan's lines is held by its collector. `check` is asked once people and cases are locked. Returns how many cases."""
    people = {person.pk: person for person in lock_people(plan.lines.exclude(collector=None).values("collector"), team=plan.team)}
    rows = _locked_rows(plan)
    check()
    tasks = start_filtering(plan, rows, people, by=by, now=now)
    load(Assignment, FIELDS, ((case, to, plan.pk, tasks[placement, to], now, by.pk) for case, _number, to, placement, *_rest in rows))
    hold.beat(len(rows) // 4)
    for done in move_by_ids([row[0] for row in rows], CaseState.UNASSIGNED, CaseState.ASSIGNED, holder=holder_now()):
        hold.beat(len(rows) // 4 + done // 2)
    _put_on_trail(rows, people, by=by, now=now)
    return len(rows)


def lock_people(ids: Iterable, *, team: Team | None) -> list[User]:
    """Who gets or loses cases, with all of the team, locked in one order: nobody's holdings change while they are counted, and no colleague
    gets another case of a debtor meanwhile."""
    return list(User.objects.select_for_update(of=("self",), no_key=True).filter(Q(pk__in=ids) | Q(team=team, team__isnull=False)).order_by("pk"))


def _locked_rows(plan: AssignmentPlan) -> list[Row]:
    cases = Case.objects.filter(plan_lines__plan=plan, plan_lines__collector__isnull=False)
    columns = ("pk", "case_no", "plan_lines__collector", "placement", "debtor", "amount")
    return list(cases.select_for_update(of=("self",), no_key=True).order_by("pk").values_list(*columns))


def _put_on_trail(rows: list[Row], people: dict[int, User], *, by: User, now: datetime) -> None:
    state, names = (CaseState.UNASSIGNED.value, CaseState.ASSIGNED.value), {pk: str(person) for pk, person in people.items()}
    told = ((case, number, {"state": state, "collector": (None, names[to])}) for case, number, to, *_rest in rows)
    record_each("case.assigned", of=Case, subjects=told, by=by, at=now)


@dataclass
class _Share:
    """What one collector gets of one placement."""

    count: int = 0
    amount: Decimal = Decimal(0)
    debtors: set[int] = field(default_factory=set)


def start_filtering(plan: AssignmentPlan, rows: list[Row], people: dict[int, User], *, by: User, now: datetime) -> dict[tuple[int, int], int]:
    """A filtering task for each collector and placement, its deadline by the number of debtors (A3.1); each collector is told once.

    Returns the tasks' ids by (placement, collector).
    """
    shares: dict[tuple[int, int], _Share] = defaultdict(_Share)
    for _case, _number, to, placement, debtor, amount in rows:
        share = shares[placement, to]
        share.count += 1
        share.amount += amount
        share.debtors.add(debtor)
    tasks = _new_tasks(plan, shares, people, now)
    duties = dict(zip(tasks, open_filtering_duties(list(tasks.values()), start=now, by=by), strict=True))
    changes = {key: {"collector": (None, task.collector), "accounts": (None, task.accounts)} for key, task in tasks.items()}
    record_many(event_for("filtering.started", subject=task, by=by, at=now, changes=changes[key]) for key, task in tasks.items())
    _tell(shares, tasks, duties, now)
    return {key: task.pk for key, task in tasks.items()}


def _new_tasks(plan: AssignmentPlan, shares: dict, people: dict[int, User], now: datetime) -> dict[tuple[int, int], FilteringTask]:
    keys = sorted(shares)
    placements = Placement.objects.in_bulk({placement for placement, _to in keys})
    ids = reserve_ids(FilteringTask, len(keys))
    made = {
        key: FilteringTask(pk=pk, placement=placements[key[0]], collector=people[key[1]], plan=plan, accounts=len(shares[key].debtors), started_at=now)
        for pk, key in zip(ids, keys, strict=True)
    }
    FilteringTask.objects.bulk_create(made.values())
    return made


def _tell(shares: dict, tasks: dict, duties: dict[tuple[int, int], Duty], now: datetime) -> None:
    by_person: dict[int, list] = defaultdict(list)
    for key, task in tasks.items():
        by_person[key[1]].append((shares[key], task, duties[key]))
    notify_many(_notice(parts, now) for parts in by_person.values())


def _notice(parts: list, now: datetime):
    """One notice for all that a person gets; of several tasks it names the first deadline."""
    _share, task, duty = min(parts, key=lambda part: part[2].due_at)
    placements = "、".join(str(part[1].placement) for part in parts[:3]) + ("…" if len(parts) > 3 else "")
    return notice_for(
        task.collector,
        gettext_noop("New cases for you: %(count)s worth %(amount)s (%(placement)s). Filter them by %(due)s."),
        now=now,
        path=duty.path,
        count=sum(share.count for share, _task, _duty in parts),
        amount=format_money(sum(share.amount for share, _task, _duty in parts)),
        placement=placements,
        due=local(duty.due_at),
    )


def end_assignments(rows: QuerySet[Assignment], *, reason: str, by: User | None, now: datetime) -> int:
    """These open assignments end now. Returns how many were open."""
    return rows.filter(ended_at=None).update(ended_at=now, ended_by=by, end_reason=reason)
