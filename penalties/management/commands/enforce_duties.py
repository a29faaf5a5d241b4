import json
from datetime import datetime

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from audit.context import origin
from penalties.services import enforce_duties


class Command(BaseCommand):
    help = "Records what is overdue: each missed duty once, with its penalty event. Safe to run at any time, as often as you like."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--now", help="as if it were this moment (ISO 8601; without a zone: the agency's)")
        parser.add_argument("--json", action="store_true", help='print {"missed": n, "events": n}')

    def handle(self, *args, **options) -> None:
        now = moment(options["now"]) if options["now"] else timezone.now()
        with origin("manage.py enforce_duties"):
            done = enforce_duties(now=now)
        if options["json"]:
            self.stdout.write(json.dumps({"missed": done.missed, "events": done.events}))
        else:
            self.stdout.write(f"{done.missed} newly missed, {done.events} events recorded")


def moment(text: str) -> datetime:
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None:
        raise CommandError(f"not a moment: {text!r}; write 2026-11-23T17:30+08:00")
    return timezone.make_aware(found) if timezone.is_naive(found) else found
