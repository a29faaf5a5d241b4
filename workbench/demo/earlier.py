"""The months before the demo's own weeks: placements that were worked and went back to their banks, and the files that banks sent about them.

Files are registered, handed over, planned, filtered and ended by their services, each at its moment; only the reading of a file in a child process is
left out, so that months take seconds. Nothing here is used outside the demo.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from assignment.choices import Holdings, Mode
from assignment.models import FilteringTask
from assignment.services.applying import apply_plan
from assignment.services.making import make_plan
from assignment.services.transfers import extend_filtering
from audit.services import record
from cases.choices import CaseState, ImportState
from cases.models import Arrival, ArrivalFile, Case, Client, ImportRun, Placement
from cases.selectors import assignment_path
from cases.services.books import Book, Origin
from cases.services.endings import end_cases
from cases.services.imports.runs import settle_arrival
from cases.services.intake import delegate_arrival, extend_intake, hand_over_arrival, register_arrival
from cases.services.notes import RecordBook, WarningBook
from cases.services.payments import PaymentBook
from compliance.services.wishes import note_entrustment
from duties.choices import Kind
from duties.models import Duty
from duties.services import hand_over_duty, open_duty
from duties.services_pauses import pause_duty, resume_duty
from staff.models import User
from workbench.demo.agency import Agency
from workbench.demo.bulk import write_cases
from workbench.demo.chance import Chance
from workbench.demo.files import UPDATES, beichen_book, jiangnan_book, update_book
from workbench.demo.history import filter_task
from workbench.demo.timeline import Past, Step, Timeline

FIRST, ENDED = 98, 27  # working days ago: when the agency's first file came, and by when all of these cases had gone back
PLACED = range(97, 36, -5)
CASES = 8
NUMBERS = 300_000  # of these people; the story's own are below
PREFIXES = ("JN", "BC")
# The story's own files come on these days: theirs are named by the day's number.
STORY_DAYS = {24, 20, 18, 12, 11, 9, 6, 3, 2, 1, 0}
BOOKS: dict[str, type[Book]] = {"payment": PaymentBook, "warning": WarningBook, "record": RecordBook}

Next = Callable[[Arrival, User, datetime], None]


def _values(kind: str, row: list) -> dict:
    """A line of `update_book` as the reader would understand it."""
    if kind == "payment":
        _no, amount, paid_on, method, settles = row
        return {"amount": str(amount), "paid_on": paid_on.isoformat(), "currency": "CNY", "card_no": "", "method": method, "is_settled": settles == "是"}
    if kind == "warning":
        return {"text": row[1]}
    return {"at": row[1].replace(" ", "T"), "person": row[2], "text": row[3]}


class Earlier:
    def __init__(self, agency: Agency, past: Past, timeline: Timeline) -> None:
        self.agency, self.past, self.timeline, self.chance = agency, past, timeline, Chance(85)
        self.working = past.working

    def plan(self) -> None:
        for number, days_ago in enumerate(PLACED):
            self._placement(number, days_ago)
        for days_ago in range(FIRST - 1, 3, -1):
            if days_ago not in STORY_DAYS:
                self._news(days_ago)
        for days_ago in range(30, ENDED - 1, -1):
            self.timeline.add(self.past.at(days_ago, 16, 40), self._give_back(last=days_ago == ENDED))

    # --- A file comes in: registered, handed over, imported ---------------------------------------------------------------

    def _receive(self, bank: Client, name: str, content: Callable[[], bytes], came: datetime, then: Next) -> None:
        late, extended, delegated = self.chance.turn("intake late", 9), self.chance.turn("intake extended", 7), self.chance.turn("delegated", 4)
        supply, other = self.chance.two("supply1", "supply2")

        def step(now: datetime) -> None:
            book = content()
            if not book:
                return
            by = self.agency[supply]
            arrival = register_arrival(client=bank, channel="sftp", received_at=came, files=[SimpleUploadedFile(name, book)], by=by, now=now)
            if extended:
                extend_intake(arrival_id=arrival.pk, reason="压缩包密码待银行回复", by=self.agency[other], now=now + timedelta(minutes=2))
            if delegated:
                to, gm = self.agency[other], self.agency["gm1"]
                delegate_arrival(arrival_id=arrival.pk, to=to, reason="原经办人外出办事，委派同事接手", by=gm, now=now + timedelta(minutes=3))
            minutes = self.chance.between(190, 260) if late and extended else self.chance.between(64, 170) if late else self.chance.between(14, 55)
            handed = self.working.add_minutes(came, 60 + minutes if extended and not late else minutes)
            self.timeline.add(max(handed, now + timedelta(minutes=4)), self._hand_over(arrival, supply, then))

        self.timeline.add(came + timedelta(minutes=self.chance.between(2, 9)), step)

    def _hand_over(self, arrival: Arrival, supply: str, then: Next) -> Step:
        late, passed_on, paused = self.chance.turn("import late", 9), self.chance.turn("import passed on", 4), self.chance.turn("import paused", 5)

        def step(now: datetime) -> None:
            first, second = (self.agency[name] for name in self.chance.two("data1", "data2"))
            hand_over_arrival(arrival_id=arrival.pk, by=self.agency[supply], to=first, now=now)
            duty = Duty.objects.about(arrival).get(kind=Kind.IMPORT)
            if passed_on:
                reason = "手上另有一批大文件，请同事导入"
                hand_over_duty(duty_id=duty.pk, to=second, by=self.agency["gm1"], reason=reason, now=now + timedelta(minutes=3))
            done = self.working.add_minutes(now, self.chance.between(34, 190) if late else self.chance.between(7, 26))
            if paused:
                done = self._pause(duty, done, now + timedelta(minutes=4), "银行补传对账单，等待文件")
            self.timeline.add(done, self._import(arrival.pk, then))

        return step

    def _import(self, arrival_id: int, then: Next) -> Step:
        @transaction.atomic
        def step(now: datetime) -> None:
            arrival = Arrival.objects.select_related("client__team__lead").get(pk=arrival_id)
            then(arrival, Duty.objects.select_related("holder").about(arrival).get(kind=Kind.IMPORT).holder, now)

        return step

    def _pause(self, duty: Duty, done: datetime, at: datetime, reason: str) -> datetime:
        """The clock stands still for an hour or two; what was to be done is done as much later."""
        stands = timedelta(minutes=self.chance.between(50, 110))
        pause_duty(duty_id=duty.pk, by=self.agency["gm1"], reason=reason, now=at)
        again = self.working.add(at, stands)
        self.timeline.add(again, lambda now: resume_duty(duty_id=duty.pk, by=self.agency["gm1"], now=now))
        return self.working.add(max(done, at + timedelta(minutes=1)), stands)

    def _run(self, arrival: Arrival, kind: str, count: int, by: User, now: datetime, *, changed: int | None = None, amount: Decimal = Decimal(0)) -> ImportRun:
        file: ArrivalFile = arrival.files.get()
        begins = f"{arrival.client.code.upper()}-{now:%Y%m%d}-"
        code = f"{begins}{ImportRun.objects.filter(client=arrival.client, code__startswith=begins).count() + 1:02}"
        summary = {
            "good": count,
            "warning": 0,
            "bad": 0,
            "skipped": 0,
            "rows": count,
            "cases": count,
            "all_cases": count,
            "codes": {},
            "sums": {},
            "controls": [],
        }
        summary |= {"amount": str(amount), "all_amount": str(amount)} | ({} if changed is None else {"changed": changed})
        about = {"client": arrival.client, "code": code, "row_count": count, "done_rows": count, "created_by": by, "created_at": now}
        return ImportRun.objects.create(file=file, kind=kind, state=ImportState.COMMITTED, summary=summary, committed_at=now, committed_by=by, **about)

    # --- A placement, and what becomes of it -------------------------------------------------------------------------------

    def _placement(self, number: int, days_ago: int) -> None:
        place, first = number % 2, NUMBERS + number * 100
        bank, numbers, day = self.agency.banks[place], range(first, first + CASES), self.past.day(days_ago)
        book = (jiangnan_book, beichen_book)[place]
        came = self.past.at(days_ago, 9, self.chance.between(0, 50))
        name = f"{bank.short_name}委案{day:%m%d}.xlsx"
        self._receive(bank, name, lambda: book(numbers, placed_on=day, prefix=PREFIXES[place]), came, self._write(numbers, PREFIXES[place]))

    def _write(self, numbers: range, prefix: str) -> Next:
        late = self.chance.turn("assignment late", 12)

        def step(arrival: Arrival, by: User, now: datetime) -> None:
            bank, day = arrival.client, now.date()
            run = self._run(arrival, "placement", len(numbers), by, now)
            about = {"client": bank, "code": run.code, "team": bank.team, "placed_on": day, "due_back_on": day + timedelta(days=100)}
            placement = Placement.objects.create(run=run, case_count=len(numbers), committed_at=now, committed_by=by, **about)
            cases = write_cases(placement, [(number, f"{prefix}{number:06}") for number in numbers], state=CaseState.UNASSIGNED)
            placement.amount = sum((case.amount for case in cases), Decimal(0))
            placement.save(update_fields=["amount"])
            ImportRun.objects.filter(pk=run.pk).update(team=bank.team, placed_on=day, due_back_on=about["due_back_on"])
            told = {"notified_on": day - timedelta(days=2), "way": "银行短信通知", "evidence": f"{bank.short_name}委外通知短信批次 {day:%m%d}"}
            note_entrustment(placement=placement, **told, by=by, now=now)
            record("import.committed", subject=run, by=by, at=now, changes={"cases": (0, placement.case_count), "amount": (0, placement.amount)})
            settle_arrival(arrival, by=by, now=now)
            path = assignment_path(placement)
            open_duty(kind=Kind.ASSIGNMENT, subject=placement, holder=bank.team.lead, start=now, by=by, path=path, accounts=len(cases))
            same_day = self.working.add_minutes(now, self.chance.between(20, 150))
            next_day = self.working.close_after(now, 1) - timedelta(hours=self.chance.between(2, 7))
            self.timeline.add(next_day if late or same_day >= self.working.close_after(now, 0) else same_day, self._assign(placement))

        return step

    def _assign(self, placement: Placement) -> Step:
        def step(now: datetime) -> None:
            lead = placement.team.lead
            plan = make_plan(placement=placement, team=placement.team, mode=Mode.BOTH, holdings=Holdings.CUMULATIVE, by=lead, now=now)
            apply_plan(plan_id=plan.pk, version=plan.version, by=lead, now=now)
            for task in FilteringTask.objects.filter(plan=plan).order_by("pk"):
                self._filter(task, now)

        return step

    def _filter(self, task: FilteringTask, now: datetime) -> None:
        """In time, late, or in time because the lead gave a day more."""
        extended, late = self.chance.turn("assignment late", 12), self.chance.of(9)
        if extended:
            reason = "联系人号码较多，逐一核实需要时间"
            lead, asked = task.collector.team.lead, self.working.close_after(now, 1) - timedelta(hours=3)
            self.timeline.add(asked, lambda at: extend_filtering(task=task, reason=reason, by=lead, now=at, days=1))
        days = 3 if extended or late else self.chance.between(1, 2)
        done = self.working.close_after(now, days) - timedelta(minutes=self.chance.between(15, 160))
        self.timeline.add(done, lambda at: filter_task(task, at=at, now=self.past.now))

    def _give_back(self, *, last: bool) -> Step:
        """Some of what is left goes back each day; on the last one all."""

        @transaction.atomic
        def step(now: datetime) -> None:
            live = Case.objects.live().filter(placement__committed_at__lt=now - timedelta(days=7)).select_for_update(of=("self",)).order_by("pk")
            cases = list(live if last else live[:30])
            end_cases(cases, CaseState.RETURNED, reason="委托到期，按约退还委托行", by=self.agency["data1"], now=now)

        return step

    # --- What banks say of cases that they placed ----------------------------------------------------------------------------

    def _news(self, days_ago: int) -> None:
        """A file a day, of one bank or the other: payments every second day, warnings and earlier records between. Of the story's own cases records only."""
        place = days_ago % 2
        kind = "record" if days_ago <= ENDED else ("payment", "warning", "payment", "record")[days_ago % 4 if place else days_ago // 2 % 4]
        bank, day = self.agency.banks[place], self.past.day(days_ago)
        came = self.past.at(days_ago, self.chance.between(9, 15), self.chance.between(0, 50))
        cases: list[Case] = []

        def content() -> bytes:
            live = Case.objects.live().filter(client=bank, assignments__ended_at=None, assignments__isnull=False)
            rows = list(live.order_by("pk").distinct())
            cases.extend(self.chance.some(rows, self.chance.between(2, 4)))
            return update_book(kind, [(case.case_no, case.balance) for case in cases], day=day) if cases else b""

        def take_in(arrival: Arrival, by: User, now: datetime) -> None:
            fresh = list(Case.objects.live().filter(pk__in=[case.pk for case in cases]).select_for_update(of=("self",)).order_by("pk"))
            run, book = self._run(arrival, kind, len(cases), by, now, changed=len(fresh)), BOOKS[kind](fresh, today=day)
            row_of, place_of, owed = UPDATES[kind][2], {case.pk: number for number, case in enumerate(cases)}, {case.pk: case.balance for case in cases}
            for case in fresh:
                book.plan(case, _values(kind, row_of(place_of[case.pk], case.case_no, owed[case.pk], day)))
            book.save(Origin(by, now, run))
            record("import.committed", subject=run, by=by, at=now, changes={"cases": (0, len(fresh))})
            settle_arrival(arrival, by=by, now=now)

        self._receive(bank, f"{bank.short_name}{UPDATES[kind][0]}{day:%m%d}.xlsx", content, came, take_in)
