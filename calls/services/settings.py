"""What managers change of the outcomes and the categories. What an outcome means to the law's counts is no matter of taste: it stays."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from audit.services import record
from calls.models import Category, Outcome
from calls.rules import RESERVED_KEYS, targets_overlap
from collection.lib.errors import Refused
from collection.lib.seen import check_as_seen, fingerprint_of
from staff.models import User


class CannotChangeOutcome(Refused):
    """A key stands for one outcome, and no outcome that a rule needs is switched off."""


CATEGORY_FIELDS = ("name_zh", "name_en", "position", "is_active")
OUTCOME_FIELDS = (*CATEGORY_FIELDS, "hotkey", "follow_up_days")
# What must remain possible after a call: the condition, the rule that needs it.
NEEDED = (
    (Q(bars_number=True), "CR-13"),
    (Q(marks_number="changed"), "CR-15"),
    (Q(stops_case=True), "CR-16"),
    (Q(moves_to="disputed"), "CR-50"),
    (Q(creates_promise=True), "PTP"),
)


@transaction.atomic
def change_outcome(
    *,
    code: str,
    name_zh: str,
    name_en: str,
    hotkey: str,
    position: int,
    follow_up_days: int | None,
    is_active: bool,
    by: User,
    now: datetime,
    seen: str | None = None,
) -> Outcome:
    """The outcome is called, ordered and followed up as given, from now on; records that carry it keep it (anchors 4.3).

    `seen` is the fingerprint of what the form showed (F13).
    """
    # All of them, in one order: two changes at once could otherwise take the same key, or switch off the last two of a kind.
    outcomes = {row.code: row for row in Outcome.objects.select_for_update(of=("self",)).order_by("pk")}
    outcome, hotkey = outcomes[code], hotkey.strip().lower()
    new: dict[str, Any] = {"name_zh": name_zh.strip(), "name_en": name_en.strip(), "hotkey": hotkey, "position": position}
    new |= {"follow_up_days": follow_up_days, "is_active": is_active}
    changes = {field: (getattr(outcome, field), value) for field, value in new.items() if getattr(outcome, field) != value}
    check_as_seen(seen, fingerprint_of(outcome, OUTCOME_FIELDS))
    if not changes:
        raise CannotChangeOutcome(_("Nothing was changed."))
    if is_active:
        _check_key(outcome, hotkey, outcomes)
    else:
        _check_needed(outcome)
    for field, value in new.items():
        setattr(outcome, field, value)
    outcome.save(update_fields=list(new))
    record("outcome.changed", subject=outcome, by=by, at=now, changes=changes)
    return outcome


def _check_key(outcome: Outcome, hotkey: str, outcomes: dict[str, Outcome]) -> None:
    if not hotkey:
        return
    if hotkey in RESERVED_KEYS or not (hotkey.isascii() and hotkey.isalnum() and len(hotkey) == 1):
        said = {"key": hotkey, "reserved": " ".join(RESERVED_KEYS)}
        raise CannotChangeOutcome(_("“%(key)s” cannot be a key. Choose one letter or digit other than %(reserved)s.") % said)
    for other in outcomes.values():
        if other != outcome and other.is_active and other.hotkey == hotkey and targets_overlap(other.target, outcome.target):
            raise CannotChangeOutcome(_("The key “%(key)s” stands for “%(outcome)s” already.") % {"key": hotkey, "outcome": other})


def _check_needed(outcome: Outcome) -> None:
    others = Outcome.objects.filter(is_active=True).exclude(pk=outcome.pk)
    for condition, rule in NEEDED:
        same = Q(target=outcome.target) & condition
        if Outcome.objects.filter(condition, pk=outcome.pk).exists() and not others.filter(same).exists():
            raise CannotChangeOutcome(_("It is the last outcome of its kind; callers need it to keep the rule."), rule=rule)


class CannotChangeCategory(Refused):
    """A category has a code and a name of its own, and at least one is in use."""


@transaction.atomic
def add_category(*, code: str, name_zh: str, name_en: str, position: int, by: User, now: datetime) -> Category:
    """Filtered cases may be classified so from now on (A3.2, third step)."""
    code = code.strip().lower()
    if Category.objects.filter(pk=code).exists():
        raise CannotChangeCategory(_("The code “%(code)s” is taken.") % {"code": code})
    _check_names(None, name_zh, name_en)
    category = Category.objects.create(code=code, name_zh=name_zh.strip(), name_en=name_en.strip(), position=position)
    changes = {"code": (None, code), "name_zh": (None, category.name_zh), "name_en": (None, category.name_en)}
    record("category.created", subject=category, by=by, at=now, changes=changes)
    return category


@transaction.atomic
def change_category(*, code: str, name_zh: str, name_en: str, position: int, is_active: bool, by: User, now: datetime, seen: str | None = None) -> Category:
    """The category is called and ordered as given; switched off it is offered no more, and cases classified so stay so (A3.2)."""
    rows = {row.code: row for row in Category.objects.select_for_update(of=("self",)).order_by("pk")}
    category = rows[code]
    new: dict[str, Any] = {"name_zh": name_zh.strip(), "name_en": name_en.strip(), "position": position, "is_active": is_active}
    changes = {field: (getattr(category, field), value) for field, value in new.items() if getattr(category, field) != value}
    check_as_seen(seen, fingerprint_of(category, CATEGORY_FIELDS))
    if not changes:
        raise CannotChangeCategory(_("Nothing was changed."))
    _check_names(category, name_zh, name_en)
    if not is_active and not any(row.is_active for row in rows.values() if row != category):
        raise CannotChangeCategory(_("It is the last category in use: without one no case can be classified."), rule="A3.2")
    for field, value in new.items():
        setattr(category, field, value)
    category.save(update_fields=list(new))
    record("category.changed", subject=category, by=by, at=now, changes=changes)
    return category


def _check_names(category: Category | None, name_zh: str, name_en: str) -> None:
    same = Category.objects.filter(Q(name_zh=name_zh.strip()) | Q(name_en__iexact=name_en.strip()))
    if same.exclude(pk=category.pk if category else "").exists():
        raise CannotChangeCategory(_("Another category has this name already."))
