"""Letter templates of every kind for the demo's banks, with letterheads and seals drawn here: no image is kept in the repository."""

import io
import math
from datetime import datetime, timedelta

from PIL import Image, ImageDraw, ImageFont

from cases.models import Client
from collection.lib.press.fonts import FontMissing, font_files
from letters.choices import ImageKind, LetterKind, PaperKind
from letters.layout import Layout
from letters.models import AuthorityPaper, LetterTemplate
from letters.services.papers import enter_paper, upload_image
from letters.services.templates import approve_template, save_template
from workbench.demo.agency import Agency

RED, BLUE = (200, 30, 40, 255), (24, 60, 120, 255)
PAPER = b"%PDF-1.4\n% demo: the signed engagement would be here\n%%EOF\n"
NAMES = {LetterKind.LAWYER: "律师函", LetterKind.STATEMENT: "对账函", LetterKind.SETTLEMENT: "结清证明", LetterKind.ENTRUST: "委托通知"}


class Stationery:
    def __init__(self, agency: Agency) -> None:
        self.agency, self.admin, self.gm = agency, agency["admin1"], agency["gm1"]

    def make(self, now: datetime) -> None:
        first, second = self.agency.banks[:2]
        firm = self._firm(first, now)
        self._images(now, firm)
        self._own_templates(first, firm, now)
        self._two_versions(second, now + timedelta(hours=1))

    def _firm(self, client: Client, now: datetime) -> AuthorityPaper:
        """A lawyer's letter goes out from a law firm's file only (CR-27)."""
        day = now.date()
        return enter_paper(
            kind=PaperKind.LAW_FIRM,
            client=client,
            number="江银委函〔2026〕18号",
            name="示例律师事务所",
            lawyer="林正言",
            lawyer_licence="13301202600000018",
            phone="0571-80000000",
            address="浙江省杭州市西湖区求是路8号",
            valid_from=day - timedelta(days=60),
            valid_until=day + timedelta(days=300),
            content=PAPER,
            by=self.admin,
            now=now,
        )

    def _images(self, now: datetime, firm: AuthorityPaper) -> None:
        """Without fonts on the machine letters keep their letterhead in words, and a place to stamp."""
        try:
            font = font_files()["700"]
        except FontMissing:
            return
        owners = [(None, None, "示例资产管理有限公司"), *((bank, None, bank.name) for bank in self.agency.banks), (None, firm, firm.name)]
        for client, law_firm, name in owners:
            drawn = {ImageKind.LETTERHEAD: letterhead(name, font), ImageKind.SEAL: seal(name, font)}
            for kind, content in drawn.items():
                upload_image(kind=kind, client=client, law_firm=law_firm, content=content, by=self.admin, now=now)

    def _own_templates(self, client: Client, firm: AuthorityPaper, now: datetime) -> None:
        """The first bank has its own of four kinds; the lawyer's letter was approved by the GM office."""
        for kind, name in NAMES.items():
            template = self._save(client, kind, f"{name}（{client.short_name}）", now, law_firm=firm if kind == LetterKind.LAWYER else None)
            if template.waits:
                approve_template(template_id=template.pk, by=self.gm, now=now + timedelta(minutes=30))

    def _two_versions(self, client: Client, now: datetime) -> None:
        """The second bank's demand was changed once: something to compare; and it has a cover."""
        name = f"催告函（{client.short_name}）"
        first = self._save(client, LetterKind.DEMAND, name, now)
        body = first.body.replace("协商妥善的还款安排。", "协商妥善的还款安排；如您有特殊困难，可以书面申请个性化分期。")
        layout = Layout.of(first.layout | {"cover": "{client_name}\n个人消费信贷事项函件\n编号：{letter_number}", "envelope": "c5_left"})
        save_template(client=client, kind=first.kind, name=name, heading=first.heading, body=body, layout=layout, by=self.admin, now=now + timedelta(days=1))

    def _save(self, client: Client, kind: str, name: str, now: datetime, *, law_firm: AuthorityPaper | None = None) -> LetterTemplate:
        general = LetterTemplate.objects.get(client=None, kind=kind, is_active=True)
        layout = Layout.of(general.layout | {"letterhead_image": True, "first_header": "", "seal_image": True, "qr": True})
        fields = {"heading": general.heading, "body": general.body, "layout": layout, "law_firm": law_firm}
        return save_template(client=client, kind=kind, name=name, **fields, by=self.admin, now=now)


def letterhead(name: str, font: str) -> bytes:
    """A mark and the name beside it."""
    face = ImageFont.truetype(font, min(88, 1560 // len(name)))
    image = Image.new("RGBA", (180 + int(face.getlength(name)), 170), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((10, 25, 130, 145), 24, fill=BLUE)
    draw.polygon([(70, 45), (110, 125), (70, 105), (30, 125)], fill="white")
    draw.text((160, 85), name, font=face, fill=BLUE, anchor="lm")
    return _png(image)


def seal(name: str, font: str) -> bytes:
    """A round red seal: the name along the arc, a star within; “示例” says that it is none."""
    size, radius = 480, 178
    image = Image.new("RGBA", (size, size), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    draw.ellipse((8, 8, size - 8, size - 8), outline=RED, width=12)
    middle, letters = size / 2, name[:16]
    span = min(270, 22 * len(letters))
    for number, char in enumerate(letters):
        angle = -span / 2 + span * number / max(1, len(letters) - 1)
        glyph = Image.new("RGBA", (80, 80), (0, 0, 0, 0))
        ImageDraw.Draw(glyph).text((40, 40), char, font=ImageFont.truetype(font, 52), fill=RED, anchor="mm")
        turned = glyph.rotate(-angle, resample=Image.Resampling.BICUBIC)
        place = math.radians(angle)
        image.alpha_composite(turned, (int(middle + radius * math.sin(place)) - 40, int(middle - radius * math.cos(place)) - 40))
    draw.polygon([_point(middle, 76 if step % 2 == 0 else 30, step * 36) for step in range(10)], fill=RED)
    draw.text((middle, 392), "示例专用", font=ImageFont.truetype(font, 40), fill=RED, anchor="mm")
    return _png(image)


def _point(middle: float, radius: float, degrees: float) -> tuple[float, float]:
    place = math.radians(degrees)
    return middle + radius * math.sin(place), middle - radius * math.cos(place)


def _png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()
