"""Letters per second: ours on one core and on both, against naive WeasyPrint (fonts loaded for each letter) and against typst.

All draw the seeded demand letter with made-up values, each with a number of its own; ratios are of the medians of alternating rounds in
the same run. The child's memory is watched over a thousand letters.
"""

import io
import logging
import os
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from importlib import import_module
from pathlib import Path

from pypdf import PdfReader
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

from bench.parts.typst_letter import Setter, source
from collection.lib.press.fonts import font_files
from letters.layout import Layout
from letters.markup import NO_PICTURES
from letters.models import LetterTemplate
from letters.printing.press import ASSETS, Press
from letters.printing.samples import SAMPLE_WINDOW, sample_values, template_sheet

ROUNDS = 3
OURS, NAIVE, TYPST = 60, 8, 60
MEMORY_LETTERS = 1000
TODAY = date(2026, 11, 23)
LAYOUT = {"first_header": "{agency_name}\n{agency_contact}", "odd_header": "{agency_name}", "even_header": "{letter_number}", "number_from": 1}


def template(number: int) -> LetterTemplate:
    """The demand letter of the seed, without a database, with a last line of its own."""
    body = import_module("letters.migrations.0002_seed").DEMAND
    return LetterTemplate(kind="demand", heading="催告函", body=f"{body}\n第{number}号", layout=LAYOUT)


def sheets(count: int) -> list[str]:
    return [template_sheet(template(number), today=TODAY) for number in range(count)]


def ours(letters: list[str]) -> bytes:
    with Press(chars="".join(set("".join(letters)))) as press:
        for letter in letters:
            drawn = press.draw(letter)
    return drawn.content


def ours_on_both(letters: list[str]) -> None:
    """Two children, each with every second letter."""
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(ours, (letters[::2], letters[1::2])))


def naive(letters: list[str]) -> bytes:
    css = (ASSETS / "common.css").read_text() + (ASSETS / "letter.css").read_text()
    faces = "".join(f"@font-face {{ font-family: Letter; font-weight: {weight}; src: url(file://{path}) }}" for weight, path in font_files().items())
    for letter in letters:
        fonts = FontConfiguration()
        content = HTML(string=letter).write_pdf(stylesheets=[CSS(string=faces + css, font_config=fonts)], font_config=fonts)
    return content


def with_typst(letters: list[bytes]) -> bytes:
    setter = Setter(list(font_files().values()))
    for letter in letters:
        content = setter.draw(letter)
    return content


def typst_letters(count: int) -> list[bytes]:
    rows = [template(number) for number in range(count)]
    window = " ".join((SAMPLE_WINDOW.postcode, SAMPLE_WINDOW.address, SAMPLE_WINDOW.addressee))
    return [source(row.body, row.heading, Layout.of(LAYOUT), sample_values(row, today=TODAY, pictures=NO_PICTURES), window) for row in rows]


def speed(draw: Callable[[list], object], letters: list) -> float:
    start = time.perf_counter()
    draw(letters)
    return len(letters) / (time.perf_counter() - start)


def memory() -> tuple[int, int]:
    """A worker's child in MB after 50 letters, and at most over a thousand: it must not grow."""
    letters = sheets(50)
    with Press(chars="".join(set("".join(letters)))) as press:
        for letter in letters:
            press.draw(letter)
        early = most = resident(press)
        for number in range(MEMORY_LETTERS - 50):
            press.draw(letters[number % 50])
            most = max(most, resident(press))
        return early, most


def resident(press: Press) -> int:
    pages = int(Path(f"/proc/{press.child.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1_048_576


def text_of(content: bytes) -> str:
    return "".join("".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).split())


def run() -> dict:
    for name in ("weasyprint", "weasyprint.progress", "fontTools"):
        logging.getLogger(name).setLevel(logging.ERROR)
    one, two, plain, rival = [], [], [], []
    mine, theirs = sheets(OURS), typst_letters(TYPST)
    for _round in range(ROUNDS):
        one.append(speed(ours, mine))
        two.append(speed(ours_on_both, mine * 2))
        plain.append(speed(naive, mine[:NAIVE]))
        rival.append(speed(with_typst, theirs))
    early, most = memory()
    middle = {name: statistics.median(rounds) for name, rounds in (("one", one), ("two", two), ("naive", plain), ("typst", rival))}
    our_pdf, naive_pdf, typst_pdf = ours(mine[:1]), naive(mine[:1]), with_typst(theirs[:1])
    return {
        "letters_per_second": round(middle["one"], 1),
        "letters_per_second_two_workers": round(middle["two"], 1),
        "ratio_two_workers_to_one": round(middle["two"] / middle["one"], 2),
        "naive_letters_per_second": round(middle["naive"], 1),
        "ratio_to_naive": round(middle["one"] / middle["naive"], 2),
        "typst_letters_per_second": round(middle["typst"], 1),
        "ratio_to_typst": round(middle["one"] / middle["typst"], 2),
        "bytes_per_letter": len(our_pdf),
        "naive_bytes_per_letter": len(naive_pdf),
        "typst_bytes_per_letter": len(typst_pdf),
        "same_text_as_naive": text_of(our_pdf) == text_of(naive_pdf),
        "same_pages_as_typst": len(PdfReader(io.BytesIO(our_pdf)).pages) == len(PdfReader(io.BytesIO(typst_pdf)).pages),
        "child_mb_after_50": early,
        f"child_mb_at_most_over_{MEMORY_LETTERS}": most,
    }
