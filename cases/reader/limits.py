"""What the child may use; set before it looks at the file."""

import ctypes
import os
import resource
import signal
import sys

MEMORY = 1024 * 1024 * 1024
CPU_SECONDS = 150
_PR_SET_PDEATHSIG = 1


def limit(parent: int) -> None:
    """`parent` is the process that must live for this one to live."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 5))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    _die_with(parent)


def _die_with(parent: int) -> None:
    """A killed worker leaves no reader behind."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before the line above
            os._exit(1)
