"""A1.4, annex 4: each role's pages of letter quality, the form as rows, the month's report with its rows, and its papers."""

import io
from datetime import timedelta

import pytest
from django.urls import reverse
from openpyxl import load_workbook
from pypdf import PdfReader

from letters import services
from letters.models import DispatchDay, LetterHold, QualityCheck, QualityForm, Rectification
from letters.selectors_quality import checks_visible_to
from letters.selectors_report import report
from letters.services.photos import add_photo
from letters.services.sampling import draw_letter
from staff.choices import Role
from tests.factories import MONDAY_9AM, make_case, make_letter, make_team, make_user
from tests.letters.test_quality import LATER, fill, form_with
from tests.letters.test_quality_rectifying import photo

pytestmark = pytest.mark.django_db
PAGES = ["quality-day-list", "check-list", "rectification-list", "hold-list", "quality-report"]


def url(name, *args):
    return reverse(f"letters:{name}", args=args)


@pytest.fixture
def letter(case):
    return make_letter(case=case, state="dispatched")


@pytest.fixture
def serious(letter, checker):
    draw_letter(letter, by=letter.dispatched_by, now=MONDAY_9AM)
    return fill(letter, checker, {"amount": ("serious", "金额不符")}, task="更正后重寄")


def everything_ok(subject="letter"):
    return {f"item_{item['code']}": "ok" for item in QualityForm.objects.get(subject=subject, version=1).items}


def test_the_form_is_filled_in_the_browser(sign_in, letter, checker):
    # A1.4, annex 4
    browser, page = sign_in(checker), url("quality-check", letter.pk)
    assert browser.get(page).status_code == 200

    incomplete = browser.post(page, {"item_seal": "ok"})
    answer = browser.post(page, everything_ok() | {"item_seal": "general", "note_seal": "印章模糊"})

    assert incomplete.context["form"].non_field_errors()
    assert answer["Location"] == page
    assert "印章模糊" in browser.get(page).content.decode()
    paper = browser.get(url("quality-paper", letter.pk)).content
    assert "印章模糊" in PdfReader(io.BytesIO(paper)).pages[0].extract_text()


def test_a_draft_comes_back_on_the_next_visit(sign_in, letter, checker):
    browser = sign_in(checker)

    kept = browser.post(url("quality-draft", letter.pk), {"item_seal": "slight", "note_seal": "印章模糊"})

    assert kept.status_code == 200
    assert 'value="印章模糊"' in browser.get(url("quality-check", letter.pk)).content.decode()


def test_a_days_form_is_filled_beside_its_counts_and_sample(sign_in, letter, checker):
    # A1.4, annex 4
    draw_letter(letter, by=letter.dispatched_by, now=MONDAY_9AM)
    day = DispatchDay.objects.get()
    browser = sign_in(checker)

    page = browser.get(url("quality-day", day.pk))
    browser.post(url("quality-day", day.pk), everything_ok("day"))

    assert page.context["is_reproduced"] is True
    assert letter.number in page.content.decode()
    assert QualityCheck.objects.get().dispatch_day == day
    assert browser.get(url("quality-day-paper", day.pk)).content.startswith(b"%PDF")


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(
    ("role", "is_open"), [(Role.QUALITY, True), (Role.GM_OFFICE, True), (Role.ADMIN_OFFICE, True), (Role.COLLECTOR, False), (Role.FINANCE, False)]
)
def test_results_are_for_quality_gm_and_admin_office(sign_in, serious, name, role, is_open):
    # A1.4: pages by role
    assert sign_in(make_user(role)).get(url(name)).status_code == (200 if is_open else 403)


def test_whose_filled_forms_a_person_sees(serious, lead, admin):
    # A1.4, annex 4
    elsewhere = make_team().lead

    assert [checks_visible_to(person).count() for person in (lead, admin, elsewhere)] == [1, 1, 0]


def test_a_foreign_leads_form_photo_and_rectification_do_not_exist(sign_in, serious, letter, checker):
    # S01
    kept = add_photo(subject=letter, file=photo(), by=checker, now=LATER)
    browser = sign_in(make_team().lead)

    for name, pk in [("quality-check", letter.pk), ("quality-photo", kept.pk), ("rectification", Rectification.objects.get().pk), ("quality-paper", letter.pk)]:
        assert browser.get(url(name, pk)).status_code == 404


def test_a_photo_is_shown_to_who_may_see_the_form_as_a_picture(sign_in, serious, letter, checker, lead):
    kept = add_photo(subject=letter, file=photo(), by=checker, now=LATER)

    answer = sign_in(lead).get(url("quality-photo", kept.pk))

    assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")


def test_who_has_to_put_it_right_answers_on_the_page_whatever_their_role(sign_in, serious, letter, checker):
    # A1.4, annex 4
    row = Rectification.objects.get()
    browser = sign_in(letter.dispatched_by)

    assert browser.get(url("rectification", row.pk)).status_code == 200
    browser.post(url("rectification-answer", row.pk), {"text": "已更正重寄", "photo": photo()})
    again = sign_in(checker)
    again.post(url("rectification-judge", row.pk), {"decision": "accept", "verdict": "已核对"})

    row.refresh_from_db()
    assert row.state == "accepted"


def test_a_hold_is_released_on_its_page(sign_in, serious, gm):
    # A1.4, annex 4
    hold = LetterHold.objects.get()
    browser = sign_in(gm)
    assert "金额不符" in browser.get(url("hold-list")).content.decode()

    browser.post(url("hold-release", hold.pk), {"reason": "其余已核对"})

    hold.refresh_from_db()
    assert hold.released_by == gm


def test_each_number_of_the_month_opens_exactly_its_rows(sign_in, placement, checker):
    # A1.4, annex 4: monthly report by template, person, carrier
    for found in ({}, {"seal": ("slight", "模糊")}, {"seal": ("general", "缺角")}, {"amount": ("serious", "金额不符")}):
        letter = make_letter(case=make_case(placement=placement), state="dispatched")
        fill(letter, checker, found, task="重寄" if "amount" in found else "")
    browser = sign_in(checker)

    for by in ("template", "person", "carrier"):
        page = browser.get(url("quality-report"), {"month": "2026-11", "by": by})
        cells = [cell for row in page.context["lines"] for cell in [*row["cells"], *row["frequent"]] if cell["url"]]
        assert cells
        for cell in cells:
            assert browser.get(cell["url"]).context["page"].paginator.count == cell["count"]


def test_the_report_counts_points_and_frequent_defects(placement, checker, django_assert_num_queries):
    # A1.4, annex 4
    for found in ({}, {"seal": ("slight", "模糊")}):
        fill(make_letter(case=make_case(placement=placement), state="dispatched"), checker, found)

    with django_assert_num_queries(3):
        (line,) = report(checker, by="carrier", start=MONDAY_9AM, end=MONDAY_9AM + timedelta(days=1))

    assert (line.checked, line.passed, line.minor, line.serious, str(line.points), str(line.pass_rate)) == (2, 1, 1, 0, "98.5", "50.0")
    assert [(found.item, found.count) for found in line.frequent] == [("seal", 1)]


def test_the_month_is_a_paper_and_a_workbook(sign_in, serious, checker):
    # A1.4, annex 4: exported as the paper form too
    browser = sign_in(checker)

    paper = browser.get(url("quality-report-paper"), {"month": "2026-11"}).content
    book = load_workbook(io.BytesIO(browser.get(url("quality-report-workbook"), {"month": "2026-11"}).content))

    assert "信件发送质量监督表" in PdfReader(io.BytesIO(paper)).pages[0].extract_text()
    assert [cell.value for cell in book.active[2]][1] == 1


@pytest.mark.parametrize("role", [Role.GM_OFFICE, Role.ADMIN_OFFICE])
def test_the_duty_to_check_leads_who_does_not_check_to_the_letter(sign_in, letter, role):
    # A1.4: until it is checked there is no form to look at
    browser = sign_in(make_user(role))

    page = browser.get(url("quality-check", letter.pk), follow=True)

    assert (page.status_code, page.redirect_chain[0][0]) == (200, url("letter-detail", letter.pk))


def rows_of(items, based_on=1):
    data = {"items-TOTAL_FORMS": len(items), "items-INITIAL_FORMS": 0, "serious_below": 60, "valid_from": "", "based_on": based_on}
    for number, item in enumerate(items):
        fields = {name: value for name, value in item.items() if value is not False}
        data |= {f"items-{number}-{name}": value for name, value in fields.items()} | {f"items-{number}-ORDER": number + 1}
    return data


def test_the_form_is_edited_as_rows_and_filled_ones_keep_their_version(sign_in, letter, checker, gm):
    # A1.4, annex 4: the form as an editable template
    check = fill(letter, checker)
    items = QualityForm.objects.get(subject="letter").items
    changed = [items[0] | {"weight": 20}, *items[1:-1]]
    browser = sign_in(gm)
    assert browser.get(url("quality-form", "letter")).status_code == 200

    answer = browser.post(url("quality-form", "letter"), rows_of(changed))

    newest = QualityForm.objects.get(subject="letter", version=2)
    assert answer.status_code == 302
    assert newest.items == changed
    check.refresh_from_db()
    assert check.form.version == 1
    (change, *_rest) = browser.get(url("quality-form", "letter")).context["history"][0]["changes"]
    assert change["before"] == items[-1]["name_zh"]


def test_two_who_edit_the_form_at_once_see_both_values(sign_in, gm):
    # F13
    items = QualityForm.objects.get(subject="letter").items
    browser = sign_in(gm)
    browser.post(url("quality-form", "letter"), rows_of([items[0] | {"weight": 20}, *items[1:]]))

    answer = browser.post(url("quality-form", "letter"), rows_of([items[0] | {"weight": 30}, *items[1:]]))

    assert [(row["before"], row["after"]) for row in answer.context["both"]] == [("20", "30")]
    settings = answer.context["settings"]
    assert (settings["serious_below"].value(), settings["based_on"].value()) == ("60", "2")
    assert QualityForm.objects.filter(subject="letter").count() == 2


@pytest.mark.parametrize("wrong", [{"code": "SEAL 1"}, {"slight": 9, "general": 2}, {"name_zh": ""}, {"weight": 0}])
def test_an_item_that_makes_no_sense_is_refused_beside_its_row(sign_in, gm, wrong):
    items = QualityForm.objects.get(subject="letter").items

    answer = sign_in(gm).post(url("quality-form", "letter"), rows_of([items[0] | wrong, *items[1:]]))

    assert answer.status_code == 200
    assert QualityForm.objects.filter(subject="letter").count() == 1


def test_a_form_valid_from_tomorrow_is_not_used_today(letter, checker, gm):
    # A1.4, annex 4
    items = QualityForm.objects.get(subject="letter").items[:3]
    services.save_quality_form(subject="letter", items=items, serious_below=60, valid_from=LATER + timedelta(days=1), based_on=1, by=gm, now=LATER)

    check = services.fill_quality_form(letter_id=letter.pk, filled=form_with(), by=checker, now=LATER)

    assert check.form.version == 1


def test_the_sampling_rule_is_edited_on_its_page(sign_in, gm):
    page = sign_in(gm)
    data = {"every": 10, "lawyers_letters": "on", "amount_from": "", "template_days": 0, "person_days": 0, "defect_days": 0, "defects_from": 2, "based_on": 1}

    assert page.post(url("quality-sampling"), data).status_code == 302
    assert b"del" in page.get(url("quality-sampling")).content
    outdated = page.post(url("quality-sampling"), data | {"every": 4}).context
    assert outdated["both"]
    assert outdated["form"]["every"].value() == "4"
