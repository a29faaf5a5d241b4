"""Annex 3, first half: a letter is asked for, and approved or refused by somebody else."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from assignment.selectors import cases_visible_to
from audit.services import record
from cases.models import Address, Case, Payee
from cases.services.casework import touch_case
from collection.lib.errors import Refused
from duties.choices import Kind
from duties.selectors import least_loaded
from duties.services import cancel_duty, open_duty
from letters.choices import ON_THE_WAY, LetterKind, LetterState
from letters.models import Letter, LetterTemplate
from letters.selectors import current_version
from letters.services.content import check_letter, payee_for
from staff.choices import Role
from staff.models import User
from staff.selectors import people_on_duty, people_with_role
from staff.services import notify


class NotAllowed(Refused):
    """This person may not do that."""

    status = 403
    rule = "A1.4"


class WrongState(Refused):
    """The letter is not where this step begins."""

    rule = "A1.4"


def need_permission(by: User, name: str) -> None:
    if not by.has_perm(f"letters.{name}"):
        raise NotAllowed(_("Your role does not allow this step."))


def path_of(letter: Letter) -> str:
    return reverse("letters:letter-detail", args=[letter.pk])


def lock_letter(letter_id: int) -> Letter:
    """The letter with its case and template, locked until the transaction ends."""
    rows = Letter.objects.select_for_update(of=("self",))
    return rows.select_related(
        "case__client", "case__debtor", "case__placement__team__lead", "case__team__lead", "template", "address__contact", "payee", "requested_by"
    ).get(pk=letter_id)


def need_state(letter: Letter, *states: str) -> None:
    if letter.state not in states:
        raise WrongState(
            _("Letter %(letter)s is “%(state)s”; this step is no longer possible.") % {"letter": letter, "state": letter.get_state_display()},
        )


def record_step(action: str, letter: Letter, before: str, *, by: User | None, now: datetime, reason: str = "", **changes: tuple) -> None:
    record(action, subject=letter, by=by, at=now, changes={"state": (before, letter.state), **changes}, reason=reason)


@transaction.atomic
def request_letter(
    *,
    case: Case,
    template: LetterTemplate,
    address: Address,
    reason: str,
    by: User,
    now: datetime,
    payee: Payee | None = None,
    is_one_of_many: bool = False,
) -> Letter:
    """A letter to this address awaits approval, with the case's balance as the system has it (A1.4, annex 3; CR-24 … CR-32).

    `payee` is one of the client's accounts; the template's, else the first in force, when nobody chose (CR-28). Who approves is told, unless it is one of many: then whoever asks for them says so once.
    """
    need_permission(by, "request_letter")
    if not cases_visible_to(by).filter(pk=case.pk).exists():
        raise NotAllowed(_("This is not one of your cases."))
    if not reason.strip():
        raise Refused(_("Say why the letter is needed."), rule="A1.4")
    case = Case.objects.select_for_update(of=("self",)).select_related("client", "debtor", "placement__team__lead", "team__lead").get(pk=case.pk)
    today = timezone.localdate(now)
    payee = payee_for(case, template, payee, today=today)
    check_letter(case=case, template=template, address=address, payee=payee, today=today)
    if Letter.objects.filter(case=case, template=template, address=address, state__in=ON_THE_WAY).exists():
        raise WrongState(_("The same letter to this address is already on its way."))
    letter = Letter.objects.create(
        case=case,
        template=template,
        address=address,
        payee=payee,
        reason=reason.strip()[:200],
        balance=case.balance,
        balance_on=case.balance_on,
        requested_by=by,
        requested_at=now,
    )
    touch_case(case, at=now)
    record_step("letter.requested", letter, "", by=by, now=now, reason=letter.reason, balance=(None, letter.balance))
    if not is_one_of_many:
        notify(approvers_of(letter), gettext_noop("%(person)s asks for a letter: %(letter)s."), now=now, path=path_of(letter), person=by, letter=letter)
    return letter


def ask_again(*, letter: Letter, address: Address, reason: str, by: User, now: datetime) -> Letter:
    """After a return: the same letter in its newest version to another address. It names the same account, unless that ended or the template
    names another one since (CR-28)."""
    template = current_version(letter.template)
    is_same = letter.payee is not None and template.payee_id == letter.template.payee_id and letter.payee.holds_on(timezone.localdate(now))
    return request_letter(case=letter.case, template=template, address=address, payee=letter.payee if is_same else None, reason=reason, by=by, now=now)


def approvers_of(letter: Letter) -> list[User]:
    """Who should look at it: the team's lead; the GM office for a lawyer's letter, or when the lead asked."""
    lead = letter.case.home_team.lead if letter.case.home_team else None
    if letter.template.kind == LetterKind.LAWYER or lead is None or lead == letter.requested_by:
        return [person for person in people_with_role(Role.GM_OFFICE) if person != letter.requested_by]
    return [lead]


def _need_decider(letter: Letter, by: User) -> None:
    need_permission(by, "approve_letter")
    if letter.template.kind == LetterKind.LAWYER:
        need_permission(by, "approve_lawyer_letter")
    if letter.requested_by_id == by.pk:
        raise NotAllowed(_("Nobody decides on their own request. Somebody else must."))
    if not cases_visible_to(by).filter(pk=letter.case_id).exists():
        raise NotAllowed(_("This is not one of your cases."))


@transaction.atomic
def approve_letter(*, letter_id: int, by: User, now: datetime) -> Letter:
    """The letter may be printed, for the balance of this moment; the admin office must dispatch it by its deadline (A1.4)."""
    letter = lock_letter(letter_id)
    _need_decider(letter, by)
    need_state(letter, LetterState.REQUESTED)
    check_letter(case=letter.case, template=letter.template, address=letter.address, payee=letter.payee, today=timezone.localdate(now))
    holder = least_loaded(people_on_duty(Role.ADMIN_OFFICE, now=now)) or least_loaded(people_with_role(Role.ADMIN_OFFICE))
    if holder is None:
        raise Refused(_("There is nobody in the admin office who could dispatch it. Ask the administrator to add somebody."), rule="A1.4")
    before, amount = letter.state, letter.balance
    letter.state, letter.decided_by, letter.decided_at = LetterState.APPROVED, by, now
    letter.balance, letter.balance_on, letter.attempts = letter.case.balance, letter.case.balance_on, 0
    letter.save(update_fields=["state", "decided_by", "decided_at", "balance", "balance_on", "attempts"])
    record_step("letter.approved", letter, before, by=by, now=now, balance=(amount, letter.balance))
    open_duty(kind=Kind.LETTER_DISPATCH, subject=letter, holder=holder, start=now, by=by, path=path_of(letter))
    notify([holder], gettext_noop("A letter is to be printed and dispatched: %(letter)s."), now=now, path=path_of(letter), letter=letter)
    _tell_requester(letter, gettext_noop("Your letter was approved: %(letter)s."), by=by, now=now)
    return letter


@dataclass
class Approved:
    """What became of many: the letters that are approved now, and the others, each with why not."""

    approved: list[Letter] = field(default_factory=list)
    refused: list[tuple[Letter, Refused]] = field(default_factory=list)


@transaction.atomic
def approve_letters(*, letter_ids: Iterable[int], by: User, now: datetime) -> Approved:
    """Those that can be approved are; each of the others stays as it is, and says why."""
    need_permission(by, "approve_letter")
    done = Approved()
    for letter_id in sorted(set(letter_ids)):
        try:
            with transaction.atomic():
                done.approved.append(approve_letter(letter_id=letter_id, by=by, now=now))
        except Refused as refusal:
            done.refused.append((lock_letter(letter_id), refusal))
    return done


@transaction.atomic
def refuse_letter(*, letter_id: int, reason: str, by: User, now: datetime) -> Letter:
    """The request is refused, with the reason for the person who asked (A1.4)."""
    letter = lock_letter(letter_id)
    _need_decider(letter, by)
    need_state(letter, LetterState.REQUESTED)
    if not reason.strip():
        raise Refused(_("Say why the letter is refused."), rule="A1.4")
    before = letter.state
    letter.state, letter.decided_by, letter.decided_at, letter.refusal = LetterState.REFUSED, by, now, reason.strip()[:200]
    letter.save(update_fields=["state", "decided_by", "decided_at", "refusal"])
    record_step("letter.refused", letter, before, by=by, now=now, reason=letter.refusal)
    _tell_requester(letter, gettext_noop("Your letter was refused: %(letter)s. %(reason)s"), by=by, now=now, reason=letter.refusal)
    return letter


@transaction.atomic
def refuse_letters(*, letter_ids: Iterable[int], reason: str, by: User, now: datetime) -> list[Letter]:
    """All of them are refused for this reason, or none."""
    return [refuse_letter(letter_id=letter_id, reason=reason, by=by, now=now) for letter_id in sorted(set(letter_ids))]


@transaction.atomic
def send_back_letter(*, letter_id: int, reason: str, by: User, now: datetime) -> Letter:
    """An approved, unprinted letter awaits approval again, because its case changed meanwhile (CR-30)."""
    letter = lock_letter(letter_id)
    if not (by.has_perm("letters.dispatch_letter") or by.has_perm("letters.approve_letter")):
        raise NotAllowed(_("Your role does not allow this step."))
    need_state(letter, LetterState.APPROVED)
    if not reason.strip():
        raise Refused(_("Say why it goes back."), rule="A1.4")
    before = letter.state
    letter.state, letter.decided_by, letter.decided_at, letter.failure = LetterState.REQUESTED, None, None, ""
    letter.save(update_fields=["state", "decided_by", "decided_at", "failure"])
    record_step("letter.sent_back", letter, before, by=by, now=now, reason=reason.strip())
    cancel_duty(kind=Kind.LETTER_DISPATCH, subject=letter, by=by, now=now, reason=reason.strip())
    notify(approvers_of(letter), gettext_noop("A letter needs approval again: %(letter)s."), now=now, path=path_of(letter), letter=letter)
    return letter


@transaction.atomic
def cancel_letter(*, letter_id: int, reason: str, by: User, now: datetime) -> Letter:
    """The letter will not be sent. One that was printed keeps its number, so that the numbers keep no gap."""
    letter = lock_letter(letter_id)
    if not (by.pk == letter.requested_by_id or by.has_perm("letters.approve_letter") or by.has_perm("letters.dispatch_letter")):
        raise NotAllowed(_("Your role does not allow this step."))
    need_state(letter, LetterState.REQUESTED, LetterState.APPROVED, LetterState.RENDERED)
    if not reason.strip():
        raise Refused(_("Say why it is cancelled."), rule="A1.4")
    before, letter.state = letter.state, LetterState.CANCELLED
    letter.save(update_fields=["state"])
    record_step("letter.cancelled", letter, before, by=by, now=now, reason=reason.strip())
    cancel_duty(kind=Kind.LETTER_DISPATCH, subject=letter, by=by, now=now, reason=reason.strip())
    _tell_requester(letter, gettext_noop("Your letter was cancelled: %(letter)s. %(reason)s"), by=by, now=now, reason=reason.strip())
    return letter


def _tell_requester(letter: Letter, message: str, *, by: User, now: datetime, **values: object) -> None:
    if letter.requested_by_id != by.pk:
        notify([letter.requested_by], message, now=now, path=path_of(letter), letter=letter, **values)
