"""Calls as the tests make them: asked of the gate, placed, recorded; also by many at once."""

import threading
import uuid
from datetime import date, timedelta
from decimal import Decimal

from django.db import connection

from calls.services.recording import confirm_identity, open_call, record_call
from tests.calls.conftest import TEN
from tests.factories import mark_placed


def phone_of(case, relation="self"):
    return case.contacts.get(relation=relation).phones.get()


def call(case, by, *, phone=None, now=TEN):
    return open_call(case_id=case.pk, phone_id=(phone or phone_of(case)).pk, by=by, now=now)


def save(verdict, by, outcome="NOAS", *, now=None, key=None, **fields):
    mark_placed(verdict)
    now = now or verdict.at + timedelta(minutes=2)
    times = {"started_at": verdict.at, "ended_at": verdict.at + timedelta(minutes=1)}
    return record_call(verdict_id=verdict.pk, outcome=outcome, request_key=key or uuid.uuid4(), by=by, now=now, **times | fields)


def promise(verdict, caller, *, is_verified=True, **fields):
    mark_placed(verdict)
    if is_verified:
        confirm_identity(verdict_id=verdict.pk, factors=["name", "id_last4"], by=caller, now=fields.get("now", TEN))
    wanted = {"promise_amount": Decimal("500"), "promise_due_on": date(2026, 11, 27)} | fields
    return save(verdict, caller, "PTP", **wanted)


def at_once(work, count):
    barrier, answers = threading.Barrier(count), [None] * count

    def run(index):
        barrier.wait()
        try:
            answers[index] = work(index)
        except Exception as fault:  # noqa: BLE001 -- whatever it was, the test looks at it
            answers[index] = fault
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers
