"""Who works on the same debtor at once neither deadlocks nor does things twice (F14, F15)."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import connection, transaction

from calls.models import ContactRecord, Dial
from calls.services.placing import cancel_call, place_call
from calls.services.recording import hold_number, open_call
from cases.services.casework import lock_case, mark_number
from collection.lib.errors import Refused
from compliance.models import CaseFlag
from compliance.services.flags import raise_flag
from tests.calls.conftest import TEN
from tests.factories import make_caller, make_case
from workbench.services.checks import check

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


def beside(work):
    """Run it in a connection of its own; answers with the thread and what became of it."""
    answer = []

    def run():
        try:
            answer.append(work())
        except Exception as fault:  # noqa: BLE001 -- whatever it was, the test looks at it
            answer.append(fault)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread, answer


@pytest.fixture
def verdict():
    caller = make_caller()
    case = make_case(holder=caller)
    return open_call(case_id=case.pk, phone_id=case.contacts.get().phones.get().pk, by=caller, now=TEN)


def test_a_flag_is_raised_while_a_call_of_the_debtor_is_being_recorded(verdict):
    """F15: recording locks debtor, then case; a flag locks the case and names the debtor."""
    case, caller = verdict.case, verdict.asked_by
    with transaction.atomic():
        hold_number(case, verdict.phone)
        thread, answer = beside(lambda: raise_flag(case_id=case.pk, kind="illness", evidence="病历", by=caller, now=TEN))
        thread.join(10)
        was_done = not thread.is_alive()
        lock_case(case.pk)
    thread.join(10)

    assert was_done
    assert answer == [CaseFlag.objects.get()]


def test_a_call_is_recorded_in_one_tab_while_another_places_it_again(verdict, save):
    """F14: placing locks the person, then the call; recording locks the call and names the person."""
    caller = verdict.asked_by
    place_call(verdict_id=verdict.pk, by=caller, now=TEN)
    with transaction.atomic():
        Dial.objects.select_for_update().get()
        thread, answer = beside(lambda: place_call(verdict_id=verdict.pk, by=caller, now=TEN))
        time.sleep(1)
        save(verdict, caller, "NOAS")
    thread.join(10)

    assert isinstance(answer[0], Refused)
    assert (ContactRecord.objects.count(), bool(Dial.objects.get().recorded_at)) == (1, True)


def test_a_call_is_recorded_or_cancelled_and_who_comes_second_is_told(verdict, save):
    """F14: cancelled between the look and the record it would be both."""
    caller = verdict.asked_by
    place_call(verdict_id=verdict.pk, by=caller, now=TEN)
    soon = TEN + timedelta(minutes=2)
    with transaction.atomic():
        cancel_call(verdict_id=verdict.pk, reason="误点", by=caller, now=soon)
        thread, answer = beside(lambda: save(verdict, caller, "NOAS"))
        time.sleep(1)
    thread.join(10)

    assert isinstance(answer[0], Refused), answer
    assert (ContactRecord.objects.count(), bool(Dial.objects.get().cancelled_at)) == (0, True)


def test_a_number_is_verified_while_a_call_to_it_is_being_recorded(caller):
    """A3.3: a number that another case has too, which is locked in that one's place."""
    make_case(phone="13800007777")
    case = make_case(holder=caller, phone="13800007777")
    phone = case.contacts.get().phones.get()
    with transaction.atomic():
        hold_number(case, phone)
        lock_case(case.pk)
        thread, answer = beside(lambda: check(kind="phone", row=phone, verification="verified", seen="pending", by=caller, now=TEN))
        time.sleep(1)
        mark_number(phone=case.contacts.get().phones.get(), status="no_answer", by=caller, now=TEN)
    thread.join(10)

    phone.refresh_from_db()
    assert (answer, phone.verification, phone.status) == ([None], "verified", "no_answer")
