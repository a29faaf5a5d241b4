"""The letter's own small language: paragraphs, headings, lists, sections, and whitelisted placeholders. No code, no HTML.

    # Heading            a heading
    - item               a list item
    === Other header     a new section on a new page, with its own page header from here on (F)
    {amount}             a placeholder of PLACEHOLDERS

Everything else is text, and everything is escaped: what stands in a bank's file or a template can never become markup (S14, S15).
"""

import re
from dataclasses import dataclass
from html import escape

# What a template may name. Whatever is not here is refused when the template is saved.
PLACEHOLDERS = (
    "debtor_name",
    "debtor_honorific",
    "masked_id",
    "masked_card",
    "case_no",
    "product",
    "client_name",
    "client_phone",
    "payee_account",
    "agency_name",
    "agency_contact",
    "amount",
    "amount_in_words",
    "balance_on",
    "principal",
    "interest",
    "fees",
    "overdue_since",
    "today",
    "letter_number",
    "law_firm",
    "accounts_table",
    "seal",
)
# They stand alone on their line, and are more than text.
BLOCKS = ("accounts_table", "seal")

_PLACE = re.compile(r"\{([a-z_]+)\}")
_SECTION = re.compile(r"^={3,}\s*(.*)$")


@dataclass(frozen=True)
class Values:
    """What fills the placeholders: plain texts, and the accounts table as rows of texts (the first row is its head)."""

    texts: dict[str, str]
    accounts: list[list[str]]
    seal: str = ""


def placeholders_in(text: str) -> list[str]:
    return _PLACE.findall(text)


def faults_in(text: str) -> list[str]:
    """The pieces that are no whitelisted placeholder but look like code: unknown names, stray or doubled braces, {% … %}."""
    found = [f"{{{name}}}" for name in _PLACE.findall(text) if name not in PLACEHOLDERS]
    for index, line in enumerate(_PLACE.sub("", text).split("\n")):
        if "{" in line or "}" in line:
            found.append(text.split("\n")[index].strip()[:60])
    for line in text.split("\n"):
        found += [f"{{{name}}}" for name in BLOCKS if f"{{{name}}}" in line and line.strip() != f"{{{name}}}"]
    return list(dict.fromkeys(found))


def fill(text: str, values: Values) -> str:
    """One line with its placeholders filled, as plain text."""
    return _PLACE.sub(lambda found: values.texts.get(found.group(1), ""), text)


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
        header = _text(section.group(1), values)
        own = f'<div class="run odd-header">{header}</div><div class="run even-header">{header}</div>' if header else ""
        return f'</section><section class="next">{own}'
    if bare == "{accounts_table}":
        return _table(values.accounts)
    if bare == "{seal}":
        return f'<div class="seal"><span>{escape(values.seal)}</span></div>'
    if bare.startswith("# "):
        return f"<h2>{_text(bare[2:], values)}</h2>"
    if not bare:
        return ""
    return f"<p>{_text(bare, values)}</p>"


def _text(text: str, values: Values) -> str:
    return escape(fill(text, values))


def _table(rows: list[list[str]]) -> str:
    if not rows:
        return ""
    head = "".join(f"<th>{escape(cell)}</th>" for cell in rows[0])
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows[1:])
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
