"""A1.4, F: a print run numbers, stores and merges."""

import io

import pytest
from pypdf import PdfReader

from collection.lib.errors import Refused
from letters import services
from letters.models import Letter, LetterNumber, PrintRun
from letters.selectors import stored_pdf
from staff.models import Notice
from tests.factories import make_case, make_letter
from tests.letters.steps import LATER

pytestmark = pytest.mark.django_db


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
