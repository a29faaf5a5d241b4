from datetime import date

import pytest

from cases.models import Arrival, Case, CaseAccount, ImportRun
from cases.services import imports, intake
from collection.lib.crypto import blind_index
from staff.choices import Role
from tests.cases import files
from tests.factories import MONDAY_9AM, make_case, make_client, make_user


@pytest.fixture
def supply(db):
    return make_user(Role.SUPPLY_CHAIN)


@pytest.fixture
def specialist(db):
    return make_user(Role.DATA_SPECIALIST)


@pytest.fixture
def bank(team):
    return make_client(code="icbc", short_name="工行", team=team)


@pytest.fixture
def register(supply, bank):
    """Register an arrival of these contents."""

    def registered(*contents: bytes, client=None, now=MONDAY_9AM) -> Arrival:
        uploads = [files.upload(content, f"委案{number}.xlsx") for number, content in enumerate(contents, start=1)]
        return intake.register_arrival(client=client or bank, channel="sftp", received_at=now, files=uploads, by=supply, now=now)

    return registered


@pytest.fixture
def handed_over(register, supply, specialist):
    """The same, and handed over to the specialist."""

    def arrived(*contents: bytes, **kwargs) -> Arrival:
        arrival = register(*contents, **kwargs)
        return intake.hand_over_arrival(arrival_id=arrival.pk, to=specialist, by=supply, now=MONDAY_9AM)

    return arrived


@pytest.fixture
def read(handed_over, specialist):
    """A placement of this file, read, its columns waiting to be confirmed."""

    def placed(content: bytes, **kwargs) -> ImportRun:
        file = handed_over(content, **kwargs).files.get()
        run = imports.start_import(file=file, by=specialist, now=MONDAY_9AM)
        imports.read_import(run_id=run.pk, clock=clock)
        run.refresh_from_db()
        return run

    return placed


@pytest.fixture
def checked(read, specialist):
    """A placement of this file, with its columns as guessed, checked."""

    def placed(content: bytes, **kwargs) -> ImportRun:
        run = read(content, **kwargs)
        imports.confirm_mapping(run_id=run.pk, by=specialist, now=MONDAY_9AM)
        imports.check_import(run_id=run.pk, clock=clock)
        run.refresh_from_db()
        return run

    return placed


@pytest.fixture
def committed(checked, specialist):
    """A placement of this file, imported."""

    def placed(content: bytes, **kwargs) -> ImportRun:
        run = checked(content, **kwargs)
        imports.commit_import(run_id=run.pk, by=specialist, now=MONDAY_9AM)
        imports.write_import(run_id=run.pk, clock=clock)
        run.refresh_from_db()
        return run

    return placed


@pytest.fixture
def placed(committed):
    """Three cases of the bank, as its placement brought them: A1 to A3, 10,000 yuan each, placed on 20 November 2026."""
    rows = [files.row(案件编号=f"A{number}", 委案金额=10_000, 卡号=files.luhn(f"62220210000000{number}")) for number in (1, 2, 3)]
    committed(files.workbook(rows))
    return {case.case_no: case for case in Case.objects.order_by("pk")}


@pytest.fixture
def checked_update(read, specialist):
    """An import of these rows as a file of this kind, checked."""

    def placed(kind: str, rows: list[dict] | bytes, **kwargs) -> ImportRun:
        run = read(rows if isinstance(rows, bytes) else files.workbook(rows), **kwargs)
        imports.choose_kind(run_id=run.pk, kind=kind, by=specialist, now=MONDAY_9AM)
        imports.confirm_mapping(run_id=run.pk, by=specialist, now=MONDAY_9AM)
        imports.check_import(run_id=run.pk, clock=clock)
        run.refresh_from_db()
        return run

    return placed


@pytest.fixture
def imported(checked_update, specialist):
    """The same, imported."""

    def placed(kind: str, rows: list[dict] | bytes, **kwargs) -> ImportRun:
        run = checked_update(kind, rows, **kwargs)
        imports.commit_import(run_id=run.pk, by=specialist, now=MONDAY_9AM)
        imports.write_import(run_id=run.pk, clock=clock)
        run.refresh_from_db()
        return run

    return placed


@pytest.fixture
def two_cards(db):
    """A case with a card of 6,000 yuan, due since January, a card of 4,000 due since May, and 100 dollars."""
    case = make_case(case_no="Z1", amount="10000.00", placed_on=date(2026, 11, 20), balance_on=date(2026, 11, 20))
    case.accounts.all().delete()
    for number, currency, amount, since in (("6222000000000011", "CNY", 4000, 5), ("6222000000000029", "CNY", 6000, 1), ("6222000000000029", "USD", 100, 1)):
        about = {"card_no": number, "card_index": blind_index("card", number), "card_last4": number[-4:], "overdue_since": date(2026, since, 1)}
        CaseAccount.objects.create(case=case, currency=currency, amount=amount, **about)
    return case


def clock():
    return MONDAY_9AM
