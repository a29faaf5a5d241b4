import csv
import sys
from datetime import datetime

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from duties.selectors import UnknownKind, due_for, working_time


class Command(BaseCommand):
    help = "Print when a duty is due, for one start or for each row of a CSV file with the columns kind,start,accounts."

    def add_arguments(self, parser) -> None:
        parser.add_argument("kind", nargs="?", help="a duty kind's code; KIND_extended gives its furthest extension")
        parser.add_argument("--start", metavar="ISO", help="when it begins, such as 2026-01-04T09:10+08:00")
        parser.add_argument("--accounts", type=int, metavar="N")
        parser.add_argument("--csv", metavar="FILE")

    def handle(self, *args, **options) -> None:
        if options["csv"]:
            self._print_csv(options["csv"])
        elif options["kind"] and options["start"]:
            self.stdout.write(_iso(_due(options["kind"], _moment(options["start"]), options["accounts"])))
        else:
            raise CommandError("Give KIND and --start, or --csv FILE.")

    def _print_csv(self, path: str) -> None:
        working = working_time()
        writer = csv.writer(self.stdout, lineterminator="\n")
        writer.writerow(["kind", "start", "accounts", "due"])
        with _opened(path) as file:
            for row in csv.DictReader(file):
                accounts = int(row["accounts"]) if row.get("accounts") else None
                due = _due(row["kind"], _moment(row["start"]), accounts, working)
                writer.writerow([row["kind"], row["start"], row.get("accounts") or "", _iso(due)])


def _opened(path: str):
    if path == "-":
        return sys.stdin
    try:
        return open(path, encoding="utf-8-sig", newline="")
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"{text!r} is not an ISO moment such as 2026-01-04T09:10+08:00.") from error
    return moment if moment.tzinfo else timezone.make_aware(moment)


def _due(kind: str, start: datetime, accounts: int | None, working=None) -> datetime:
    try:
        return due_for(kind, start, accounts=accounts, working=working)
    except UnknownKind as error:
        raise CommandError(f"There is no duty kind {kind!r}.") from error


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="minutes")
