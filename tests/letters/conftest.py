from datetime import timedelta

import pytest

from letters.models import LetterTemplate
from staff.choices import Role
from tests.factories import MONDAY_9AM, make_case, make_placement, make_user


@pytest.fixture
def placement(team):
    return make_placement(team=team)


@pytest.fixture
def case(placement, collector):
    """A case of the team that the collector holds."""
    return make_case(placement=placement, holder=collector)


@pytest.fixture
def admin(db):
    return make_user(Role.ADMIN_OFFICE)


@pytest.fixture
def checker(db):
    return make_user(Role.QUALITY)


@pytest.fixture
def gm(db):
    return make_user(Role.GM_OFFICE)


@pytest.fixture
def demand(db):
    return LetterTemplate.objects.get(client=None, kind="demand")


@pytest.fixture
def address(case):
    return case.contacts.get(relation="self").addresses.get()


@pytest.fixture
def clock():
    """A minute later each time it is asked."""
    moments = iter(MONDAY_9AM + timedelta(seconds=number) for number in range(100_000))
    return lambda: next(moments)
