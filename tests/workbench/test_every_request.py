"""Whatever the description allows, and some of what it doesn't, is asked of the API for every role: no 5xx, and every answer is as described."""

import contextlib
from datetime import timedelta
from unittest import SkipTest

import pytest
import schemathesis
import time_machine
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from calls.services.quick_texts import save_quick_text
from calls.services.recording import open_call
from calls.services.referrals import refer
from compliance.services.flags import raise_flag
from staff.choices import Role
from tests.factories import MONDAY_9AM, make_caller, make_case, make_filtering_task, make_placement, make_record, make_user
from workbench.services.saved_views import save_view

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
TEN = MONDAY_9AM + timedelta(hours=1)
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
# Few examples of each operation, the same ones each time; CI asks for them in each run.
FEW = settings(
    max_examples=2, derandomize=True, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)  # fmt: skip


@pytest.fixture(autouse=True)
def ten_o_clock():
    with time_machine.travel(TEN, tick=False):
        yield


@pytest.fixture(autouse=True)
def one_connection():
    """A request that comes over WSGI ends by closing old connections; here it shares the test's."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def world(team):
    """Something of everything that an address may name, held by one collector."""
    person = make_caller(team=team)
    case = make_case(placement=make_placement(team=team), holder=person)
    make_filtering_task(person, [make_case(placement=case.placement)])
    record = make_record(case, person, "PTP", at=TEN - timedelta(minutes=10))
    promise = case.promises.create(record=record, amount=500, due_on="2026-11-25")
    verdict = open_call(case_id=case.pk, phone_id=case.contacts.get().phones.get().pk, by=person, now=TEN)
    rows = {
        "cases": case, "records": record, "promises": promise, "calls": verdict,
        "views": save_view(name="x", filters={}, by=person, now=TEN),
        "quick-texts": save_quick_text(title="x", text="x", by=person, now=TEN),
        "referrals": refer(case_id=case.pk, department="lead", text="x", by=person, now=TEN),
        "flags": raise_flag(case_id=case.pk, kind="hardship", evidence="x", by=person, now=TEN),
    }  # fmt: skip
    return person, {name: row.pk for name, row in rows.items()}


@pytest.fixture(scope="module")
def requests():
    """The same few requests of every operation for everybody: what the description allows, and what it doesn't."""
    load_all_checks()
    schema = schemathesis.openapi.from_dict(SchemaGenerator().get_schema(request=None, public=True))
    schema.app, schema.location = WSGIHandler(), "/api/v1/schema/"
    return [case for found in schema.get_all_operations() for mode in GenerationMode for case in _examples(found.ok(), mode)]


def _examples(operation, mode):
    found = []

    @FEW
    @seed(20261123)
    @given(case=operation.as_strategy(generation_mode=mode))
    def collect(case):
        found.append(case)

    with contextlib.suppress(Unsatisfiable, SkipTest):  # nothing can be wrong with an operation that takes nothing
        collect()
    return found


def ask_everything(requests, person, ids):
    """Every request as this person; returns the statuses that each operation answered with."""
    browser, token, statuses, failed = Client(), "t" * 32, {}, []
    browser.force_login(person)
    signed = {"cookies": {"sessionid": browser.cookies["sessionid"].value, "csrftoken": token}, "headers": {"X-CSRFToken": token}}
    for case in requests:
        path = case.operation.path
        kind = path.removeprefix("/api/v1/").partition("/")[0]
        if "{id}" in path and kind in ids and isinstance(case.path_parameters.get("id"), int):
            case.path_parameters["id"] = ids[kind]
        with transaction.atomic():
            answer = case.call(**signed)
            transaction.set_rollback(True)  # each request finds what the test made
        statuses.setdefault(f"{case.method} {path}", set()).add(answer.status_code)
        try:
            case.validate_response(answer, checks=CHECKS)
        except FailureGroup as group:
            failed.append(f"{case.method} {path} {answer.status_code}: {[str(error) for error in group.exceptions]} {case.query} {case.body}"[:700])
    assert not failed, "\n\n".join(failed)
    return statuses


def test_whoever_holds_the_rows_gets_what_is_described(requests, world):
    """The collector who holds the case: past the 404s, into the services."""
    statuses = ask_everything(requests, *world)

    assert len(statuses) > 35
    assert sum(any(status < 300 for status in found) for found in statuses.values()) > 15


@pytest.mark.parametrize("role", list(Role))
def test_every_role_gets_what_is_described(requests, world, role, team):
    _person, ids = world

    ask_everything(requests, make_user(role, team=team), ids)
