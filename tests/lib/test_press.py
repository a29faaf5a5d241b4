"""The press sets elements as WeasyPrint's own sheet for HTML says, though it reads a shorter one."""

import pypdfium2
import pytest
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

from collection.lib.press import drawing
from collection.lib.press.fonts import FontMissing, font_files

# Every element that a paper of ours uses.
PAPER = """<!DOCTYPE html><html lang="zh-Hans"><head><meta charset="utf-8"><title>题</title><style>.small { font-size: 8pt }</style></head><body>
<h1>一级标题</h1><h2>二级标题</h2><h3>三级标题</h3><p>第一段，<strong>重要</strong>的<br>第二行<span class="small">小字</span></p>
<section><ul><li>甲</li><li>乙</li></ul><ol><li>其一</li></ol></section>
<dl><dt>词</dt><dd>解释</dd></dl>
<table><thead><tr><th>账户</th><th>金额</th></tr></thead><tbody><tr><td>6222</td><td>¥1.00<br>¥2.00</td></tr></tbody></table>
<div>块<img alt="" src="data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==">后</div>
</body></html>"""
STYLE = (
    "html { font-family: Letter } @page { size: A4; @bottom-center { content: counter(page) } @top-right { content: '块'; width: 100% }"
    " @bottom-left { content: '后' } }"
)


def places(pdf: bytes) -> list[tuple[str, tuple[int, ...]]]:
    """Each character with its box in tenths of a point."""
    with pypdfium2.PdfDocument(pdf) as document:
        words = document[0].get_textpage()
        return [(words.get_text_range(at, 1), tuple(round(side * 10) for side in words.get_charbox(at))) for at in range(words.count_chars())]


def drawn_by_weasyprint() -> bytes:
    fonts = FontConfiguration()
    faces = "".join(f"@font-face {{ font-family: Letter; font-weight: {weight}; src: url(file://{path}) }}" for weight, path in font_files().items())
    return HTML(string=PAPER).write_pdf(stylesheets=[CSS(string=faces + STYLE, font_config=fonts)], font_config=fonts)


def test_every_element_stands_where_weasyprints_own_sheet_puts_it():
    # F
    ours = drawing.draw_one(PAPER, css=STYLE)

    assert places(ours.content) == places(drawn_by_weasyprint())


def test_without_the_library_that_makes_fonts_small_it_says_so(monkeypatch, tmp_path):
    """Not a crash that somebody would look for in a letter."""
    child = tmp_path / "child.py"
    child.write_text(drawing.CHILD.read_text().replace("libharfbuzz-subset", "libnowhere"))
    (tmp_path / "base.css").write_bytes(drawing.CHILD.with_name("base.css").read_bytes())
    monkeypatch.setattr(drawing, "CHILD", child)

    with pytest.raises(FontMissing, match="make setup"):
        drawing.draw_one("<p>字</p>", css="")
