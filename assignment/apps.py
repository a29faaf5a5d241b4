from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AssignmentConfig(AppConfig):
    name = "assignment"
    verbose_name = _("Assignment")

    def ready(self) -> None:
        """What the apps below ask of assignment without knowing it: a case that ends is held by nobody; who held it when; nobody leaves who
        holds live cases; nobody is handed an assignment who may not assign."""
        own, endings, holding = (import_module(name) for name in ("assignment.services.endings", "cases.services.endings", "cases.services.holding"))
        if own.release_ended not in endings.ON_ENDED:
            endings.ON_ENDED.append(own.release_ended)
            holding.SOURCES.append(own.holdings)
        leaving, handing, people = (import_module(name) for name in ("staff.leaving", "duties.handing", "assignment.selectors.people"))
        if people.still_holding not in leaving.OBSTACLES:
            leaving.OBSTACLES.append(people.still_holding)
        handing.FITNESS["assignment"] = people.cannot_assign
