"""What was found as rows of the database, and what only shows between rows: the same case twice."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db.models import Count, QuerySet

from cases.choices import RowState, Severity
from cases.models import ImportRun, RowFinding, StagedRow
from cases.rules.headers import letters_of
from cases.rules.rows import Found
from collection.lib.bulk import chunks, load

BATCH = 1000
NUMBERS_AT_ONCE = 1000
FINDING = ("row_id", "run_id", "column", "field", "code", "severity", "values")


def state_of(severities: Iterable[str]) -> str:
    kinds = set(severities)
    return RowState.BAD if Severity.ERROR in kinds else RowState.WARNING if Severity.WARNING in kinds else RowState.GOOD


def finding_of(row: StagedRow, found: Found) -> RowFinding:
    column = letters_of(found.index) if found.index is not None else ""
    return RowFinding(row_id=row.pk, run_id=row.run_id, column=column, field=found.field, code=found.code, severity=found.severity, values=found.values)


def finding_row(row_id: int, run_id: int, found: Found) -> tuple:
    """The same for collection.lib.bulk, in the order of FINDING."""
    column = letters_of(found.index) if found.index is not None else ""
    return row_id, run_id, column, found.field, found.code, found.severity, found.values


def duplicates(run: ImportRun, numbers: Iterable[str] | None = None) -> Iterator[Callable[[], None]]:
    """Rows of one case number are one case's accounts only if they name the same person and different accounts; the others are duplicates.

    A sheet of contacts may name a case as often as it likes.

    Steps, each to be called: for all rows, so many repeated numbers in each; or one for the rows of some case numbers again after a change.
    """
    contacts = [sheet["sheet"] for sheet in run.layout if sheet.get("role") == "contacts"]
    rows = run.rows.exclude(state=RowState.SKIPPED).exclude(case_no="").exclude(sheet__in=contacts)
    if numbers is not None:
        yield partial(_find_again, run, rows.filter(case_no__in=numbers), numbers)
        return
    repeated = rows.values("case_no").annotate(times=Count("pk")).filter(times__gt=1).order_by("case_no").values_list("case_no", flat=True)
    last = ""
    while found := list(repeated.filter(case_no__gt=last)[:NUMBERS_AT_ONCE]):
        last = found[-1]
        yield partial(_find, run, rows.filter(case_no__in=found))


def _find_again(run: ImportRun, rows: QuerySet[StagedRow], numbers: Iterable[str]) -> None:
    run.findings.filter(code="duplicate_in_file", row__case_no__in=numbers).delete()
    _find(run, rows)
    _refresh_states(rows)


def _find(run: ImportRun, rows: QuerySet[StagedRow]) -> None:
    for batch in chunks(_twins(rows), BATCH):
        load(RowFinding, FINDING, [finding_row(pk, run.pk, Found("duplicate_in_file", "case.no", None, twin)) for pk, twin in batch])
    # Afterwards, because the rows are still being read before.
    rows.filter(pk__in=run.findings.filter(code="duplicate_in_file").values("row")).update(state=RowState.BAD)


def _twins(rows: QuerySet[StagedRow]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each row that says a case again, and where it was said first. Only one case at a time is kept in mind, however many rows it has."""
    sorted_rows = rows.order_by("case_no", "pk").values_list("case_no", "pk", "id_index", "account_index", "sheet", "row")
    for _case_no, group in groupby(sorted_rows.iterator(chunk_size=BATCH), key=itemgetter(0)):
        person, first, accounts = "", None, {}
        for _number, pk, id_index, account_index, sheet, row in group:
            own = {"row": row, "sheet": sheet}
            if first is None:
                person, first = id_index, own
            same = accounts.setdefault(account_index, own)
            is_another = id_index and person and person != id_index
            twin = first if is_another else same
            if twin is not own:
                yield pk, twin


def _refresh_states(rows: QuerySet[StagedRow]) -> None:
    for row in rows.defer("cells", "values").prefetch_related("findings"):
        state = state_of(finding.severity for finding in row.findings.all())
        if state != row.state:
            StagedRow.objects.filter(pk=row.pk).update(state=state)
