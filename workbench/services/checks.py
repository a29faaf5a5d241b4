"""Judgements that two tabs, or two people, may make at once: who comes second is told what stands there by now, and nothing is lost (F13)."""

from datetime import datetime

from django.db import models, transaction
from django.utils.translation import gettext as _

from calls.models import ContactRecord, FieldReview
from calls.services.filtering import review_field
from calls.services.recording import hold_number
from cases.choices import Relation, Verification
from cases.models import Address, Case, Contact, Phone
from cases.services.casework import lock_case, verify_address, verify_contact, verify_phone
from collection.lib.errors import Outdated, Refused
from staff.models import User
from workbench.choices import Checked


class NeverCalled(Refused):
    """That the debtor's number is wrong proves contact lost (CR-10): it is said of a number that was called."""

    rule = "CR-10"


def rows_to_check(kind: str, case: Case) -> models.QuerySet:
    """The phones, addresses or relations of a case."""
    if kind == Checked.CONTACT:
        return Contact.objects.filter(case=case)
    return (Phone if kind == Checked.PHONE else Address).objects.filter(contact__case=case)


@transaction.atomic
def check(*, kind: str, row: Phone | Address | Contact, verification: str, seen: str, by: User, now: datetime) -> None:
    """It is verified, wrong, or cannot be verified (A3.3); refused when it isn't any more what the person saw."""
    related = "case" if kind == Checked.CONTACT else "contact__case"
    case = row.case if kind == Checked.CONTACT else row.contact.case
    if kind == Checked.PHONE:  # as whoever records a call on the number at this moment: debtor and number, then the case
        hold_number(case, row)
    lock_case(case.pk)
    row = type(row).objects.select_for_update(of=("self",)).select_related(related).get(pk=row.pk)
    if row.verification != seen:
        who = getattr(row, "verified_by", None)
        current = {"verification": row.verification, "label": row.get_verification_display(), "by": str(who or "")}
        raise Outdated(_("It was judged meanwhile. Look again before you change it."), entered={"verification": verification}, current=current, rule="F13")
    if kind == Checked.PHONE and verification == Verification.WRONG and row.contact.relation == Relation.SELF:
        _check_was_called(row, case)
    values = {"verification": verification, "by": by, "now": now}
    if kind == Checked.PHONE:
        verify_phone(phone=row, **values)
    elif kind == Checked.ADDRESS:
        verify_address(address=row, **values)
    else:
        verify_contact(contact=row, **values)


def _check_was_called(phone: Phone, case: Case) -> None:
    if not ContactRecord.objects.filter(number_index=phone.number_index, debtor=case.debtor_id).exists():
        raise NeverCalled(_("Call it first: a debtor without a right number opens third parties, so a call has to show it. Or choose “cannot be verified”."))


@transaction.atomic
def judge_field(*, case: Case, field: str, finding: str, seen: str, note: str, by: User, now: datetime) -> FieldReview:
    """One field was read and judged (A3.2); refused when it was judged meanwhile."""
    lock_case(case.pk)
    held = case.assignments.filter(ended_at=None).values("filtering_task")
    before = FieldReview.objects.filter(review__case=case, review__task__in=held, field=field).first()
    if (before.finding if before else "") != seen:
        current = {"finding": before.finding if before else "", "note": before.note if before else ""}
        raise Outdated(_("It was judged meanwhile. Look again before you change it."), entered={"finding": finding, "note": note}, current=current, rule="F13")
    return review_field(case_id=case.pk, field=field, finding=finding, note=note, by=by, now=now)
