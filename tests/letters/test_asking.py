"""A1.4, annex 3: a letter is asked for, or refused with its rule."""

from datetime import timedelta

import pytest

from audit.models import AuditEvent
from collection.lib.errors import Refused
from letters.models import Letter
from letters.services.flow import NotAllowed
from staff.models import Notice
from tests.factories import MONDAY_9AM, make_case, make_template
from tests.letters.steps import ask

pytestmark = pytest.mark.django_db


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
    case.client.payees.all().delete()

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
