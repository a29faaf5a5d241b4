"""What tests of the banks' other files look at."""

from decimal import Decimal

from django.db.models import Sum

from cases.models import BalanceEntry, Case, ImportRun
from cases.services.balances import Ledger


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
