"""S06, S09, S16, S17: what an import keeps to itself, and what a file cannot make it do."""

import io
import time
from datetime import timedelta

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from cases.models import ImportRun
from cases.reader import Unreadable, read_file
from cases.rules.dictionary import unit_said
from cases.rules.table import find_header
from cases.services import cleaning, imports
from cases.services.imports.workbook import error_workbook, left_workbook
from collection.lib.errors import Refused
from staff.choices import Role
from tests.cases import files
from tests.cases.test_pipeline import packed
from tests.factories import MONDAY_9AM, make_case, make_client, make_debtor, make_placement, make_team, make_user


def comments(content: bytes) -> str:
    book = load_workbook(io.BytesIO(content))
    return "".join(cell.comment.text for sheet in book for line in sheet.iter_rows() for cell in line if cell.comment)


@pytest.fixture
def known_elsewhere(team):
    """A row whose person another bank has placed before, under another name."""
    row = files.row(身份证号="110101199003078515", 案件编号="")
    other = make_placement(client=make_client(short_name="建行"), team=make_team())
    make_case(placement=other, debtor=make_debtor(name="王旧名", id_no="110101199003078515"), case_no="CCB-1")
    return row


def test_workbook_for_the_bank_says_nothing_of_other_banks_cases(checked, specialist, known_elsewhere):
    """S06: what we know from others is for our eyes only; the bank sees what is wrong with its own file."""
    run = checked(files.workbook([known_elsewhere, files.row()]))
    whole = comments(error_workbook(run))
    imports.skip_rows(run_id=run.pk, by=specialist, now=MONDAY_9AM, reason="缺少案件编号")
    left = comments(left_workbook(run))

    assert set(run.findings.values_list("code", flat=True)) == {"required_missing", "debtor_differs"}
    assert whole == left
    assert len(whole.splitlines()) == 1


def test_lead_does_not_see_other_teams_cases_of_the_same_people(committed, known_elsewhere, lead, specialist, sign_in):
    """S02, S06: the list of people with other cases is for whoever sees every arrival."""
    run = committed(files.workbook([known_elsewhere | {"案件编号": "A-1"}]))
    url = reverse("cases:import-detail", args=[run.pk])

    assert "CCB-1" in sign_in(specialist).get(url).content.decode()
    assert "CCB-1" not in sign_in(lead).get(url).content.decode()


def test_archive_that_hides_in_an_archive_is_not_opened(read):
    """S16: whatever its first entry is called, a member is never unpacked in its turn."""
    inner = packed({"xl/a.xlsx": files.workbook([files.row()])})
    run = read(packed({"一月.xlsx": inner}))
    member = run.file.members.get().runs.get()

    assert imports.read_import(run_id=member.pk, clock=lambda: MONDAY_9AM) == []

    member.refresh_from_db()
    assert (member.state, member.failure) == ("failed", "nested_archive")


def test_cell_longer_than_a_spreadsheet_allows_is_refused(tmp_path):
    """S17: a few kilobytes can stand for gigabytes of text."""
    path = files.written(tmp_path, f"案件编号,姓名\nA1,{'长' * 40_000}\n".encode(), "long.csv")

    with pytest.raises(Unreadable) as refused:
        list(read_file(path))

    assert refused.value.code == "too_large"


def test_long_cells_above_the_header_cost_no_time():
    """S46: no pattern is tried on what is too long to be a header."""
    begun = time.process_time()

    find_header([(1, ["单位:" + " " * 100_000 + "x", "1" * 100_000]), (2, ["案件编号", "姓名", "身份证号", "委案金额"])])
    unit_said("单位:" + " " * 100_000 + "x")

    assert time.process_time() - begun < 5  # it took minutes


def test_rows_of_another_import_are_refused_not_passed_over(checked, specialist):
    """S09: one foreign id in a hundred: the whole choice is refused."""
    own, other = checked(files.workbook([files.row()])), checked(files.workbook([files.row()]))
    ids = [own.rows.get().pk, other.rows.get().pk]

    with pytest.raises(Refused):
        imports.skip_rows(run_id=own.pk, row_ids=ids, by=specialist, now=MONDAY_9AM, reason="不导入")

    assert not own.rows.filter(state="skipped").exists()


def test_import_that_nobody_takes_further_is_given_up_with_its_rows(checked):
    """CR-46: what was staged is not kept for ever."""
    run = checked(files.workbook([files.row()]))

    early = cleaning.give_up_old_imports(now=run.created_at + timedelta(days=29))
    late = cleaning.give_up_old_imports(now=run.created_at + timedelta(days=31))

    run.refresh_from_db()
    assert (early, late, run.state, run.rows.count()) == (0, 1, "cancelled", 0)
    assert all(not column["samples"] for sheet in run.layout for column in sheet["columns"])


def test_import_put_aside_after_three_tries_keeps_nobodys_data(read, specialist):
    """F05, CR-46."""
    run = read(files.workbook([files.row()]))
    imports.confirm_mapping(run_id=run.pk, by=specialist, now=MONDAY_9AM)
    ImportRun.objects.filter(pk=run.pk).update(attempts=3)

    imports.check_import(run_id=run.pk, clock=lambda: MONDAY_9AM)

    run.refresh_from_db()
    assert (run.state, run.failure, run.rows.count()) == ("failed", "too_many_attempts", 0)
    assert all(not column["samples"] for sheet in run.layout for column in sheet["columns"])


def test_supply_chain_sees_how_an_import_stands_and_no_cell(committed, sign_in):
    """S04: the head of an import is theirs to see, nobody's data is."""
    row = files.row()
    run = committed(files.workbook([row]))

    page = sign_in(make_user(Role.SUPPLY_CHAIN)).get(reverse("cases:import-detail", args=[run.pk])).content.decode()

    assert run.code in page
    assert row["身份证号"] not in page
    assert row["姓名"] not in page
