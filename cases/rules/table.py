"""Where a sheet's table begins, and which rows below it are no cases: totals, signatures, repeated headers."""

import re
from collections.abc import Sequence

from cases.rules.headers import is_header_like

LOOKED_THROUGH = 20
_TOTAL = re.compile(r"^(合\s*计|总\s*计|小\s*计|共\s*计|累\s*计|total|sum|subtotal)", re.IGNORECASE)
_FOOTER = re.compile(r"^(制表|制单|审核|复核|填表|经办|备注|说明|注\s*[:：]|以下空白|打印)", re.IGNORECASE)

Row = tuple[int, list[str]]


def header_row_of(rows: Sequence[Row]) -> int | None:
    """The position, among the sheet's first rows, of the one that names the columns; None when no row does."""
    scores = [(is_header_like(cells), -position) for position, (_, cells) in enumerate(rows[:LOOKED_THROUGH])]
    best, position = max(scores, default=(0.0, 0))
    if best < 2 or best < 0.25 * sum(1 for cell in rows[-position][1] if cell):
        return None
    return -position


def left_out_reason(cells: Sequence[str], header: Sequence[str]) -> str:
    """ "total", "footer" or "header" for a row below the header that is no case; "" for a case."""
    filled = [cell for cell in cells if cell]
    first = filled[0].strip()
    if _TOTAL.match(first) and len(filled) <= max(3, len([cell for cell in header if cell]) // 2):
        return "total"
    if _FOOTER.match(first) and len(filled) <= 3:
        return "footer"
    if len(filled) > 2 and list(cells) == list(header[: len(cells)]):
        return "header"
    return ""
