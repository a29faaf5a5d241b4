"""How much memory a process and its children hold at most, watched from outside while they run."""

import os
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path

EVERY = 0.02
_MB = 1024 * 1024


@dataclass
class Peak:
    """Resident megabytes: of the process, of its largest child, and of all of them in the same moment (shared pages counted once for each)."""

    own: int = 0
    child: int = 0
    together: int = 0


def watched(command: list[str], environment: dict[str, str]) -> tuple[str, Peak]:
    """Run the command; what it printed, and its peak. Raises CalledProcessError when it fails."""
    peak, over = Peak(), threading.Event()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    watch = threading.Thread(target=_watch, args=(process.pid, peak, over))
    watch.start()
    try:
        printed, _nothing = process.communicate()
    finally:
        over.set()
        watch.join()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return printed, peak


def _watch(pid: int, peak: Peak, over: threading.Event) -> None:
    while not over.wait(EVERY):
        own, children = _resident(pid), [_resident(child) for child in _children(pid)]
        peak.own, peak.child = max(peak.own, own), max(peak.child, *children, 0)
        peak.together = max(peak.together, own + sum(children))


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()]
    except OSError:
        return []


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // _MB
    except OSError:
        return 0
