"""A1.2: a placement is taken back whole or not at all, and by statements whose number does not grow with its cases."""

import pytest

from assignment.models import AssignmentPlan, PlanLine
from cases.models import Address, Case, CaseAccount, Contact, Debtor, Phone
from cases.services import imports
from cases.services.imports import CannotImport
from tests.cases import files
from tests.factories import MONDAY_9AM, make_letter

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

    imports.undo_import(run_id=run.pk, reason="银行发错", by=specialist, now=MONDAY_9AM)

    run.refresh_from_db()
    assert (run.state, held(), PlanLine.objects.count()) == ("undone", [0] * len(HELD), 0)


def test_placement_with_a_letter_is_not_undone(committed, specialist):
    """A1.2: whatever else hangs on a case refuses the undo in words, and nothing is gone."""
    run = committed(files.workbook([files.row(), files.row()]))
    case = Case.objects.first()
    make_letter(case=case, address=Address.objects.filter(contact__case=case).first())
    before = held()

    with pytest.raises(CannotImport):
        imports.undo_import(run_id=run.pk, reason="x", by=specialist, now=MONDAY_9AM)

    run.refresh_from_db()
    assert (run.state, held()) == ("committed", before)


def test_statements_of_an_undo_do_not_grow_with_its_cases(committed, specialist, django_assert_max_num_queries):
    """A1.2: the page waits for it; no case and no contact is loaded."""
    run = committed(files.workbook([files.row() for _ in range(400)]))

    with django_assert_max_num_queries(70):
        imports.undo_import(run_id=run.pk, reason="x", by=specialist, now=MONDAY_9AM)

    assert held() == [0] * len(HELD)
