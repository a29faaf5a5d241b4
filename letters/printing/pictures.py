"""Images on letters: uploads made harmless, and the QR code of a number. All end as data URLs of PNG."""

import base64
import io
from functools import lru_cache

import segno
from PIL import Image

from letters.choices import ImageKind

MOST_BYTES = 2_000_000
MOST_PIXELS = 25_000_000
# What is printed: a letterhead 150 mm wide and a seal of 38 mm, both at about 300 dpi.
LARGEST = {ImageKind.LETTERHEAD: (1800, 400), ImageKind.SEAL: (480, 480)}
LEAST_SIDE = 40


class BadImage(ValueError):
    """The upload is no usable image. The message is a code: size, kind, pixels, small."""


def clean_image(content: bytes, kind: str) -> tuple[bytes, int, int]:
    """The upload as a PNG of our own making, no larger than it is printed: nothing but pixels is left of what was sent. Width and height."""
    if len(content) > MOST_BYTES:
        raise BadImage("size")
    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as image:
            if image.width * image.height > MOST_PIXELS:
                raise BadImage("pixels")
            image.load()
            drawn = image.convert("RGBA")
    except BadImage:
        raise
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise BadImage("kind") from error
    if min(drawn.size) < LEAST_SIDE:
        raise BadImage("small")
    drawn.thumbnail(LARGEST[ImageKind(kind)])
    buffer = io.BytesIO()
    drawn.save(buffer, "PNG", optimize=True)
    return buffer.getvalue(), drawn.width, drawn.height


def data_url(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


@lru_cache(maxsize=4)
def qr_picture(text: str) -> str:
    """A QR code that survives a crease (level M)."""
    return segno.make(text, error="m", micro=False).png_data_uri(scale=6, border=2)
