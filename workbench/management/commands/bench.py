import json
from importlib import import_module

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

# A module of this name could not be imported by name.
MODULES = {"import": "imports"}


class Command(BaseCommand):
    help = "Measure: each figure is printed as a ratio against a peer or a limit of the same run. Leaves no data behind."

    def add_arguments(self, parser) -> None:
        parser.add_argument("name", nargs="?", choices=_names(), help="which one; all of them when left out")
        parser.add_argument("--json", action="store_true")
        parser.add_argument(
            "--long",
            action="store_true",
            help="with import: 300,000 rows too; with workbench: a million cases beside 10,000; with figures: a million; with duties: five million beside one",
        )
        parser.add_argument("--cases", type=int, help="with workbench or figures: so many held cases; 20,000 when left out")

    def handle(self, *args, **options) -> None:
        for name in [options["name"]] if options["name"] else _names():
            wishes = {"long": True} if options["long"] and name in ("import", "workbench", "duties", "figures") else {}
            wishes |= {"cases": options["cases"]} if options["cases"] and name in ("workbench", "figures") else {}
            figures = import_module(f"bench.{MODULES.get(name, name)}").run(**wishes)
            if options["json"]:
                self.stdout.write(json.dumps({"bench": name} | figures, ensure_ascii=False, default=str))
            else:
                self._print(name, figures)

    def _print(self, name: str, figures: dict) -> None:
        self.stdout.write(self.style.MIGRATE_HEADING(name))
        for label, value in figures.items():
            self.stdout.write(f"  {label:<60} {value}")


def _names() -> list[str]:
    folder = settings.BASE_DIR / "bench"
    said = {module: name for name, module in MODULES.items()}
    names = sorted(said.get(path.stem, path.stem) for path in folder.glob("*.py") if path.stem != "__init__")
    if not names:
        raise CommandError("There is nothing to measure in bench/.")
    return names
