"""Letters, against a small table worked out by hand."""

from datetime import timedelta

import pytest

from figures.selectors import behind, letters
from staff.choices import Role
from tests.factories import MONDAY_9AM, make_letter, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def post(case, foreign_case):
    """Of our team: one asked for, one refused, one mailed 60 working minutes after approval, one that came back, mailed after 180. Of another: one delivered."""
    make_letter(case=case)
    make_letter(case=case, state="refused")
    make_letter(case=case, state="dispatched", dispatched_at=MONDAY_9AM + timedelta(minutes=60))
    make_letter(case=case, state="returned", dispatched_at=MONDAY_9AM + timedelta(minutes=260), returned_at=MONDAY_9AM + timedelta(days=1))
    make_letter(case=foreign_case, state="delivered", delivered_at=MONDAY_9AM + timedelta(days=1))


def test_how_far_letters_came(post, ask, lead, case):
    found = letters.letters_by(ask(lead), "client")

    assert found == {case.client_id: {"asked": 4, "approved": 2, "refused": 1, "printed": 2, "mailed": 2, "delivered": 0, "came_back": 1}}


def test_from_approval_to_the_carrier_is_working_time(post, ask, lead, case):
    """9:00 to 10:00 are 60 minutes; 9:00 to 13:20 are 180, for lunch is none."""
    assert letters.minutes_to_dispatch(ask(lead), "client") == {case.client_id: (2, 60, 180)}


def test_each_sees_what_is_theirs(post, ask, gm, lead, other_team):
    def asked(user):
        return sum(found["asked"] for found in letters.letters_by(ask(user), "template").values())

    assert [asked(user) for user in (gm, make_user(Role.FINANCE), lead, other_team.lead, make_user(Role.COLLECTOR))] == [5, 5, 4, 1, 0]


def test_every_number_is_the_count_of_its_rows(post, ask, gm):
    question = ask(gm)
    for carrier, counts in letters.letters_by(question, "carrier").items():
        for measure, count in counts.items():
            assert behind.letter_rows(question, measure, carrier=carrier or behind.UNSAID).count() == count
