"""All that happened on a case, in the words of its timeline."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import CharField, DateField, DecimalField, F, JSONField, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce, NullIf
from django.utils.translation import gettext as _

from audit.models import AuditEvent
from calls.models import ContactRecord
from cases.choices import EntryReason, NoteKind, RegistryState
from cases.models import BalanceEntry, Case, ClientNote, Payment, RegistryRequest
from collection.lib.prepared import Given, Prepared
from letters.choices import LetterState
from letters.models import Letter, LetterTemplate
from staff.trail_words import action_word, changes_in_words
from workbench.rules import mask_numbers
from workbench.selectors.case_rows import OF_CASE, SHOWN

ON_TIMELINE = ("case.moved", "case.stopped", "case.resumed", "case.classified", "case.assigned", "case.transferred")
# An amount in words, or that it is withheld.
Told = Callable[[Decimal, str], str]


@dataclass(frozen=True)
class Line:
    """One line of the timeline."""

    at: datetime
    kind: str
    title: str
    text: str = ""
    person: str = ""
    tone: str = "quiet"


class Row(NamedTuple):
    """What the sources have in common. Each fills what it knows."""

    source: str
    pk: int
    at: datetime
    note: str
    kind: str
    words: str
    person: str
    other: str
    currency: str
    before: Decimal | None
    after: Decimal | None
    day: date | None
    changes: dict[str, Any] | None


NO_AMOUNT = Cast(None, DecimalField(max_digits=14, decimal_places=2))
UNFILLED = dict.fromkeys(("note", "kind", "words", "person", "other", "currency"), Value("")) | {
    "before": NO_AMOUNT,
    "after": NO_AMOUNT,
    "day": Cast(None, DateField()),
    "changes": Cast(None, JSONField()),
}


def timeline_of(case: Case, records: Iterable[ContactRecord], told: Told) -> list[Line]:
    """The latest first. One query beside the records'."""
    lines = [_of_record(row, told) for row in records]
    lines += [_line(row, case, told) for row in _rows_of(case)]
    return sorted(lines, key=lambda line: line.at, reverse=True)


def _rows_of(case: Case) -> list[Row]:
    """In the order in which lines of the same moment stand."""
    rows = HAPPENED.rows(case=case.pk, subject=str(case.pk))
    order = ["letter", "registry", "payment", "balance", "note", "trail"]
    return sorted((Row(*values) for values in rows), key=lambda row: (order.index(row.source), -row.pk))


def _happened() -> QuerySet:
    # The notes come first: the first of a union says how its columns are read, and their text is encrypted.
    return _notes().union(_letters(), _look_ups(), _payments(), _balances(), _trail(), all=True)


HAPPENED = Prepared(_happened)


def _told_by(source: str, rows: QuerySet, at: str, **filled: Combinable) -> QuerySet:
    """The latest of one source as `Row`s."""
    # Chosen by key, as not every database can cut off a part of a union.
    latest = rows.model.objects.filter(pk__in=rows.values("pk")[:SHOWN]).order_by()
    columns = {"source": Value(source), "pk": F("pk"), "at": F(at)} | UNFILLED | filled
    return latest.values_list(*(columns[name] for name in Row._fields))


def _name(person: str) -> Combinable:
    """As a person is shown (`User.__str__`)."""
    return Coalesce(NullIf(f"{person}__name", Value("")), f"{person}__username", Value(""))


def _letters() -> QuerySet:
    rows = Letter.objects.filter(case=OF_CASE).order_by("-pk")
    template = {"words": F("template__name"), "other": Cast("template__version", CharField())}
    return _told_by("letter", rows, "requested_at", kind=F("state"), person=_name("requested_by"), **template)


def _look_ups() -> QuerySet:
    rows = RegistryRequest.objects.filter(case=OF_CASE).order_by("-pk")
    return _told_by("registry", rows, "requested_at", kind=F("state"), person=_name("requested_by"))


def _payments() -> QuerySet:
    rows = Payment.objects.filter(case=OF_CASE).order_by("-pk")
    paid = {"after": F("amount"), "currency": F("currency"), "day": F("paid_on"), "words": F("method")}
    return _told_by("payment", rows, "at", person=_name("by"), other=_name("credited_to"), **paid)


def _balances() -> QuerySet:
    """What the bank said is owed; payments speak for themselves."""
    rows = BalanceEntry.objects.filter(case=OF_CASE, reason=EntryReason.STATED).order_by("-pk")
    stated = {"before": F("before"), "after": F("after"), "currency": F("currency"), "day": F("as_of")}
    return _told_by("balance", rows, "at", person=_name("by"), other=F("account__card_last4"), **stated)


def _notes() -> QuerySet:
    rows = ClientNote.objects.filter(case=OF_CASE).order_by("-at", "-pk")
    person = Coalesce(NullIf("person", Value("")), _name("created_by"))
    return _told_by("note", rows, "at", note=F("text"), kind=F("kind"), words=F("result"), person=person)


def _trail() -> QuerySet:
    rows = AuditEvent.objects.filter(subject_type=Case._meta.label_lower, subject_id=Given("subject", CharField()), action__in=ON_TIMELINE).order_by("-pk")
    return _told_by("trail", rows, "at", kind=F("action"), words=F("reason"), person=F("actor"), changes=F("changes"))


def _line(row: Row, case: Case, told: Told) -> Line:
    match row.source:
        case "letter":
            template = LetterTemplate(name=row.words, version=row.other)
            return Line(row.at, "letter", str(template), str(LetterState(row.kind).label), row.person, "active")
        case "registry":
            return Line(row.at, "registry", _("Registry look-up"), str(RegistryState(row.kind).label), row.person, "active")
        case "payment":
            return _of_payment(row, told)
        case "balance":
            return _of_balance(row, told, names_card=case.account_count > 1)
        case "note":
            return _of_note(row)
        case _other:
            return _of_event(row)


def _of_event(row: Row) -> Line:
    changes = "; ".join(f"{change['field']}: {change['before']} → {change['after']}" for change in changes_in_words(row.changes))
    return Line(row.at, "trail", action_word(row.kind), " ".join(part for part in (changes, row.words) if part), row.person)


def _of_payment(row: Row, told: Told) -> Line:
    values = {"amount": told(abs(row.after), row.currency), "day": row.day}
    title = _("Payment of %(amount)s on %(day)s") if row.after > 0 else _("Payment of %(amount)s taken back on %(day)s")
    credited = _("Credited to %(person)s.") % {"person": row.other} if row.other else ""
    text = " ".join(part for part in (row.words, credited) if part)
    return Line(row.at, "payment", title % values, text, row.person, "good" if row.after > 0 else "warn")


def _of_balance(row: Row, told: Told, *, names_card: bool) -> Line:
    values = {"before": told(row.before, row.currency), "after": told(row.after, row.currency), "day": row.day}
    card = _("Card %(end)s") % {"end": row.other} if row.other and names_card else ""
    return Line(row.at, "balance", _("The bank states the balance as of %(day)s: %(before)s → %(after)s") % values, card, row.person, "active")


def _of_note(row: Row) -> Line:
    is_warning = row.kind == NoteKind.WARNING
    text = " ".join(part for part in (row.words, mask_numbers(row.note)) if part)
    return Line(row.at, "warning" if is_warning else "note", str(NoteKind(row.kind).label), text, row.person, "warn" if is_warning else "quiet")


def _of_record(row: ContactRecord, told: Told) -> Line:
    promise = getattr(row, "promise", None)
    promised = ""
    if promise:
        values = {"amount": told(promise.amount, "CNY"), "day": promise.due_on, "state": promise.get_state_display()}
        promised = _("Promise: %(amount)s by %(day)s, %(state)s.") % values
    whom = f"{row.contact.get_relation_display()} {row.contact.name}".strip()
    text = " ".join(part for part in (promised, row.note) if part)
    return Line(row.started_at, "call", f"{whom} · {row.outcome}", text, str(row.collector), "good" if row.outcome.is_contact else "quiet")
