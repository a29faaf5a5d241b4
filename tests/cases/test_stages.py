"""C of the issue's figures: a balance file says in which stage a case is; what it was is kept, so that the roll can be told."""

from datetime import date

import pytest

from cases.models import Case, StageChange
from tests.factories import MONDAY_9AM

pytestmark = pytest.mark.django_db
HEADER = "催收手别"


def owes(stage: str, amount=9000, case_no: str = "A1") -> dict:
    return {"案件编号": case_no, "最新欠款": amount, "截止日期": date(2026, 11, 22), HEADER: stage}


@pytest.fixture
def in_m2(placed) -> Case:
    Case.objects.filter(case_no="A1").update(stage="M2")
    return placed["A1"]


def test_a_balance_file_moves_the_stage_and_what_it_was_is_kept(in_m2, imported):
    """A1.2: said once in the case, once in its history with the import, who and when."""
    run = imported("balance", [owes("M3")])

    change = StageChange.objects.get()
    assert Case.objects.get(case_no="A1").stage == "M3"
    assert (change.case, change.before, change.after, change.run, change.by, change.at) == (in_m2, "M2", "M3", run, run.committed_by, MONDAY_9AM)


@pytest.mark.parametrize("stage", ["", "M2"])
def test_a_stage_that_is_not_said_or_not_new_is_no_change(in_m2, imported, stage):
    imported("balance", [owes(stage)])

    assert (Case.objects.get(case_no="A1").stage, StageChange.objects.count()) == ("M2", 0)


def test_what_the_file_would_move_is_shown_before_it_counts(in_m2, checked_update):
    run = checked_update("balance", [owes("M3")])

    assert (Case.objects.get(case_no="A1").stage, StageChange.objects.count()) == ("M2", 0)
    assert ["stage", "M2", "M3"] in run.rows.get().values["changes"]
