"""Find a case by what one has at hand: a name, pinyin, a number or its last four digits. Clear values never come back."""

import re

from django.db.models import Exists, OuterRef, Q

from assignment.selectors import cases_visible_to
from cases.models import Case, CaseAccount, Phone
from collection.lib.crypto import blind_index
from collection.lib.identity import parse_phone, plain
from staff.models import User

FOUND_AT_MOST = 20


def find_cases(text: str, *, user: User) -> list[Case]:
    """At most twenty visible cases, exact matches first; one query for each way of reading the text, until there are enough."""
    found: dict[int, Case] = {}
    visible = cases_visible_to(user).select_related("debtor", "client", "placement")
    for reading in readings_of(text):
        for case in visible.filter(reading).order_by("-placed_on", "-pk")[:FOUND_AT_MOST]:
            found.setdefault(case.pk, case)
        if len(found) >= FOUND_AT_MOST:
            break
    return list(found.values())[:FOUND_AT_MOST]


def readings_of(text: str) -> list[Q]:
    """What the text may be, the surest first. Too short a text is nothing."""
    text = "".join(char for char in text if char.isprintable()).strip()[:60]
    folded = plain(text)
    if not folded or (folded.isascii() and len(folded) < 2):
        return []
    readings = [*_whole_numbers(text, folded)]
    if re.fullmatch(r"\d{3}[\dX]", folded):
        readings.append(_last_four(folded))
    readings.append(Q(case_no__startswith=text) | Q(case_no__startswith=text.upper()))
    if folded.isascii():
        letters = folded.lower()
        if letters.isalpha():
            readings.append(Q(debtor__name_pinyin__startswith=letters) | Q(debtor__name_pinyin__contains=f" {letters}"))
    else:
        readings.append(Q(debtor__name__startswith=text))
    return readings


def _whole_numbers(text: str, folded: str) -> list[Q]:
    """A full ID, card or phone number is found by its blind index."""
    readings = []
    if re.fullmatch(r"\d{15}|\d{17}[\dX]", folded):
        readings.append(Q(debtor__id_index=blind_index("id", folded)))
    if re.fullmatch(r"\d{12,19}", folded):
        readings.append(Q(Exists(CaseAccount.objects.filter(case=OuterRef("pk"), card_index=blind_index("card", folded)))))
    if phone := parse_phone(text):
        readings.append(Q(Exists(Phone.objects.filter(contact__case=OuterRef("pk"), number_index=blind_index("phone", phone[0])))))
    return readings


def _last_four(digits: str) -> Q:
    return (
        Q(debtor__id_last4=digits)
        | Q(Exists(CaseAccount.objects.filter(case=OuterRef("pk"), card_last4=digits)))
        | Q(Exists(Phone.objects.filter(contact__case=OuterRef("pk"), number_last4=digits)))
    )
