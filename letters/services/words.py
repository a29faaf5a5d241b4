"""The rules' objections, the parts of letters and the placeholders in words."""

from django.utils.translation import gettext as _

from letters.wording import Objection


def mend(objection: Objection) -> str:
    """One objection as a sentence that says how to mend it."""
    words = {
        "look_alike": _("“%(text)s” looks like a court, police or government paper: take it out."),
        "no_law_firm": _("A lawyer's letter goes out only from a law firm's file: choose a firm whose engagement is on file and in force."),
        "foreign_law_firm": _("“%(text)s” is engaged for another client: choose this client's firm."),
        "law_firm_elsewhere": _("Only a lawyer's letter names a law firm: take its placeholders out."),
        "borrow_elsewhere": _("“%(text)s” suggests borrowing elsewhere: take it out."),
        "threat": _("“%(text)s” threatens with something that nobody has approved: take it out."),
        "shame": _("“%(text)s” would tell others of the debt: take it out."),
        "supply": _("“%(text)s” threatens to cut a supply: take it out."),
        "waive": _("“%(text)s” would have the debtor give up the defence of time: take it out."),
        "crime": _("“%(text)s” speaks of a crime; that needs the bank's written approval on file: take it out."),
        "private_payee": _("“%(text)s”: money goes to the bank's account only, without any fee: use {payee_account}."),
        "typed_account": _("“%(text)s” is an account number typed in: use {payee_account}."),
        "typed_amount": _("“%(text)s” is an amount typed in: use {amount}, {split} or {accounts_table}."),
        "debt_word": _("“%(text)s” would show on the envelope: the outside says nothing of a debt."),
        "personal": _("“%(text)s” tells something of a person; what hangs in a lobby must not: take it out."),
        "invisible": _("An invisible character (%(text)s) stands here: delete it and type the words anew."),
    }
    sentence = words.get(objection.code)
    return sentence % {"text": objection.text} if sentence else _("Missing: %(part)s.") % {"part": part_name(objection.code)}


def part_name(code: str) -> str:
    return {
        "name": _("the debtor's name {debtor_name}"),
        "balance": _("the balance {amount}"),
        "balance_date": _("the day of the balance {balance_on}"),
        "split": _("the split of the balance {accounts_table} or {split}"),
        "reason": _("the reason (overdue)"),
        "legal_basis": _("the legal basis (a law or contract named in 《》)"),
        "rights": _("the debtor's rights"),
        "duties": _("the debtor's duties"),
        "check": _("how to check the debt"),
        "pay": _("where to pay {payee_account}"),
        "pay_by": _("by when to pay {pay_by}"),
        "object": _("how to object"),
        "evidence": _("how to give evidence"),
        "bank_contact": _("the bank's contact {client_phone}"),
        "seal": _("the place of the seal {seal}"),
        "law_firm": _("the law firm {law_firm}"),
        "lawyer": _("the lawyer {lawyer}"),
        "bank": _("the bank's name {client_name}"),
        "agency": _("our name {agency_name}"),
        "agency_contact": _("our phone and address {agency_contact}"),
        "settled": _("that the debt is settled"),
        "settled_on": _("the day of the settlement {settled_on}"),
        "term": _("how long we are entrusted {entrusted_until}"),
        "complaint": _("how to complain"),
    }[code]


def field_name(field: str) -> str:
    return {
        "heading": _("Heading"),
        "body": _("Letter text"),
        "first_header": _("Letterhead of the first page"),
        "odd_header": _("Header of odd pages"),
        "even_header": _("Header of even pages"),
        "first_footer": _("Footer of the first page"),
        "footer": _("Footer of odd pages"),
        "even_footer": _("Footer of even pages"),
        "cover": _("Text of the cover"),
        "law_firm": _("Law firm"),
        "payee": _("Where to pay"),
    }[field]


def place_name(name: str) -> str:
    """What a placeholder stands for; also the two texts of the envelope's window."""
    return {
        "debtor_name": _("debtor's name"),
        "debtor_honorific": _("Mr or Ms"),
        "masked_id": _("ID number, masked"),
        "masked_card": _("card number, masked"),
        "case_no": _("case number"),
        "product": _("product"),
        "client_name": _("bank's name"),
        "client_phone": _("bank's phone"),
        "payee_account": _("bank's payee account"),
        "entrusted_from": _("first day of the entrustment"),
        "entrusted_until": _("last day of the entrustment"),
        "agency_name": _("our name"),
        "agency_contact": _("our phone and address"),
        "amount": _("balance in figures"),
        "amount_in_words": _("balance in capital characters"),
        "balance_on": _("day of the balance"),
        "principal": _("principal"),
        "interest": _("interest"),
        "fees": _("fees"),
        "split": _("principal, interest and fees in one line"),
        "overdue_since": _("overdue since"),
        "overdue_days": _("days overdue"),
        "pay_by": _("pay by: today and the days set below"),
        "settled_on": _("day of the settlement"),
        "today": _("today's date"),
        "letter_number": _("letter number"),
        "law_firm": _("law firm"),
        "lawyer": _("lawyer with licence number"),
        "law_firm_contact": _("law firm's phone and address"),
        "accounts_table": _("table of accounts, on a line of its own"),
        "qr": _("QR code of the letter number, on a line of its own"),
        "seal": _("signature and seal, on a line of its own"),
        "address": _("the address"),
        "addressee": _("the addressee"),
    }[name]
