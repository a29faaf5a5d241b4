"""Unpacks a bank's .zip: plain files only, nothing nested, nothing that reaches outside, nothing larger than it says (S16, S21)."""

import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO

import pyzipper

from cases.reader.guard import ENCRYPTED, Rejected, check_directory

MOST_MEMBERS = 200
MOST_UNPACKED = 1024 * 1024 * 1024
CHUNK = 1024 * 1024
_UTF8 = 0x800
_UNICODE_PATH = 0x7075
_SKIPPED_NAMES = ("thumbs.db", "desktop.ini", ".ds_store")
# What an office file's first part is called; any other zip inside a zip is an archive.
_OFFICE_PARTS = (b"[Content_Types].xml", b"mimetype", b"_rels/", b"docProps/", b"xl/", b"word/", b"ppt/", b"customXml/", b"META-INF/")
_ARCHIVES = (b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"MSCF")


def unpack(file: BinaryIO, size: int, password: str) -> Iterator[tuple[str, Iterator[bytes]]]:
    """(name, chunks) of each member; the chunks must be used up before the next member is asked for."""
    with _archive(file) as archive:
        entries = archive.infolist()
        check_directory(entries, size)
        members = [(_name(entry), entry) for entry in entries if not entry.is_dir()]
        members = [(name, entry) for name, entry in members if not _is_skipped(name)]
        _check_members(members)
        passwords = _passwords(password) if any(entry.flag_bits & ENCRYPTED for _name, entry in members) else [None]
        for name, entry in members:
            yield name, _chunks(archive, name, entry, passwords)


def _archive(file: BinaryIO) -> pyzipper.AESZipFile:
    try:
        return pyzipper.AESZipFile(file)
    except pyzipper.BadZipFile:
        raise Rejected("truncated") from None


def _check_members(members: list[tuple[str, pyzipper.ZipInfo]]) -> None:
    if not members:
        raise Rejected("empty")
    if len(members) > MOST_MEMBERS or sum(entry.file_size for _name, entry in members) > MOST_UNPACKED:
        raise Rejected("archive_too_large")
    if len({name.casefold() for name, _entry in members}) != len(members):
        raise Rejected("bad_container")


def _name(entry: pyzipper.ZipInfo) -> str:
    """As the one who packed it saw it: Chinese Windows writes names in GBK and says nothing of it."""
    if named := _unicode_path(entry.extra):
        return named
    if entry.flag_bits & _UTF8:
        return entry.filename
    raw = entry.filename.encode("cp437")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return entry.filename


def _unicode_path(extra: bytes) -> str:
    """The name that some packers add in UTF-8 (Info-ZIP's extra field)."""
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        if kind == _UNICODE_PATH:
            return extra[9 : 4 + size].decode("utf-8", "ignore")
        extra = extra[4 + size :]
    return ""


def _is_skipped(name: str) -> bool:
    """What operating systems and open programs leave behind."""
    *folders, file = name.split("/")
    return "__MACOSX" in folders or file.lower() in _SKIPPED_NAMES or file.startswith(("~$", "._", ".~lock."))


def _passwords(password: str) -> list[bytes]:
    if not password:
        raise Rejected("locked")
    return list(dict.fromkeys([password.encode(), password.encode("gb18030")]))


def _chunks(archive: pyzipper.AESZipFile, name: str, entry: pyzipper.ZipInfo, passwords: list[bytes | None]) -> Iterator[bytes]:
    try:
        with _opened(archive, entry, passwords) as member:
            chunk = member.read(CHUNK)
            if _is_archive(chunk):
                raise Rejected("nested_archive", name)
            while chunk:
                yield chunk
                chunk = member.read(CHUNK)
    except (pyzipper.BadZipFile, zlib.error, EOFError):
        # a wrong password of the old encryption passes its one-byte check once in 256 times
        raise Rejected("wrong_password" if entry.flag_bits & ENCRYPTED else "not_a_table", name) from None
    except NotImplementedError:
        raise Rejected("bad_container", name) from None


def _opened(archive: pyzipper.AESZipFile, entry: pyzipper.ZipInfo, passwords: list[bytes | None]) -> BinaryIO:
    for password in passwords:
        try:
            return archive.open(entry, pwd=password)
        except RuntimeError:
            continue
    raise Rejected("wrong_password")


def _is_archive(head: bytes) -> bool:
    if head.startswith(b"PK\x03\x04"):
        return not head[30:].startswith(_OFFICE_PARTS)
    return head.startswith((b"PK", *_ARCHIVES))
