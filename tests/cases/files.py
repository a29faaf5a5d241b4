"""Small made-up bank files, built when a test needs them."""

import io
import itertools
from datetime import date
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from msoffcrypto.format.ooxml import OOXMLFile
from openpyxl import Workbook

from tests.factories import make_id_no

HEADERS = [
    "案件编号",
    "姓名",
    "身份证号",
    "委案金额",
    "委案日期",
    "手机号码",
    "单位名称",
    "单位电话",
    "家庭地址",
    "卡号",
    "联系人1姓名",
    "联系人1关系",
    "联系人1手机",
    "逾期阶段",
    "客户经理",
]
_numbers = itertools.count(1)


def luhn(number: str) -> str:
    """The number with its check digit."""
    total = 0
    for index, digit in enumerate(reversed(number)):
        value = int(digit) * (1 if index % 2 else 2)
        total += value - 9 if value > 9 else value
    return f"{number}{-total % 10}"


def row(**cells: Any) -> dict[str, Any]:
    """A good row; give what the test is about by header."""
    number = next(_numbers)
    plain = {
        "案件编号": f"A{number:06}",
        "姓名": f"王小{'一二三四五六七八九'[number % 9]}",
        "身份证号": make_id_no(number, born=f"19{60 + number % 39}0{1 + number // 1000 % 9}1{number % 10}"),
        "委案金额": 10000 + number,
        "委案日期": date(2026, 11, 20),
        "手机号码": f"139{number:08}",
        "单位名称": "示例机械厂",
        "单位电话": "0571-88001234",
        "家庭地址": "浙江省杭州市西湖区文三路1号",
        "卡号": luhn(f"62220210{number:07}"),
        "联系人1姓名": "李四",
        "联系人1关系": "配偶",
        "联系人1手机": f"137{number:08}",
        "逾期阶段": "M3",
        "客户经理": "赵经理",
    }
    return plain | cells


def workbook(
    rows: list[dict[str, Any]], headers: list[str] | None = None, *, above: list[list[Any]] = (), below: list[list[Any]] = (), sheet: str = "名单"
) -> bytes:
    """An .xlsx of these rows, with title rows above and total rows below."""
    book = Workbook()
    page = book.active
    page.title = sheet
    headers = headers or list(rows[0]) if rows else headers or HEADERS
    for line in (*above, headers, *([item.get(header) for header in headers] for item in rows), *below):
        page.append(list(line))
    for cell in (cell for line in page.iter_rows() for cell in line if cell.data_type == "f"):
        cell.data_type = "s"  # a bank's text that only looks like a formula
    return content_of(book)


def content_of(book: Workbook) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def upload(content: bytes, name: str = "委案名单.xlsx") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def written(folder: Path, content: bytes, name: str = "file.xlsx") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def lock(content: io.BytesIO, into: io.BytesIO, password: str) -> None:
    """The workbook, encrypted as Excel does."""
    OOXMLFile(content).encrypt(password, into)
