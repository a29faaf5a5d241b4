import pytest

from cases.models import Arrival, Placement
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

    def placed(content: bytes, **kwargs) -> Placement:
        file = handed_over(content, **kwargs).files.get()
        placement = imports.start_import(file=file, by=specialist, now=MONDAY_9AM)
        imports.read_placement(placement_id=placement.pk, clock=clock)
        placement.refresh_from_db()
        return placement

    return placed


@pytest.fixture
def checked(read, specialist):
    """A placement of this file, with its columns as guessed, checked."""

    def placed(content: bytes, **kwargs) -> Placement:
        placement = read(content, **kwargs)
        imports.confirm_mapping(placement_id=placement.pk, by=specialist, now=MONDAY_9AM)
        imports.check_placement(placement_id=placement.pk, clock=clock)
        placement.refresh_from_db()
        return placement

    return placed


@pytest.fixture
def committed(checked, specialist):
    """A placement of this file, imported."""

    def placed(content: bytes, **kwargs) -> Placement:
        placement = checked(content, **kwargs)
        imports.commit_placement(placement_id=placement.pk, by=specialist, now=MONDAY_9AM)
        imports.write_placement(placement_id=placement.pk, clock=clock)
        placement.refresh_from_db()
        return placement

    return placed


def clock():
    return MONDAY_9AM
