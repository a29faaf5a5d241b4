"""Letters per second in one process: ours (one child, fonts cut to the job) against naive WeasyPrint (fonts loaded for each letter).

Both draw the seeded demand letter with made-up values; the ratio is of the medians of alternating rounds on the same machine.
"""

import io
import logging
import os
import statistics
import time
from datetime import date
from importlib import import_module
from pathlib import Path

from pypdf import PdfReader
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

from collection.lib.press.fonts import font_files
from letters.printing.drafts import template_sheet
from letters.printing.press import ASSETS, Press

ROUNDS = 3
OURS, NAIVE = 60, 8
MEMORY_LETTERS = 300
LAYOUT = {"first_header": "{agency_name}\n{agency_contact}", "odd_header": "{agency_name}", "even_header": "{letter_number}", "number_from": 1}


def seeded_body() -> str:
    """The demand letter of the seed, without a database."""
    return import_module("letters.migrations.0002_seed").DEMAND


def sheets(count: int) -> list[str]:
    body = seeded_body()
    return [template_sheet(kind="demand", heading="催告函", body=f"{body}\n第{number}号", layout=LAYOUT, today=date(2026, 11, 23)) for number in range(count)]


def ours(letters: list[str]) -> tuple[float, bytes]:
    start = time.perf_counter()
    with Press(chars="".join(set("".join(letters)))) as press:
        for letter in letters:
            drawn = press.draw(letter)
    return len(letters) / (time.perf_counter() - start), drawn.content


def naive(letters: list[str]) -> tuple[float, bytes]:
    css = (ASSETS / "common.css").read_text() + (ASSETS / "letter.css").read_text()
    faces = "".join(f"@font-face {{ font-family: Letter; font-weight: {weight}; src: url(file://{path}) }}" for weight, path in font_files().items())
    start = time.perf_counter()
    for letter in letters:
        fonts = FontConfiguration()
        content = HTML(string=letter).write_pdf(stylesheets=[CSS(string=faces + css, font_config=fonts)], font_config=fonts)
    return len(letters) / (time.perf_counter() - start), content


def memory() -> tuple[int, int]:
    """The child's resident memory in MB after 50 letters and after many: it must not grow."""
    letters = sheets(50)
    with Press(chars="".join(set("".join(letters)))) as press:
        for letter in letters:
            press.draw(letter)
        early = resident(press)
        for number in range(MEMORY_LETTERS):
            press.draw(letters[number % 50])
        return early, resident(press)


def resident(press: Press) -> int:
    pages = int(Path(f"/proc/{press.child.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1_048_576


def text_of(content: bytes) -> str:
    return "".join("".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).split())


def run() -> dict:
    for name in ("weasyprint", "weasyprint.progress", "fontTools"):
        logging.getLogger(name).setLevel(logging.ERROR)
    mine, theirs = [], []
    for _round in range(ROUNDS):
        speed, our_pdf = ours(sheets(OURS))
        mine.append(speed)
        speed, naive_pdf = naive(sheets(NAIVE))
        theirs.append(speed)
    early, late = memory()
    return {
        "letters_per_second": round(statistics.median(mine), 1),
        "naive_letters_per_second": round(statistics.median(theirs), 1),
        "ratio_to_naive": round(statistics.median(mine) / statistics.median(theirs), 2),
        "bytes_per_letter": len(our_pdf),
        "naive_bytes_per_letter": len(naive_pdf),
        "same_text": text_of(our_pdf).replace(f"第{OURS - 1}号", "") == text_of(naive_pdf).replace(f"第{NAIVE - 1}号", ""),
        "child_mb_after_50": early,
        "child_mb_after_350": late,
    }
