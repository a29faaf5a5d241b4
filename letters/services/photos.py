"""Photos for the quality form: whatever is uploaded is decoded and drawn anew as a plain JPEG, or refused."""

import io
import warnings
from datetime import datetime

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from audit.services import record
from collection.lib.errors import Refused
from letters.models import DispatchDay, Letter, QualityPhoto, RectificationAnswer
from letters.services.flow import need_permission
from staff.models import User

MOST_BYTES = 8 * 1024 * 1024
MOST_PIXELS = 40_000_000
LONGEST_SIDE = 2000
FORMATS = ("JPEG", "PNG", "WEBP")
MOST_PHOTOS = 12


class BadPhoto(Refused):
    """Not a photo that we keep."""

    rule = "A1.4"


def plain_jpeg(file: UploadedFile) -> tuple[bytes, int, int]:
    """The picture alone, turned upright, at most LONGEST_SIDE wide or high: no place, no camera, nothing behind the pixels (S15)."""
    if file.size > MOST_BYTES:
        raise BadPhoto(_("The photo is larger than %(most)s MB.") % {"most": MOST_BYTES // 1024 // 1024})
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(file, formats=FORMATS)
            if image.width * image.height > MOST_PIXELS:
                raise BadPhoto(_("The photo has too many pixels."))
            image = ImageOps.exif_transpose(image).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise BadPhoto(_("This is not a photo (JPEG, PNG or WebP), or it is damaged.")) from error
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    clean = Image.new("RGB", image.size)
    clean.paste(image)
    buffer = io.BytesIO()
    clean.save(buffer, "JPEG", quality=82)
    return buffer.getvalue(), clean.width, clean.height


@transaction.atomic
def add_photo(*, subject: Letter | DispatchDay, file: UploadedFile, by: User, now: datetime) -> QualityPhoto:
    """A photo beside the form: the envelope, the day's mail."""
    need_permission(by, "check_quality")
    return keep_photo(subject=subject, file=file, answer=None, by=by, now=now)


def keep_photo(*, subject: Letter | DispatchDay, file: UploadedFile, answer: RectificationAnswer | None, by: User, now: datetime) -> QualityPhoto:
    if subject.quality_photos.count() >= MOST_PHOTOS:
        raise BadPhoto(_("At most %(most)s photos are kept of one letter or day.") % {"most": MOST_PHOTOS})
    content, width, height = plain_jpeg(file)
    kind = "letter" if isinstance(subject, Letter) else "dispatch_day"
    photo = QualityPhoto(**{kind: subject}, answer=answer, width=width, height=height, uploaded_by=by, uploaded_at=now)
    photo.file.save("photo.jpg", ContentFile(content), save=False)
    photo.save()
    record("letter.photo_added", subject=subject, by=by, at=now, changes={"photo": (None, photo.pk)})
    return photo
