import pytest

from penalties.models import PenaltyEvent
from staff.choices import Role
from tests.factories import make_event, make_user


@pytest.fixture
def judge(db):
    return make_user(Role.GM_OFFICE)


@pytest.fixture
def event(collector, judge) -> PenaltyEvent:
    return make_event(collector)
