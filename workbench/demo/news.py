"""What banks tell of cases that they placed before: payments, balances, stops and recalls, warnings, imported as they came."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from cases.choices import CaseState
from cases.models import Case, Client
from cases.services import imports
from cases.services.intake import hand_over_arrival, register_arrival
from workbench.demo.agency import Agency
from workbench.demo.files import UPDATES, update_book
from workbench.demo.timeline import Past, Timeline

# days ago, hour, bank, kind of file, cases
NEWS = [(3, 14, 0, "payment", 14), (2, 14, 1, "balance", 12), (1, 11, 0, "record", 8), (0, 14, 0, "warning", 6), (0, 15, 1, "recall", 6)]


class News:
    def __init__(self, agency: Agency, past: Past, timeline: Timeline) -> None:
        self.agency, self.past, self.timeline = agency, past, timeline

    def plan(self) -> None:
        for days_ago, hour, bank, kind, count in NEWS:
            self.timeline.add(self.past.at(days_ago, hour, 5), self._come(bank, kind, count))

    def _come(self, bank: int, kind: str, count: int) -> Callable[[datetime], None]:
        def step(now: datetime) -> None:
            client, specialist, supply = self.agency.banks[bank], self.agency[f"data{bank + 1}"], self.agency["supply1"]
            content = update_book(kind, _cases(client, count), day=timezone.localdate(now))
            file = SimpleUploadedFile(f"{client.short_name}{UPDATES[kind][0]}{now:%m%d}.xlsx", content)
            arrival = register_arrival(client=client, channel="sftp", received_at=now - timedelta(minutes=4), files=[file], by=supply, now=now)
            hand_over_arrival(arrival_id=arrival.pk, by=supply, to=specialist, now=now)
            run = imports.start_import(file=arrival.files.get(), by=specialist, now=now)
            imports.read_import(run_id=run.pk, clock=lambda: now)
            imports.choose_kind(run_id=run.pk, kind=kind, by=specialist, now=now)
            imports.confirm_mapping(run_id=run.pk, by=specialist, now=now)
            imports.check_import(run_id=run.pk, clock=lambda: now)
            imports.commit_import(run_id=run.pk, by=specialist, now=now)
            imports.write_import(run_id=run.pk, clock=lambda: now)

        return step


def _cases(client: Client, count: int) -> list[tuple[str, object]]:
    """Cases that are worked, the latest first: none with a letter or a look-up on its way, whose story would break off."""
    states = (CaseState.WORKING, CaseState.PROMISED, CaseState.LOST_CONTACT)
    free = Case.objects.filter(client=client, state__in=states, stopped_at=None, letters=None, registry_requests=None)
    return list(free.order_by("-pk").values_list("case_no", "balance")[:count])
