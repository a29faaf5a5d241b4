"""What a way of dialling needs before the desk may open: said by `manage.py check`."""

from django.conf import settings
from django.core.checks import Error, Tags, register

from calls.choices import Backend
from calls.dialling.webhook import url_fault


@register(Tags.security)
def dialling_is_set_up(app_configs, **kwargs) -> list[Error]:
    """A way of dialling has what it needs; a telephone system is spoken to encrypted, and both sides can sign."""
    found = []
    if settings.DIALLING not in Backend.values:
        found.append(Error(f"DIALLING is {settings.DIALLING!r}.", hint="desk_phone, sip or cti: docs/dialling.md", id="calls.E001"))
    if settings.DIALLING == "sip" and not settings.SIP_DOMAIN:
        found.append(Error("SIP_DOMAIN is empty.", hint="The exchange's name, for example pbx.example.cn", id="calls.E002"))
    if settings.DIALLING == "cti":
        if fault := url_fault(settings.PBX_URL):
            found.append(Error(fault, hint="docs/dialling.md", id="calls.E003"))
        if len(settings.PBX_SECRET) < 32:
            found.append(Error("PBX_SECRET has fewer than 32 characters.", hint="openssl rand -hex 32", id="calls.E004"))
    return found
