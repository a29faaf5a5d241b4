"""A letter as a PDF file: the issued one, byte for byte, or a preview while it has no number."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from collection.lib.errors import Refused
from collection.lib.press.drawing import NotDrawn
from letters.models import Letter
from letters.printing.drafts import letter_pdf
from letters.selectors import letters_with_rows


class Command(BaseCommand):
    help = "Write a letter as a PDF file."

    def add_arguments(self, parser) -> None:
        parser.add_argument("letter_id", type=int, metavar="ID")
        parser.add_argument("--out", required=True, metavar="FILE")

    def handle(self, *args, letter_id: int, out: str, **options) -> None:
        letter = letters_with_rows(Letter.objects.all()).filter(pk=letter_id).first()
        if letter is None:
            raise CommandError(f"There is no letter {letter_id}.")
        try:
            content = letter_pdf(letter, now=timezone.now())
        except (Refused, NotDrawn) as error:
            raise CommandError(f"Letter {letter_id}: {error}") from error
        Path(out).write_bytes(content)
        self.stdout.write(f"{letter}: {len(content)} bytes written to {out}")
