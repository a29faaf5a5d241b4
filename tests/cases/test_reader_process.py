"""Reliability 2.3, F05: the reader's child is limited, and lives no longer than the one who asked."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cases.reader import read_file
from tests.cases import files
from tests.cases.corpus import books

ROOT = Path(__file__).resolve().parent.parent.parent
linux = pytest.mark.skipif(sys.platform != "linux", reason="the kernel's own way to end a child with its parent is Linux's")
# Reads the first rows, says so, and goes to sleep over them as a worker that is killed in the middle.
PARENT = """
import sys, time
sys.path.insert(0, sys.argv[1])
from cases.reader import read_file
messages = read_file(sys.argv[2])
next(messages), next(messages)
print("reading", flush=True)
time.sleep(60)
"""


@pytest.fixture
def long_file(tmp_path):
    return files.written(tmp_path, books.shared_book([[f"名{number}", "x" * 200] for number in range(20_000)]))


def children_of(pid: int) -> list[int]:
    """The readers among them: other tests of this process may have left children of another kind."""
    children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return [child for child in children if b"cases.reader" in Path(f"/proc/{child}/cmdline").read_bytes()]


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def gone_in_time(pid: int) -> bool:
    end = time.monotonic() + 5
    while is_alive(pid) and time.monotonic() < end:
        time.sleep(0.02)
    return not is_alive(pid)


@linux
def test_killed_worker_leaves_no_reader_behind(long_file):
    """F01: kill -9 of the one who reads."""
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(ROOT), str(long_file)], stdout=subprocess.PIPE)
    assert parent.stdout.readline() == b"reading\n"
    (reader,) = children_of(parent.pid)
    assert is_alive(reader)

    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    parent.stdout.close()

    assert gone_in_time(reader)


@linux
def test_reader_that_is_not_heard_to_the_end_is_ended(long_file):
    """A1.2: a cancelled import leaves no reader behind."""
    messages = read_file(long_file)
    next(messages)
    (reader,) = children_of(os.getpid())

    messages.close()

    assert not is_alive(reader)


@pytest.mark.slow
def test_time_that_the_caller_takes_does_not_count(long_file):
    """A1.2: writing the rows to the database is not the reader's time."""
    count = 0
    for number, message in enumerate(read_file(long_file, seconds=8)):
        if number == 1:
            time.sleep(8.5)
        count += len(message.get("rows", ()))

    assert count == 20_001  # and the one of the hidden sheet


def most_memory(path: Path) -> int:
    """The reader's largest resident memory so far, in MB, when its last rows come."""
    before, most = set(children_of(os.getpid())), 0
    for _message in read_file(path):
        for child in set(children_of(os.getpid())) - before:
            most = max(most, resident_at_most(child))
    return most


def resident_at_most(process: int) -> int:
    """In MB; 0 when the process has ended meanwhile."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return max((int(line.split()[1]) // 1024 for line in status.splitlines() if line.startswith("VmHWM")), default=0)


@linux
@pytest.mark.slow
def test_memory_does_not_grow_with_the_file(tmp_path):
    """A1.2: three times the rows in the same memory."""
    paths = [
        files.written(tmp_path, books.inline_book([[f"名{number}", "x" * 300, number] for number in range(count)]), f"{count}.xlsx")
        for count in (30_000, 90_000)
    ]

    small, large = [most_memory(path) for path in paths]

    assert 0 < large < 250
    assert large - small < 40
