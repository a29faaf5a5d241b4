"""What is missing or unclear about an address, in words."""

from typing import Any

from django.utils.translation import gettext as _

from cases.models import Address
from collection.lib.regions import place_of


def fault_text(code: str) -> str:
    return {
        "empty": _("There is no address."),
        "province_missing": _("Province and city are missing."),
        "ambiguous": _("The district's name is given in several cities: enter province and city."),
        "city_missing": _("The city is missing or not known."),
        "detail_missing": _("Street and house number, or the village, are missing."),
        "county_missing": _("The district or county is missing."),
        "county_unknown": _("The district or county is not in the official table: check it."),
    }[code]


def faults_of(address: Address) -> list[dict[str, Any]]:
    """For pages: each fault in words, and whether it keeps a letter from being sent."""
    place = place_of(address.text)
    return [{"text": fault_text(code), "is_blocking": code in place.blocking} for code in place.faults]
