"""The letter's own small language: paragraphs, headings, lists, sections, and whitelisted placeholders. No code, no HTML.

    # Heading              a heading
    - item                 a list item
    === Header | Footer    a new section on a new page, with a header and a footer of its own from here on (F); both may be left out
    {amount}               a placeholder of PLACEHOLDERS

Everything else is text, and everything is escaped: what stands in a bank's file or a template can never become markup (S14, S15).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from letters.wording import is_invisible

# What a template may name, in the order in which the editor offers them. Whatever is not here is refused when the template is saved.
PLACEHOLDERS = (
    "debtor_name",
    "debtor_honorific",
    "masked_id",
    "masked_card",
    "case_no",
    "product",
    "overdue_since",
    "overdue_days",
    "amount",
    "amount_in_words",
    "balance_on",
    "principal",
    "interest",
    "fees",
    "split",
    "accounts_table",
    "pay_by",
    "payee_account",
    "settled_on",
    "client_name",
    "client_phone",
    "entrusted_from",
    "entrusted_until",
    "agency_name",
    "agency_contact",
    "law_firm",
    "lawyer",
    "law_firm_contact",
    "today",
    "letter_number",
    "qr",
    "seal",
)
# They stand alone on their line, and are more than text.
BLOCKS = ("accounts_table", "qr", "seal")

_PLACE = re.compile(r"\{([a-z_]+)\}")
_SECTION = re.compile(r"^={3,}\s*(.*)$")


@dataclass(frozen=True)
class Pictures:
    """What a letter carries as images, each a data URL or "": the sender's letterhead and seal, and the QR code of its number."""

    letterhead: str = ""
    seal: str = ""
    qr: str = ""


NO_PICTURES = Pictures()


@dataclass(frozen=True)
class Values:
    """What fills the placeholders: plain texts, the accounts table as rows of texts (the first row is its head), and who signs."""

    texts: dict[str, str]
    accounts: list[list[str]]
    signer: str = ""
    pictures: Pictures = NO_PICTURES


def placeholders_in(text: str) -> list[str]:
    return _PLACE.findall(text)


def faults_in(text: str) -> list[tuple[int, str]]:
    """The pieces that are no whitelisted placeholder but look like code, each with its line (from 1): unknown names, stray or doubled
    braces, {% … %}, a block that does not stand alone."""
    return list(dict.fromkeys((number, fault) for number, line in enumerate(text.split("\n"), 1) for fault in _faults_in(line)))


def _faults_in(line: str) -> Iterator[str]:
    rest = _PLACE.sub("", line)
    if "{" in rest or "}" in rest:
        yield line.strip()[:60]
    for name in _PLACE.findall(line):
        if name not in PLACEHOLDERS or (name in BLOCKS and line.strip() != f"{{{name}}}"):
            yield f"{{{name}}}"


def plain(text: str) -> str:
    """A value as it is printed: without characters that show nothing or turn the writing round (a name from a file may hold any)."""
    return "".join(char for char in text if not is_invisible(char))


def fill(text: str, values: Values) -> str:
    """One line with its placeholders filled, as plain text."""
    return _PLACE.sub(lambda found: plain(values.texts.get(found.group(1), "")), text)


def to_html(body: str, values: Values) -> str:
    """The body as sections of escaped HTML. The first section has no header of its own."""
    parts: list[str] = ["<section>"]
    items: list[str] = []
    for line in [*body.replace("\r\n", "\n").split("\n"), ""]:
        if items and not line.startswith("- "):
            parts.append(f"<ul>{''.join(items)}</ul>")
            items = []
        if line.startswith("- "):
            items.append(f"<li>{_text(line[2:], values)}</li>")
        else:
            parts.append(_line(line, values))
    return "".join([*parts, "</section>"])


def _line(line: str, values: Values) -> str:
    bare = line.strip()
    section = _SECTION.match(bare)
    if section:
        return f'</section><section class="next">{_section_edges(section.group(1), values)}'
    if bare in _DRAWN:
        return _DRAWN[bare](values)
    if bare.startswith("# "):
        return f"<h2>{_text(bare[2:], values)}</h2>"
    return f"<p>{_text(bare, values)}</p>" if bare else ""


def _section_edges(text: str, values: Values) -> str:
    header, _bar, footer = (_text(piece.strip(), values) for piece in text.partition("|"))
    above = f'<div class="run odd-header">{header}</div><div class="run even-header">{header}</div>' if header else ""
    below = f'<div class="run footer">{footer}</div><div class="run even-footer">{footer}</div>' if footer else ""
    return above + below


def _text(text: str, values: Values) -> str:
    return escape(fill(text, values))


def picture(kind: str, url: str) -> str:
    return f'<img class="{kind}" alt="" src="{escape(url)}">' if url else ""


def _table(values: Values) -> str:
    rows = [[escape(plain(cell)) for cell in row] for row in values.accounts]
    if not rows:
        return ""
    head = "".join(f"<th>{cell}</th>" for cell in rows[0])
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows[1:])
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _seal(values: Values) -> str:
    """Who signs and when, with the seal upon it; without an image of it the place to stamp by hand."""
    signed = f"<span>{escape(values.signer)}</span><span>{escape(values.texts.get('today', ''))}</span>"
    if values.pictures.seal:
        return f'<div class="seal is-sealed">{picture("stamp", values.pictures.seal)}{signed}</div>'
    return f'<div class="seal">{signed}<span>（盖章处）</span></div>'


def _qr(values: Values) -> str:
    return picture("qr", values.pictures.qr)


_DRAWN = {"{accounts_table}": _table, "{seal}": _seal, "{qr}": _qr}
