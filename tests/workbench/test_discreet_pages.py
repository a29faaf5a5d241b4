"""CR-12, CR-17: the pages a collector works with tell no more than the desk's API; lists name bands, never amounts."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse

from calls.services.recording import confirm_identity
from cases.models import CaseAccount
from cases.rules.amounts import BAND_FROM, band_of
from compliance.services import note_inbound
from tests.factories import MONDAY_9AM, make_caller, make_case, make_client, make_contact, make_placement, make_record

TEN = MONDAY_9AM + timedelta(hours=1)
AMOUNTS = ("23,456.78", "23456.78", "777.77", "11,111.11", "54,321.99", "432.10")


@pytest.fixture(autouse=True)
def ten_o_clock():
    with time_machine.travel(TEN, tick=True):
        yield


@pytest.fixture
def caller(db, team):
    return make_caller(team=team)


@pytest.fixture
def case(team, caller):
    client = make_client(team=team, name="北岭示范银行", short_name="北岭")
    case = make_case(placement=make_placement(team=team, client=client), holder=caller, amount="23456.78", warning="曾投诉，欠23456.78元")
    CaseAccount.objects.filter(case=case).update(last_paid_on="2026-10-01", last_paid_amount=Decimal("777.77"), principal=Decimal("11111.11"))
    make_case(debtor=case.debtor, holder=caller, amount="54321.99")
    case.promises.create(record=make_record(case, caller, "PTP"), amount=Decimal("432.10"), due_on="2026-11-23")
    return case


def pages_of(case):
    page = reverse("workbench:case-detail", args=[case.pk])
    return [*(f"{page}?tab={tab}" for tab in ("accounts", "contacts", "timeline", "documents")), reverse("workbench:case-list"), reverse("workbench:home")]


def told(browser, case):
    text = "".join(browser.get(page).content.decode() for page in pages_of(case))
    text += browser.post(reverse("workbench:search"), {"q": case.case_no}).content.decode()
    return [amount for amount in AMOUNTS if amount in text], text


def talk(case, caller, relation="self"):
    contact = case.contacts.get(relation=relation)
    return note_inbound(case=case, contact=contact, phone=contact.phones.get(), by=caller, now=TEN)


def test_cr_17_no_page_tells_its_holder_an_amount_before_identity(sign_in, case, caller):
    """CR-17: the case's page with every tab, the list, the search and the first page; the band is there to plan by."""
    amounts, text = told(sign_in(caller), case)

    assert amounts == []
    assert str(band_of(case.balance).label) in text


def test_cr_17_the_page_tells_amounts_once_identity_is_confirmed_the_list_does_not(sign_in, case, caller):
    confirm_identity(verdict_id=talk(case, caller).pk, factors=["name", "id_last4"], by=caller, now=TEN)
    browser = sign_in(caller)

    page, rows = (browser.get(url).content.decode() for url in (pages_of(case)[0], reverse("workbench:case-list")))

    assert ("23,456.78" in page, "23,456.78" in rows) == (True, False)


def test_cr_17_leads_see_amounts(sign_in, case, team):
    browser = sign_in(team.lead)

    assert "23,456.78" in browser.get(pages_of(case)[0]).content.decode()
    assert "23,456.78" in browser.get(reverse("workbench:case-list")).content.decode()


def test_cr_12_with_a_third_party_on_the_line_no_page_names_the_bank(sign_in, case, caller):
    """CR-12: even after identity was confirmed in the morning."""
    confirm_identity(verdict_id=talk(case, caller).pk, factors=["name", "id_last4"], by=caller, now=TEN)
    make_contact(case, "sibling", phone="13922223333")
    browser = sign_in(caller)
    before = told(browser, case)[1]

    talk(case, caller, "sibling")

    amounts, text = told(browser, case)
    assert ("北岭" in before, amounts, "北岭" in text) == (True, [], False)


def test_cr_12_with_a_third_party_on_the_line_the_desk_is_told_nothing_of_the_debt(sign_in, case, caller):
    """The page would hide it; nothing leaves the server that could be read beside the page."""
    make_contact(case, "sibling", phone="13922223333")
    browser, address = sign_in(caller), reverse("workbench:api-case", args=[case.pk])
    before = browser.get(address).json()

    talk(case, caller, "sibling")

    during = browser.get(address).json()
    assert before["client"]
    assert before["accounts"]
    assert {name: during[name] for name in ("client", "placement", "stage", "overdue_days", "band", "accounts", "timeline", "promise")} == {
        "client": "", "placement": "", "stage": "", "overdue_days": None, "band": "", "accounts": [], "timeline": [], "promise": None,
    }  # fmt: skip
    assert [contact["id"] for contact in during["contacts"]] == [contact["id"] for contact in before["contacts"]]


def test_cr_17_the_list_of_a_collector_can_not_be_sorted_by_the_amount(sign_in, case, caller):
    """The order within a band says nothing: later cases first."""
    make_case(placement=case.placement, holder=caller, amount="23400.00", case_no="B2")

    asked = [sign_in(caller).get(reverse("workbench:case-list"), {"sort": sort}).context["list"].sort for sort in ("balance", "-band")]

    assert asked == ["", "-band"]


@pytest.mark.django_db
@pytest.mark.parametrize(("amount", "code"), [("0", "1"), ("4999.99", "1"), ("5000", "2"), ("99999.99", "4"), ("100000", "5"), ("-3", "1")])
def test_a_band_begins_with_its_least_amount(amount, code, django_assert_num_queries):
    assert band_of(Decimal(amount)) == code
    assert sorted(BAND_FROM.values()) == list(BAND_FROM.values())
