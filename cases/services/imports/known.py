"""Rows beside what is there already: one statement finds those of a stretch that hit, and only they are looked at."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import chain

from django.db.models import Max, QuerySet

from cases.choices import ENDED, RowState, Severity
from cases.models import Case, Debtor, ImportRun, RowFinding, StagedRow
from cases.rules.findings import Found
from cases.rules.rows import RowReader
from cases.services.imports.findings import FINDING, finding_row
from collection.lib.bulk import chunks, load

BATCH = 1000
# How many rows are compared in one step, and how many hits are kept in mind at most.
ROWS_AT_ONCE = 20_000


def known(run: ImportRun, readers: Mapping[str, RowReader]) -> Iterator[Callable[[], None]]:
    """All rows, a stretch at a time: steps, each to be called."""
    rows, last = run.rows.order_by("pk"), 0
    while end := rows.filter(pk__gt=last).values_list("pk", flat=True)[:ROWS_AT_ONCE].aggregate(last=Max("pk"))["last"]:
        yield partial(find_known, run, readers, run.rows.filter(pk__gt=last, pk__lte=end))
        last = end


def find_known(run: ImportRun, readers: Mapping[str, RowReader], rows: QuerySet[StagedRow]) -> None:
    """These rows have the findings, and the states with them, that come of the client's cases and of people who have other cases."""
    own = rows.filter(sheet__in=[name for name, reader in readers.items() if reader.role == "cases"]).exclude(state=RowState.SKIPPED)
    for batch in chunks(chain(_known_cases(run, readers, own), _known_debtors(readers, own)), BATCH):
        load(RowFinding, FINDING, [finding_row(pk, run.pk, found) for pk, found in batch])
        _worsen(batch, Severity.WARNING, own.filter(state=RowState.GOOD), RowState.WARNING)
        _worsen(batch, Severity.ERROR, own, RowState.BAD)


def _worsen(batch: list[tuple[int, Found]], severity: str, rows: QuerySet[StagedRow], state: str) -> None:
    hit = [pk for pk, found in batch if found.severity == severity]
    if hit:
        rows.filter(pk__in=hit).update(state=state)


def _known_cases(run: ImportRun, readers: Mapping[str, RowReader], own: QuerySet[StagedRow]) -> Iterator[tuple[int, Found]]:
    """The client's case of that number: one that is being worked is in the way, one that has ended comes back."""
    ours = Case.objects.filter(client=run.client).exclude(placement__run=run)
    hits = own.exclude(case_no="").filter(case_no__in=ours.values("case_no")).order_by("pk").values_list("pk", "sheet", "case_no")
    for batch in chunks(list(hits), BATCH):
        known: dict[str, tuple[str, str]] = {}
        cases = ours.filter(case_no__in={number for _pk, _sheet, number in batch}).order_by("pk")
        for number, state, placement in cases.values_list("case_no", "state", "placement__code"):
            if known.get(number, ("", ""))[0] != "case_exists":
                known[number] = ("case_returned" if state in ENDED else "case_exists", placement)
        for pk, sheet, number in batch:
            code, placement = known[number]
            yield pk, Found(code, "case.no", _index(readers[sheet], "case.no", "contract.no", "card.no"), {"placement": placement})


def _known_debtors(readers: Mapping[str, RowReader], own: QuerySet[StagedRow]) -> Iterator[tuple[int, Found]]:
    """The same person in other cases: linked, never merged by name, never overwritten; what differs is shown."""
    hits = own.exclude(id_index="").filter(id_index__in=Debtor.objects.values("id_index")).order_by("pk").values_list("pk", flat=True)
    for batch in chunks(list(hits), BATCH):
        rows = list(own.filter(pk__in=batch).order_by("pk").only("sheet", "id_index", "values"))
        names = dict(Debtor.objects.filter(id_index__in={row.id_index for row in rows}).values_list("id_index", "name"))
        for row in rows:
            index = _index(readers[row.sheet], "debtor.name")
            is_same = names[row.id_index] == row.values.get("name")
            yield row.pk, Found("debtor_known", "debtor.name", index) if is_same else Found("debtor_differs", "debtor.name", index, {"what": ["name"]})


def _index(reader: RowReader, *fields: str) -> int | None:
    return next((reader.by_field[name][0].index for name in fields if name in reader.by_field), None)
