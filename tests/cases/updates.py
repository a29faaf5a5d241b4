"""What tests of the banks' other files look at."""

from datetime import date
from decimal import Decimal

from django.db.models import Sum

from cases.choices import FileKind
from cases.models import BalanceEntry, Case, ImportRun
from cases.services import imports
from cases.services.balances import Ledger
from staff.models import User
from tests.factories import MONDAY_9AM

DAY = date(2026, 11, 21)


def paid(case_no: str = "A1", amount=2500, day: date = DAY, **cells) -> dict:
    return {"案件编号": case_no, "还款金额": amount, "还款日期": day} | cells


ONE_OF_EACH = {
    FileKind.BALANCE: [{"案件编号": "A1", "最新欠款": 9000, "截止日期": date(2026, 11, 22)}],
    FileKind.PAYMENT: [paid("A1")],
    FileKind.RECALL: [{"案件编号": "A1", "操作类型": "停催", "停催原因": "投诉处理中"}],
    FileKind.RETENTION: [{"案件编号": "A1", "留案至": date(2027, 3, 31)}],
    FileKind.WARNING: [{"案件编号": "A1", "警告信息": "客户患病，注意态度"}],
    FileKind.RECORD: [{"案件编号": "A1", "催收时间": "2026-10-08 10:30", "催收内容": "本人称月底还款", "催收员": "张明"}],
    FileKind.CONTACT: [{"案件编号": "A1", "新手机": "13700009999"}],
}


def commit(run: ImportRun, specialist: User) -> ImportRun:
    imports.commit_import(run_id=run.pk, by=specialist, now=MONDAY_9AM)
    imports.write_import(run_id=run.pk, clock=lambda: MONDAY_9AM)
    run.refresh_from_db()
    return run


def codes_of(run: ImportRun) -> list[str]:
    """The findings in the order of the rows."""
    return list(run.findings.exclude(row=None).order_by("row", "pk").values_list("code", flat=True))


def changes_of(run: ImportRun) -> list[list[list[str]]]:
    return [row.values.get("changes") for row in run.rows.order_by("pk")]


def check_ledger(case: Case) -> None:
    """I2: each account's ledger opens with the amount placed, has no gap, and ends with what is owed; the accounts make up the case."""
    case = Case.objects.get(pk=case.pk)
    accounts = Ledger([case]).accounts[case.pk]
    for account in accounts:
        entries = list(BalanceEntry.objects.filter(account=account).order_by("pk"))
        assert [entry.before for entry in entries] == [account.amount, *(entry.after for entry in entries)][: len(entries)]
        assert account.owed == (entries[-1].after if entries else account.amount)
    assert case.balance == sum((account.owed for account in accounts if account.currency == "CNY"), Decimal(0))
    for payment in case.payments.all():
        moved = payment.entries.aggregate(before=Sum("before"), after=Sum("after"))
        assert moved["before"] is None or moved["before"] - moved["after"] == payment.amount
