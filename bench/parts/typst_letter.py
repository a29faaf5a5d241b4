"""The bench's letter set by typst, the fastest typesetter we know: the same words, font, page, headers, table and page numbers."""

import re
from pathlib import Path

import typst

from letters.layout import Layout
from letters.markup import Values, fill

PAGE = """#set text(font: "Noto Serif SC", size: 10.5pt, lang: "zh", region: "cn")
#set par(first-line-indent: (amount: 2em, all: true), leading: 0.9em)
#set page(paper: "a4", margin: (x: 24mm, top: 34mm, bottom: 24mm),
  header: context { let page = counter(page).get().first()
    if page == 1 [#align(center)[#text(size: 17pt, weight: "bold")[%(first)s]]] else if calc.even(page) [#text(size: 8.5pt)[%(even)s]] else [#align(right)[#text(size: 8.5pt)[%(odd)s]]] },
  footer: context [#align(center)[#text(size: 8.5pt)[第 #counter(page).display() 页 共 #counter(page).final().first() 页]]])
#place(dx: -4mm, dy: 16mm)[%(window)s]
#align(right)[#text(size: 9pt)[编号：%(number)s \\ %(today)s]]
#v(38mm)
#align(center)[#text(size: 18pt, weight: "bold")[%(heading)s]]
"""
SPECIAL = re.compile(r"([\\#$*_`<>@=\-+/~\[\]])")


def source(body: str, heading: str, layout: Layout, values: Values, window: str) -> bytes:
    """The letter in typst's own language."""
    texts = {"first": fill(layout.first_header, values).split("\n")[0], "even": fill(layout.even_header, values), "odd": fill(layout.odd_header, values)}
    texts |= {"window": window, "number": values.texts["letter_number"], "today": values.texts["today"], "heading": heading}
    lines = [PAGE % {name: plain(text) for name, text in texts.items()}, *(_line(line.strip(), values) for line in body.split("\n"))]
    return "\n\n".join(lines).encode()


def _line(line: str, values: Values) -> str:
    if line == "{accounts_table}":
        cells = ", ".join(f"[{plain(cell)}]" for row in values.accounts for cell in row)
        return f"#table(columns: {len(values.accounts[0])}, {cells})"
    if line == "{seal}":
        return f"#align(right)[#box(stroke: .6pt, inset: 6mm)[{plain(values.signer)} \\ {plain(values.texts['today'])} \\ （盖章处）]]"
    if line.startswith("# "):
        return f'#text(weight: "bold")[{plain(fill(line[2:], values))}]'
    return plain(fill(line, values)).replace("\\- ", "• ", 1)


def plain(text: str) -> str:
    return SPECIAL.sub(r"\\\1", text)


class Setter:
    """Fonts are read once, as our own press does."""

    def __init__(self, fonts: list[str]) -> None:
        self.compiler = typst.Compiler(font_paths=sorted({str(Path(font).parent) for font in fonts}), ignore_system_fonts=True)

    def draw(self, letter: bytes) -> bytes:
        return self.compiler.compile(input=letter, format="pdf")
