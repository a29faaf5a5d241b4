"""Updates under a killed worker, and two of them at once (PostgreSQL): each payment once, nothing half done (F01, F10, F24)."""

import os
import signal
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from audit.models import AuditEvent
from cases.models import BalanceEntry, Case, ImportRun, Payment
from cases.services import imports
from cases.services.endings import end_case
from tests.cases import files
from tests.cases.test_faults import start_worker
from tests.cases.test_together import at_once
from tests.cases.updates import check_ledger
from tests.factories import MONDAY_9AM

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True)]
DAY = MONDAY_9AM.date() - timedelta(days=1)


def payments(count: int, number: str = "A{}", **cells) -> list[dict]:
    return [{"案件编号": number.format(index), "还款金额": 100, "还款日期": DAY} | cells for index in range(1, count + 1)]


@pytest.fixture
def committing(checked_update, specialist):
    def commit(kind: str, rows: list[dict]) -> ImportRun:
        run = checked_update(kind, rows)
        return imports.commit_import(run_id=run.pk, by=specialist, now=MONDAY_9AM)

    return commit


@pytest.mark.slow
@pytest.mark.postgres
def test_a_killed_worker_leaves_nothing_and_the_next_one_does_it_once(committed, committing):
    """F01, F02: 0 payments before; afterwards each once, the run committed once."""
    committed(files.workbook([files.row(案件编号=f"A{number}", 委案金额=1000) for number in range(1, 2001)]))
    run = committing("payment", payments(2000))
    worker = start_worker(run)
    until = time.monotonic() + 60
    while time.monotonic() < until and not ImportRun.objects.get(pk=run.pk).worked_on_at:
        time.sleep(0.01)
    time.sleep(0.2)  # it has begun; two thousand rows take longer
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    run.refresh_from_db()
    seen = (run.state, Payment.objects.count(), BalanceEntry.objects.count())

    for minutes in (2, 3):
        imports.write_import(run_id=run.pk, clock=lambda late=minutes: timezone.now() + timedelta(minutes=late))

    run.refresh_from_db()
    assert seen == ("committing", 0, 0)
    assert (run.state, Payment.objects.count(), BalanceEntry.objects.count()) == ("committed", 2000, 2000)
    assert AuditEvent.objects.filter(action="case.paid").count() == 2000


@pytest.mark.postgres
def test_two_specialists_import_the_same_payments_at_once(placed, committing):
    """Two files, the same payments: one is written, the other goes back to the check, which knows them."""
    runs = [committing("payment", payments(3)), committing("payment", payments(3, 还款方式="微信"))]

    at_once(*(lambda run=run: imports.write_import(run_id=run.pk, clock=timezone.now) for run in runs))

    states = sorted(ImportRun.objects.filter(pk__in=[run.pk for run in runs]).values_list("state", flat=True))
    back = ImportRun.objects.get(state="mapped")
    imports.check_import(run_id=back.pk, clock=timezone.now)
    back.refresh_from_db()
    assert states == ["committed", "mapped"]
    assert Payment.objects.count() == 3
    assert back.summary["codes"] == {"payment_known": 3}
    for case in placed.values():
        check_ledger(case)


@pytest.mark.postgres
def test_a_recall_by_hand_and_by_file_at_once_end_the_case_once(placed, committing, specialist):
    run = committing("recall", [{"案件编号": "A1", "操作类型": "撤案"}])

    at_once(
        lambda: imports.write_import(run_id=run.pk, clock=timezone.now),
        lambda: end_case(case_id=placed["A1"].pk, to="returned", reason="到期", by=specialist, now=timezone.now()),
    )

    run.refresh_from_db()
    state = Case.objects.get(pk=placed["A1"].pk).state
    assert (state, run.state) in {("recalled", "committed"), ("returned", "mapped")}
    assert AuditEvent.objects.filter(action="case.moved").count() == 1


class Broken(Exception):
    """The statement that was to be broken."""


@pytest.mark.parametrize(
    ("kind", "row"),
    [
        ("payment", {"还款金额": 1000, "还款日期": DAY, "是否结清": "是"}),
        ("balance", {"最新欠款": 9000, "截止日期": DAY}),
        ("recall", {"操作类型": "撤案"}),
        ("contact", {"新手机": "13700009999"}),
    ],
)
def test_broken_off_at_any_statement_nothing_is_half_done(placed, committing, collector, kind, row):
    """F24: after each the old state or the new one."""
    run = committing(kind, [{"案件编号": "A1"} | row])
    before = _state(placed["A1"])
    broken = 0
    for number in range(1, 200):
        if _write_broken_at(number, run):
            broken += 1
            assert _state(placed["A1"]) == before
            ImportRun.objects.filter(pk=run.pk).update(worked_on_at=None, attempts=0)
        else:
            break

    run.refresh_from_db()
    assert (run.state, broken > 10) == ("committed", True)
    assert _state(placed["A1"]) != before


def _write_broken_at(number: int, run: ImportRun) -> bool:
    """Whether it was broken: at the n-th change that it makes."""
    count = 0

    def breaking(execute, sql, params, many, context):
        nonlocal count
        if sql.startswith(("INSERT", "UPDATE", "DELETE")):
            count += 1
            if count == number + 1:  # the first is the claim
                raise Broken
        return execute(sql, params, many, context)

    try:
        with connection.execute_wrapper(breaking):
            imports.write_import(run_id=run.pk, clock=lambda: MONDAY_9AM)
    except Broken:
        return True
    return False


def _state(case: Case) -> tuple:
    counts = [model.objects.count() for model in (Payment, BalanceEntry, AuditEvent)]
    return (
        Case.objects.values().get(pk=case.pk),
        tuple(case.accounts.values_list("balance", "stated_on")),
        counts,
        case.contacts.get(relation="self").phones.count(),
    )
