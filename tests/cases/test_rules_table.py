"""A1.2: where a sheet's table begins, headers of two rows, rows that are no cases, and what the file says of itself. No database."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.rules.controls import Control, compare_controls, control_totals
from cases.rules.headers import guess_columns
from cases.rules.table import MergedCells, filled_down, find_header, header_of, left_out_reason

TODAY = date(2026, 11, 23)
HEADER = ["序号", "案件编号", "姓名", "身份证号", "委案金额", "本金", "单位名称"]
CASE = (5, ["1", "A1", "张三", "110101199003078515", "100", "90", "合计量贩店"])


def rows(*lines: str, first: int = 1) -> list[tuple[int, list[str]]]:
    """Rows written as "a|b|c"."""
    return [(first + position, line.split("|")) for position, line in enumerate(lines)]


def test_header_below_a_title_is_found():
    header = find_header(rows("某银行委案清单", "批次：2026-11", "序号|案件编号|姓名|身份证号|委案金额", "1|A1|张三|110101199003078515|5"))

    assert (header.first_row, header.last_row, header.cells) == (3, 3, ["序号", "案件编号", "姓名", "身份证号", "委案金额"])


def test_rows_without_known_headers_are_no_table():
    assert find_header(rows("请按时反馈|谢谢", "一|二|三")) is None
    assert find_header([]) is None


def test_merged_groups_name_the_columns_below_them():
    """A1.2: 联系人1 over 姓名, 关系, 手机; what stands over two rows keeps its name."""
    lines = rows("某银行委案清单|||||||||", "案件编号|姓名|身份证号|联系人1|||联系人2|||委案金额", "|||姓名|关系|手机|姓名|关系|手机|")

    header = find_header(lines, merges=[[1, 0, 1, 9], [2, 0, 3, 0], [2, 3, 2, 5], [2, 6, 2, 8], [2, 9, 3, 9]])

    contacts = [f"联系人{number}{part}" for number in (1, 2) for part in ("姓名", "关系", "手机")]
    assert (header.first_row, header.last_row) == (2, 3)
    assert header.cells == ["案件编号", "姓名", "身份证号", *contacts, "委案金额"]


def test_groups_of_a_csv_reach_as_far_as_they_make_sense():
    """A1.2: without merged cells, 联系人1 is carried over its parts and not over 备注."""
    header = find_header(rows("案件编号|姓名|身份证号|联系人1||||委案金额", "|||姓名|关系|手机|备注|"))

    assert header.cells == ["案件编号", "姓名", "身份证号", "联系人1姓名", "联系人1关系", "联系人1手机", "备注", "委案金额"]


@pytest.mark.parametrize("merges", [[], [[1, 3, 1, 4], [1, 5, 1, 6]]])
def test_currencies_and_units_of_groups_hold_for_their_columns(merges):
    """A1.2: amounts under 美元 are no yuan, those under 万元 no single ones."""
    header = find_header(rows("案件编号|姓名|身份证号|人民币||美元(万元)|", "|||欠款|本金|欠款|本金"), merges)

    columns = guess_columns(header.cells, [], today=TODAY)

    assert [(column.field, column.currency, column.unit) for column in columns[3:]] == [
        ("amount.total_owed", "CNY", 1),
        ("amount.principal", "CNY", 1),
        ("amount.total_owed", "USD", 10_000),
        ("amount.principal", "USD", 10_000),
    ]


def test_another_persons_group_does_not_pass_for_the_debtors():
    """CR-11: 姓名 under 担保信息 is not the debtor's name."""
    header = find_header(
        rows("案件编号|借款信息|||担保信息||委案金额", "|姓名|身份证号|手机|姓名|身份证号|"), merges=[[1, 1, 1, 3], [1, 4, 1, 5], [1, 0, 2, 0], [1, 6, 2, 6]]
    )

    fields = [column.field for column in guess_columns(header.cells, [], today=TODAY)]

    assert fields == ["case.no", "debtor.name", "debtor.id_no", "debtor.mobile", "", "", "amount.placed"]


def test_three_header_rows_are_joined():
    header = find_header(rows("案件编号|姓名|身份证号|委案金额|||", "|||人民币||美元|", "|||本金|利息|本金|利息"), merges=[[2, 3, 2, 4], [2, 5, 2, 6]])

    assert (header.first_row, header.last_row) == (1, 3)
    assert [(column.field, column.currency) for column in guess_columns(header.cells, [], today=TODAY)[3:]] == [
        ("amount.principal", "CNY"),
        ("amount.interest", "CNY"),
        ("amount.principal", "USD"),
        ("amount.interest", "USD"),
    ]


def test_the_first_case_is_no_part_of_the_header():
    header = find_header(rows("|".join(HEADER), "|".join(CASE[1]), "2||||||"))

    assert header.last_row == 1


def test_unit_above_the_table_is_read():
    """A1.2: 单位：万元 above the table counts for its amounts."""
    assert find_header(rows("某银行委案清单||单位：万元", "案件编号|姓名|身份证号|委案金额")).unit == 10_000
    assert find_header(rows("单位：示例银行", "案件编号|姓名|身份证号|委案金额")).unit == 1


def test_header_chosen_by_a_person_has_the_unit_above_it():
    """A1.2: 万元 is not forgotten because the rows were pointed out by hand."""
    lines = rows("单位：万元", "编号|名字|身份证号|钱", "A1|张三|ID1|5")

    header = header_of(lines[1:2], above=lines[:1])

    assert (header.first_row, header.last_row, header.cells, header.unit) == (2, 2, ["编号", "名字", "身份证号", "钱"], 10_000)


def test_merged_persons_are_filled_into_their_card_rows():
    """A1.2: one person over three card rows: who is filled down, amounts and cards never."""
    header = find_header(rows("案件编号|姓名|身份证号|卡号|委案金额|备注"))
    lines = rows("A1|张三|ID1|C1|100|x", "|||C2||", "|||C3|300|", "A2|李四|ID2|C4|5|", "|||||", first=2)

    filled = filled_down(lines, header, [[2, 0, 4, 0], [2, 1, 4, 1], [2, 2, 4, 2], [2, 4, 3, 4], [2, 5, 4, 5], [5, 0, 6, 0]])

    assert [cells for _number, cells in filled] == [
        ["A1", "张三", "ID1", "C1", "100", "x"],
        ["A1", "张三", "ID1", "C2", "", ""],
        ["A1", "张三", "ID1", "C3", "300", ""],
        ["A2", "李四", "ID2", "C4", "5", ""],
        ["", "", "", "", "", ""],
    ]


def test_merged_cells_are_filled_across_batches():
    header = find_header(rows("案件编号|姓名|身份证号|委案金额"))
    merged = MergedCells(header, [[2, 0, 9, 0]])

    first = merged.fill(2, ["A1", "张三", "ID1", "1"])
    later = [merged.fill(number, ["", "", "", "1"])[0] for number in (5, 9, 10)]

    assert (first[0], later) == ("A1", ["A1", "A1", ""])


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("合计||||100.00|90", "total"), ("|合计：120户", "total"), ("合 计|120|||1,000.00", "total"), ("3|小计|||5.00", "total"), ("本页合计||||7", "total"),
        ("总计(120户)||||7", "total"), ("Total||||7|5", "total"), ("合计||||100.00|90|120户", "total"),
        ("1|2|3|4|5|6|7", "numbering"), ("①|②|③|④|⑤|⑥|⑦", "numbering"), ("A|B|C|D|E|F|G", "numbering"),
        ("序号|案件编号|姓名|身份证号|委案金额|本金|单位名称", "header"), ("No|Case no|Name|ID number|Amount placed|Principal|Employer", "header"),
        ("制表人：|张三", "footer"), ("备注：以上为11月委案", "footer"), ("共120户", "footer"), ("审核：王五|复核：李四", "footer"),
        ("必填|必填|必填|文本|数字|数字|选填", "instruction"), ("填写说明|一|二|三|四", "instruction"),
        ("1|A1|张三|110101199003078515|100|90|合计量贩店", ""), ("1|合计1|共计强|110101199003078515|100|90|", ""), ("1|A1|张三||100||", ""), ("||||5||", ""),
    ],
)  # fmt: skip
def test_rows_that_are_no_cases_are_left_out_with_a_reason(line, reason):
    """A1.2: total rows, footers, repeated headers, column numbers, instructions; never a case."""
    assert left_out_reason(line.split("|"), HEADER) == reason


COLUMNS = guess_columns([*HEADER, "委案金额(美元)"], [], today=TODAY)


def test_total_row_announces_amounts_by_field_and_currency():
    """A1.2: placement totals against a control total if the file has one."""
    controls = control_totals([[20, "total", ["合计", "120", "", "", "1,234.50", "900", "", "50"]]], [], COLUMNS)

    assert {(control.field, control.currency, control.value, control.row) for control in controls} == {
        ("", "", Decimal(120), 20),
        ("amount.placed", "CNY", Decimal("1234.50"), 20),
        ("amount.principal", "CNY", Decimal(900), 20),
        ("amount.placed", "USD", Decimal(50), 20),
    }


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (["某银行委案清单（共120户）"], [("", Decimal(120))]),
        (["户数：120", "合计金额：1,234.56元"], [("", Decimal(120)), ("amount.placed", Decimal("1234.56"))]),
        (["总户数", "120"], [("", Decimal(120))]),
        (["总金额：", "1,234.56"], [("amount.placed", Decimal("1234.56"))]),
        (["本金合计：900.00元"], [("amount.principal", Decimal(900))]),
        (["委案日期：2026-11-20", "共3页", "批次合计：二十", "共计2件附件", "共5个批次", "共2人签字"], []),
        (["目标回款金额：100万元", "单笔金额1万元以上", "金额：5万元以上优先", "减免金额合计：30.00元"], []),
    ],
)
def test_titles_and_footers_announce_counts_and_sums(cells, said):
    in_title = control_totals([], [(1, cells)], COLUMNS)
    in_footer = control_totals([[9, "footer", cells]], [], COLUMNS)

    assert sorted((control.field, control.value) for control in in_title) == said
    assert [control.value for control in in_footer] == [control.value for control in in_title]


def test_page_totals_are_no_control_totals():
    pages = [[9, "total", ["小计", "", "", "", "10.00"]], [19, "total", ["小计", "", "", "", "20.00"]]]

    assert control_totals(pages, [], COLUMNS) == []
    assert [control.value for control in control_totals([*pages, [20, "total", ["总计", "", "", "", "30.00"]]], [], COLUMNS)] == [Decimal(30)]
    assert control_totals([[9, "total", ["合计", "", "", "", "10.00"]], [19, "total", ["合计", "", "", "", "20.00"]]], [], COLUMNS) == []


def test_what_the_rows_do_not_bear_out_is_found():
    """A1.2: with the place in the file, what it says and what was read."""
    controls = [Control(Decimal(120), 20, 1), Control(Decimal("1234.50"), 20, 4, "amount.placed", "CNY"), Control(Decimal(7), 20, 5, "amount.principal", "CNY")]

    found = compare_controls(controls, counts={"rows": 121, "cases": 119, "debtors": 118}, amounts={("amount.placed", "CNY"): Decimal("1234.00")})

    assert [(item.code, item.severity, item.index, item.values["said"], item.values["found"], item.values["row"]) for item in found] == [
        ("control_count", "error", 1, 120, 119, 20),
        ("control_amount", "error", 4, "1234.50", "1234.00", 20),
    ]


def test_a_sum_in_ten_thousands_is_only_so_exact():
    controls = control_totals([], [(1, ["委案总金额：123.4万元"])], COLUMNS)

    assert compare_controls(controls, counts={}, amounts={("amount.placed", "CNY"): Decimal("1234321.00")}) == []
    assert len(compare_controls(controls, counts={}, amounts={("amount.placed", "CNY"): Decimal("1235000.00")})) == 1


def test_counts_may_be_of_rows_cases_or_debtors():
    """An account (户) is a debtor; banks also mean cases or rows by it."""
    counts = {"rows": 3, "cases": 2, "debtors": 1}

    assert [len(compare_controls([Control(Decimal(number), 1, 0)], counts=counts, amounts={})) for number in (1, 2, 3, 4)] == [0, 0, 0, 1]


TEXTS = st.one_of(st.text(max_size=12), st.sampled_from(["合计", "姓名", "案件编号", "联系人1", "1", "①", "必填", "单位：万元", "共120户", "金额：1.5万元"]))
LINES = st.lists(st.lists(TEXTS, max_size=8), max_size=6)
MERGES = st.lists(st.tuples(st.integers(1, 6), st.integers(0, 8), st.integers(1, 6), st.integers(0, 8)), max_size=4)


@given(LINES, MERGES)
def test_any_table_is_looked_through_without_a_fault(lines, merges):
    numbered = list(enumerate(lines, 1))

    header = find_header(numbered, merges)

    if header:
        assert len(filled_down(numbered, header, merges)) == len(lines)
    left_out = [[number, left_out_reason(cells, HEADER) or "total", cells] for number, cells in numbered]
    assert all(isinstance(control.value, Decimal) for control in control_totals(left_out, numbered, COLUMNS))
