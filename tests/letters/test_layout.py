"""F: headers, footers, sections, page numbers, cover and address block, read back from the PDF with its geometry."""

import base64
import io
from dataclasses import dataclass

import pypdfium2
import pytest
import segno
from PIL import Image
from pypdf import PdfReader

from letters.layout import FRAMES, Layout
from letters.markup import Pictures, Values
from letters.printing.pictures import data_url, qr_picture
from letters.printing.press import Press
from letters.printing.sheet import Window, address_fits, sheet

TEXTS = {"letter_number": "2026-000001", "today": "2026年11月23日", "agency_name": "示例公司"}
WINDOW = Window("310012", "浙江省杭州市西湖区文三路一号示例小区三幢二单元五〇二室", "张三　先生收")
EDGES = {
    "first_header": "首页页眉",
    "odd_header": "单页页眉",
    "even_header": "双页页眉",
    "first_footer": "首页页脚",
    "footer": "单页页脚",
    "even_footer": "双页页脚",
}
LONG = "很长的正文。" * 700
MM = 72 / 25.4


@pytest.fixture(scope="module")
def press():
    """One child for all these letters."""
    chars = "".join(
        [*TEXTS.values(), *EDGES.values(), "催告函封面标题正文很长的一二附件甲乙明细脚页眉（盖章处）编号：账户", WINDOW.address, WINDOW.addressee, "①"]
    )
    with Press(chars=chars) as one:
        yield one


@dataclass(frozen=True)
class Char:
    """A character with its box in mm from the page's left and top edge."""

    text: str
    left: float
    top: float
    right: float
    bottom: float


class Page:
    """A page of a PDF read back: its characters and its images."""

    def __init__(self, page: pypdfium2.PdfPage) -> None:
        self.width, self.height = (side / MM for side in page.get_size())
        words = page.get_textpage()
        boxes = [(words.get_text_range(number, 1), words.get_charbox(number)) for number in range(words.count_chars())]
        self.chars = [Char(text, *self._box(box)) for text, box in boxes if text.strip()]
        self.images = [self._box(image.get_bounds()) for image in page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_IMAGE])]

    def _box(self, box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
        left, bottom, right, top = (side / MM for side in box)
        return left, self.height - top, right, self.height - bottom

    @property
    def text(self) -> str:
        return "".join(char.text for char in self.chars)

    def where(self, words: str) -> tuple[float, float, float, float]:
        """The box around these words."""
        start = self.text.index(words)
        chars = self.chars[start : start + len(words)]
        return chars[0].left, min(char.top for char in chars), chars[-1].right, max(char.bottom for char in chars)

    @property
    def edges(self) -> set[str]:
        """Which of EDGES stand in the upper and lower margin."""
        margin = "".join(char.text if char.bottom < 34 or char.top > self.height - 24 else "|" for char in self.chars)
        return {words for words in (*EDGES.values(), "附件一", "附件一脚", "附件二") if words in margin}


@pytest.fixture
def drawn(press):
    """The pages of a letter with this body and layout."""

    def pages(body: str = "正文", *, pictures: Pictures | None = None, window: Window | None = WINDOW, **layout) -> list[Page]:
        values = Values(texts=TEXTS, accounts=[], signer="示例公司", pictures=pictures or Pictures())
        html = sheet(heading="催告函", body=body, layout=Layout.of(EDGES | layout), values=values, window=window)
        with pypdfium2.PdfDocument(press.draw(html).content) as pdf:
            return [Page(page) for page in pdf]

    return pages


def test_first_odd_and_even_pages_have_their_own_edges(drawn):
    # F
    first, second, third = drawn(LONG)

    assert [page.edges for page in (first, second, third)] == [{"首页页眉", "首页页脚"}, {"双页页眉", "双页页脚"}, {"单页页眉", "单页页脚"}]
    assert [f"第{number}页共3页" in page.text for number, page in enumerate((first, second, third), 1)] == [True] * 3


def test_headers_stand_where_they_belong(drawn):
    # F: the odd page's at its right, the even page's at its left, both above the text; the first page's in the middle
    first, second, third = drawn(LONG)
    boxes = [first.where("首页页眉"), second.where("双页页眉"), third.where("单页页眉")]

    assert abs((boxes[0][0] + boxes[0][2]) / 2 - 105) < 2
    assert abs(boxes[1][0] - 24) < 1
    assert abs(boxes[2][2] - (210 - 24)) < 1
    assert all(bottom < 34 for _left, _top, _right, bottom in boxes)
    assert all(page.where(words)[1] > 297 - 24 for page, words in ((first, "首页页脚"), (second, "双页页脚"), (third, "单页页脚")))


def test_the_first_page_only_may_have_no_header(drawn):
    # F: no header on the first page only
    first, second = drawn("很长的正文。" * 400, first_page="none")

    assert (first.edges, second.edges) == (set(), {"双页页眉", "双页页脚"})


def test_the_first_page_may_be_as_the_others(drawn):
    # F
    first, second = drawn("很长的正文。" * 400, first_page="same")

    assert (first.edges, second.edges) == ({"单页页眉", "单页页脚"}, {"双页页眉", "双页页脚"})


def test_odd_and_even_pages_may_be_the_same(drawn):
    # F
    _first, second, third = drawn(LONG, odd_even=False)

    assert (second.edges, third.edges) == ({"单页页眉", "单页页脚"}, {"单页页眉", "单页页脚"})


def test_each_section_has_its_own_header_and_footer(drawn):
    # F: for each section
    first, second, third = drawn("正文\n=== 附件一 | 附件一脚\n明细\n=== 附件二\n明细")

    assert "附件一" not in first.text
    assert second.edges == {"附件一", "附件一脚"}
    assert third.edges == {"附件二", "附件一脚", "附件一"}


def test_page_numbers_start_after_a_cover(drawn):
    # F: numbers that start at 1 on a later page; the address is on the cover, which is what the envelope shows
    cover, second, third = drawn("正文一\n===\n正文二", cover="封面标题\n副题")

    assert ("封面标题" in cover.text, "催告函" in cover.text, "页共" in cover.text) == (True, False, False)
    assert "张三" in cover.text
    assert "第1页共2页" in second.text
    assert "第2页共2页" in third.text


def test_page_numbers_may_start_on_any_page(drawn):
    # F
    pages = drawn("一\n===\n二\n===\n三\n===\n四", number_from=3)

    assert ["页共" in page.text for page in pages] == [False, False, True, True]
    assert ("第1页共2页" in pages[2].text, "第2页共2页" in pages[3].text) == (True, True)


@pytest.mark.parametrize("first_page", ["own", "same"])
@pytest.mark.parametrize("envelope", FRAMES)
def test_the_address_stands_in_the_envelopes_window(drawn, envelope, first_page):
    # A1.4, F: every word of it, and nothing else
    (page,) = drawn(envelope=envelope, first_page=first_page)
    frame = FRAMES[envelope]
    right, bottom = frame.left + frame.width, frame.top + frame.height
    touched = [char for char in page.chars if char.right > frame.left and char.left < right and char.bottom > frame.top and char.top < bottom]

    assert "".join(char.text for char in touched) == f"{WINDOW.postcode}{WINDOW.address}{WINDOW.addressee.replace('　', '')}"
    assert all(frame.left <= char.left and char.right <= right and frame.top <= char.top and char.bottom <= bottom for char in touched)


def test_a_letter_without_a_window_has_no_address_block(drawn):
    # F: a label goes onto the envelope
    (page,) = drawn(envelope="none")

    assert "浙江省" not in page.text


@pytest.mark.parametrize(("lines", "fits"), [(1, True), (4, True), (5, False)])
def test_an_address_fits_the_window_or_is_refused(lines, fits):
    # F: 24 characters a line, six lines with postcode and addressee
    assert address_fits(Window("310012", "路" * 24 * lines, "张三收"), FRAMES["dl_left"]) is fits


def test_a_long_text_never_leaves_the_first_page_empty_or_the_seal_alone(drawn):
    # F: whatever the length of the text
    for length in range(340, 420, 8):
        first, *_between, last = drawn("长的正文。" * length + "\n{seal}")
        assert "催告函" in first.text
        assert "正文" in last.text  # words stand with the seal


def picture(size: tuple[int, int]) -> str:
    buffer = io.BytesIO()
    Image.new("RGBA", size, (200, 0, 0, 128)).save(buffer, "PNG")
    return data_url(buffer.getvalue())


def test_letterhead_seal_and_code_are_drawn_in_their_size(drawn):
    # F: the image takes the place of the letterhead's first line; the seal is 38 mm across, the code 18 mm
    pictures = Pictures(letterhead=picture((1500, 150)), seal=picture((480, 480)), qr=qr_picture("2026-000001"))

    (page,) = drawn("正文\n{seal}", pictures=pictures, qr=True, first_header="首页页眉\n副题")

    sizes = sorted((round(right - left), round(bottom - top)) for left, top, right, bottom in page.images)
    assert sizes == [(18, 18), (38, 38), (150, 15)]
    assert "首页页眉" not in page.text


def test_the_code_holds_the_letters_number():
    # F: nothing else, for it may show through the envelope (CR-25)
    image = Image.open(io.BytesIO(base64.b64decode(qr_picture("2026-000001").partition(",")[2]))).convert("1")
    matrix = [[int(not image.getpixel((12 + column * 6, 12 + row * 6))) for column in range(21)] for row in range(21)]

    assert matrix == [list(row) for row in segno.make("2026-000001", error="m", micro=False).matrix]


def test_fonts_are_embedded_and_small(press):
    # F: Chinese everywhere, embedded and subset
    html = sheet(heading="催告函", body="正文", layout=Layout.of(EDGES), values=Values(texts=TEXTS, accounts=[]), window=WINDOW)
    drawn = press.draw(html)

    fonts = [font.get_object() for page in PdfReader(io.BytesIO(drawn.content)).pages for font in page["/Resources"]["/Font"].values()]
    assert len({font["/BaseFont"] for font in fonts}) == 2
    assert all("+Letter" in font["/BaseFont"] for font in fonts)
    assert len(drawn.content) < 100_000


def test_a_layout_is_read_however_old_or_broken_it_is():
    # F: a template's JSON from before, and nonsense
    old = Layout.of({"first_header": "甲", "footer": "脚", "number_from": 2, "law_firm": "x"})
    broken = Layout.of({"number_from": "1}", "odd_even": "yes", "envelope": "x", "pay_days": -1, "qr": None})

    assert (old.first_header, old.even_footer, old.starts_on, old.envelope) == ("甲", "脚", 2, "dl_left")
    assert (broken.number_from, broken.odd_even, broken.envelope, broken.pay_days, broken.qr) == (1, True, "none", 15, False)


def test_hostile_values_leave_only_text(drawn):
    # S14: a name, a cell, an address from a bank's file
    hostile = '</div><style>@page{size:1mm}</style><img src="file:///etc/passwd"><script>x</script>'
    (page,) = drawn("正文", window=Window("<b>", hostile[:60], hostile[:20]))

    assert "<b>" in page.text
    assert page.images == []
    assert round(page.width) == 210
