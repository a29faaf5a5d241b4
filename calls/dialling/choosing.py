from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from calls.choices import Backend
from calls.dialling.base import Dialer
from calls.dialling.desk_phone import DeskPhone, SipPhone
from calls.dialling.webhook import TelephoneSystem


def dialer_in_use() -> Dialer:
    """The back end of this installation."""
    if settings.DIALLING == Backend.DESK_PHONE:
        return DeskPhone()
    if settings.DIALLING == Backend.SIP:
        return SipPhone(settings.SIP_DOMAIN)
    if settings.DIALLING == Backend.CTI:
        return TelephoneSystem(settings.PBX_URL, settings.PBX_SECRET, timeout=settings.PBX_TIMEOUT)
    raise ImproperlyConfigured(f"DIALLING is one of {', '.join(Backend.values)}, not {settings.DIALLING!r}.")
