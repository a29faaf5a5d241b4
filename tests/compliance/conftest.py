import pytest

from staff.choices import Role
from tests.factories import make_user


@pytest.fixture
def administrator(db):
    return make_user(Role.ADMINISTRATOR)
