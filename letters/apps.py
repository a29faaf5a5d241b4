from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LettersConfig(AppConfig):
    name = "letters"
    verbose_name = _("Letters")

    def ready(self) -> None:
        """Letters that are not with the carrier yet end with their case; a check is handed only to who had no part in the letter."""
        own, endings = import_module("letters.services.endings"), import_module("cases.services.endings")
        handing, fitness = import_module("duties.handing"), import_module("letters.services.fitness")
        handing.FITNESS["letter_quality"] = fitness.cannot_check
        if own.cancel_unsent not in endings.ON_ENDED:
            endings.ON_ENDED.append(own.cancel_unsent)
