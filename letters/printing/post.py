"""Papers for the post: labels for envelopes, and the list that the carrier signs."""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from django.conf import settings
from django.utils import timezone, translation
from openpyxl import Workbook

from collection.lib.regions import place_of
from letters.choices import Carrier
from letters.models import Letter, PrintRun
from letters.printing.drafts import CHINESE, paper
from letters.values import addressee_of, return_address
from letters.wording import envelope_objections
from staff.exports import text_cell

HEADS = ("序号", "邮件号码", "函件编号", "收件人", "寄达地", "邮编", "重量（克）", "备注")


@dataclass(frozen=True)
class Item:
    """One line of the carrier's list. It says where a letter goes as far as the district; the rest is on the envelope alone (CR-46)."""

    tracking_no: str
    number: str
    addressee: str
    destination: str
    postcode: str


def sender_lines() -> list[str]:
    """Who sends it, without what would show a debt from the outside (CR-25)."""
    return [text for text in (settings.AGENCY_NAME, return_address()) if text and not envelope_objections(text)]


def labels_pdf(letters: Iterable[Letter]) -> bytes:
    """Three by eight labels on A4, for envelopes without a window: where the letter goes and who sends it, nothing else (CR-25)."""
    rows = [
        {"postcode": letter.address.postcode, "address": place_of(letter.address.text).full, "addressee": addressee_of(letter.address, letter.case)}
        for letter in letters
    ]
    return paper("labels.html", "label", labels=rows, sender=sender_lines())


def dispatch_list_pdf(run: PrintRun, letters: Iterable[Letter]) -> bytes:
    """What each carrier signs for, on pages of its own."""
    return paper("dispatch_list.html", "list", run=run, groups=_groups(letters), agency=settings.AGENCY_NAME, heads=HEADS)


def dispatch_list_xlsx(run: PrintRun, letters: Iterable[Letter]) -> bytes:
    """The same as a workbook, a sheet for each carrier, as post offices take it."""
    book = Workbook(write_only=True)
    for carrier, items in _groups(letters):
        sheet = book.create_sheet(carrier[:31])
        sheet.append([text_cell(sheet, f"信函交寄清单　{carrier}", bold=True)])
        sheet.append([text_cell(sheet, f"交寄单位：{settings.AGENCY_NAME}"), None, None, text_cell(sheet, f"批次：{run}　件数：{len(items)}")])
        sheet.append([text_cell(sheet, head, bold=True) for head in HEADS])
        for number, item in enumerate(items, start=1):
            cells = (item.tracking_no, item.number, item.addressee, item.destination, item.postcode, "", "")
            sheet.append([number, *(text_cell(sheet, cell) for cell in cells)])
        sheet.append([])
        sheet.append(
            [text_cell(sheet, words) for words in ("交寄人签名：", "", "", "收寄人签名：", "", f"日期：{timezone.localdate(run.started_at):%Y-%m-%d}")]
        )
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _groups(letters: Iterable[Letter]) -> list[tuple[str, list[Item]]]:
    """By carrier, each in the order of the printed file."""
    with translation.override(CHINESE):
        ordered = sorted(letters, key=lambda letter: (letter.carrier, letter.number))
        return [
            (str(Carrier(carrier).label) if carrier else "—", [_item(letter) for letter in group])
            for carrier, group in groupby(ordered, lambda one: one.carrier)
        ]


def _item(letter: Letter) -> Item:
    return Item(
        tracking_no=letter.tracking_no,
        number=letter.number,
        addressee=letter.case.debtor.name,
        destination=place_of(letter.address.text).region or letter.address.masked,
        postcode=letter.address.postcode,
    )
