"""The parts of an office file (.xlsx, .xlsb) and how they refer to each other."""

import zipfile
from collections.abc import Iterator
from posixpath import dirname, join, normpath
from xml.etree.ElementTree import Element

from defusedxml import ElementTree

from cases.reader.guard import Rejected

# A workbook's frame (its list of sheets, relations, styles), and a binary sheet, are held whole.
LONGEST_PART = 128 * 1024 * 1024


def relations(book: zipfile.ZipFile, path: str) -> Iterator[tuple[str, str, str]]:
    """(kind, part, key) of what a part refers to inside the container; nothing outside is ever looked at."""
    folder, _sep, file = path.rpartition("/")
    for relation in xml_of(book, join(folder, "_rels", f"{file}.rels")):
        if relation.get("TargetMode") != "External":
            target = relation.get("Target", "")
            target = target.lstrip("/") if target.startswith("/") else normpath(join(dirname(path), target))
            yield relation.get("Type", "").rpartition("/")[2], target, relation.get("Id", "")


def xml_of(book: zipfile.ZipFile, path: str) -> Element:
    return ElementTree.fromstring(part_of(book, path), forbid_dtd=True)


def part_of(book: zipfile.ZipFile, path: str) -> bytes:
    """Raises KeyError if there is no such part."""
    path = path_of(book, path)
    if book.getinfo(path).file_size > LONGEST_PART:
        raise Rejected("too_large")
    return book.read(path)


def path_of(book: zipfile.ZipFile, path: str) -> str:
    """The part as the container spells it: capitals do not matter to Excel."""
    if path in book.NameToInfo:
        return path
    return next((name for name in book.namelist() if name.casefold() == path.casefold()), path)


def local(tag: str) -> str:
    """The name of an element or attribute without its namespace."""
    return tag.rpartition("}")[2]
