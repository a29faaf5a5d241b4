"""What a letter may say and carry, how mail numbers look, how a quality form is graded: plain functions on plain values."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Objection:
    """Why a letter may not go out: the rule, a code that the page puts into words, and the piece of text that is wrong."""

    rule: str
    code: str
    text: str = ""


# CR-24 for a card case: each part, and what in the template shows that it is there.
REQUIRED_PARTS: dict[str, str] = {
    "name": r"\{debtor_name\}",
    "balance": r"\{amount\}",
    "balance_date": r"\{balance_on\}",
    "split": r"\{accounts_table\}",
    "reason": r"逾期|未(?:按|能)[^。]{0,12}(?:还|偿)",
    "legal_basis": r"《[^》]{2,30}(?:法|法典|办法|条例|规定|合约|合同|章程)》",
    "rights": r"权利|有权",
    "duties": r"义务|应当",
    "check": r"核对|核实|查询",
    "pay": r"\{payee_account\}",
    "object": r"异议",
    "evidence": r"证据|凭证|证明材料",
    "bank_contact": r"\{client_phone\}",
    "seal": r"\{seal\}",
}
STATEMENT_PARTS = ("name", "balance", "balance_date", "split", "check", "object", "bank_contact")

# What no letter says, whoever wrote it. Each pattern with the rule that forbids it.
_FORBIDDEN: tuple[tuple[str, str, str], ...] = (
    ("CR-27", "look_alike", r"最后通牒|立案(?:通知|告知)|传票|逮捕|通缉|协查|强制执行(?:通知|令)|拘留(?:通知|决定)|执行局|刑侦|经侦|公安(?:局|厅|部|机关)通知"),
    ("CR-29", "borrow_elsewhere", r"套现|以贷养贷|借新还旧|(?:向|找)(?:亲友|朋友|家人|他人|网贷)[^。]{0,4}借|网贷"),
    (
        "CR-31",
        "threat",
        r"(?:将|立即|随时|马上|必将)[^。；]{0,10}(?:起诉|提起诉讼|申请仲裁|上门|曝光|公布|公开|告知您的(?:单位|家人|亲友)|通知您的(?:单位|家人|亲友)|冻结|查封|拘留|纳入失信)|失信被执行人|征信黑名单|影响(?:子女|家人|亲属)",
    ),
    ("CR-32", "crime", r"信用卡诈骗|恶意透支|报案|刑事(?:责任|追究)|涉嫌"),
    ("CR-28", "private_payee", r"微信|支付宝|个人账户|扫码(?:支付|付款|转账)|催收费|代理费|手续费由您"),
)
_FORBIDDEN_HEADINGS = r"法院|法庭|检察|公安|派出所|司法局|人民政府|政府|仲裁委|税务|央行|中国人民银行"
_TYPED_AMOUNT = r"[¥￥]\s*\d|\d[\d,，.]*\s*(?:万)?元|[零壹贰叁肆伍陆柒捌玖拾佰仟]{2,}[万元]"
_TYPED_ACCOUNT = r"\d(?:[ \-]?\d){12,}"  # longer than any phone number
# CR-25: what the outside of an envelope never says.
_DEBT_WORDS = r"催|欠|债|逾期|还款|清收|律师函|不良"


def content_objections(*, kind: str, heading: str, body: str, edges: Iterable[str], law_firm: str) -> list[Objection]:
    """Every objection to a template's own words (CR-24, 27–32); the filled values are the system's and are not judged."""
    everything = "\n".join([heading, *edges, body])
    found = [Objection("CR-24", part) for part in missing_parts(kind, body)]
    for rule, code, pattern in _FORBIDDEN:
        found += [Objection(rule, code, piece) for piece in _pieces(pattern, everything)]
    found += [Objection("CR-27", "look_alike", piece) for text in (heading, *edges) for piece in _pieces(_FORBIDDEN_HEADINGS, text)]
    found += [Objection("CR-30", "typed_amount", piece) for piece in _pieces(_TYPED_AMOUNT, everything)]
    found += [Objection("CR-28", "typed_account", piece) for piece in _pieces(_TYPED_ACCOUNT, everything)]
    if kind == "lawyer" and not law_firm.strip():
        found.append(Objection("CR-27", "no_law_firm"))
    return found


def missing_parts(kind: str, body: str) -> list[str]:
    parts = STATEMENT_PARTS if kind == "statement" else tuple(REQUIRED_PARTS)
    return [part for part in parts if not re.search(REQUIRED_PARTS[part], body)]


def envelope_objections(*texts: str) -> list[Objection]:
    """CR-25: the envelope shows where a letter goes and who sends it, never why."""
    return [Objection("CR-25", "debt_word", piece) for text in texts for piece in _pieces(_DEBT_WORDS, text)]


def _pieces(pattern: str, text: str) -> list[str]:
    return list(dict.fromkeys(found.group(0) for found in re.finditer(pattern, text)))


_TRACKING = {
    "china_post": r"[A-Z]{2}\d{9}CN|[A-Z]{2}\d{11}|\d{13}",
    "ems": r"[A-Z]{2}\d{9}CN|\d{13}",
    "sf": r"SF\d{12,15}|\d{12,15}",
}


def plain_tracking(text: str) -> str:
    """As scanners and people give it: full-width forms, blanks and case do not matter."""
    folded = "".join(chr(ord(char) - 0xFEE0) if 0xFF01 <= ord(char) <= 0xFF5E else char for char in text)
    return re.sub(r"[\s\-]", "", folded).upper()


def is_tracking_number(carrier: str, number: str) -> bool:
    """Whether the number has the form of this carrier's numbers."""
    return carrier in _TRACKING and re.fullmatch(_TRACKING[carrier], number, re.ASCII) is not None


def number_text(year: int, counter: int) -> str:
    return f"{year}-{counter:06d}"


@dataclass(frozen=True)
class SamplePlan:
    """A sampling rule as plain values: by the count (1: all, n: each n-th, 0: none) and by risk."""

    every: int
    lawyers_letters: bool = False
    amount_from: Decimal | None = None
    foreign_addresses: bool = False
    defects_from: int = 1


def sample_reasons(plan: SamplePlan, *, seed: int, place: int, facts: dict) -> list[str]:
    """Why a letter is checked; nothing: it is not. The same answer for the same values, whoever asks and when (annex 4).

    `facts` is what was known when it was dispatched: kind, amount, is_new_template, is_new_person, is_foreign_address, person_defects,
    carrier_defects. The day's seed moves the count's beginning, so that nobody knows beforehand whose turn it is.
    """
    risks = {
        "lawyer": plan.lawyers_letters and facts["kind"] == "lawyer",
        "amount": plan.amount_from is not None and Decimal(facts["amount"]) >= plan.amount_from,
        "new_template": facts["is_new_template"],
        "new_person": facts["is_new_person"],
        "address": plan.foreign_addresses and facts["is_foreign_address"],
        "person": facts["person_defects"] >= plan.defects_from,
        "carrier": facts["carrier_defects"] >= plan.defects_from,
    }
    by_count = ["all"] if plan.every == 1 else ["nth"] if plan.every and (place + seed) % plan.every == 0 else []
    return by_count + [name for name, is_given in risks.items() if is_given]


@dataclass(frozen=True)
class Mark:
    points: int
    grade: str


def severity_of(item: dict, asked: str) -> str:
    """A defect of a serious item is always a serious one."""
    return "serious" if item["serious"] else asked


def cost_of(item: dict, severity: str) -> int:
    """What a defect of this item costs, in points of 100."""
    return item["weight"] if severity == "serious" else item[severity]


def grade_of(items: Iterable[dict], defects: dict[str, str], *, serious_below: int = 60) -> Mark:
    """100 points less the cost of each defect, {item's code: severity}; one serious defect, or too few points, makes the whole serious."""
    found = [(item, severity_of(item, defects[item["code"]])) for item in items if item["code"] in defects]
    points = max(0, 100 - sum(cost_of(item, severity) for item, severity in found))
    if points < serious_below or any(severity == "serious" for _item, severity in found):
        return Mark(points, "serious")
    return Mark(points, "minor" if found else "pass")
