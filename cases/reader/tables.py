"""What every format is read into: sheets with what surrounds their rows, and batches of rows of text."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import Any

from cases.reader.guard import Rejected
from cases.reader.values import clean

MOST_SHEETS = 100
MOST_ROWS = 500_000
MOST_COLUMNS = 1_000
# Merges, hidden rows, hidden columns that are told: more than headers and totals ever need.
MOST_NOTED = 10_000
ROWS_AT_ONCE = 500
# Characters: of a cell (a spreadsheet's own limit), of a row, of what is sent together, of a file. A few kilobytes of references to one long text can
# stand for gigabytes of it.
LONGEST_CELL = 32_767
LONGEST_ROW = 1_000_000
SENT_AT_ONCE = 2_000_000
LONGEST_FILE = 1_000_000_000
LONGEST_NAME = 100

Row = tuple[int, list[str]]


@dataclass
class Sheet:
    """A sheet's own message. Rows count from 1, columns from 0; what the format does not tell is empty."""

    sheet: str
    is_hidden: bool = False
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)  # top, left, bottom, right
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[int] = field(default_factory=list)

    def message(self) -> dict[str, Any]:
        return asdict(self) | {
            "merges": sorted(self.merges)[:MOST_NOTED],
            "hidden_rows": sorted(self.hidden_rows)[:MOST_NOTED],
            "hidden_columns": sorted(set(self.hidden_columns))[:MOST_COLUMNS],
        }


class SheetNames:
    """Names as the person sees them, each once: two sheets of one name would be taken for one."""

    def __init__(self) -> None:
        self._given: set[str] = set()

    def of(self, name: str) -> str:
        wanted = clean(name)[:LONGEST_NAME] or "-"
        given, number = wanted, 1
        while given in self._given:
            number += 1
            given = f"{wanted[: LONGEST_NAME - 6]} ({number})"
        self._given.add(given)
        return given


def batches(sheet: str, rows: Iterable[Row], most_rows: int | None) -> Iterator[dict[str, Any]]:
    """Rows that hold something, with their number in the sheet; at most `most_rows` of them."""
    batch: list[Row] = []
    size = total = 0
    wanted = rows if most_rows is None else islice(rows, most_rows)
    for count, (number, cells) in enumerate(wanted, start=1):
        length = sum(map(len, cells))
        total += length
        if count > MOST_ROWS or len(cells) > MOST_COLUMNS or length > LONGEST_ROW or total > LONGEST_FILE or max(map(len, cells), default=0) > LONGEST_CELL:
            raise Rejected("too_large", sheet)
        batch.append((number, cells))
        size += length
        if len(batch) == ROWS_AT_ONCE or size > SENT_AT_ONCE:
            yield {"rows": batch}
            batch, size = [], 0
    if batch:
        yield {"rows": batch}
