from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from audit.services import record
from collection.lib.errors import Refused
from duties.choices import Kind
from duties.models import Duty
from duties.selectors import least_loaded, working_time
from duties.services import local, mark_missed, mark_recorded, meet_duty, open_duty
from penalties.choices import EventState, Severity
from penalties.models import Appeal, PenaltyEvent, PenaltyRule
from penalties.rules import appeal_until
from penalties.selectors import Share, newly_recorded
from penalties.statements import insert_events, insert_trail, lock_enforcement
from staff.choices import Role
from staff.models import Notice, User
from staff.selectors import people_on_duty, people_with_role
from staff.services import notice_for, notify, notify_many


@dataclass(frozen=True)
class Enforcement:
    """What one run newly recorded: duties marked missed, and penalty events."""

    missed: int
    events: int


@transaction.atomic
def enforce_duties(*, now: datetime) -> Enforcement:
    """Every duty that is over is missed and has one penalty event, against who held it when it was due (A4).

    Run by whomever and as often as you like: nothing happens twice. After a pause it catches up with the true due times. A miss
    that a late hand-over or a late "done" settled is recorded here too. Each person is told once per run, whatever the number.
    """
    lock_enforcement()
    missed = mark_missed(now=now)
    events = insert_events(now)
    if events:
        insert_trail(now)
        _tell(newly_recorded(), now)
        mark_recorded(duties=Duty.objects.filter(penalty_event__isnull=False), now=now)
    return Enforcement(missed=missed, events=events)


def _tell(shares: list[Share], now: datetime) -> None:
    """One line each, in one statement: who missed, who leads them, and the GM office (F09: a digest, no flood)."""
    total, path = sum(share.events for share in shares), reverse("penalties:event-list")
    only = PenaltyEvent.objects.select_related("duty__kind").in_bulk([share.last for share in shares if share.events == 1])
    notices = [_own_notice(share, only.get(share.last), path, now) for share in shares]
    for lead, count in _by_lead(shares).items():
        notices.append(notice_for(lead, gettext_noop("%(count)s missed duties in your team were recorded."), now=now, path=path, count=count))
    message = gettext_noop("%(count)s missed duties of %(people)s people were recorded.")
    notices += [notice_for(chief, message, now=now, path=path, count=total, people=len(shares)) for chief in people_with_role(Role.GM_OFFICE)]
    notify_many(notices)


def _own_notice(share: Share, event: PenaltyEvent | None, path: str, now: datetime) -> Notice:
    if event is None:
        message = gettext_noop("You missed %(count)s duties: %(points)s points. You can appeal within 5 working days.")
        return notice_for(share.person, message, now=now, path=path, is_urgent=True, count=share.events, points=share.points)
    message = gettext_noop("You missed: %(duty)s, due %(due)s, %(points)s points. You can appeal within 5 working days.")
    values = {"duty": event.duty, "due": local(event.due_at), "points": event.points}
    return notice_for(share.person, message, now=now, path=_path(event), is_urgent=True, **values)


def _by_lead(shares: list[Share]) -> dict[User, int]:
    leads: dict[User, int] = {}
    for share in shares:
        lead = share.person.team.lead if share.person.team else None
        if lead and lead != share.person:
            leads[lead] = leads.get(lead, 0) + share.events
    return leads


def _path(event: PenaltyEvent) -> str:
    return reverse("penalties:event-detail", args=[event.pk])


def _locked(event_id: int) -> PenaltyEvent:
    events = PenaltyEvent.objects.select_for_update(of=("self",)).select_related("duty__kind", "duty__holder", "person__team__lead", "team__lead")
    return events.get(pk=event_id)


class CannotAppeal(Refused):
    """Only the person concerned appeals, once, within five working days, and says why."""

    rule = "A4"


@transaction.atomic
def appeal(*, event_id: int, text: str, by: User, now: datetime) -> Appeal:
    """The event is appealed; somebody in the GM office holds the duty to decide it."""
    event = _locked(event_id)
    if event.person != by:
        raise CannotAppeal(_("Only the person concerned can appeal."))
    if event.state != EventState.RECORDED:
        raise CannotAppeal(_("This event is “%(state)s”; it can no longer be appealed.") % {"state": event.get_state_display()})
    until = appeal_until(event.recorded_at, working_time())
    if now >= until:
        raise CannotAppeal(_("The time for an appeal ended on %(until)s.") % {"until": local(until)})
    if not text.strip():
        raise CannotAppeal(_("Write down your grounds."))
    judge = _judge_for(event, now)
    if judge is None:
        raise CannotAppeal(_("Nobody in the GM office can decide this appeal. Ask an administrator to add somebody."))
    row = Appeal.objects.create(event=event, text=text.strip(), appealed_at=now)
    _move(event, EventState.APPEALED)
    record("penalty.appealed", subject=event, by=by, at=now, changes={"state": (EventState.RECORDED, EventState.APPEALED)}, reason=text.strip())
    open_duty(kind=Kind.APPEAL, subject=row, holder=judge, start=now, by=by, path=_path(event))
    notify([judge], gettext_noop("%(person)s appeals: %(duty)s."), now=now, path=_path(event), person=by, duty=event.duty)
    return row


def _judge_for(event: PenaltyEvent, now: datetime) -> User | None:
    """Who of the GM office decides: the least busy of those present, else of all; never somebody involved."""
    involved = [person.pk for person in involved_in(event)]
    present = people_on_duty(Role.GM_OFFICE, now=now).exclude(pk__in=involved)
    return least_loaded(present) or least_loaded(people_with_role(Role.GM_OFFICE).exclude(pk__in=involved))


def involved_in(event: PenaltyEvent) -> list[User]:
    """Who may not judge the event: the person, who holds the duty now, and the lead of the person's team."""
    people = [event.person, event.duty.holder, event.team.lead if event.team else None]
    return [person for person in people if person is not None]


class CannotDecide(Refused):
    """A decision needs an undecided matter, a reason, and somebody who isn't part of it."""

    rule = "A4"


@transaction.atomic
def decide_appeal(*, event_id: int, uphold: bool, decision: str, by: User, now: datetime) -> PenaltyEvent:
    """The appeal is decided by somebody not involved: the event is upheld (it stands), or waived (it costs nothing)."""
    event = _locked(event_id)
    if event.state != EventState.APPEALED:
        raise CannotDecide(_("There is no appeal to decide here: the event is “%(state)s”.") % {"state": event.get_state_display()})
    _check_judge(event, by, decision)
    row = Appeal.objects.select_for_update(of=("self",)).get(event=event)
    row.decided_by, row.decided_at, row.decision = by, now, decision.strip()
    row.save(update_fields=["decided_by", "decided_at", "decision"])
    if uphold:
        _move(event, EventState.UPHELD)
    else:
        _waive(event, decision, by, now)
    changes = {"state": (EventState.APPEALED, event.state)}
    record("penalty.appeal_decided", subject=event, by=by, at=now, changes=changes, reason=decision.strip())
    meet_duty(kind=Kind.APPEAL, subject=row, by=by, now=now)
    message = gettext_noop("Your appeal was turned down: %(duty)s.") if uphold else gettext_noop("Your appeal was granted: %(duty)s.")
    notify([event.person], message, now=now, path=_path(event), duty=event.duty)
    return event


@transaction.atomic
def waive(*, event_id: int, reason: str, by: User, now: datetime) -> PenaltyEvent:
    """The event costs nothing, for the reason given; it stays on record."""
    event = _locked(event_id)
    if event.state == EventState.APPEALED:
        raise CannotDecide(_("The person has appealed: decide the appeal instead."))
    if event.state == EventState.WAIVED:
        raise CannotDecide(_("This event is already waived."))
    _check_judge(event, by, reason)
    before = event.state
    _waive(event, reason, by, now)
    record("penalty.waived", subject=event, by=by, at=now, changes={"state": (before, event.state)}, reason=reason.strip())
    notify([event.person], gettext_noop("Waived: %(duty)s."), now=now, path=_path(event), duty=event.duty)
    return event


def _check_judge(event: PenaltyEvent, by: User, reason: str) -> None:
    if by in involved_in(event):
        raise CannotDecide(_("You are part of this matter; somebody else of the GM office must decide."))
    if not reason.strip():
        raise CannotDecide(_("Write down the reason for the decision."))


def _waive(event: PenaltyEvent, reason: str, by: User, now: datetime) -> None:
    event.waived_by, event.waived_at, event.waiver_reason = by, now, reason.strip()
    event.state = EventState.WAIVED
    event.save(update_fields=["state", "waived_by", "waived_at", "waiver_reason"])


def _move(event: PenaltyEvent, state: EventState) -> None:
    event.state = state
    event.save(update_fields=["state"])


class CannotRevise(Refused):
    """Only the version in force is revised, and a revision changes something."""


@transaction.atomic
def revise_rule(*, rule_id: int, name_zh: str, name_en: str, severity: str, points: int, by: User, now: datetime) -> PenaltyRule:
    """A new version of the rule is in force from now on; events keep the version of their moment."""
    old = PenaltyRule.objects.select_for_update(of=("self",)).select_related("duty_kind").get(pk=rule_id)
    if old.valid_to is not None or now <= old.valid_from:
        raise CannotRevise(_("Somebody else has just changed this rule. Look at the new version first."))
    new = {"name_zh": name_zh.strip(), "name_en": name_en.strip(), "severity": Severity(severity), "points": points}
    changes = {field: (getattr(old, field), value) for field, value in new.items() if getattr(old, field) != value}
    if not changes:
        raise CannotRevise(_("Nothing was changed."))
    old.valid_to = now
    old.save(update_fields=["valid_to"])
    rule = PenaltyRule.objects.create(duty_kind=old.duty_kind, amount=old.amount, version=old.version + 1, valid_from=now, created_by=by, **new)
    record("penalty_rule.revised", subject=rule, by=by, at=now, changes=changes | {"version": (old.version, rule.version)})
    return rule
