"""A1.2: a placement is taken back whole or not at all, and by statements whose number does not grow with its cases."""

import pytest

from assignment.models import AssignmentPlan, PlanLine
from audit.models import AuditEvent
from cases.models import Address, Case, CaseAccount, Contact, Debtor, Phone
from cases.selectors import stale_runs
from cases.services import casework, imports
from collection.lib.errors import Refused
from duties.models import Duty
from staff.selectors import inbox_of
from tests.cases import files
from tests.factories import MONDAY_9AM, make_case, make_debtor, make_letter, undo_placement

pytestmark = pytest.mark.django_db

HELD = (Case, CaseAccount, Contact, Phone, Address, Debtor)


def held() -> list[int]:
    return [model.objects.count() for model in HELD]


def test_nothing_of_an_undone_placement_is_left(committed, specialist):
    """A1.2: as if never imported, and the plan that somebody had begun to make of it is empty."""
    run = committed(files.workbook([files.row(), files.row()]))
    about = {"placement": run.placement, "team": run.placement.team, "created_by": run.placement.team.lead, "created_at": MONDAY_9AM}
    plan = AssignmentPlan.objects.create(mode="both", holdings="cumulative", basis="x", **about)
    PlanLine.objects.create(plan=plan, case=Case.objects.first(), reason="balance")

    undo_placement(run_id=run.pk, reason="银行发错", by=specialist)

    run.refresh_from_db()
    assert (run.state, held(), PlanLine.objects.count()) == ("undone", [0] * len(HELD), 0)


def test_placement_with_a_letter_is_not_undone(committed, specialist):
    """A1.2: whatever else hangs on a case keeps the placement, whoever asked is told, and nothing is gone."""
    run = committed(files.workbook([files.row(), files.row()]))
    case = Case.objects.first()
    make_letter(case=case, address=Address.objects.filter(contact__case=case).first())
    before = held()

    undo_placement(run_id=run.pk, reason="x", by=specialist)

    run.refresh_from_db()
    assert (run.state, run.undo_reason, held()) == ("committed", "", before)
    assert inbox_of(specialist).order_by("-pk").first().is_urgent


def test_case_worked_on_after_the_undo_was_asked_keeps_the_placement(committed, specialist):
    """A1.2: between the button and the worker somebody calls: nothing is gone, whoever asked is told."""
    run = committed(files.workbook([files.row(), files.row()]))
    imports.ask_undo(run_id=run.pk, reason="x", by=specialist, now=MONDAY_9AM)
    casework.touch_case(Case.objects.first(), at=MONDAY_9AM)

    imports.undo_import(run_id=run.pk, clock=lambda: MONDAY_9AM)

    run.refresh_from_db()
    assert (run.state, Case.objects.count()) == ("committed", 2)
    assert inbox_of(specialist).order_by("-pk").first().is_urgent


def test_an_undo_that_was_asked_is_taken_up_again_after_a_dead_worker(committed, specialist):
    """A1.2, F01, F02: the sweep finds it; done twice it is done once."""
    run = committed(files.workbook([files.row(), files.row()]))
    imports.ask_undo(run_id=run.pk, reason="x", by=specialist, now=MONDAY_9AM)
    waiting = stale_runs(now=MONDAY_9AM)

    for _delivery in range(2):
        imports.undo_import(run_id=run.pk, clock=lambda: MONDAY_9AM)

    run.refresh_from_db()
    assert (waiting, run.state, held()) == ([(run.pk, "undoing")], "undone", [0] * len(HELD))
    assert AuditEvent.objects.filter(action="import.undone").count() == 1


def test_statements_of_an_undo_do_not_grow_with_its_cases(committed, specialist, django_assert_max_num_queries):
    """A1.2: no case and no contact is loaded."""
    run = committed(files.workbook([files.row() for _ in range(400)]))

    with django_assert_max_num_queries(70):
        undo_placement(run_id=run.pk, reason="x", by=specialist)

    assert held() == [0] * len(HELD)


def test_untouched_placement_can_be_undone_and_imported_again(committed, specialist, lead):
    """A1.2: as if never imported; the duty is cancelled, the arrival open again, people known from elsewhere stay."""
    row = files.row()
    known = make_debtor(id_no=row["身份证号"])
    other = make_case(debtor=known)
    run = committed(files.workbook([row, files.row()]))

    undo_placement(run_id=run.pk, reason="银行发错", by=specialist)

    run.refresh_from_db()
    assert (run.state, list(Case.objects.all()), Contact.objects.count()) == ("undone", [other], 1)
    assert list(Debtor.objects.all()) == [known]
    assert Duty.objects.get(kind="assignment").state == "cancelled"
    assert [duty.state for duty in Duty.objects.filter(kind="import").order_by("pk")] == ["met", "open"]
    assert imports.start_import(file=run.file, by=specialist, now=MONDAY_9AM).state == "uploaded"


def test_touched_placement_cannot_be_undone(committed, specialist):
    """A1.2: one worked case is enough; nothing is changed."""
    run = committed(files.workbook([files.row(), files.row()]))
    casework.touch_case(Case.objects.first(), at=MONDAY_9AM)

    with pytest.raises(Refused):
        undo_placement(run_id=run.pk, reason="x", by=specialist)

    run.refresh_from_db()
    assert (run.state, Case.objects.count()) == ("committed", 2)
