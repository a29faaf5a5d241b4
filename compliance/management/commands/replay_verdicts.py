import json
from collections import Counter
from datetime import datetime, time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_date

from compliance.models import Verdict
from compliance.services import Replayed, replay_verdict


class Command(BaseCommand):
    help = "Judge stored verdicts of the contact gate again, by what they were judged by, and say whether the answer is the same."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--verdict", type=int, help="one verdict, by its number")
        parser.add_argument("--since", help="the first day, YYYY-MM-DD; default: today")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        verdicts, counted, different = self._asked(options), Counter[str](), []
        for verdict in verdicts.iterator(chunk_size=1000):
            replayed = replay_verdict(verdict)
            counted["same" if replayed.is_same else "different"] += 1
            if not replayed.is_same:
                different.append(_told(replayed))
        if options["verdict"] and not counted:
            raise CommandError("There is no such verdict.")
        if options["json"]:
            self.stdout.write(json.dumps({"same": counted["same"], "different": different}, ensure_ascii=False))
        else:
            for row in different:
                self.stdout.write(f"{row['verdict']}: {row['stored']} -> {row['today']}")
            self.stdout.write(f"same {counted['same']}, different {counted['different']}")
        if different:
            raise SystemExit(1)

    def _asked(self, options: dict[str, Any]):
        if options["verdict"]:
            return Verdict.objects.filter(pk=options["verdict"])
        day = parse_date(options["since"]) if options["since"] else timezone.localdate()
        if day is None:
            raise CommandError("--since takes a day as YYYY-MM-DD.")
        return Verdict.objects.filter(at__gte=timezone.make_aware(datetime.combine(day, time.min))).order_by("pk")


def _told(replayed: Replayed) -> dict[str, Any]:
    verdict = replayed.verdict
    return {"verdict": verdict.pk, "stored": [row["rule"] for row in verdict.objections], "today": [row["rule"] for row in replayed.objections]}
