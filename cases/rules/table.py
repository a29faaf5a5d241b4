"""Where a sheet's table begins, what its headers are when they take two rows, and which rows below are no cases."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from cases.rules.dictionary import LONGEST_SAYING, asides, is_well_known, match_header, normalise, unit_said
from cases.rules.fields import AMOUNT, CARD, CURRENCY, FIELDS, KEEP
from cases.rules.headers import is_header_like

LOOKED_THROUGH = 20
MOST_HEADER_ROWS = 3

# (number in the file from 1, cells)
Row = tuple[int, list[str]]
# (top row, left column, bottom row, right column): rows from 1, columns from 0.
Merge = Sequence[int]

_TOTAL = re.compile(
    r"(本页|本表|本批|全部|总)?(合计|总计|共计|累计|小计|汇总|总和|grandtotal|subtotal|total|sum)(户数|件数|笔数|金额|人民币|数|行)?($|[:：(\d共为¥￥])",
    re.IGNORECASE,
)
_FOOTER = re.compile(
    r"^(制表|制单|审核|复核|填表|经办|备注|说明|填写说明|填表说明|注\s*[:：\d]|注意|以下空白|打印|联系电话\s*[:：]|导出|数据截止|数据来源|本表)", re.IGNORECASE
)
_COUNTED = re.compile(r"^(共|总共|总)[:：]?\d+(户|件|笔|条|人|个|行)")
_INSTRUCTION = re.compile(
    r"^(必填|选填|非必填|可空|必输|不可空|文本|文本型|数字|数值|数值型|日期|日期型|文本格式|日期格式|数字格式|字符|字符串|下拉|下拉选择|yyyy.?mm.?dd|示例|样例|范例|例[:：]?|例如[:：]?|填写说明.*)$",
    re.IGNORECASE,
)
# An ID number, a card, a case's number.
_NUMBER = re.compile(r"\d{8}")
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"


@dataclass(frozen=True)
class Header:
    """The rows (numbers in the file) that name the columns, their joined texts, and the unit that is said above the table (1: none)."""

    first_row: int
    last_row: int
    cells: list[str]
    unit: int | float = 1


def find_header(rows: Sequence[Row], merges: Iterable[Merge] = ()) -> Header | None:
    """The header among a sheet's first rows, of one to three rows; None when no row names columns."""
    merges = list(merges)
    best, header = (0.0, 0), None
    for position in range(min(len(rows), LOOKED_THROUGH)):
        for depth in range(1, MOST_HEADER_ROWS + 1):
            part = rows[position : position + depth]
            if len(part) < depth or not _may_be_one(part):
                break
            cells = _joined(part, merges)
            score = is_header_like(cells)
            if (score, -depth) > best and score >= 2 and score >= 0.25 * sum(map(bool, cells)):
                best, header = (score, -depth), Header(part[0][0], part[-1][0], cells, _unit_above(rows[:position]))
    return header


def header_of(part: Sequence[Row], merges: Iterable[Merge] = (), above: Sequence[Row] = ()) -> Header | None:
    """These rows, of which a person says that they are the header; the unit is said in those above it."""
    return Header(part[0][0], part[-1][0], _joined(part, list(merges)), _unit_above(above)) if part else None


def _may_be_one(part: Sequence[Row]) -> bool:
    follow_each_other = part[-1][0] - part[0][0] == len(part) - 1
    return follow_each_other and not any(_is_numbering(cells) or _is_instruction(cells) for _number, cells in part[1:])


def _unit_above(rows: Sequence[Row]) -> int | float:
    return next((unit for _number, cells in rows for cell in cells if (unit := unit_said(cell))), 1)


# --- joined headers ------------------------------------------------------------------------------------------------------------


def _joined(part: Sequence[Row], merges: Sequence[Merge]) -> list[str]:
    """The headers of rows that stand above each other: 联系人1 over 姓名 and 关系 is 联系人1姓名, 联系人1关系."""
    width = max(len(cells) for _number, cells in part)
    number, below = part[-1]
    names = _wide(below, width)
    for number, cells in reversed(part[:-1]):
        groups = _carried(_merged_across(number, _wide(cells, width), merges), names)
        names = _over(groups, names)
    return names


def _wide(cells: Sequence[str], width: int) -> list[str]:
    return [cell.strip()[:LONGEST_SAYING] for cell in cells] + [""] * (width - len(cells))


def _merged_across(number: int, cells: list[str], merges: Sequence[Merge]) -> list[str]:
    for top, left, _bottom, right in merges:
        if top == number and right > left < len(cells):
            cells[left : right + 1] = [cells[left]] * len(cells[left : right + 1])
    return cells


def _carried(groups: list[str], names: list[str]) -> list[str]:
    """A group's title reaches as far to the right as it makes a header better known: a .csv has no merged cells."""
    title = ""
    for index, group in enumerate(groups):
        if group:
            title = group
        elif title and names[index] and _belongs(title, names[index]):
            groups[index] = title
        else:
            title = ""
    return groups


def _belongs(title: str, name: str) -> bool:
    field = match_header(name)[0]
    return is_well_known(title + name) or bool(asides(title) and field and FIELDS[field].kind == AMOUNT)


def _over(groups: list[str], names: list[str]) -> list[str]:
    """Each name with its group where the two together are known, where the group names a unit, or where the name alone came before."""
    result: list[str] = []
    for group, name in zip(groups, names, strict=True):
        text = _together(group, name)
        result.append(group + name if group and name and text == name and text in result else text)
    return result


def _together(group: str, name: str) -> str:
    if not name or not group or group == name:
        return name or group
    if is_well_known(group + name) or (match_header(group + name)[1] > match_header(name)[1]):
        return group + name
    if match_header(name)[0]:
        return name + "".join(f"({text})" for text in asides(group))
    return group + name


# --- rows below ----------------------------------------------------------------------------------------------------------------


class MergedCells:
    """Fills what is merged downward into the rows it stands for: the person of several card rows. Amounts, cards and unknown columns stay as they are."""

    def __init__(self, header: Header, merges: Iterable[Merge]) -> None:
        self._bottoms: dict[tuple[int, int], int] = {}
        self._open: dict[int, tuple[int, str]] = {}
        for top, left, bottom, right in merges:
            if bottom > top > header.last_row and left == right and left < len(header.cells) and _is_filled(header.cells[left]):
                self._bottoms[top, left] = bottom

    def fill(self, number: int, cells: list[str]) -> list[str]:
        """The cells of the row with this number. Rows come in their order; one that holds nothing of its own stays empty."""
        if not self._bottoms or not any(cells):
            return cells
        filled = list(cells)
        for column, (bottom, text) in self._open.items():
            if number <= bottom and text:
                filled += [""] * (column + 1 - len(filled))
                filled[column] = filled[column] or text
        for column, text in enumerate(cells):
            if (bottom := self._bottoms.get((number, column))) is not None:
                self._open[column] = (bottom, text)
        return filled


def _is_filled(header: str) -> bool:
    field = match_header(header)[0]
    return bool(field) and FIELDS[field].kind not in (AMOUNT, CARD, CURRENCY, KEEP) and field != "account.no"


def filled_down(rows: Iterable[Row], header: Header, merges: Iterable[Merge]) -> list[Row]:
    """All rows below the header with their merged cells filled."""
    merged = MergedCells(header, merges)
    return [(number, merged.fill(number, cells)) for number, cells in rows]


def left_out_reason(cells: Sequence[str], header: Sequence[str]) -> str:
    """ "total", "footer", "header", "numbering" or "instruction" for a row below the header that is no case; "" for a case."""
    who = _who_columns(tuple(header))
    if any(index < len(cells) and cells[index].isascii() and _NUMBER.search(cells[index]) for index in who):
        return ""  # nearly every row, told at a glance
    filled = [text for cell in cells if (text := cell.strip())]
    if not filled:
        return ""
    if _is_total(cells, filled, who):
        return "total"
    if len(filled) <= 3 and (_FOOTER.match(filled[0]) or _COUNTED.match(_tight(filled[0]))):
        return "footer"
    if len(filled) > 2 and _is_header_again(cells, header, filled):
        return "header"
    if _is_numbering(cells):
        return "numbering"
    return "instruction" if _is_instruction(cells) else ""


def _is_total(cells: Sequence[str], filled: list[str], who: tuple[int, ...]) -> bool:
    """A word for it in the first cells, and nobody named: a case of an employer 合计量贩店 is none."""
    if not any(_TOTAL.match(_tight(cell)) for cell in filled[:3]):
        return False
    named = [cell for index in who if index < len(cells) and (cell := cells[index].strip()) and not _TOTAL.match(_tight(cell))]
    return not any(re.search(r"[^\d,.户件笔人条\s]|\d{9}", cell) for cell in named)


@lru_cache(maxsize=64)
def _who_columns(header: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(index for index, text in enumerate(header) if match_header(text)[0] in ("debtor.name", "debtor.id_no", "case.no", "card.no", "contract.no"))


def _tight(text: str) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


def _is_header_again(cells: Sequence[str], header: Sequence[str], filled: list[str]) -> bool:
    """The header once more, or in a second language: all of its cells are headers."""
    if [cell.strip() for cell in cells] == [cell.strip() for cell in header[: len(cells)]]:
        return True
    texts = {normalise(cell) for cell in header if cell}
    return sum(normalise(cell) in texts or (len(cell) <= 20 and is_well_known(cell)) for cell in filled) >= max(3, 0.7 * len(filled))


def _is_numbering(cells: Sequence[str]) -> bool:
    """1, 2, 3 … or ①, ②, ③ … or A, B, C … under the headers: each column has its own number."""
    filled = [(index, cell.strip()) for index, cell in enumerate(cells) if cell.strip()]
    if len(filled) < 3:
        return False
    numbers = [_ordinal(text) for _index, text in filled]
    return all(number is not None for number in numbers) and [number - numbers[0] for number in numbers] == [index - filled[0][0] for index, _text in filled]


def _ordinal(text: str) -> int | None:
    if text in _CIRCLED:
        return _CIRCLED.index(text) + 1
    if text.isascii() and text.isdigit() and len(text) < 4:
        return int(text)
    return ord(text.upper()) - 64 if len(text) == 1 and text.isascii() and text.isalpha() else None


def _is_instruction(cells: Sequence[str]) -> bool:
    """必填, 文本格式 … under the headers, or 填写说明 before a long text."""
    filled = [_tight(cell) for cell in cells if cell.strip()]
    said = sum(bool(_INSTRUCTION.match(cell)) for cell in filled)
    return bool(filled) and (said > len(filled) / 2 or filled[0].startswith(("填写说明", "填表说明")))
