"""How carriers word their files: heads of columns, results, reasons, days. Plain functions on text."""

import re
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum

from letters.choices import ReturnReason


class Column(StrEnum):
    NUMBER = "number"
    TRACKING = "tracking"
    ADDRESSEE = "addressee"
    ADDRESS = "address"
    OUTCOME = "outcome"
    REASON = "reason"
    DAY = "day"


# The first pattern that a head fits decides; each column is taken once.
_HEADS = (
    (Column.TRACKING, r"邮件号|邮件编号|运单|快递单号|单号|挂号|条码|tracking|waybill"),
    (Column.NUMBER, r"函件编?号|信函编?号|函号|信件编号|letternumber|letterno"),
    (Column.REASON, r"原因|reason"),
    (Column.DAY, r"日期|时间|date|day"),
    (Column.OUTCOME, r"结果|状态|妥投|投递情况|status|result"),
    (Column.ADDRESSEE, r"收件人|收信人|姓名|addressee|recipient|^name$"),
    (Column.ADDRESS, r"地址|寄达地|address"),
)
_RETURNED = r"退|拒收|未妥投|无法投递|查无|returned|undeliver"
_DELIVERED = r"妥投|签收|已投|投递成功|本人收|代收|delivered|signed"
_REASONS = (
    (ReturnReason.REFUSED, r"拒收|拒签|拒绝|refus"),
    (ReturnReason.MOVED, r"迁|搬|moved"),
    (ReturnReason.UNKNOWN, r"查无此人|无此人|unknown"),
    (ReturnReason.NO_SUCH_PLACE, r"地址不详|地址有误|地址错|无此地|查无地|拆迁|nosuch"),
    (ReturnReason.NOT_COLLECTED, r"逾期|未领|无人(?:领|签收)|未取|notcollected|unclaimed"),
)


@dataclass
class Line:
    """One line of a carrier's file. Addressee and address only help to find the letter; they are not kept."""

    row: int
    number: str = ""
    tracking: str = ""
    outcome: str = ""
    reason: str = ""
    on: date | None = None
    letter: int = 0
    fault: str = ""
    warning: str = ""
    addressee: str = ""
    address: str = ""

    def stored(self) -> dict:
        kept = asdict(self) | {"on": self.on.isoformat() if self.on else ""}
        del kept["addressee"], kept["address"]
        return kept

    @classmethod
    def kept(cls, stored: dict) -> "Line":
        """As it was read, to be judged again; how its letter was found stays known."""
        warning = stored["warning"] if stored["warning"] in ("by_name", "by_order") else ""
        fault = stored["fault"] if stored["fault"] == "addressee" else ""
        on = date.fromisoformat(stored["on"]) if stored["on"] else None
        return cls(**(stored | {"on": on, "letter": 0, "fault": fault, "warning": warning}))


def columns_of(cells: list[str]) -> dict[Column, int]:
    """Which column is what, by a row that may be the header."""
    found: dict[Column, int] = {}
    for place, cell in enumerate(cells):
        head = re.sub(r"[\s_\-.]", "", cell).lower()
        if not head or len(head) > 20:
            continue
        column = next((column for column, pattern in _HEADS if re.search(pattern, head)), None)
        if column and column not in found:
            found[column] = place
    return found


def outcome_in(text: str) -> str:
    """delivered, returned, or "" when the words say neither. "未妥投" is no delivery."""
    plain = re.sub(r"\s", "", text).lower()
    if re.search(_RETURNED, plain):
        return "returned"
    return "delivered" if re.search(_DELIVERED, plain) else ""


def reason_in(text: str) -> str:
    plain = re.sub(r"\s", "", text).lower()
    return next((str(reason) for reason, pattern in _REASONS if re.search(pattern, plain)), str(ReturnReason.OTHER))


def day_in(text: str) -> date | None:
    found = re.search(r"(20\d\d)\D?(\d{1,2})\D?(\d{1,2})", text)
    if not found:
        return None
    try:
        return date(*map(int, found.groups()))
    except ValueError:
        return None
