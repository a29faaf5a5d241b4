"""How the check came out, in figures."""

from decimal import Decimal
from typing import Any

from django.db.models import Count, QuerySet, Sum

from cases.choices import RowState
from cases.models import ImportRun
from cases.services.imports import controls


def summarise(run: ImportRun, sums: dict[str, controls.Sums] | None = None) -> dict[str, Any]:
    """How many rows are good, doubtful, bad and left out, how many cases and how much money, how often each finding, and whether the file's own
    totals agree. `sums` are the amounts by sheet, if they have changed. About ten statements.
    """
    taken = [sheet["sheet"] for sheet in run.layout if sheet.get("taken")]
    rows = run.rows.filter(sheet__in=taken)
    counts = dict(rows.order_by().values_list("state").annotate(Count("pk")))
    kept = rows.exclude(state=RowState.SKIPPED)
    codes = run.findings.exclude(row__state=RowState.SKIPPED).exclude(row=None).order_by().values_list("code").annotate(Count("pk"))
    summary = {state: counts.get(state, 0) for state in RowState.values} | {
        "rows": sum(counts.values()),
        "cases": _cases(kept),
        "amount": str(_amount(kept)),
        # With the rows that are left out: what is compared with the file's own totals.
        "all_cases": _cases(rows),
        "all_amount": str(_amount(rows)),
        "codes": dict(codes),
    }
    if sums is not None:
        summary["sums"] = {sheet: {key: str(amount) for key, amount in found.items()} for sheet, found in sums.items()}
    elif "sums" in run.summary:
        summary["sums"] = run.summary["sums"]
    return controls.compare(run, summary)


def _cases(rows: QuerySet) -> int:
    return rows.exclude(case_no="").order_by().values("case_no").distinct().count()


def _amount(rows: QuerySet) -> Decimal:
    return (rows.aggregate(total=Sum("amount"))["total"] or Decimal(0)).quantize(Decimal("0.01"))
