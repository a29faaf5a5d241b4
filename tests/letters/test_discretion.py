"""CR-17: a collector asks for letters and follows them without seeing amounts; who approves, prints and checks them sees what they say."""

import io
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.urls import reverse
from openpyxl import load_workbook

from audit.models import AuditEvent
from cases.models import CaseAccount
from cases.rules.amounts import band_of
from compliance.services import note_inbound
from letters import services
from letters.models import Letter, LetterBatch, PrintRun
from letters.printing.samples import template_sheet
from letters.selectors_quality import current_form
from letters.services.quality import Filled
from staff.choices import Role
from tests.factories import MONDAY_9AM, make_case, make_contact, make_letter, make_user

pytestmark = pytest.mark.django_db

AMOUNTS = ("23,456.78", "23456.78", "贰万叁仟肆佰伍拾陆元", "11,111.11", "12,000.00", "345.67", "99,999.99")


def url(name, *args):
    return reverse(f"letters:{name}", args=args)


@pytest.fixture
def case(placement, collector):
    case = make_case(placement=placement, holder=collector, amount="23456.78")
    CaseAccount.objects.filter(case=case).update(principal=Decimal("11111.11"), interest=Decimal("12000.00"), fees=Decimal("345.67"))
    return case


@pytest.fixture
def letter(case, collector):
    return make_letter(case=case, requested_by=collector, reason="他说欠99,999.99元，不认")


@pytest.fixture
def batch(case, letter, collector):
    batch = LetterBatch.objects.create(
        run_on=MONDAY_9AM.date(), template=letter.template, reason="失联", asked_by=collector, asked_at=MONDAY_9AM, total=1, finished_at=MONDAY_9AM
    )
    batch.lines.create(case=case, letter=letter)
    return batch


def told(text):
    return [amount for amount in AMOUNTS if amount in text]


def test_cr_17_no_page_of_letters_tells_a_collector_an_amount(sign_in, case, letter, batch, collector):
    """The band is there to plan by; asking needs no amount."""
    browser = sign_in(collector)
    pages = [url("letter-list"), url("letter-detail", letter.pk), f"{url('letter-new')}?case={case.pk}", url("batch-detail", batch.pk)]

    texts = [browser.get(page).content.decode() for page in pages]

    assert [told(text) for text in texts] == [[], [], [], []]
    assert all(str(band_of(case.balance).label) in text for text in texts)
    assert case.debtor.name in texts[1]


def test_cr_17_the_letters_of_the_desks_api_tell_no_amount(sign_in, case, letter, collector):
    answer = sign_in(collector).get(reverse("workbench:api-letters", args=[case.pk]))

    assert [row["reason"] for row in answer.json()["results"]] == ["他说欠***，不认"]
    assert told(answer.content.decode()) == []


def test_cr_17_the_export_of_a_collector_tells_no_amount(sign_in, letter, collector):
    answer = sign_in(collector).get(url("letter-list"), {"export": "xlsx"})

    cells = [str(cell.value) for row in load_workbook(io.BytesIO(answer.content)).active.iter_rows() for cell in row]
    assert letter.case.debtor.name in cells
    assert [cell for cell in cells if "23456" in cell.replace(",", "")] == []


def test_cr_17_a_collector_can_not_sort_letters_by_the_amount(sign_in, letter, collector):
    asked = [sign_in(collector).get(url("letter-list"), {"sort": sort}).context["list"].sort for sort in ("-balance", "-band")]

    assert asked == ["", "-band"]


def test_cr_17_who_also_calls_does_not_open_the_file(sign_in, letter, case, collector):
    """Somebody of the quality group who holds cases, too."""
    both = make_user(Role.COLLECTOR, Role.QUALITY, team=collector.team)
    Letter.objects.filter(pk=letter.pk).update(state="dispatched", number="2026-000001", dispatched_at=MONDAY_9AM, dispatched_by=make_user())
    browser = sign_in(both)

    page = browser.get(url("letter-detail", letter.pk)).content.decode()

    assert browser.get(url("letter-pdf", letter.pk)).status_code == 403
    assert url("letter-pdf", letter.pk) not in page
    assert told(page) == []


@pytest.fixture
def run(case, collector):
    """A finished print run with the letter in it."""
    run = PrintRun.objects.create(started_by=make_user(Role.ADMIN_OFFICE), started_at=MONDAY_9AM, finished_at=MONDAY_9AM, total=1, done=1)
    run.pdf.save("run.pdf", ContentFile(b"%PDF-1.4"))
    make_letter(case=case, requested_by=collector, state="rendered", print_run=run)
    return run


RUN_PAGES = ("detail", "progress", "pdf", "labels", "dispatch-list", "dispatch-workbook")


def test_cr_17_who_also_calls_opens_no_print_run_and_none_of_its_files(sign_in, run, collector):
    """The admin office's own open; the list is there for both, to one of them without a way in."""
    both, mails = make_user(Role.COLLECTOR, Role.ADMIN_OFFICE, team=collector.team), make_user(Role.ADMIN_OFFICE)
    pages = [url(f"print-run-{name}", run.pk) for name in RUN_PAGES]
    calls, office = sign_in(both), sign_in(mails)

    closed, opened = ([browser.get(page).status_code for page in pages] for browser in (calls, office))
    listed = [line["url"] for browser in (calls, office) for line in browser.get(url("print-run-list")).context["table"]]

    assert (closed, opened) == ([403] * 6, [200] * 6)
    assert listed == ["", pages[0]]
    assert list(AuditEvent.objects.filter(action="print_run.opened").values_list("actor_id", flat=True)) == [mails.pk] * 4


def test_cr_17_a_letters_page_leads_who_also_calls_to_no_run_and_no_second_print(sign_in, run, case, collector):
    letter, both = run.letters.get(), make_user(Role.COLLECTOR, Role.ADMIN_OFFICE, team=collector.team)
    browser = sign_in(both)

    page = browser.get(url("letter-detail", letter.pk)).content.decode()
    again = browser.post(url("reprint", letter.pk), {"reason": "破损"})

    assert [link for link in (url("print-run-detail", run.pk), url("reprint", letter.pk)) if link in page] == []
    assert told(page) == []
    assert again.status_code == 403
    assert not AuditEvent.objects.filter(action="letter.reprinted").exists()


def test_cr_17_who_also_calls_may_print_and_goes_on_to_the_list(sign_in, case, collector):
    letter, both = make_letter(case=case, state="approved"), make_user(Role.COLLECTOR, Role.ADMIN_OFFICE, team=collector.team)

    answer = sign_in(both).post(url("print"), {"ids": [letter.pk]})

    assert answer["Location"] == url("print-run-list")
    assert PrintRun.objects.get().total == 1


def test_cr_17_the_quality_form_tells_who_also_calls_bands_and_gives_no_paper(sign_in, case, collector):
    """The letter's words stand beside the form without amounts, instead of its pages."""
    letter = make_letter(case=case, state="dispatched")
    letter.pdf.save("letter.pdf", ContentFile(b"%PDF-1.4"))
    both, checker = make_user(Role.COLLECTOR, Role.QUALITY, team=collector.team), make_user(Role.QUALITY)
    answers = {item["code"]: True for item in current_form(MONDAY_9AM).items}
    services.fill_quality_form(letter_id=letter.pk, filled=Filled(answers=answers), by=checker, now=MONDAY_9AM)
    browser, names = sign_in(both), ("quality-paper", "quality-pages")

    page = browser.get(url("quality-check", letter.pk)).content.decode()

    assert told(page) == []
    assert str(band_of(case.balance).label) in page
    assert case.debtor.name in page
    assert [url(name, letter.pk) in page for name in names] == [False, False]
    assert [browser.get(url(name, letter.pk)).status_code for name in names] == [403, 403]
    assert "23,456.78" in sign_in(checker).get(url("quality-check", letter.pk)).content.decode()
    assert sign_in(checker).get(url("quality-paper", letter.pk)).status_code == 200


def test_cr_17_a_templates_preview_on_a_case_hides_its_amounts_from_who_also_calls(case, letter):
    shown, hidden = (template_sheet(letter.template, today=MONDAY_9AM.date(), case=case, hides_amounts=hides) for hides in (False, True))

    assert "23,456.78" in told(shown)
    assert told(hidden) == []


@pytest.mark.parametrize("role", [Role.ADMIN_OFFICE, Role.GM_OFFICE])
def test_cr_17_who_prints_or_decides_sees_amounts(sign_in, case, role):
    letter = make_letter(case=case, state="approved")
    browser = sign_in(make_user(role))

    page, rows = (browser.get(address).content.decode() for address in (url("letter-detail", letter.pk), url("letter-list")))

    assert {"23,456.78", "11,111.11", "贰万叁仟肆佰伍拾陆元"} <= set(told(page))
    assert "23,456.78" in rows


def test_cr_17_a_lead_who_calls_sees_amounts(sign_in, letter, lead):
    assert "23,456.78" in sign_in(lead).get(url("letter-detail", letter.pk)).content.decode()


@pytest.fixture
def talk(case, collector):
    """The collector is rung by the debtor's brother."""
    brother = make_contact(case, "sibling", phone="13922223333")
    with time_machine.travel(MONDAY_9AM, tick=True):
        yield lambda: note_inbound(case=case, contact=brother, phone=brother.phones.get(), by=collector, now=MONDAY_9AM)


def test_cr_12_with_a_third_party_on_the_line_the_list_of_letters_names_neither_debt_nor_bank(sign_in, case, letter, collector, talk):
    browser = sign_in(collector)
    before = browser.get(url("letter-list")).content.decode()

    talk()

    page, sheet = browser.get(url("letter-list")).content.decode(), browser.get(url("letter-list"), {"export": "xlsx"})
    cells = [str(cell.value) for row in load_workbook(io.BytesIO(sheet.content)).active.iter_rows() for cell in row]
    words = {case.client.short_name, str(band_of(case.balance).label), str(letter.template.get_kind_display())}
    assert [word for word in words if word not in before] == []
    assert [word for word in words if word in page or word in cells] == []
    assert case.debtor.name in page


def test_cr_12_with_a_third_party_on_the_line_no_page_about_a_letter_is_shown(sign_in, case, letter, batch, collector, talk):
    """Its words, asking for one, what was asked for together, the addresses: they are back when the call is over."""
    browser = sign_in(collector)
    pages = [
        url("letter-detail", letter.pk), f"{url('letter-new')}?case={case.pk}", url("batch-list"), url("batch-detail", batch.pk),
        url("batch-progress", batch.pk), url("addresses", case.pk),
    ]  # fmt: skip
    talk()

    during = [browser.get(page) for page in pages]
    with time_machine.travel(MONDAY_9AM + timedelta(minutes=31)):  # nobody recorded it; it is over
        after = [browser.get(page).status_code for page in pages]

    assert [(answer.status_code, case.client.short_name in answer.content.decode(), told(answer.content.decode())) for answer in during] == [
        (403, False, [])
    ] * 6
    assert after == [200] * 6


def test_cr_12_a_lead_who_calls_opens_no_file_beside_a_third_party(sign_in, case, letter, collector, talk):
    """Whoever calls, whatever else they are: a lead sees amounts, but not then."""
    collector.groups.add(Group.objects.get(name=Role.TEAM_LEAD))
    browser = sign_in(collector)
    talk()

    assert [browser.get(url(name, letter.pk)).status_code for name in ("letter-pdf", "letter-detail")] == [403, 403]


def test_cr_12_who_does_not_talk_to_a_third_party_reads_letters_as_ever(sign_in, letter, collector, lead, talk):
    talk()

    assert sign_in(lead).get(url("letter-detail", letter.pk)).status_code == 200
