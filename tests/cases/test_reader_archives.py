"""A1.2, S16, S21: a bank's .zip is unpacked in the reader's child: its plain files come whole, or the reason why not."""

import io
import zipfile
import zlib

import pytest
import pyzipper

from cases.reader import Unreadable, unpack
from cases.wording import FAILURES
from tests.cases import files
from tests.cases.corpus import books, hostile

PASSWORD = "密码2026"


def unpacked(path, **kwargs) -> dict[str, bytes]:
    return {name: b"".join(chunks) for name, chunks in unpack(path, **kwargs)}


def refused(path, **kwargs) -> tuple[str, str]:
    with pytest.raises(Unreadable) as caught:
        unpacked(path, **kwargs)
    assert caught.value.code in FAILURES
    return caught.value.code, caught.value.detail


def archive(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    return buffer.getvalue()


def locked(members: dict[str, bytes], password: bytes, **kwargs) -> bytes:
    buffer = io.BytesIO()
    with pyzipper.AESZipFile(buffer, "w", compression=pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES, **kwargs) as packed:
        packed.setpassword(password)
        for name, content in members.items():
            packed.writestr(name, content)
    return buffer.getvalue()


def locked_the_old_way(name: str, content: bytes, password: bytes) -> bytes:
    """ZipCrypto (APPNOTE 6.1), which no library here writes."""
    check = zlib.crc32(content)
    keys = [0x12345678, 0x23456789, 0x34567890]

    def update(byte: int) -> None:
        keys[0] = _crc(keys[0], byte)
        keys[1] = ((keys[1] + (keys[0] & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = _crc(keys[2], keys[1] >> 24)

    for byte in password:
        update(byte)
    clear = bytes(11) + bytes([check >> 24]) + content
    secret = bytearray()
    for byte in clear:
        mask = (keys[2] | 2) & 0xFFFF
        secret.append(byte ^ ((mask * (mask ^ 1) >> 8) & 0xFF))
        update(byte)
    return _entry(name.encode(), bytes(secret), crc=check, size=len(content), flags=0x801)


def _crc(before: int, byte: int) -> int:
    return zlib.crc32(bytes([byte]), before ^ 0xFFFFFFFF) ^ 0xFFFFFFFF


def _entry(name: bytes, stored: bytes, *, crc: int, size: int, flags: int) -> bytes:
    """An archive of one entry, byte by byte."""
    common = b"".join(
        value.to_bytes(width, "little") for value, width in ((20, 2), (flags, 2), (0, 2), (0, 4), (crc, 4), (len(stored), 4), (size, 4), (len(name), 2), (0, 2))
    )
    local = b"PK\x03\x04" + common + name + stored
    central = b"PK\x01\x02" + b"\x14\0" + common + bytes(14) + name
    return local + central + b"PK\x05\x06" + bytes(4) + b"\1\0\1\0" + len(central).to_bytes(4, "little") + len(local).to_bytes(4, "little") + b"\0\0"


def test_plain_files_come_whole(tmp_path):
    """A1.2: several files of one arrival; what systems leave behind is passed over."""
    book = books.shared_book(books.TABLE)
    members = {"委案/名单.xlsx": book, "a.csv": b"1,2", "__MACOSX/._a": b"x", "委案/Thumbs.db": b"x", "委案/~$名单.xlsx": b"x", "空/": b""}

    found = unpacked(files.written(tmp_path, archive(members), "a.zip"))

    assert found == {"委案/名单.xlsx": book, "a.csv": b"1,2"}


def test_large_files_come_in_pieces(tmp_path):
    """A1.2: the parent holds a megabyte at a time; a file that it leaves is skipped."""
    large = b"0123456789" * 500_000
    path = files.written(tmp_path, archive({"large.csv": large, "small.csv": b"1"}), "a.zip")

    sizes, names = [], []
    for name, chunks in unpack(path):
        names.append(name)
        sizes.append(len(next(chunks)))

    assert names == ["large.csv", "small.csv"]
    assert sizes == [1024 * 1024, 1]


@pytest.mark.parametrize(
    ("name", "flags"),
    [("银行名单.csv".encode("gbk"), 0), ("银行名单.csv".encode(), 0), ("银行名单.csv".encode(), 0x800)],
    ids=["GBK", "UTF-8 without a mark", "UTF-8"],
)
def test_chinese_names_are_read(tmp_path, name, flags):
    """A1.2: Chinese Windows writes names in GBK and does not say so."""
    path = files.written(tmp_path, _entry(name, b"1,2", crc=zlib.crc32(b"1,2"), size=3, flags=flags), "a.zip")

    assert unpacked(path) == {"银行名单.csv": b"1,2"}


@pytest.mark.parametrize(
    "content",
    [
        locked({"a.csv": b"1,2"}, PASSWORD.encode()),
        locked({"a.csv": b"1,2"}, PASSWORD.encode("gbk")),
        locked_the_old_way("a.csv", b"1,2", PASSWORD.encode()),
        locked_the_old_way("a.csv", b"1,2", PASSWORD.encode("gbk")),
    ],
    ids=["AES", "AES, password in GBK", "ZipCrypto", "ZipCrypto, password in GBK"],
)
def test_locked_archive_opens_with_its_password_only(tmp_path, content):
    """A1.2, annex 2: password, however it is kept."""
    path = files.written(tmp_path, content, "a.zip")

    codes = [refused(path)[0], refused(path, password="wrong")[0]]

    assert codes == ["locked", "wrong_password"]
    assert unpacked(path, password=PASSWORD) == {"a.csv": b"1,2"}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (archive({"in.zip": archive({"a": b"1"})}), ("nested_archive", "in.zip")),
        (archive({"名单.rar": b"Rar!\x1a\x07\x01\x00"}), ("nested_archive", "名单.rar")),
        (archive({}), ("empty", "")),
        (archive({"../evil.csv": b""}), ("bad_container", "")),
        (archive({"/etc/evil.csv": b""}), ("bad_container", "")),
        (archive({"a.csv": b"1", "A.csv": b"2"}), ("bad_container", "")),
        (hostile.linked(), ("bad_container", "")),
        (hostile.doubled(), ("bad_container", "")),
        (archive({f"{number}.csv": b"1" for number in range(201)}), ("archive_too_large", "")),
        (archive({"a.csv": b"1" * 30_000_000}), ("zip_bomb", "")),
        (hostile.bomb_of_one_kernel(), ("bad_container", "")),
        (archive({"a.csv": b"1,2" * 1000})[:-30], ("truncated", "")),
        (b"a,b", ("not_an_archive", "")),
        (b"Rar!\x1a\x07\x00", ("not_an_archive", "")),
    ],
    ids=[
        "zip in zip", "rar in zip", "nothing in it", "zip slip", "absolute path", "names that differ in case", "link", "duplicate entries", "too many", "bomb",
        "bomb of one kernel", "cut short", "text", "rar",
    ],
)  # fmt: skip
def test_bad_archive_is_refused_with_its_reason(tmp_path, content, reason):
    """S16, S21: nothing is written outside, nothing grows."""
    assert refused(files.written(tmp_path, content, "a.zip")) == reason


def test_damaged_file_is_found_at_its_end(tmp_path):
    """A1.2: the checksum proves that a file came whole."""
    content = bytearray(_entry(b"a.csv", b"1,2\n3,4\n", crc=zlib.crc32(b"1,2\n3,4\n"), size=8, flags=0))
    content[content.find(b"1,2")] = ord("9")

    assert refused(files.written(tmp_path, bytes(content), "a.zip")) == ("not_a_table", "a.csv")
