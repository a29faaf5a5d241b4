"""What the import says in words: why a file was rejected, what is wrong with a cell and how to mend it, what a column holds.

Codes and values are stored, words are made here in the reader's language.
"""

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases.choices import CaseState
from cases.rules.fields import FIELDS, FURTHER, NUMBERED

# code: what is wrong with the file. %(detail)s is what the reader said; where the sentence has no place for it, it is the place in the file.
FAILURES: dict[str, Any] = {
    "locked": _("The file is locked with a password. Enter the password that the bank gave."),
    "wrong_password": _("The password does not open the file. Ask the bank for the right one."),
    "empty": _("The file is empty."),
    "not_a_table": _("The file is not a readable table (.xlsx, .xls, .xlsb, .ods, .csv). Ask the bank to send it again."),
    "truncated": _("The file breaks off before its end. Ask the bank to send it again."),
    "html": _("The file is a web page that is only named as a spreadsheet. Open it in Excel, save it as .xlsx, and send it again."),
    "xml_table": _("The file is an XML table of Excel 2003. Open it in Excel, save it as .xlsx, and register it again."),
    "archive": _("The file is a packed archive. Unpack it and register the files in it."),
    "other_archive": _("Archives of this kind are not unpacked. Ask the bank for a .zip, or unpack it and register the files in it."),
    "not_an_archive": _("The file is not a .zip archive."),
    "nested_archive": _("There is an archive in the archive. Unpack it and register the files in it."),
    "archive_too_large": _("The archive is larger than what is unpacked at once (200 files, 1 GB). Unpack it and register the files in parts."),
    "locked_other": _("The file is locked in a way that is not opened here. Save it without a password and register it again."),
    "other_format": _("Files of this format are not read. Save it as .xlsx and register it again."),
    "macros": _("The file contains macros. Save it as .xlsx without macros and register it again."),
    "embedded": _("The file has other files or controls embedded in it. Save it without them and register it again."),
    "zip_bomb": _("The file unpacks to far more than a table can be. It was not opened."),
    "bad_container": _("The inside of the file is not that of a spreadsheet. It was not opened."),
    "bad_xml": _("The file carries document types or an encoding that spreadsheets do not have. It was not opened."),
    "too_large": _("The file is larger than what is read at once (500,000 rows, 1,000 columns). Split it and register the parts."),
    "too_many_sheets": _("The file has more than 100 sheets. Split it and register the parts."),
    "too_slow": _("Reading the file took too long and was stopped."),
    "crashed": _("The file stopped the reader; it is damaged or was made to do harm. Nothing of it was taken."),
    "count_mismatch": _("Two counts of the rows differ (%(detail)s), so rows would be lost. Open the file in Excel, save it, and register it again."),
    "formulas_not_calculated": _("The file has formulas without results. Open it in Excel, save it, and register it again."),
    "broken_csv": _("The text file breaks off or has an unclosed quotation mark. Ask the bank to send it again."),
    "no_table": _("No sheet has a row of known column headers. Check that it is a placement file."),
    "no_rows": _("The file has headers but no rows."),
    "too_many_attempts": _("The work on this file was broken off several times. Tell the administrator."),
    "file_missing": _("The stored file is gone. Tell the administrator."),
}

# code: (what is wrong, how to mend it).
FINDINGS: dict[str, tuple[Any, Any]] = {
    "required_missing": (_("A required value is missing."), _("Enter it, or ask the bank.")),
    "too_long": (_("The value is longer than %(most)s characters."), _("Shorten it.")),
    "text_cut": (_("The value is longer than %(most)s characters; it was shortened."), _("The whole text is kept with the case.")),
    "id_form": (_("Not an ID number of a known form."), _("Check it against the bank's file; enter 18 digits.")),
    "id_birth": (_("The birth date in the ID number does not exist."), _("Ask the bank for the right number.")),
    "id_checksum": (_("The check digit of the ID number is wrong."), _("Ask the bank for the right number.")),
    "lost_precision": (_("The spreadsheet has stored this number with lost digits; it cannot be restored."), _("Ask the bank to send the column as text.")),
    "amount_form": (_("Not an amount."), _("Enter a number.")),
    "amount_negative": (_("The amount is negative."), _("Enter the amount owed, or leave the row out.")),
    "amount_parts": (_("The amount %(total)s is not the sum of its parts, %(parts)s."), _("Check which one is right.")),
    "currency_unknown": (_("The currency is not known."), _("Enter CNY, USD, HKD, EUR or JPY.")),
    "foreign_only": (_("There is no amount in yuan; the case counts as 0."), _("The foreign amount is kept with its account.")),
    "number_form": (_("Not a number that fits here; it was not taken."), _("The text is kept with the case.")),
    "date_form": (_("Not a date."), _("Enter it as 2026-01-04.")),
    "date_order": (_("The case would go back before it was placed."), _("Correct one of the two dates.")),
    "overdue_later": (_("Overdue since a day after the placement."), _("Check the date.")),
    "phone_form": (_("Not a phone number."), _("Enter 11 digits, or area code and number. The text is kept with the case.")),
    "card_luhn": (_("The check digit of the card number is wrong."), _("Compare the number with the bank's file.")),
    "duplicate_in_file": (_("The same case is in row %(row)s of sheet %(sheet)s already."), _("Leave one of the rows out, or correct the number.")),
    "case_exists": (_("This client's case of that number is already being worked (placement %(placement)s)."), _("Leave the row out, or correct the number.")),
    "debtor_known": (_("The debtor is known from another case. The case is linked to the same person."), _("Nothing to do.")),
    "debtor_differs": (
        _("The debtor is known with other data (%(differs)s). The known data stays as it is."),
        _("Check whether it is the same person; the ID number may be wrong."),
    ),
    "case_returned": (_("The case was here before (placement %(placement)s) and has ended. It starts anew."), _("Nothing to do.")),
    "hidden_row": (_("The row is hidden in the bank's file."), _("Ask the bank whether it counts, or leave it out.")),
    "join_missing": (_("The row does not say which case it belongs to."), _("Enter it, or leave the row out.")),
    "join_unknown": (_("The case that the row belongs to is not in the file."), _("Correct the number, or leave the row out.")),
    "birth_differs": (_("Birthday or age do not agree with the ID number."), _("Check the ID number with the bank; the text is kept with the case.")),
    "gender_differs": (_("The gender does not agree with the ID number."), _("Check the ID number with the bank; the text is kept with the case.")),
    "date_future": (_("The day is still to come."), _("Check the date.")),
    "case_unknown": (_("This client has no such case here."), _("Correct the number, or leave the row out.")),
    "case_ambiguous": (_("Several cases of this client fit."), _("Enter the case number, or leave the row out.")),
    "case_ended": (_("The case has ended; nothing more is changed on it."), _("Leave the row out.")),
    "debtor_mismatch": (_("The case belongs to a person with another ID number."), _("Check the case number with the bank, or leave the row out.")),
    "name_mismatch": (_("The case's debtor has another name."), _("Check the case number with the bank.")),
    "same_row_twice": (_("Another row of the file says the same of this case, or something else."), _("Leave one of the rows out.")),
    "account_unknown": (_("The case has no such card or account in this currency."), _("Correct the number, or leave the column out.")),
    "account_unclear": (_("The case has several accounts; the row does not say which one it means."), _("Enter the card number, or leave the row out.")),
    "total_missing": (_("Parts of the debt without the total, and the principal is not known."), _("Ask the bank for the balance.")),
    "action_unknown": (
        _("The row does not say what is to be done: stop, resume, recall, return or settle."),
        _("Enter 停催, 恢复, 撤案, 退案 or 结案; or have it said in the name of the sheet or the file."),
    ),
    "accounts_missing": (_("No account of this case on the other sheet, and no amount on this one."), _("Ask the bank for the account, or leave the row out.")),
    "accounts_differ": (
        _("The amount %(total)s is not the sum of the case's accounts on the other sheet, %(parts)s; the accounts count."),
        _("Check which one is right."),
    ),
    "stopped_by_us": (_("The case was stopped here, not by the bank."), _("Ask the team lead to lift the stop, or leave the row out.")),
    "not_yet": (_("The day is still to come."), _("Correct the day, or import the row when it has come.")),
    "payment_unknown": (_("There is no payment of this amount to take back."), _("Check the amount with the bank, or leave the row out.")),
    "payment_known": (_("This payment is on record already; it is not taken twice."), _("Nothing to do.")),
    "payment_twice": (_("Two rows with the same amount on the same day: they count as two payments."), _("Leave one out if it is one payment.")),
    "payment_in_balance": (_("The balance that the bank stated has this payment in it already; the balance stays."), _("Nothing to do.")),
    "paid_after_end": (_("The case has ended; the payment is recorded all the same."), _("Nothing to do.")),
    "overpaid": (_("More is paid than was owed."), _("Check the amount, or ask the bank for the balance.")),
    "rest_waived": (_("The bank says that it is settled, though %(rest)s are left."), _("Check that the bank waives the rest.")),
    "nothing_owed": (_("Nothing is owed any more; the case stays open until the bank settles it."), _("Ask the bank whether the case is settled.")),
    "balance_older": (_("A balance as of %(day)s is known already; this older one changes nothing."), _("Nothing to do.")),
    "retention_past": (_("The day until which the case stays is over."), _("Correct the day.")),
    "retention_shorter": (_("The case was to stay until %(day)s; now it goes back earlier."), _("Check the day.")),
    "contact_known": (_("All of it is known already."), _("Nothing to do.")),
    "no_change": (_("The case is so already; the row changes nothing."), _("Nothing to do.")),
    "control_amount": (
        _("The file says %(said)s %(currency)s in row %(row)s; the rows add up to %(found)s."),
        _("Look for missing, doubled or left-out rows, or ask the bank which sum is right."),
    ),
    "control_count": (
        _("The file says %(said)s cases in row %(row)s; %(found)s were read."),
        _("Look for missing, doubled or left-out rows, or ask the bank how many there are."),
    ),
}

LEFT_OUT = {
    "total": _("Total row"), "footer": _("Note below the table"), "header": _("Header repeated"), "numbering": _("Column numbers"),
    "instruction": _("Instructions for filling in"),
}  # fmt: skip
# What of a known debtor the file says otherwise.
DIFFERS = {"name": _("name"), "gender": _("gender"), "born_on": _("birthday")}

_LABELS: dict[str, Any] = {
    "case.no": _("Case number"), "debtor.name": _("Debtor: name"), "debtor.id_no": _("Debtor: ID number"), "debtor.id_type": _("Debtor: kind of document"),
    "amount.placed": _("Amount placed"), "amount.total_owed": _("Amount owed"), "amount.by_currency": _("Account balance"), "amount.overdue": _("Overdue amount"),
    "amount.principal": _("Principal"), "amount.interest": _("Interest"), "amount.penalty_fee": _("Fees and penalties"), "amount.min_payment": _("Minimum payment"),
    "amount.limit": _("Credit limit"), "account.currency": _("Currency"), "account.no": _("Account number"), "card.no": _("Card number"),
    "card.open_date": _("Opened on"), "contract.no": _("Contract number"), "placement.date": _("Placed on"), "recall.date": _("Due back on"),
    "overdue.date": _("Overdue since"), "overdue.days": _("Days overdue"), "overdue.stage": _("Stage"), "last_payment.date": _("Last payment on"),
    "last_payment.amount": _("Last payment"), "bill.day": _("Bill day"), "product": _("Product"), "warning": _("Client's warning"), "batch.no": _("Batch number"),
    "debtor.region": _("Region"), "debtor.mobile": _("Debtor: mobile"), "debtor.home_tel": _("Debtor: home phone"), "debtor.home_addr": _("Debtor: home address"),
    "debtor.home_postcode": _("Debtor: home postcode"), "debtor.huji_addr": _("Debtor: registered address"), "debtor.huji_postcode": _("Debtor: registered postcode"),
    "debtor.bill_addr": _("Debtor: billing address"), "debtor.bill_postcode": _("Debtor: billing postcode"), "debtor.employer": _("Employer: name"),
    "debtor.employer_addr": _("Employer: address"), "debtor.employer_postcode": _("Employer: postcode"), "debtor.work_tel": _("Employer: phone"),
    "debtor.home_addr_part": _("Kept: part of an address"), "debtor.birthday": _("Kept: birthday or age"), "debtor.gender": _("Kept: gender"),
    "debtor.position": _("Kept: position"), "debtor.email_im": _("Kept: e-mail or messenger"), "debtor.customer_no": _("Kept: customer number"),
    "debtor.social_security": _("Kept: social security number"), "account.name_bank": _("Kept: bank or account name"), "repay.account": _("Kept: repayment account"),
    "card.last4": _("Kept: last digits of the card"), "card.type": _("Kept: kind or state of the card"), "card.open_stop_date": _("Kept: dates of the card"),
    "amount.settle": _("Kept: reduction or settlement"), "amount.deposit": _("Kept: deposit"), "amount.commission_fee": _("Kept: collection fee"),
    "amount.with_commission": _("Kept: total with commission"), "overdue.class": _("Kept: loan class"), "paid.total": _("Kept: paid so far"),
    "instalment": _("Kept: instalments"), "loan.amount": _("Kept: loan amount"), "loan.date": _("Kept: loan date"), "client": _("Kept: client"),
    "collector": _("Kept: collector"), "commission": _("Kept: commission"), "history": _("Kept: earlier records"), "remark": _("Kept: remark"),
    "amount.other": _("Kept: another amount"), "loan.goods": _("Kept: goods, vehicle or collateral"), "overdue.count": _("Kept: counts of overdue terms"),
    "ended.date": _("Kept: day on which a case ended"),
    "balance.new_amount": _("Balance now"), "balance.date": _("Balance as of"), "payment.amount": _("Amount paid"), "payment.date": _("Paid on"),
    "payment.method": _("Way of payment"), "payment.payer": _("Payer"), "payment.is_settled": _("Whether settled"), "recall.action": _("What is to be done"),
    "recall.reason": _("Reason of the recall or stop"), "recall.on": _("In force from"), "retention.until": _("Retained until"), "record.at": _("Record: time"),
    "record.text": _("Record: text"), "record.person": _("Record: who made it"), "record.result": _("Record: result"),
}  # fmt: skip
# What an update changes on a case. Behind a slash: of which account.
CHANGES: dict[str, Any] = {
    "payment": _("Payment"), "balance": _("Balance of the debt"), "balance_on": _("Balance as of"), "principal": _("Principal"), "interest": _("Interest"),
    "fees": _("Fees and penalties"), "state": _("State"), "stage": _("Stage"), "stopped": _("Stopped"), "retained_until": _("Retained until"), "due_back_on": _("Due back on"),
    "warning": _("Client's warning"), "record": _("Earlier call record"), "contact": _("Contact"), "phone": _("Phone"), "address": _("Address"),
    "extra": _("Kept with the case"),
}  # fmt: skip
_CONTACT_PARTS = {
    "name": _("name of the person"), "relation": _("relation"), "mobile": _("mobile"), "home_tel": _("home phone"), "work_tel": _("work phone"), "address": _("address"),
    "employer": _("employer (kept)"), "id": _("ID number (kept)"),
}  # fmt: skip
_SLOTS = {
    7: _("Spouse"), 8: _("Close relative"), 9: _("Guarantor"), 10: _("Co-borrower"), 11: _("Relative"), 12: _("Landlord"), 13: _("Landlord of the shop"),
    14: _("Emergency contact"), 15: _("Family contact"), 16: _("Work contact"), 17: _("Other contact"), 18: _("Relative or family"), 19: _("Father"),
    20: _("Mother"), 21: _("Child"), 22: _("Friend"), 23: _("Colleague"),
}  # fmt: skip
_FURTHER = {slot: (first, number) for (first, number), slot in FURTHER.items()}


def failure_text(failure: str) -> str:
    """Why the file was rejected; `failure` is code or code:detail."""
    code, _sep, detail = failure.partition(":")
    text = str(FAILURES.get(code, failure))
    if detail and code in FAILURES and "%(detail)s" not in text:
        return f"{text} {gettext('Where: %(place)s') % {'place': detail}}"
    return text % {"detail": detail}


def finding_text(code: str, values: dict[str, Any]) -> str:
    """What is wrong with the cell."""
    if code == "debtor_differs":
        values = values | {"differs": "、".join(str(DIFFERS[what]) for what in values["what"])}
    return str(FINDINGS[code][0]) % values


def remedy_text(code: str) -> str:
    return str(FINDINGS[code][1])


def changes_in_words(changes: list[list[str]]) -> list[tuple[str, str, str]]:
    """(what changes, before, after) for the page; an empty side is a dash."""
    return [(_change_label(name), _change_text(name, before), _change_text(name, after)) for name, before, after in changes]


def _change_label(name: str) -> str:
    field, _slash, account = name.partition("/")
    return f"{CHANGES[field]} ({account})" if account else str(CHANGES[field])


def _change_text(name: str, text: str) -> str:
    if not text:
        return "—"
    return str(CaseState(text).label) if name == "state" else text


def field_label(field: str) -> str:
    """What a canonical field is called on the page."""
    if not field.startswith("contact."):
        return str(_LABELS[field])
    _contact, slot, part = field.split(".")
    return f"{_contact_label(int(slot))}: {_CONTACT_PARTS[part]}"


def _contact_label(slot: int) -> str:
    if slot in NUMBERED:
        return gettext("Contact %(number)s") % {"number": slot}
    first, number = _FURTHER.get(slot, (slot, 0))
    return f"{_SLOTS[first]} {number}" if number else str(_SLOTS[slot])


def field_choices(kind: str = "") -> list[tuple[str, list[tuple[str, str]]]]:
    """The fields that a file of this kind may hold (every field, without one) for a select, in groups: the case, the debtor, contacts, and what is only kept."""
    fields = {name: field for name, field in FIELDS.items() if not kind or kind in field.files}
    labels = {name: field_label(name) for name in fields}
    kept = [name for name, field in fields.items() if field.kind == "keep" and not name.startswith("contact.")]
    contacts = [name for name in fields if name.startswith("contact.")]
    debtor = [name for name in fields if name.startswith("debtor.") and name not in kept]
    rest = [name for name in fields if name not in {*kept, *contacts, *debtor}]
    groups = ((gettext("Case and account"), rest), (gettext("Debtor and employer"), debtor), (gettext("Contacts"), contacts), (gettext("Only kept"), kept))
    return [(title, [(name, labels[name]) for name in names]) for title, names in groups if names]
