"""The import's check through its page (A1.2, annex 2): cells among their neighbours, totals, rows left out, and what came of the file."""

import io
import re

import openpyxl
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.models import AuditEvent
from staff.choices import Role
from staff.models import ListExport
from staff.tasks import make_exports
from tests.cases import files
from tests.factories import make_user

# --- the check ---------------------------------------------------------------------------------------------------------------


def test_finding_stands_among_its_neighbours(sign_in, specialist, checked):
    """Annex 2: two cells on either side, the bad one to be mended."""
    run = checked(files.workbook([files.row(委案金额="?")]))

    (line,) = sign_in(specialist).get(reverse("cases:import-detail", args=[run.pk])).context["lines"]

    assert [(cell["header"], cell["can_mend"]) for cell in line["strip"]] == [
        ("姓名", False), ("身份证号", False), ("委案金额", True), ("委案日期", False), ("手机号码", False),
    ]  # fmt: skip


def test_mending_answers_with_the_figures_and_the_button(sign_in, specialist, checked):
    """The last bad cell mended: the import is open, without a reload."""
    run = checked(files.workbook([files.row(委案金额="?")]))

    answer = sign_in(specialist).post(reverse("cases:row-mend", args=[run.rows.get().pk]), {"column": 3, "text": "100", "was": "?"}).content.decode()

    assert 'id="check-head" hx-swap-oob="true"' in answer
    assert not re.search(r'id="commit"[^>]*disabled', answer)


def test_cell_that_somebody_else_mended_is_left_alone(sign_in, specialist, checked):
    """F13: what was seen is no longer there."""
    run = checked(files.workbook([files.row(委案金额="?")]))

    answer = sign_in(specialist).post(reverse("cases:row-mend", args=[run.rows.get().pk]), {"column": 3, "text": "100", "was": "!"}).content.decode()

    assert "alert" in answer
    assert run.rows.get().cells[3] == "?"


def test_without_the_right_the_page_says_whom_to_ask(sign_in, specialist, checked):
    """All or nothing by default: leaving rows out needs a right."""
    run = checked(files.workbook([files.row(委案金额="?")]))
    right = Permission.objects.get(codename="leave_rows_out")
    Group.objects.get(name=Role.DATA_SPECIALIST).permissions.remove(right)
    colleague = make_user(Role.DATA_SPECIALIST)
    colleague.user_permissions.add(right)

    page = sign_in(specialist).get(reverse("cases:import-detail", args=[run.pk]))

    assert not page.context["may_leave_out"]
    assert list(page.context["who_may_leave_out"]) == [colleague]
    assert colleague.name in page.content.decode()


def test_totals_that_differ_are_accepted_with_a_reason(sign_in, specialist, checked):
    """Control totals: said and found side by side; without a reason nothing is imported."""
    run = checked(files.workbook([files.row(委案金额=100), files.row(委案金额=200)], below=[["合计", None, None, 999]]))
    browser, page = sign_in(specialist), reverse("cases:import-detail", args=[run.pk])

    before = browser.get(page)
    browser.post(reverse("cases:totals-accept", args=[run.pk]), {"reason": "银行已确认"})
    after = browser.get(page)

    assert [(line["said"], line["found"], line["agrees"]) for line in before.context["controls"]] == [("¥999.00", "¥300.00", False)]
    assert (before.context["can_commit"], after.context["can_commit"]) == (False, True)


def test_question_before_the_import_says_what_is_left_out(sign_in, specialist, checked):
    run = checked(files.workbook([files.row(委案金额=100), files.row(委案金额=250, 身份证号="110101199003078510")]))
    browser = sign_in(specialist)
    browser.post(reverse("cases:rows-leave-out", args=[run.pk]), {"everything": "1", "reason": "补发"})

    question = browser.get(reverse("cases:import-detail", args=[run.pk])).context["question"]

    assert "¥100.00" in question
    assert "¥250.00" in question


def test_thousand_findings_cost_no_more_than_fifty(sign_in, specialist, checked, django_assert_max_num_queries):
    few = checked(files.workbook([files.row(委案金额="?") for _ in range(60)]))
    many = checked(files.workbook([files.row(委案金额="?") for _ in range(400)]))
    browser = sign_in(specialist)
    browser.get(reverse("cases:import-detail", args=[few.pk]))
    with CaptureQueriesContext(connection) as queries:
        browser.get(reverse("cases:import-detail", args=[few.pk]))

    with django_assert_max_num_queries(len(queries)):
        browser.get(reverse("cases:import-detail", args=[many.pk]), {"page": 8})


# --- after ---------------------------------------------------------------------------------------------------------------------


def test_rows_left_out_can_be_fetched_and_sent_again(sign_in, specialist, checked, handed_over, django_capture_on_commit_callbacks):
    """The bank's own columns: the workbook is read like the bank's file."""
    run = checked(files.workbook([files.row(), files.row(委案金额="=1+1")]))
    browser = sign_in(specialist)
    browser.post(reverse("cases:rows-leave-out", args=[run.pk]), {"everything": "1", "reason": "补发"})
    with django_capture_on_commit_callbacks(execute=True):
        browser.post(reverse("cases:import-commit", args=[run.pk]))

    content = browser.get(reverse("cases:import-left-rows", args=[run.pk])).content

    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    assert [cell.value for cell in sheet[1]] == files.HEADERS
    assert (sheet.max_row, sheet["D2"].value, sheet["D2"].data_type) == (2, "=1+1", "s")
    assert AuditEvent.objects.filter(action="import.left_rows_exported").count() == 1


def test_debtors_with_other_cases_are_shown_masked(sign_in, specialist, committed):
    """Linked, never merged: the same person's case of another placement."""
    row = files.row()
    committed(files.workbook([row]))
    run = committed(files.workbook([row | {"案件编号": "B1"}]))

    (line,) = sign_in(specialist).get(reverse("cases:import-detail", args=[run.pk])).context["kin"]

    assert (line["case"].case_no, [other.case_no for other in line["others"]]) == ("B1", [row["案件编号"]])
    assert line["person"] == f"{row['姓名'][0]}**"


def test_long_error_workbook_is_made_by_the_worker(sign_in, specialist, checked, monkeypatch):
    """Up to 5,000 rows at once; a longer one comes to the inbox of whoever asked, and to nobody else."""
    monkeypatch.setattr("cases.views.imports.workbooks.EXPORTED_AT_ONCE", 1)
    run = checked(files.workbook([files.row(), files.row(委案金额="?")]))

    answer = sign_in(specialist).get(reverse("cases:import-errors", args=[run.pk]))
    make_exports()

    export = ListExport.objects.get()
    assert answer.status_code == 302
    assert openpyxl.load_workbook(export.file.open("rb")).sheetnames == ["名单"]
    assert sign_in(make_user(Role.DATA_SPECIALIST)).get(reverse("staff:export", args=[export.pk])).status_code == 404


def test_list_is_filtered_by_kind_and_state(sign_in, specialist, read, committed):
    run = read(files.workbook([files.row()]))
    committed(files.workbook([files.row()]))
    url = reverse("cases:import-list")

    found = [[row.pk for row in sign_in(specialist).get(url, query).context["page"]] for query in ({"state": "open"}, {"kind": "payment"}, {"q": run.code})]

    assert found == [[run.pk], [], [run.pk]]
