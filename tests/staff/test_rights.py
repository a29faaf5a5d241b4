"""What a person may do: roles and rights in one query, and gone with the next request when they are taken away (S10)."""

import pytest
from django.contrib.auth.models import Group, Permission

from staff.choices import Role
from staff.models import User
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def test_roles_and_rights_cost_one_query(django_assert_num_queries):
    person = User.objects.get(pk=make_user(Role.COLLECTOR).pk)

    with django_assert_num_queries(1):
        answers = [person.has_perm("calls.record_call"), person.has_perm("cases.stop_case"), person.has_role(Role.COLLECTOR), person.has_role(Role.QUALITY)]

    assert answers == [True, False, True, False]


def test_a_right_may_be_given_to_one_person_alone():
    person = make_user(Role.QUALITY)
    person.user_permissions.add(Permission.objects.get(codename="stop_case"))

    assert User.objects.get(pk=person.pk).has_perm("cases.stop_case")


def test_a_role_that_is_taken_away_is_gone_with_the_next_request(sign_in):
    """S10"""
    person = make_user(Role.COLLECTOR)
    browser = sign_in(person)
    before = browser.get("/cases/").status_code
    person.groups.remove(Group.objects.get(name=Role.COLLECTOR))

    assert (before, browser.get("/cases/").status_code) == (200, 403)


def test_who_left_may_do_nothing():
    """S11"""
    person = make_user(Role.COLLECTOR, is_active=False)

    assert not person.has_perm("calls.record_call")
