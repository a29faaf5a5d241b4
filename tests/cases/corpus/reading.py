"""What a test asks the reader, and how it changes a workbook's parts."""

import io
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cases.reader import Unreadable, read_file

SECONDS = 10


def texts(path: Path, **kwargs: Any) -> dict[str, list[list[Any]]]:
    """{sheet: [[row, cells], …]}"""
    return {sheet["sheet"]: rows for sheet, rows in sheets(path, **kwargs)}


def sheets(path: Path, **kwargs: Any) -> list[tuple[dict[str, Any], list[list[Any]]]]:
    """(the sheet's own message, its rows) of every sheet."""
    found: list[tuple[dict[str, Any], list[list[Any]]]] = []
    for message in read_file(path, **kwargs):
        if "sheet" in message:
            found.append((message, []))
        else:
            found[-1][1].extend(message["rows"])
    return found


def rejection(path: Path, **kwargs: Any) -> tuple[str, str]:
    """(code, detail); within seconds."""
    begun = time.monotonic()
    with pytest.raises(Unreadable) as caught:
        texts(path, **kwargs)
    assert time.monotonic() - begun < SECONDS
    return caught.value.code, caught.value.detail


def rejected(path: Path, **kwargs: Any) -> str:
    return rejection(path, **kwargs)[0]


def repacked(content: bytes, change: Callable[[str, bytes], bytes], *, names: dict[str, bytes] | None = None) -> bytes:
    """The workbook with its parts passed through `change(name, bytes)`, and more parts added."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
        for name, part in (names or {}).items():
            new.writestr(name, part)
    return buffer.getvalue()


def same(_name: str, part: bytes) -> bytes:
    return part


def replaced(part_name: str, old: bytes, new: bytes) -> Callable[[str, bytes], bytes]:
    """A change of one part; the test fails if there is nothing to change."""

    def change(name: str, part: bytes) -> bytes:
        if not name.endswith(part_name):
            return part
        assert old in part
        return part.replace(old, new)

    return change
