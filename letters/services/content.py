"""Whether a letter may say what it says, to whom and about what: every objection in words, with its rule."""

from datetime import date

from django.utils.translation import gettext as _

from cases.choices import ENDED, CaseState, Verification
from cases.models import Address, Case
from collection.lib.errors import Refused
from collection.lib.press.fonts import missing_glyphs
from letters.choices import LetterKind
from letters.markup import faults_in, placeholders_in
from letters.models import Letter, LetterTemplate
from letters.printing.sheet import EDGES
from letters.rules import Objection, content_objections, envelope_objections
from letters.values import addressee_of, missing_values, return_address, values_for


class BadContent(Refused):
    """The letter would break a rule on what letters say (CR-24 … CR-32)."""


class NotSendable(Refused):
    """The case or the address does not allow a letter now."""


def part_name(code: str) -> str:
    return {
        "name": _("the debtor's name {debtor_name}"),
        "balance": _("the balance {amount}"),
        "balance_date": _("the day of the balance {balance_on}"),
        "split": _("the split of the balance {accounts_table}"),
        "reason": _("the reason (overdue)"),
        "legal_basis": _("the legal basis (a law or contract named in 《》)"),
        "rights": _("the debtor's rights"),
        "duties": _("the debtor's duties"),
        "check": _("how to check the debt"),
        "pay": _("where to pay {payee_account}"),
        "object": _("how to object"),
        "evidence": _("how to give evidence"),
        "bank_contact": _("the bank's contact {client_phone}"),
        "seal": _("the place of the seal {seal}"),
    }[code]


def in_words(objection: Objection, *, known_rule: str = "") -> str:
    """One objection as a sentence that says how to mend it, with its rule unless the refusal names that one anyway."""
    words = {
        "look_alike": _("“%(text)s” looks like a court, police or government paper: take it out."),
        "no_law_firm": _("A lawyer's letter goes out only from a law firm's file: enter the law firm in the template."),
        "borrow_elsewhere": _("“%(text)s” suggests borrowing elsewhere: take it out."),
        "threat": _("“%(text)s” threatens with something that nobody has approved: take it out."),
        "crime": _("“%(text)s” speaks of a crime; that needs the bank's written approval: take it out."),
        "private_payee": _("“%(text)s”: money goes to the bank's account only, without any fee: use {payee_account}."),
        "typed_account": _("“%(text)s” is an account number typed in: use {payee_account}."),
        "typed_amount": _("“%(text)s” is an amount typed in: use {amount} or {accounts_table}."),
        "debt_word": _("“%(text)s” would show on the envelope: the outside says nothing of a debt."),
    }
    sentence = words.get(objection.code)
    text = sentence % {"text": objection.text} if sentence else _("Missing: %(part)s.") % {"part": part_name(objection.code)}
    return text if objection.rule == known_rule else f"{text} ({objection.rule})"


def check_template(*, kind: str, heading: str, body: str, layout: dict) -> None:
    """Refuse a template's text with every objection at once."""
    edges = [layout.get(name, "") for name in EDGES]
    faults = [fault for text in (heading, body, *edges) for fault in faults_in(text)]
    if faults:
        raise BadContent(
            _("Only the listed placeholders may stand in braces. Not understood: %(faults)s") % {"faults": "，".join(dict.fromkeys(faults))}, rule="A1.4"
        )
    objections = content_objections(kind=kind, heading=heading, body=body, edges=edges, law_firm=layout.get("law_firm", ""))
    if objections:
        rule = objections[0].rule
        raise BadContent(" ".join(in_words(objection, known_rule=rule) for objection in objections), rule=rule)
    missing = missing_glyphs("".join((heading, body, *edges)))
    if missing:
        raise BadContent(_("The letters' font cannot draw: %(chars)s") % {"chars": missing}, rule="F")


def check_case(case: Case, *, kind: str, today: date) -> None:
    """The case may get a letter: not stopped, not ended, entrusted, something owed, not in dispute (but for a statement)."""
    if case.stopped_at:
        raise NotSendable(_("Case %(case)s is stopped: no letter goes out.") % {"case": case}, rule="A1.4")
    if case.state in ENDED:
        raise NotSendable(_("Case %(case)s has ended: no letter goes out.") % {"case": case}, rule="A1.4")
    if not case.client.entrusts_on(today):
        raise NotSendable(_("The entrustment of %(client)s is not in force today.") % {"client": case.client}, rule="CR-40")
    if kind == LetterKind.STATEMENT:
        return
    if case.state == CaseState.DISPUTED or case.complaint_open:
        raise NotSendable(_("Case %(case)s is in dispute: only a statement may be sent until it is answered.") % {"case": case}, rule="CR-50")
    if case.balance <= 0:
        raise NotSendable(_("Nothing is owed on case %(case)s.") % {"case": case}, rule="CR-30")


def check_address(address: Address, *, case: Case, today: date) -> None:
    """The address is the case's own, not known to be wrong, and not past its use."""
    if address.contact.case_id != case.pk:
        raise NotSendable(_("This address does not belong to the case."), rule="A1.4")
    if address.verification == Verification.WRONG:
        raise NotSendable(_("This address is marked as wrong. Choose another one."), rule="A1.4")
    if address.expires_on and address.expires_on < today:
        raise NotSendable(_("This address may no longer be used (until %(day)s). Choose another one.") % {"day": address.expires_on}, rule="CR-40")


def check_letter(*, case: Case, template: LetterTemplate, address: Address, today: date) -> None:
    """Everything that is refused before approval, for one letter."""
    if not template.is_active or (template.client_id and template.client_id != case.client_id):
        raise NotSendable(_("Template %(template)s is not in use for this client.") % {"template": template}, rule="A1.4")
    check_case(case, kind=template.kind, today=today)
    check_address(address, case=case, today=today)
    check_template(kind=template.kind, heading=template.heading, body=template.body, layout=template.layout)
    outside = envelope_objections(return_address())
    if outside:
        raise BadContent(in_words(outside[0], known_rule="CR-25"), rule="CR-25")
    values = values_for(case, template, amount=case.balance, balance_on=case.balance_on, today=today)
    used = placeholders_in("\n".join([template.heading, template.body, *(template.layout.get(name, "") for name in EDGES)]))
    holes = missing_values(template, values, used)
    if holes:
        raise BadContent(
            _("The system has nothing for: %(places)s. Complete the client or the case first.") % {"places": "，".join(f"{{{hole}}}" for hole in holes)},
            rule="CR-28" if "payee_account" in holes else "CR-24",
        )
    missing = missing_glyphs("".join([*values.texts.values(), address.text, addressee_of(address, case)]))
    if missing:
        raise BadContent(_("The letters' font cannot draw: %(chars)s") % {"chars": missing}, rule="F")


def check_still_right(letter: Letter, *, today: date) -> None:
    """An approved letter may still go out: the case lives, and the amount on it is the one that was approved (CR-30)."""
    check_case(letter.case, kind=letter.template.kind, today=today)
    if letter.balance != letter.case.balance:
        raise BadContent(_("The balance of case %(case)s changed after the approval: send the letter back for approval.") % {"case": letter.case}, rule="CR-30")
