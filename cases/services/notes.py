"""What a bank says of a case in words: warnings, which everybody sees at once, and records of what was done before we had it (委前催记)."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from cases.choices import NoteKind
from cases.models import Case, ClientNote
from cases.services.books import AT_ONCE, Book, Origin, Place, Planned, Values, save_line
from cases.services.casework import lock_case
from collection.lib.crypto import blind_index
from staff.models import User

LONGEST_WARNING = Case._meta.get_field("warning").max_length
SHOWN = 60


class NoteBook(Book):
    """Notes that are kept, each once, under the text's blind index."""

    kind: str

    def __init__(self, cases: Sequence[Case], *, today: date) -> None:
        super().__init__(cases, today=today)
        self.notes: list[ClientNote] = []
        known = ClientNote.objects.filter(case__in=cases, kind=self.kind).values_list("case_id", "at", "text_index")
        self.known: dict[int, set[tuple[datetime, str]]] = defaultdict(set)
        for case_id, at, index in known:
            self.known[case_id].add((at, index))

    def keep(self, case: Case, text: str, at: datetime | None, **values: str) -> None:
        """`at` None: the moment of saving."""
        self.notes.append(ClientNote(case=case, kind=self.kind, at=at, text=text, text_index=blind_index("note", text), **values))

    def save(self, origin: Origin) -> list[Case]:
        for note in self.notes:
            note.at, note.run, note.created_at, note.created_by = note.at or origin.now, origin.run, origin.now, origin.by
        ClientNote.objects.bulk_create(self.notes, batch_size=AT_ONCE)
        return self.save_cases(origin)


class WarningBook(NoteBook):
    """Warning files: what the bank warns of stands on the case; what it warned of before stays in the history."""

    action = "case.warned"
    fields = ("warning",)
    kind = NoteKind.WARNING

    def __init__(self, cases: Sequence[Case], *, today: date) -> None:
        super().__init__(cases, today=today)
        self.fresh: dict[int, list[str]] = defaultdict(list)

    def plan_line(self, case: Case, values: Values, place: Place, planned: Planned) -> None:
        text, before = values["text"], case.warning
        if text in self.fresh[case.pk]:
            planned.find("same_row_twice", "case.no")
            return
        if text[:LONGEST_WARNING] == before:
            return
        if before and not self.known[case.pk] and not self.fresh[case.pk]:  # it came with the placement
            self.keep(case, before, case.created_at)
        self.fresh[case.pk].append(text)
        self.keep(case, text, None)
        case.warning = "；".join(self.fresh[case.pk])[:LONGEST_WARNING]
        planned.change("warning", before, case.warning)
        self.note(case, "warnings", None, len(self.fresh[case.pk]))


class RecordBook(NoteBook):
    """Files of earlier call records: they are read on the case's timeline, and count for nothing else."""

    action = "case.records_added"
    fields = ()
    kind = NoteKind.RECORD

    def plan_line(self, case: Case, values: Values, place: Place, planned: Planned) -> None:
        at, text = timezone.make_aware(datetime.fromisoformat(values["at"])), values["text"]
        key = (at, blind_index("note", text))
        if timezone.localdate(at) > self.today:
            planned.find("not_yet", "record.at")
        if planned.found or key in self.known[case.pk]:
            return
        self.known[case.pk].add(key)
        person, result = values.get("person", ""), values.get("result", "")
        self.keep(case, text, at, person=person, result=result)
        shown = " ".join(part for part in (person, result, text) if part)
        planned.change("record", "", f"{at:%Y-%m-%d %H:%M} {shown[:SHOWN]}{'…' if len(shown) > SHOWN else ''}")
        self.note(case, "records", None, sum(note.case_id == case.pk for note in self.notes))


@transaction.atomic
def warn_case(*, case_id: int, text: str, by: User, now: datetime) -> Case:
    """The client's warning stands on the case from now on."""
    case = lock_case(case_id)
    save_line(WarningBook([case], today=timezone.localdate(now)), case, {"text": text.strip()}, Origin(by, now))
    return case


@transaction.atomic
def add_earlier_record(*, case_id: int, at: datetime, text: str, by: User, now: datetime, person: str = "", result: str = "") -> ClientNote:
    """What somebody did on the case before we had it is on its timeline. Refused when it is there already."""
    case = lock_case(case_id)
    book = RecordBook([case], today=timezone.localdate(now))
    moment = timezone.make_naive(at).isoformat()
    save_line(book, case, {"at": moment, "text": text.strip(), "person": person[:60], "result": result[:60]}, Origin(by, now))
    return book.notes[0]
