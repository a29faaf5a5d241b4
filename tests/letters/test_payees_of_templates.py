"""A1.4, CR-28: a template names the account of its client that its letters tell; whoever asks for one letter or many may choose another one."""

from datetime import date

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse

from audit.models import AuditEvent
from cases.models import Payee
from collection.lib.errors import Refused
from compliance.services import note_inbound
from letters import services
from letters.layout import Layout
from letters.models import Letter, LetterBatch, LetterTemplate
from letters.selectors import cases_to_judge
from letters.services import batches, letter_rules
from staff.choices import Role
from tests.factories import MONDAY_9AM, make_case, make_client, make_contact, make_letter, make_placement, make_user
from tests.letters.steps import ask

pytestmark = pytest.mark.django_db
OVER = {"valid_until": date(2026, 2, 1)}


def url(name, *args):
    return reverse(f"letters:{name}", args=args)


def add(client, account="6299 0001", **fields):
    return Payee.objects.create(**{"client": client, "name": client.name, "bank": "律师费专户", "account": account, "valid_from": date(2026, 1, 1)} | fields)


@pytest.fixture
def editor(db):
    return make_user(Role.ADMINISTRATOR)


@pytest.fixture
def first(case):
    return case.client.payees.get()


@pytest.fixture
def second(case, first):
    return add(case.client)


@pytest.fixture
def template(case, demand, second, editor):
    """The client's own demand, with its second account."""
    return save(demand, editor, client=case.client, name="专户催告函", payee=second)


def save(template, by, **fields):
    same = {name: getattr(template, name) for name in ("client", "kind", "name", "heading", "body", "law_firm", "payee")}
    return services.save_template(**same | {"layout": Layout.of(template.layout), "by": by, "now": MONDAY_9AM} | fields)


def posted(template, **changes):
    """What the browser sends for the template's page."""
    layout = {name: value for name, value in Layout.of(template.layout).stored().items() if value not in (None, False)}
    return layout | {"heading": template.heading, "body": template.body, "seen": template.version, "payee": template.payee_id or ""} | changes


def end(payee):
    Payee.objects.filter(pk=payee.pk).update(**OVER)
    payee.refresh_from_db()


def test_cr_28_a_letter_names_its_templates_account(case, template, address, collector, second):
    letter = ask(case, template, address, collector)

    assert letter.payee == second


def test_cr_28_whoever_asks_may_choose_another_account_of_the_client(case, template, address, collector, first):
    letter = ask(case, template, address, collector, payee=first)

    assert letter.payee == first


def test_cr_28_an_account_that_ended_is_not_replaced_silently(case, template, address, collector, second):
    end(second)

    with pytest.raises(Refused) as refusal:
        ask(case, template, address, collector)

    assert refusal.value.rule == "CR-28"
    assert second.account in str(refusal.value)
    assert not Letter.objects.exists()


def test_a1_4_each_version_keeps_its_account(case, template, address, collector, editor, first, second):
    letter = ask(case, template, address, collector)

    newest = save(template, editor, payee=first)

    letter.refresh_from_db()
    template.refresh_from_db()
    assert (template.payee, newest.payee, letter.payee) == (second, first, second)
    assert AuditEvent.objects.filter(action="letter_template.saved").latest("pk").changes["payee"] == [str(second), str(first)]


def test_cr_28_a_version_used_again_brings_its_account_only_while_it_is_in_force(template, editor, first, second):
    save(template, editor, payee=first)

    again = services.reuse_template(template_id=template.pk, by=editor, now=MONDAY_9AM)
    save(again, editor, payee=first)
    end(second)
    with pytest.raises(Refused) as refusal:
        services.reuse_template(template_id=template.pk, by=editor, now=MONDAY_9AM)

    assert (again.payee, refusal.value.rule) == (second, "CR-28")


@pytest.mark.parametrize("whose", ["of another client", "over"])
def test_cr_28_a_template_is_not_saved_with_an_account_that_its_letters_may_not_name(template, editor, sign_in, case, whose):
    wrong = make_client().payees.get() if whose == "of another client" else add(case.client, "6299 0002", **OVER)

    with pytest.raises(Refused) as refusal:
        save(template, editor, payee=wrong)
    page = sign_in(editor).post(url("template-edit", template.pk), posted(template, payee=wrong.pk))

    assert [(problem.field, problem.rule) for problem in refusal.value.problems] == [("payee", "CR-28")]
    assert page.context["form"].errors["payee"]
    assert LetterTemplate.objects.filter(name=template.name).count() == 1


def test_cr_28_a_template_for_every_client_names_no_account(sign_in, demand, editor, second):
    """Refused in words, kept out by the database, and no field on its page."""
    with pytest.raises(Refused) as refusal:
        save(demand, editor, payee=second)
    with pytest.raises(IntegrityError), transaction.atomic():
        LetterTemplate.objects.filter(pk=demand.pk).update(payee=second)

    assert refusal.value.rule == "CR-28"
    assert "payee" not in sign_in(editor).get(url("template-edit", demand.pk)).context["form"].fields


def test_a1_4_the_account_is_shown_and_chosen_on_the_templates_page(sign_in, template, editor, first, second):
    browser, page = sign_in(editor), url("template-edit", template.pk)
    add(make_client(), "6299 0009")
    add(template.client, "6299 0002", **OVER)
    form = browser.get(page).context["form"]

    browser.post(page, posted(template, payee=first.pk))
    browser.post(url("template-edit", LetterTemplate.objects.latest("pk").pk), posted(template, payee="", seen=2))

    assert (form["payee"].value(), list(form.fields["payee"].queryset)) == (second.pk, [first, second])
    assert list(LetterTemplate.objects.filter(name=template.name).order_by("version").values_list("payee", flat=True)) == [second.pk, first.pk, None]


def test_cr_28_the_page_shows_an_account_that_ended_as_the_templates_own(sign_in, template, editor, first, second):
    end(second)

    form = sign_in(editor).get(url("template-edit", template.pk)).context["form"]

    assert (form["payee"].value(), list(form.fields["payee"].queryset)) == (second.pk, [first, second])


def test_cr_28_a_new_template_chooses_among_the_accounts_of_every_client(sign_in, demand, editor, case, first, second):
    """The page narrows them to the client that is chosen; the service has the last word."""
    browser, other = sign_in(editor), make_client().payees.get()
    data = posted(demand, name="新函", kind="demand", client=case.client.pk, seen=0)

    offered = set(browser.get(url("template-new")).context["form"].fields["payee"].queryset)
    refused = browser.post(url("template-new"), data | {"payee": other.pk})
    browser.post(url("template-new"), data | {"payee": second.pk})

    assert offered >= {first, second, other}
    assert refused.context["form"].errors["payee"]
    assert LetterTemplate.objects.get(name="新函").payee == second


def test_a1_4_the_preview_prints_the_account_and_says_when_it_ended(sign_in, template, editor, second):
    browser, data = sign_in(editor), posted(template, kind="demand", client=template.client_id)
    good = browser.post(url("template-preview"), data)
    end(second)

    late = browser.post(url("template-preview"), data)

    assert good.context["problems"] == []
    assert [(problem.field, problem.rule) for problem in late.context["problems"]] == [("payee", "CR-28")]


def test_a1_4_versions_that_differ_in_the_account_say_so(sign_in, template, editor, first, second):
    newest = save(template, editor, payee=first)

    parts = sign_in(editor).get(url("template-compare", newest.pk)).context["parts"]

    assert [[(row.before, row.after) for row in part["rows"]] for part in parts] == [[(str(second), str(first))]]


def test_cr_28_the_request_page_starts_with_the_templates_account(sign_in, case, template, address, collector, first, second):
    browser, new = sign_in(collector), url("letter-new")
    data = {"case": case.pk, "template": template.pk, "address": address.pk, "reason": "失联"}

    page = browser.get(new, {"case": case.pk})
    browser.post(new, data | {"payee": ""})

    assert list(page.context["form"].fields["payee"].queryset) == [first, second]
    assert page.context["form"]["payee"].value() is None
    assert f'data-payee="{second.label}"' in page.content.decode()
    assert Letter.objects.get().payee == second


def test_cr_28_where_the_templates_account_ended_the_only_one_left_can_be_chosen(sign_in, case, template, address, collector, first, second):
    end(second)
    browser, new = sign_in(collector), url("letter-new")
    data = {"case": case.pk, "template": template.pk, "address": address.pk, "reason": "失联"}

    refused = browser.post(new, data)
    browser.post(new, data | {"payee": first.pk})

    assert list(refused.context["form"].fields["payee"].queryset) == [first]
    assert "CR-28" in " ".join(refused.context["form"].non_field_errors())
    assert Letter.objects.get().payee == first


def test_cr_28_a_letter_to_another_address_names_the_same_account(case, template, collector, first, second, editor):
    letter = make_letter(case=case, template=template, state="returned", payee=first, requested_by=collector)
    other = letter.address.contact.addresses.create(text="浙江省宁波市海曙区中山路2号", kind="work", source="debtor", verification="verified")

    again = services.ask_again(letter=letter, address=other, reason="退回", by=collector, now=MONDAY_9AM)
    services.cancel_letter(letter_id=again.pk, reason="重来", by=collector, now=MONDAY_9AM)
    end(first)
    after = services.ask_again(letter=letter, address=other, reason="退回", by=collector, now=MONDAY_9AM)

    assert (again.payee, after.payee) == (first, second)


@pytest.fixture
def cases(placement, collector, second):
    return [make_case(placement=placement, holder=collector) for _ in range(2)]


def together(cases, template, by, clock, **fields):
    batch = batches.ask_for_letters(case_ids=[case.pk for case in cases], template=template, reason="批量", by=by, now=MONDAY_9AM, **fields)
    batches.work_on_batch(batch_id=batch.pk, clock=clock)
    return batch


def accounts_named():
    return set(Letter.objects.values_list("payee", flat=True))


def test_cr_28_letters_asked_for_together_name_the_templates_account(cases, template, collector, clock, second):
    together(cases, template, collector, clock)

    assert accounts_named() == {second.pk}


def test_cr_28_letters_asked_for_together_name_the_account_chosen_for_them(cases, template, collector, clock, first):
    batch = together(cases, template, collector, clock, payee=first)

    assert (accounts_named(), batch.payee) == ({first.pk}, first)


def test_cr_28_without_an_account_of_the_template_each_client_has_its_first(cases, demand, collector, clock, first, placement):
    other = make_case(placement=make_placement(team=placement.team), holder=collector)

    together([*cases, other], demand, collector, clock)

    assert accounts_named() == {first.pk, other.client.payees.get().pk}


def test_cr_28_an_account_for_the_cases_of_two_clients_is_refused(cases, demand, collector, clock, first, placement):
    other = make_case(placement=make_placement(team=placement.team), holder=collector)

    with pytest.raises(Refused) as refusal:
        together([*cases, other], demand, collector, clock, payee=first)

    assert refusal.value.rule == "CR-28"
    assert not LetterBatch.objects.exists()


def test_cr_28_who_would_be_refused_for_the_account_is_said_first(cases, template, collector, clock, first, second):
    end(second)
    rows = cases_to_judge(type(cases[0]).objects.filter(pk__in=[case.pk for case in cases]))

    by_template = batches.preview(rows, template=template, by=collector, now=MONDAY_9AM)
    by_choice = batches.preview(rows, template=template, payee=first, by=collector, now=MONDAY_9AM)
    batch = together(cases, template, collector, clock)

    assert (by_template[0], {rule for _case, rule, _why in by_template[1]}) == (0, {"CR-28"})
    assert by_choice == (2, [])
    assert set(batch.lines.values_list("refused_by", flat=True)) == {"CR-28"}


def test_a1_4_the_batch_page_offers_accounts_where_all_cases_are_of_one_client(sign_in, cases, demand, template, collector, placement, first, second):
    browser, page = sign_in(collector), url("batch-new")
    other = make_case(placement=make_placement(team=placement.team), holder=collector)
    data = {"ids": [case.pk for case in cases], "template": demand.pk, "reason": "批量", "payee": second.pk}

    of_two = browser.post(page, {"ids": [cases[0].pk, other.pk]}).context["form"]
    of_one_account = browser.post(page, {"ids": [other.pk]}).context["form"]
    previewed = browser.post(page, data | {"step": "preview"})
    asked = browser.post(page, data | {"step": "ask"}, follow=True)

    assert ("payee" in of_two.fields, "payee" in of_one_account.fields) == (False, False)
    assert list(previewed.context["form"].fields["payee"].queryset) == [first, second]
    assert previewed.context["good"] == 2
    assert accounts_named() == {second.pk}
    assert second.account in asked.content.decode()


def test_cr_28_the_batch_page_takes_no_other_clients_account(sign_in, cases, demand, collector):
    other = make_client().payees.get()
    data = {"ids": [case.pk for case in cases], "template": demand.pk, "reason": "批量", "payee": other.pk, "step": "ask"}

    answer = sign_in(collector).post(url("batch-new"), data)

    assert answer.context["form"].errors["payee"]
    assert not LetterBatch.objects.exists()


def test_a1_4_a_letter_rule_names_its_templates_account(cases, template, lead, clock, second):
    rule = letter_rules.save_rule(
        name="高额", client=template.client, template=template, stages=[], lost_contact=False, balance_over=1, overdue_over=None, quiet_days=30,
        is_daily=False, by=lead, now=MONDAY_9AM,
    )  # fmt: skip

    batch = letter_rules.run_rule(rule_id=rule.pk, by=lead, now=MONDAY_9AM)
    batches.work_on_batch(batch_id=batch.pk, clock=clock)

    assert accounts_named() == {second.pk}


def api(browser, case, **asked):
    return browser.post(reverse("workbench:api-letters", args=[case.pk]), asked, content_type="application/json")


def test_a1_4_the_api_offers_accounts_and_takes_one(sign_in, case, template, address, collector, first, second):
    browser = sign_in(collector)
    offered = browser.get(reverse("workbench:api-letter-choices", args=[case.pk])).json()

    made = api(browser, case, template=template.pk, address=address.pk, reason="失联", payee=first.pk)

    assert [row["code"] for row in offered["payees"]] == [str(first.pk), str(second.pk)]
    assert {row["code"]: row["payee"] for row in offered["templates"]}[str(template.pk)] == str(second.pk)
    assert (made.status_code, Letter.objects.get().payee) == (201, first)


@pytest.mark.parametrize("left_out", [{}, {"payee": None}])
def test_a1_4_the_api_takes_the_templates_account_when_none_is_given(sign_in, case, template, address, collector, second, left_out):
    made = api(sign_in(collector), case, template=template.pk, address=address.pk, reason="失联", **left_out)

    assert (made.status_code, Letter.objects.get().payee) == (201, second)


def test_cr_28_the_api_knows_no_other_clients_account_and_refuses_one_that_ended(sign_in, case, template, address, collector, second):
    end(second)
    browser, asked = sign_in(collector), {"template": template.pk, "address": address.pk, "reason": "失联"}

    foreign = api(browser, case, **asked, payee=make_client().payees.get().pk)
    late = api(browser, case, **asked, payee=second.pk)

    assert (foreign.status_code, late.status_code, late.json()["rule"]) == (404, 409, "CR-28")
    assert not Letter.objects.exists()


def test_cr_12_with_a_third_party_on_the_line_the_api_names_no_account(sign_in, case, template, collector, first, second):
    """An account's holder is the bank."""
    brother = make_contact(case, "sibling", phone="13922223333")
    browser, path = sign_in(collector), reverse("workbench:api-letter-choices", args=[case.pk])
    with time_machine.travel(MONDAY_9AM, tick=True):
        before = browser.get(path).json()["payees"]
        note_inbound(case=case, contact=brother, phone=brother.phones.get(), by=collector, now=MONDAY_9AM)

        during = browser.get(path)

    assert len(before) == 2
    assert during.json()["payees"] == []
    assert case.client.name not in during.content.decode()
