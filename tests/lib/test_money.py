from decimal import Decimal

import pytest

from collection.lib.money import format_money, money_in_words, parse_money


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1234.5", "1234.50"),
        ("１，２３４．５０", "1234.50"),
        ("¥ 1,234.50 元", "1234.50"),
        ("(12.00)", "-12.00"),
        ("0.005", "0.01"),
        ("1,234.00-", "-1234.00"),
        ("-¥5", "-5.00"),
        ("-0", "0.00"),
    ],
)
def test_parse_money_reads_what_people_type(text, amount):
    assert parse_money(text) == Decimal(amount)


@pytest.mark.parametrize("text", ["", "abc", "1e400", "NaN", "١٢", "12..3", "99999999999999", "--1", "1,23", "1,2345", "-"])
def test_parse_money_refuses_what_is_no_amount(text):
    """S27"""
    with pytest.raises(ValueError, match="amount"):
        parse_money(text)


def test_parse_money_takes_units():
    assert (parse_money("1.5", unit=Decimal(10_000)), parse_money("(150)", unit=Decimal("0.01"))) == (Decimal(15_000), Decimal("-1.50"))


def test_format_money_separates_thousands_and_names_the_currency():
    assert [format_money(Decimal("-1234.5")), format_money(Decimal("1"), "USD")] == ["-¥1,234.50", "US$1.00"]


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("1680.32", "壹仟陆佰捌拾元叁角贰分"),
        ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
        ("325.04", "叁佰贰拾伍元零肆分"),
        ("6007.14", "陆仟零柒元壹角肆分"),
        ("10010001.5", "壹仟零壹万零壹元伍角整"),
        ("100000000", "壹亿元整"),
        ("0", "零元整"),
        ("0.05", "伍分"),
    ],
)
def test_money_in_words_follows_the_payment_rules(amount, words):
    """支付结算办法, annex 1: the amounts of letters (A1.4)."""
    assert money_in_words(Decimal(amount)) == words
