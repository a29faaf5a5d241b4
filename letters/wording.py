"""What letters must and may not say (CR-24 … CR-35): plain functions on plain values. Each finding names its rule and its place."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from compliance.choices import Wording
from compliance.rules.wording import normalised, wording_hits


@dataclass(frozen=True)
class Objection:
    """Why a letter may not go out: the rule, a code that the page puts into words, the piece of text that is wrong, and where it stands.

    `line` counts from 1; 0 is the text as a whole.
    """

    rule: str
    code: str
    text: str = ""
    field: str = "body"
    line: int = 0


# Each part that a kind must have, and what in the text shows that it is there.
PARTS: dict[str, str] = {
    "name": r"\{debtor_name\}",
    "balance": r"\{amount\}",
    "balance_date": r"\{balance_on\}",
    "split": r"\{accounts_table\}|\{split\}",
    "reason": r"逾期|未(?:按|能)[^。]{0,12}(?:还|偿|缴|付)|拖欠|欠(?:缴|付)",
    "legal_basis": r"《[^》]{2,30}(?:法|法典|办法|条例|规定|合约|合同|章程|协议)》",
    "rights": r"权利|有权",
    "duties": r"义务|应当",
    "check": r"核对|核实|查询",
    "pay": r"\{payee_account\}",
    "pay_by": r"\{pay_by\}",
    "object": r"异议",
    "evidence": r"证据|凭证|证明材料",
    "bank_contact": r"\{client_phone\}",
    "seal": r"\{seal\}",
    "law_firm": r"\{law_firm\}",
    "lawyer": r"\{lawyer\}",
    "bank": r"\{client_name\}",
    "agency": r"\{agency_name\}",
    "agency_contact": r"\{agency_contact\}",
    "settled": r"结清|清偿|还清",
    "settled_on": r"\{settled_on\}",
    "term": r"\{entrusted_until\}",
    "complaint": r"投诉",
}
_CR_24 = (
    "name", "balance", "balance_date", "split", "reason", "legal_basis", "rights", "duties", "check", "pay", "object", "evidence", "bank_contact", "seal",
)  # fmt: skip
PARTS_OF: dict[str, tuple[str, ...]] = {
    "demand": _CR_24,
    "lawyer": (*_CR_24, "law_firm", "lawyer"),
    "statement": ("name", "balance", "balance_date", "split", "check", "object", "bank_contact"),
    "settlement": ("name", "bank", "settled", "settled_on", "check", "bank_contact", "seal"),
    "payment": ("name", "balance", "balance_date", "split", "pay", "pay_by", "check", "bank_contact"),
    "arrears": ("name", "balance", "balance_date", "split", "reason", "legal_basis", "pay", "pay_by", "object", "bank_contact"),
    "lobby": ("agency", "bank_contact"),
    "entrust": ("name", "bank", "agency", "agency_contact", "term", "rights", "complaint", "bank_contact", "seal"),
}
# The rule behind a missing part, by kind.
RULE_OF_PARTS = {"settlement": "CR-30", "payment": "B1", "arrears": "B1", "lobby": "B2", "entrust": "CR-19"}
# What hangs in a lobby tells nobody anything of a person (B2, CR-26): these placeholders only.
PUBLIC_PLACES = ("client_name", "client_phone", "agency_name", "agency_contact", "today", "pay_by", "letter_number", "seal", "qr")

# What no letter says, whoever wrote it, besides the block list for every text; on normalised text. Each pattern with its rule.
_FORBIDDEN: tuple[tuple[str, str, str], ...] = (
    ("CR-27", "look_alike", r"最后通牒|立案(?:通知|告知)|传票|逮捕|协查|强制执行(?:通知|令)|拘留(?:通知|决定)|执行局|刑侦"),
    ("CR-29", "borrow_elsewhere", r"以贷养贷|借新还旧|(?:向|找)(?:亲友|朋友|家人|他人|网贷)[^。]{0,4}借|网贷"),
    (
        "CR-31",
        "threat",
        r"(?:将|立即|随时|马上|必将)[^。；]{0,10}(?:起诉|提起诉讼|申请仲裁|上门|公布|公开|告知您的(?:单位|家人|亲友)|通知您的(?:单位|家人|亲友)|冻结|查封|拘留|纳入失信)|影响(?:家人|亲属)",
    ),
    ("CR-28", "private_payee", r"微信|支付宝|个人账户|扫码(?:支付|付款|转账)|收款码|催收费|代理费"),
    ("CR-34", "waive", r"(?:放弃|不再主张)[^。；]{0,6}时效(?:抗辩|利益)|签(?:字|收)[^。；]{0,8}(?:视为|即)(?:确认|承认)(?:债务|欠款)"),
    ("CR-35", "supply", r"(?:切断|停止|中断|限制)[^。；]{0,4}(?:供水|供电|供气|供暖|供热|用水|用电|水电|电梯)"),
)
_CRIME = r"信用卡诈骗|恶意透支|报案|刑事(?:责任|追究|犯罪)|涉嫌|犯罪"
_FORBIDDEN_HEADINGS = r"法院|法庭|检察|公安|派出所|司法局|人民政府|政府|仲裁委|税务|央行|中国人民银行|最高人民|国徽|监管局|清收办"
_TYPED_AMOUNT = r"[¥￥]\s*\d|\d[\d,，.]*\s*(?:万)?元|[零壹贰叁肆伍陆柒捌玖拾佰仟]{2,}[万元]"
_TYPED_ACCOUNT = r"\d(?:[ \-]?\d){12,}"  # longer than any phone number
_PERSONAL = r"\d+\s*(?:室|单元|幢|栋|号楼|房)|1[3-9]\d{9}|\d{15,18}[\dXx]?|(?:先生|女士)[：:]"
_DEBT_WORDS = r"催|欠|债|逾期|还款|清收|律师函|不良"  # CR-25: what the outside of an envelope never says
_RULE_OF_HIT = {
    Wording.IMPERSONATION: ("CR-27", "look_alike"),
    Wording.THREAT: ("CR-31", "threat"),
    Wording.FALSEHOOD: ("CR-31", "threat"),
    Wording.SHAME: ("CR-26", "shame"),
    Wording.BORROWING: ("CR-29", "borrow_elsewhere"),
    Wording.PAYEE: ("CR-28", "private_payee"),
    Wording.PROPERTY: ("CR-35", "supply"),
}
_HEADS = ("heading", "first_header", "odd_header", "even_header", "cover")


def content_objections(kind: str, texts: Mapping[str, str], *, may_name_crime: bool = False) -> list[Objection]:
    """Every objection to a template's own words, in the order of the texts; the filled values are the system's and are not judged.

    `texts` holds "heading", "body" and the texts of the pages' edges by their names. `may_name_crime`: CR-32's approval is on file.
    """
    found = [Objection(RULE_OF_PARTS.get(kind, "CR-24"), part) for part in missing_parts(kind, texts)]
    for field, text in texts.items():
        found += sorted(_objections_in(kind, field, text, may_name_crime), key=lambda one: one.line)
    return list(dict.fromkeys(found))


def missing_parts(kind: str, texts: Mapping[str, str]) -> list[str]:
    """The parts that the body, and for the names and contacts the letterhead too, does not have."""
    everything = "\n".join(texts.values()) if kind == "lobby" else texts.get("body", "")
    return [part for part in PARTS_OF[kind] if not re.search(PARTS[part], everything)]


def names_crime(texts: Mapping[str, str]) -> bool:
    """Whether CR-32's conditions must be met before this goes out."""
    return any(re.search(_CRIME, normalised(text)[0]) for text in texts.values())


def _objections_in(kind: str, field: str, text: str, may_name_crime: bool) -> Iterator[Objection]:
    folded, places = normalised(text)

    def at(rule: str, code: str, expression: str) -> Iterator[Objection]:
        for hit in re.finditer(expression, folded):
            start, end = places[hit.start()], places[hit.end() - 1] + 1
            yield Objection(rule, code, " ".join(text[start:end].split()), field, line_at(text, start))

    for hit in wording_hits(text, may_quote=False):  # in a letter a quotation is the letter's own word
        rule, code = _RULE_OF_HIT[Wording(hit.kind)]
        yield Objection(rule, code, hit.text.strip(), field, line_at(text, hit.start))
    for rule, code, expression in _FORBIDDEN:
        yield from at(rule, code, expression)
    if not may_name_crime:
        yield from at("CR-32", "crime", _CRIME)
    if field in _HEADS:
        yield from at("CR-27", "look_alike", _FORBIDDEN_HEADINGS)
    for rule, code, expression in (("CR-30", "typed_amount", _TYPED_AMOUNT), ("CR-28", "typed_account", _TYPED_ACCOUNT)):
        for typed in re.finditer(expression, text):  # as typed: two phone numbers beside each other are no account
            yield Objection(rule, code, typed.group(0), field, line_at(text, typed.start()))
    if kind == "lobby":
        yield from at("B2", "personal", _PERSONAL)
        yield from _private_places(field, text)
    yield from _invisible(field, text)


def _private_places(field: str, text: str) -> Iterator[Objection]:
    for name in re.finditer(r"\{([a-z_]+)\}", text):
        if name.group(1) not in PUBLIC_PLACES:
            yield Objection("B2", "personal", name.group(0), field, line_at(text, name.start()))


def _invisible(field: str, text: str) -> Iterator[Objection]:
    """Characters that show nothing or turn the writing round: a text must be what it looks like (S14)."""
    for place, char in enumerate(text):
        if is_invisible(char):
            yield Objection("F", "invisible", f"U+{ord(char):04X}", field, line_at(text, place))


def is_invisible(char: str) -> bool:
    return char not in "\n\t" and unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")


def line_at(text: str, place: int) -> int:
    return text.count("\n", 0, place) + 1


def envelope_objections(*texts: str) -> list[Objection]:
    """CR-25: the envelope shows where a letter goes and who sends it, never why."""
    return [Objection("CR-25", "debt_word", hit.group(0)) for text in texts for hit in re.finditer(_DEBT_WORDS, text)]
