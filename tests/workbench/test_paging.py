"""Lists of the desk's API come page by page, the next one after the row that was shown last."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from calls.models import QuickText
from calls.services.inbound import open_inbound
from calls.services.quick_texts import MOST_OWN, BadQuickText, save_quick_text
from calls.services.referrals import put_referral
from compliance.models import CaseFlag
from tests.calls.talks import at_once
from tests.factories import MONDAY_9AM, make_caller, make_case, make_letter, make_phone, make_placement, make_template

TEN = MONDAY_9AM + timedelta(hours=1)


@pytest.fixture
def caller(db, team):
    return make_caller(team=team)


@pytest.fixture
def case(team, caller):
    return make_case(placement=make_placement(team=team), holder=caller)


@pytest.fixture
def desk(caller):
    browser = Client()
    browser.force_login(caller)
    return browser


def walk(desk, address, size=2):
    """The ids of every page."""
    pages, asked = [], {"page_size": size}
    while True:
        body = desk.get(address, asked).json()
        pages.append([row.get("id") or row["verdict"] for row in body["results"]])
        if not body["next"]:
            return pages
        asked["cursor"] = body["next"]


def test_referrals_flags_and_letters_are_paged_and_nothing_is_cut(desk, case, caller):
    """B4: the hundred and first is there too."""
    referrals = [put_referral(case=case, department="lead", text=f"{number}", by=caller, now=TEN).pk for number in range(5)]
    flags = [
        CaseFlag.objects.create(case=case, debtor=case.debtor, kind=kind, evidence="x", raised_at=TEN, raised_by=caller).pk
        for kind in ("illness", "lawyer", "relief")
    ]
    letters = [
        make_letter(case=case, requested_by=caller, requested_at=TEN, template=make_template(kind=kind)).pk for kind in ("demand", "statement", "settlement")
    ]
    referrals, letters = referrals[::-1], letters[::-1]

    found = {name: walk(desk, reverse(f"workbench:api-{name}", args=[case.pk])) for name in ("referrals", "flags", "letters")}

    assert found["referrals"] == [referrals[:2], referrals[2:4], referrals[4:]]
    assert found["flags"] == [flags[:2], flags[2:]]
    assert found["letters"] == [letters[:2], letters[2:]]


def test_e14_unrecorded_calls_are_paged(desk, case, caller):
    """E14"""
    own = case.contacts.get()
    phones = [own.phones.get(), make_phone(own, "13822223333"), make_phone(own, "13822224444")]
    verdicts = [open_inbound(case_id=case.pk, phone_id=phone.pk, by=caller, now=TEN - timedelta(minutes=40)).pk for phone in phones]

    with time_machine.travel(TEN, tick=True):
        assert walk(desk, reverse("workbench:api-unrecorded")) == [verdicts[:2], verdicts[2:]]


@pytest.mark.parametrize("cursor", ["x", "é", "LTE", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5", "MS41"])
def test_a_made_up_cursor_of_a_list_is_refused(desk, case, cursor):
    answer = desk.get(reverse("workbench:api-referrals", args=[case.pk]), {"cursor": cursor})

    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["cursor"])


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_f15_two_tabs_at_the_last_free_place_save_one_quick_text():
    """F15: the limit isn't passed by two at once."""
    caller = make_caller()
    QuickText.objects.bulk_create(QuickText(owner=caller, title=f"{number}", text="x") for number in range(MOST_OWN - 1))

    answers = at_once(lambda index: save_quick_text(title=f"新{index}", text="x", by=caller, now=TEN), 4)

    assert sum(isinstance(answer, BadQuickText) for answer in answers) == 3
    assert QuickText.objects.filter(owner=caller, is_active=True).count() == MOST_OWN
