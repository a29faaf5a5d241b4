"""The import's pages (A1.2, annex 2): every step through its page, what each shows, and who may."""

import io
import json
import re
import zipfile

import openpyxl
import pytest
from django.urls import reverse

from audit.models import AuditEvent
from cases.models import Case, ImportRun
from cases.services import imports
from tests.cases import files
from tests.cases.conftest import clock
from tests.factories import MONDAY_9AM, make_team


def mapping(run: ImportRun, *, fields: dict[int, str] | None = None, **about) -> dict[str, str]:
    """What the page's form sends: the taken sheets with every column, as guessed unless told otherwise."""
    choice = {
        str(place): {
            "role": sheet["role"],
            "columns": {
                str(column["index"]): [(fields or {}).get(column["index"], column["field"]), column["unit"], column["currency"]] for column in sheet["columns"]
            },
        }
        for place, sheet in enumerate(run.layout)
        if sheet["taken"]
    }
    return {"code": run.code, "team": run.team_id, "choice": json.dumps(choice)} | about


def test_stepper_from_file_to_cases(sign_in, specialist, handed_over, django_capture_on_commit_callbacks):
    """A1.2, annex 2: columns, check, mend in place, import, summary; each through its page."""
    arrival = handed_over(files.workbook([files.row(), files.row(身份证号="110101199003078510")]))
    browser = sign_in(specialist)

    with django_capture_on_commit_callbacks(execute=True):
        started = browser.post(reverse("cases:import-start", args=[arrival.files.get().pk]))
    placement = ImportRun.objects.get()
    columns = browser.get(started.url).content.decode()
    data = mapping(placement, code="工行一期", due_back_on="2027-05-20", save_template="on")
    with django_capture_on_commit_callbacks(execute=True):
        browser.post(reverse("cases:import-mapping", args=[placement.pk]), data)
    check = browser.get(started.url).content.decode()
    bad = placement.rows.get(state="bad")
    refused = browser.post(reverse("cases:import-commit", args=[placement.pk]), follow=True).content.decode()
    mended = browser.post(reverse("cases:row-mend", args=[bad.pk]), {"column": 2, "text": "110101199003078515"}).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        browser.post(reverse("cases:import-commit", args=[placement.pk]))
    done = browser.get(started.url).content.decode()

    placement.refresh_from_db()
    assert 'id="pick-0-2"' in columns
    assert "110101199003078510" in check
    assert "1" in refused
    assert 'hx-swap-oob="true"' in mended
    assert (placement.code, placement.state, Case.objects.count()) == ("工行一期", "committed", 2)
    assert set(Case.objects.values_list("due_back_on", flat=True)) == {placement.due_back_on}
    assert reverse("cases:import-undo", args=[placement.pk]) in done


def test_wrong_mapping_keeps_every_choice(sign_in, specialist, read):
    """A1.2: the refusal stands beside the columns as they were chosen."""
    placement = read(files.workbook([files.row()]))
    data = mapping(placement, fields={index: "product" if index == 14 else "" for index in range(15)})

    answer = sign_in(specialist).post(reverse("cases:import-mapping", args=[placement.pk]), data)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert re.search(r'id="pick-0-14"[^>]*data-value="product"', page)
    placement.refresh_from_db()
    assert placement.state == "read"


def test_locked_file_asks_for_the_password(sign_in, specialist, read, django_capture_on_commit_callbacks):
    """A1.2: open (password)."""
    locked = io.BytesIO()
    files.lock(io.BytesIO(files.workbook([files.row()])), locked, "secret")
    placement = read(locked.getvalue())
    browser = sign_in(specialist)
    page = reverse("cases:import-detail", args=[placement.pk])
    asked = browser.get(page).content.decode()

    with django_capture_on_commit_callbacks(execute=True):
        browser.post(reverse("cases:import-password", args=[placement.pk]), {"password": "secret"})

    placement.refresh_from_db()
    assert 'type="password"' in asked
    assert placement.state == "read"


def test_thousand_bad_rows_are_paged(sign_in, specialist, checked):
    """A1.2: the page stays a page."""
    placement = checked(files.workbook([files.row(委案金额="?") for _ in range(120)]))

    first = sign_in(specialist).get(reverse("cases:import-detail", args=[placement.pk]))
    third = sign_in(specialist).get(reverse("cases:import-detail", args=[placement.pk]), {"page": 3, "code": "amount_form"})

    assert [len(answer.context["lines"]) for answer in (first, third)] == [50, 20]


def test_rows_are_left_out_and_taken_back(sign_in, specialist, checked):
    placement = checked(files.workbook([files.row(), files.row(委案金额="?"), files.row(委案金额="?")]))
    browser, bad = sign_in(specialist), placement.rows.filter(state="bad").first()

    browser.post(reverse("cases:rows-leave-out", args=[placement.pk]), {"everything": "1", "reason": "补发"})
    browser.post(reverse("cases:rows-take-back", args=[placement.pk]), {"ids": [bad.pk]})

    assert sorted(placement.rows.values_list("state", flat=True)) == ["bad", "good", "skipped"]


def test_error_workbook_downloads_and_is_logged(sign_in, specialist, checked):
    placement = checked(files.workbook([files.row(委案金额="?")]))

    answer = sign_in(specialist).get(reverse("cases:import-errors", args=[placement.pk]))

    assert openpyxl.load_workbook(io.BytesIO(answer.content)).sheetnames == ["名单"]
    assert AuditEvent.objects.filter(action="import.errors_exported").count() == 1


def test_lead_sees_the_placement_but_no_cell_of_it(sign_in, lead, checked):
    """Personal data stays with the specialist until it is a case."""
    placement = checked(files.workbook([files.row(身份证号="110101199003078510")]))

    page = sign_in(lead).get(reverse("cases:import-detail", args=[placement.pk])).content.decode()

    assert "110101199003078510" not in page
    assert sign_in(lead).post(reverse("cases:import-commit", args=[placement.pk])).status_code == 403


def test_lead_of_another_team_does_not_find_it(sign_in, checked):
    placement = checked(files.workbook([files.row()]))

    other = make_team().lead

    assert sign_in(other).get(reverse("cases:import-detail", args=[placement.pk])).status_code == 404
    assert list(sign_in(other).get(reverse("cases:import-list")).context["page"]) == []


def test_row_of_a_foreign_placement_cannot_be_mended(sign_in, supply, checked):
    """A specialist's step, not supply chain's."""
    row = checked(files.workbook([files.row()])).rows.get()

    answer = sign_in(supply).post(reverse("cases:row-mend", args=[row.pk]), {"column": 0, "text": "X"})

    row.refresh_from_db()
    assert answer.status_code == 403
    assert row.cells[0] != "X"


def test_progress_reloads_the_page_when_the_work_is_over(sign_in, specialist, read):
    placement = read(files.workbook([files.row()]))
    url = reverse("cases:import-progress", args=[placement.pk])
    over = sign_in(specialist).get(url)

    imports.confirm_mapping(run_id=placement.pk, by=specialist, now=MONDAY_9AM)
    working = sign_in(specialist).get(url)

    assert over["HX-Refresh"] == "true"
    assert "hx-get" in working.content.decode()


# --- the file --------------------------------------------------------------------------------------------------------------


def test_wrong_password_is_said(sign_in, specialist, read, django_capture_on_commit_callbacks):
    """Annex 2: the page says so and asks again; the password is on no page and in no audit."""
    locked = io.BytesIO()
    files.lock(io.BytesIO(files.workbook([files.row()])), locked, "secret")
    run, browser = read(locked.getvalue()), sign_in(specialist)

    with django_capture_on_commit_callbacks(execute=True):
        browser.post(reverse("cases:import-password", args=[run.pk]), {"password": "geheim-falsch"})
    page = browser.get(reverse("cases:import-detail", args=[run.pk]))

    assert page.context["is_wrong_password"]
    assert 'type="password"' in page.content.decode()
    assert "geheim-falsch" not in page.content.decode() + str(list(AuditEvent.objects.values_list("changes", "reason")))


def test_rejected_file_says_why_and_what_to_do(sign_in, specialist, read):
    """S16: the reason in words, try again, the original, set aside."""
    run = read(b"\x00\x01 no table at all \x00")

    page = sign_in(specialist).get(reverse("cases:import-detail", args=[run.pk])).content.decode()

    links = [reverse(f"cases:{name}", args=[pk]) for name, pk in (("import-start", run.file_id), ("file-download", run.file_id), ("import-cancel", run.pk))]
    assert run.state == "failed"
    assert all(link in page for link in links)


def test_archive_lists_its_members_with_their_own_imports(sign_in, specialist, handed_over, django_capture_on_commit_callbacks):
    """Annex 2: a .zip of two files; each has its state and its next step, on its own page and on the arrival's."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in ("甲.xlsx", "乙.xlsx"):
            archive.writestr(name, files.workbook([files.row()]))
    arrival, browser = handed_over(packed.getvalue()), sign_in(specialist)

    with django_capture_on_commit_callbacks(execute=True):
        browser.post(reverse("cases:import-start", args=[arrival.files.get().pk]))
    whole = ImportRun.objects.get(state="unpacked")
    page = browser.get(reverse("cases:import-detail", args=[whole.pk])).content.decode()
    on_arrival = browser.get(reverse("cases:arrival-detail", args=[arrival.pk])).content.decode()

    members = [reverse("cases:import-detail", args=[run.pk]) for run in ImportRun.objects.filter(state="read")]
    assert len(members) == 2
    assert all(link in page and link in on_arrival for link in members)


def test_all_files_of_an_arrival_are_begun_at_once(sign_in, specialist, handed_over, django_capture_on_commit_callbacks):
    """A1.2: one button; what is begun already is left alone."""
    arrival, browser = handed_over(files.workbook([files.row()]), files.workbook([files.row()]), files.workbook([files.row()])), sign_in(specialist)
    imports.start_import(file=arrival.files.first(), by=specialist, now=MONDAY_9AM)

    with django_capture_on_commit_callbacks(execute=True):
        browser.post(reverse("cases:arrival-import-all", args=[arrival.pk]))

    assert sorted(ImportRun.objects.values_list("state", flat=True)) == ["read", "read", "uploaded"]


def test_work_can_be_cancelled_but_not_the_commit(sign_in, specialist, read, checked):
    """F21: while rows are read or checked; the commit is all or nothing and says so."""
    run, browser = read(files.workbook([files.row()])), sign_in(specialist)
    imports.confirm_mapping(run_id=run.pk, by=specialist, now=MONDAY_9AM)
    committing = checked(files.workbook([files.row()]))
    imports.commit_import(run_id=committing.pk, by=specialist, now=MONDAY_9AM)

    offered = [
        reverse("cases:import-cancel", args=[pk]) in browser.get(reverse("cases:import-progress", args=[pk])).content.decode() for pk in (run.pk, committing.pk)
    ]
    for one in (run, committing):
        browser.post(reverse("cases:import-cancel", args=[one.pk]))

    assert offered == [True, False]
    assert list(ImportRun.objects.order_by("pk").values_list("state", flat=True)) == ["cancelled", "committing"]


# --- the columns -----------------------------------------------------------------------------------------------------------


def test_missing_field_is_named_with_the_columns_that_could_hold_it(sign_in, specialist, read):
    """Annex 2: amounts under a header that nobody knows are offered."""
    row = files.row()
    row["客户标识"] = row.pop("委案金额")
    run = read(files.workbook([row]))
    imports.choose_kind(run_id=run.pk, kind="placement", by=specialist, now=MONDAY_9AM)

    page = sign_in(specialist).get(reverse("cases:import-detail", args=[run.pk]))

    (need,) = page.context["needs"]
    assert "amount.placed" in need["fields"]
    assert "客户标识" in [column["header"] for column in need["candidates"]]


def test_hidden_rows_and_left_out_rows_are_said(sign_in, specialist, read):
    """Nothing of the file is passed over in silence."""
    run = read(files.workbook([files.row(), files.row()], below=[["合计", None, None, 20000]]))

    (sheet,) = sign_in(specialist).get(reverse("cases:import-detail", args=[run.pk])).context["sheets"]

    assert [(group["count"], group["rows"][0][0]) for group in sheet["left_groups"]] == [(1, 4)]


def test_changed_layout_of_a_known_template_says_what_changed(sign_in, specialist, read):
    """A1.2: the bank added a column and dropped one; the page names both."""
    first = read(files.workbook([files.row()]))
    imports.confirm_mapping(run_id=first.pk, by=specialist, now=MONDAY_9AM)
    row = files.row() | {"新增列": "x"}
    del row["客户经理"]

    run = read(files.workbook([row]))
    (sheet,) = sign_in(specialist).get(reverse("cases:import-detail", args=[run.pk])).context["sheets"]

    assert [column["header"] for column in sheet["kin"]["new"]] == ["新增列"]
    assert [column["header"] for column in sheet["kin"]["gone"]] == ["客户经理"]


def test_kind_is_changed_and_columns_are_guessed_anew(sign_in, specialist, read):
    run = read(files.workbook([files.row()]))

    sign_in(specialist).post(reverse("cases:import-kind", args=[run.pk]), {"kind": "contact"})

    run.refresh_from_db()
    assert (run.kind, run.state) == ("contact", "read")


def test_header_is_pointed_out_by_hand(sign_in, specialist, read, django_capture_on_commit_callbacks):
    """Annex 2: the file is read again with that row."""
    run = read(files.workbook([files.row()], above=[["某银行委案名单"], ["机构", "杭州"]]))

    with django_capture_on_commit_callbacks(execute=True):
        sign_in(specialist).post(reverse("cases:import-header", args=[run.pk]), {"sheet": 0, "first_row": 2, "last_row": 3})

    run.refresh_from_db()
    assert (run.state, run.layout[0]["header_row"], run.layout[0]["header_last_row"]) == ("read", 2, 3)


def test_unit_and_currency_are_chosen(sign_in, specialist, read):
    """万元 said only on the phone: ten thousand times the money."""
    run = read(files.workbook([files.row(委案金额=2)]))
    data = mapping(run)
    choice = json.loads(data["choice"])
    choice["0"]["columns"]["3"][1] = 10_000

    sign_in(specialist).post(reverse("cases:import-mapping", args=[run.pk]), data | {"choice": json.dumps(choice)})
    imports.check_import(run_id=run.pk, clock=clock)

    run.refresh_from_db()
    assert run.summary["amount"] == "20000.00"


@pytest.mark.parametrize(
    "choice", ["", "[]", "{", '{"7": {"columns": {}}}', '{"0": []}', '{"0": {"columns": {"x": [1]}}}', '{"0": {"columns": {"0": ["case.no", "1", ""]}}}']
)
def test_broken_choice_is_refused(sign_in, specialist, read, choice):
    run = read(files.workbook([files.row()]))

    answer = sign_in(specialist).post(reverse("cases:import-mapping", args=[run.pk]), mapping(run) | {"choice": choice})

    run.refresh_from_db()
    assert (answer.status_code, run.state) == (422, "read")
