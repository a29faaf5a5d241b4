"""A1.4, annexes 3 and 4: dispatch, delivery and return."""

import pytest
from django.urls import reverse

from audit.models import AuditEvent
from collection.lib.errors import Refused
from letters import services
from letters.services.flow import NotAllowed
from staff.models import Notice
from tests.factories import MONDAY_9AM, make_case, make_letter
from tests.letters.steps import LATER, ask, duty_of, send

pytestmark = pytest.mark.django_db


def test_dispatch_letter_meets_one_duty_and_opens_the_next(case, demand, address, collector, lead, admin, checker, clock):
    # A1.4, annexes 3 and 4
    letter = ask(case, demand, address, collector)
    services.approve_letter(letter_id=letter.pk, by=lead, now=MONDAY_9AM)
    services.start_print_run(letter_ids=[letter.pk], by=admin, now=LATER)
    services.work_on_next_run(clock=clock)

    send(letter, admin, " ea 123456789 cn ")

    letter.refresh_from_db()
    assert (letter.state, letter.tracking_no, letter.dispatched_by) == ("dispatched", "EA123456789CN", admin)
    assert duty_of(letter, "letter_dispatch").state == "met"
    assert (duty_of(letter, "letter_quality").holder, duty_of(letter, "letter_quality").state) == (checker, "open")


def test_dispatch_letter_refuses_a_number_that_another_letter_has(placement, admin):
    # A1.4: a tracking number proves one letter
    first, second = (make_letter(case=make_case(placement=placement), state="rendered") for _ in range(2))
    send(first, admin)

    with pytest.raises(Refused):
        send(second, admin)

    second.refresh_from_db()
    assert (second.state, second.tracking_no) == ("rendered", "")


@pytest.mark.parametrize(("carrier", "number"), [("ems", "12"), ("sf", "EA123456789CN"), ("pigeon", "EA123456789CN"), ("ems", "")])
def test_dispatch_letter_refuses_a_number_of_another_form(case, admin, carrier, number):
    letter = make_letter(case=case, state="rendered")

    with pytest.raises(Refused):
        send(letter, admin, number, carrier)

    letter.refresh_from_db()
    assert letter.state == "rendered"


def test_dispatch_letter_refuses_a_stopped_case(case, admin):
    letter = make_letter(case=case, state="rendered")
    case.stopped_at = LATER
    case.save()

    with pytest.raises(Refused):
        send(letter, admin)

    letter.refresh_from_db()
    assert letter.state == "rendered"


def test_dispatch_letter_is_the_admin_offices(case, collector):
    letter = make_letter(case=case, state="rendered")

    with pytest.raises(NotAllowed):
        send(letter, collector)


def test_book_delivery_tells_the_person_who_asked(case, admin, collector):
    letter = make_letter(case=case, state="dispatched", requested_by=collector)

    services.book_delivery(letter_id=letter.pk, by=admin, now=LATER)

    letter.refresh_from_db()
    assert (letter.state, letter.delivered_at) == ("delivered", LATER)
    assert Notice.objects.filter(recipient=collector).count() == 1


@pytest.mark.parametrize(("reason", "verification"), [("unknown", "wrong"), ("查无此人", "wrong"), ("not_collected", "pending"), ("refused", "pending")])
def test_book_return_marks_the_address(case, address, admin, collector, reason, verification):
    # A1.4, annex 3: returned mail
    letter = make_letter(case=case, state="dispatched", requested_by=collector)

    services.book_return(letter_id=letter.pk, reason=reason, by=admin, now=LATER)

    letter.refresh_from_db()
    address.refresh_from_db()
    assert (letter.state, letter.return_reason) == ("returned", reason)
    assert (address.returned_at, address.verification) == (LATER, verification)
    assert Notice.objects.filter(recipient=collector).count() == 1


def test_a_letter_comes_back_once(case, admin):
    letter = make_letter(case=case, state="delivered")

    with pytest.raises(Refused):
        services.book_return(letter_id=letter.pk, reason="moved", by=admin, now=LATER)


def correct(letter, by, number="EA123456785CN", reason="扫错一位", carrier="ems"):
    return services.correct_tracking(letter_id=letter.pk, carrier=carrier, tracking_no=number, reason=reason, by=by, now=LATER)


def test_a_number_sent_wrong_is_corrected_and_both_stay_in_the_trail(sign_in, case, admin):
    """A1.4: a tracking number proves one letter."""
    letter = make_letter(case=case, state="dispatched", tracking_no="EA123456771CN", asked_after_at=LATER)

    sign_in(admin).post(
        reverse("letters:tracking-correct", args=[letter.pk]), {"carrier": "china_post", "tracking_no": "xa 123456785 cn", "reason": "贴错单号"}
    )

    letter.refresh_from_db()
    event = AuditEvent.objects.get(action="letter.tracking_corrected")
    assert (letter.state, letter.carrier, letter.tracking_no, letter.asked_after_at) == ("dispatched", "china_post", "XA123456785CN", None)
    assert event.changes["tracking_no"] == ["EA123456771CN", "XA123456785CN"]
    assert (event.reason, event.actor_id) == ("贴错单号", admin.pk)


@pytest.mark.parametrize(
    ("state", "given"),
    [
        ("delivered", {}),
        ("returned", {}),
        ("rendered", {}),
        ("dispatched", {"reason": " "}),
        ("dispatched", {"number": "EA123456771CN"}),
        ("dispatched", {"number": "12"}),
        ("dispatched", {"number": "EA999999995CN"}),
    ],
    ids=["delivered", "came back", "not sent yet", "no reason", "the same", "no number", "another letter's"],
)
def test_a_number_is_not_corrected(case, admin, state, given):
    # A1.4
    make_letter(case=make_case(), state="dispatched", tracking_no="EA999999995CN")
    letter = make_letter(case=case, state=state, **({} if state == "rendered" else {"tracking_no": "EA123456771CN"}))
    before = letter.tracking_no

    with pytest.raises(Refused):
        correct(letter, admin, **given)

    letter.refresh_from_db()
    assert letter.tracking_no == before


def test_correcting_a_number_is_the_admin_offices(case, collector, lead):
    letter = make_letter(case=case, state="dispatched")

    for person in (collector, lead):
        with pytest.raises(NotAllowed):
            correct(letter, person)
