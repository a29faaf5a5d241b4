from datetime import date, datetime

import pytest

from figures.selectors.question import Question
from staff.choices import Role
from tests.factories import SHANGHAI, make_case, make_placement, make_team, make_user

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=SHANGHAI)


@pytest.fixture
def gm(db):
    return make_user(Role.GM_OFFICE)


@pytest.fixture
def other_team(db):
    return make_team()


@pytest.fixture
def ask():
    """A question about November 2026, asked on Monday the 23rd at noon."""

    def asked(user, first=date(2026, 11, 1), last=date(2026, 11, 30), *, now=NOON, **narrowed) -> Question:
        return Question(user, now, first, last, **narrowed)

    return asked


@pytest.fixture
def case(team):
    return make_case(placement=make_placement(team=team))


@pytest.fixture
def foreign_case(other_team):
    return make_case(placement=make_placement(team=other_team))
