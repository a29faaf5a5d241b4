"""What fills a letter's placeholders: the case as the system knows it, never what somebody typed (CR-28, CR-30)."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from django.conf import settings
from django.utils import timezone

from cases.discretion import HIDDEN
from cases.models import Address, Case, CaseAccount, Client, Payee
from collection.lib.masking import mask_card, mask_id
from collection.lib.money import format_money, money_in_words
from letters.choices import LetterKind
from letters.layout import Layout
from letters.markup import NO_PICTURES, Pictures, Values
from letters.models import AuthorityPaper, Letter, LetterTemplate
from letters.printing.pictures import qr_picture

PREVIEW_NUMBER = "预览"
NOT_SPLIT = "—"
HONORIFICS = {"male": "先生", "female": "女士"}
# The bank itself certifies and gives notice; everything else is the agency's, or the law firm's.
SIGNED_BY_CLIENT = (LetterKind.SETTLEMENT, LetterKind.ENTRUST)
SPLIT = (("principal", "本金"), ("interest", "利息"), ("fees", "费用"))


def agency_contact() -> str:
    """How the debtor reaches the agency: phone and address as far as the settings have them, at least its name."""
    parts = [settings.AGENCY_PHONE, settings.AGENCY_ADDRESS]
    return "，".join(part for part in parts if part) or settings.AGENCY_NAME


def return_address() -> str:
    return settings.AGENCY_ADDRESS


def values_of(letter: Letter, *, today: date, number: str = "", pictures: Pictures = NO_PICTURES) -> Values:
    """The values of one letter: the amount is the letter's own, taken from the system when it was asked for or approved."""
    return values_for(
        letter.case,
        letter.template,
        amount=letter.balance,
        balance_on=letter.balance_on,
        today=today,
        payee=letter.payee,
        number=number or letter.number or PREVIEW_NUMBER,
        pictures=pictures,
    )


def values_for(
    case: Case,
    template: LetterTemplate,
    *,
    amount: Decimal,
    balance_on: date,
    today: date,
    payee: Payee | None = None,
    number: str = PREVIEW_NUMBER,
    pictures: Pictures = NO_PICTURES,
) -> Values:
    accounts, layout = list(case.accounts.all()), Layout.of(template.layout)
    texts = {
        **_case_texts(case, accounts, amount=amount, balance_on=balance_on, today=today),
        **client_texts(case.client, payee, today),
        **law_firm_texts(template.law_firm),
        **agency_texts(),
        "today": chinese_date(today),
        "pay_by": chinese_date(today + timedelta(days=layout.pay_days)),
        "letter_number": number,
    }
    return Values(texts=texts, accounts=_account_rows(accounts), signer=signer(template.kind, texts), pictures=with_qr(pictures, template, number))


def _case_texts(case: Case, accounts: list[CaseAccount], *, amount: Decimal, balance_on: date, today: date) -> dict[str, str]:
    debtor, overdue = case.debtor, overdue_since(accounts)
    sums = {name: _sum(accounts, name) for name, _words in SPLIT}
    return {
        "debtor_name": debtor.name,
        "debtor_honorific": HONORIFICS.get(debtor.gender, "先生/女士"),
        "masked_id": mask_id(debtor.id_no),
        "masked_card": "、".join(dict.fromkeys(account.masked_card for account in accounts if account.card_no)) or NOT_SPLIT,
        "case_no": case.case_no,
        "product": case.product or "信用卡",
        "amount": format_money(amount),
        "amount_in_words": money_in_words(amount),
        "balance_on": chinese_date(balance_on),
        **sums,
        "split": "，".join(f"{words}{sums[name]}" for name, words in SPLIT),
        "overdue_since": chinese_date(overdue) if overdue else "约定还款日",
        "overdue_days": str((today - overdue).days) if overdue else str(case.overdue_days or ""),
        "settled_on": chinese_date(timezone.localdate(case.ended_at)) if case.ended_at else "",
    }


def client_texts(client: Client, payee: Payee | None, today: date) -> dict[str, str]:
    """`payee` is the account that was chosen; without one it is the first of the client's that is in force (CR-28)."""
    return {
        "client_name": client.name,
        "client_phone": client.service_phone,
        "payee_account": payee.words if payee else client.payee_words(today),
        "entrusted_from": chinese_date(client.entrusted_from),
        "entrusted_until": chinese_date(client.entrusted_until),
    }


def agency_texts() -> dict[str, str]:
    return {"agency_name": settings.AGENCY_NAME, "agency_contact": agency_contact()}


def law_firm_texts(firm: AuthorityPaper | None) -> dict[str, str]:
    """A lawyer's letter names the firm of the engagement on file (CR-27)."""
    if firm is None:
        return {"law_firm": "", "lawyer": "", "law_firm_contact": ""}
    contact = "，".join(part for part in (firm.phone, firm.address) if part)
    return {"law_firm": firm.name, "lawyer": f"{firm.lawyer}（执业证号：{firm.lawyer_licence}）", "law_firm_contact": contact}


def signer(kind: str, texts: dict[str, str]) -> str:
    if kind == LetterKind.LAWYER:
        return texts["law_firm"]
    return texts["client_name"] if kind in SIGNED_BY_CLIENT else texts["agency_name"]


def with_qr(pictures: Pictures, template: LetterTemplate, number: str) -> Pictures:
    """The QR code says the letter's number and nothing else: it may show through an envelope (CR-25)."""
    wanted = "{qr}" in template.body or Layout.of(template.layout).qr
    return Pictures(pictures.letterhead, pictures.seal, qr_picture(number)) if wanted else pictures


def chinese_date(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def overdue_since(accounts: list[CaseAccount]) -> date | None:
    return min((account.overdue_since for account in accounts if account.overdue_since), default=None)


def principal_of(accounts: list[CaseAccount]) -> Decimal | None:
    """The accounts' principal in yuan; None when the bank did not split one of them."""
    amounts = [account.principal for account in accounts if account.currency == "CNY"]
    return None if not amounts or None in amounts else sum(amounts, Decimal(0))


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


AMOUNTS = ("amount", "amount_in_words", "principal", "interest", "fees", "split")


def without_amounts(values: Values) -> Values:
    """The same values for who isn't told amounts (CR-17)."""
    rows = [[cell if column < 2 else HIDDEN for column, cell in enumerate(row)] for row in values.accounts[1:]]
    return replace(values, texts=values.texts | dict.fromkeys(AMOUNTS, HIDDEN), accounts=[*values.accounts[:1], *rows])


def missing_values(values: Values, used: list[str]) -> list[str]:
    """Placeholders that the template uses and the system has nothing for: printed, they would leave a hole."""
    return [name for name in dict.fromkeys(used) if name in values.texts and not values.texts[name].strip()]
