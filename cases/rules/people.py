"""Names and relations as banks write them."""

import re
from functools import lru_cache

from pypinyin import Style, lazy_pinyin
from pypinyin.seg.mmseg import seg

from cases.choices import Relation

# Read otherwise as surnames than as words.
_SURNAMES = {
    "单": "shan", "曾": "zeng", "仇": "qiu", "查": "zha", "解": "xie", "朴": "piao", "区": "ou", "盖": "ge", "任": "ren", "尉迟": "yuchi",
    "万俟": "moqi", "长孙": "zhangsun", "召": "shao", "缪": "miao", "繁": "po", "员": "yun", "逄": "pang", "洗": "xian", "冼": "xian", "翟": "zhai",
    "覃": "qin", "葛": "ge", "华": "hua", "燕": "yan", "纪": "ji", "折": "she", "黑": "he", "么": "yao", "隗": "wei", "乐": "yue", "句": "gou", "宓": "fu",
}  # fmt: skip

_HAN = re.compile("[\u4e00-\u9fff]+")

_RELATIONS: tuple[tuple[str, Relation], ...] = (
    (r"^(本人|持卡人|债务人|借款人|客户本人|主卡人|自己|self)", Relation.SELF),
    (r"村委|居委|社区|街道|村长|村支书|村干部|派出所", Relation.COMMITTEE),
    (r"配偶|夫妻|妻|丈夫|老公|老婆|爱人|太太|spouse|wife|husband", Relation.SPOUSE),
    (r"担保|保证人|共借|共同借款|连带|guarantor", Relation.GUARANTOR),
    (r"岳父|岳母|公公|婆婆|祖|爷|奶奶|外公|外婆|姥|叔|伯|姑|姨|舅|侄|甥|堂|表|亲戚|亲属|亲友|家属|家人|家庭|媳|婿|relative", Relation.RELATIVE),
    (r"父|母|爸|妈|双亲|parent|father|mother", Relation.PARENT),
    (r"兄|弟|姐|妹|哥|手足|sibling|brother|sister", Relation.SIBLING),
    (r"子女|儿子|女儿|长子|次子|长女|次女|^子$|^女$|孩子|child|son$|daughter", Relation.CHILD),
    (r"律师|代理人|lawyer", Relation.LAWYER),
    (r"同事|上司|领导|下属|老板|工作联系人|colleague", Relation.COLLEAGUE),
    (r"单位|公司|雇主|人事|hr$|employer", Relation.EMPLOYER),
    (r"朋友|同学|好友|战友|闺蜜|friend", Relation.FRIEND),
)


@lru_cache(maxsize=1024)
def read_relation(text: str) -> Relation:
    """Who 配偶, 母亲, 村委会主任, 同事 … is to the debtor; OTHER when the text does not say."""
    plain = re.sub(r"\s", "", text).lower()
    return next((relation for pattern, relation in _RELATIONS if re.search(pattern, plain)), Relation.OTHER)


@lru_cache(maxsize=20_000)
def _sounds(word: str) -> tuple[str, ...]:
    """The same words and characters come again and again: an import of many names would spend most of its time here."""
    return tuple(lazy_pinyin([word], style=Style.NORMAL))


@lru_cache(maxsize=4096)
@lru_cache(maxsize=1024)
def sound_of(text: str) -> str:
    """What words (not a name) are found by when typed on a keyboard: 单位：电话 → "danweidianhua dwdh"."""
    syllables = [part for part in lazy_pinyin(re.sub(r"\W+", "", text).lower(), style=Style.NORMAL) if part]
    return f"{''.join(syllables)} {''.join(part[0] for part in syllables)}"


def search_form(name: str) -> str:
    """What a name is found by when typed on a keyboard: 单小明 → "shanxiaoming sxm"."""
    surname = next((known for known in (name[:2], name[:1]) if known in _SURNAMES), "")
    given = name[len(surname) :]
    rest = [text for word in seg.cut(given) for text in _sounds(word)] if _HAN.fullmatch(given) else lazy_pinyin(given, style=Style.NORMAL)
    syllables = [word for text in rest for word in text.lower().split()]
    initials = "".join(word[0] for word in syllables)
    if surname:
        syllables.insert(0, _SURNAMES[surname])
        initials = ("".join(lazy_pinyin(surname, style=Style.FIRST_LETTER)) if len(surname) > 1 else _SURNAMES[surname][0]) + initials
    return f"{''.join(syllables)} {initials}"[:200]
