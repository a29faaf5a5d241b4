"""Starts the reader's child, gives it its order, and hears what it says, for as long as it may take."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import orjson

ROOT = Path(__file__).resolve().parent.parent.parent
# The project is put on the path by hand: the child runs isolated from the environment and the working directory.
_BOOT = "import sys; sys.path.insert(0, sys.argv.pop(1)); from cases.reader.child import main; main()"
SECONDS_TO_END = 5
WAKE_EVERY = 1.0
# What the child may say while we still work on what it said before.
PIPE = 1024 * 1024
# No honest message is longer: a stretch of rows has its limit (tables.py).
LONGEST_MESSAGE = 64 * 1024 * 1024

Heard = TypeVar("Heard")


class Unreadable(Exception):
    """The file is no table that we read: `code` is a key of cases.wording.FAILURES, `detail` what it is about."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class Child:
    """A running reader. `seconds` counts only while we wait for it, not while the caller works on what it said, nor in `on_wait`."""

    def __init__(self, order: dict[str, Any], seconds: float, on_wait: Callable[[], None]) -> None:
        self._left = seconds
        self._on_wait = on_wait
        self._listener = ThreadPoolExecutor(1)
        self._is_overdue = False
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter on our own module
            [sys.executable, "-I", "-c", _BOOT, str(ROOT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pipesize=PIPE,
            env={"LANG": "C.UTF-8", "PYTHONUTF8": "1"},
            start_new_session=True,
        )
        self._order = orjson.dumps(order | {"parent": os.getpid()})

    def __enter__(self) -> Self:
        try:
            self._process.stdin.write(self._order)
            self._process.stdin.close()
        except BrokenPipeError:  # said below, when nothing is heard
            pass
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._process.kill()
        self._listener.shutdown()
        self._process.stdout.close()
        self._process.wait()

    def messages(self) -> Iterator[dict[str, Any]]:
        """What the child says until its end. Raises Unreadable if it rejects the file, dies, or takes too long."""
        while True:
            line = self._wait_for(lambda: self._process.stdout.readline(LONGEST_MESSAGE))
            if not line.endswith(b"\n"):
                raise self._death()
            message = orjson.loads(line)
            if "rejected" in message:
                raise Unreadable(message["rejected"], message["detail"])
            if "end" in message:
                return
            yield message

    def read(self, size: int) -> bytes:
        """The bytes that follow a message."""
        heard = self._wait_for(lambda: self._process.stdout.read(size))
        if len(heard) < size:
            raise self._death()
        return heard

    def _wait_for(self, listen: Callable[[], Heard]) -> Heard:
        heard = self._listener.submit(listen)
        while not self._is_there(heard):
            if self._left <= 0:
                self._is_overdue = True
                self._process.kill()
                break
            self._on_wait()
        return heard.result()

    def _is_there(self, heard: Future) -> bool:
        """Waits for it a little."""
        begun = time.monotonic()
        wait([heard], max(0, min(self._left, WAKE_EVERY)))
        self._left -= time.monotonic() - begun
        return heard.done()

    def _death(self) -> Unreadable:
        """Why it fell silent. Out of memory, the parser aborts its process; out of processor time, the system ends it."""
        try:
            code = self._process.wait(SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            return Unreadable("crashed")
        if self._is_overdue or code == -signal.SIGXCPU:
            return Unreadable("too_slow")
        return Unreadable("too_large" if code == -signal.SIGABRT else "crashed")
