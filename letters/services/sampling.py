"""Annex 4: which dispatched letters are checked, and who checks them: never somebody who had a part in the letter."""

import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from audit.services import record
from cases.choices import Source
from collection.lib.errors import Outdated, Refused
from duties.choices import Kind
from duties.models import Duty
from duties.selectors import least_loaded
from duties.services import open_duty
from letters.choices import Grade
from letters.models import DispatchDay, Draw, Letter, QualityCheck, SamplingRule
from letters.rules import SamplePlan, sample_reasons
from letters.selectors_quality import current_sampling, involved_in
from letters.services.flow import need_permission
from staff.choices import Role
from staff.models import User
from staff.selectors import people_on_duty, people_with_role
from staff.services import notify

SEEDS = 2**31
CATCH_UP = 500
# Which of the defects say something about the carrier.
CARRIER_ITEMS = ("tracking", "envelope", "deadline")


class BadSampling(Refused):
    """The sampling rule does not make sense."""

    rule = "A1.4"


def plan_of(rule: SamplingRule) -> SamplePlan:
    return SamplePlan(
        every=rule.every,
        lawyers_letters=rule.lawyers_letters,
        amount_from=rule.amount_from,
        foreign_addresses=rule.foreign_addresses,
        defects_from=rule.defects_from,
    )


@transaction.atomic
def draw_letter(letter: Letter, *, by: User, now: datetime) -> Draw:
    """The dispatched letter takes its place in the day; when the rule draws it, somebody not involved must check it (A1.4, annex 4).

    What the rule looked at is kept with it, so the day can be drawn again at any time and gives the same letters.
    """
    rule, day = current_sampling(now), _count_in(timezone.localdate(now))
    facts = _facts(letter, rule, now)
    reasons = sample_reasons(plan_of(rule), seed=day.seed, place=day.letters, facts=facts)
    draw = Draw.objects.create(letter=letter, dispatch_day=day, rule=rule, place=day.letters, facts=facts, reasons=reasons, is_drawn=bool(reasons))
    if draw.is_drawn:
        _give_to_a_checker(draw, by=by, now=now)
    return draw


def _count_in(today: date) -> DispatchDay:
    """The day's row, locked, one letter longer."""
    DispatchDay.objects.get_or_create(day=today, defaults={"seed": secrets.randbelow(SEEDS)})
    day = DispatchDay.objects.select_for_update().get(day=today)
    day.letters += 1
    day.save(update_fields=["letters"])
    return day


def _facts(letter: Letter, rule: SamplingRule, now: datetime) -> dict:
    sender = letter.dispatched_by
    seen_before = Letter.objects.filter(dispatched_by=sender, dispatched_at__lt=now - timedelta(days=rule.person_days))
    faulty = QualityCheck.objects.filter(checked_at__gt=now - timedelta(days=rule.defect_days)).exclude(grade=Grade.PASS)
    by_carrier = faulty.filter(letter__carrier=letter.carrier, defects__item__in=CARRIER_ITEMS).distinct()
    return {
        "kind": letter.template.kind,
        "amount": str(letter.balance),
        "is_new_template": letter.template.created_at > now - timedelta(days=rule.template_days),
        "is_new_person": rule.person_days > 0 and not seen_before.exists(),
        "is_foreign_address": letter.address.source != Source.CLIENT_FILE,
        "person_defects": faulty.filter(letter__dispatched_by=sender).count() if rule.defect_days else 0,
        "carrier_defects": by_carrier.count() if rule.defect_days else 0,
    }


def checker_for(involved: set[int], now: datetime) -> User | None:
    """Who of quality supervision, else of the supply chain, has the least to do and no part in it; those present before those away."""
    for people in (people_on_duty(Role.QUALITY, now=now), people_on_duty(Role.SUPPLY_CHAIN, now=now), people_with_role(Role.QUALITY)):
        found = least_loaded(people.exclude(pk__in=involved))
        if found is not None:
            return found
    return None


def _give_to_a_checker(draw: Draw, *, by: User | None, now: datetime) -> None:
    letter, path = draw.letter, reverse("letters:quality-check", args=[draw.letter_id])
    holder = checker_for(involved_in(letter), now)
    if holder is None:  # the letter is gone already: say it to those who can name somebody; the sweep tries again
        message = gettext_noop("Nobody can check the quality of letter %(letter)s: name somebody for quality supervision.")
        notify(people_with_role(Role.GM_OFFICE), message, now=now, path=path, is_urgent=True, letter=letter)
        return
    open_duty(kind=Kind.LETTER_QUALITY, subject=letter, holder=holder, start=now, by=by, path=path)
    draw.opened_at = now
    draw.save(update_fields=["opened_at"])
    notify([holder], gettext_noop("A letter was dispatched; check its quality: %(letter)s."), now=now, path=path, letter=letter)


@transaction.atomic
def catch_up_letters(now: datetime) -> int:
    """Drawn letters that nobody could check find somebody now."""
    waiting = Draw.objects.select_for_update(of=("self",), skip_locked=True).filter(is_drawn=True, opened_at=None, letter__quality_check=None)
    given = 0
    for draw in waiting.select_related("letter__print_run").order_by("pk")[:CATCH_UP]:
        holder = checker_for(involved_in(draw.letter), now)
        if holder is not None:
            _give_to_a_checker(draw, by=None, now=now)
            given += 1
    return given


@transaction.atomic
def catch_up_days(now: datetime) -> int:
    """A day that is over has its own sheet to fill; the duty begins with the next look."""
    over = DispatchDay.objects.select_for_update(skip_locked=True, of=("self",)).filter(day__lt=timezone.localdate(now), quality_check=None)
    known = set(Duty.objects.filter(kind=Kind.LETTER_QUALITY, subject_type=DispatchDay._meta.label_lower).values_list("subject_id", flat=True))
    given = 0
    for day in over.exclude(pk__in=known).order_by("day")[:CATCH_UP]:
        senders = set(Letter.objects.filter(draw__dispatch_day=day).values_list("dispatched_by", flat=True))
        holder = checker_for(senders, now)
        if holder is None:
            continue
        path = reverse("letters:quality-day", args=[day.pk])
        open_duty(kind=Kind.LETTER_QUALITY, subject=day, holder=holder, start=now, by=None, path=path)
        notify([holder], gettext_noop("Fill the quality form of the day's dispatch: %(day)s."), now=now, path=path, day=day)
        given += 1
    return given


@dataclass(frozen=True)
class Sampling:
    """What a sampling rule says, as the page gives it."""

    every: int
    lawyers_letters: bool
    amount_from: Decimal | None
    template_days: int
    person_days: int
    foreign_addresses: bool
    defect_days: int
    defects_from: int


@transaction.atomic
def save_sampling(*, wanted: Sampling, based_on: int, by: User, now: datetime) -> SamplingRule:
    """A new version of the rule draws from now on; what was drawn keeps its own. `based_on` is the version that the person looked at."""
    need_permission(by, "manage_quality")
    SamplingRule.objects.select_for_update().order_by("version").first()  # the lock: the newest is read once nobody else adds one
    last = SamplingRule.objects.order_by("-version").first()
    current = {name: getattr(last, name) for name in Sampling.__dataclass_fields__}
    entered = dict(wanted.__dict__)
    if last.version != based_on:
        raise Outdated(_("The sampling rule was changed meanwhile. Look at both and save again."), entered=entered, current=current, rule="F13")
    if entered == current:
        raise BadSampling(_("Nothing was changed."))
    if wanted.defects_from < 1:
        raise BadSampling(_("At least one letter with defects makes a risk."))
    if wanted.every == 0 and not wanted.lawyers_letters:
        raise BadSampling(_("A sample without any count must at least have every lawyer's letter in it."))
    rule = SamplingRule.objects.create(version=last.version + 1, valid_from=now, created_by=by, **entered)
    changes = {name: (current[name], entered[name]) for name in entered if entered[name] != current[name]}
    record("sampling_rule.changed", subject=rule, by=by, at=now, changes=changes)
    return rule
