from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from figures.selectors.question import Question
from figures.tables.activity import activity_tables
from figures.tables.duties import duty_tables
from figures.tables.letters import letter_tables
from figures.tables.recovery import recovery_tables, stage_tables
from figures.tables.table import Table
from figures.views.base import FiguresPage

ACTIVITY, RECOVERY = "figures.view_activity", "figures.view_recovery"


class DutyBoard(FiguresPage):
    """A1–A4: what is open now, and what was kept. Everybody sees their own."""

    page = "duties"
    title = gettext_lazy("Duty board")
    subtitle = gettext_lazy("What is open and how near; of the period's duties, what was kept, and how long it took.")
    period_label = gettext_lazy("Due in")
    without = ("client",)

    def tables(self, question: Question) -> list[Table]:
        return duty_tables(question)


class ActivityPage(FiguresPage):
    """What collectors did, and what came of it."""

    page = "activity"
    title = gettext_lazy("Calls and promises")
    subtitle = gettext_lazy("Dials, people reached, promises and what became of them, by team, day, hour and person.")
    permission_required = ACTIVITY

    def tables(self, question: Question) -> list[Table]:
        return activity_tables(question)

    def hints(self) -> list[Any]:
        return [_("A pay scheme must not go by the amount recovered alone: weigh lawful contact, promises kept and complaints as well (CR-49).")]


class RecoveryPage(FiguresPage):
    """Recovery of placements against their targets."""

    page = "recovery"
    title = gettext_lazy("Recovery")
    subtitle = gettext_lazy("What was recovered until today of what was placed in the period, against the target.")
    period_label = gettext_lazy("Placed in")
    permission_required = RECOVERY
    period = "half_year"
    without = ("person",)

    @property
    def unit(self) -> str:
        return "month" if self.request.GET.get("unit") == "month" else "week"

    def tables(self, question: Question) -> list[Table]:
        return recovery_tables(question, unit=self.unit)

    def switches(self) -> list[dict[str, Any]]:
        words = {"week": _("By week since"), "month": _("By month since")}
        return [{"label": label, "url": self.address(unit=unit), "is_current": unit == self.unit} for unit, label in words.items()]


class StagePage(FiguresPage):
    """How cases roll from stage to stage."""

    page = "stages"
    title = gettext_lazy("Stage roll")
    subtitle = gettext_lazy("Where cases stood when the period began, and where when it ended.")
    permission_required = RECOVERY
    without = ("person",)

    def tables(self, question: Question) -> list[Table]:
        return stage_tables(question)


class LetterPage(FiguresPage):
    """Letters and how far they came."""

    page = "letters"
    title = gettext_lazy("Letters in figures")
    subtitle = gettext_lazy("Letters asked for in the period, how far they came, and how long they waited for the carrier.")
    period_label = gettext_lazy("Asked for in")
    any_permission = ("letters.view_letter", RECOVERY)
    period = "half_year"

    def tables(self, question: Question) -> list[Table]:
        return letter_tables(question)
