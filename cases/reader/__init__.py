"""Reads a bank's file in a child process with its own memory and time, so that a broken or hostile file ends that child and nothing else.

design/reliability.md 2.3: a workbook of 4.7 KB can make the parser ask for 512 GB and abort its process; no `except` helps there.
"""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SECONDS = 180
ROOT = Path(__file__).resolve().parent.parent.parent


class Unreadable(Exception):
    """The file is no table that we read: `code` is a key of cases.wording.FAILURES, `detail` what it is about."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


def read_file(path: str | Path, *, password: str = "", seconds: int = SECONDS) -> Iterator[dict[str, Any]]:
    """Yield {"sheet", "is_hidden"}, then {"rows": [[row number, [text, …]], …]} for each stretch of it, sheet after sheet.

    Every cell is text: numbers in full, dates as 2026-01-04, and a number too long for a spreadsheet with an exponent, because its
    digits are lost. Raises Unreadable with the reason, also when the child was killed or ran out of time.
    """
    child = subprocess.Popen(  # noqa: S603 - our own interpreter on our own module; the path is one argument
        [sys.executable, "-I", "-c", _BOOT, str(ROOT), str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"LANG": "C.UTF-8", "PYTHONUTF8": "1"},
        start_new_session=True,
    )
    overdue = threading.Event()

    def stop() -> None:
        overdue.set()
        child.kill()

    watch = threading.Timer(seconds, stop)
    watch.start()
    try:
        child.stdin.write(password.encode())
        child.stdin.close()
        yield from _messages(child.stdout)
    except (BrokenPipeError, ValueError) as error:
        raise Unreadable("too_slow" if overdue.is_set() else "crashed") from error
    finally:
        watch.cancel()
        child.kill()
        child.stdout.close()
        child.wait()


# The project is put on the path by hand: the child runs isolated from the environment and the working directory.
_BOOT = "import sys; sys.path.insert(0, sys.argv.pop(1)); from cases.reader.child import main; main()"


def _messages(lines: Any) -> Iterator[dict[str, Any]]:
    for line in lines:
        message = json.loads(line)
        if "rejected" in message:
            raise Unreadable(message["rejected"], message["detail"])
        if "end" in message:
            return
        yield message
    raise ValueError("the reader ended before the file did")
