"""A1.4, annex 3: request, approval by somebody else, print run, dispatch, delivery and return."""

import io
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from pypdf import PdfReader

from audit.models import AuditEvent
from collection.lib.errors import Refused
from duties.models import Duty
from letters import services
from letters.models import Letter, LetterNumber, PrintRun
from letters.selectors import stored_pdf
from letters.services.flow import NotAllowed
from staff.models import Notice
from tests.factories import MONDAY_9AM, make_case, make_letter, make_team, make_template

pytestmark = pytest.mark.django_db
LATER = MONDAY_9AM + timedelta(hours=2)


def ask(case, demand, address, by, **fields):
    return services.request_letter(**{"case": case, "template": demand, "address": address, "reason": "电话无人接听", "by": by, "now": MONDAY_9AM} | fields)


def duty_of(letter, kind):
    return Duty.objects.about(letter).get(kind_id=kind)


def test_request_letter_awaits_approval_with_the_systems_balance(case, demand, address, collector, lead):
    # A1.4, CR-30
    letter = ask(case, demand, address, collector)

    assert (letter.state, letter.balance, letter.balance_on) == ("requested", case.balance, case.balance_on)
    assert AuditEvent.objects.filter(action="letter.requested", subject_id=str(letter.pk)).count() == 1
    assert list(Notice.objects.values_list("recipient", flat=True)) == [lead.pk]


def test_request_letter_is_refused_on_somebody_elses_case(demand, collector):
    # A1.4: a collector sees only the cases they hold
    foreign = make_case()
    address = foreign.contacts.get(relation="self").addresses.get()

    with pytest.raises(NotAllowed):
        ask(foreign, demand, address, collector)

    assert not Letter.objects.exists()


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"stopped_at": MONDAY_9AM}, "A1.4"),
        ({"state": "settled"}, "A1.4"),
        ({"state": "disputed"}, "CR-50"),
        ({"complaint_open": True}, "CR-50"),
        ({"balance": 0}, "CR-30"),
    ],
    ids=["stopped", "ended", "disputed", "complaint", "nothing owed"],
)
def test_request_letter_is_refused_when_the_case_may_not_be_dunned(case, demand, address, collector, fields, rule):
    for name, value in fields.items():
        setattr(case, name, value)
    case.save()

    with pytest.raises(Refused) as refusal:
        ask(case, demand, address, collector)

    assert refusal.value.rule == rule
    assert not Letter.objects.exists()


def test_request_letter_is_refused_to_a_wrong_address(case, demand, address, collector):
    address.verification = "wrong"
    address.save()

    with pytest.raises(Refused):
        ask(case, demand, address, collector)

    assert not Letter.objects.exists()


def test_request_letter_is_refused_to_an_address_past_its_use(case, demand, address, collector):
    # A1.3: a registry answer expires
    address.expires_on = (MONDAY_9AM - timedelta(days=1)).date()
    address.save()

    with pytest.raises(Refused):
        ask(case, demand, address, collector)


def test_request_letter_is_refused_to_another_cases_address(case, demand, collector, placement):
    other = make_case(placement=placement)

    with pytest.raises(Refused):
        ask(case, demand, other.contacts.get(relation="self").addresses.get(), collector)


@pytest.mark.parametrize(
    ("words", "rule"),
    [("最后通牒", "CR-27"), ("我们将立即起诉您", "CR-31"), ("涉嫌信用卡诈骗", "CR-32"), ("请付到微信", "CR-28"), ("{{ settings.SECRET_KEY }}", "A1.4")],
)
def test_request_letter_is_refused_for_what_the_template_says(case, demand, address, collector, words, rule):
    # CR-27 … CR-32: a template from elsewhere is judged before approval too
    template = make_template(body=f"{demand.body}\n{words}")

    with pytest.raises(Refused) as refusal:
        ask(case, template, address, collector)

    assert refusal.value.rule == rule
    assert not Letter.objects.exists()


def test_request_letter_is_refused_without_a_payee_account(case, demand, address, collector):
    # CR-28: money goes to the bank's own account, or nowhere
    case.client.payee_account = ""
    case.client.save()

    with pytest.raises(Refused) as refusal:
        ask(case, demand, address, collector)

    assert refusal.value.rule == "CR-28"


def test_request_letter_is_refused_for_a_name_that_the_font_cannot_draw(case, demand, address, collector):
    # F: a missing glyph is an error, not a box
    case.debtor.name = "张\U00031234"
    case.debtor.save()

    with pytest.raises(Refused) as refusal:
        ask(case, demand, address, collector)

    assert refusal.value.rule == "F"


def test_the_same_letter_is_not_asked_for_twice(case, demand, address, collector):
    ask(case, demand, address, collector)

    with pytest.raises(Refused):
        ask(case, demand, address, collector)

    assert Letter.objects.count() == 1


def test_approve_letter_opens_the_admin_offices_duty(case, demand, address, collector, lead, admin):
    # A1.4: to be dispatched by the end of the next working day
    letter = ask(case, demand, address, collector)

    services.approve_letter(letter_id=letter.pk, by=lead, now=LATER)

    letter.refresh_from_db()
    duty = duty_of(letter, "letter_dispatch")
    assert (letter.state, letter.decided_by, duty.holder, duty.state) == ("approved", lead, admin, "open")
    assert duty.path == f"/letters/{letter.pk}/"


def test_approve_letter_takes_the_balance_of_the_moment(case, demand, address, collector, lead, admin):
    # CR-30
    letter = ask(case, demand, address, collector)
    case.balance = 8000
    case.save()

    services.approve_letter(letter_id=letter.pk, by=lead, now=LATER)

    letter.refresh_from_db()
    assert letter.balance == 8000


def test_nobody_approves_their_own_request(case, demand, address, lead, admin):
    # A1.4: the four eyes
    letter = ask(case, demand, address, lead)

    with pytest.raises(NotAllowed):
        services.approve_letter(letter_id=letter.pk, by=lead, now=LATER)

    letter.refresh_from_db()
    assert letter.state == "requested"
    assert not Duty.objects.exists()


def test_the_database_too_knows_that_nobody_approves_their_own(case, lead):
    letter = make_letter(case=case, requested_by=lead)

    with pytest.raises(IntegrityError, match="letters_nobody_approves_their_own"), transaction.atomic():
        Letter.objects.filter(pk=letter.pk).update(decided_by=lead, decided_at=LATER)


def test_a_printed_letter_always_has_a_number(case):
    letter = make_letter(case=case, state="approved")

    with pytest.raises(IntegrityError, match="letters_printed_letter_has_a_number"), transaction.atomic():
        Letter.objects.filter(pk=letter.pk).update(state="rendered")


def test_a_lead_does_not_approve_another_teams_letter(case, admin):
    letter = make_letter(case=case)

    with pytest.raises(NotAllowed):
        services.approve_letter(letter_id=letter.pk, by=make_team().lead, now=LATER)

    letter.refresh_from_db()
    assert letter.state == "requested"


def test_a_lawyers_letter_needs_the_gm_office(case, lead, admin, gm):
    # CR-27, A1.4
    letter = make_letter(case=case, template=make_template(kind="lawyer"))

    with pytest.raises(NotAllowed):
        services.approve_letter(letter_id=letter.pk, by=lead, now=LATER)
    services.approve_letter(letter_id=letter.pk, by=gm, now=LATER)

    letter.refresh_from_db()
    assert letter.state == "approved"


def test_refuse_letter_tells_the_person_who_asked(case, lead, collector):
    letter = make_letter(case=case, requested_by=collector)

    services.refuse_letter(letter_id=letter.pk, reason="先打电话", by=lead, now=LATER)

    letter.refresh_from_db()
    assert (letter.state, letter.refusal) == ("refused", "先打电话")
    assert Notice.objects.filter(recipient=collector).count() == 1


def test_refuse_letter_needs_a_reason(case, lead):
    letter = make_letter(case=case)

    with pytest.raises(Refused):
        services.refuse_letter(letter_id=letter.pk, reason=" ", by=lead, now=LATER)

    letter.refresh_from_db()
    assert letter.state == "requested"


def test_cancel_letter_ends_the_duty_but_keeps_the_number(case, demand, address, collector, lead, admin, clock):
    letter = ask(case, demand, address, collector)
    services.approve_letter(letter_id=letter.pk, by=lead, now=LATER)
    services.start_print_run(letter_ids=[letter.pk], by=admin, now=LATER)
    services.work_on_next_run(clock=clock)

    services.cancel_letter(letter_id=letter.pk, reason="客户已还清", by=admin, now=LATER)

    letter.refresh_from_db()
    assert (letter.state, letter.number) == ("cancelled", "2026-000001")
    assert duty_of(letter, "letter_dispatch").state == "cancelled"


def test_approve_letters_approves_all_or_none(case, lead, admin):
    other = make_case(placement=case.placement)
    letters = [make_letter(case=case), make_letter(case=other, requested_by=lead)]

    with pytest.raises(NotAllowed):
        services.approve_letters(letter_ids=[letter.pk for letter in letters], by=lead, now=LATER)

    assert set(Letter.objects.values_list("state", flat=True)) == {"requested"}


# --- Print runs -----------------------------------------------------------------------------------------------------------------


def test_a_print_run_numbers_stores_and_merges(placement, admin, clock):
    # A1.4, F
    letters = [make_letter(case=make_case(placement=placement), state="approved") for _ in range(3)]

    run = services.start_print_run(letter_ids=[letter.pk for letter in letters], by=admin, now=LATER)
    services.work_on_next_run(clock=clock)

    run.refresh_from_db()
    printed = Letter.objects.order_by("number")
    assert [letter.number for letter in printed] == ["2026-000001", "2026-000002", "2026-000003"]
    assert {letter.state for letter in printed} == {"rendered"}
    assert (run.done, run.failed, run.finished_at is not None) == (3, 0, True)
    assert len(PdfReader(io.BytesIO(run.pdf.read())).pages) == sum(letter.pages for letter in printed)
    assert Notice.objects.filter(recipient=admin).count() == 1
    for letter in printed:
        assert letter.number in PdfReader(io.BytesIO(stored_pdf(letter))).pages[0].extract_text()


def test_a_print_run_refuses_what_is_not_approved(case, admin):
    letter = make_letter(case=case)

    with pytest.raises(Refused):
        services.start_print_run(letter_ids=[letter.pk], by=admin, now=LATER)

    assert not PrintRun.objects.exists()


def test_a_print_run_refuses_a_balance_that_changed(case, admin):
    # CR-30: no letter tells an old amount
    letter = make_letter(case=case, state="approved")
    case.balance = 5
    case.save()

    with pytest.raises(Refused) as refusal:
        services.start_print_run(letter_ids=[letter.pk], by=admin, now=LATER)

    assert refusal.value.rule == "CR-30"
    letter.refresh_from_db()
    assert letter.state == "approved"


def test_a_case_stopped_while_printing_gets_no_number(placement, admin, clock):
    # A1.4: 停催 blocks every contact at once, and leaves no gap
    letters = [make_letter(case=make_case(placement=placement), state="approved") for _ in range(2)]
    services.start_print_run(letter_ids=[letter.pk for letter in letters], by=admin, now=LATER)
    letters[0].case.stopped_at = LATER
    letters[0].case.save()

    run = services.work_on_next_run(clock=clock)

    stopped, printed = Letter.objects.order_by("pk")
    assert (stopped.state, stopped.failure, stopped.number) == ("approved", "stopped", "")
    assert printed.number == "2026-000001"
    assert (run.done, run.failed) == (1, 1)


def test_send_back_letter_asks_for_approval_again(case, demand, address, collector, lead, admin):
    # CR-30
    letter = ask(case, demand, address, collector)
    services.approve_letter(letter_id=letter.pk, by=lead, now=LATER)

    services.send_back_letter(letter_id=letter.pk, reason="余额已变", by=admin, now=LATER)

    letter.refresh_from_db()
    assert (letter.state, letter.decided_by) == ("requested", None)
    assert duty_of(letter, "letter_dispatch").state == "cancelled"


def test_the_stored_file_is_refused_when_it_was_changed(case, admin, clock):
    # A1.4: an issued letter stays what it was
    letter = make_letter(case=case, state="approved")
    services.start_print_run(letter_ids=[letter.pk], by=admin, now=LATER)
    services.work_on_next_run(clock=clock)
    letter.refresh_from_db()
    with letter.pdf.storage.open(letter.pdf.name, "r+b") as file:
        file.write(b"%PDF-0.0")

    with pytest.raises(Refused):
        stored_pdf(letter)


def test_another_year_begins_at_one(case, admin, clock):
    LetterNumber.objects.create(year=2025, last=77)
    letter = make_letter(case=case, state="approved")
    services.start_print_run(letter_ids=[letter.pk], by=admin, now=LATER)

    services.work_on_next_run(clock=clock)

    letter.refresh_from_db()
    assert letter.number == "2026-000001"


# --- Mail -------------------------------------------------------------------------------------------------------------------------


def send(letter, by, number="EA123456789CN", carrier="ems"):
    return services.dispatch_letter(letter_id=letter.pk, carrier=carrier, tracking_no=number, by=by, now=LATER)


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
