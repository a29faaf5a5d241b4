"""What everybody may see of a person's data; the clear value is one logged click away."""

import re


def mask_phone(number: str) -> str:
    """138****1234; a landline keeps its area code and last two digits."""
    digits = re.sub(r"\D", "", number)
    if len(digits) == 11 and digits.startswith("1"):
        return f"{digits[:3]}****{digits[-4:]}"
    if len(digits) < 5:
        return "*" * len(digits)
    return f"{digits[: max(3, len(digits) - 8)]}****{digits[-2:]}"


def mask_id(number: str) -> str:
    """3301**********1234"""
    if len(number) < 9:
        return "*" * len(number)
    return f"{number[:4]}{'*' * (len(number) - 8)}{number[-4:]}"


def mask_card(number: str) -> str:
    """6222 **** **** 1234"""
    if len(number) < 9:
        return "*" * len(number)
    return f"{number[:4]} **** **** {number[-4:]}"


def mask_address(text: str) -> str:
    """Down to the district: 浙江省杭州市西湖区****"""
    found = re.match(r"^.{2,24}?[区县旗]", text) or re.match(r"^.{2,12}?市", text)
    return f"{found.group(0) if found else text[:6]}****" if text else ""


def mask_name(name: str) -> str:
    """张*, 欧阳*: for places where others look on (print lists, screens in the hall)."""
    return f"{name[0]}{'*' * (len(name) - 1)}" if name else ""
