"""What a column header means: the dictionary of headers that banks use, and the spellings that are made of its words."""

import csv
import re
import unicodedata
from functools import lru_cache
from pathlib import Path

from cases.rules.fields import FIELDS, FURTHER, MEANS_THERE, NUMBERED

_DATA = Path(__file__).resolve().parent.parent / "data"
HEADERS, UPDATE_HEADERS = _DATA / "headers.csv", _DATA / "update_headers.csv"
# Below this a guess is not made: the column is kept as it is.
SURE_ENOUGH = 0.5
WELL_KNOWN = 0.9

_CURRENCIES = {
    "CNY": ("人民币", "rmb", "cny"), "USD": ("美元", "美金", "usd"), "HKD": ("港币", "港元", "hkd"), "EUR": ("欧元", "eur"), "JPY": ("日元", "日币", "jpy"),
    "GBP": ("英镑", "gbp"), "AUD": ("澳元", "澳币", "aud"), "CAD": ("加元", "cad"), "SGD": ("新加坡元", "新币", "sgd"), "MOP": ("澳门元", "葡币", "mop"),
}  # fmt: skip
_CURRENCY_OF = {name: code for code, names in _CURRENCIES.items() for name in names}
# A Latin code stands alone: "eur" in "europe" is none.
_CURRENCY = re.compile("|".join(rf"(?<![a-z]){name}(?![a-z])" if name.isascii() else name for name in _CURRENCY_OF))
_UNITS = {"亿元": 100_000_000, "亿": 100_000_000, "万元": 10_000, "万": 10_000, "千元": 1_000, "千": 1_000, "百元": 100, "元": 1, "分": 0.01}
_NOISE = re.compile(r"[\s*＊_\-—·:：/\\.。、,，'\"“”()（）\[\]【】<>《》#]+")
_BRACKETS = re.compile(r"[(（\[【]([^()（）\[\]【】]*)[)）\]】]")
_SAID_ALOUD = {"必填", "选填", "可空", "必填项", "非必填", "浦发专用"}

_NUMERALS = {sign: number for number, sign in enumerate("一二三四五六七八九", 1)} | {str(number): number for number in range(1, 10)}
_NUMERAL = re.compile(r"第([1-9一二三四五六七八九])(?:个|位)?|([1-9一二三四五六七八九])")
_CONTACT = re.compile(r"联系(?!人|电话|方式|地址|号码)|联络人")
# A known header inside a longer one: these around it say that somebody else is meant, or something about the value.
_SOMEBODY_ELSE = re.compile(
    r"[父母夫妻兄弟姐妹亲]|配偶|子女|儿子|女儿|家属|联系人|联络|担保|保证人|共[借同有]|房东|朋友|同事|同学|介绍|推荐|紧急|经办|经理|催收|业务员|法人|代表|经销|门店|对方"
    r"|律师|代理|[附副]卡|收款|还款|入账|代扣"
)
_SOMETHING_ELSE = re.compile(
    r"归属|状态|标志|标识|标记|比例|占比|率|次数|个数|有效|到期|备注|说明|类型|类别|来源|是否|结果|核实|验证|性质|代码|等级|评分|上[期月次]|历史|减免|已|原|预计|计划|平均|可用"
    r"|最[大小高低近后]|首次|末次|下次|前[次手]"
)


@lru_cache(maxsize=8192)
def normalise(header: str) -> str:
    """What headers are compared by: folded forms, lower case, no blanks or marks, no unit and no "required"."""
    folded = unicodedata.normalize("NFKC", header).lower()
    folded = _BRACKETS.sub(lambda found: "" if _is_aside(found.group(1)) else found.group(0), folded)
    return _NOISE.sub("", folded)


def _is_aside(text: str) -> bool:
    text = _aside(text)
    return text in _UNITS or text in _SAID_ALOUD or (text.removesuffix("元") or text) in _CURRENCY_OF or text in _CURRENCY_OF


def _aside(text: str) -> str:
    """万元 of 单位：万元 or 人民币万元."""
    text = re.sub("^(金额)?单位", "", _NOISE.sub("", text))
    return text[3:] if text.startswith("人民币") and len(text) > 3 else text


def asides(header: str) -> list[str]:
    """The remarks in brackets that name a unit or a currency: ["万元"] of 委案金额（万元）."""
    folded = unicodedata.normalize("NFKC", header).lower()
    return [text for text in _BRACKETS.findall(folded) if _aside(text) in _UNITS or _CURRENCY.search(text)]


def currency_and_unit(header: str) -> tuple[str, int | float]:
    """What the header says of its amounts: ("USD", 1) for 委案金额(美元), ("", 10000) for 欠款（万元）, ("", 0.01) for 金额（分）."""
    folded = unicodedata.normalize("NFKC", header).lower()
    currency = _CURRENCY.search(folded)
    unit = next((_UNITS[_aside(text)] for text in _BRACKETS.findall(folded) if _aside(text) in _UNITS), 0)
    return _CURRENCY_OF[currency.group()] if currency else "", unit or (10_000 if "万元" in folded else 1)


# Longer texts are no headers and name no unit.
LONGEST_SAYING = 200


def names_a_unit(header: str) -> bool:
    folded = unicodedata.normalize("NFKC", header).lower()
    return "万元" in folded or any(_aside(text) in _UNITS for text in _BRACKETS.findall(folded))


def unit_said(text: str) -> int | float:
    """The unit of a whole table, said above it: 10000 for 单位：万元; 0 when the text says none."""
    if len(text) > LONGEST_SAYING:
        return 0
    found = re.search(r"单位\s*[:：]\s*(?:人民币\s*)?([亿万千百]?元|分)", unicodedata.normalize("NFKC", text))
    return _UNITS[found.group(1)] if found else 0


@lru_cache(maxsize=16)
def dictionary(kind: str = "") -> dict[str, tuple[str, float]]:
    """{normalised header: (field, how sure)} in a file of this kind; without a kind, of every kind, a placement's first.

    A header whose field has no meaning in such a file is known as no field's: ("", 0).
    """
    base = {normalise(row["header"]): (row["field"], float(row["confidence"])) for row in reversed(_read(HEADERS))}
    updates = [(row["kind"], normalise(row["header"]), (row["field"], float(row["confidence"]))) for row in _read(UPDATE_HEADERS)]
    if not kind:
        for _kind, header, known in updates:
            base.setdefault(header, known)
        return base
    meant = {header: (MEANS_THERE.get(kind, {}).get(field, field), sure) for header, (field, sure) in base.items()}
    meant |= {header: known for file, header, known in updates if file == kind}
    return {header: (field, sure) if kind in FIELDS[field].files else ("", 0.0) for header, (field, sure) in meant.items()}


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@lru_cache(maxsize=8192)
def match_header(header: str, kind: str = "") -> tuple[str, float]:
    """The field that a header names, and how sure: 1 for a known header, less for one that only contains a known one."""
    text = normalise(header)
    if not text:
        return "", 0.0
    return _match_whole(text, kind) or _match_part(text, kind)


def is_well_known(header: str) -> bool:
    text = normalise(header)
    found = _match_whole(text, "") if text else None
    return bool(found and found[1] >= WELL_KNOWN)


def _match_whole(text: str, kind: str) -> tuple[str, float] | None:
    known = dictionary(kind)
    if text in known:
        return known[text]
    plain = _CURRENCY.sub("", text)
    return known.get(plain) or _match_numbered(plain, known)


def _match_numbered(text: str, known: dict[str, tuple[str, float]]) -> tuple[str, float] | None:
    """联系人2-姓名, 第二联系人姓名, 联系人姓名2, 联系2姓名, 紧急联系人2电话: the number taken out, its words are in the dictionary."""
    text = _CONTACT.sub("联系人", text)
    if text in known:
        return known[text]
    for found in _NUMERAL.finditer(text):
        field, sure = known.get(text[: found.start()] + text[found.end() :], ("", 0.0))
        if field.startswith("contact.") and (numbered := nth_contact(field, _NUMERALS[found.group(1) or found.group(2)])):
            return numbered, sure
    return None


def nth_contact(field: str, number: int) -> str:
    """The field of the n-th person of a slot: ("contact.1.name", 3) → contact.3.name, the second guarantor's …; "" when there is no slot for one more."""
    _contact, slot, part = field.split(".")
    if number == 1:
        return field
    place = number if int(slot) in NUMBERED else FURTHER.get((int(slot), number), 0)
    return f"contact.{place}.{part}" if place in NUMBERED or place in FURTHER.values() else ""


def _match_part(text: str, kind: str) -> tuple[str, float]:
    """The longest known header inside this one; of two as long, the surer."""
    best, longest = ("", 0.0), (1, 1.0)
    for name, (target, sure) in dictionary(kind).items():
        if (
            (len(name), sure) > longest
            and name in text
            and target
            and (len(name) > 2 or len(name) * 2 >= len(text))
            and not _means_another(target, text.replace(name, ""))
        ):
            best, longest = (target, round(sure * (0.35 + 0.5 * len(name) / len(text)), 2)), (len(name), sure)
    return best


def _means_another(target: str, rest: str) -> bool:
    """父亲手机 is not the debtor's mobile, 手机归属 is no mobile, 联系人7姓名 is not the first contact."""
    if target.startswith("contact.") and _NUMERAL.search(rest):
        return True
    is_personal = target.startswith("debtor.") or target in ("account.no", "card.no")
    return bool(_SOMETHING_ELSE.search(rest) or (is_personal and _SOMEBODY_ELSE.search(rest)))


def names_somebody_else(header: str) -> bool:
    return bool(_SOMEBODY_ELSE.search(normalise(header)))
