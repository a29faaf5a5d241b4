import shutil
import socket

import pytest
from django.db import connection
from django.test import Client
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from pytest_django.plugin import blocking_manager_key

from staff.choices import Role
from tests.factories import make_team, make_user

# How fast a machine is, loaded or not, says nothing about a rule.
hypothesis_settings.register_profile("desk", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("desk")


def is_transactional(item) -> bool:
    marker = item.get_closest_marker("django_db")
    return bool(marker and marker.kwargs.get("transaction"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item, nextitem):
    """A transactional test empties every table; what the migrations put there is put back for whichever test comes next."""
    result = yield
    if nextitem and is_transactional(item) and hasattr(connection, "_test_serialized_contents"):
        with item.config.stash[blocking_manager_key].unblock():
            connection.creation.deserialize_db_from_string(connection._test_serialized_contents)
    return result


def pytest_collection_modifyitems(config, items):
    for item in items:
        if is_transactional(item):
            item.get_closest_marker("django_db").kwargs["serialized_rollback"] = True
    if connection.vendor == "postgresql":
        return
    for item in items:
        if item.get_closest_marker("postgres"):
            item.add_marker(pytest.mark.skip(reason="needs PostgreSQL: set DATABASE_URL"))


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """On SQLite the clean-up after a transactional test deletes rows, which the trail's trigger refuses; PostgreSQL truncates."""
    if connection.vendor == "sqlite":
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER IF EXISTS audit_no_delete")


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    """Files of a test go to its own folder."""
    settings.MEDIA_ROOT = tmp_path / "media"
    yield settings.MEDIA_ROOT
    shutil.rmtree(tmp_path / "media", ignore_errors=True)


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """No test talks to another machine."""
    connect = socket.socket.connect

    def guarded(self, address):
        if isinstance(address, tuple) and address[0] not in ("127.0.0.1", "localhost", "::1"):
            raise RuntimeError(f"A test tried to reach {address!r}.")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture
def team(db):
    return make_team()


@pytest.fixture
def lead(team):
    return team.lead


@pytest.fixture
def collector(team):
    return make_user(Role.COLLECTOR, team=team)


@pytest.fixture
def sign_in():
    """A browser in which this person is signed in."""

    def browser_of(user) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return browser_of
