import pytest

from cases.models import Arrival, Case, ImportRun
from cases.services import imports, intake
from staff.choices import Role
from tests.cases import files
from tests.factories import MONDAY_9AM, make_client, make_user


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


def clock():
    return MONDAY_9AM
