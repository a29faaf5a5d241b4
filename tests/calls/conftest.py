import uuid
from datetime import timedelta

import pytest

from calls.services.placing import place_call
from calls.services.recording import open_call, record_call
from tests.factories import MONDAY_9AM, make_caller, make_case, make_placement, mark_placed

TEN = MONDAY_9AM + timedelta(hours=1)


@pytest.fixture
def caller(db, team):
    return make_caller(team=team)


@pytest.fixture
def case(caller):
    return make_case(holder=caller, placement=make_placement(team=caller.team))


@pytest.fixture
def dial():
    """Ask the gate and place the call, as the desk does."""

    def placed(case, by, *, phone=None, now=TEN, acknowledged=False):
        phone = phone or case.contacts.get(relation="self").phones.order_by("pk").first()
        verdict = open_call(case_id=case.pk, phone_id=phone.pk, by=by, now=now)
        assert verdict.allowed, verdict.objections
        return place_call(verdict_id=verdict.pk, by=by, now=now, acknowledged=acknowledged)

    return placed


@pytest.fixture
def save():
    """Record what came of a call."""

    def saved(verdict, by, outcome="NOAS", *, now=None, **fields):
        mark_placed(verdict)
        now = now or verdict.at + timedelta(minutes=2)
        about = {"started_at": verdict.at, "ended_at": verdict.at + timedelta(minutes=1), "request_key": uuid.uuid4()} | fields
        return record_call(verdict_id=verdict.pk, outcome=outcome, by=by, now=now, **about)

    return saved
