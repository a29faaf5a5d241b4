"""Letters and the papers around them, from rows to what the press takes."""

from datetime import datetime

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation

from letters.choices import Carrier
from letters.layout import Layout
from letters.models import Letter, QualityCheck
from letters.printing.press import draw_one
from letters.printing.sheet import Window, sheet
from letters.selectors import pictures_of, stored_pdf
from letters.values import addressee_of, values_of

CHINESE = "zh-hans"


def letter_sheet(letter: Letter, *, now: datetime, number: str = "") -> str:
    """The letter as the press takes it; without a number it is a preview."""
    template, address = letter.template, letter.address
    values = values_of(letter, today=timezone.localdate(letter.rendered_at or now), number=number, pictures=pictures_of(template, letter.case.client))
    return sheet(
        heading=template.heading,
        body=template.body,
        layout=Layout.of(template.layout),
        values=values,
        window=Window(postcode=address.postcode, address=address.text, addressee=addressee_of(address, letter.case)),
    )


def letter_pdf(letter: Letter, *, now: datetime) -> bytes:
    """The issued file, byte for byte; a preview as long as there is none."""
    if letter.number:
        return stored_pdf(letter)
    return draw_one(letter_sheet(letter, now=now), style="letter").content


def paper(template: str, style: str, **context: object) -> bytes:
    """Papers of the agency are Chinese, whoever prints them."""
    with translation.override(CHINESE):
        return draw_one(render_to_string(f"letters/pdf/{template}", context), style=style).content


def quality_form_pdf(check: QualityCheck) -> bytes:
    """The filled form of annex 4 on paper, of a letter or of a day's dispatch."""
    found = {row.item: row for row in check.defects.all()}
    items = [item | {"ok": check.answers.get(item["code"], True), "defect": found.get(item["code"])} for item in check.form.items]
    carriers = [(Carrier(code).label, count) for code, count in check.facts.get("carriers", {}).items() if code in Carrier.values]
    rectification = getattr(check, "rectification", None)
    answers = rectification.answers.select_related("answered_by", "judged_by").order_by("pk") if rectification else []
    return paper(
        "quality_form.html",
        "form",
        check=check,
        letter=check.letter,
        items=items,
        carriers=carriers,
        rectification=rectification,
        answers=answers,
        agency=settings.AGENCY_NAME,
    )


def quality_month_pdf(lines: list, total: object, *, month: str, by: str, person: object, now: datetime) -> bytes:
    """A month's letter quality on paper."""
    of = {"template": "模板", "person": "寄件人", "carrier": "承运方式"}[by]
    with translation.override(CHINESE):
        return paper("quality_month.html", "form", lines=lines, total=total, month=month, of=of, person=person, now=now, agency=settings.AGENCY_NAME)
