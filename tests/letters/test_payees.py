"""CR-28: letters and scripts tell debtors to pay to an account on the client's list only, in force that day."""

from datetime import date

import pytest
from django.urls import reverse

from audit.models import AuditEvent
from cases.models import Payee
from cases.services import clients
from collection.lib.errors import Refused
from letters import services
from letters.models import Letter
from letters.values import values_of
from staff.choices import Role
from tests.factories import MONDAY_9AM, make_case, make_client, make_letter, make_user
from tests.letters.steps import LATER, ask

pytestmark = pytest.mark.django_db
TODAY = MONDAY_9AM.date()


@pytest.fixture
def administrator(db):
    return make_user(Role.ADMINISTRATOR)


def add(client, administrator, account="6299 0001", **fields):
    asked = {"name": client.name, "bank": "营业部", "account": account, "valid_from": date(2026, 1, 1), "valid_until": None, "note": ""} | fields
    return clients.add_payee(client=client, **asked, by=administrator, now=MONDAY_9AM)


def told(letter):
    letter.refresh_from_db()
    return values_of(letter, today=TODAY).texts["payee_account"]


def test_cr_28_the_first_account_in_force_is_told_where_nobody_chose(case, demand, address, collector, administrator):
    add(case.client, administrator)
    first = case.client.payees.earliest("pk")

    letter = ask(case, demand, address, collector)

    assert told(letter) == first.words
    assert first.account in first.words


def test_cr_28_who_asks_chooses_among_the_accounts_in_force(sign_in, case, demand, address, collector, administrator):
    second, over = add(case.client, administrator), add(case.client, administrator, "6299 0002", valid_until=date(2026, 2, 1))
    browser, new = sign_in(collector), reverse("letters:letter-new")
    offered = browser.get(new, {"case": case.pk}).context["form"].fields["payee"].queryset
    data = {"case": case.pk, "template": demand.pk, "address": address.pk, "reason": "失联"}

    refused = browser.post(new, data | {"payee": over.pk})
    browser.post(new, data | {"payee": second.pk})

    assert list(offered) == [case.client.payees.earliest("pk"), second]
    assert refused.context["form"].errors["payee"]
    assert told(Letter.objects.get()) == second.words


def test_cr_28_an_account_of_another_client_is_refused(case, demand, address, collector):
    with pytest.raises(Refused) as refusal:
        ask(case, demand, address, collector, payee=make_client().payees.get())

    assert refusal.value.rule == "CR-28"
    assert not Letter.objects.exists()


def test_cr_28_an_account_that_ended_is_told_nowhere(case, demand, address, collector, lead, admin, administrator):
    """Neither approved nor printed with it; the other account takes its place in new letters."""
    letter = ask(case, demand, address, collector)
    approved = make_letter(case=make_case(placement=case.placement), state="approved", payee=letter.payee)
    other = add(case.client, administrator)
    clients.change_payee(
        payee_id=letter.payee_id, valid_from=date(2024, 1, 1), valid_until=date(2026, 11, 22), note="换户", seen=None, by=administrator, now=LATER
    )

    with pytest.raises(Refused) as not_approved:
        services.approve_letter(letter_id=letter.pk, by=lead, now=LATER)
    with pytest.raises(Refused) as not_printed:
        services.start_print_run(letter_ids=[approved.pk], by=admin, now=LATER)

    assert (not_approved.value.rule, not_printed.value.rule) == ("CR-28", "CR-28")
    assert case.client.payees_on(TODAY) == [other]


def test_cr_28_the_list_is_kept_by_the_administrator_with_its_trail(sign_in, administrator):
    client = make_client()
    first = client.payees.get()
    browser = sign_in(administrator)
    page, new = reverse("cases:payee-list", args=[client.pk]), reverse("cases:payee-new", args=[client.pk])
    data = {"name": client.name, "bank": "示例支行", "account": "6299  0003", "valid_from": "2026-12-01", "valid_until": "", "note": "合同附件三"}

    browser.post(new, data)
    twice = browser.post(new, data)
    added = client.payees.latest("pk")
    edit = reverse("cases:payee-edit", args=[client.pk, added.pk])
    seen = browser.get(edit).context["page"].seen
    browser.post(edit, {"valid_from": "2026-12-01", "valid_until": "2027-01-31", "note": "合同附件三", "seen": seen})
    late = browser.post(edit, {"valid_from": "2026-12-01", "valid_until": "", "note": "", "seen": seen})

    added.refresh_from_db()
    assert (added.account, added.valid_until) == ("6299 0003", date(2027, 1, 31))
    assert (len(twice.context["form"].non_field_errors()), len(late.context["form"].non_field_errors())) == (1, 1)
    assert [line["row"] for line in browser.get(page).context["table"]] == [first, added]
    assert list(AuditEvent.objects.filter(action__startswith="payee.").values_list("action", "actor_id")) == [
        ("payee.added", administrator.pk),
        ("payee.changed", administrator.pk),
    ]


@pytest.mark.parametrize("name", ["payee-list", "payee-new"])
def test_cr_28_nobody_else_keeps_the_list(sign_in, lead, name):
    client = make_client()

    assert sign_in(lead).get(reverse(f"cases:{name}", args=[client.pk])).status_code == 403


def test_cr_28_an_account_of_another_clients_list_is_unknown(sign_in, administrator):
    ours, theirs = make_client(), make_client()

    assert sign_in(administrator).get(reverse("cases:payee-edit", args=[ours.pk, theirs.payees.get().pk])).status_code == 404


def test_a_payee_of_an_earlier_wording_is_told_as_it_was(case):
    """What could not be taken apart when the list began stays whole."""
    assert Payee(client=case.client, account="示例银行 6222 信用卡还款专户").words == "示例银行 6222 信用卡还款专户"
