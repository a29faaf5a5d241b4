"""Draws pages in a child process that may be killed: a bad letter costs itself, not its neighbours (F30)."""

import contextlib
import json
import os
import selectors
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from collection.lib.press.fonts import ALWAYS, FontMissing, font_files

CHILD = Path(__file__).resolve().parent / "child.py"
SECONDS_A_LETTER = 30
SECONDS_TO_START = 60
MEMORY_MB = 1024
# A fresh child after this many letters keeps its memory flat, whatever the libraries cache.
LETTERS_A_CHILD = 500
DPI = 110

FONTS_CONF = '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><dir>{folder}</dir><cachedir>{folder}/cache</cachedir></fontconfig>'


class NotDrawn(Exception):
    """The letter could not be drawn. The message is a code: timeout, memory, crash, or the drawer's own error."""


@dataclass(frozen=True)
class Drawn:
    """A PDF, how many pages it has, and pictures (PNG) of the first ones where they were asked for."""

    content: bytes
    pages: int
    pictures: tuple[bytes, ...] = ()


class Press:
    """`with Press(chars=…, css=…) as press: press.draw(html)`: one child for many papers, replaced when it fails. Text is set in the family "Letter"."""

    def __init__(self, *, chars: str, css: str, seconds: float = SECONDS_A_LETTER, memory_mb: int = MEMORY_MB) -> None:
        self.chars, self.seconds, self.memory_mb = chars + ALWAYS, seconds, memory_mb
        self.css = css
        self.child: subprocess.Popen | None = None
        self.drawn = 0

    def __enter__(self) -> "Press":
        self.folder = tempfile.TemporaryDirectory(prefix="letters-", ignore_cleanup_errors=True)
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()
        self.folder.cleanup()

    def draw(self, html: str, *, pictures: int = 0, dpi: int = DPI) -> Drawn:
        """The finished PDF, or NotDrawn. After a failure the next call starts a fresh child. `pictures`: of so many pages at most."""
        if self.child is None or self.drawn >= LETTERS_A_CHILD:
            self.stop()
            self._start()
        target = Path(self.folder.name) / "letter.pdf"
        reply = self._ask({"html": html, "file": str(target), "pictures": pictures, "dpi": dpi}, self.seconds)
        self.drawn += 1
        if "error" in reply:
            self.stop()
            raise NotDrawn(reply["error"])
        taken = [Path(f"{target}.{number}.png") for number in range(min(reply["pages"], pictures))]
        drawn = Drawn(content=target.read_bytes(), pages=reply["pages"], pictures=tuple(path.read_bytes() for path in taken))
        for path in (target, *taken):
            path.unlink()
        return drawn

    def stop(self) -> None:
        if self.child is None:
            return
        child, self.child = self.child, None
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            with contextlib.suppress(OSError):
                pipe.close()

    def _start(self) -> None:
        folder = self.folder.name
        fonts_conf = Path(folder) / "fonts.conf"
        fonts_conf.write_text(FONTS_CONF.format(folder=folder))
        # No PATH: there is nothing to start, and on it Python would ask a compiler where each of Pango's libraries is.
        environment = {"PATH": "", "LANG": "C.UTF-8", "HOME": folder, "TMPDIR": folder, "FONTCONFIG_FILE": str(fonts_conf)}
        if "LD_LIBRARY_PATH" in os.environ:  # where set-up had to unpack Pango without being root
            environment["LD_LIBRARY_PATH"] = os.environ["LD_LIBRARY_PATH"]
        self.child = subprocess.Popen(  # noqa: S603  (our own interpreter on our own file)
            [sys.executable, "-I", "-W", "ignore", str(CHILD)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            env=environment,
        )
        self.drawn = 0
        job = {"fonts": font_files(), "chars": self.chars, "css": self.css, "memory_mb": self.memory_mb, "folder": folder}
        if "error" in self._ask(job, SECONDS_TO_START):
            self.stop()
            raise FontMissing("Letters need libharfbuzz-subset: run make setup.")

    def _ask(self, request: dict, seconds: float) -> dict:
        try:
            self.child.stdin.write(json.dumps(request).encode() + b"\n")
            self.child.stdin.flush()
        except BrokenPipeError as error:
            self.stop()
            raise NotDrawn("crash") from error
        line = self._read_line(seconds)
        return json.loads(line)

    def _read_line(self, seconds: float) -> bytes:
        deadline, line = time.monotonic() + seconds, b""
        with selectors.DefaultSelector() as selector:
            selector.register(self.child.stdout, selectors.EVENT_READ)
            while not line.endswith(b"\n"):
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    self.stop()
                    raise NotDrawn("timeout")
                piece = os.read(self.child.stdout.fileno(), 65536)
                if not piece:
                    self.stop()
                    raise NotDrawn("crash")
                line += piece
        return line


def draw_one(html: str, *, css: str, pictures: int = 0, seconds: float = SECONDS_A_LETTER) -> Drawn:
    """One document in a child of its own."""
    with Press(chars=html, css=css, seconds=seconds) as press:
        return press.draw(html, pictures=pictures)
