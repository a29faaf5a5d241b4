"""Cases that their holders leave untouched: by night they go on, where a policy says so (off unless somebody turned it on)."""

from collections import defaultdict
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from assignment.choices import EndReason, ReassignTo
from assignment.models import Assignment, FilteringTask, ReassignPolicy
from assignment.selectors import collectors_of
from assignment.services.handing import balanced, give_back, held_rows
from assignment.services.transfers import hand_on, lock_holders
from cases.choices import ENDED, CaseState
from duties.choices import Kind
from duties.models import Duty
from staff.models import Team
from staff.services import notify

# Promised, disputed and legal cases wait for something; ended ones are over.
MOVABLE = (CaseState.ASSIGNED, CaseState.FILTERING, CaseState.WORKING, CaseState.LOST_CONTACT)
# So many of a team go on in one night's step.
AT_ONCE = 2000


def reassign_untouched(*, now: datetime) -> int:
    """What the policies in force say, team by team, each in a transaction of its own. Returns how many cases went on.

    Retained, promised, disputed, stopped and legal cases, those with an open complaint, and those whose time to filter still runs, stay.
    """
    moved = 0
    for policy in ReassignPolicy.objects.filter(is_active=True).select_related("client").order_by("pk"):
        teams = untouched_under(policy, now=now).order_by().values("collector__team").distinct()
        for team in Team.objects.filter(pk__in=teams).select_related("lead").order_by("pk"):
            moved += _reassign(policy, team, now)
    return moved


def untouched_under(policy: ReassignPolicy, *, now: datetime):
    """The open assignments that the policy ends tonight."""
    since = now - timedelta(days=policy.after_days)
    rows = Assignment.objects.open().filter(assigned_at__lt=since, case__state__in=MOVABLE, case__complaint_open=False, case__stopped_at=None)
    rows = rows.filter(Q(case__touched_at=None) | Q(case__touched_at__lt=since))
    rows = rows.filter(Q(case__retained_until=None) | Q(case__retained_until__lt=timezone.localdate(now)))
    own = ReassignPolicy.objects.exclude(client=None).values("client")
    rows = rows.filter(case__client=policy.client) if policy.client else rows.exclude(case__client__in=own)
    clock = Duty.objects.unmet().filter(
        kind=Kind.FILTERING, subject_type=FilteringTask._meta.label_lower, subject_id=OuterRef("filtering_task"), due_at__gt=now
    )
    rows = rows.filter(~Exists(clock))
    # A debtor stays with one person: while one of his cases stays, the others do.
    stays = Assignment.objects.open().filter(collector=OuterRef("collector"), case__debtor=OuterRef("case__debtor")).exclude(case__state__in=ENDED)
    return rows.filter(~Exists(stays.filter(~Exists(rows.filter(pk=OuterRef("pk"))))))


@transaction.atomic
def _reassign(policy: ReassignPolicy, team: Team, now: datetime) -> int:
    cases = _first_debtors(untouched_under(policy, now=now).filter(collector__team=team))
    lock_holders(cases, team=team)
    others = list(collectors_of(team).select_related("capacity", "team"))
    held = held_rows(untouched_under(policy, now=now).filter(case__in=cases))
    reason = _("Untouched for %(days)s days") % {"days": policy.after_days}
    count = _to_pool(held, reason, now) if policy.to == ReassignTo.POOL else _to_others(held, others, reason, now)
    if count:
        message = gettext_noop("%(count)s cases of %(team)s that nobody touched for %(days)s days were taken from their holders.")
        notify([team.lead], message, now=now, count=count, team=team, days=policy.after_days)
    return count


def _first_debtors(rows) -> list[int]:
    """As many cases as go on at once, every debtor with all of his."""
    found = list(rows.order_by("case__debtor", "case").values_list("case", "case__debtor")[: AT_ONCE + 1])
    last = found[AT_ONCE][1] if len(found) > AT_ONCE else None
    return [case for case, debtor in found if debtor != last] or [case for case, _debtor in found]


def _to_pool(held: list[Assignment], reason: str, now: datetime) -> int:
    if held:
        give_back(held, reason=reason, by=None, now=now)
    return len(held)


def _to_others(held: list[Assignment], others: list, reason: str, now: datetime) -> int:
    given = balanced(held, others, now=now) if held else defaultdict(list)
    for taker, rows in given.items():
        hand_on(rows, taker, reason=reason, by=None, now=now, end_reason=EndReason.REASSIGNED)
    return sum(len(rows) for rows in given.values())
