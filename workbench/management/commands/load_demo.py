import time
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from audit.context import origin
from workbench.demo.agency import PASSWORD, PEOPLE
from workbench.demo.files import write_files
from workbench.demo.load import is_begun, is_loaded, load

SHOWN = ("collector1", "lead1", "data1", "supply1", "centre1", "office1", "quality1", "gm1", "admin1")


class Command(BaseCommand):
    help = "Load a made-up agency with some months of work, once; run again it keeps what is there. --files only writes bank files to try the import."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--scale", type=int, default=600, metavar="N", help="about how many cases are worked (600; a million takes minutes)")
        parser.add_argument("--files", type=Path, metavar="DIR", help="write a bank file of each kind there, and nothing else")

    def handle(self, *args, **options) -> None:
        if options["files"]:
            for path in write_files(options["files"], today=timezone.localdate()):
                self.stdout.write(f"{path}")
            return
        if not 1 <= options["scale"] <= 10_000_000:
            raise CommandError("--scale is between 1 and 10,000,000.")
        if is_loaded():
            self.stdout.write("The demo data are there already; they were left as they are.")
        elif is_begun():
            raise CommandError("An earlier load was broken off. Start over with an empty database: make reset")
        else:
            began = time.perf_counter()
            with origin("manage.py load_demo"):
                load(scale=options["scale"], now=timezone.now(), say=self._say)
            self._say(f"done in {time.perf_counter() - began:.0f} s")
        self._print_accounts()

    def _say(self, text: str) -> None:
        self.stdout.write(f"  {text}")
        self.stdout.flush()

    def _print_accounts(self) -> None:
        names = {username: name for username, name, _role, _team in PEOPLE}
        self.stdout.write(f"Sign in with the password {PASSWORD} as, for example:")
        for username in SHOWN:
            self.stdout.write(f"  {username:<12} {names[username]}")
