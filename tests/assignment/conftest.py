import pytest

from staff.choices import Role
from tests.assignment.makers import make_cases_in_bulk, make_lead_duty
from tests.factories import make_case, make_placement, make_team, make_user


@pytest.fixture
def people(team):
    """Three collectors of the team."""
    return [make_user(Role.COLLECTOR, team=team) for _ in range(3)]


@pytest.fixture
def placement(team):
    """Six unassigned cases, and the lead's duty to assign them."""
    placement = make_placement(team=team)
    for amount in (9000, 8000, 7000, 3000, 2000, 1000):
        make_case(placement=placement, amount=amount)
    make_lead_duty(placement)
    return placement


@pytest.fixture
def theirs(db):
    """Another team's placement with a collector: nothing of it may show."""
    team = make_team()
    make_user(Role.COLLECTOR, team=team)
    placement = make_placement(team=team, code="THEIRS")
    make_cases_in_bulk(placement, 3)
    make_lead_duty(placement)
    return placement
