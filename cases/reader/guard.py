"""What a zip container may look like, checked from its directory and the first bytes of its parts before anything is unpacked (S16–S18, S21)."""

import re
import stat
import zipfile

MOST_ENTRIES = 2_000
MOST_BYTES = 3 * 1024 * 1024 * 1024
# Sheets pack 10 to 30 times; a bomb packs a thousand times.
MOST_RATIO = 200
RATIO_MATTERS_FROM = 20 * 1024 * 1024
LOOKED_AT = 4096
ENCRYPTED = 0x1

_ROOT = re.compile(rb"<[A-Za-z_]")
_DECLARED = re.compile(rb"(?:\xef\xbb\xbf)?\s*<\?xml[^>]*encoding\s*=\s*[\"']([^\"']+)")
_DOCUMENT_TYPE = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)
_ENCODINGS = (b"utf-8", b"utf8", b"us-ascii", b"ascii", b"iso-8859-1")


class Rejected(Exception):
    """`code` is a key of cases.wording.FAILURES; `detail` says where, never what a cell holds."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


def check_directory(entries: list[zipfile.ZipInfo], size: int) -> None:
    """Names, kinds, sizes and places of the entries, for workbooks and archives alike; `size` is that of the whole file."""
    if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > MOST_BYTES:
        raise Rejected("too_large")
    if len({entry.filename.casefold() for entry in entries}) != len(entries):
        raise Rejected("bad_container")
    for entry in entries:
        _check_entry(entry)
    _check_overlaps(entries, size)


def _check_entry(entry: zipfile.ZipInfo) -> None:
    name = entry.filename
    if name.startswith("/") or "\\" in name or ".." in name.split("/") or "\0" in name or ":" in name or not _is_plain(entry):
        raise Rejected("bad_container")
    if entry.file_size > RATIO_MATTERS_FROM and entry.file_size > MOST_RATIO * max(entry.compress_size, 1):
        raise Rejected("zip_bomb")


def _is_plain(entry: zipfile.ZipInfo) -> bool:
    """A file or a folder: no link, no device."""
    kind = stat.S_IFMT(entry.external_attr >> 16)
    return kind in (0, stat.S_IFREG, stat.S_IFDIR)


def _check_overlaps(entries: list[zipfile.ZipInfo], size: int) -> None:
    """Entries that share their bytes are how 46 MB unpack to 4.5 PB without one suspicious ratio."""
    end = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        if entry.header_offset < end:
            raise Rejected("bad_container")
        end = entry.header_offset + 30 + len(entry.orig_filename) + entry.compress_size
    if end > size:
        raise Rejected("bad_container")


def check_workbook(book: zipfile.ZipFile, size: int) -> None:
    """The container of an .xlsx, .xlsb or .ods: nothing that runs, nothing embedded, and XML without document types."""
    entries = book.infolist()
    check_directory(entries, size)
    for entry in entries:
        _check_part(entry.filename.lower(), is_encrypted=bool(entry.flag_bits & ENCRYPTED))
    for entry in entries:
        # Opening compares the directory's name with the part's own: a part that a library no longer finds (the styles) would turn dates into numbers.
        with book.open(entry) as part:
            if entry.filename.lower().endswith((".xml", ".rels", ".vml")):
                _check_xml(part.read(LOOKED_AT))


def _check_part(name: str, *, is_encrypted: bool) -> None:
    if is_encrypted:
        raise Rejected("archive")
    if "vbaproject" in name or "/macrosheets/" in name or name.startswith(("basic/", "scripts/")):
        raise Rejected("macros")
    if "/embeddings/" in name or "/activex/" in name:
        raise Rejected("embedded")


def _check_xml(head: bytes) -> None:
    """No document type, so no entities; and an encoding in which we would see one."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff", b"\x00<", b"<\x00")):
        raise Rejected("bad_xml")
    declared = _DECLARED.match(head)
    if declared and declared.group(1).lower() not in _ENCODINGS:
        raise Rejected("bad_xml")
    root = _ROOT.search(head)
    if _DOCUMENT_TYPE.search(head) or (head and root is None):  # a document type stands before the root, so the root must be in sight
        raise Rejected("bad_xml")
