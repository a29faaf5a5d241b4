from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CallsConfig(AppConfig):
    name = "calls"
    verbose_name = _("Calls")

    def ready(self) -> None:
        """Promises end with their case, and are judged by its payments; who talks to a third party is shown no debt."""
        import_module("calls.checks")  # registers the system checks
        own, endings, payments = (import_module(name) for name in ("calls.services.promises", "cases.services.endings", "cases.services.payments"))
        if own.cancel_promises not in endings.ON_ENDED:
            endings.ON_ENDED.append(own.cancel_promises)
            payments.ON_PAYMENT.append(own.judge_by_payments)
        discretion, line = import_module("cases.discretion"), import_module("calls.selectors.line")
        if line.talks_to_third_party not in discretion.TALKS_TO_THIRD_PARTY:
            discretion.TALKS_TO_THIRD_PARTY.append(line.talks_to_third_party)
