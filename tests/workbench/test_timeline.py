"""The timeline of a case: every source in its own words, the latest first."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import translation

from audit.models import AuditEvent
from cases.models import BalanceEntry, ClientNote, Payment, RegistryRequest
from cases.services.casework import move_case
from collection.lib.money import format_money
from tests.factories import MONDAY_9AM, make_caller, make_case, make_letter, make_placement, make_record, make_template
from workbench.selectors.case_view import CaseView

pytestmark = pytest.mark.django_db


def after(minutes):
    return MONDAY_9AM + timedelta(minutes=minutes)


@pytest.fixture
def caller(team):
    return make_caller(team=team, name="张明")


@pytest.fixture
def case(team, caller):
    return make_case(placement=make_placement(team=team), holder=caller)


def lines_of(case, person):
    with translation.override("en"):
        return [(line.at, line.kind, line.title, line.text, line.person, line.tone) for line in CaseView(case, user=person, now=after(60)).timeline]


def test_every_source_speaks_in_its_own_words_the_latest_first(case, caller):
    record = make_record(case, caller, at=after(1), note="下周再联系")
    make_letter(case=case, template=make_template(name="函", version=2), requested_by=caller, requested_at=after(2))
    RegistryRequest.objects.create(case=case, legal_basis="client", purpose="x", requested_by=caller, requested_at=after(3))
    Payment.objects.create(case=case, amount=Decimal("500.5"), paid_on=date(2026, 11, 21), method="微信", credited_to=caller, at=after(4))
    account = case.accounts.get()
    BalanceEntry.objects.create(
        case=case, account=account, currency="CNY", before=Decimal("10000"), after=Decimal("9800"), as_of=date(2026, 11, 22), reason="stated", at=after(5), by=caller
    )  # fmt: skip
    ClientNote.objects.create(case=case, kind="warning", at=after(6), text="注意用语", text_index="1", created_at=after(6), created_by=caller)
    ClientNote.objects.create(case=case, kind="record", at=after(7), person="李", result="无人", text="打 13900001111", text_index="2", created_at=after(7))
    move_case(case, "working", by=caller, at=after(8), reason="开始")

    lines = lines_of(case, caller)

    moved = AuditEvent.objects.about(case).get(action="case.moved")
    assert lines[0][:2] == (after(8), "trail")
    assert lines[0][3].endswith("开始")
    assert lines[0][4:] == (moved.actor, "quiet")
    assert [(kind, text, person, tone) for _at, kind, _title, text, person, tone in lines[1:]] == [
        ("note", "无人 打 139****1111", "李", "quiet"),
        ("warning", "注意用语", "张明", "warn"),
        ("balance", "", "张明", "active"),
        ("payment", "微信 Credited to 张明.", "", "good"),
        ("registry", "Awaiting approval", "张明", "active"),
        ("letter", "Awaiting approval", "张明", "active"),
        ("call", "下周再联系", "张明", "quiet"),
    ]
    assert [title for _at, _kind, title, *_rest in lines[3:7]] == [
        f"The bank states the balance as of 2026-11-22: {format_money(Decimal(10000))} → {format_money(Decimal(9800))}",
        f"Payment of {format_money(Decimal('500.50'))} on 2026-11-21",
        "Registry look-up",
        "函 v2",
    ]
    assert [at for at, *_rest in lines] == [after(minutes) for minutes in (8, 7, 6, 5, 4, 3, 2, 1)]
    with translation.override("en"):
        assert lines[7][2] == f"Debtor {case.debtor.name} · {record.outcome}"


def test_another_cases_lines_are_not_on_it(case, caller):
    other = make_case(placement=case.placement, debtor=case.debtor, holder=caller)
    make_record(other, caller)
    ClientNote.objects.create(case=other, kind="warning", at=after(6), text="x", text_index="1", created_at=after(6))
    move_case(other, "working", by=caller, at=after(8))

    assert lines_of(case, caller) == []


def test_fifty_of_each_source_are_shown_the_latest(case, caller):
    for minutes in range(51):
        ClientNote.objects.create(case=case, kind="warning", at=after(minutes), text="x", text_index=str(minutes), created_at=MONDAY_9AM)
    make_record(case, caller, at=after(-1))

    lines = lines_of(case, caller)

    assert [(at, kind) for at, kind, *_rest in lines] == [*((after(minutes), "warning") for minutes in range(50, 0, -1)), (after(-1), "call")]
