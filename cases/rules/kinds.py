"""What a file is for, and what a sheet of it holds: told by its columns and its name, confirmed by a person."""

import re
import unicodedata
from collections.abc import Collection, Sequence

from cases.choices import FileKind
from cases.rules.fields import AMOUNTS, MEANS_THERE, missing_fields
from cases.rules.headers import Column

_NAMES: tuple[tuple[str, str], ...] = (
    (FileKind.RETENTION, r"留案|延期|展期|续委"),
    (FileKind.RECORD, r"催记|催收记录|跟进记录|作业记录|通话记录"),
    (FileKind.WARNING, r"警告|预警|警示|风险提示"),
    (FileKind.RECALL, r"停催|撤案|撤回|召回|退案|结案|结清名单|恢复催收"),
    (FileKind.PAYMENT, r"还款|回款|入账|到账|缴款|划扣|(?<![a-z])cp(?![a-z])"),
    (FileKind.CONTACT, r"联系人|联系方式|号码更新|新增号码|新号码|电话更新|地址更新|通讯信息"),
    (FileKind.BALANCE, r"余额|对账|欠款更新|更新欠款|最新欠款|利息|数据更新|金额更新"),
    (FileKind.PLACEMENT, r"委案|新案|派案|分案|委外名单|入催"),
)
# Fields that only a file of the kind has, the surest kind first.
_TELLING: tuple[tuple[str, frozenset[str]], ...] = (
    (FileKind.RETENTION, frozenset({"retention.until"})),
    (FileKind.PAYMENT, frozenset({"payment.amount", "payment.date", "payment.payer"})),
    (FileKind.RECALL, frozenset({"recall.action", "recall.reason", "recall.on"})),
    (FileKind.RECORD, frozenset({"record.at", "record.text"})),
    (FileKind.BALANCE, frozenset({"balance.new_amount", "balance.date"})),
)
# By which field the rows of two sheets are put together, the surest first.
JOIN_FIELDS = ("case.no", "debtor.id_no", "card.no", "account.no", "contract.no")

# What a list of contacts that also names the debtor doesn't have.
_OF_A_CASE = frozenset({"placement.date", "product", "debtor.mobile", "debtor.home_addr", "debtor.employer", "overdue.stage"})


def guess_kind(fields: Collection[str], sheet_name: str, file_name: str) -> FileKind:
    """The kind that the sheet's name says, or the file's; without one, what the columns (guessed without a kind) are enough for.

    A name is believed only if the columns could be such a file's.
    """
    for name in (sheet_name, file_name):
        for kind, pattern in _NAMES:
            if re.search(pattern, unicodedata.normalize("NFKC", name).lower()) and _could_be(set(fields), kind):
                return FileKind(kind)
    if not missing_fields(set(fields)):
        return FileKind.PLACEMENT
    for kind, telling in _TELLING:
        if telling & set(fields) and _could_be(set(fields), kind):
            return FileKind(kind)
    return next(
        (FileKind(kind) for kind in (FileKind.WARNING, FileKind.CONTACT) if _could_be(set(fields), kind) and not set(AMOUNTS) & set(fields)), FileKind.PLACEMENT
    )


def _could_be(fields: set[str], kind: str) -> bool:
    meant = MEANS_THERE.get(kind, {})
    return not missing_fields(fields | {meant[field] for field in fields if field in meant}, kind)


def sheet_role(columns: Sequence[Column]) -> str:
    """What a sheet adds to a placement: "cases", or "contacts" or "accounts" of cases that another sheet holds; "" when it is neither.

    A sheet of cases may lack the amounts: missing_fields says so unless a sheet of accounts brings them.
    """
    fields = {column.field for column in columns if column.field}
    if not missing_fields(fields):
        return "cases"
    if not fields & set(JOIN_FIELDS):
        return ""
    is_case = not missing_fields(fields, has_accounts=True)
    if fields & set(AMOUNTS):
        return "accounts"
    if any(re.fullmatch(r"contact\.\d+\.(name|mobile|home_tel|work_tel)", field) for field in fields) and not (is_case and fields & _OF_A_CASE):
        return "contacts"
    return "cases" if is_case else ""


def join_field(columns: Sequence[Column], others: Sequence[Column]) -> str:
    """The field by which the rows of a sheet find their case in another; "" when they share none."""
    shared = {column.field for column in columns} & {column.field for column in others}
    return next((name for name in JOIN_FIELDS if name in shared), "")
