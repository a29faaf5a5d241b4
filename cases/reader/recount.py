"""What a second look at a file finds that calamine reads whole: every row that must come, and what calamine does not tell."""

from dataclasses import dataclass, field

from cases.reader.guard import Rejected
from cases.reader.tables import MOST_NOTED, MOST_ROWS
from cases.reader.values import place

# A blank costs calamine as much as a value: 32 bytes. Half of the child's memory may go there.
MOST_CELLS = 16 * 1024 * 1024
ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}


@dataclass
class Recount:
    """One sheet, from the file's own records. Rows and columns count from 0 here, as in the files."""

    filled: set[int] = field(default_factory=set)
    right: int = -1
    # Values that calamine reads as blank: errors (a #N/A must be seen, or an amount would seem to be missing), and texts without a type.
    passed_over: dict[int, dict[int, str]] = field(default_factory=dict)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[int] = field(default_factory=list)
    # {row: column} of formulas whose result is an empty text, and whether any other has a result: programs that can't calculate leave all empty.
    blank_formulas: dict[int, int] = field(default_factory=dict)
    has_results: bool = False

    def value(self, row: int, column: int) -> None:
        self.filled.add(row)
        self.right = max(self.right, column)

    def value_passed_over(self, row: int, column: int, text: str) -> None:
        self.value(row, column)
        self.passed_over.setdefault(row, {})[column] = text

    def merge(self, top: int, left: int, bottom: int, right: int) -> None:
        if len(self.merges) < MOST_NOTED:
            self.merges.append((top + 1, left, bottom + 1, right))

    def hide_columns(self, first: int, last: int) -> None:
        self.hidden_columns += range(first, min(last + 1, MOST_NOTED))

    def check(self, name: str) -> None:
        """Refuses what would be read wrongly, or would take more than the child may hold."""
        height = max(self.filled, default=-1) + 1
        if len(self.filled) > MOST_ROWS or height * (self.right + 1) > MOST_CELLS:
            raise Rejected("too_large", name)
        beside_values = [(row, column) for row, column in self.blank_formulas.items() if row in self.filled]
        if beside_values and not self.has_results:
            raise Rejected("formulas_not_calculated", place(name, beside_values[0][0] + 1, beside_values[0][1]))
