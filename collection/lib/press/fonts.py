"""The one family that letters are set in, and which characters it can draw."""

from functools import lru_cache
from pathlib import Path

from django.conf import settings
from fontTools.ttLib import TTFont

PACKAGE = "node_modules/@expo-google-fonts/noto-serif-sc"
FILES = {"400": "400Regular/NotoSerifSC_400Regular.ttf", "700": "700Bold/NotoSerifSC_700Bold.ttf"}
# Drawn by the layout itself, in any letter.
ALWAYS = "".join(map(chr, range(0x20, 0x7F))) + "第页共预览　—¥￥（）《》、，。：；•"
INVISIBLE = {"\n", "\r", "\t", "\u200b", "\ufeff"}


class FontMissing(Exception):
    """The fonts, or the library that makes them small, are not installed: `make setup` brings them."""


def font_files() -> dict[str, str]:
    folder = Path(settings.BASE_DIR) / PACKAGE
    files = {weight: folder / name for weight, name in FILES.items()}
    absent = [str(path.name) for path in files.values() if not path.exists()]
    if absent:
        raise FontMissing(f"Letters need {', '.join(absent)} ({PACKAGE}): run make setup.")
    return {weight: str(path) for weight, path in files.items()}


@lru_cache(maxsize=1)
def drawable() -> frozenset[int]:
    """The characters that every weight has."""
    maps = []
    for path in font_files().values():
        with TTFont(path, lazy=True) as font:
            maps.append(frozenset(font.getBestCmap()))
    return frozenset.intersection(*maps)


def missing_glyphs(text: str) -> str:
    """The characters that would print as empty boxes: an error, never a box."""
    return "".join(dict.fromkeys(char for char in text if char not in INVISIBLE and ord(char) not in drawable()))
