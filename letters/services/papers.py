"""Letterheads, seals, and the papers behind what letters say (CR-27, CR-32)."""

import hashlib
from datetime import date, datetime

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _

from audit.services import record
from cases.models import Client
from collection.lib.errors import Refused
from letters.choices import PaperKind
from letters.models import AuthorityPaper, LetterImage
from letters.printing.pictures import LEAST_SIDE, MOST_BYTES, BadImage, clean_image
from letters.services.flow import need_permission
from staff.models import User

MOST_PAPER_BYTES = 10_000_000
# By their first bytes; what a browser calls a file proves nothing.
PAPER_TYPES = ((b"%PDF-", "pdf"), (b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff", "jpg"))


class BadUpload(Refused):
    """The file is not what it should be."""

    rule = "A1.4"


@transaction.atomic
def upload_image(*, kind: str, client: Client | None, law_firm: AuthorityPaper | None, content: bytes, by: User, now: datetime) -> LetterImage:
    """The letterhead or seal is in use for letters printed from now on; the one before stays on file. Only a raster image is taken, redrawn."""
    need_permission(by, "manage_letter_templates")
    try:
        png, width, height = clean_image(content, kind)
    except BadImage as error:
        raise BadUpload(_image_words(str(error))) from error
    owner = {"client": client, "law_firm": law_firm}
    LetterImage.objects.select_for_update().filter(kind=kind, is_active=True, **owner).update(is_active=False)
    image = LetterImage(kind=kind, **owner, sha256=hashlib.sha256(png).hexdigest(), width=width, height=height, uploaded_by=by, uploaded_at=now)
    image.file.save(f"{kind}-{image.sha256[:12]}.png", ContentFile(png), save=False)
    image.save(force_insert=True)
    record("letter_image.uploaded", subject=image, by=by, at=now, changes={"sha256": (None, image.sha256)})
    return image


def _image_words(code: str) -> str:
    return {
        "size": _("The image is larger than %(most)s MB.") % {"most": MOST_BYTES // 1_000_000},
        "pixels": _("The image has too many pixels. Scale it down first."),
        "small": _("The image is too small: each side needs at least %(least)s pixels.") % {"least": LEAST_SIDE},
        "kind": _("This is no PNG or JPEG image. Save it as PNG and upload that."),
    }[code]


@transaction.atomic
def retire_image(*, image_id: int, by: User, now: datetime) -> LetterImage:
    """Letters printed from now on go without it."""
    need_permission(by, "manage_letter_templates")
    image = LetterImage.objects.select_for_update(of=("self",)).get(pk=image_id)
    if image.is_active:
        image.is_active = False
        image.save(update_fields=["is_active"])
        record("letter_image.retired", subject=image, by=by, at=now, changes={"is_active": (True, False)})
    return image


@transaction.atomic
def enter_paper(*, kind: str, client: Client | None, number: str, valid_from: date, valid_until: date, content: bytes, by: User, now: datetime, **firm: str):
    """The paper is on file; letters may rest on it while it is in force. `firm`: name, lawyer, lawyer_licence, phone, address (CR-27)."""
    need_permission(by, "manage_letter_templates")
    if kind == PaperKind.LAW_FIRM and not all(firm.get(name, "").strip() for name in ("name", "lawyer", "lawyer_licence")):
        raise BadUpload(_("A law firm needs its name, its lawyer and the lawyer's licence number."), rule="CR-27")
    if kind == PaperKind.CRIME and client is None:
        raise BadUpload(_("Choose the client that approved it."), rule="CR-32")
    if valid_until < valid_from:
        raise BadUpload(_("It would end before it starts."))
    details = {name: text.strip() for name, text in firm.items()} if kind == PaperKind.LAW_FIRM else {}
    paper = AuthorityPaper(
        kind=kind, client=client, number=number.strip(), valid_from=valid_from, valid_until=valid_until, entered_by=by, entered_at=now, **details
    )
    paper.sha256 = hashlib.sha256(content).hexdigest()
    paper.file.save(f"{kind}-{paper.sha256[:12]}.{_paper_type(content)}", ContentFile(content), save=False)
    paper.save(force_insert=True)
    record("authority_paper.entered", subject=paper, by=by, at=now, changes={"number": (None, paper.number), "sha256": (None, paper.sha256)})
    return paper


def _paper_type(content: bytes) -> str:
    if len(content) > MOST_PAPER_BYTES:
        raise BadUpload(_("The file is larger than %(most)s MB.") % {"most": MOST_PAPER_BYTES // 1_000_000})
    for start, ending in PAPER_TYPES:
        if content.startswith(start):
            return ending
    raise BadUpload(_("Upload the paper as PDF, PNG or JPEG."))


@transaction.atomic
def end_paper(*, paper_id: int, by: User, now: datetime) -> AuthorityPaper:
    """No letter rests on it any more."""
    need_permission(by, "manage_letter_templates")
    paper = AuthorityPaper.objects.select_for_update(of=("self",)).get(pk=paper_id)
    if paper.ended_at is None:
        paper.ended_at = now
        paper.save(update_fields=["ended_at"])
        record("authority_paper.ended", subject=paper, by=by, at=now, changes={"ended_at": (None, now)})
    return paper
