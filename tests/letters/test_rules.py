"""What letters may say (CR-24 … CR-32), mail numbers, sampling and grades (A1.4, annexes 3 and 4)."""

import pytest

from letters.rules import content_objections, envelope_objections, is_tracking_number, missing_parts, number_text, plain_tracking

GOOD_BODY = """{debtor_name}：截至{balance_on}您逾期未还{amount}。
{accounts_table}
依据《中华人民共和国民法典》，您应当还款，也有权提出异议。请核对，并提供还款凭证。向{payee_account}还款，咨询{client_phone}。
{seal}"""


def objections(body: str = GOOD_BODY, *, kind: str = "demand", heading: str = "催告函", edges: tuple = (), law_firm: str = "") -> list[tuple[str, str]]:
    found = content_objections(kind=kind, heading=heading, body=body, edges=edges, law_firm=law_firm)
    return [(objection.rule, objection.code) for objection in found]


def test_a_complete_demand_letter_has_no_objection():
    # CR-24
    assert objections() == []


@pytest.mark.parametrize(
    ("taken_out", "part"),
    [
        ("{debtor_name}", "name"),
        ("{amount}", "balance"),
        ("{balance_on}", "balance_date"),
        ("{accounts_table}", "split"),
        ("逾期", "reason"),
        ("《中华人民共和国民法典》", "legal_basis"),
        ("有权", "rights"),
        ("应当", "duties"),
        ("核对", "check"),
        ("{payee_account}", "pay"),
        ("异议", "object"),
        ("凭证", "evidence"),
        ("{client_phone}", "bank_contact"),
        ("{seal}", "seal"),
    ],
)
def test_each_required_part_is_missed_when_it_is_not_there(taken_out, part):
    # CR-24
    body = GOOD_BODY.replace(taken_out, "")

    assert missing_parts("demand", body) == [part]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("最后通牒", ("CR-27", "look_alike")),
        ("法院立案通知", ("CR-27", "look_alike")),
        ("您可以向亲友借款", ("CR-29", "borrow_elsewhere")),
        ("以贷养贷也可以", ("CR-29", "borrow_elsewhere")),
        ("我们将立即起诉您", ("CR-31", "threat")),
        ("将上门走访您", ("CR-31", "threat")),
        ("将通知您的家人", ("CR-31", "threat")),
        ("涉嫌犯罪", ("CR-32", "crime")),
        ("恶意透支", ("CR-32", "crime")),
        ("请微信转账", ("CR-28", "private_payee")),
        ("请汇入 6222 0212 3456 7890 123", ("CR-28", "typed_account")),
        ("您欠我们12,345.67元", ("CR-30", "typed_amount")),
        ("合计壹万贰仟元", ("CR-30", "typed_amount")),
    ],
)
def test_forbidden_words_are_objected_to_with_their_rule(text, found):
    # CR-27 … CR-32
    assert found in objections(GOOD_BODY + "\n" + text)


@pytest.mark.parametrize("heading", ["人民法院通知", "公安机关催告", "市人民政府函"])
def test_a_heading_that_looks_like_an_authority_is_refused(heading):
    # CR-27
    assert objections(heading=heading) == [("CR-27", "look_alike")]


def test_a_header_that_looks_like_an_authority_is_refused():
    # CR-27: the letterhead counts as much as the heading
    assert objections(edges=("某某法院执行局",)) != []


def test_a_phone_number_in_the_text_is_no_account_number():
    # CR-28
    assert objections(GOOD_BODY + "\n电话 0571-87654321") == []


def test_a_lawyers_letter_needs_a_law_firm():
    # CR-27
    assert objections(kind="lawyer") == [("CR-27", "no_law_firm")]
    assert objections(kind="lawyer", law_firm="示例律师事务所") == []


def test_a_statement_needs_fewer_parts_than_a_demand():
    # CR-24
    assert missing_parts("statement", "{debtor_name}{amount}{balance_on}{accounts_table}核对 异议 {client_phone}") == []


@pytest.mark.parametrize(("text", "is_bad"), [("某市某路1号 示例资产管理有限公司", False), ("示例催收中心", True), ("欠款处理部", True)])
def test_the_envelope_says_nothing_of_a_debt(text, is_bad):
    # CR-25
    assert bool(envelope_objections(text)) is is_bad


@pytest.mark.parametrize(
    ("carrier", "number", "fits"),
    [
        ("ems", "EA123456789CN", True),
        ("ems", "1234567890123", True),
        ("ems", "EA12345678CN", False),
        ("china_post", "XA123456789CN", True),
        ("china_post", "XA12345678912", True),
        ("china_post", "SF1234567890123", False),
        ("sf", "SF1234567890123", True),
        ("sf", "123456789012", True),
        ("sf", "EA123456789CN", False),
        ("pigeon", "EA123456789CN", False),
        ("ems", "", False),
    ],
)
def test_tracking_numbers_have_their_carriers_form(carrier, number, fits):
    # A1.4, annex 3
    assert is_tracking_number(carrier, number) is fits


def test_a_scanned_number_is_folded():
    # A1.4: scanners and full-width keyboards
    assert plain_tracking(" ｅａ 123-456-789 cn ") == "EA123456789CN"


def test_numbers_carry_year_and_six_digits():
    assert number_text(2026, 123) == "2026-000123"
