"""A1.4: letters asked for on many cases, by hand or by a rule: who is refused is said, nothing twice, and a killed worker's rest goes on."""

from datetime import timedelta

import pytest

from collection.lib.errors import Refused
from letters.models import BatchLine, Letter, LetterBatch, LetterRule
from letters.selectors import cases_to_judge
from letters.services import batches, letter_rules
from staff.choices import Role
from staff.models import Notice
from tests.factories import MONDAY_9AM, make_case, make_letter, make_team, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def cases(placement, collector):
    return [make_case(placement=placement, holder=collector) for _ in range(3)]


def ask(cases, demand, by, **fields):
    return batches.ask_for_letters(case_ids=[case.pk for case in cases], template=demand, reason="电话无人接听", by=by, now=MONDAY_9AM, **fields)


def test_each_case_gets_its_letter_or_the_rule_that_refused(cases, demand, collector, lead, clock):
    cases[0].stopped_at = MONDAY_9AM
    cases[0].save()
    cases[1].contacts.get(relation="self").addresses.update(verification="wrong")
    batch = ask(cases, demand, collector)

    batches.work_on_batch(batch_id=batch.pk, clock=clock)

    lines = list(BatchLine.objects.order_by("case_id").values_list("letter__state", "refused_by"))
    assert lines == [(None, "A1.4"), (None, "A1.4"), ("requested", "")]
    assert LetterBatch.objects.get().finished_at is not None
    assert Notice.objects.filter(recipient=lead).count() == 1


def test_only_cases_that_the_asker_sees(cases, demand, collector):
    # S01: one foreign case, and nothing is asked for
    with pytest.raises(Refused):
        ask([*cases, make_case()], demand, collector)

    assert not LetterBatch.objects.exists()


def test_a_killed_worker_leaves_no_case_twice_or_forgotten(cases, demand, collector, clock, monkeypatch):
    # F01: killed in the middle, called twice, taken up again
    batch, asked = ask(cases, demand, collector), batches.request_letter

    def dies(**fields):
        if Letter.objects.count() == 1:
            raise SystemExit
        return asked(**fields)

    with monkeypatch.context() as patched:
        patched.setattr(batches, "request_letter", dies)
        with pytest.raises(SystemExit):
            batches.work_on_batch(batch_id=batch.pk, clock=clock)
    assert not batches.work_on_batch(batch_id=batch.pk, clock=clock)
    assert batches.work_on_next_batch(clock=lambda: clock() + timedelta(minutes=10))
    assert not batches.work_on_next_batch(clock=lambda: clock() + timedelta(minutes=30))

    assert sorted(Letter.objects.values_list("case", flat=True)) == sorted(case.pk for case in cases)


def test_a_letter_of_its_kind_on_the_way_bars_another_to_any_address(cases, demand, collector, clock):
    letter = make_letter(case=cases[0], state="dispatched")
    letter.address.contact.addresses.create(text="浙江省宁波市海曙区中山路2号", kind="work", source="debtor", verification="verified")

    good, refused = batches.preview(cases_to_judge(type(cases[0]).objects.order_by("pk")), template=demand, by=collector, now=MONDAY_9AM)
    batches.work_on_batch(batch_id=ask(cases, demand, collector).pk, clock=clock)

    assert (good, [case for case, _rule, _why in refused]) == (2, [cases[0]])
    assert Letter.objects.filter(case=cases[0]).count() == 1


def test_who_lost_the_right_meanwhile_asks_for_nothing(cases, demand, collector, clock):
    # S10: the rights are those of the moment of work
    batch = ask(cases, demand, collector)
    collector.groups.clear()

    batches.work_on_batch(batch_id=batch.pk, clock=clock)

    assert not Letter.objects.exists()
    assert BatchLine.objects.exclude(refusal="").count() == 3


def test_the_list_asks_for_a_selection_with_a_preview(sign_in, cases, demand, collector):
    ids, fields = [case.pk for case in cases], {"template": demand.pk, "reason": "失联"}
    browser = sign_in(collector)

    first = browser.post("/letters/batches/new/", {"ids": ids})
    preview = browser.post("/letters/batches/new/", {"ids": ids, "step": "preview"} | fields)
    assert (first.status_code, preview.context["good"], Letter.objects.count()) == (200, 3, 0)
    done = browser.post("/letters/batches/new/", {"ids": ids, "step": "ask"} | fields, follow=True)

    assert Letter.objects.count() == 3
    assert done.context["batch"].asked == 3
    assert browser.post("/letters/batches/new/", {"ids": [make_case().pk]}).status_code == 404


# --- Rules -----------------------------------------------------------------------------------------------------------------------


def rule_of(demand, by, **fields):
    given = {
        "name": "M3失联",
        "client": None,
        "template": demand,
        "stages": ["M3"],
        "lost_contact": True,
        "balance_over": None,
        "overdue_over": None,
        "quiet_days": 30,
        "is_daily": False,
    }
    return letter_rules.save_rule(**given | fields, by=by, now=MONDAY_9AM)


@pytest.fixture
def lost(cases):
    type(cases[0]).objects.filter(pk__in=[case.pk for case in cases[:2]]).update(state="lost_contact")
    return cases[:2]


def test_a_rule_finds_its_cases_of_the_own_team_only(lost, cases, demand, lead):
    make_case(state="lost_contact")
    make_letter(case=lost[0], state="delivered", dispatched_at=MONDAY_9AM - timedelta(days=10))
    rule = rule_of(demand, lead)

    assert list(letter_rules.cases_of_rule(rule, by=lead, now=MONDAY_9AM)) == [lost[1]]
    assert set(letter_rules.cases_of_rule(rule, by=lead, now=MONDAY_9AM + timedelta(days=21))) == set(lost)


@pytest.mark.parametrize(("fields", "count"), [({"balance_over": 9_999}, 3), ({"balance_over": 10_000}, 0), ({"stages": ["M4"]}, 0)])
def test_conditions_narrow(cases, demand, lead, fields, count):
    rule = rule_of(demand, lead, **{"lost_contact": False} | fields)

    assert letter_rules.cases_of_rule(rule, by=lead, now=MONDAY_9AM).count() == count


def test_a_daily_rule_asks_once_a_day_and_not_again_while_letters_are_out(lost, demand, lead, clock):
    rule_of(demand, lead, is_daily=True)

    ran = [letter_rules.run_daily_rules(now=MONDAY_9AM + timedelta(hours=hour)) for hour in range(3)]
    while batches.work_on_next_batch(clock=clock):
        pass
    tomorrow = letter_rules.run_daily_rules(now=MONDAY_9AM + timedelta(days=1))

    assert (ran, tomorrow) == ([1, 0, 0], 0)
    assert {letter.requested_by for letter in Letter.objects.all()} == {lead}
    assert Letter.objects.count() == 2


def test_by_hand_and_by_the_clock_on_one_day_is_once(lost, demand, lead):
    rule = rule_of(demand, lead, is_daily=True)
    letter_rules.run_rule(rule_id=rule.pk, by=lead, now=MONDAY_9AM)

    with pytest.raises(Refused):
        letter_rules.run_rule(rule_id=rule.pk, by=lead, now=MONDAY_9AM)

    assert letter_rules.run_daily_rules(now=MONDAY_9AM) == 0
    assert LetterBatch.objects.count() == 1


def test_the_rule_of_somebody_who_may_no_longer_ask_rests(lost, demand, lead, gm):
    rule_of(demand, lead, is_daily=True)
    lead.groups.clear()

    assert letter_rules.run_daily_rules(now=MONDAY_9AM) == 0

    assert not LetterRule.objects.get().is_daily
    assert Notice.objects.filter(recipient=gm).count() == 1


def test_rules_are_for_leads_and_head_office(demand, collector, lead, gm):
    with pytest.raises(Refused):
        rule_of(demand, collector)
    with pytest.raises(Refused):
        rule_of(demand, lead, stages=[], lost_contact=False)
    rule = rule_of(demand, lead)

    assert list(letter_rules.rules_visible_to(gm)) == [rule]
    assert not letter_rules.rules_visible_to(make_team().lead).exists()


def test_the_page_of_a_rule_shows_before_it_asks(sign_in, lost, demand, lead):
    rule = rule_of(demand, lead)
    lost[0].contacts.get(relation="self").addresses.update(verification="wrong")
    browser = sign_in(lead)

    page = browser.get(f"/letters/rules/{rule.pk}/")
    assert (page.context["count"], page.context["good"], len(page.context["refused"]), Letter.objects.count()) == (2, 1, 1, 0)
    browser.post(f"/letters/rules/{rule.pk}/run/")

    assert Letter.objects.get().case == lost[1]
    assert sign_in(make_user(Role.COLLECTOR)).get(f"/letters/rules/{rule.pk}/").status_code == 403
