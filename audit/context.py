"""Where the present change comes from: a page's address, a command, a task. Set at the edges, read by `record`."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_origin: ContextVar[str] = ContextVar("origin", default="")


def current_origin() -> str:
    return _origin.get()


@contextmanager
def origin(text: str) -> Iterator[None]:
    token = _origin.set(text[:120])
    try:
        yield
    finally:
        _origin.reset(token)
