"""Reads a bank's file in a child process with its own memory and time, so that a broken or hostile file ends that child and nothing else.

design/reliability.md 2.3: a workbook of 4.7 KB can make the parser ask for 512 GB and abort its process; no `except` helps there.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from cases.reader.process import Child, Unreadable

__all__ = ["Unreadable", "read_file", "unpack"]

SECONDS = 180


def read_file(
    path: str | Path, *, password: str = "", seconds: float = SECONDS, most_rows: int | None = None, on_wait: Callable[[], None] = lambda: None
) -> Iterator[dict[str, Any]]:
    """Yield each sheet's own message, then its rows: {"rows": [[row number, [text, …]], …]} for each stretch of them.

    The sheet's message is {"sheet", "is_hidden", "merges": [[top, left, bottom, right], …], "hidden_rows": […], "hidden_columns": […]}, rows
    counted from 1 and columns from 0 as in the lists of texts; what a format does not tell is an empty list. Hidden rows and columns are
    read like all others. `most_rows` ends each sheet after so many rows that hold something; its rows are then not counted to the end.

    Every cell is text: numbers in full, dates as 2026-01-04, an error as #N/A, and a number too long for a spreadsheet with an exponent,
    because its digits are lost. `seconds` is how long we wait for the reader in all, and `on_wait` is called every second of it. Raises
    Unreadable with the reason, also when the reader was killed or ran out of time.
    """
    order = {"is_archive": False, "path": str(path), "password": password, "most_rows": most_rows}
    with Child(order, seconds, on_wait) as child:
        yield from child.messages()


def unpack(
    path: str | Path, *, password: str = "", seconds: float = SECONDS, on_wait: Callable[[], None] = lambda: None
) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Yield (name, chunks of its content) for each plain file of a .zip. The name is for showing: it may have folders in it.

    What the caller leaves of the chunks is skipped when it asks for the next file. Raises Unreadable: archive_too_large, bad_container,
    empty, locked, nested_archive, not_an_archive, wrong_password, zip_bomb. That may come after some files: keep nothing of them then; a
    file's checksum is known at its end only.
    """
    order = {"is_archive": True, "path": str(path), "password": password, "most_rows": None}
    with Child(order, seconds, on_wait) as child:
        members = _Members(child)
        while members.message:
            name, chunks = members.message["member"], members.chunks()
            yield name, chunks
            for _chunk in chunks:
                pass


class _Members:
    """The messages of an unpacking child; `message` is the one that is to be looked at next."""

    def __init__(self, child: Child) -> None:
        self._child = child
        self._messages = child.messages()
        self.message = next(self._messages, None)

    def chunks(self) -> Iterator[bytes]:
        self.message = next(self._messages, None)
        while self.message and "bytes" in self.message:
            yield self._child.read(self.message["bytes"])
            self.message = next(self._messages, None)
