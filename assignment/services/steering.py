"""What managers set: rules that send slices of a placement somewhere, and what becomes of cases that nobody touches. Versions are the trail's."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from assignment.choices import ReassignTo
from assignment.models import AssignmentRule, ReassignPolicy
from assignment.services.refusals import BadRule
from audit.services import record
from cases.models import Client
from collection.lib.seen import check_as_seen, fingerprint_of
from staff.models import User

RULE_FIELDS = (
    "name",
    "priority",
    "client",
    "valid_from",
    "valid_until",
    "is_active",
    "stages",
    "regions",
    "products",
    "amount_from",
    "amount_to",
    "overdue_from",
    "overdue_to",
    "age_from",
    "age_to",
    "team",
    "is_strict",
)
POLICY_FIELDS = ("is_active", "after_days", "to")
RANGES = (("valid_from", "valid_until"), ("amount_from", "amount_to"), ("overdue_from", "overdue_to"), ("age_from", "age_to"))


@transaction.atomic
def save_rule(*, rule_id: int | None = None, version: int | None = None, by: User, now: datetime, **fields: Any) -> AssignmentRule:
    """A rule is there, or is changed as `fields` say (RULE_FIELDS and `people`); it holds from the next plan on, and drafts become stale.

    It names a team or people, not both. `version` is the one that the person looked at.
    """
    row = AssignmentRule() if rule_id is None else AssignmentRule.objects.select_for_update(of=("self",)).get(pk=rule_id)
    if version is not None and row.version != version:
        raise BadRule(_("Somebody changed this rule meanwhile. Load the page again, then repeat your change."))
    before = _rule_words(row) if row.pk else {}
    for name in RULE_FIELDS:
        if name in fields:
            setattr(row, name, fields[name])
    people = list(fields["people"]) if "people" in fields else list(row.people.all()) if row.pk else []
    _check_rule(row, people)
    row.version = row.version + 1 if row.pk else 1
    row.save()
    row.people.set(people)
    after = _rule_words(row)
    changes = {name: (before.get(name), after[name]) for name in after if before.get(name) != after[name]}
    if changes:
        record("rule.saved", subject=row, by=by, at=now, changes=changes)
    return row


def _check_rule(row: AssignmentRule, people: list[User]) -> None:
    row.name = row.name.strip()
    if not row.name or AssignmentRule.objects.filter(name=row.name).exclude(pk=row.pk).exists():
        raise BadRule(_("Give the rule a name that no other rule has."))
    if (row.team is None) == (not people):
        raise BadRule(_("A rule sends its cases to one team or to people: choose one of them."))
    for first, last in RANGES:
        start, end = getattr(row, first), getattr(row, last)
        if start is not None and end is not None and end < start:
            raise BadRule(_("“From” is larger than “to”. Correct the range."))


def _rule_words(row: AssignmentRule) -> dict:
    return {name: getattr(row, name) for name in RULE_FIELDS} | {"people": [person.staff_no for person in row.people.order_by("pk")]}


@transaction.atomic
def set_policy(*, client: Client | None, after_days: int, to: str, is_active: bool, by: User, now: datetime, seen: str | None = None) -> ReassignPolicy:
    """What becomes, from tonight on, of this client's cases that their holders leave untouched; without a client, of all others'."""
    if after_days < 1:
        raise BadRule(_("A case must be left untouched for a day at least."))
    before = ReassignPolicy.objects.select_for_update(of=("self",)).filter(client=client).first()
    check_as_seen(seen, fingerprint_of(before, POLICY_FIELDS))
    row = before or ReassignPolicy(client=client)
    values = {"after_days": after_days, "to": ReassignTo(to), "is_active": is_active}
    changes = {name: (getattr(row, name) if before else None, value) for name, value in values.items() if not before or getattr(row, name) != value}
    for name, value in values.items():
        setattr(row, name, value)
    row.save()
    if changes:
        record("reassign_policy.set", subject=row, by=by, at=now, changes=changes)
    return row
