"""A letter as one HTML document for the press: letterhead, window-envelope address block, running headers, page numbers (F)."""

import re
from dataclasses import dataclass
from html import escape

from letters.layout import RIGHT, Frame, Layout
from letters.markup import Values, fill, picture, plain, to_html

MARGIN, FIRST_TOP, TOP = 24, 34, 28  # mm, as in letter.css
NUMBERS = '"第 " counter(page) " 页 共 " {total} " 页"'


@dataclass(frozen=True)
class Window:
    """What the envelope's window shows: where the letter goes, nothing of why (CR-25)."""

    postcode: str
    address: str
    addressee: str


def sheet(*, heading: str, body: str, layout: Layout, values: Values, window: Window | None) -> str:
    """`window` is None for what goes into no envelope (a lobby notice)."""
    frame = layout.frame if window else None
    opening = [*_edges(layout, values), _top(layout, values, window) if window else ""]
    if layout.cover:
        opening.append(_cover(layout.cover, values))
    parts = [
        '<!DOCTYPE html><html lang="zh-Hans"><head><meta charset="utf-8">',
        f"<title>{escape(values.texts['letter_number'])}</title><style>{page_rules(layout, frame)}</style></head><body>",
        *opening,
        f"<h1>{escape(fill(heading, values))}</h1>",
        _body(body, values),
        '<div id="end"></div></body></html>',
    ]
    return "".join(parts)


def page_rules(layout: Layout, frame: Frame | None) -> str:
    """The rules of the pages that differ from template to template (F)."""
    return "".join([_first_page_rules(layout), _number_rules(layout), _frame_rules(layout, frame)])


def _first_page_rules(layout: Layout) -> str:
    if layout.first_page == "same":
        return ""
    own = layout.first_page == "own"
    header = "element(first-header)" if own and (layout.first_header or layout.letterhead_image) else "none"
    footer = "element(first-footer)" if own and layout.first_footer else "none"
    return (
        f"@page :first {{ margin-top: {FIRST_TOP}mm; @top-right {{ content: none }} @top-left {{ content: none }}"
        f" @top-center {{ content: {header} }} @bottom-left {{ content: {footer} }} }}"
    )


def _number_rules(layout: Layout) -> str:
    """Numbers start at 1 on page `starts_on`; the pages before it (a cover) carry none."""
    start = layout.starts_on
    if start <= 1:
        return ""
    silent = "".join(f"@page :nth({page}) {{ @bottom-center {{ content: none }} }}" for page in range(1, start))
    numbers = NUMBERS.format(total='target-counter("#end", page)')
    return f"@page {{ @bottom-center {{ content: {numbers} }} }}{silent}@page :nth({start}) {{ counter-reset: page 1 }}"


def _frame_rules(layout: Layout, frame: Frame | None) -> str:
    """The address where the window is, the marks beside it, and the text below it."""
    if frame is None:
        return ""
    top = TOP if layout.first_page == "same" else FIRST_TOP
    side = "left" if layout.envelope in RIGHT else "right"
    return (
        f".window {{ left: {frame.left - MARGIN}mm; top: {frame.top - top}mm; width: {frame.width}mm; height: {frame.height}mm }}"
        f".top {{ height: {frame.top + frame.height + 4 - top}mm }} .marks {{ text-align: {side} }}"
    )


def _edges(layout: Layout, values: Values) -> list[str]:
    even_header = layout.even_header if layout.odd_even else layout.odd_header
    even_footer = layout.even_footer if layout.odd_even else layout.footer
    texts = {
        "odd-header": layout.odd_header,
        "even-header": even_header,
        "first-footer": layout.first_footer,
        "footer": layout.footer,
        "even-footer": even_footer,
    }
    letterhead = _letterhead(fill(layout.first_header, values), values)
    return [_edge("first-header", letterhead), *(_edge(name, escape(fill(text, values))) for name, text in texts.items())]


def _edge(name: str, html: str) -> str:
    return f'<div class="run {name}">{html}</div>' if html else ""


def _letterhead(text: str, values: Values) -> str:
    """The first line large, or the image in its place; the rest beneath it."""
    first, _, rest = text.partition("\n")
    rest = "" if rest == first else rest  # an agency that has entered neither phone nor address
    large = f'<span class="letterhead">{escape(first)}</span>' if first else ""
    return (picture("headed", values.pictures.letterhead) or large) + escape(rest)


def _window(window: Window | None, frame: Frame | None) -> str:
    if window is None or frame is None:
        return ""
    postcode, address, addressee = (escape(plain(text)) for text in (window.postcode, window.address, window.addressee))
    return f'<div class="window"><div class="postcode">{postcode}</div><div>{address}</div><div class="addressee">{addressee}</div></div>'


def _top(layout: Layout, values: Values, window: Window) -> str:
    """Above the heading: the address for the window, and the marks beside it."""
    code = picture("qr", values.pictures.qr) if layout.qr else ""
    marks = f"编号：{escape(values.texts['letter_number'])}<br>{escape(values.texts['today'])}{code and '<br>'}{code}"
    return f'<div class="top{"" if layout.frame else " is-low"}">{_window(window, layout.frame)}<div class="marks">{marks}</div></div>'


def _cover(text: str, values: Values) -> str:
    first, _, rest = fill(text, values).partition("\n")
    return f'<div class="cover"><p class="cover-title">{escape(first)}</p><p class="cover-words">{escape(rest)}</p></div>'


def _body(body: str, values: Values) -> str:
    """The salutation, a first line that ends with a colon, is not indented."""
    html = to_html(body, values)
    return re.sub(r"^<section><p>([^<]*：)</p>", r'<section><p class="salutation">\1</p>', html, count=1)


# How much the window holds, in characters of full width at 10.5 pt on lines of 5.56 mm.
_CHAR, _LINE = 3.71, 5.56


def address_fits(window: Window, frame: Frame | None) -> bool:
    """Whether postcode, address and addressee all show in the window: what does not fit would be cut off unseen."""
    if frame is None:
        return True
    a_line = int(frame.width / _CHAR)
    lines = bool(window.postcode) + sum(-(-_width(text) // a_line) for text in (plain(window.address), plain(window.addressee)))
    return lines * _LINE <= frame.height


def _width(text: str) -> int:
    """In full-width characters; two Latin ones make one."""
    narrow = sum(char < "\u2e80" for char in text)
    return len(text) - narrow // 2
