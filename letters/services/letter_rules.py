"""Rules that ask for letters by themselves: "stage M3 and lost contact", "no letter for 30 days and a balance over X" (A1.4)."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from assignment.selectors import cases_visible_to
from audit.services import record
from cases.choices import ENDED, CaseState
from cases.models import Case, Client
from collection.lib.errors import Refused
from letters.choices import SENT
from letters.models import Letter, LetterBatch, LetterRule, LetterTemplate
from letters.services.batches import MOST_CASES, OUT, ask_for_letters
from letters.services.flow import NotAllowed, need_permission
from staff.choices import Role
from staff.models import User
from staff.selectors import people_with_role
from staff.services import notify


class BadRule(Refused):
    """The rule says too little, or can't run now."""

    rule = "A1.4"


@transaction.atomic
def save_rule(
    *,
    name: str,
    client: Client | None,
    template: LetterTemplate,
    stages: list[str],
    lost_contact: bool,
    balance_over: Decimal | None,
    overdue_over: int | None,
    quiet_days: int,
    is_daily: bool,
    by: User,
    now: datetime,
    rule_id: int | None = None,
) -> LetterRule:
    """A new rule, or a changed one; its letters are asked for in the name of who saved it last."""
    _need_keeper(by)
    fields = {
        "name": name.strip(),
        "client": client,
        "template": template,
        "stages": sorted({stage.strip() for stage in stages if stage.strip()}),
        "lost_contact": lost_contact,
        "balance_over": balance_over,
        "overdue_over": overdue_over,
        "quiet_days": quiet_days,
        "is_daily": is_daily,
    }
    _need_sense(fields)
    rule = _own_rule(rule_id, by) if rule_id else LetterRule()
    before = {name: str(getattr(rule, name)) for name in fields} if rule_id else dict.fromkeys(fields)
    for field, value in fields.items():
        setattr(rule, field, value)
    rule.owner, rule.saved_at, rule.is_active = by, now, True
    rule.save()
    changes = {field: (before[field], str(value)) for field, value in fields.items() if before[field] != str(value)}
    record("letter_rule.saved", subject=rule, by=by, at=now, changes=changes)
    return rule


def _need_keeper(by: User) -> None:
    need_permission(by, "manage_letter_rules")
    need_permission(by, "request_letter")


def _need_sense(fields: dict) -> None:
    if not fields["name"]:
        raise BadRule(_("Give the rule a name."))
    if not (fields["stages"] or fields["lost_contact"] or fields["balance_over"] is not None or fields["overdue_over"] is not None):
        raise BadRule(_("Name at least one condition: a stage, lost contact, a balance or days overdue."))
    if fields["quiet_days"] < 1:
        raise BadRule(_("Leave at least one day between letters."))
    template, client = fields["template"], fields["client"]
    if template.client_id and template.client_id != (client.pk if client else None):
        raise BadRule(_("This template is for %(client)s only: choose that client.") % {"client": template.client})


def rules_visible_to(user: User) -> QuerySet[LetterRule]:
    """The GM office sees all, everybody else their own."""
    rules = LetterRule.objects.filter(is_active=True)
    return rules if user.has_role(Role.GM_OFFICE) else rules.filter(owner=user)


def _own_rule(rule_id: int, by: User) -> LetterRule:
    rule = rules_visible_to(by).select_for_update(of=("self",)).filter(pk=rule_id).first()
    if rule is None:
        raise NotAllowed(_("This rule is not yours."))
    return rule


@transaction.atomic
def retire_rule(*, rule_id: int, by: User, now: datetime) -> LetterRule:
    """The rule asks for nothing any more; what it asked for stays."""
    _need_keeper(by)
    rule = _own_rule(rule_id, by)
    rule.is_active = rule.is_daily = False
    rule.save(update_fields=["is_active", "is_daily"])
    record("letter_rule.retired", subject=rule, by=by, at=now, changes={"is_active": (True, False)})
    return rule


def cases_of_rule(rule: LetterRule, *, by: User, now: datetime) -> QuerySet[Case]:
    """The cases that fit the rule among those that `by` sees: living, quiet for its days, and without a letter of its kind on the way."""
    cases = cases_visible_to(by).exclude(state__in=ENDED).filter(stopped_at=None)
    if rule.client_id:
        cases = cases.filter(client=rule.client_id)
    if rule.stages:
        cases = cases.filter(stage__in=rule.stages)
    if rule.lost_contact:
        cases = cases.filter(state=CaseState.LOST_CONTACT)
    if rule.balance_over is not None:
        cases = cases.filter(balance__gt=rule.balance_over)
    if rule.overdue_over is not None:
        cases = cases.filter(overdue_days__gt=rule.overdue_over)
    of_case = Letter.objects.filter(case=OuterRef("pk"))
    recent = of_case.filter(state__in=SENT, dispatched_at__gt=now - timedelta(days=rule.quiet_days))
    out = of_case.filter(state__in=OUT, template__kind=rule.template.kind)
    return cases.exclude(Exists(recent)).exclude(Exists(out)).order_by("-balance", "pk")


@transaction.atomic
def run_rule(*, rule_id: int, by: User, now: datetime) -> LetterBatch | None:
    """The letters of this rule for today, as a batch; None when no case fits. Once a day, whoever asks and how often (the largest debts first,
    at most 1,000; the rest the next day)."""
    rule = LetterRule.objects.select_for_update(of=("self",)).select_related("template").get(pk=rule_id, is_active=True)
    _need_keeper(by)
    if by.pk != rule.owner_id and not rules_visible_to(by).filter(pk=rule.pk).exists():
        raise NotAllowed(_("This rule is not yours."))
    today = timezone.localdate(now)
    if LetterBatch.objects.filter(rule=rule, run_on=today).exists():
        raise BadRule(_("“%(rule)s” ran today already.") % {"rule": rule})
    cases = list(cases_of_rule(rule, by=by, now=now).values_list("pk", flat=True)[:MOST_CASES])
    if not cases:
        return None
    try:
        with transaction.atomic():
            return ask_for_letters(case_ids=cases, template=rule.template, reason=_("Rule “%(rule)s”") % {"rule": rule}, by=by, now=now, rule=rule)
    except IntegrityError as error:
        raise BadRule(_("“%(rule)s” ran today already.") % {"rule": rule}) from error


def run_daily_rules(*, now: datetime) -> int:
    """Every daily rule that has not run today runs, in its owner's name and with the owner's rights of today (S10). Returns how many ran.

    One whose owner may no longer ask is set to rest, and head office is told.
    """
    today, ran = timezone.localdate(now), 0
    done = LetterBatch.objects.filter(rule=OuterRef("pk"), run_on=today)
    for rule in LetterRule.objects.filter(~Exists(done), is_active=True, is_daily=True).select_related("owner").order_by("pk"):
        try:
            ran += run_rule(rule_id=rule.pk, by=rule.owner, now=now) is not None
        except NotAllowed:
            _rest(rule, now)
        except BadRule:  # somebody was quicker
            continue
    return ran


@transaction.atomic
def _rest(rule: LetterRule, now: datetime) -> None:
    LetterRule.objects.filter(pk=rule.pk).update(is_daily=False)
    record("letter_rule.rested", subject=rule, by=None, at=now, changes={"is_daily": (True, False)})
    message = gettext_noop("The letter rule “%(rule)s” rests: %(person)s may no longer ask for letters. Let somebody else save it.")
    notify(people_with_role(Role.GM_OFFICE), message, now=now, path="/letters/rules/", rule=rule, person=rule.owner)
