"""What fills a letter's placeholders: the case as the system knows it, never what somebody typed (CR-28, CR-30)."""

from datetime import date
from decimal import Decimal

from django.conf import settings

from cases.models import Address, Case, CaseAccount
from collection.lib.masking import mask_card, mask_id
from collection.lib.money import format_money, money_in_words
from letters.markup import Values
from letters.models import Letter, LetterTemplate

PREVIEW_NUMBER = "预览"
SEAL = "（盖章处）"
NOT_SPLIT = "—"
HONORIFICS = {"male": "先生", "female": "女士"}


def agency_contact() -> str:
    """How the debtor reaches the agency: phone and address as far as the settings have them, at least its name."""
    parts = [settings.AGENCY_PHONE, settings.AGENCY_ADDRESS]
    return "，".join(part for part in parts if part) or settings.AGENCY_NAME


def return_address() -> str:
    return settings.AGENCY_ADDRESS


def values_of(letter: Letter, *, today: date, number: str = "") -> Values:
    """The values of one letter: the amount is the letter's own, taken from the system when it was asked for or approved."""
    return values_for(
        letter.case, letter.template, amount=letter.balance, balance_on=letter.balance_on, today=today, number=number or letter.number or PREVIEW_NUMBER
    )


def values_for(case: Case, template: LetterTemplate, *, amount: Decimal, balance_on: date, today: date, number: str = PREVIEW_NUMBER) -> Values:
    accounts, client, debtor = list(case.accounts.all()), case.client, case.debtor
    overdue = min((account.overdue_since for account in accounts if account.overdue_since), default=None)
    texts = {
        "debtor_name": debtor.name,
        "debtor_honorific": HONORIFICS.get(debtor.gender, "先生/女士"),
        "masked_id": mask_id(debtor.id_no),
        "masked_card": "、".join(dict.fromkeys(account.masked_card for account in accounts if account.card_no)) or NOT_SPLIT,
        "case_no": case.case_no,
        "product": case.product or "信用卡",
        "client_name": client.name,
        "client_phone": client.service_phone,
        "payee_account": client.payee_account,
        "agency_name": settings.AGENCY_NAME,
        "agency_contact": agency_contact(),
        "amount": format_money(amount),
        "amount_in_words": money_in_words(amount),
        "balance_on": chinese_date(balance_on),
        "principal": _sum(accounts, "principal"),
        "interest": _sum(accounts, "interest"),
        "fees": _sum(accounts, "fees"),
        "overdue_since": chinese_date(overdue) if overdue else "约定还款日",
        "today": chinese_date(today),
        "letter_number": number,
        "law_firm": template.layout.get("law_firm", ""),
    }
    seal = texts["law_firm"] if template.kind == "lawyer" else texts["agency_name"]
    return Values(texts=texts, accounts=_account_rows(accounts), seal=f"{seal}\n{SEAL}")


def chinese_date(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _sum(accounts: list[CaseAccount], name: str) -> str:
    """The accounts' sum in yuan; a dash when the bank did not split one of them, rather than too little."""
    amounts = [getattr(account, name) for account in accounts if account.currency == "CNY"]
    return format_money(sum(amounts, Decimal(0))) if amounts and None not in amounts else NOT_SPLIT


def _account_rows(accounts: list[CaseAccount]) -> list[list[str]]:
    rows = [["账户", "币种", "本金", "利息", "费用", "欠款余额"]]
    for account in accounts:
        money = [NOT_SPLIT if amount is None else format_money(amount, account.currency) for amount in (account.principal, account.interest, account.fees)]
        name = mask_card(account.card_no) or mask_card(account.account_no) or NOT_SPLIT
        rows.append([name, account.currency, *money, format_money(account.owed, account.currency)])
    return rows


def addressee_of(address: Address, case: Case) -> str:
    """Only the debtor is written to; somebody else at that address is never named on the envelope."""
    return f"{case.debtor.name}　{HONORIFICS.get(case.debtor.gender, '')}收"


def missing_values(template: LetterTemplate, values: Values, used: list[str]) -> list[str]:
    """Placeholders that the template uses and the system has nothing for: printed, they would leave a hole."""
    return [name for name in dict.fromkeys(used) if name in values.texts and not values.texts[name].strip()]
