from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CallsConfig(AppConfig):
    name = "calls"
    verbose_name = _("Calls")

    def ready(self) -> None:
        """Promises end with their case."""
        own, endings = import_module("calls.services.promises"), import_module("cases.services.endings")
        if own.cancel_promises not in endings.ON_ENDED:
            endings.ON_ENDED.append(own.cancel_promises)
