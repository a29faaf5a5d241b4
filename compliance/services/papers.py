"""Scanned papers that banks send: told by their first bytes, never by their name."""

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from collection.lib.errors import Refused

# What a scan begins with, and the suffix it is kept under.
DOCUMENTS = ((b"%PDF-", ".pdf"), (b"\xff\xd8\xff", ".jpg"), (b"\x89PNG\r\n\x1a\n", ".png"))


class BadPaper(Refused):
    """A scan is a PDF, JPG or PNG of bearable size."""


def suffix_of(file: UploadedFile, *, rule: str) -> str:
    """The suffix a scan is kept under; refused is what is too large or no scan at all."""
    if file.size > settings.UPLOAD_MAX_BYTES:
        raise BadPaper(_("The file is larger than %(most)s MB.") % {"most": settings.UPLOAD_MAX_BYTES // 1024 // 1024}, rule=rule)
    start = file.read(16)
    file.seek(0)
    suffix = next((suffix for magic, suffix in DOCUMENTS if start.startswith(magic)), "")
    if not suffix:
        raise BadPaper(_("The document is a PDF, JPG or PNG file. Scan it again as one of these."), rule=rule)
    return suffix
