"""A template looked at before it is used: with made-up values, or with those of a case."""

from datetime import date, timedelta

from cases.models import Address, Case
from letters.choices import LetterKind
from letters.layout import Layout
from letters.markup import Pictures, Values
from letters.models import LetterTemplate
from letters.printing.sheet import Window, sheet
from letters.selectors import pictures_of
from letters.values import PREVIEW_NUMBER, addressee_of, agency_texts, chinese_date, law_firm_texts, signer, values_for, with_qr, without_amounts

SAMPLE_WINDOW = Window(postcode="310000", address="某省某市某区某路1号某小区1幢1单元101室", addressee="张某某　先生收")


def sample_texts(template: LetterTemplate, *, today: date) -> dict[str, str]:
    """Made up, and recognisably so; the client's own details where the template has a client."""
    day, client = chinese_date(today), template.client
    return {
        "debtor_name": "张某某",
        "debtor_honorific": "先生",
        "masked_id": "3301**********1234",
        "masked_card": "6222 **** **** 1234",
        "case_no": "YH20260001",
        "product": "信用卡",
        "client_name": client.name if client else "示例银行信用卡中心",
        "client_phone": client.service_phone if client else "955XX",
        "payee_account": _account(template, today) if client else "示例银行　信用卡还款专户　6222 **** **** 0000",
        "entrusted_from": chinese_date(client.entrusted_from) if client else day,
        "entrusted_until": chinese_date(client.entrusted_until) if client else day,
        **agency_texts(),
        **law_firm_texts(template.law_firm),
        "amount": "¥12,345.67",
        "amount_in_words": "壹万贰仟叁佰肆拾伍元陆角柒分",
        "balance_on": day,
        "principal": "¥10,000.00",
        "interest": "¥2,000.00",
        "fees": "¥345.67",
        "split": "本金¥10,000.00，利息¥2,000.00，费用¥345.67",
        "overdue_since": day,
        "overdue_days": "75",
        "pay_by": chinese_date(today + timedelta(days=Layout.of(template.layout).pay_days)),
        "settled_on": day,
        "today": day,
        "letter_number": PREVIEW_NUMBER,
    }


def _account(template: LetterTemplate, today: date) -> str:
    return template.payee.words if template.payee else template.client.payee_words(today)


def sample_values(template: LetterTemplate, *, today: date, pictures: Pictures) -> Values:
    texts = sample_texts(template, today=today)
    rows = [
        ["账户", "币种", "本金", "利息", "费用", "欠款余额"],
        ["6222 **** **** 1234", "CNY", "¥10,000.00", "¥2,000.00", "¥345.67", "¥12,345.67"],
    ]
    return Values(texts=texts, accounts=rows, signer=signer(template.kind, texts), pictures=with_qr(pictures, template, PREVIEW_NUMBER))


def template_sheet(template: LetterTemplate, *, today: date, case: Case | None = None, hides_amounts: bool = False) -> str:
    """A template, saved or not, as the press takes it. `case` fills it as a letter to its debtor would be; without its amounts for who isn't
    told them (CR-17)."""
    pictures = pictures_of(template, case.client if case else template.client)
    if case is None:
        values, window = sample_values(template, today=today, pictures=pictures), SAMPLE_WINDOW
    else:
        values = values_for(case, template, amount=case.balance, balance_on=case.balance_on, today=today, payee=template.payee, pictures=pictures)
        values = without_amounts(values) if hides_amounts else values
        window = _window_of(case)
    return sheet(
        heading=template.heading,
        body=template.body,
        layout=Layout.of(template.layout),
        values=values,
        window=None if template.kind == LetterKind.LOBBY else window,
    )


def _window_of(case: Case) -> Window:
    address = Address.objects.filter(contact__case=case, contact__relation="self").select_related("contact").order_by("pk").first()
    if address is None:
        return SAMPLE_WINDOW
    return Window(postcode=address.postcode, address=address.text, addressee=addressee_of(address, case))
