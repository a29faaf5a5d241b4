"""The commit: all rows become cases in one transaction, or none does."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from audit.services import event_for, record, record_many
from cases.choices import AddressKind, LegalClass, PlacementState, Relation, RowState, Source
from cases.models import Address, Case, CaseAccount, Contact, Debtor, Phone, Placement, StagedRow
from cases.rules.people import search_form
from cases.selectors import assignment_path
from cases.services.imports.checking import id_key, summarise
from cases.services.imports.runs import (
    MOST_ATTEMPTS,
    CannotImport,
    Claim,
    Clock,
    LostClaim,
    claim,
    forget_rows,
    lock_placement,
    settle_arrival,
    step_ends,
    without_samples,
)
from collection.lib.crypto import blind_index
from collection.lib.identity import birth_date, gender, resident_id_fault
from collection.lib.money import format_money
from duties.choices import Kind
from duties.services import open_duty
from staff.models import User
from staff.services import notify

CASES_AT_ONCE = 500
_SORTS_OF_MONEY = ("amount", "principal", "interest", "fees", "minimum_payment", "credit_limit", "last_paid_amount")
_SORTS_OF_DAY = ("opened_on", "overdue_since", "last_paid_on")


@transaction.atomic
def commit_placement(*, placement_id: int, by: User, now: datetime) -> Placement:
    """The checked rows wait to be written, all or nothing. A row with an error blocks it: mend it or leave it out."""
    placement = lock_placement(placement_id, PlacementState.VALIDATED)
    bad = placement.rows.filter(state=RowState.BAD).count()
    if bad:
        raise CannotImport(_("%(count)s rows have errors. Mend them, or leave them out with a reason.") % {"count": bad})
    if not placement.rows.exclude(state=RowState.SKIPPED).exists():
        raise CannotImport(_("No row is left to import."))
    if placement.team is None or placement.team.lead is None:
        raise CannotImport(_("Choose a team that has a lead: the lead is told when the placement is in."))
    placement.state, placement.asked_by, placement.worked_on_at, placement.attempts, placement.done_rows = PlacementState.COMMITTING, by, None, 0, 0
    placement.save(update_fields=["state", "asked_by", "worked_on_at", "attempts", "done_rows"])
    record("placement.commit_asked", subject=placement, by=by, at=now, changes={"state": (PlacementState.VALIDATED, placement.state)})
    return placement


def write_placement(*, placement_id: int, clock: Clock) -> None:
    """The placement's cases, debtors, accounts, contacts, the notice and the lead's duty are there, together and once, however often it is called.

    A case number that somebody else imported meanwhile sends the placement back to the check, which then shows it.
    """
    run = claim(placement_id, PlacementState.COMMITTING, clock)
    if run is None:
        return
    try:
        if run.attempts > MOST_ATTEMPTS:
            _send_back(run, PlacementState.VALIDATED)
            return
        with transaction.atomic():
            _write(run)
    except IntegrityError:
        _send_back(run, PlacementState.MAPPED)
    except LostClaim:
        return


def _send_back(run: Claim, state: str) -> None:
    with transaction.atomic():
        placement = step_ends(run, state=state)
        record("placement.commit_broken_off", subject=placement, by=None, at=run.clock(), changes={"state": (PlacementState.COMMITTING, state)})
        path = reverse("cases:placement-detail", args=[placement.pk])
        notify(
            [placement.asked_by], gettext_noop("The import of %(placement)s was broken off; look at it again."), now=run.clock(), path=path, placement=placement
        )


def _write(run: Claim) -> None:
    placement = Placement.objects.select_related("client", "team", "asked_by").get(pk=run.placement_id)
    writer = Writer(placement, by=placement.asked_by, now=run.clock())
    done = 0
    for rows in _batches(placement):
        writer.write(rows)
        done += len(rows)
        run.beat_aside(done)
    _finish(run, writer, done)


def _batches(placement: Placement) -> Iterator[list[StagedRow]]:
    """The rows to import, so many cases at a time, all rows of a case together."""
    rows = placement.rows.exclude(state=RowState.SKIPPED)
    last = ""
    while numbers := list(rows.filter(case_no__gt=last).order_by("case_no").values_list("case_no", flat=True).distinct()[:CASES_AT_ONCE]):
        last = numbers[-1]
        yield list(rows.filter(case_no__gte=numbers[0], case_no__lte=last).order_by("case_no", "pk"))


def _finish(run: Claim, writer: "Writer", done: int) -> None:
    now, placement, by = run.clock(), writer.placement, writer.by  # writing took a while: the lead's day begins when the lead is told
    final = {"case_count": writer.cases, "amount": writer.amount, "done_rows": done, "row_count": done, "placed_on": writer.placed_on}
    placement = step_ends(
        run,
        state=PlacementState.COMMITTED,
        committed_at=now,
        committed_by=by,
        summary=summarise(placement),
        layout=without_samples(placement.layout),
        **final,
    )
    forget_rows(placement)
    changes = {"state": (PlacementState.COMMITTING, placement.state), "cases": (0, placement.case_count), "amount": (0, placement.amount)}
    record("placement.committed", subject=placement, by=by, at=now, changes=changes)
    settle_arrival(placement.file.arrival, by=by, now=now)
    lead, path = placement.team.lead, assignment_path(placement)
    open_duty(kind=Kind.ASSIGNMENT, subject=placement, holder=lead, start=now, by=by, path=path, accounts=writer.debtors)
    values = {"placement": placement, "count": placement.case_count, "amount": format_money(placement.amount)}
    notify([lead], gettext_noop("%(placement)s is imported: %(count)s cases, %(amount)s. Assign them today."), now=now, path=path, is_urgent=True, **values)
    own = reverse("cases:placement-detail", args=[placement.pk])
    notify([by], gettext_noop("%(placement)s is imported: %(count)s cases, %(amount)s."), now=now, path=own, **values)


@dataclass
class Writer:
    """Turns batches of staged rows into rows of the model, in bulk."""

    placement: Placement
    by: User
    now: datetime
    cases: int = 0
    debtors: int = 0
    amount: Decimal = Decimal(0)

    def __post_init__(self) -> None:
        self.today = timezone.localdate(self.now)
        self.placed_on = self.placement.placed_on or self.today
        self._seen: set[str] = set()

    def write(self, rows: Sequence[StagedRow]) -> None:
        groups: dict[str, list[StagedRow]] = {}
        for row in rows:
            groups.setdefault(row.case_no, []).append(row)
        debtors = self._debtors(rows)
        cases = Case.objects.bulk_create([self._case(group, debtors) for group in groups.values()])
        pairs = list(zip(cases, groups.values(), strict=True))
        CaseAccount.objects.bulk_create(_account(case, item) for case, group in pairs for row in group for item in row.values["accounts"])
        self._contacts(pairs)
        changes = {"placement": (None, self.placement.code)}
        record_many(event_for("case.imported", subject=case, by=self.by, at=self.now, changes=changes | {"amount": (None, case.amount)}) for case in cases)
        self.cases += len(cases)
        self.amount += sum((case.amount for case in cases), Decimal(0))
        self._seen |= {row.id_index for row in rows}
        self.debtors = len(self._seen)

    def _debtors(self, rows: Sequence[StagedRow]) -> dict[str, int]:
        """{index: debtor's id}: people we know are linked and left as they are, the others are made. Two imports at once make each only once."""
        wanted = {row.id_index: row for row in reversed(rows)}
        known = dict(Debtor.objects.filter(id_index__in=wanted).values_list("id_index", "pk"))
        new = [self._debtor(row) for index, row in sorted(wanted.items()) if index not in known]
        Debtor.objects.bulk_create(new, ignore_conflicts=True)
        return known | dict(Debtor.objects.filter(id_index__in=[row.id_index for row in new]).values_list("id_index", "pk"))

    def _debtor(self, row: StagedRow) -> Debtor:
        id_no, name = row.values["id_no"], row.values["name"]
        is_resident = not resident_id_fault(id_no, today=self.today)
        return Debtor(
            name=name,
            name_pinyin=search_form(name),
            id_no=id_no,
            id_index=row.id_index,
            id_last4=id_no[-4:],
            gender=gender(id_key(id_no)) if is_resident else "",
            born_on=birth_date(id_no) if is_resident else None,
        )

    def _case(self, group: list[StagedRow], debtors: dict[str, int]) -> Case:
        first = group[0].values
        placed_on = _day(first.get("placed_on")) or self.placed_on
        amount = sum((row.amount for row in group), Decimal(0))
        overdue = [row.values["overdue_days"] for row in group if row.values.get("overdue_days") is not None]
        return Case(
            placement=self.placement,
            client=self.placement.client,
            debtor_id=debtors[group[0].id_index],
            case_no=group[0].case_no,
            placed_on=placed_on,
            due_back_on=_day(first.get("due_back_on")) or self.placement.due_back_on,
            amount=amount,
            balance=amount,
            balance_on=placed_on,
            stage=first.get("stage", ""),
            overdue_days=max(overdue, default=None),
            product=first.get("product", ""),
            region=first.get("region", ""),
            warning=first.get("warning", ""),
            account_count=sum(len(row.values["accounts"]) for row in group),
            extra=_merged([row.values.get("extra", {}) for row in group]),
            created_at=self.now,
        )

    def _contacts(self, pairs: list[tuple[Case, list[StagedRow]]]) -> None:
        people = [(Contact(case=case, created_at=self.now, source=Source.CLIENT_FILE, **_who(item)), item) for case, group in pairs for item in _people(group)]
        Contact.objects.bulk_create([contact for contact, _item in people])
        Phone.objects.bulk_create(_phone(contact, phone) for contact, item in people for phone in item["phones"].values())
        Address.objects.bulk_create(_address(contact, address) for contact, item in people for address in item["addresses"])


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _merged(extras: list[dict[str, str]]) -> dict[str, str]:
    """The columns without a place of their own, of all rows of a case: different texts side by side."""
    merged: dict[str, list[str]] = {}
    for extra in extras:
        for header, text in extra.items():
            merged.setdefault(header, [])
            if text not in merged[header]:
                merged[header].append(text)
    return {header: " / ".join(texts) for header, texts in merged.items()}


def _account(case: Case, item: dict[str, Any]) -> CaseAccount:
    card = item.get("card_no", "")
    return CaseAccount(
        case=case,
        card_no=card,
        card_index=blind_index("card", card),
        card_last4=card[-4:],
        account_no=item.get("account_no", ""),
        currency=item["currency"],
        bill_day=item.get("bill_day"),
        **{name: Decimal(item[name]) for name in _SORTS_OF_MONEY if name in item},
        **{name: _day(item[name]) for name in _SORTS_OF_DAY if name in item},
    )


def _people(group: list[StagedRow]) -> list[dict[str, Any]]:
    """The contacts of a case's rows, each once (same relation and name), with all their numbers and addresses, each once."""
    people: dict[tuple[str, str], dict[str, Any]] = {}
    for item in (item for row in group for item in row.values["contacts"]):
        is_debtor = item["relation"] == Relation.SELF
        person = people.setdefault((item["relation"], "" if is_debtor else item["name"]), {"phones": {}, "addresses": [], **_plain(item)})
        for number, extension, kind in item["phones"]:
            person["phones"].setdefault(number, (number, extension, kind))
        person["addresses"] += [address for address in item["addresses"] if address not in person["addresses"]]
    return list(people.values())


def _plain(item: dict[str, Any]) -> dict[str, Any]:
    return {"relation": item["relation"], "name": item["name"], "said": item.get("said", "")}


def _who(item: dict[str, Any]) -> dict[str, Any]:
    is_debtor = item["relation"] == Relation.SELF
    legal_class = LegalClass.DEBTOR if is_debtor else LegalClass.UNRELATED
    return {"relation": item["relation"], "relation_text": item["said"], "name": item["name"], "legal_class": legal_class}


def _phone(contact: Contact, phone: tuple[str, str, str]) -> Phone:
    number, extension, kind = phone
    index = blind_index("phone", number)
    return Phone(contact=contact, number=number, number_index=index, number_last4=number[-4:], extension=extension, kind=kind, source=Source.CLIENT_FILE)


def _address(contact: Contact, address: list[str]) -> Address:
    kind, text, postcode = address
    return Address(contact=contact, text=text, kind=AddressKind(kind), postcode=postcode, source=Source.CLIENT_FILE)
