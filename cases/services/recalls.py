"""What a bank decides on a case: stopped, resumed, recalled, returned, settled; or kept for longer."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from audit.services import event_for, record_many
from cases.choices import ENDED, RecallAction
from cases.models import Case
from cases.services.books import Book, Origin, Place, Planned, Values, save_columns, save_line
from cases.services.casework import LONGEST_REASON, beside, lock_case
from cases.services.endings import end_cases
from staff.models import User

ENDS = {RecallAction.RECALLED, RecallAction.RETURNED, RecallAction.SETTLED}


class RecallBook(Book):
    """Recall files (停催、恢复、撤案、退案、结案). A stop counts from the moment it is saved, for everybody: the gate reads the case."""

    action = "case.texts_kept"  # a stop and an end have events of their own
    fields = ()
    takes_ended = True

    def __init__(self, cases: Sequence[Case], *, today: date) -> None:
        super().__init__(cases, today=today)
        self.seen: set[int] = set()
        self.reasons: dict[int, str] = {}
        self.by_action: dict[str, list[Case]] = defaultdict(list)

    def plan_line(self, case: Case, values: Values, place: Place, planned: Planned) -> None:
        action = RecallAction(values["action"])
        if "on" in values and date.fromisoformat(values["on"]) > self.today:
            planned.find("not_yet", "recall.on")
        elif case.pk in self.seen:
            planned.find("same_row_twice", "case.no")
        elif case.state in ENDED and case.state != action:
            planned.find("case_ended", "case.no")
        elif action == RecallAction.RESUME and case.stopped_at is not None and not case.stopped_by_client:
            planned.find("stopped_by_us", "recall.action")
        if planned.found:
            return
        self.seen.add(case.pk)
        self.reasons[case.pk] = values.get("reason") or values.get("said", "")
        if self._change(case, action, planned):
            self.by_action[action].append(case)

    def _change(self, case: Case, action: RecallAction, planned: Planned) -> bool:
        if action in ENDS and case.state != action:
            planned.change("state", case.state, action.value)
        elif action == RecallAction.STOP and not (case.stopped_at and (case.stopped_by_client or self.reasons[case.pk] in case.stopped_reason)):
            self.reasons[case.pk] = beside(self.reasons[case.pk], case.stopped_reason)
            planned.change("stopped", case.stopped_reason, self.reasons[case.pk])
        elif action == RecallAction.RESUME and case.stopped_at is not None:
            planned.change("stopped", case.stopped_reason, "")
        return bool(planned.changes)

    def save(self, origin: Origin) -> list[Case]:
        changed = {case.pk: case for case in (*self.save_cases(origin), *(case for cases in self.by_action.values() for case in cases))}
        self._stop(self.by_action[RecallAction.STOP], origin.now, "case.stopped", origin)
        self._stop(self.by_action[RecallAction.RESUME], None, "case.resumed", origin)
        for action in sorted(ENDS):
            end_cases(self.by_action[action], action, reason=self.reasons, by=origin.by, now=origin.now)
        return list(changed.values())

    def _stop(self, cases: list[Case], at: datetime | None, action: str, origin: Origin) -> None:
        events = []
        for case in cases:
            before, reason = case.stopped_at, self.reasons[case.pk]
            # What we have stopped ourselves stays ours to lift, with the bank's reason beside our own.
            case.stopped_by_client = at is not None and before is None
            case.stopped_at, case.stopped_reason = at and (before or at), reason[:LONGEST_REASON] if at else ""
            case.version += 1
            events.append(event_for(action, subject=case, by=origin.by, at=origin.now, changes={"stopped_at": (before, at)}, reason=reason))
        save_columns(Case, cases, ["stopped_at", "stopped_reason", "stopped_by_client", "version"])
        record_many(events)


class RetentionBook(Book):
    """Retention files (留案): the bank leaves cases here for longer, until a day."""

    action = "case.retained"
    fields = ("retained_until", "due_back_on")

    def __init__(self, cases: Sequence[Case], *, today: date) -> None:
        super().__init__(cases, today=today)
        self.seen: set[int] = set()

    def plan_line(self, case: Case, values: Values, place: Place, planned: Planned) -> None:
        until, before = date.fromisoformat(values["until"]), case.retained_until
        if until < self.today:
            planned.find("retention_past", "retention.until")
        elif case.pk in self.seen:
            planned.find("same_row_twice", "case.no")
        if planned.found:
            return
        self.seen.add(case.pk)
        if before == until:
            return
        if before and until < before:
            planned.find("retention_shorter", "retention.until", day=before.isoformat())
        self._set(case, "retained_until", until, planned)
        if case.due_back_on is None or case.due_back_on < until or case.due_back_on == before:
            self._set(case, "due_back_on", until, planned)

    def _set(self, case: Case, name: str, day: date, planned: Planned) -> None:
        before = getattr(case, name)
        if before != day:
            setattr(case, name, day)
            planned.change(name, before, day)
            self.note(case, name, before, day)

    def save(self, origin: Origin) -> list[Case]:
        return self.save_cases(origin)


@transaction.atomic
def retain_case(*, case_id: int, until: date, by: User, now: datetime) -> Case:
    """The bank leaves the case here until that day (留案). Refused for a day that is over."""
    case = lock_case(case_id)
    save_line(RetentionBook([case], today=timezone.localdate(now)), case, {"until": until.isoformat()}, Origin(by, now))
    return case
