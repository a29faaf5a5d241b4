from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DutiesConfig(AppConfig):
    name = "duties"
    verbose_name = _("Duties")

    def ready(self) -> None:
        """Nobody leaves while they hold something to be done."""
        leaving, selectors = import_module("staff.leaving"), import_module("duties.selectors")
        if selectors.still_to_do not in leaving.OBSTACLES:
            leaving.OBSTACLES.append(selectors.still_to_do)
