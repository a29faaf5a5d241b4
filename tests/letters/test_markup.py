"""S14, S15: the small language knows placeholders and nothing else; every text is escaped."""

import pytest

from letters.layout import Layout
from letters.markup import Values, faults_in, fill, to_html
from letters.printing.sheet import Window, sheet

VALUES = Values(
    texts={"debtor_name": "<img src=http://169.254.169.254>", "amount": "¥1.00", "letter_number": "2026-000001", "today": "2026年11月23日"},
    accounts=[["账户"], ["<link rel=attachment href=file:///etc/passwd>"]],
    signer="甲 & 乙",
)


@pytest.mark.parametrize(
    "text",
    [
        "{{ settings.SECRET_KEY }}",
        "{% include 'x' %}",
        "{% load static %}",
        "{{ case.bank.cases.all }}",
        "{secret_key}",
        "{amount!r}",
        "{debtor_name.__class__}",
        "{amount",
        "amount}",
        "文字 {seal} 文字",
    ],
)
def test_whatever_is_no_whitelisted_placeholder_is_a_fault(text):
    # S15
    assert faults_in(text) != []


def test_known_placeholders_are_no_fault():
    assert faults_in("{debtor_name}：{amount}\n{accounts_table}\n{seal}") == []


def test_hostile_values_and_text_stay_text():
    # S14
    html = to_html("<script>alert(1)</script>{debtor_name}\n{accounts_table}\n{seal}", VALUES)

    assert "<script" not in html
    assert "<img" not in html
    assert "<link" not in html
    assert "&lt;img src=http://169.254.169.254&gt;" in html
    assert "甲 &amp; 乙" in html


def test_a_value_is_not_filled_again():
    # A debtor named "{amount}" stays named so
    values = Values(texts={"debtor_name": "{amount}", "amount": "¥1.00"}, accounts=[])

    assert fill("{debtor_name}", values) == "{amount}"


def test_headings_lists_and_sections():
    # F: a section begins on a new page with its own header
    html = to_html("# 一\n- 甲\n- 乙\n=== 附件\n文字", VALUES)

    assert html == (
        "<section><h2>一</h2><ul><li>甲</li><li>乙</li></ul></section>"
        '<section class="next"><div class="run odd-header">附件</div><div class="run even-header">附件</div><p>文字</p></section>'
    )


def test_a_section_may_have_a_footer_of_its_own():
    # F
    html = to_html("=== 附件 | 附件页脚\n文字", VALUES)

    assert '<div class="run footer">附件页脚</div><div class="run even-footer">附件页脚</div>' in html


def test_a_fault_names_its_line():
    assert faults_in("一\n二 {nonsense}\n{seal}") == [(2, "{nonsense}")]


def test_a_value_is_printed_without_what_turns_or_hides_writing():
    # S14: a name from a file may hold any character
    values = Values(texts={"debtor_name": "张\u202e三\u200b"}, accounts=[["账\u2067户"]])

    assert fill("{debtor_name}", values) == "张三"
    assert "<th>账户</th>" in to_html("{accounts_table}", values)


def test_hostile_layout_stays_text():
    # S14, in the template's headers too
    html = sheet(
        heading="催告函",
        body="文字",
        layout=Layout.of(
            {"first_header": "<style>@import url(http://169.254.169.254)</style>", "number_from": "1}</style><script>", "envelope": "}</style><script>"}
        ),
        values=VALUES,
        window=Window("310000", "<object data=file:///etc/passwd>", "<b>"),
    )

    assert "<script" not in html
    assert "<object" not in html
    assert html.count("<style>") == 1
