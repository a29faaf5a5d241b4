"""What news of a bank does to cases: planned line by line on the cases in memory, then written at once. What is not written was only looked at."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, ClassVar

from django.db import models

from audit.services import Changes, event_for, record_many
from cases.choices import ENDED, Severity
from cases.models import Case, ImportRun
from cases.rules.findings import Found
from cases.wording import finding_text, remedy_text
from collection.lib.bulk import update
from collection.lib.errors import Refused
from staff.models import User

AT_ONCE = 500

Values = dict[str, Any]


@dataclass
class Planned:
    """What one line does: [[field, before, after], …] as plain texts, words of `cases.wording.CHANGES`; and what there is to say about it."""

    changes: list[list[str]] = field(default_factory=list)
    found: list[Found] = field(default_factory=list)

    @property
    def is_refused(self) -> bool:
        return any(found.severity == Severity.ERROR for found in self.found)

    def change(self, name: str, before: Any, after: Any) -> None:
        self.changes.append([name, _plain(before), _plain(after)])

    def find(self, code: str, target: str = "", **values: Any) -> "Planned":
        self.found.append(Found(code, target, None, values))
        return self


def _plain(value: Any) -> str:
    return "" if value is None else str(value)


@dataclass(frozen=True)
class Place:
    """Where in a file a line stands."""

    sheet: str = ""
    row: int | None = None


@dataclass(frozen=True)
class Origin:
    """Who books, when, and from which file."""

    by: User
    now: datetime
    run: ImportRun | None = None


class Book:
    """The lines of one kind for some cases. `plan` changes the cases in memory, so that the next line sees what the one before did; `save` writes.

    The cases are locked by who saves. A line with an error changes nothing.
    """

    action: ClassVar[str]
    fields: ClassVar[tuple[str, ...]]
    takes_ended: ClassVar[bool] = False

    def __init__(self, cases: Sequence[Case], *, today: date) -> None:
        self.cases = {case.pk: case for case in cases}
        self.today = today
        self.trail: dict[int, Changes] = {}

    def plan(self, case: Case, values: Values, place: Place = Place()) -> Planned:
        planned = Planned()
        if case.state in ENDED and not self.takes_ended:
            return planned.find("case_ended", "case.no")
        self.plan_line(case, values, place, planned)
        if not planned.is_refused:
            self._keep_extra(case, values, planned)
            if not planned.changes and not planned.found:
                planned.find("no_change")
        return planned

    def plan_line(self, case: Case, values: Values, place: Place, planned: Planned) -> None:
        raise NotImplementedError

    def save(self, origin: Origin) -> list[Case]:
        """Everything that was planned is written. Returns the cases that it changed."""
        raise NotImplementedError

    def note(self, case: Case, name: str, before: Any, after: Any) -> None:
        """For the trail: of several lines, the first one's before and the last one's after."""
        own = self.trail.setdefault(case.pk, {})
        own[name] = (own[name][0] if name in own else before, after)

    def save_cases(self, origin: Origin) -> list[Case]:
        changed = [self.cases[pk] for pk in sorted(self.trail)]
        for case in changed:
            case.version += 1
        save_columns(Case, changed, [*self.fields, "extra", "version"])
        record_many(event_for(self.action, subject=case, by=origin.by, at=origin.now, changes=self.trail[case.pk]) for case in changed)
        return changed

    def _keep_extra(self, case: Case, values: Values, planned: Planned) -> None:
        """Texts without a place of their own are kept with the case, beside what was there."""
        headers = []
        for header, text in values.get("extra", {}).items():
            known = case.extra.get(header, "")
            if text not in known.split(" / "):
                case.extra[header] = f"{known} / {text}" if known else text
                planned.change("extra", "", header)
                headers.append(header)
        if headers:
            _before, noted = self.trail.get(case.pk, {}).get("extra", (None, []))
            self.note(case, "extra", None, sorted({*noted, *headers}))


def save_columns(model: type[models.Model], rows: Sequence[models.Model], fields: Sequence[str]) -> None:
    """These columns of rows that are there already and locked. bulk_update's CASE for every cell would take ten times as long."""
    named = ["id", *fields]
    update(model, named, ([getattr(row, name) for name in named] for row in rows))


def save_line(book: Book, case: Case, values: Values, origin: Origin) -> Planned:
    """One line that somebody enters, not a file: an error, or news that is none, refuses it."""
    planned = book.plan(case, values)
    said = [found for found in planned.found if found.severity == Severity.ERROR] or (planned.found if not planned.changes else [])
    if said:
        raise refusal(said[0])
    book.save(origin)
    return planned


def refusal(found: Found) -> Refused:
    return Refused(f"{finding_text(found.code, found.values)} {remedy_text(found.code)}")
