"""Some weeks at the agency, told through the product's own services, each at its moment: so that every page has something true to show."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from assignment.choices import Holdings, Mode
from assignment.models import Assignment, FilteringTask
from assignment.services.applying import apply_plan
from assignment.services.making import make_plan
from cases.choices import ArrivalState, CaseState
from cases.models import Arrival, Case, Client, ImportRun, Placement
from cases.services.imports.checking import check_import
from cases.services.imports.mapping import confirm_mapping
from cases.services.imports.reading import read_import
from cases.services.imports.runs import cancel_import, start_import
from cases.services.imports.undoing import ask_undo, undo_import
from cases.services.imports.writing import commit_import, write_import
from cases.services.intake import delegate_arrival, extend_intake, hand_over_arrival, register_arrival, reject_arrival
from compliance.services.wishes import note_entrustment
from workbench.demo.agency import Agency
from workbench.demo.files import beichen_book, jiangnan_book
from workbench.demo.history import filter_task, follow_up_calls
from workbench.demo.timeline import Past, Timeline

MAPPED_AFTER = timedelta(minutes=12)


@dataclass
class Batch:
    """One file of a bank, and how far it gets. `late` names what was not done in time."""

    days_ago: int
    bank: int
    first: int
    rows: int
    stop: str = ""  # arrival, read, validated, committed: where it waits for the user of the demo
    late: tuple[str, ...] = ()
    filtered: float = 1.0
    spoil: bool = False
    delegated: bool = False
    then: str = ""  # cancel or undo: what became of it
    run: ImportRun | None = None


BATCHES = [
    Batch(24, 0, 1, 120),
    Batch(20, 1, 10_001, 30, then="undo"),
    Batch(18, 1, 20_001, 110, late=("import",)),
    Batch(12, 0, 30_001, 40, then="cancel"),
    Batch(11, 0, 40_001, 110, late=("filtering",)),
    Batch(6, 1, 50_001, 100, late=("intake", "assignment"), delegated=True),
    Batch(1, 0, 60_001, 90, filtered=0.15),
    Batch(0, 1, 70_001, 60, stop="committed"),
    Batch(0, 1, 80_001, 40, stop="validated", spoil=True),
    Batch(0, 0, 90_001, 36, stop="read"),
]


class Story:
    def __init__(self, agency: Agency, past: Past, *, scale: float) -> None:
        self.agency, self.past, self.scale = agency, past, scale
        self.timeline = Timeline(past)
        self.rng = Random(2026)
        self.batches = [Batch(**vars(batch)) for batch in BATCHES]

    def bank(self, batch: Batch) -> Client:
        return self.agency.banks[batch.bank]

    def lead(self, batch: Batch):
        return self.bank(batch).team.lead

    def plan(self) -> None:
        for number, batch in enumerate(self.batches):
            batch.rows = max(20, round(batch.rows * self.scale))
            came = self.past.at(batch.days_ago, 8, 40) + timedelta(minutes=7 * number % 20)
            if batch.stop == "read":  # its import's clock still runs
                came = self.past.now - timedelta(minutes=45)
            self.timeline.add(came + timedelta(minutes=3), self._arrive(batch, came))
        self._rejected()
        self._waiting()
        for days_ago in range(17, -1, -1):
            self.timeline.add(self.past.at(days_ago, 17, 25), self._calls(days_ago))

    # --- One batch, step by step ---------------------------------------------------------------------------------------

    def _file(self, batch: Batch) -> SimpleUploadedFile:
        day, numbers = self.past.day(batch.days_ago), range(batch.first, batch.first + batch.rows)
        if batch.bank == 0:
            content, name = jiangnan_book(numbers, placed_on=day, prefix="JN"), f"江南银行委案{day:%m%d}-{batch.first // 10_000}.xlsx"
        else:
            content, name = beichen_book(numbers, placed_on=day, prefix="BC", spoil=batch.spoil), f"北辰委外{day:%Y%m%d}-{batch.first // 10_000}.xlsx"
        return SimpleUploadedFile(name, content)

    def _arrive(self, batch: Batch, came: datetime) -> Callable[[datetime], None]:
        def step(now: datetime) -> None:
            supply = self.agency["supply2" if batch.bank else "supply1"]
            arrival = register_arrival(client=self.bank(batch), channel="sftp", received_at=came, files=[self._file(batch)], by=supply, now=now)
            if batch.delegated:
                self.timeline.add(now + timedelta(minutes=20), self._delegate(arrival))
            handed = came + timedelta(minutes=110 if "intake" in batch.late else 25)
            self.timeline.add(handed, self._hand_over(batch, arrival))

        return step

    def _delegate(self, arrival: Arrival) -> Callable[[datetime], None]:
        def step(now: datetime) -> None:
            to, by = self.agency["supply1"], self.agency["gm1"]
            delegate_arrival(arrival_id=arrival.pk, to=to, reason="原经办人外出，总经办委派专人处置", by=by, now=now)

        return step

    def _hand_over(self, batch: Batch, arrival: Arrival) -> Callable[[datetime], None]:
        def step(now: datetime) -> None:
            hand_over_arrival(arrival_id=arrival.pk, by=self.agency["supply1"], to=self.agency[f"data{batch.bank + 1}"], now=now)
            wait = timedelta(minutes=70) if "import" in batch.late else MAPPED_AFTER
            self.timeline.add(now + wait, self._read(batch, arrival))

        return step

    def _read(self, batch: Batch, arrival: Arrival) -> Callable[[datetime], None]:
        def step(now: datetime) -> None:
            by = self.agency[f"data{batch.bank + 1}"]
            run = batch.run = start_import(file=arrival.files.get(), by=by, now=now)
            read_import(run_id=run.pk, clock=lambda: now)
            if batch.stop == "read":
                return
            confirm_mapping(run_id=run.pk, by=by, now=now, placed_on=self.past.day(batch.days_ago))
            check_import(run_id=run.pk, clock=lambda: now)
            if batch.then == "cancel":
                cancel_import(run_id=run.pk, by=by, now=now)
                reject_arrival(arrival_id=arrival.pk, reason="银行通知该批次作废，另行重发", by=self.agency["supply1"], now=now)
            elif batch.stop != "validated":
                self._commit(batch, now)

        return step

    def _commit(self, batch: Batch, now: datetime) -> None:
        by, run = self.agency[f"data{batch.bank + 1}"], batch.run
        commit_import(run_id=run.pk, by=by, now=now)
        write_import(run_id=run.pk, clock=lambda: now)
        run.refresh_from_db()
        day, bank = timezone.localdate(now) - timedelta(days=2), run.placement.client.short_name
        about = {"notified_on": day, "way": "银行短信通知", "evidence": f"{bank}〔{day:%Y}〕委外通知短信批次 {day:%m%d}"}
        note_entrustment(placement=run.placement, **about, by=by, now=now)
        if batch.then == "undo":
            later = now + timedelta(minutes=20)
            ask_undo(run_id=run.pk, reason="银行重复下发，撤销导入", by=by, now=later)
            undo_import(run_id=run.pk, clock=lambda: later)
            arrival = Arrival.objects.get(files__runs=run)
            if arrival.state == ArrivalState.HANDED_OVER:
                reject_arrival(arrival_id=arrival.pk, reason="银行重复下发", by=self.agency["supply1"], now=now + timedelta(minutes=22))
        elif batch.stop != "committed":
            late = "assignment" in batch.late
            self.timeline.add(self.past.at(max(batch.days_ago - late, 0), 9 if late else 14, 20), self._assign(batch))

    def _assign(self, batch: Batch) -> Callable[[datetime], None]:
        def step(now: datetime) -> None:
            placement = Placement.objects.select_related("team", "client").get(run=batch.run)
            lead = self.lead(batch)
            plan = make_plan(placement=placement, team=placement.team, mode=Mode.BOTH, holdings=Holdings.CUMULATIVE, by=lead, now=now)
            apply_plan(plan_id=plan.pk, version=plan.version, by=lead, now=now)
            for number, task in enumerate(FilteringTask.objects.filter(plan=plan).order_by("pk")):
                self._filter_later(batch, task, is_late="filtering" in batch.late and number == 0)

        return step

    def _filter_later(self, batch: Batch, task: FilteringTask, *, is_late: bool) -> None:
        days_ago = batch.days_ago - (4 if is_late else 2)
        if batch.filtered < 1 or days_ago < 0:
            days_ago = 0
        moment = self.past.at(days_ago, 11 if days_ago == 0 else 16, task.pk % 40)
        self.timeline.add(moment, lambda now: filter_task(task, at=now, now=self.past.now, share=batch.filtered))

    # --- Beside the batches --------------------------------------------------------------------------------------------

    def _rejected(self) -> None:
        """A file that nobody could open, sent back."""

        def step(now: datetime) -> None:
            supply = self.agency["supply1"]
            file = SimpleUploadedFile("北辰委外（损坏）.xlsx", b"PK\x03\x04 not a workbook")
            arrival = register_arrival(
                client=self.agency.banks[1], channel="email", received_at=now - timedelta(minutes=5), files=[file], note="邮件附件", by=supply, now=now
            )
            hand_over_arrival(arrival_id=arrival.pk, by=supply, to=self.agency["data2"], now=now + timedelta(minutes=10))
            run = start_import(file=arrival.files.get(), by=self.agency["data2"], now=now + timedelta(minutes=15))
            read_import(run_id=run.pk, clock=lambda: now + timedelta(minutes=15))
            reject_arrival(arrival_id=arrival.pk, reason="文件损坏，已请银行重发", by=supply, now=now + timedelta(minutes=25))

        self.timeline.add(self.past.at(9, 10, 5), step)

    def _waiting(self) -> None:
        """Two arrivals whose clocks run: one just in, one extended."""
        for minutes, bank, extended in ((18, 0, False), (42, 1, True)):
            came = self.past.now - timedelta(minutes=minutes)
            batch = Batch(0, bank, 100_001 + bank * 1000, 24)
            self.timeline.add(came + timedelta(minutes=2), self._register_only(batch, came, extended=extended))

    def _register_only(self, batch: Batch, came: datetime, *, extended: bool) -> Callable[[datetime], None]:
        def step(now: datetime) -> None:
            supply = self.agency["supply1"]
            arrival = register_arrival(client=self.bank(batch), channel="portal", received_at=came, files=[self._file(batch)], by=supply, now=now)
            if extended:
                extend_intake(arrival_id=arrival.pk, reason="文件加密，正向银行索取密码", by=supply, now=now + timedelta(minutes=1))

        return step

    def _calls(self, days_ago: int) -> Callable[[datetime], None]:
        """A working day's calls on cases that are filtered, about a tenth of them a day."""

        def step(now: datetime) -> None:
            held = Assignment.objects.open().values("case")
            states = (CaseState.WORKING, CaseState.PROMISED)
            cases = list(Case.objects.filter(pk__in=held, state__in=states, touched_at__lt=now - timedelta(hours=20)).select_related("client").order_by("pk"))
            chosen = self.rng.sample(cases, min(len(cases), max(4, len(cases) // 9)))
            morning = self.past.at(days_ago, 9, 5)
            follow_up_calls(chosen, morning=morning, now=self.past.now, rng=self.rng)

        return step
