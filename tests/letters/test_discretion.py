"""CR-17: a collector asks for letters and follows them without seeing amounts; who approves, prints and checks them sees what they say."""

import io
from decimal import Decimal

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from cases.models import CaseAccount
from cases.rules.amounts import band_of
from letters.models import Letter, LetterBatch
from staff.choices import Role
from tests.factories import MONDAY_9AM, make_case, make_letter, make_user

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


@pytest.mark.parametrize("role", [Role.ADMIN_OFFICE, Role.GM_OFFICE])
def test_cr_17_who_prints_or_decides_sees_amounts(sign_in, case, role):
    letter = make_letter(case=case, state="approved")
    browser = sign_in(make_user(role))

    page, rows = (browser.get(address).content.decode() for address in (url("letter-detail", letter.pk), url("letter-list")))

    assert {"23,456.78", "11,111.11", "贰万叁仟肆佰伍拾陆元"} <= set(told(page))
    assert "23,456.78" in rows


def test_cr_17_a_lead_who_calls_sees_amounts(sign_in, letter, lead):
    assert "23,456.78" in sign_in(lead).get(url("letter-detail", letter.pk)).content.decode()
