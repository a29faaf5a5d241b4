from datetime import date, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction

from audit.models import AuditEvent
from compliance.models import ClientInstruction, ContactPolicy, DoNotContact, Script
from compliance.selectors import Counts, figure_in_force, has_open_order, limits_in_force, objection_text, script_for
from compliance.services import (
    BadInstruction,
    BadPolicy,
    BadScript,
    CrossesWall,
    approve_instruction,
    ask_gate,
    do_not_contact,
    enter_instruction,
    replay,
    save_script,
    set_policy,
)
from staff.choices import Role
from tests.factories import MONDAY_9AM, SHANGHAI, make_caller, make_case, make_client, make_user

pytestmark = pytest.mark.django_db
TEN = MONDAY_9AM + timedelta(hours=1)


@pytest.fixture
def administrator():
    return make_user(Role.ADMINISTRATOR)


def ask(case, *, by, now=TEN, counts=Counts(), attempts=()):  # noqa: B008 -- frozen
    contact = case.contacts.get(relation="self")
    return ask_gate(case=case, contact=contact, phone=contact.phones.get(), counts=counts, attempts=list(attempts), by=by, now=now)


def test_ask_gate_allows_a_trained_caller_in_office_hours_and_keeps_the_answer():
    """CR-01 … CR-50: nothing stands in the way."""
    caller = make_caller()
    case = make_case(holder=caller)

    verdict = ask(case, by=caller)

    assert (verdict.allowed, verdict.objections) == (True, [])
    assert AuditEvent.objects.about(verdict).get().action == "gate.answered"


def test_ask_gate_refuses_with_every_rule_its_version_and_the_counts():
    """CR-02, CR-03, CR-04, CR-47"""
    person = make_user(Role.COLLECTOR)
    case = make_case()

    verdict = ask(case, by=person, now=MONDAY_9AM.replace(hour=21), counts=Counts(attempts_today=6, effective_today=3))

    assert [(row["rule"], row["version"]) for row in verdict.objections] == [("CR-47", 0), ("CR-02", 1), ("CR-03", 1), ("CR-04", 1)]
    assert [objection_text(row) != "" for row in verdict.objections] == [True] * 4


def test_ask_gate_refuses_when_the_entrustment_has_ended():
    """CR-19"""
    caller = make_caller()
    case = make_case(holder=caller)
    case.client.entrusted_until = date(2026, 11, 22)

    assert [row["rule"] for row in ask(case, by=caller).objections] == ["CR-19"]


def test_a_rule_changed_at_midnight_judges_calls_from_then_on_and_old_ones_as_before(administrator):
    """Rule version changes at 00:00: verdicts before use v1, after use v2; a replay gives the old verdict."""
    caller, case, midnight = make_caller(), make_case(), datetime(2026, 11, 24, tzinfo=SHANGHAI)
    before = ask(case, by=caller, now=midnight - timedelta(hours=5), counts=Counts(attempts_today=4))
    set_policy(key="voice.attempts.per_number_day", layer="company", value={"limit": 5}, valid_from=TEN, source="x", by=administrator, now=TEN)
    set_policy(key="voice.attempts.per_number_day", layer="company", value={"limit": 2}, valid_from=midnight, source="x", by=administrator, now=TEN)

    on_the_eve = ask(case, by=caller, now=midnight - timedelta(hours=5), counts=Counts(attempts_today=4))
    after = ask(case, by=caller, now=midnight + timedelta(hours=10), counts=Counts(attempts_today=4))

    assert (before.allowed, on_the_eve.allowed, after.allowed) == (True, True, False)
    assert [(row["rule"], row["version"]) for row in after.objections] == [("CR-04", 2)]
    assert [replay(verdict) for verdict in (before, on_the_eve, after)] == [before.objections, on_the_eve.objections, after.objections]


def test_set_policy_refuses_what_crosses_the_wall(administrator):
    """CR-01: a rule edited to 07:00 is refused."""
    with pytest.raises(CrossesWall):
        set_policy(key="contact.window", layer="company", value={"from": "07:00", "to": "20:00"}, valid_from=TEN, source="x", by=administrator, now=TEN)

    assert ContactPolicy.objects.filter(created_by=administrator).count() == 0


@pytest.mark.parametrize(("layer", "valid_from"), [("law", TEN), ("client", TEN), ("company", TEN - timedelta(days=1))], ids=["law", "no client", "past"])
def test_set_policy_refuses_the_laws_rows_and_the_past(administrator, layer, valid_from):
    """Layering: the law's rows come with the product; a change is for the future."""
    with pytest.raises(BadPolicy):
        set_policy(key="contact.window", layer=layer, value={"from": "09:00", "to": "19:00"}, valid_from=valid_from, source="x", by=administrator, now=TEN)

    assert ContactPolicy.objects.filter(created_by=administrator).count() == 0


def test_a_clients_limit_holds_for_its_cases_only(administrator):
    ours, theirs = make_client(), make_client()
    values = {"valid_from": TEN, "source": "合同", "by": administrator, "now": TEN}

    set_policy(key="voice.effective.per_debtor_day", layer="client", client=ours, value={"limit": 1}, **values)

    later = TEN + timedelta(minutes=1)
    assert figure_in_force("voice.effective.per_debtor_day", ours, later) == 1
    assert figure_in_force("voice.effective.per_debtor_day", theirs, later) == 3
    assert len(limits_in_force(theirs, later)) == 17  # business hours concern neither


def test_do_not_contact_bars_the_number_for_every_case_at_once():
    """CR-13"""
    caller = make_caller()
    ours, theirs = make_case(holder=caller, phone="13800000001"), make_case(phone="13800000001")
    phone = ours.contacts.get().phones.get()

    do_not_contact(phone=phone, reason="别再打", by=caller, now=TEN, case=ours)
    do_not_contact(phone=phone, reason="again", by=caller, now=TEN, case=ours)

    assert [row["rule"] for row in ask(theirs, by=caller, now=TEN).objections] == ["CR-13"]
    assert DoNotContact.objects.get().reason == "别再打"
    assert AuditEvent.objects.filter(action="number.barred").count() == 1


def test_the_seeded_scripts_say_who_calls_and_a_third_party_hears_nothing_of_the_debt():
    """CR-12, CR-20, E13"""
    client = make_client()

    debtor, third = script_for(client, "debtor", TEN), script_for(client, "third_party", TEN)

    opening = debtor.text.split("{identity}")[0]
    assert all(place in opening for place in ("{company}", "{bank}", "{staff_no}", "录音"))
    assert "{amount}" not in opening
    assert not any(place in third.text for place in ("{bank}", "{amount}", "欠款", "逾期", "还款"))


def test_a_new_version_of_a_script_ends_the_one_before(administrator):
    """E13"""
    client, text = make_client(), "我是{company},工号{staff_no}。请转告{name}回电。"
    first = save_script(client=client, target="third_party", title="第三人", text=text, valid_from=TEN, by=administrator, now=TEN)

    second = save_script(
        client=client, target="third_party", title="第三人", text=text + "谢谢。", valid_from=TEN + timedelta(days=1), by=administrator, now=TEN
    )

    first.refresh_from_db()
    assert (second.version, first.valid_to) == (2, second.valid_from)
    assert script_for(client, "third_party", TEN) == first
    assert script_for(client, "third_party", TEN + timedelta(days=1)) == second


@pytest.mark.parametrize(
    ("target", "text", "rule"),
    [
        ("third_party", "{company}{staff_no}受{bank}委托", "CR-12"),
        ("third_party", "我是{company}", "CR-20"),
        ("debtor", "{company}{staff_no}{bank}欠{amount}{identity}", "CR-17"),
        ("debtor", "{company}{staff_no}{bank}您好", "CR-17"),
        ("debtor", "{company}{staff_no}{identity}{bank}", "CR-20"),
        ("debtor", "{company}{staff_no}{bank}{identity}不还就坐牢", "CR-31"),
        ("debtor", "{company}{staff_no}{bank}{identity}不还就会“坐牢”", "CR-31"),
        ("third_party", "{company}{staff_no}{name}欠 款逾期", "CR-12"),
        ("debtor", "{company}{staff_no}{bank}您的贷款已到期{identity}", "CR-17"),
    ],
)
def test_save_script_refuses_a_text_that_breaks_a_rule(administrator, target, text, rule):
    """CR-12, CR-17, CR-20, CR-31"""
    with pytest.raises(BadScript) as refusal:
        save_script(target=target, title="x", text=text, valid_from=TEN, by=administrator, now=TEN)

    assert refusal.value.rule == rule
    assert not Script.objects.filter(title="x").exists()


def test_a_written_instruction_opens_the_order_once_the_gm_office_approved_it():
    """A3.2, CR-10: number, file, expiry, approval by another person."""
    lead, office, client = make_user(Role.TEAM_LEAD), make_user(Role.GM_OFFICE), make_client()
    file = SimpleUploadedFile("函.pdf", b"%PDF-1.4")
    instruction = enter_instruction(client=client, number="函2026-1", valid_from=date(2026, 11, 1), expires_on=date(2026, 12, 31), file=file, by=lead, now=TEN)

    entered = has_open_order(client, date(2026, 11, 23))
    with pytest.raises(BadInstruction):
        approve_instruction(instruction_id=instruction.pk, by=lead, now=TEN)
    approve_instruction(instruction_id=instruction.pk, by=office, now=TEN)

    days = [date(2026, 10, 31), date(2026, 11, 1), date(2026, 12, 31), date(2027, 1, 1)]
    assert (entered, [has_open_order(client, day) for day in days]) == (False, [False, True, True, False])


def test_nobody_approves_their_own_instruction_even_in_the_database():
    lead, client = make_user(Role.TEAM_LEAD), make_client()

    with pytest.raises(IntegrityError, match="compliance_nobody_approves_own_instruction"), transaction.atomic():
        ClientInstruction.objects.create(
            client=client, number="1", valid_from=date(2026, 11, 1), expires_on=date(2026, 12, 1),
            entered_by=lead, entered_at=TEN, approved_by=lead, approved_at=TEN,
        )  # fmt: skip
