"""A1.4: each role's pages of letters; what is not yours does not exist, what is not your step is forbidden."""

import pytest
from django.urls import reverse

from audit.models import AuditEvent
from letters import services
from letters.models import Letter, PrintRun
from letters.selectors import letters_visible_to
from staff.choices import Role
from tests.factories import MONDAY_9AM, make_case, make_letter, make_team, make_template, make_user

pytestmark = pytest.mark.django_db


def url(name, *args):
    return reverse(f"letters:{name}", args=args)


@pytest.fixture
def foreign():
    """Another team's letter in every state."""
    return [make_letter(case=make_case(), state=state) for state in ("requested", "approved", "rendered", "dispatched")]


@pytest.mark.parametrize(
    ("role", "states"),
    [
        (Role.ADMIN_OFFICE, {"approved", "rendered", "dispatched"}),
        (Role.QUALITY, {"dispatched"}),
        (Role.SUPPLY_CHAIN, {"dispatched"}),
        (Role.GM_OFFICE, {"requested", "approved", "rendered", "dispatched"}),
        (Role.COLLECTOR, set()),
        (Role.DATA_SPECIALIST, set()),
        (Role.FINANCE, set()),
    ],
)
def test_letters_visible_to_a_role(foreign, role, states):
    # A1.4
    assert set(letters_visible_to(make_user(role)).values_list("state", flat=True)) == states


def test_a_lead_sees_the_teams_letters_only(foreign, case, lead):
    mine = make_letter(case=case)

    assert list(letters_visible_to(lead)) == [mine]


def test_a_collector_sees_the_letters_of_cases_held_now(foreign, case, collector):
    # A1.4: who lost a case lost its letters too, even those they asked for
    on_my_case, _lost = make_letter(case=case), make_letter(case=make_case(), requested_by=collector)

    assert set(letters_visible_to(collector)) == {on_my_case}


@pytest.mark.parametrize("rows", [1, 3])
def test_letter_list_asks_the_same_queries_for_any_number_of_rows(sign_in, placement, admin, rows, django_assert_max_num_queries):
    for _ in range(rows):
        make_letter(case=make_case(placement=placement), state="approved")
    browser = sign_in(admin)

    with django_assert_max_num_queries(13):
        answer = browser.get(url("letter-list"))

    assert answer.status_code == 200
    assert answer.content.count(b"data-row ") == rows


@pytest.mark.parametrize("rows", [1, 3])
def test_quality_list_asks_the_same_queries_for_any_number_of_rows(sign_in, placement, checker, rows, django_assert_max_num_queries):
    for _ in range(rows):
        make_letter(case=make_case(placement=placement), state="dispatched")
    browser = sign_in(checker)

    with django_assert_max_num_queries(13):
        answer = browser.get(url("quality-list"))

    assert answer.status_code == 200
    assert answer.content.count(b"data-row ") == rows


def test_the_list_filters(sign_in, placement, admin):
    wanted = make_letter(case=make_case(placement=placement), state="rendered")
    make_letter(case=make_case(placement=placement), state="approved")

    answer = sign_in(admin).get(url("letter-list"), {"state": "rendered", "q": wanted.number})

    assert [line["row"].pk for line in answer.context["table"]] == [wanted.pk]


def test_a_foreign_letter_does_not_exist(sign_in, foreign, collector):
    # S01
    assert sign_in(collector).get(url("letter-detail", foreign[0].pk)).status_code == 404


def test_a_foreign_letters_file_does_not_exist(sign_in, foreign, lead):
    # S01
    assert sign_in(lead).get(url("letter-pdf", foreign[0].pk)).status_code == 404


def test_the_file_is_for_who_approves_or_prints_and_the_page_masks_the_address(sign_in, case, collector):
    # CR-46: the file shows the address in the clear; who asked for the letter reads its words on the page
    letter = make_letter(case=case, requested_by=collector)

    page = sign_in(collector).get(url("letter-detail", letter.pk)).content.decode()

    assert sign_in(collector).get(url("letter-pdf", letter.pk)).status_code == 403
    assert "文三路" not in page
    assert url("letter-pdf", letter.pk) not in page


@pytest.mark.parametrize("name", ["approve", "refuse", "dispatch", "delivered", "returned"])
def test_a_collector_may_not_take_another_roles_step(sign_in, case, collector, name):
    letter = make_letter(case=case)

    assert sign_in(collector).post(url(name, letter.pk)).status_code == 403
    assert Letter.objects.get().state == "requested"


@pytest.mark.parametrize("name", ["template-list", "template-new", "print-run-list", "quality-list"])
def test_pages_of_other_roles_are_forbidden(sign_in, collector, name):
    answer = sign_in(collector).get(url(name))

    assert answer.status_code == 403 or list(answer.context["table"]) == []


def test_a_collector_asks_for_a_letter(sign_in, case, collector, demand, address):
    browser = sign_in(collector)
    page = browser.get(url("letter-new"), {"case": case.pk})

    answer = browser.post(url("letter-new"), {"case": case.pk, "template": demand.pk, "address": address.pk, "reason": "失联"})

    letter = Letter.objects.get()
    assert page.status_code == 200
    assert "文三路" not in page.content.decode()
    assert answer["Location"] == url("letter-detail", letter.pk)


def test_a_refusal_stands_beside_the_form(sign_in, case, collector, demand, address):
    case.stopped_at = MONDAY_9AM
    case.save()

    answer = sign_in(collector).post(url("letter-new"), {"case": case.pk, "template": demand.pk, "address": address.pk, "reason": "失联"})

    assert answer.status_code == 200
    assert answer.context["form"].non_field_errors()
    assert not Letter.objects.exists()


def test_a_letter_on_a_foreign_case_cannot_be_asked_for(sign_in, collector):
    assert sign_in(collector).get(url("letter-new"), {"case": make_case().pk}).status_code == 404


def test_the_page_of_a_letter_shows_words_steps_and_no_clear_data(sign_in, case, lead):
    letter = make_letter(case=case)

    page = sign_in(lead).get(url("letter-detail", letter.pk)).content.decode()

    assert case.debtor.name in page
    assert "壹万元整" in page
    assert case.debtor.id_no not in page
    assert "文三路" not in page
    assert url("approve", letter.pk) in page


def test_hostile_names_and_templates_stay_text_on_the_page(sign_in, case, lead, demand):
    # S14
    case.debtor.name = "<img src=x onerror=alert(1)>"
    case.debtor.save()
    letter = make_letter(case=case, template=make_template(body=demand.body + "<script>alert(1)</script>"))

    page = sign_in(lead).get(url("letter-detail", letter.pk)).content.decode()

    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_opening_the_file_is_on_the_trail(sign_in, case, lead):
    # CR-46: it names the addressee in the clear
    letter = make_letter(case=case)

    answer = sign_in(lead).get(url("letter-pdf", letter.pk))

    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")
    assert AuditEvent.objects.filter(action="letter.opened", actor_id=lead.pk).count() == 1


def test_many_are_approved_and_printed_at_once(sign_in, placement, lead, admin, django_capture_on_commit_callbacks):
    # A1.4: the way from the lead's list to the merged file
    letters = [make_letter(case=make_case(placement=placement)) for _ in range(2)]
    ids = [letter.pk for letter in letters]
    sign_in(lead).post(url("approve-many"), {"ids": ids})

    browser = sign_in(admin)
    with django_capture_on_commit_callbacks(execute=True):
        answer = browser.post(url("print"), {"ids": ids})

    run = PrintRun.objects.get()
    assert answer["Location"] == url("print-run-detail", run.pk)
    assert (run.done, run.finished_at is not None) == (2, True)
    assert browser.get(url("print-run-detail", run.pk)).status_code == 200
    assert browser.get(url("print-run-progress", run.pk))["HX-Refresh"] == "true"
    for name in ("print-run-pdf", "print-run-labels", "print-run-dispatch-list"):
        assert browser.get(url(name, run.pk)).content.startswith(b"%PDF")
    assert AuditEvent.objects.filter(action="print_run.opened").count() == 3


def test_foreign_rows_cannot_be_printed(sign_in, admin, case):
    letter = make_letter(case=case)

    assert sign_in(admin).post(url("print"), {"ids": [letter.pk]}).status_code == 404
    assert not PrintRun.objects.exists()


@pytest.mark.parametrize("text", ["9" * 30, "9" * 5000, "-1", "٣"])
def test_ids_that_are_none_print_nothing(sign_in, admin, case, text):
    make_letter(case=case)

    answer = sign_in(admin).post(url("print"), {"ids": [text]})

    assert answer.status_code < 500
    assert not PrintRun.objects.exists()


def test_a_print_run_is_the_admin_offices(sign_in, case, admin, collector):
    letter = make_letter(case=case, state="approved")
    run = services.start_print_run(letter_ids=[letter.pk], by=admin, now=MONDAY_9AM)

    assert sign_in(collector).get(url("print-run-detail", run.pk)).status_code == 403
    assert sign_in(admin).get(url("print-run-detail", run.pk)).status_code == 200


def test_the_tracking_table_answers_with_one_row(sign_in, case, admin):
    letter = make_letter(case=case, state="rendered")
    browser = sign_in(admin)

    wrong = browser.post(url("dispatch", letter.pk), {"carrier": "ems", "tracking_no": "12"}, headers={"HX-Request": "true"})
    right = browser.post(url("dispatch", letter.pk), {"carrier": "ems", "tracking_no": "EA123456789CN"}, headers={"HX-Request": "true"})

    assert 'aria-invalid="true"' in wrong.content.decode()
    assert 'value="12"' in wrong.content.decode()
    assert "<input" not in right.content.decode().replace('type="hidden"', "")
    assert Letter.objects.get().tracking_no == "EA123456789CN"


def test_returned_mail_is_booked(sign_in, case, admin):
    letter = make_letter(case=case, state="dispatched")

    sign_in(admin).post(url("returned", letter.pk), {"reason": "moved"})

    assert Letter.objects.get().state == "returned"


def test_the_api_lists_and_asks(sign_in, case, collector, demand, address):
    """A1.4"""
    browser, path = sign_in(collector), reverse("workbench:api-letters", args=[case.pk])
    asked = {"template": demand.pk, "address": address.pk, "reason": "失联"}

    made = browser.post(path, asked, content_type="application/json")
    again = browser.post(path, asked, content_type="application/json")
    listed = browser.get(path)

    assert (made.status_code, again.status_code) == (201, 409)
    assert [row["id"] for row in listed.json()["results"]] == [made.json()["id"]]
    assert "文三路" not in listed.content.decode()


def test_the_api_knows_no_foreign_case(sign_in, collector, demand):
    foreign = make_case(placement=None)
    address = foreign.contacts.get(relation="self").addresses.get()
    path = reverse("workbench:api-letters", args=[foreign.pk])

    answer = sign_in(collector).post(path, {"template": demand.pk, "address": address.pk, "reason": "失联"}, content_type="application/json")

    assert answer.status_code == 404
    assert not Letter.objects.exists()


def test_a_foreign_lead_gets_404_for_an_approval(sign_in, case):
    letter = make_letter(case=case)

    assert sign_in(make_team().lead).post(url("approve", letter.pk)).status_code == 404
    assert Letter.objects.get().state == "requested"
