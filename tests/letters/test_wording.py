"""What letters must and may not say (CR-24 … CR-35), whoever wrote it."""

import pytest

from letters.wording import content_objections, envelope_objections, missing_parts, names_crime

GOOD_BODY = """{debtor_name}：截至{balance_on}您逾期未还{amount}。
{accounts_table}
依据《中华人民共和国民法典》，您应当还款，也有权提出异议。请核对，并提供还款凭证。向{payee_account}还款，咨询{client_phone}。
{seal}"""


def objections(body: str = GOOD_BODY, *, kind: str = "demand", heading: str = "催告函", **texts: str) -> list[tuple[str, str]]:
    found = content_objections(kind, {"heading": heading, "body": body} | texts)
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
    assert missing_parts("demand", {"body": GOOD_BODY.replace(taken_out, "")}) == [part]


@pytest.mark.parametrize(
    ("kind", "rule", "parts"),
    [
        ("lawyer", "CR-24", {"law_firm", "lawyer", "seal"}),
        ("settlement", "CR-30", {"settled", "settled_on", "bank"}),
        ("payment", "B1", {"pay_by", "pay"}),
        ("arrears", "B1", {"reason", "legal_basis", "pay_by"}),
        ("lobby", "B2", {"agency", "bank_contact"}),
        ("entrust", "CR-19", {"agency_contact", "term", "complaint"}),
    ],
)
def test_each_kind_has_parts_of_its_own(kind, rule, parts):
    # B1, B2, CR-19, CR-24, CR-27, CR-30
    found = [one for one in content_objections(kind, {"heading": "函", "body": "空"}) if one.rule == rule]

    assert parts <= {one.code for one in found}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("最后通牒", ("CR-27", "look_alike")),
        ("最后\n通牒", ("CR-27", "look_alike")),
        ("最 后 通 牒", ("CR-27", "look_alike")),
        ("最*后·通_牒", ("CR-27", "look_alike")),
        ("传漂已送达", ("CR-27", "look_alike")),
        ("法院傳票", ("CR-27", "look_alike")),
        ("请到公桉说明情况", ("CR-27", "look_alike")),
        ("立案通知", ("CR-27", "look_alike")),
        ("您可以向亲友借款", ("CR-29", "borrow_elsewhere")),
        ("以贷养贷也可以", ("CR-29", "borrow_elsewhere")),
        ("用套現解决", ("CR-29", "borrow_elsewhere")),
        ("我们将立即起诉您", ("CR-31", "threat")),
        ("后果自负", ("CR-31", "threat")),
        ("“坐牢”", ("CR-31", "threat")),
        ("将上门走访您", ("CR-31", "threat")),
        ("将通知您的家人", ("CR-31", "threat")),
        ("名单将在小区张贴", ("CR-26", "shame")),
        ("涉嫌犯罪", ("CR-32", "crime")),
        ("恶意透支", ("CR-32", "crime")),
        ("请微信转账", ("CR-28", "private_payee")),
        ("另收手续费", ("CR-28", "private_payee")),
        ("请汇入 6222 0212 3456 7890 123", ("CR-28", "typed_account")),
        ("请汇入６２２２０２１２３４５６７８９０", ("CR-28", "typed_account")),
        ("您欠我们12,345.67元", ("CR-30", "typed_amount")),
        ("合计壹万贰仟元", ("CR-30", "typed_amount")),
        ("签收即视为确认债务", ("CR-34", "waive")),
        ("逾期将停水停电", ("CR-35", "supply")),
        ("停止供暖", ("CR-35", "supply")),
    ],
)
def test_forbidden_words_are_objected_to_with_their_rule(text, found):
    # CR-26 … CR-35: however they are written
    assert found in objections(GOOD_BODY + "\n" + text)


@pytest.mark.parametrize("heading", ["人民法院通知", "公安机关催告", "市人民政府函", "检察建议", "檢察院通知"])
def test_a_heading_that_looks_like_an_authority_is_refused(heading):
    # CR-27
    assert ("CR-27", "look_alike") in objections(heading=heading)


@pytest.mark.parametrize("field", ["first_header", "odd_header", "even_header", "cover"])
def test_a_header_that_looks_like_an_authority_is_refused(field):
    # CR-27: the letterhead counts as much as the heading
    assert objections(**{field: "某某法院"}) == [("CR-27", "look_alike")]


def test_an_objection_names_its_field_line_and_words():
    # CR-27
    (found,) = content_objections("demand", {"heading": "催告函", "body": GOOD_BODY + "\n\n特此 最后\u3000通牒"})

    assert (found.field, found.line, found.text) == ("body", 6, "最后 通牒")


@pytest.mark.parametrize("char", ["\u202e", "\u200b", "\u2066", "\ufeff", "\x07"])
def test_characters_that_turn_or_hide_writing_are_refused(char):
    # S14: the text is what it looks like
    assert objections(f"{GOOD_BODY}\n法{char}院") == [("F", "invisible")]


@pytest.mark.parametrize("words", ["尊敬的张先生：", "3幢2单元502室欠费", "电话13800000000", "{debtor_name}", "{amount}", "{accounts_table}"])
def test_a_lobby_notice_says_nothing_of_a_person(words):
    # B2, CR-26
    body = "请各位住户查询账户。电话{client_phone}。\n{agency_name}"

    assert objections(body, kind="lobby") == []
    assert ("B2", "personal") in objections(f"{body}\n{words}", kind="lobby")


def test_phone_numbers_in_the_text_are_no_account_number():
    # CR-28
    assert objections(GOOD_BODY + "\n电话 0571-87654321、0571-87654322") == []


def test_a_crime_is_named_only_with_approval():
    # CR-32
    texts = {"heading": "催告函", "body": GOOD_BODY + "\n您的行为涉嫌信用卡诈骗"}

    assert content_objections("demand", texts, may_name_crime=True) == []
    assert names_crime(texts)
    assert not names_crime({"body": GOOD_BODY})


@pytest.mark.parametrize(("text", "is_bad"), [("某市某路1号 示例资产管理有限公司", False), ("示例催收中心", True), ("欠款处理部", True)])
def test_the_envelope_says_nothing_of_a_debt(text, is_bad):
    # CR-25
    assert bool(envelope_objections(text)) is is_bad
