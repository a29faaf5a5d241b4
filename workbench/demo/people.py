"""Made-up persons: valid in form, belonging to nobody.

ID numbers use a district code (…99) that no district has, phones the segment 154 that no operator has, cards the range 629999.
The same number always makes the same person, so that a demo can be made again.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from collection.lib.identity import luhn_ok, resident_id_check_digit

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
DOUBLE = ("欧阳", "上官", "司马", "诸葛")
FIRST = "明国华建文志海永春秋雨雪晓思佳雅静丽敏慧婷欣怡子梓浩宇轩然博涵俊杰鹏飞龙虎强勇刚毅诚信德厚福安康宁"
SECOND = "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂凤洁梅琳素云莲真环雪荣爱妹香月莺媛瑞凡佳嘉琼勤珍贞莉"
# Districts that the post knows; the codes are no district's, so that no ID number is anybody's.
PLACES = [
    ("330199", "浙江省杭州市西湖区"),
    ("320599", "江苏省苏州市姑苏区"),
    ("310199", "上海市徐汇区"),
    ("440199", "广东省广州市天河区"),
    ("510199", "四川省成都市武侯区"),
    ("420199", "湖北省武汉市洪山区"),
    ("350199", "福建省福州市鼓楼区"),
    ("370199", "山东省济南市历下区"),
]
POSTCODES = {"33": "310000", "32": "215000", "31": "200000", "44": "510000", "51": "610000", "42": "430000", "35": "350000", "37": "250000"}
STREETS = ("清风路", "明月街", "春晓路", "听雨巷", "望江路", "青禾街", "松涛路", "云栖路")
COMPANIES = ("示例机电", "示例纺织", "示例物流", "示例食品", "示例建材", "示例软件", "示例餐饮", "示例贸易")
DAYS = 12_000  # born 1964 to 1997
IDS = len(PLACES) * DAYS * 1000
_STEP = 48_271  # shares no factor with IDS: every number below IDS gets an ID of its own


@dataclass(frozen=True)
class Person:
    name: str
    id_no: str
    gender: str
    born_on: date
    mobile: str
    home: str
    postcode: str
    company: str
    work_phone: str


def person(number: int) -> Person:
    rng = Random(number)
    place, born_on, sequence = _parts(number)
    code, city = PLACES[place]
    first = f"{code}{born_on:%Y%m%d}{sequence:03}"
    return Person(
        name=person_name(rng),
        id_no=first + resident_id_check_digit(first),
        gender="male" if sequence % 2 else "female",
        born_on=born_on,
        mobile=mobile(number),
        home=f"{city}{rng.choice(STREETS)}{rng.randint(1, 300)}号{rng.randint(1, 30)}幢{rng.randint(1, 4)}单元{rng.randint(1, 18)}0{rng.randint(1, 4)}室",
        postcode=POSTCODES[code[:2]],
        company=f"{city[:2]}{rng.choice(COMPANIES)}有限公司",
        work_phone=f"0571-2{number % 10_000_000:07}",
    )


def _parts(number: int) -> tuple[int, date, int]:
    scrambled = number * _STEP % IDS
    rest, sequence = divmod(scrambled, 1000)
    place, day = divmod(rest, DAYS)
    return place, date(1964, 6, 1) + timedelta(days=day), sequence


def person_name(rng: Random) -> str:
    surname = rng.choice(DOUBLE) if rng.random() < 0.02 else rng.choice(SURNAMES)
    return surname + (rng.choice(FIRST) if rng.random() < 0.8 else "") + rng.choice(SECOND)


def mobile(number: int) -> str:
    return f"154{number * 7_919 % 100_000_000:08}"


def card(number: int) -> str:
    """16 digits that pass Luhn, in a range that no bank has."""
    first = f"629999{number % 1_000_000_000:09}"
    return next(first + digit for digit in "0123456789" if luhn_ok(first + digit))
