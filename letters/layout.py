"""How a template's pages are laid out (F): typed, read from the template's JSON however old that is."""

from dataclasses import asdict, dataclass, fields
from typing import Any

MOST_DAYS = 180
LAST_START = 20


@dataclass(frozen=True)
class Frame:
    """Where an envelope's window lies on the folded sheet, in mm from its left and top edge."""

    left: int
    top: int
    width: int
    height: int


# A4 folded in three goes into DL, folded once into C5. The window stays 5 mm clear of the paper's play in the envelope.
FRAMES = {
    "dl_left": Frame(20, 50, 90, 35),
    "dl_right": Frame(100, 50, 90, 35),
    "c5_left": Frame(20, 55, 100, 40),
    "c5_right": Frame(90, 55, 100, 40),
}
RIGHT = ("dl_right", "c5_right")
# The texts above and below the pages, and on the cover: placeholders may stand in them.
EDGES = ("first_header", "odd_header", "even_header", "first_footer", "footer", "even_footer", "cover")


@dataclass(frozen=True)
class Layout:
    """Empty texts leave their place empty. `odd_even` off: even pages are as the odd ones. `cover` is the text of a page before the letter."""

    first_page: str = "own"
    first_header: str = ""
    first_footer: str = ""
    odd_even: bool = True
    odd_header: str = ""
    even_header: str = ""
    footer: str = ""
    even_footer: str = ""
    cover: str = ""
    number_from: int = 1
    envelope: str = "dl_left"
    letterhead_image: bool = False
    seal_image: bool = False
    qr: bool = False
    pay_days: int = 15

    @classmethod
    def of(cls, stored: dict[str, Any]) -> "Layout":
        """From a template's JSON; what is missing, unknown or of another type is as by default."""
        given = {field.name: stored[field.name] for field in fields(cls) if type(stored.get(field.name)) is type(field.default)}
        layout = cls(**given)
        if "even_footer" not in stored:  # before there was one, the footer stood on every page but the first
            given["even_footer"] = layout.footer
        if layout.envelope not in FRAMES:
            given["envelope"] = "none"
        given["number_from"] = layout.number_from if 1 <= layout.number_from <= LAST_START else 1
        given["pay_days"] = layout.pay_days if 1 <= layout.pay_days <= MOST_DAYS else cls.pay_days
        return cls(**given)

    def stored(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def frame(self) -> Frame | None:
        return FRAMES.get(self.envelope)

    @property
    def starts_on(self) -> int:
        """The page that carries number 1: the one after the cover, or a later one."""
        return max(self.number_from, 2 if self.cover else 1)

    def edges(self) -> dict[str, str]:
        return {name: getattr(self, name) for name in EDGES}
