"""A1.2, annex 2: a client's templates: kept in versions, compared, retired, carried as JSON, tried on a file."""

import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from audit.models import AuditEvent
from cases.models import ArrivalFile, ImportRun, ImportTemplate, StagedRow
from cases.rules.templates import likeness, side_by_side
from cases.serializers import read_document
from cases.services.imports import templates
from collection.lib.errors import Refused
from staff.choices import Role
from tests.cases import files
from tests.factories import MONDAY_9AM, make_client, make_user

COLUMNS = [("案件编号", "case.no"), ("姓名", "debtor.name"), ("身份证号", "debtor.id_no"), ("委案金额", "amount.placed"), ("内部编码", "")]


def columns_of(*pairs: tuple[str, str], **more) -> list[dict]:
    return [{"header": header, "field": field, "currency": "", "unit": 1} | more for header, field in pairs]


def document(**changes) -> dict:
    return {"format": "import-template/1", "kind": "placement", "name": "工行新案", "columns": columns_of(*COLUMNS)} | changes


@pytest.fixture
def kept(bank, specialist):
    """The client's template of these columns."""

    def template(*pairs: tuple[str, str], name: str = "工行新案", client=None, kind: str = "placement", **more) -> ImportTemplate:
        columns = columns_of(*(pairs or COLUMNS), **more)
        return templates.import_template(client=client or bank, kind=kind, name=name, columns=columns, by=specialist, now=MONDAY_9AM)

    return template


# --- versions ----------------------------------------------------------------------------------------------------------------


def test_versions_stand_side_by_side():
    """What is new, gone, or read as something else; a header that comes twice pairs by its turn."""
    before = columns_of(("编号", "case.no"), ("电话", "debtor.mobile"), ("电话", "debtor.work_tel"), ("旧列", ""))
    after = columns_of(("编 号", "case.no"), ("电话", "debtor.mobile"), ("电话", "debtor.home_tel"), ("新列", ""))

    lines = side_by_side(before, after)

    assert [((line.after or line.before)["header"], line.change) for line in lines] == [
        ("编 号", ""), ("电话", ""), ("电话", "changed"), ("新列", "new"), ("旧列", "gone"),
    ]  # fmt: skip


def test_other_unit_is_a_change():
    """万元 instead of 元 is ten thousand times the money."""
    (line,) = side_by_side(columns_of(("金额", "amount.placed")), columns_of(("金额", "amount.placed"), unit=10_000))

    assert line.change == "changed"


@pytest.mark.parametrize(("one", "two", "share"), [(["a", "b"], ["B", "a"], 1), (["a", "a"], ["a"], 0.5), ([], [], 0), (["a"], ["b"], 0)])
def test_likeness_is_the_share_of_common_headers(one, two, share):
    assert likeness(one, two) == share


def test_same_mapping_again_makes_no_version(kept, bank, specialist):
    kept()

    with pytest.raises(Refused):
        kept()

    assert ImportTemplate.objects.count() == 1


def test_change_makes_the_next_version_and_keeps_the_old_one(kept):
    first = kept()

    second = kept(*COLUMNS[:4], ("内部编码", "product"))

    assert (second.name, second.version) == (first.name, 2)
    assert [column["field"] for column in ImportTemplate.objects.get(pk=first.pk).columns] == [field for _header, field in COLUMNS]


def test_changed_layout_of_the_bank_continues_its_template(kept, read, specialist):
    """A1.2: one header more is still the client's file; its mapping is the template's next version."""
    template = kept()
    run = read_like(read, [*COLUMNS, ("手机号码", "debtor.mobile")])

    version = templates.save_template(run, run.layout[0], by=specialist, now=MONDAY_9AM)

    assert (version.name, version.version) == (template.name, 2)


def read_like(read, pairs):
    """A run whose only sheet has these columns."""
    run = read(files.workbook([files.row()]))
    run.layout = [run.layout[0] | {"columns": columns_of(*pairs)}]
    return run


def test_quite_another_layout_is_another_template(kept, read, specialist):
    kept()
    run = read_like(read, [("借据号", "case.no"), ("借款人", "debtor.name"), ("证件", "debtor.id_no"), ("余额", "amount.placed")])

    other = templates.save_template(run, run.layout[0], by=specialist, now=MONDAY_9AM)

    assert other.version == 1
    assert ImportTemplate.objects.values("name").distinct().count() == 2


def test_template_of_one_client_is_not_anothers(kept, team):
    kept()

    other = kept(client=make_client(team=team))

    assert other.version == 1


# --- names, retirement -----------------------------------------------------------------------------------------------------------


def test_rename_goes_through_all_versions_and_is_logged(kept, specialist):
    kept()
    second = kept(*COLUMNS[:4])

    templates.rename_template(template_id=second.pk, name=" 工行  信用卡 ", by=specialist, now=MONDAY_9AM)

    assert set(ImportTemplate.objects.values_list("name", flat=True)) == {"工行 信用卡"}
    assert AuditEvent.objects.get(action="template.renamed").changes == {"name": ["工行新案", "工行 信用卡"]}


@pytest.mark.parametrize("name", ["", "   ", "另一个"])
def test_taken_or_empty_name_is_refused(kept, specialist, name):
    template = kept()
    kept(("借据号", "case.no"), name="另一个")

    with pytest.raises(Refused):
        templates.rename_template(template_id=template.pk, name=name, by=specialist, now=MONDAY_9AM)

    template.refresh_from_db()
    assert template.name == "工行新案"


def test_retired_template_recognises_nothing_until_it_is_restored(kept, bank, specialist):
    """A1.2: its versions stay to be read."""
    template = kept()
    headers = [header for header, _field in COLUMNS]

    templates.retire_template(template_id=template.pk, by=specialist, now=MONDAY_9AM)
    retired = templates.template_for(bank, headers)
    templates.restore_template(template_id=template.pk, by=specialist, now=MONDAY_9AM)

    assert retired is None
    assert templates.template_for(bank, headers) == template
    assert list(AuditEvent.objects.filter(action__startswith="template.re").order_by("pk").values_list("action", flat=True)) == [
        "template.retired", "template.restored",
    ]  # fmt: skip


# --- JSON ----------------------------------------------------------------------------------------------------------------------------


def test_what_is_handed_out_can_be_taken_over(kept, team):
    """The document carries everything: units and currencies too."""
    template = kept(("案件编号", "case.no"), ("金额(万美元)", "amount.placed"), unit=10_000, currency="USD")
    other = make_client(team=team, code="ccb")
    text = json.dumps(templates.template_document(template), ensure_ascii=False)

    taken = take_over(other, text)

    assert (taken.name, taken.version, taken.columns) == (template.name, 1, template.columns)


def take_over(client, text: str) -> ImportTemplate:
    return templates.import_template(client=client, **read_document(text.encode()), by=make_user(Role.DATA_SPECIALIST), now=MONDAY_9AM)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ""),
        ("{", "1"),
        ("[]", "·"),
        ("[" * 100_000, "1"),
        (json.dumps(document(format="import-template/9")), "format"),
        (json.dumps(document(kind="x")), "kind"),
        (json.dumps(document(colums=[])), "colums"),
        (json.dumps(document(columns=[{"header": "a", "unit": 7}])), "columns[0].unit"),
        (json.dumps(document(columns=columns_of(("a", "no.such")))), "columns[0]"),
        (json.dumps(document(columns=columns_of(("a", "case.no"), ("b", "case.no")))), "columns[1]"),
        (json.dumps(document(columns=columns_of(("a", "")))), ""),
    ],
)
def test_wrong_document_is_refused_with_the_place(sign_in, specialist, bank, text, said):
    """Everything that is wrong is said, with where it stands; nothing is kept."""
    answer = sign_in(specialist).post(reverse("cases:template-import"), {"client": bank.pk, "text": text})

    errors = "\n".join(answer.context["form"].non_field_errors())
    assert answer.status_code == 200
    assert errors
    assert said in errors
    assert ImportTemplate.objects.count() == 0


def test_command_takes_a_template_over(tmp_path, bank, specialist):
    """manage.py import_template FILE --client X."""
    path = tmp_path / "t.json"
    path.write_text(json.dumps(document()), encoding="utf-8")

    call_command("import_template", str(path), "--client", bank.code, stdout=io.StringIO())

    template = ImportTemplate.objects.get()
    assert (template.client, template.created_by, len(template.columns)) == (bank, specialist, 5)


@pytest.mark.parametrize("text", ["{", json.dumps(document(columns=columns_of(("a", "no.such"))))])
def test_command_refuses_a_wrong_document(tmp_path, bank, specialist, text):
    path = tmp_path / "t.json"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(CommandError):
        call_command("import_template", str(path), "--client", bank.code)

    assert ImportTemplate.objects.count() == 0


# --- pages -----------------------------------------------------------------------------------------------------------------------------


def test_pages_show_versions_and_act(sign_in, specialist, kept):
    """List, comparison, rename, retire, use again, JSON: each through its page."""
    kept()
    second = kept(*COLUMNS[:4], ("内部编码", "product"))
    browser, page = sign_in(specialist), reverse("cases:template-detail", args=[second.pk])

    listed = list(browser.get(reverse("cases:template-list")).context["page"])
    shown = browser.get(page)
    browser.post(reverse("cases:template-rename", args=[second.pk]), {"name": "新名"})
    browser.post(reverse("cases:template-retire", args=[second.pk]))
    retired = browser.get(page).content.decode()
    browser.post(reverse("cases:template-restore", args=[second.pk]))
    handed_out = browser.get(reverse("cases:template-document", args=[second.pk]))

    second.refresh_from_db()
    assert listed == [second]
    assert [line["change"] for line in shown.context["lines"]] == ["", "", "", "", "changed"]
    assert reverse("cases:template-restore", args=[second.pk]) in retired
    assert (second.name, second.is_active) == ("新名", True)
    assert json.loads(handed_out.content)["columns"][4] == {"header": "内部编码", "field": "product", "currency": "", "unit": 1}


def test_administrator_reads_templates_and_changes_none(sign_in, kept):
    """The mapping is the specialist's work."""
    template, browser = kept(), sign_in(make_user(Role.ADMINISTRATOR))

    assert browser.get(reverse("cases:template-detail", args=[template.pk])).status_code == 200
    assert browser.post(reverse("cases:template-retire", args=[template.pk])).status_code == 403
    assert browser.get(reverse("cases:template-import")).status_code == 403


def test_collector_sees_no_template(sign_in, collector, kept):
    template = kept()

    for url in (reverse("cases:template-list"), reverse("cases:template-detail", args=[template.pk]), reverse("cases:template-document", args=[template.pk])):
        assert sign_in(collector).get(url).status_code == 403


# --- tried on a file -----------------------------------------------------------------------------------------------------------------


def try_on(browser, template, **data):
    return browser.post(reverse("cases:template-try", args=[template.pk]), data)


def test_template_is_tried_on_an_uploaded_file_and_nothing_is_stored(sign_in, specialist, kept):
    """Annex 2: recognised or not, values as they would be read, findings; only the trail knows."""
    template = kept(*[(header, field) for header, field in COLUMNS[:4]])
    row = {"案件编号": "A1", "姓名": "张 三", "身份证号": "110101199003078510", "委案金额": "1,234.5元"}

    answer = try_on(sign_in(specialist), template, file=files.upload(files.workbook([row])))

    (sheet,) = answer.context["sheets"]
    assert sheet["is_own"]
    assert [cell["read"] for cell in sheet["rows"][0]["cells"]] == ["A1", "张三", "110101199003078510", "¥1,234.50"]
    assert [(group["tone"], group["count"]) for group in sheet["groups"]] == [("bad", 1)]
    assert (ArrivalFile.objects.count(), ImportRun.objects.count(), StagedRow.objects.count()) == (0, 0, 0)
    assert AuditEvent.objects.get(action="template.tried").changes == {"file": [None, "委案名单.xlsx"]}


def test_trial_says_which_columns_differ(sign_in, specialist, kept):
    template = kept()
    row = {"案件编号": "A1", "姓名": "张三", "身份证号": "110101199003078515", "委案金额": "1", "新列": "x"}

    (sheet,) = try_on(sign_in(specialist), template, file=files.upload(files.workbook([row]))).context["sheets"]

    assert sheet["recognised_by"] is None
    assert [(line["header"], line["change"]) for line in sheet["lines"]] == [("新列", "new"), ("内部编码", "gone")]


def test_trial_of_another_kind_reads_as_that_kind(sign_in, specialist, kept):
    template = kept(("案件编号", "case.no"), ("还款金额", "payment.amount"), ("还款日期", "payment.date"), name="回单", kind="payment")
    row = {"案件编号": "A1", "还款金额": "?", "还款日期": "2026.11.1"}

    (sheet,) = try_on(sign_in(specialist), template, file=files.upload(files.workbook([row]))).context["sheets"]

    assert [cell["read"] for cell in sheet["rows"][0]["cells"]] == ["A1", "", "2026-11-01"]
    assert [group["tone"] for group in sheet["groups"]] == ["bad"]


def test_trial_reads_a_stored_file_of_the_client_only(sign_in, specialist, kept, handed_over, team):
    """Another client's file is no choice."""
    own = handed_over(files.workbook([files.row()])).files.get()
    foreign = handed_over(files.workbook([files.row()]), client=make_client(team=team)).files.get()
    template, browser = kept(), sign_in(specialist)

    found = try_on(browser, template, stored=own.pk)
    refused = try_on(browser, template, stored=foreign.pk)

    assert len(found.context["sheets"]) == 1
    assert refused.context["form"].errors
    assert "sheets" not in refused.context


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", b"PK\x03\x04 broken"])
def test_trial_of_a_broken_file_says_why(sign_in, specialist, kept, content):
    """S16: the reader's child takes the blow."""
    answer = try_on(sign_in(specialist), kept(), file=files.upload(content))

    assert answer.status_code == 200
    assert answer.context["form"].errors


def test_administrator_may_not_try_because_files_hold_personal_data(sign_in, kept):
    assert try_on(sign_in(make_user(Role.ADMINISTRATOR)), kept()).status_code == 403
