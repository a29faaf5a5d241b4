"""Letters asked for on many cases at once (A1.4). The batch is a row, each case a line: whoever works on it may be killed, and the next goes on."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from assignment.selectors import cases_visible_to
from audit.services import record
from cases.models import Address, Case, Client, Payee
from collection.lib.errors import Refused
from letters.choices import ON_THE_WAY, LetterState
from letters.models import BatchLine, Letter, LetterBatch, LetterRule, LetterTemplate
from letters.selectors import best_address, current_version
from letters.services.content import NotSendable, check_letter, check_payee, payee_for
from letters.services.flow import WrongState, approvers_of, need_permission, request_letter
from staff.models import User
from staff.services import notify

Clock = Callable[[], datetime]
MOST_CASES = 1000
# So many are asked for while one waits; more are a job.
AT_ONCE = 50
ABANDONED_AFTER = timedelta(minutes=2)
# As long as one of these is out, another letter of the same kind is no news to the debtor.
OUT = (*ON_THE_WAY, LetterState.DISPATCHED)


class CannotAsk(Refused):
    """These letters can't be asked for together."""

    rule = "A1.4"


@transaction.atomic
def ask_for_letters(
    *,
    case_ids: Iterable[int],
    template: LetterTemplate,
    reason: str,
    by: User,
    now: datetime,
    payee: Payee | None = None,
    rule: LetterRule | None = None,
) -> LetterBatch:
    """A batch with a line for each of these cases; nothing is asked for yet: `work_on_batch` does, line by line. Only cases that `by` sees.

    `payee` is an account of the one client that all of them are of (CR-28); None: the template's own, else each client's first.
    """
    need_permission(by, "request_letter")
    wanted = set(case_ids)
    if not wanted:
        raise CannotAsk(_("Choose the cases."))
    if len(wanted) > MOST_CASES:
        raise CannotAsk(_("At most %(most)s cases at once.") % {"most": MOST_CASES})
    if not reason.strip():
        raise CannotAsk(_("Say why the letters are needed."))
    visible = list(cases_visible_to(by).filter(pk__in=wanted).order_by("pk").values_list("pk", flat=True))
    if len(visible) != len(wanted):
        raise CannotAsk(_("Some of these cases are not yours."))
    today = timezone.localdate(now)
    if payee:
        _need_account_of_all(payee, visible, today)
    batch = LetterBatch.objects.create(
        rule=rule, run_on=today, template=template, payee=payee, reason=reason.strip()[:200], asked_by=by, asked_at=now, total=len(visible)
    )
    BatchLine.objects.bulk_create([BatchLine(batch=batch, case_id=pk) for pk in visible], batch_size=500)
    record(
        "letter_batch.asked",
        subject=batch,
        by=by,
        at=now,
        changes={"cases": (None, len(visible)), "rule": (None, rule), "payee": (None, payee)},
        reason=batch.reason,
    )
    return batch


def _need_account_of_all(payee: Payee, case_ids: list[int], today: date) -> None:
    for client in Client.objects.filter(pk__in=Case.objects.filter(pk__in=case_ids).values("client")):
        check_payee(payee, client=client, today=today)


def work_on_next_batch(*, clock: Clock) -> bool:
    """Take up the oldest batch that nobody works on, to its end; False when there is none. Safe to call at any time, by many."""
    waiting = LetterBatch.objects.filter(finished_at=None).filter(_free(clock())).order_by("pk").first()
    return waiting is not None and work_on_batch(batch_id=waiting.pk, clock=clock)


def work_on_batch(*, batch_id: int, clock: Clock) -> bool:
    """Ask for the letter of each waiting line, in the name and with the present rights of who asked (S10). False when somebody else is at it."""
    if not LetterBatch.objects.filter(_free(clock()), pk=batch_id, finished_at=None).update(worked_on_at=clock()):
        return False
    batch = LetterBatch.objects.select_related("template", "payee", "asked_by", "rule").get(pk=batch_id)
    with translation.override(batch.asked_by.language):
        for line_id in batch.lines.filter(_waiting()).order_by("pk").values_list("pk", flat=True):
            _ask(batch, line_id, clock())
    _finish(batch, clock())
    return True


def _free(now: datetime) -> Q:
    return Q(worked_on_at=None) | Q(worked_on_at__lte=now - ABANDONED_AFTER)


def _waiting() -> Q:
    return Q(letter=None, refusal="")


@transaction.atomic
def _ask(batch: LetterBatch, line_id: int, now: datetime) -> None:
    """One line: its letter and its mark are one transaction, so that a line is never asked for twice."""
    line = BatchLine.objects.select_for_update(of=("self",)).filter(_waiting(), pk=line_id).select_related("case").first()
    if line is None:
        return
    try:
        with transaction.atomic():
            line.letter = _letter_for(batch, line.case, now)
    except Refused as refusal:
        line.letter, line.refusal, line.refused_by = None, str(refusal)[:300], refusal.rule[:20]
    line.save(update_fields=["letter", "refusal", "refused_by"])
    LetterBatch.objects.filter(pk=batch.pk).update(worked_on_at=now)


def _letter_for(batch: LetterBatch, case: Case, now: datetime) -> Letter:
    template = current_version(batch.template)
    Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    address = address_for(case, template, today=timezone.localdate(now))
    asked = {"template": template, "address": address, "payee": batch.payee, "reason": batch.reason}
    return request_letter(case=case, **asked, by=batch.asked_by, now=now, is_one_of_many=True)


def address_for(case: Case, template: LetterTemplate, *, today: date) -> Address:
    """Where this letter would go; refused while one of its kind is out, and without a usable address."""
    need_no_letter_out(case, template)
    address = best_address(case, today=today)
    if address is None:
        raise NotSendable(_("Case %(case)s has no address that a letter could go to.") % {"case": case}, rule="A1.4")
    return address


def need_no_letter_out(case: Case, template: LetterTemplate) -> None:
    """Never the same letter twice on its way, to whichever address."""
    if any(letter.state in OUT and letter.template.kind == template.kind for letter in case.letters.all()):
        raise WrongState(_("A letter of this kind is on its way on case %(case)s already.") % {"case": case})


def _finish(batch: LetterBatch, now: datetime) -> None:
    """The person who asked is told once how many were asked for and how many refused."""
    with transaction.atomic():
        fresh = LetterBatch.objects.select_for_update(of=("self",)).select_related("asked_by").get(pk=batch.pk)
        if fresh.finished_at or fresh.lines.filter(_waiting()).exists():
            return
        fresh.finished_at = now
        fresh.save(update_fields=["finished_at"])
        asked = fresh.lines.exclude(letter=None).count()
        record("letter_batch.finished", subject=fresh, by=None, at=now, changes={"asked": (None, asked), "refused": (None, fresh.total - asked)})
        _tell_approvers(fresh, asked, now)
        if fresh.total <= AT_ONCE and fresh.rule_id is None:
            return
        message = gettext_noop("Letters asked for: %(asked)s of %(total)s cases; the page says which were refused and why.")
        path = reverse("letters:batch-detail", args=[fresh.pk])
        notify([fresh.asked_by], message, now=now, path=path, asked=asked, total=fresh.total)


def _tell_approvers(batch: LetterBatch, asked: int, now: datetime) -> None:
    """Each of them once, whatever the number of letters."""
    letters = Letter.objects.filter(batch_line__batch=batch).select_related("template", "requested_by", "case__placement__team__lead", "case__team__lead")
    people = {person.pk: person for letter in letters for person in approvers_of(letter)}
    message = gettext_noop("%(person)s asks for %(count)s letters: they await approval.")
    notify(people.values(), message, now=now, path="/letters/?state=requested", person=batch.asked_by, count=asked)


def preview(cases: Iterable[Case], *, template: LetterTemplate, by: User, now: datetime, payee: Payee | None = None) -> tuple[int, list[tuple[Case, str, str]]]:
    """How many of these cases would get a letter, and (case, rule, why) of those that would be refused. Nothing is changed.

    `cases` come with `cases_to_judge`, which fetches what the rules read.
    """
    need_permission(by, "request_letter")
    version, today, good, refused = current_version(template), timezone.localdate(now), 0, []
    for case in cases:
        try:
            named = payee_for(case, version, payee, today=today)
            check_letter(case=case, template=version, address=address_for(case, version, today=today), payee=named, today=today)
        except Refused as refusal:
            refused.append((case, refusal.rule, str(refusal)))
        else:
            good += 1
    return good, refused
