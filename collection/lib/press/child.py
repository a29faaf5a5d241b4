"""The process that draws PDFs: limited in memory and files, without network, settings or secrets. Run by drawing.py, never imported.

Requests and answers are one line of JSON each:
    {"fonts": {"400": path, "700": path}, "chars": text, "css": text, "memory_mb": n, "folder": path}  ->  {"ready": true} or {"error": "library"}
    {"html": text, "file": path, "pictures": most, "dpi": n}  ->  {"pages": n} or {"error": text}; pictures of the first pages as file.0.png …
"""

import base64
import binascii
import ctypes
import io
import json
import logging
import re
import resource
import signal
import sys
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pypdfium2
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

PR_SET_PDEATHSIG = 1
IMAGE_TYPES = ("data:image/png;base64,", "data:image/jpeg;base64,")
IMAGE_BYTES = 2_000_000
IMAGES_KEPT = 20
STYLES_KEPT = 20
STYLE = re.compile(r"<style>([^<]*)</style>")
SUBSET_LIBRARIES = ("libharfbuzz-subset.so.0", "libharfbuzz-subset.0.dylib")
# Of hb-subset.h: two flags, and which set holds the layout features.
NO_HINTING, NOTDEF_OUTLINE, LAYOUT_FEATURES = 0x01, 0x40, 6
POINTERS = (
    "hb_blob_create_from_file_or_fail",
    "hb_blob_get_data",
    "hb_face_create",
    "hb_face_reference_blob",
    "hb_subset_input_create_or_fail",
    "hb_subset_input_set",
    "hb_subset_input_unicode_set",
    "hb_subset_or_fail",
)


class Pointer(ctypes.c_void_p):
    """A result that stays a pointer: ctypes would hand on a bare c_void_p as a number of 32 bits."""


class LibraryMissing(Exception):
    """libharfbuzz-subset is not installed."""


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
    """Only the glyphs of this job: embedding a letter's own subset then takes a quarter of the time.

    By libharfbuzz-subset, which WeasyPrint needs as well: tables of thirty thousand glyphs read by fontTools took longer than ten letters.
    """
    harfbuzz = subset_library()
    blob = harfbuzz.hb_blob_create_from_file_or_fail(source.encode())
    face = harfbuzz.hb_face_create(blob, 0)
    wish = harfbuzz.hb_subset_input_create_or_fail()
    harfbuzz.hb_subset_input_set_flags(wish, NO_HINTING | NOTDEF_OUTLINE)
    harfbuzz.hb_set_clear(harfbuzz.hb_subset_input_set(wish, LAYOUT_FEATURES))
    wanted = harfbuzz.hb_subset_input_unicode_set(wish)
    for char in set(chars):
        harfbuzz.hb_set_add(wanted, ord(char))
    size = ctypes.c_uint()
    data = harfbuzz.hb_blob_get_data(harfbuzz.hb_face_reference_blob(harfbuzz.hb_subset_or_fail(face, wish)), ctypes.byref(size))
    target.write_bytes(ctypes.string_at(data, size.value))
    return target.as_uri()


def subset_library() -> ctypes.CDLL:
    """With the results of its functions as pointers. What they hold is never freed: two fonts a process."""
    found = [library for library in map(opened, SUBSET_LIBRARIES) if library]
    if not found:
        raise LibraryMissing
    for name in POINTERS:
        getattr(found[0], name).restype = Pointer
    return found[0]


def opened(library: str) -> ctypes.CDLL | None:
    try:
        return ctypes.CDLL(library)
    except OSError:
        return None


class Sheet(HTML):
    """A document whose elements look as base.css says, instead of as WeasyPrint's whole sheet for HTML."""

    base = CSS(filename=Path(__file__).with_name("base.css"))

    def _ua_stylesheets(self, forms: bool = False) -> list[CSS]:
        return [self.base]


class Drawer:
    def __init__(self, job: dict) -> None:
        folder = Path(job["folder"])
        faces = {weight: small_font(source, job["chars"], folder / f"{weight}.ttf") for weight, source in job["fonts"].items()}
        self.fetcher = OnlyOurs(set(faces.values()))
        self.fonts = FontConfiguration()
        rules = "".join(f"@font-face {{ font-family: Letter; font-weight: {weight}; src: url({uri}) }}\n" for weight, uri in faces.items())
        self.css = CSS(string=rules + job["css"], font_config=self.fonts, url_fetcher=self.fetcher)
        self.rules: dict[str, CSS] = {}  # a template's own, the same for all its letters
        self.images: dict = {}  # a run's letterhead and seal are decoded once

    def draw(self, request: dict) -> dict:
        if len(self.images) > IMAGES_KEPT:  # each letter may bring a QR code of its own
            self.images.clear()
        sheet = Sheet(string=STYLE.sub("", request["html"]), url_fetcher=self.fetcher)
        styles = [self.css, *map(self.rules_of, STYLE.findall(request["html"]))]
        document = sheet.render(stylesheets=styles, font_config=self.fonts, cache=self.images)
        buffer = io.BytesIO()
        document.write_pdf(buffer)
        Path(request["file"]).write_bytes(buffer.getvalue())
        take_pictures(buffer.getvalue(), request)
        return {"pages": len(document.pages)}

    def rules_of(self, text: str) -> CSS:
        if len(self.rules) > STYLES_KEPT:
            self.rules.clear()
        if text not in self.rules:
            self.rules[text] = CSS(string=text, font_config=self.fonts, url_fetcher=self.fetcher)
        return self.rules[text]


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
    try:
        drawer = Drawer(job)
    except LibraryMissing:
        answer({"error": "library"})
        return
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
