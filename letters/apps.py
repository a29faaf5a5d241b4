from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LettersConfig(AppConfig):
    name = "letters"
    verbose_name = _("Letters")

    def ready(self) -> None:
        """Letters that are not with the carrier yet end with their case."""
        own, endings = import_module("letters.services.endings"), import_module("cases.services.endings")
        if own.cancel_unsent not in endings.ON_ENDED:
            endings.ON_ENDED.append(own.cancel_unsent)
