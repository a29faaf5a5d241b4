"""Whether a letter may say what it says, to whom and about what: every objection in words, with its rule and its place."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from cases.choices import ENDED, CaseState, Verification
from cases.models import Address, Case, Client, Payee
from collection.lib.errors import Refused
from collection.lib.press.fonts import missing_glyphs
from collection.lib.regions import place_of
from compliance.choices import Interruption
from compliance.rules.demands import missing_for_crime
from letters.addresses import fault_text
from letters.choices import LetterKind, PaperKind
from letters.layout import Layout
from letters.markup import faults_in, placeholders_in, plain
from letters.models import AuthorityPaper, Letter, LetterTemplate
from letters.printing.sheet import Window, address_fits
from letters.services.words import field_name, mend, place_name
from letters.values import addressee_of, missing_values, overdue_since, principal_of, return_address, values_for
from letters.wording import Objection, content_objections, envelope_objections, names_crime

# What may still be written about while the debt is disputed: the account itself, and who is entrusted with it.
NOT_DUNNING = (LetterKind.STATEMENT, LetterKind.ENTRUST, LetterKind.SETTLEMENT)


@dataclass(frozen=True)
class Problem:
    """One objection in words: where it stands (`field`, `line` from 1, 0 for the whole text), which rule, what is wrong and how to mend it."""

    field: str
    line: int
    rule: str
    words: str

    @property
    def place(self) -> str:
        name = field_name(self.field)
        return _("%(field)s, line %(line)s") % {"field": name, "line": self.line} if self.line else name


class BadContent(Refused):
    """The letter would break a rule on what letters say (CR-24 … CR-35)."""

    def __init__(self, message: str, *, rule: str = "", problems: Sequence[Problem] = ()) -> None:
        super().__init__(message, rule=rule)
        self.problems = list(problems)


class NotSendable(Refused):
    """The case or the address does not allow a letter now."""


def texts_of(heading: str, body: str, layout: Layout) -> dict[str, str]:
    """Every text of a template by its field, as the rules read it."""
    return {"heading": heading, "body": body, **layout.edges()}


def problems_in(
    *, kind: str, texts: dict[str, str], client: Client | None, law_firm: AuthorityPaper | None, today: date, payee: Payee | None = None
) -> list[Problem]:
    """Everything that is wrong with a template's own words, the first place first."""
    found = [_code_problem(field, line, fault) for field, text in texts.items() for line, fault in faults_in(text)]
    found += _payee_problems(payee, client, today)
    objections = [*_paper_objections(kind, texts, client, law_firm, today)]
    objections += content_objections(kind, texts, may_name_crime=_names_crime_with_approval(kind, client, today))
    found += [Problem(one.field, one.line, one.rule, mend(one)) for one in objections]
    found += [_glyph_problem(field, line, char) for field, text in texts.items() for line, char in _undrawable(text)]
    order = list(texts)
    return sorted(found, key=lambda one: (order.index(one.field) if one.field in order else -1, one.line))


def _code_problem(field: str, line: int, fault: str) -> Problem:
    words = _("“%(fault)s” is not understood: only the listed placeholders may stand in braces, tables, codes and seals on a line of their own.")
    return Problem(field, line, "A1.4", words % {"fault": fault})


def _glyph_problem(field: str, line: int, char: str) -> Problem:
    words = _("The letters' font cannot draw “%(char)s” (U+%(code)s): write it in another way.") % {"char": char, "code": f"{ord(char):04X}"}
    return Problem(field, line, "F", words)


def _payee_problems(payee: Payee | None, client: Client | None, today: date) -> list[Problem]:
    """The account that a template names is its own client's, and in force (CR-28)."""
    if payee is None:
        return []
    if client is None:
        return [Problem("payee", 0, "CR-28", _("A template for every client names no account: each letter names its own client's."))]
    return [] if _pays_to(payee, client, today) else [Problem("payee", 0, "CR-28", _not_in_force(payee, client))]


def _undrawable(text: str) -> list[tuple[int, str]]:
    return [(number, char) for number, line in enumerate(text.split("\n"), 1) for char in missing_glyphs(plain(line))]


def _paper_objections(kind: str, texts: dict[str, str], client: Client | None, firm: AuthorityPaper | None, today: date) -> Iterable[Objection]:
    """What needs a paper on file: a lawyer's letter its firm's engagement (CR-27)."""
    if kind == LetterKind.LAWYER:
        if firm is None or firm.kind != PaperKind.LAW_FIRM or not firm.holds_on(today):
            yield Objection("CR-27", "no_law_firm", field="law_firm")
        elif firm.client_id and (client is None or firm.client_id != client.pk):
            yield Objection("CR-27", "foreign_law_firm", firm.name, field="law_firm")
    elif any(name in ("law_firm", "lawyer", "law_firm_contact") for text in texts.values() for name in placeholders_in(text)):
        yield Objection("CR-27", "law_firm_elsewhere", field="body")


def _names_crime_with_approval(kind: str, client: Client | None, today: date) -> bool:
    """CR-32's words stand only in a demand or lawyer's letter of a client whose written approval is on file."""
    if kind not in (LetterKind.DEMAND, LetterKind.LAWYER) or client is None:
        return False
    return any(paper.holds_on(today) for paper in client.authority_papers.filter(kind=PaperKind.CRIME))


def check_template(
    *,
    kind: str,
    heading: str,
    body: str,
    layout: Layout,
    client: Client | None,
    law_firm: AuthorityPaper | None,
    today: date,
    payee: Payee | None = None,
) -> None:
    """Refuse a template's text and the account it names with every objection at once."""
    texts = texts_of(heading, body, layout)
    problems = problems_in(kind=kind, texts=texts, client=client, law_firm=law_firm, payee=payee, today=today)
    if problems:
        raise BadContent(" ".join(_sentence(problem) for problem in problems), rule=problems[0].rule, problems=problems)


def _sentence(problem: Problem) -> str:
    return f"{problem.place}: {problem.words} ({problem.rule})"


def check_case(case: Case, *, kind: str, today: date) -> None:
    """The case may get a letter of this kind now."""
    if kind == LetterKind.LOBBY:
        raise NotSendable(_("A lobby notice speaks to nobody in particular: print it from its template, not for a case."), rule="CR-26")
    if not case.client.entrusts_on(today):
        raise NotSendable(_("The entrustment of %(client)s is not in force today.") % {"client": case.client}, rule="CR-40")
    if kind == LetterKind.SETTLEMENT:
        _check_settled(case)
        return
    if case.stopped_at:
        raise NotSendable(_("Case %(case)s is stopped: no letter goes out.") % {"case": case}, rule="A1.4")
    if case.state in ENDED:
        raise NotSendable(_("Case %(case)s has ended: no letter goes out.") % {"case": case}, rule="A1.4")
    if kind in NOT_DUNNING:
        return
    if case.state == CaseState.DISPUTED or case.complaint_open:
        raise NotSendable(_("Case %(case)s is in dispute: only a statement may be sent until it is answered.") % {"case": case}, rule="CR-50")
    if case.balance <= 0:
        raise NotSendable(_("Nothing is owed on case %(case)s.") % {"case": case}, rule="CR-30")


def _check_settled(case: Case) -> None:
    if case.state != CaseState.SETTLED or case.balance > 0:
        raise NotSendable(_("Case %(case)s is not settled by the bank's word: there is nothing to certify yet.") % {"case": case}, rule="CR-30")


def check_address(address: Address, *, case: Case, layout: Layout, today: date) -> None:
    """The address is the case's own, not known to be wrong, not past its use, and shows in the envelope's window."""
    if address.contact.case_id != case.pk:
        raise NotSendable(_("This address does not belong to the case."), rule="A1.4")
    if address.verification == Verification.WRONG:
        raise NotSendable(_("This address is marked as wrong. Choose another one."), rule="A1.4")
    if address.expires_on and address.expires_on < today:
        raise NotSendable(_("This address may no longer be used (until %(day)s). Choose another one.") % {"day": address.expires_on}, rule="CR-40")
    if not address_fits(Window(address.postcode, address.text, addressee_of(address, case)), layout.frame):
        raise NotSendable(_("The address is too long for the envelope's window. Shorten it, or use a template without a window."), rule="F")
    check_deliverable(address)


def check_deliverable(address: Address) -> None:
    """A carrier can find the place: province, city and a house or village are there (annex 3)."""
    blocking = place_of(address.text).blocking
    if blocking:
        raise NotSendable(
            _("The address %(address)s is incomplete: %(faults)s Complete it on the page “Addresses” of the case, then ask again.")
            % {"address": address.masked, "faults": " ".join(fault_text(code) for code in blocking)},
            rule="A1.4",
        )


def check_letter(*, case: Case, template: LetterTemplate, address: Address, payee: Payee | None, today: date) -> None:
    """Everything that is refused before approval, for one letter. `payee` is the account it will name (`payee_for`); None: the client has none."""
    if not template.is_active or (template.client_id and template.client_id != case.client_id):
        raise NotSendable(_("Template %(template)s is not in use for this client.") % {"template": template}, rule="A1.4")
    check_payee(payee, client=case.client, today=today)
    layout = Layout.of(template.layout)
    check_case(case, kind=template.kind, today=today)
    check_address(address, case=case, layout=layout, today=today)
    check_template(kind=template.kind, heading=template.heading, body=template.body, layout=layout, client=case.client, law_firm=template.law_firm, today=today)
    outside = envelope_objections(return_address())
    if outside:
        raise BadContent(mend(outside[0]), rule="CR-25")
    texts = texts_of(template.heading, template.body, layout)
    if names_crime(texts):
        _check_crime(case, today)
    _check_values(case, template, address, payee, texts, today)


def payee_for(case: Case, template: LetterTemplate, chosen: Payee | None, *, today: date) -> Payee | None:
    """The account that a letter names: the one chosen, else the template's own, else the client's first in force (CR-28).

    The template's own is taken even when it has ended, and then refused: never another account in its place without anybody saying so.
    """
    return chosen or template.payee or next(iter(case.client.payees_on(today)), None)


def check_payee(payee: Payee | None, *, client: Client, today: date) -> None:
    """Money goes to an account on the client's list, and in force that day (CR-28)."""
    if payee and not _pays_to(payee, client, today):
        raise BadContent(_not_in_force(payee, client), rule="CR-28")


def _pays_to(payee: Payee, client: Client, day: date) -> bool:
    return payee.client_id == client.pk and payee.holds_on(day)


def _not_in_force(payee: Payee, client: Client) -> str:
    return _("The account %(payee)s is not in force for %(client)s. Choose another one.") % {"payee": payee, "client": client}


def _check_crime(case: Case, today: date) -> None:
    """CR-32 for this case; that the bank's approval is on file was asked with the template's words."""
    accounts = list(case.accounts.all())
    since = overdue_since(accounts)
    demanded = case.limitation_events.filter(kind__in=[Interruption.DEMANDED, Interruption.DELIVERED]).values_list("on", flat=True)
    lacking = missing_for_crime(
        principal=principal_of(accounts), demanded_on=demanded, unpaid_days=(today - since).days if since else case.overdue_days, is_approved=True
    )
    if lacking:
        words = {
            "principal": _("a principal of at least ¥50,000"),
            "demands": _("two demands that arrived at least 30 days apart"),
            "months": _("more than three months unpaid"),
        }
        needed = "，".join(words[lack] for lack in lacking)
        raise BadContent(_("The letter names a crime; case %(case)s lacks: %(needed)s. Use another template.") % {"case": case, "needed": needed}, rule="CR-32")


def _check_values(case: Case, template: LetterTemplate, address: Address, payee: Payee | None, texts: dict[str, str], today: date) -> None:
    """The system has something for every placeholder, and the font draws all of it."""
    values = values_for(case, template, amount=case.balance, balance_on=case.balance_on, today=today, payee=payee)
    used = [name for text in texts.values() for name in placeholders_in(text)]
    holes = missing_values(values, used)
    if holes:
        places = "，".join(f"{{{hole}}}" for hole in holes)
        rule = "CR-28" if "payee_account" in holes else "CR-24"
        raise BadContent(_("The system has nothing for: %(places)s. Complete the client or the case first.") % {"places": places}, rule=rule)
    printed = {name: values.texts[name] for name in used if name in values.texts}
    printed |= {"address": address.text, "addressee": addressee_of(address, case)}
    for name, text in printed.items():
        missing = missing_glyphs(plain(text))
        if missing:
            said = {"char": missing[0], "code": f"{ord(missing[0]):04X}", "place": place_name(name)}
            raise BadContent(_("The letters' font cannot draw “%(char)s” (U+%(code)s) in: %(place)s. Correct it first.") % said, rule="F")


def check_still_right(letter: Letter, *, today: date) -> None:
    """An approved letter may still go out: the case lives, and the amount on it is the one that was approved (CR-30)."""
    check_case(letter.case, kind=letter.template.kind, today=today)
    check_deliverable(letter.address)
    check_payee(letter.payee, client=letter.case.client, today=today)
    if letter.balance != letter.case.balance:
        raise BadContent(_("The balance of case %(case)s changed after the approval: send the letter back for approval.") % {"case": letter.case}, rule="CR-30")
