"""A1.4, annex 3: somebody else approves or refuses; sent back and cancelled."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from collection.lib.errors import Refused
from duties.models import Duty
from letters import services
from letters.models import Letter
from letters.services.flow import NotAllowed
from staff.models import Notice
from tests.factories import make_case, make_letter, make_team, make_template
from tests.letters.steps import LATER, ask, duty_of

pytestmark = pytest.mark.django_db


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


def test_approve_letters_approves_those_that_can_be_and_names_the_others(case, lead, admin):
    """A1.4: one's own request, a stopped case and one that is approved already don't hold up the rest."""
    own, stopped, twice, good = (make_case(placement=case.placement) for _ in range(4))
    letters = [make_letter(case=own, requested_by=lead), make_letter(case=stopped), make_letter(case=twice, state="approved"), make_letter(case=good)]
    stopped.stopped_at = LATER
    stopped.save()

    done = services.approve_letters(letter_ids=[letter.pk for letter in letters], by=lead, now=LATER)

    assert done.approved == [letters[3]]
    assert [letter.pk for letter, _refusal in done.refused] == [letter.pk for letter in letters[:3]]
    assert [refusal.rule for _letter, refusal in done.refused] == ["A1.4", "A1.4", "A1.4"]
    assert list(Letter.objects.order_by("pk").values_list("state", flat=True)) == ["requested", "requested", "approved", "approved"]
    assert Duty.objects.about(letters[3]).count() == 1


def test_the_page_says_which_letters_were_not_approved_and_why(sign_in, case, lead, admin):
    # A1.4
    stopped = make_case(placement=case.placement, stopped_at=LATER)
    letters = [make_letter(case=case), make_letter(case=stopped)]

    answer = sign_in(lead).post(reverse("letters:approve-many"), {"ids": [letter.pk for letter in letters]})

    page = answer.content.decode()
    assert answer.status_code == 200
    assert stopped.case_no in page
    assert str(answer.context["refused"][0]["why"]) in page
    assert case.case_no not in page
    assert list(Letter.objects.order_by("pk").values_list("state", flat=True)) == ["approved", "requested"]


def test_send_back_letter_asks_for_approval_again(case, demand, address, collector, lead, admin):
    # CR-30
    letter = ask(case, demand, address, collector)
    services.approve_letter(letter_id=letter.pk, by=lead, now=LATER)

    services.send_back_letter(letter_id=letter.pk, reason="余额已变", by=admin, now=LATER)

    letter.refresh_from_db()
    assert (letter.state, letter.decided_by) == ("requested", None)
    assert duty_of(letter, "letter_dispatch").state == "cancelled"
