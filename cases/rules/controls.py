"""What a file says of itself: how many cases it has and how much they owe, in its total row or in words; compared with what was read."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cases.rules.dictionary import currency_and_unit, match_header
from cases.rules.fields import AMOUNT, AMOUNTS, FIELDS
from cases.rules.findings import Found
from cases.rules.headers import Column
from cases.rules.table import Row
from cases.rules.values import read_amount

CENT = Decimal("0.01")

_COUNT = re.compile(
    r"(?:共计|合计|总计|共|户数|件数|笔数|案件数|案件数量|案件总数|总户数|总件数|总笔数|条数|人数|总数)\s*[:：为有]?\s*(?P<number>\d{1,3}(?:,\d{3})+|\d+)\s*"
    r"(?:户|件(?!附)|笔|条|宗|行(?!政)|人(?![\u4e00-\u9fff])|名(?:客户|债务人)|个(?:案|客户|债务人))"
)
_LABELLED_COUNT = re.compile(
    r"(?:户数|件数|笔数|案件数|案件数量|案件总数|总户数|总件数|总笔数|条数|人数)\s*(?:合计|总计)?\s*[:：为]?\s*(?P<number>\d{1,3}(?:,\d{3})+|\d+)(?![\d.,]*[万元])"
)
_AMOUNT = re.compile(
    r"(?P<label>[\u4e00-\u9fff()a-z]*?)(?:合计|总计|共计|总额|总金额|金额合计|合计金额|金额)[\u4e00-\u9fff()]{0,6}\s*[:：为]?\s*"
    r"(?P<sign>人民币|¥|rmb|美元|usd|us\$|港币|hkd|hk\$)?\s*(?P<number>-?\d[\d,]*(?:\.\d+)?)\s*(?P<unit>亿元|万元|万|千元|元|美元|港币|港元)?"
    r"(?!\d|[亿万千]?元?\s*(?:[户件笔条人个宗行案]|以[上下内]|起))"
)
# Sums of something else: what is hoped for, paid, let off.
_NO_SUM = re.compile(r"目标|回款|还款|已还|减免|佣金|服务费|最低|平均|限额|额度|计划|预计|单户|单笔")
_UNITS = {"亿元": 100_000_000, "万元": 10_000, "万": 10_000, "千元": 1_000}
_SUBTOTAL = re.compile(r"小计|本页|subtotal", re.IGNORECASE)
_GRAND = re.compile(r"总计|总合计|全部合计|grandtotal", re.IGNORECASE)
_WHO = ("case.no", "debtor.name", "debtor.id_no", "card.no")


@dataclass(frozen=True)
class Control:
    """A count (`field` is "") or a sum of a field in a currency that the file announces, and where it does.

    `within`: how far it may be off, because 123.4万元 says no more than that.
    """

    value: Decimal
    row: int
    index: int
    field: str = ""
    currency: str = ""
    within: Decimal = CENT


def control_totals(left_out: Sequence[Sequence[Any]], head: Sequence[Row], columns: Sequence[Column]) -> list[Control]:
    """The controls of a sheet: of its rows left out ([row, reason, cells]), of the rows above its header, by its confirmed columns.

    Page totals are no totals of the file, nor are several total rows of which none is the grand one.
    """
    totals = [(row, cells) for row, reason, cells in left_out if reason == "total" and not _SUBTOTAL.search("".join(cells[:6]))]
    grand = [(row, cells) for row, cells in totals if _GRAND.search(re.sub(r"\s", "", "".join(cells[:6])))]
    chosen = grand if len(grand) == 1 else totals if len(totals) == 1 else []
    texts = [*head, *((row, cells) for row, reason, cells in left_out if reason == "footer"), *chosen]
    found = [control for row, cells in chosen for control in _of_total_row(row, cells, columns)]
    found += [control for row, cells in texts for control in _of_texts(row, cells, columns)]
    return list({(control.field, control.currency, control.value): control for control in reversed(found)}.values())[::-1]


def _of_total_row(row: int, cells: Sequence[str], columns: Sequence[Column]) -> list[Control]:
    found = []
    for column in columns:
        text = cells[column.index].strip() if column.index < len(cells) else ""
        if not text or not column.field:
            continue
        if FIELDS[column.field].kind == AMOUNT:
            if (amount := read_amount(text, column.unit, column.currency)) is not None:
                found.append(Control(amount, row, column.index, column.field, column.currency or "CNY", _precision(text, column.unit)))
        elif column.field in _WHO and re.fullmatch(r"\d{1,7}", text):
            found.append(Control(Decimal(text), row, column.index))
    return _added_up(found)


def _added_up(controls: list[Control]) -> list[Control]:
    """Fees that stand in several columns are one amount."""
    sums: dict[tuple[str, str], Control] = {}
    counts = [control for control in controls if not control.field]
    for control in controls:
        if control.field:
            key = (control.field, control.currency)
            value = sums[key].value + control.value if key in sums else control.value
            sums[key] = Control(value, control.row, sums.get(key, control).index, *key, control.within)
    return [*counts, *sums.values()]


def _precision(text: str, unit: int | float) -> Decimal:
    """Half of the last digit that is written, and at least a cent."""
    decimals = len(text.rpartition(".")[2].rstrip("元万千亿 ")) if "." in text else 0
    return max(CENT, Decimal(str(unit)) / 2 / 10**decimals) if unit > 1 else CENT


def _of_texts(row: int, cells: Sequence[str], columns: Sequence[Column]) -> list[Control]:
    """共120户, 户数：120, 合计金额：1,234.56元: in one cell, or the words in one and the number in the next."""
    found = []
    for index, cell in enumerate(cells):
        if not cell or len(cell) > 200:
            continue
        text = unicodedata.normalize("NFKC", cell).lower()
        following = unicodedata.normalize("NFKC", cells[index + 1]).strip().lower() if index + 1 < len(cells) else ""
        if re.search(r"(户数|件数|笔数|条数|人数|总数|金额|合计|总计|总额|共计)\s*:?\s*$", text) and re.match(r"^[¥-]?\d", following):
            text += following
        found += [Control(_plain(said.group("number")), row, index) for said in (_COUNT.search(text) or _LABELLED_COUNT.search(text),) if said]
        found += [control for said in _AMOUNT.finditer(text) if (control := _amount_said(said, row, index, columns))]
    return found


def _plain(number: str) -> Decimal:
    return Decimal(number.replace(",", ""))


def _amount_said(said: re.Match[str], row: int, index: int, columns: Sequence[Column]) -> Control | None:
    """Of the field that its label names, or of what the bank places. A number without a unit, a sign or a decimal point may be anything."""
    if not (said["unit"] or said["sign"] or "." in said["number"]) or _NO_SUM.search(said.group()):
        return None
    currency, _unit = currency_and_unit(f"{said['sign'] or ''}{said['unit'] or ''}".replace("us$", "usd").replace("hk$", "hkd"))
    named = match_header(said["label"])[0] or match_header(f"{said['label']}金额")[0] if said["label"] else ""
    field = named if named and FIELDS[named].kind == AMOUNT else _placed(columns)
    unit = _UNITS.get(said["unit"] or "", 1)
    amount = read_amount(said["number"], unit)
    return Control(amount, row, index, field, currency or "CNY", _precision(said["number"], unit)) if field and amount is not None else None


def _placed(columns: Sequence[Column]) -> str:
    fields = {column.field for column in columns}
    return next((name for name in AMOUNTS if name in fields), "")


def compare_controls(controls: Sequence[Control], *, counts: Mapping[str, int], amounts: Mapping[tuple[str, str], Decimal]) -> list[Found]:
    """The controls that the rows don't bear out.

    `counts`: {"rows": 120, "cases": 118, "debtors": 110}: a count is right if it is one of them. `amounts`: {("amount.placed", "CNY"): sum}; what is not
    in it is not compared.
    """
    found = []
    for control in controls:
        if not control.field:
            if int(control.value) not in counts.values():
                found.append(Found("control_count", "", control.index, {"said": int(control.value), "found": counts.get("cases", 0), "row": control.row}))
        elif (read := amounts.get((control.field, control.currency))) is not None and abs(read - control.value) > control.within:
            values = {"said": str(control.value), "found": str(read), "currency": control.currency, "row": control.row}
            found.append(Found("control_amount", control.field, control.index, values))
    return found
