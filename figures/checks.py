"""What the morning digest needs before the desk may open: said by `manage.py check`."""

from datetime import time

from django.conf import settings
from django.core.checks import Error, Tags, register


@register(Tags.security)
def digest_is_set_up(app_configs, **kwargs) -> list[Error]:
    """The time is a time, and hosts are names without scheme or path."""
    found = []
    try:
        time.fromisoformat(settings.DIGEST_TIME)
    except ValueError:
        found.append(Error(f"DIGEST_TIME is {settings.DIGEST_TIME!r}.", hint="A time such as 08:30", id="figures.E001"))
    wrong = [host for host in [*settings.DIGEST_HOSTS, *settings.DIGEST_PRIVATE_HOSTS] if "/" in host or not host.strip()]
    if wrong:
        found.append(Error(f"DIGEST_HOSTS and DIGEST_PRIVATE_HOSTS hold names of hosts: {', '.join(wrong)}", hint="oapi.dingtalk.com", id="figures.E002"))
    return found
