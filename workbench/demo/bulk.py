"""A great many cases, by the thousand, written at the level of the models where the import's row by row would take hours.

States and links are as the services would have left them, with one trail event for a placement; the database's constraints hold.
Nothing here is used outside the demo.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.db import transaction

from assignment.models import Assignment
from audit.services import record
from cases.choices import AddressKind, ArrivalState, CaseState, ImportState, LegalClass, NumberStatus, PhoneKind, Relation, Source
from cases.models import Address, Arrival, ArrivalFile, Case, CaseAccount, Client, Contact, Debtor, ImportRun, Phone, Placement
from collection.lib.crypto import blind_index
from compliance.services.wishes import note_entrustment
from staff.choices import Role
from staff.models import User
from workbench.demo.agency import Agency
from workbench.demo.files import Debt, debt
from workbench.demo.people import Person, card, person

CHUNK = 5_000
A_PLACEMENT = 20_000
Say = Callable[[str], None]


def load_cases(agency: Agency, count: int, *, now: datetime, say: Say) -> None:
    """So many more cases, in placements of 20,000, held by as many more collectors as they need. Memory stays that of one chunk."""
    collectors = {team.pk: agency.collectors_of(team) for team in agency.teams}
    if count > CHUNK:
        collectors = _hire(agency, count // 500, now=now)
    done = 0
    for number in range(-(-count // A_PLACEMENT)):
        size = min(A_PLACEMENT, count - done)
        bank = agency.banks[number % 2]
        placement = _placement(agency, bank, number, size, now=now)
        for start in range(0, size, CHUNK):
            amount = min(CHUNK, size - start)
            _load_chunk(placement, 1_000_000 + done, amount, collectors[placement.team_id], now=now)
            done += amount
            say(f"{done:,} of {count:,} cases")
        _close_placement(placement, now=now)


def _hire(agency: Agency, count: int, *, now: datetime) -> dict[int, list[User]]:
    """More collectors, spread over the first two teams, whose banks' cases they hold."""
    secret, group = make_password(None), Group.objects.get(name=Role.COLLECTOR)
    teams = agency.teams[:2]
    people = User.objects.bulk_create(
        (
            User(username=f"more{number}", name=f"催收员{number}", staff_no=f"M{number:05}", password=secret, team=teams[number % 2], joined_on=now.date())
            for number in range(1, count + 1)
        ),
        batch_size=1000,
    )
    through = User.groups.through
    through.objects.bulk_create((through(user_id=user.pk, group_id=group.pk) for user in people), batch_size=1000)
    found: dict[int, list[User]] = {team.pk: agency.collectors_of(team) for team in teams}
    for user in people:
        found[user.team_id].append(user)
    return found


def _placement(agency: Agency, bank: Client, number: int, size: int, *, now: datetime) -> Placement:
    came, by = now - timedelta(days=60 + number % 30), agency["data1"]
    arrival = Arrival.objects.create(
        client=bank,
        channel="sftp",
        received_at=came,
        state=ArrivalState.IMPORTED,
        registered_by=agency["supply1"],
        registered_at=came,
        handed_over_at=came,
        handed_over_by=agency["supply1"],
        data_specialist=by,
    )
    file = ArrivalFile.objects.create(
        arrival=arrival, client=bank, name=f"存量案件{number + 1}.xlsx", file="", size=0, sha256=f"{number + 1:064}", uploaded_by=by, uploaded_at=came
    )
    about = {"client": bank, "code": f"{bank.code.upper()}-存量-{number + 1:03}", "team": bank.team, "placed_on": came.date()}
    about |= {"due_back_on": came.date() + timedelta(days=180), "committed_at": came, "committed_by": by}
    run = ImportRun.objects.create(file=file, state=ImportState.COMMITTED, row_count=size, done_rows=size, created_by=by, created_at=came, **about)
    placement = Placement.objects.create(run=run, case_count=size, **about)
    told = {"notified_on": came.date(), "way": "银行短信通知", "evidence": f"{bank.short_name}委外通知短信批次 {number + 1:03}"}
    note_entrustment(placement=placement, **told, by=by, now=came)
    return placement


@transaction.atomic
def _load_chunk(placement: Placement, first: int, count: int, collectors: list[User], *, now: datetime) -> None:
    """The rows of one chunk, and who holds them."""
    cases = write_cases(placement, [(number, f"{placement.code[:3]}{number:08}") for number in range(first, first + count)])
    _assign(cases, collectors, placement, now=now)


def write_cases(placement: Placement, numbered: list[tuple[int, str]], *, state: str = "") -> list[Case]:
    """Cases of these people under these case numbers: each table in one go, in the order of the foreign keys."""
    people = [person(number) for number, _case_no in numbered]
    debts = [debt(number, case_no) for number, case_no in numbered]
    debtors = Debtor.objects.bulk_create([_debtor(who) for who in people], batch_size=1000)
    cases = [_case(placement, row, debtor) for row, debtor in zip(debts, debtors, strict=True)]
    for case in cases:
        case.state = state or case.state
    Case.objects.bulk_create(cases, batch_size=1000)
    CaseAccount.objects.bulk_create([_account(case, row) for case, row in zip(cases, debts, strict=True)], batch_size=1000)
    own = Contact.objects.bulk_create([_self_contact(case, who) for case, who in zip(cases, people, strict=True)], batch_size=1000)
    others = Contact.objects.bulk_create([_other_contact(case, row) for case, row in zip(cases, debts, strict=True)], batch_size=1000)
    phones = [_phone(contact, who.mobile) for contact, who in zip(own, people, strict=True)]
    phones += [_phone(contact, row.contacts[0][2]) for contact, row in zip(others, debts, strict=True)]
    Phone.objects.bulk_create(phones, batch_size=1000)
    Address.objects.bulk_create([_address(contact, who) for contact, who in zip(own, people, strict=True)], batch_size=1000)
    return cases


def _debtor(who: Person) -> Debtor:
    return Debtor(name=who.name, id_no=who.id_no, id_index=blind_index("id", who.id_no), id_last4=who.id_no[-4:], gender=who.gender, born_on=who.born_on)


def _case(placement: Placement, row: Debt, debtor: Debtor) -> Case:
    states = (CaseState.UNASSIGNED, CaseState.WORKING, CaseState.WORKING, CaseState.WORKING, CaseState.LOST_CONTACT, CaseState.SETTLED)
    placed_on = placement.placed_on or date.today()  # noqa: DTZ011 - never: a committed placement has its day
    return Case(
        placement=placement,
        client_id=placement.client_id,
        debtor=debtor,
        case_no=row.case_no,
        state=states[row.number % len(states)],
        placed_on=placed_on,
        due_back_on=placement.due_back_on,
        amount=row.amount,
        balance=row.amount,
        balance_on=placed_on,
        stage=f"M{row.stage}",
        overdue_days=row.overdue,
        product="标准信用卡",
        region="西湖区",
        created_at=placement.committed_at,
    )


def _account(case: Case, row: Debt) -> CaseAccount:
    number = card(row.number)
    return CaseAccount(case=case, card_no=number, card_index=blind_index("card", number), card_last4=number[-4:], amount=row.amount, principal=row.principal)


def _self_contact(case: Case, who: Person) -> Contact:
    return Contact(case=case, relation=Relation.SELF, name=who.name, legal_class=LegalClass.DEBTOR, source=Source.CLIENT_FILE, created_at=case.created_at)


def _other_contact(case: Case, row: Debt) -> Contact:
    name, said, _phone_no = row.contacts[0]
    return Contact(case=case, relation=Relation.RELATIVE, relation_text=said, name=name, source=Source.CLIENT_FILE, created_at=case.created_at)


def _phone(contact: Contact, number: str) -> Phone:
    return Phone(
        contact=contact,
        number=number,
        number_index=blind_index("phone", number),
        number_last4=number[-4:],
        kind=PhoneKind.MOBILE,
        source=Source.CLIENT_FILE,
        status=NumberStatus.UNKNOWN,
    )


def _address(contact: Contact, who: Person) -> Address:
    return Address(contact=contact, text=who.home, kind=AddressKind.HOME, postcode=who.postcode, source=Source.CLIENT_FILE)


def _assign(cases: list[Case], collectors: list[User], placement: Placement, *, now: datetime) -> None:
    """Unassigned and settled cases have no holder; the others go round."""
    held = [case for case in cases if case.state in (CaseState.WORKING, CaseState.LOST_CONTACT)]
    lead, at = placement.team.lead, placement.committed_at + timedelta(hours=3)
    rows = (Assignment(case=case, collector=collectors[(case.pk or 0) % len(collectors)], assigned_at=min(at, now), assigned_by=lead) for case in held)
    Assignment.objects.bulk_create(rows, batch_size=1000)


@transaction.atomic
def _close_placement(placement: Placement, *, now: datetime) -> None:
    total = sum(placement.cases.values_list("amount", flat=True).iterator(), Decimal(0))
    placement.amount = total
    placement.save(update_fields=["amount"])
    changes = {"cases": (0, placement.case_count), "amount": (0, total)}
    record("import.committed", subject=placement.run, by=placement.committed_by, at=now, changes=changes)
