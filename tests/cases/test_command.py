"""A1.2: manage.py import_placement: the page's own import, one JSON object, exit 0, 1 or 2."""

import io
import json
import zipfile

import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command

from cases.models import Arrival, ArrivalFile, Case, Placement
from staff.models import Notice
from tests.cases import files


def run(path, *options) -> tuple[int, dict]:
    out = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("import_placement", str(path), "--client", "icbc", "--json", *options, stdout=out)
    return ended.value.code, json.loads(out.getvalue())


def nothing_is_left() -> bool:
    rows = Arrival.objects.count() + Placement.objects.count() + Case.objects.count()
    return not rows and not (
        default_storage.exists("arrivals")
        and any(default_storage.listdir(f"arrivals/{year}")[0] for year in default_storage.listdir("arrivals")[0])
        and stored()
    )


def stored() -> list[str]:
    found = []
    for year in default_storage.listdir("arrivals")[0]:
        for month in default_storage.listdir(f"arrivals/{year}")[0]:
            found += default_storage.listdir(f"arrivals/{year}/{month}")[1]
    return found


def test_clean_file_is_committed(tmp_path, bank, specialist, lead):
    """A1.2: exit 0; placement, rows, cases, mapping; the lead is told."""
    path = files.written(tmp_path, files.workbook([files.row(), files.row()]))

    code, report = run(path)

    placement = Placement.objects.get()
    assert code == 0
    assert (report["placement"], report["rows"], report["cases"], report["errors"], report["warnings"]) == (placement.pk, 2, 2, [], [])
    assert report["mapping"][2] == {"sheet": "名单", "column": "C", "header": "身份证号", "field": "debtor.id_no", "confidence": 1.0}
    assert (placement.run.state, placement.committed_by) == ("committed", specialist)
    assert Notice.objects.filter(recipient=lead).exists()


def test_row_errors_leave_nothing_behind(tmp_path, bank, specialist):
    """A1.2: exit 1, each error with sheet, row, column, code and message; nothing committed. The same run says the same again."""
    path = files.written(tmp_path, files.workbook([files.row(), files.row(身份证号="110101199003078510", 手机号码="1")]))

    first, second = run(path), run(path)

    code, report = first
    assert (code, report["placement"], report["rows"]) == (1, None, 2)
    assert [(line["sheet"], line["row"], line["column"], line["code"]) for line in report["errors"]] == [("名单", 3, "C", "id_checksum")]
    assert [(line["row"], line["column"], line["code"]) for line in report["warnings"]] == [(3, "F", "phone_form")]
    assert "110101199003078510" not in report["errors"][0]["message"]
    assert first == second
    assert nothing_is_left()


def test_dry_run_leaves_nothing_behind(tmp_path, bank, specialist):
    """A1.2: exit 0 for a clean file."""
    code, report = run(files.written(tmp_path, files.workbook([files.row()])), "--dry-run")

    assert (code, report["placement"], report["cases"]) == (0, None, 1)
    assert nothing_is_left()


@pytest.mark.parametrize(("content", "error"), [(b"MZ\x00", "not_a_table"), (b"", "refused"), (files.workbook([{"a": 1}]), "no_table")])
def test_unreadable_file_exits_2(tmp_path, bank, specialist, content, error):
    """A1.2: the JSON has an errors entry that says why."""
    code, report = run(files.written(tmp_path, content))

    assert (code, [line["code"] for line in report["errors"]]) == (2, [error])
    assert report["errors"][0]["message"]
    assert nothing_is_left()


def test_file_without_a_required_column_exits_2(tmp_path, bank, specialist):
    row = files.row()
    del row["姓名"]

    code, report = run(files.written(tmp_path, files.workbook([row])))

    assert (code, report["errors"][0]["code"]) == (2, "refused")
    assert report["mapping"]


def test_locked_file_needs_its_password(tmp_path, bank, specialist):
    """A1.2: --password."""
    locked = io.BytesIO()
    files.lock(io.BytesIO(files.workbook([files.row()])), locked, "secret")
    path = files.written(tmp_path, locked.getvalue())

    answers = [run(path), run(path, "--password", "wrong"), run(path, "--password", "secret")]

    assert [code for code, _report in answers] == [2, 2, 0]
    assert [report["errors"][0]["code"] for _code, report in answers[:2]] == ["locked", "wrong_password"]


def test_same_file_is_not_imported_twice(tmp_path, bank, specialist):
    """A1.2, F21: a renamed copy is the same file."""
    content = files.workbook([files.row()])
    run(files.written(tmp_path, content))

    code, report = run(files.written(tmp_path, content, "copy.xlsx"))

    assert (code, report["errors"][0]["code"]) == (1, "same_file")
    assert (ArrivalFile.objects.count(), Case.objects.count()) == (1, 1)


def test_unknown_client_names_the_known_ones(tmp_path, bank, specialist):
    out = io.StringIO()

    with pytest.raises(SystemExit) as ended:
        call_command("import_placement", str(files.written(tmp_path, b"x")), "--client", "nobank", stdout=out)

    assert ended.value.code == 2
    assert "icbc" in out.getvalue()


def test_without_anybody_to_import_as_it_says_so(tmp_path, bank):
    code, report = run(files.written(tmp_path, files.workbook([files.row()])))

    assert (code, report["errors"][0]["code"]) == (2, "nobody")


def test_archive_is_imported_with_all_its_files(tmp_path, bank, specialist, lead):
    """A1.2: a .zip of two files becomes two placements, or none."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("一月.xlsx", files.workbook([files.row()]))
        archive.writestr("二月.xlsx", files.workbook([files.row(), files.row()]))

    code, report = run(files.written(tmp_path, buffer.getvalue(), "委案.zip"))

    assert (code, report["rows"], report["cases"], report["errors"]) == (0, 3, 3, [])
    assert report["placements"] == list(Placement.objects.order_by("pk").values_list("pk", flat=True))


def test_archive_with_one_bad_file_leaves_nothing_behind(tmp_path, bank, specialist, lead):
    """A1.2: all or nothing, over all files of the archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("一月.xlsx", files.workbook([files.row()]))
        archive.writestr("二月.xlsx", files.workbook([files.row(身份证号="110101199003078510")]))

    code, report = run(files.written(tmp_path, buffer.getvalue(), "委案.zip"))

    assert (code, [line["code"] for line in report["errors"]]) == (1, ["id_checksum"])
    assert nothing_is_left()
