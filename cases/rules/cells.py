"""The cells of one row while it is read: cleaned, with what was found wrong and what is kept under its header."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from cases.rules.fields import FIELDS
from cases.rules.findings import Found
from cases.rules.headers import Column
from cases.rules.values import BLANKS, fold, has_lost_precision

_EMPTY = frozenset({word for blank in BLANKS for word in (blank, blank.upper(), blank.capitalize())} | {"－", "——", "／"})


def clean_cells(cells: Sequence[str], width: int) -> list[str]:
    """The texts without blanks around them, "" for what people write into a cell to leave it empty, as many as the sheet has columns."""
    clean = ["" if (text := cell.strip()) in _EMPTY else text for cell in cells]
    return clean if len(clean) >= width else clean + [""] * (width - len(clean))


class Notes:
    """What is said of a row beside its values: the findings, and the texts without a place of their own by header."""

    __slots__ = ("extra", "found")

    def __init__(self) -> None:
        self.found: list[Found] = []
        self.extra: dict[str, str] = {}

    def note(self, code: str, column: Column | None, target: str = "", **values: Any) -> None:
        self.found.append(Found(code, target or (column.field if column else ""), column.index if column else None, values))

    def keep(self, column: Column, text: str) -> None:
        header = column.header or column.letters
        if text and self.extra.setdefault(header, text) != text:
            self.extra[header] = f"{self.extra[header]} / {text}"

    def cut(self, column: Column, text: str, longest: int) -> str:
        """The text as long as it may be; the whole is kept."""
        if len(text) > longest:
            self.note("text_cut", column, most=longest)
            self.keep(column, text)
            return text[:longest]
        return text


class Columns:
    """The columns of a sheet by field. What nobody has asked for is kept under its header, so that nothing of a row gets lost."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.all = columns
        self.width = max((column.index + 1 for column in columns), default=0)
        self.by_field: dict[str, list[Column]] = {}
        for column in columns:
            self.by_field.setdefault(column.field, []).append(column)
        self._asked: set[int] = set()

    def __contains__(self, target: str) -> bool:
        return target in self.by_field

    def of(self, target: str) -> tuple[Column, ...]:
        """The field's columns, which the caller reads."""
        return self.asked(self.by_field.get(target, ()))

    def asked(self, columns: Iterable[Column]) -> tuple[Column, ...]:
        chosen = tuple(columns)
        self._asked.update(column.index for column in chosen)
        return chosen

    def left(self) -> tuple[Column, ...]:
        return tuple(column for column in self.all if column.index not in self._asked)


def first_filled(cells: list[str], columns: tuple[Column, ...], notes: Notes) -> tuple[Column | None, str]:
    """The first column that holds something, and its text; what the others hold beside it is kept."""
    if len(columns) == 1:
        return columns[0], cells[columns[0].index]
    filled = [column for column in columns if cells[column.index]]
    for column in filled[1:]:
        if cells[column.index] != cells[filled[0].index]:
            notes.keep(column, cells[column.index])
    return (filled[0], cells[filled[0].index]) if filled else (columns[0] if columns else None, "")


# Reads one value of a row; None or "" when the row does not say it.
CellReader = Callable[[list[str], Notes], Any]


def text_reader(columns: Columns, target: str) -> CellReader:
    """The text of a field, cut to what its place takes."""
    own, longest = columns.of(target), FIELDS[target].longest
    if not own:
        return _nothing

    def read(cells: list[str], notes: Notes) -> str:
        column, text = first_filled(cells, own, notes)
        return text if len(text) <= longest else notes.cut(column, text, longest)

    return read


def _nothing(_cells: list[str], _notes: Notes) -> str:
    return ""


def number_text(text: str, column: Column, notes: Notes, *, longest: int) -> str:
    """A number that is a text (account, contract): in half-width signs; "" with a finding when its digits are lost."""
    if has_lost_precision(text):
        notes.note("lost_precision", column)
        return ""
    return notes.cut(column, fold(text), longest)
