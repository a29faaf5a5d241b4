"""What a spreadsheet's zip container may look like, checked from its directory before anything is unpacked (S16–S18, S21)."""

import re
import stat
import zipfile

MOST_ENTRIES = 2_000
MOST_BYTES = 1_500 * 1024 * 1024
# Sheets pack 10 to 30 times; a bomb packs a thousand times.
MOST_RATIO = 200
RATIO_MATTERS_FROM = 20 * 1024 * 1024
LOOKED_AT = 4096


class Rejected(Exception):
    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


def check_container(book: zipfile.ZipFile) -> None:
    entries = book.infolist()
    if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > MOST_BYTES:
        raise Rejected("too_large")
    if len({entry.filename.lower() for entry in entries}) != len(entries):
        raise Rejected("bad_container")
    for entry in entries:
        _check_entry(entry)
    for entry in entries:
        if entry.filename.lower().endswith((".xml", ".rels", ".vml")):
            with book.open(entry) as part:
                _check_xml(part.read(LOOKED_AT))


def _check_entry(entry: zipfile.ZipInfo) -> None:
    name = entry.filename
    if name.startswith("/") or "\\" in name or ".." in name.split("/") or "\0" in name or ":" in name or stat.S_ISLNK(entry.external_attr >> 16):
        raise Rejected("bad_container")
    if entry.flag_bits & 0x1:
        raise Rejected("archive")
    if "vbaproject" in name.lower():
        raise Rejected("macros")
    if entry.file_size > RATIO_MATTERS_FROM and entry.file_size > MOST_RATIO * max(entry.compress_size, 1):
        raise Rejected("zip_bomb")


def _check_xml(head: bytes) -> None:
    """No document type, so no entities; and an encoding in which we would see one."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff", b"\x00<", b"<\x00")):
        raise Rejected("bad_xml")
    declared = re.match(rb"\s*(?:\xef\xbb\xbf)?<\?xml[^>]*encoding\s*=\s*[\"']([^\"']+)", head)
    if declared and declared.group(1).lower() not in (b"utf-8", b"utf8", b"us-ascii", b"ascii", b"iso-8859-1"):
        raise Rejected("bad_xml")
    if re.search(rb"<!\s*(DOCTYPE|ENTITY)", head, re.IGNORECASE):
        raise Rejected("bad_xml")
