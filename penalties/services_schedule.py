"""What managers set of the penalties: the schedule (annex 1), exemptions, and what holds for all of them."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from audit.services import record
from collection.lib.errors import Refused
from duties.models import DutyKind
from penalties.choices import Severity
from penalties.models import Exemption, PenaltyRule, Policy
from staff.models import Team, User


class CannotRevise(Refused):
    """Only the version in force is revised, one change at a time, never in the past, and a revision changes something."""


@transaction.atomic
def revise_rule(
    *,
    rule_id: int,
    name_zh: str,
    name_en: str,
    severity: str,
    points: int,
    by: User,
    now: datetime,
    amount: Decimal = Decimal(0),
    grace_minutes: int = 0,
    repeat_multiplier: Decimal = Decimal(1),
    valid_from: datetime | None = None,
) -> PenaltyRule:
    """A new version of the rule is in force from now on, or from `valid_from`; what fell due before is priced by the version of its moment."""
    old = PenaltyRule.objects.select_for_update(of=("self",)).select_related("duty_kind").get(pk=rule_id)
    start = valid_from or now
    _check_revisable(old, start, now)
    new = {"name_zh": name_zh.strip(), "name_en": name_en.strip(), "severity": Severity(severity), "points": points}
    new |= {"amount": amount, "grace_minutes": grace_minutes, "repeat_multiplier": repeat_multiplier}
    changes = {field: (getattr(old, field), value) for field, value in new.items() if getattr(old, field) != value}
    if not changes:
        raise CannotRevise(_("Nothing was changed."))
    old.valid_to = start
    old.save(update_fields=["valid_to"])
    rule = PenaltyRule.objects.create(duty_kind=old.duty_kind, version=old.version + 1, valid_from=start, created_by=by, **new)
    planned = {"valid_from": (old.valid_from, start)} if start > now else {}
    record("penalty_rule.revised", subject=rule, by=by, at=now, changes=changes | {"version": (old.version, rule.version)} | planned)
    return rule


def _check_revisable(old: PenaltyRule, start: datetime, now: datetime) -> None:
    if old.valid_to is not None and old.valid_to > now:
        raise CannotRevise(_("Another change is planned already: take it back before you plan this one."))
    if old.valid_to is not None or now <= old.valid_from:
        raise CannotRevise(_("Somebody else has just changed this rule. Look at the new version first."))
    if start < now:
        raise CannotRevise(_("A change can't begin in the past: leave the day empty for now, or choose a day to come."))


@transaction.atomic
def withdraw_planned_rule(*, rule_id: int, by: User, now: datetime) -> PenaltyRule:
    """The version that is to follow this one, and has not begun, is taken back; this one goes on."""
    rule = PenaltyRule.objects.select_for_update(of=("self",)).select_related("duty_kind").get(pk=rule_id)
    planned = rule.duty_kind.penalty_rules.filter(version=rule.version + 1, valid_from__gt=now).first()
    if planned is None:
        raise CannotRevise(_("No change is planned here."))
    planned.delete()
    rule.valid_to = None
    rule.save(update_fields=["valid_to"])
    changes = {"version": (rule.version + 1, rule.version), "valid_from": (planned.valid_from, rule.valid_from)}
    record("penalty_rule.change_withdrawn", subject=rule, by=by, at=now, changes=changes)
    return rule


class CannotExempt(Refused):
    """An exemption says for what time and why, and is taken back once."""

    rule = "A4"


@transaction.atomic
def exempt(
    *,
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
    by: User,
    now: datetime,
    duty_kind: DutyKind | None = None,
    team: Team | None = None,
    person: User | None = None,
) -> Exemption:
    """What falls due in this time and fits kind, team and person costs nothing once it is recorded. What is recorded already stays as it is."""
    if ends_at <= starts_at:
        raise CannotExempt(_("The end must come after the beginning."))
    if not reason.strip():
        raise CannotExempt(_("Say why nothing is charged in this time."))
    if person is not None and person == by:
        raise CannotExempt(_("You can't exempt yourself; somebody else must."))
    about = {"duty_kind": duty_kind, "team": team, "person": person}
    row = Exemption.objects.create(starts_at=starts_at, ends_at=ends_at, reason=reason.strip(), created_by=by, created_at=now, **about)
    changes = {name: (None, value) for name, value in about.items() if value is not None}
    record("exemption.entered", subject=row, by=by, at=now, changes=changes | {"from": (None, starts_at), "to": (None, ends_at)}, reason=row.reason)
    return row


@transaction.atomic
def end_exemption(*, exemption_id: int, by: User, now: datetime) -> Exemption:
    """The exemption counts no more for what is recorded from now on; what it spared stays spared."""
    row = Exemption.objects.select_for_update(of=("self",)).get(pk=exemption_id)
    if row.ended_at is not None:
        raise CannotExempt(_("This exemption was taken back already."))
    row.ended_at = now
    row.save(update_fields=["ended_at"])
    record("exemption.ended", subject=row, by=by, at=now)
    return row


class CannotChangePolicy(Refused):
    """Money is turned on by the GM office alone, once it has been checked against labour law."""

    rule = "A4"


@transaction.atomic
def change_policy(*, appeal_days: int, uses_money: bool, by: User, now: datetime, is_checked: bool = False) -> Policy:
    """So many working days for an appeal; money counts beside points or not, for what is recorded from now on."""
    row = Policy.objects.select_for_update(of=("self",)).get(pk=1)
    if uses_money != row.uses_money and not by.has_perm("penalties.turn_on_money"):
        raise CannotChangePolicy(_("Only the GM office turns money penalties on or off."))
    if uses_money and not row.uses_money and not is_checked:
        raise CannotChangePolicy(_("Confirm first that deductions from wages were checked against labour law."))
    new = {"appeal_days": appeal_days, "uses_money": uses_money}
    changes = {field: (getattr(row, field), value) for field, value in new.items() if getattr(row, field) != value}
    if not changes:
        raise CannotChangePolicy(_("Nothing was changed."))
    Policy.objects.filter(pk=1).update(**new, changed_by=by, changed_at=now)
    row.refresh_from_db()
    record("penalty_policy.changed", subject=row, by=by, at=now, changes=changes)
    return row
