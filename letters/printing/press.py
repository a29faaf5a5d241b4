"""The press of `collection.lib` with the styles of letters and their papers."""

from pathlib import Path

from collection.lib.press import drawing

ASSETS = Path(__file__).resolve().parent.parent / "assets"


def css_of(style: str) -> str:
    return (ASSETS / "common.css").read_text() + (ASSETS / f"{style}.css").read_text()


class Press(drawing.Press):
    """`with Press(chars=…, style="letter") as press: press.draw(html)`."""

    def __init__(self, *, chars: str, style: str = "letter", **limits: float) -> None:
        super().__init__(chars=chars, css=css_of(style), **limits)


def draw_one(html: str, *, style: str, **wishes: float) -> drawing.Drawn:
    """One document in a child of its own; `wishes` as of `drawing.draw_one`."""
    return drawing.draw_one(html, css=css_of(style), **wishes)
