"""What the import says in words: why a file was rejected, what is wrong with a cell and how to mend it, what a column holds.

Codes and values are stored, words are made here in the reader's language.
"""

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases.rules.fields import FIELDS, NUMBERED

# code: what is wrong with the file. %(detail)s is what the reader said.
FAILURES: dict[str, Any] = {
    "locked": _("The file is locked with a password. Enter the password that the bank gave."),
    "wrong_password": _("The password does not open the file. Ask the bank for the right one."),
    "empty": _("The file is empty."),
    "not_a_table": _("The file is not a readable .xlsx, .xls or .csv file. Ask the bank to send it again."),
    "html": _("The file is a web page that is only named as a spreadsheet. Open it in Excel, save it as .xlsx, and send it again."),
    "archive": _("The file is a packed archive. Unpack it and register the files in it."),
    "other_format": _("Files of this format are not read. Save it as .xlsx and register it again."),
    "macros": _("The file contains macros. Save it as .xlsx without macros and register it again."),
    "zip_bomb": _("The file unpacks to far more than a table can be. It was not opened."),
    "bad_container": _("The inside of the file is not that of a spreadsheet. It was not opened."),
    "bad_xml": _("The file carries document types or an encoding that spreadsheets do not have. It was not opened."),
    "too_large": _("The file is larger than what is read at once (500,000 rows, 1,000 columns). Split it and register the parts."),
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
    "debtor_known": (_("The debtor is known from another case%(differs)s. The case is linked to the same person."), _("Nothing to do.")),
}

LEFT_OUT = {"total": _("Total row"), "footer": _("Note below the table"), "header": _("Header repeated")}

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
}  # fmt: skip
_CONTACT_PARTS = {
    "name": _("name"), "relation": _("relation"), "mobile": _("mobile"), "home_tel": _("home phone"), "work_tel": _("work phone"), "address": _("address"),
    "employer": _("employer (kept)"), "id": _("ID number (kept)"),
}  # fmt: skip
_SLOTS = {
    7: _("Spouse"), 8: _("Close relative"), 9: _("Guarantor"), 10: _("Co-borrower"), 11: _("Relative"), 12: _("Landlord"), 13: _("Landlord of the shop"),
    14: _("Emergency contact"), 15: _("Family contact"), 16: _("Work contact"), 17: _("Other contact"),
}  # fmt: skip


def failure_text(failure: str) -> str:
    """Why the file was rejected; `failure` is code or code:detail."""
    code, _sep, detail = failure.partition(":")
    return str(FAILURES.get(code, failure)) % {"detail": detail}


def finding_text(code: str, values: dict[str, Any]) -> str:
    """What is wrong with the cell."""
    shown = {"differs": gettext(", there named %(name)s") % {"name": values["name"]} if values.get("name") else ""} | values
    return str(FINDINGS[code][0]) % shown


def remedy_text(code: str) -> str:
    return str(FINDINGS[code][1])


def field_label(field: str) -> str:
    """What a canonical field is called on the page."""
    if not field.startswith("contact."):
        return str(_LABELS[field])
    _contact, slot, part = field.split(".")
    who = gettext("Contact %(number)s") % {"number": slot} if int(slot) in NUMBERED else str(_SLOTS[int(slot)])
    return f"{who}: {_CONTACT_PARTS[part]}"


def field_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Every field for a select, in groups: the case, the debtor, contacts, and what is only kept."""
    labels = {name: field_label(name) for name in FIELDS}
    kept = [name for name, field in FIELDS.items() if field.kind == "keep" and not name.startswith("contact.")]
    contacts = [name for name in FIELDS if name.startswith("contact.")]
    debtor = [name for name in FIELDS if name.startswith("debtor.") and name not in kept]
    rest = [name for name in FIELDS if name not in {*kept, *contacts, *debtor}]
    groups = ((gettext("Case and account"), rest), (gettext("Debtor and employer"), debtor), (gettext("Contacts"), contacts), (gettext("Only kept"), kept))
    return [(title, [(name, labels[name]) for name in names]) for title, names in groups]
