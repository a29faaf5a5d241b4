"""A letter as one HTML document for the press: letterhead, window-envelope address block, running headers, page numbers (F)."""

import re
from dataclasses import dataclass
from html import escape

from letters.markup import Values, fill, to_html

EDGES = ("first_header", "odd_header", "even_header", "first_footer", "footer")


@dataclass(frozen=True)
class Window:
    """What the envelope's window shows: where the letter goes, nothing of why (CR-25)."""

    postcode: str
    address: str
    addressee: str


def sheet(*, heading: str, body: str, layout: dict, values: Values, window: Window) -> str:
    parts = [
        '<!DOCTYPE html><html lang="zh-Hans"><head><meta charset="utf-8">',
        f"<title>{escape(values.texts['letter_number'])}</title><style>{page_number_rules(layout)}</style></head><body>",
        _edge("first-header", _letterhead(fill(layout.get("first_header", ""), values))),
        *(_edge(name.replace("_", "-"), escape(fill(layout.get(name, ""), values))) for name in EDGES[1:]),
        '<div class="window">',
        f'<div class="postcode">{escape(window.postcode)}</div><div>{escape(window.address)}</div>',
        f'<div class="addressee">{escape(window.addressee)}</div></div>',
        f'<div class="marks">编号：{escape(values.texts["letter_number"])}<br>{escape(values.texts["today"])}</div>',
        f"<h1>{escape(fill(heading, values))}</h1>",
        _body(body, values),
        '<div id="end"></div></body></html>',
    ]
    return "".join(parts)


def page_number_rules(layout: dict) -> str:
    """Numbers start at 1 on page `number_from`; the pages before it (a cover) carry none (F)."""
    start = number_from(layout)
    if start <= 1:
        return ""
    silent = "".join(f"@page :nth({page}) {{ @bottom-center {{ content: none }} }}" for page in range(1, start))
    total = '@page { @bottom-center { content: "第 " counter(page) " 页 共 " target-counter("#end", page) " 页" } }'
    return f"{total}{silent}@page :nth({start}) {{ counter-reset: page 1 }}"


def number_from(layout: dict) -> int:
    value = layout.get("number_from", 1)
    return value if isinstance(value, int) and 1 <= value <= 20 else 1


def _edge(name: str, html: str) -> str:
    return f'<div class="run {name}">{html}</div>' if html else ""


def _letterhead(text: str) -> str:
    """The first line large, the rest beneath it."""
    first, _, rest = text.partition("\n")
    rest = "" if rest == first else rest  # an agency that has entered neither phone nor address
    return f'<span class="letterhead">{escape(first)}</span>{escape(rest)}' if first else ""


def _body(body: str, values: Values) -> str:
    """The salutation, a first line that ends with a colon, is not indented."""
    html = to_html(body, values)
    return re.sub(r"^<section><p>([^<]*：)</p>", r'<section><p class="salutation">\1</p>', html, count=1)
