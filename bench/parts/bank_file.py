"""A made-up bank's file of 40 filled columns, as large as one likes, written as Excel writes it: shared strings, numbers, real dates."""

import random
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import chain
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from cases.rules.headers import letters_of
from collection.lib.identity import resident_id_check_digit

HEADERS = (
    "案件编号", "姓名", "身份证号", "性别", "卡号", "账号", "币种", "委案金额", "本金", "利息",
    "违约金", "最低还款额", "信用额度", "账单日", "开卡日期", "逾期日期", "逾期天数", "逾期阶段", "产品名称", "地区",
    "委案日期", "退案日期", "最后还款日期", "最后还款金额", "手机号码", "家庭电话", "家庭地址", "家庭邮编", "单位名称", "单位电话",
    "单位地址", "联系人1姓名", "联系人1关系", "联系人1手机", "联系人2姓名", "联系人2关系", "联系人2手机", "邮箱", "客户号", "备注",
)  # fmt: skip
PLACED = date(2026, 11, 20)
_SURNAMES, _GIVEN = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗",
    ("伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉萍红文建国志海永金春荣东晓雪梅云龙飞鹏宇浩然子轩雨欣佳怡思琪嘉诚俊博瑞泽晨阳婷莉慧颖倩琳璐瑶"),
)
_CITIES = ("杭州市西湖区", "南京市鼓楼区", "成都市武侯区", "武汉市江汉区", "长沙市岳麓区", "西安市雁塔区")
_EPOCH = date(1899, 12, 30)
_LETTERS = [letters_of(index) for index in range(len(HEADERS))]


def rows(count: int, *, first: int = 0) -> Iterator[list[Any]]:
    """People `first` to `first + count`, each once, the same ones every time."""
    for number in range(first, first + count):
        yield _row(number, random.Random(number))


def _row(number: int, chance: random.Random) -> list[Any]:
    principal, interest, fee = (round(chance.uniform(500, most), 2) for most in (60_000, 6_000, 900))
    city, name, overdue = chance.choice(_CITIES), _name(chance), chance.randrange(31, 900)
    born = date(1955, 1, 1) + timedelta(days=number % 18_000)
    id_no = _id_no(number, born)
    person = [f"BANK{number:09}", name, id_no, "男" if int(id_no[16]) % 2 else "女", _luhn(f"62220{number:010}"), f"AC{number:012}", "人民币"]
    debt = [round(principal + interest + fee, 2), principal, interest, fee, round(principal / 10, 2), 50_000, 1 + number % 28]
    days = [date(2016, 1, 4) + timedelta(days=number % 2_000), PLACED - timedelta(days=overdue), overdue, f"M{min(overdue // 30, 24)}"]
    placed = ["标准信用卡", city[:3], PLACED, date(2027, 5, 20), PLACED - timedelta(days=overdue + 30), round(principal / 20, 2)]
    home = [_mobile(chance), f"0571{chance.randrange(20_000_000, 89_999_999)}", f"{city}文三路{number % 900 + 1}号{number % 30 + 1}幢", "310012"]
    work = [f"{city[:2]}第{number % 5_000}机械厂", f"0571-{chance.randrange(20_000_000, 89_999_999)}转{number % 900}", f"{city}工业路{number % 700}号"]
    others = [_name(chance), "配偶", _mobile(chance), _name(chance), chance.choice(("同事", "朋友", "兄弟")), _mobile(chance)]
    return [*person, *debt, *days, *placed, *home, *work, *others, f"user{number}@example.com", f"CN{number:010}", f"经办第{number % 40}组"]


def _name(chance: random.Random) -> str:
    return chance.choice(_SURNAMES) + "".join(chance.choices(_GIVEN, k=chance.randrange(1, 3)))


def _mobile(chance: random.Random) -> str:
    return f"13{chance.randrange(10**9):09}"


def _id_no(number: int, born: date) -> str:
    """Nobody else's: the birthdays come round after 18,000 people, then the last digits differ."""
    first = f"330106{born:%Y%m%d}{number // 18_000 % 1_000:03}"
    return first + resident_id_check_digit(first)


def _luhn(number: str) -> str:
    digits = [int(digit) * (1 if place % 2 else 2) for place, digit in enumerate(reversed(number))]
    return f"{number}{-sum(digit - 9 if digit > 9 else digit for digit in digits) % 10}"


# --- the workbook ----------------------------------------------------------------------------------------------------------------

_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/>'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
    '<Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>'
    '<Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>'
)
_MAIN, _OFFICE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATION = '<Relationship Id="{id}" Type="' + _OFFICE + '/{kind}" Target="{target}"/>'
_BOOK = f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets><sheet name="名单" sheetId="1" r:id="rId1"/></sheets></workbook>'
_STYLES = (
    f'<styleSheet xmlns="{_MAIN}"><fonts count="1"><font/></fonts><fills count="1"><fill><patternFill patternType="none"/></fill></fills><borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


def write_workbook(path: Path, lines: Iterable[list[Any]]) -> Path:
    """The headers and these lines as an .xlsx; a writer of our own, because a library takes minutes for 300,000 lines."""
    strings: dict[str, int] = {}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as book:
        book.writestr("[Content_Types].xml", _TYPES)
        book.writestr("_rels/.rels", _relations(("officeDocument", "xl/workbook.xml")))
        book.writestr("xl/workbook.xml", _BOOK)
        parts = (("worksheet", "worksheets/sheet1.xml"), ("styles", "styles.xml"), ("sharedStrings", "sharedStrings.xml"))
        book.writestr("xl/_rels/workbook.xml.rels", _relations(*parts))
        book.writestr("xl/styles.xml", _STYLES)
        with book.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(f'<worksheet xmlns="{_MAIN}"><sheetData>'.encode())
            for number, line in enumerate(chain([HEADERS], lines), start=1):
                sheet.write(_line(number, line, strings).encode())
            sheet.write(b"</sheetData></worksheet>")
        with book.open("xl/sharedStrings.xml", "w", force_zip64=True) as part:
            part.write(f'<sst xmlns="{_MAIN}" uniqueCount="{len(strings)}">'.encode())
            part.writelines(f"<si><t>{escape(text)}</t></si>".encode() for text in strings)
            part.write(b"</sst>")
    return path


def _relations(*targets: tuple[str, str]) -> str:
    lines = (_RELATION.format(id=f"rId{number}", kind=kind, target=target) for number, (kind, target) in enumerate(targets, start=1))
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{"".join(lines)}</Relationships>'


def _line(number: int, line: Iterable[Any], strings: dict[str, int]) -> str:
    cells = (_cell(f"{letters}{number}", value, strings) for letters, value in zip(_LETTERS, line, strict=True))
    return f'<row r="{number}">{"".join(cells)}</row>'


def _cell(place: str, value: Any, strings: dict[str, int]) -> str:
    if isinstance(value, str):
        return f'<c r="{place}" t="s"><v>{strings.setdefault(value, len(strings))}</v></c>'
    if isinstance(value, date):
        return f'<c r="{place}" s="1"><v>{(value - _EPOCH).days}</v></c>'
    return f'<c r="{place}"><v>{value}</v></c>'
