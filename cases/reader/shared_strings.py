"""The texts that a workbook's cells share, kept as one block of bytes with offsets: a tenth of what as many Python strings would take."""

import re
import zipfile
from array import array
from itertools import accumulate

from cases.reader.guard import Rejected
from cases.reader.sheet_xml import cut

_OTHER_ITEM = re.compile(rb"<si\s[^<>]*>")
_EMPTY_ITEM = re.compile(rb"<si\s*/>")
# As nearly every program writes it, and as it may be written.
_USUAL_CELL = re.compile(rb' t="s"><v>(\d{1,9})</v>')
_CELL = re.compile(rb"""\bt=["']s["']([^<>]*)>\s*<v(?:\s[^<>]*)?>\s*(\d{1,9})\s*</v>""")


class SharedStrings:
    """`put_into` writes them back into the cells, as the file could have done itself (inline strings)."""

    def __init__(self, book: zipfile.ZipFile, part: str) -> None:
        self._block = bytearray()
        self._ends = array("I", [0])
        if part:
            for piece in cut(book, part, b"si"):
                self._add(piece)

    def _add(self, piece: bytes) -> None:
        if not self._block and len(self._ends) == 1:
            start = piece.find(b"<si")
            piece = piece[start:] if start >= 0 else b""
        if b"<si/" in piece or b"<si " in piece:
            piece = _OTHER_ITEM.sub(b"<si>", _EMPTY_ITEM.sub(b"</si>", piece))
        *items, _rest = piece.replace(b"<si>", b"").split(b"</si>")
        self._ends.extend(accumulate(map(len, items), initial=self._ends[-1]))
        del self._ends[-len(items) - 1]
        for item in items:
            self._block += item

    def put_into(self, rows: bytes) -> bytes:
        """Raises Rejected for a text that the file does not have; a cell that is not understood here is refused by calamine."""
        if len(self._ends) == 1:
            return rows
        try:
            rows = self._put_into_usual(rows)
            return _CELL.sub(self._inline, rows) if b't="s"' in rows or b"t='s'" in rows else rows
        except IndexError:
            raise Rejected("not_a_table") from None

    def _put_into_usual(self, rows: bytes) -> bytes:
        pieces = _USUAL_CELL.split(rows)
        block, ends = self._block, self._ends
        pieces[1::2] = [b' t="inlineStr"><is>' + block[ends[index] : ends[index + 1]] + b"</is>" for index in map(int, pieces[1::2])]
        return b"".join(pieces)

    def _inline(self, cell: re.Match) -> bytes:
        index = int(cell.group(2))
        return b't="inlineStr"%b><is>%b</is>' % (cell.group(1), self._block[self._ends[index] : self._ends[index + 1]])
