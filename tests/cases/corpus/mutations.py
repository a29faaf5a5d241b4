"""Damages to a file: bytes turned, cut, doubled; parts of a container rewritten with a checksum that is right again."""

import io
import re
import zipfile
from random import Random

from tests.cases.corpus import books

_NUMBER = re.compile(rb"\d+")
_NUMBERS = (
    b"0",
    b"-1",
    b"1",
    b"255",
    b"1000",
    b"16384",
    b"65536",
    b"1048576",
    b"1048577",
    b"2147483648",
    b"4294967295",
    b"18446744073709551616",
    b"1e309",
    b"NaN",
)
_WORDS = (
    b"</row>", b"<row>", b'<row r="7">', b"</sheetData>", b"<sheetData>", b"<v>", b"</v>", b"<f>1</f>", b"<!--", b"-->", b"<![CDATA[", b"&lt;", b"&x;", b"\0",
    b'" ', b"'", b">", b"<", b"</c>", b"<c>", b'<c t="s"><v>0</v></c>', b'<c t="e"><v>#N/A</v></c>', b"<si/>", b"\xff", "张".encode(), b' hidden="1"',
    b'<mergeCell ref="A1:C9"/>', b' r="ZZ99"', b"</worksheet>", b"]]>", b"<?x?>",
)  # fmt: skip
_CONTAINERS = (".xlsx", ".xlsb", ".ods")


def originals() -> dict[str, bytes]:
    """A valid file of every kind."""
    return {kind: write(books.TABLE) for kind, write in books.WRITERS.items()} | {
        "text.csv": "姓名,金额\r\n张三,1\r\n".encode() * 30,
        "text.gbk.csv": '姓名,"金额"\r\n张三,1\r\n'.encode("gb18030") * 30,
        "text.utf16.csv": "姓名\t金额\r\n张三\t1\r\n".encode("utf-16") * 30,
    }


def mutated(content: bytes, kind: str, chance: Random) -> bytes:
    """The file with one to four damages."""
    for _time in range(chance.randint(1, 4)):
        inside = kind.endswith(_CONTAINERS) and chance.random() < 0.7
        content = _with_changed_part(content, chance) if inside else _damaged(content, chance)
    return content


def flipped(content: bytes, chance: Random) -> bytes:
    """A few bytes are others: what a bad disk does."""
    changed = bytearray(content)
    for _time in range(chance.randint(1, 5)):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _damaged(content: bytes, chance: Random) -> bytes:
    if not content:
        return content
    start = chance.randrange(len(content))
    end = min(len(content), start + chance.choice((1, 4, 64, 1024)))
    return chance.choice(
        (
            flipped(content, chance),
            content[:start],
            content[:start] + content[end:],
            content[:end] + content[start:],
            content[:start] + chance.choice(_WORDS) + content[start:],
            content[:start] + chance.randbytes(end - start) + content[end:],
            _with_other_number(content, start, chance),
        )
    )


def _with_other_number(content: bytes, start: int, chance: Random) -> bytes:
    number = _NUMBER.search(content, start)
    return content[: number.start()] + chance.choice(_NUMBERS) + content[number.end() :] if number else content


def _with_changed_part(content: bytes, chance: Random) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as old:
            parts = {name: old.read(name) for name in old.namelist()}
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError, zipfile.zlib.error):
        return _damaged(content, chance)
    names = [name for name in parts if "sheet" in name.lower() or "workbook" in name or "content" in name or "tyles" in name or "Strings" in name]
    name = chance.choice(names or list(parts) or ["x"])
    if chance.random() < 0.05:
        parts.pop(name, None)
    else:
        parts[name] = _damaged(parts.get(name, b""), chance)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for part, data in parts.items():
            new.writestr(part, data)
    return buffer.getvalue()
