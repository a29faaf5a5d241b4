"""What the file and the bank say of the whole, beside what was read: a file that broke off on its way shows here."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from cases.models import ImportRun, RowFinding
from cases.rules.controls import Control, compare_controls, control_totals
from cases.rules.fields import AMOUNTS
from cases.rules.findings import SEVERITIES
from cases.services.imports.sheets import columns_of

_PARTS = {"principal": "amount.principal", "interest": "amount.interest", "fees": "amount.penalty_fee"}

# {"field|currency": yuan or the currency's unit}
Sums = dict[str, Decimal]


def amounts_of(values: Mapping[str, Any]) -> Sums:
    """What one row adds to its sheet's sums."""
    found: Sums = {}
    for account in values.get("accounts", []):
        named = [("placed", account["amount"]), *((field, account[name]) for name, field in _PARTS.items() if name in account)]
        for field, amount in named:
            key = f"{field}|{account['currency']}"
            found[key] = found.get(key, Decimal(0)) + Decimal(amount)
    for said in values.get("balances", []):
        add(found, {f"balance.new_amount|{said['currency']}": Decimal(said.get("amount", 0))})
    if "paid_on" in values and "amount" in values:
        add(found, {f"payment.amount|{values['currency']}": Decimal(values["amount"])})
    return found


def add(sums: Sums, more: Sums, sign: int = 1) -> None:
    for key, amount in more.items():
        sums[key] = sums.get(key, Decimal(0)) + sign * amount


def compare(run: ImportRun, summary: dict[str, Any]) -> dict[str, Any]:
    """The summary with its `controls`; those that differ are findings about the file. A few statements, whatever its size."""
    run.findings.filter(row=None).delete()
    lines = [line for sheet in run.layout if sheet["taken"] for line in _of_sheet(run, sheet, summary)]
    lines += _announced(run, summary)
    RowFinding.objects.bulk_create(
        RowFinding(run=run, field=line["field"], code=line["code"], severity=SEVERITIES[line["code"]], values=line) for line in lines if not line["agrees"]
    )
    return summary | {"controls": lines}


def differs(summary: Mapping[str, Any]) -> bool:
    return any(not line["agrees"] for line in summary.get("controls", []))


def _of_sheet(run: ImportRun, sheet: dict[str, Any], summary: Mapping[str, Any]) -> list[dict[str, Any]]:
    columns = columns_of(sheet)
    controls = control_totals(sheet["left_out"], sheet["head"], columns)
    if not controls:
        return []
    rows = run.rows.filter(sheet=sheet["sheet"])
    counts = {"rows": rows.count(), "cases": _distinct(rows, "case_no"), "debtors": _distinct(rows, "id_index")}
    sums = {key: Decimal(amount) for key, amount in summary.get("sums", {}).get(sheet["sheet"], {}).items()}
    placed = next((name for name in AMOUNTS if name in {column.field for column in columns}), "")
    amounts = {(placed if field == "placed" else field, currency): amount for key, amount in sums.items() for field, currency in [key.split("|")]}
    return [_line(control, counts, amounts) | {"sheet": sheet["sheet"], "row": control.row} for control in controls if _is_read(control, amounts)]


def _distinct(rows: Any, name: str) -> int:
    return rows.exclude(**{name: ""}).order_by().values(name).distinct().count()


def _is_read(control: Control, amounts: Mapping[tuple[str, str], Decimal]) -> bool:
    return not control.field or (control.field, control.currency) in amounts


def _line(control: Control, counts: Mapping[str, int], amounts: Mapping[tuple[str, str], Decimal]) -> dict[str, Any]:
    agrees = not compare_controls([control], counts=counts, amounts=amounts)
    if not control.field:
        said = int(control.value)
        found = next((count for count in counts.values() if count == said), counts["cases"])
        return {"code": "control_count", "field": "", "said": str(said), "found": str(found), "agrees": agrees}
    found = amounts[control.field, control.currency]
    return {"code": "control_amount", "field": control.field, "currency": control.currency, "said": str(control.value), "found": str(found), "agrees": agrees}


def _announced(run: ImportRun, summary: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the bank said beside the file, entered by whoever confirmed the columns."""
    lines = []
    if run.announced_cases is not None:
        said, found = run.announced_cases, summary["all_cases"]
        lines.append({"code": "control_count", "field": "", "said": str(said), "found": str(found), "agrees": said == found})
    if run.announced_amount is not None:
        said, found = run.announced_amount, Decimal(summary["all_amount"])
        lines.append({"code": "control_amount", "field": "amount.placed", "currency": "CNY", "said": str(said), "found": str(found), "agrees": said == found})
    return [line | {"sheet": "", "row": None} for line in lines]
