"""The process that draws PDFs: limited in memory and files, without network, settings or secrets. Run by drawing.py, never imported.

Requests and answers are one line of JSON each:
    {"fonts": {"400": path, "700": path}, "chars": text, "css": text, "memory_mb": n, "folder": path}  ->  {"ready": true}
    {"html": text, "file": path, "pictures": most, "dpi": n}  ->  {"pages": n} or {"error": text}; pictures of the first pages as file.0.png …
"""

import base64
import binascii
import ctypes
import io
import json
import logging
import resource
import signal
import sys
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pypdfium2
from fontTools import subset
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

PR_SET_PDEATHSIG = 1
IMAGE_TYPES = ("data:image/png;base64,", "data:image/jpeg;base64,")
IMAGE_BYTES = 2_000_000
IMAGES_KEPT = 20


class NotAllowed(ValueError):
    """A letter asked for something outside itself."""


class OnlyOurs(URLFetcher):
    """Our own fonts and images that the letter carries itself; nothing else on the disk, nothing on any network (S14)."""

    def __init__(self, allowed: set[str]) -> None:
        super().__init__(allowed_protocols=("data", "file"))
        self.allowed = allowed

    def fetch(self, url: str, headers: dict | None = None) -> URLFetcherResponse:
        if url in self.allowed:
            return URLFetcherResponse(url, Path(unquote_to_bytes(url.removeprefix("file://")).decode()).read_bytes(), {"Content-Type": "font/ttf"})
        kind = next((kind for kind in IMAGE_TYPES if url.startswith(kind)), None)
        if kind is None:
            raise NotAllowed(url[:80])
        try:
            image = base64.b64decode(url.removeprefix(kind), validate=True)
        except binascii.Error as error:
            raise NotAllowed("broken image") from error
        if len(image) > IMAGE_BYTES:
            raise NotAllowed("image too large")
        return URLFetcherResponse(url, image, {"Content-Type": kind[5:].partition(";")[0]})


def limit(memory_mb: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory_mb * 1024 * 1024,) * 2)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200 * 1024 * 1024,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # The parent may be killed at any moment; nobody would read our answer.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def small_font(source: str, chars: str, target: Path) -> str:
    """Only the glyphs of this job: embedding a letter's own subset then takes a quarter of the time."""
    options = subset.Options()
    options.layout_features = []
    options.hinting = False
    options.notdef_outline = True
    options.name_IDs = [1, 2, 4, 6]
    font = subset.load_font(source, options, lazy=True)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=[ord(char) for char in set(chars)])
    subsetter.subset(font)
    subset.save_font(font, str(target), options)
    return target.as_uri()


class Drawer:
    def __init__(self, job: dict) -> None:
        folder = Path(job["folder"])
        faces = {weight: small_font(source, job["chars"], folder / f"{weight}.ttf") for weight, source in job["fonts"].items()}
        self.fetcher = OnlyOurs(set(faces.values()))
        self.fonts = FontConfiguration()
        rules = "".join(f"@font-face {{ font-family: Letter; font-weight: {weight}; src: url({uri}) }}\n" for weight, uri in faces.items())
        self.css = CSS(string=rules + job["css"], font_config=self.fonts, url_fetcher=self.fetcher)
        self.images: dict = {}  # a run's letterhead and seal are decoded once

    def draw(self, request: dict) -> dict:
        if len(self.images) > IMAGES_KEPT:  # each letter may bring a QR code of its own
            self.images.clear()
        document = HTML(string=request["html"], url_fetcher=self.fetcher).render(stylesheets=[self.css], font_config=self.fonts, cache=self.images)
        buffer = io.BytesIO()
        document.write_pdf(buffer)
        Path(request["file"]).write_bytes(buffer.getvalue())
        take_pictures(buffer.getvalue(), request)
        return {"pages": len(document.pages)}


def take_pictures(pdf: bytes, request: dict) -> None:
    """The first pages as images, for the browser."""
    if not request["pictures"]:
        return
    with pypdfium2.PdfDocument(pdf) as document:
        for number in range(min(len(document), request["pictures"])):
            page = document[number]
            page.render(scale=request["dpi"] / 72).to_pil().save(f"{request['file']}.{number}.png")


def main() -> None:
    logging.disable(logging.CRITICAL)  # what a letter holds never reaches a log
    job = json.loads(sys.stdin.readline())
    limit(job["memory_mb"])
    drawer = Drawer(job)
    answer({"ready": True})
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer(drawer.draw(request))
        except (MemoryError, SystemError):  # the second is how a C library tells of the first
            answer({"error": "memory"})
            return
        except Exception as error:  # noqa: BLE001  (whatever a bad letter makes of the drawer, the next letter must be drawn)
            answer({"error": type(error).__name__})


def answer(reply: dict) -> None:
    sys.stdout.write(json.dumps(reply) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
