"""Reads .csv and .tsv in the encodings that banks use, line by line."""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any, BinaryIO

from cases.reader.guard import Rejected
from cases.reader.tables import MOST_COLUMNS, Row, Sheet, batches
from cases.reader.values import texts_of

CHUNK = 1024 * 1024
LOOKED_AT = 20_000
LINES_LOOKED_AT = 50
LONGEST_CELL = 100_000
# So many Chinese characters in UTF-8 in a row are never an accident.
SURELY_UTF8 = 4
# An unclosed quotation mark takes the lines behind it into one cell.
MOST_LINES_IN_CELL = 100
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_DELIMITER_LINE = re.compile(r"sep=(.)\r?\n?", re.IGNORECASE)
_MARKUP = re.compile(r"\s*<[!?a-zA-Z]")
_XML_TABLE = re.compile(r"urn:schemas-microsoft-com:office:spreadsheet|mso-application\s+progid=.Excel|pkg:package", re.IGNORECASE)
_CHINESE = re.compile("[\u3000-\uffef]")
_NO_TEXT = re.compile("[\x00-\x08\x0e-\x19\x1b-\x1f]")


def read_text(file: BinaryIO, most_rows: int | None) -> Iterator[dict[str, Any]]:
    encoding = _encoding(file)
    file.seek(0)
    lines = io.TextIOWrapper(file, encoding=encoding, newline="")
    head = lines.read(LOOKED_AT)
    _check_is_table(head)
    lines.seek(0)
    delimiter = _delimiter(head)
    yield Sheet("CSV").message()
    yield from batches("CSV", _rows(lines, delimiter), most_rows)


def _rows(lines: io.TextIOWrapper, delimiter: str) -> Iterator[Row]:
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(_text_only(lines), delimiter=delimiter, strict=True)
    number = 0
    try:
        for number, values in enumerate(reader, start=1):
            if len(values) > MOST_COLUMNS:
                raise Rejected("too_large", f"CSV!{number}")
            if any(value.count("\n") > MOST_LINES_IN_CELL for value in values):
                raise Rejected("broken_csv", f"CSV!{number}")
            if (cells := texts_of(values)) and not (number == 1 and _DELIMITER_LINE.fullmatch(delimiter.join(values))):
                yield number, cells
    except csv.Error:
        raise Rejected("broken_csv", f"CSV!{number + 1}") from None


def _text_only(lines: io.TextIOWrapper) -> Iterator[str]:
    for line in lines:
        if _NO_TEXT.search(line):
            raise Rejected("not_a_table")
        yield line.rstrip("\x1a")


def _check_is_table(head: str) -> None:
    if _MARKUP.match(head):
        raise Rejected("xml_table" if _XML_TABLE.search(head) else "html")
    if head.lstrip().upper().startswith("MIME-VERSION:"):
        raise Rejected("html")


def _encoding(file: BinaryIO) -> str:
    """The byte order mark; or UTF-16 by where its zeros are; or UTF-8, which other encodings hardly ever look like; or GB18030."""
    head = file.read(4096)
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return _decodes(file, encoding)
    if b"\0" in head:
        return _decodes(file, _unmarked_utf16(head))
    if _looks_like_utf8(file):
        return _decodes(file, "utf-8")
    return _decodes(file, "gb18030")


def _looks_like_utf8(file: BinaryIO) -> bool:
    """Whether it is UTF-8, or was until a damage: read in another encoding, such a file would be a table of nonsense."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    file.seek(0)
    chinese = 0
    try:
        while chunk := file.read(CHUNK):
            text = decoder.decode(chunk)
            chinese += len(_CHINESE.findall(text)) if chinese < SURELY_UTF8 else 0
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        whole = error.object[: error.start].decode("utf-8", "ignore")
        return chinese + len(_CHINESE.findall(whole)) >= SURELY_UTF8
    return True


def _unmarked_utf16(head: bytes) -> str:
    """Every digit, comma and line end has a zero on the same side; a Chinese character seldom has one."""
    first, second = head[::2].count(0), head[1::2].count(0)
    if max(first, second) < len(head) // 40 or max(first, second) < 4 * min(first, second) or head.startswith(b"MZ"):
        raise Rejected("not_a_table")
    return "utf-16-le" if second > first else "utf-16-be"


def _decodes(file: BinaryIO, encoding: str) -> str:
    """The encoding, if the whole file can be read in it: nothing is passed on from a file that breaks off in the middle."""
    decoder = codecs.getincrementaldecoder(encoding)()
    file.seek(0)
    try:
        while chunk := file.read(CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise Rejected("not_a_table") from None
    return encoding


def _delimiter(head: str) -> str:
    """The sign that cuts most of the first lines into the same number of cells."""
    if named := _DELIMITER_LINE.match(head):
        return named.group(1)
    return max(",\t;|", key=lambda sign: (_agreement(head, sign), sign == ","))


def _agreement(head: str, sign: str) -> tuple[int, int]:
    """(lines with the commonest number of cells above one, that number)."""
    widths: Counter[int] = Counter()
    try:
        for row in islice(csv.reader(io.StringIO(head, newline=""), delimiter=sign, strict=True), LINES_LOOKED_AT):
            widths[len(row)] += 1
    except csv.Error as error:
        if "end of data" not in str(error):  # the head may break off within quotes; quotes that end before another sign are not this one's
            return 0, 0
    widths.pop(1, None)
    widths.pop(0, None)
    width, lines = max(widths.items(), key=lambda item: (item[1], item[0]), default=(0, 0))
    return lines, width
