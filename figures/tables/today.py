"""The few numbers of today that matter to who answers for a team or for all: on the home page, and in the morning's digest."""

from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from collection.lib.money import format_money
from figures.rules import month_of
from figures.selectors import activity, behind, duties
from figures.selectors.question import Question, sees_all
from figures.tables.table import rows_url
from staff.choices import Role
from staff.models import User


class Tile:
    """A number in words, and the address of its rows."""

    def __init__(self, label: str, value: int | Decimal, url: str, *, tone: str = "") -> None:
        self.label, self.value, self.url, self.tone = label, value, url, tone if value else ""

    @property
    def text(self) -> str:
        return f"{self.value:,}" if isinstance(self.value, int) else format_money(self.value)


def answers_for_others(user: User) -> bool:
    """Whether a row of today's figures is of any use to this person."""
    return user.has_role(Role.TEAM_LEAD) or sees_all(user)


def today_tiles(user: User, *, now: datetime) -> list[Tile]:
    """Today, as far as it has come. Seven queries; none for who answers for nobody."""
    if not answers_for_others(user):
        return []
    today = timezone.localdate(now)
    question = Question(user, now, today, today)
    return [*_open_tiles(question), *_work_tiles(question), _recovered(question.over(month_of(today), today), _("Recovered this month"))]


def digest_tiles(user: User, *, now: datetime, last_working_day: date) -> list[Tile]:
    """What is open this morning, what the last working day brought, and the month so far."""
    today = timezone.localdate(now)
    question, before = Question(user, now, today, today), Question(user, now, last_working_day, last_working_day)
    missed = behind.duty_rows(before, "missed").count()
    tile = Tile(_("Missed duties"), missed, rows_url("duty-rows", before, measure="missed"), tone="bad")
    return [
        *_open_tiles(question),
        tile,
        *_work_tiles(before),
        _recovered(before, _("Recovered")),
        _recovered(question.over(month_of(today), today), _("Recovered this month")),
    ]


def _open_tiles(question: Question) -> list[Tile]:
    counts = duties.totals(question)
    due = counts["soon"] + counts["today"]
    url = rows_url("duty-rows", question, since=None, until=None, measure="due_today")
    return [
        Tile(_("Overdue duties"), counts["overdue"], rows_url("duty-rows", question, since=None, until=None, measure="overdue"), tone="bad"),
        Tile(_("Due today"), due, url, tone="warn"),
    ]


def _work_tiles(question: Question) -> list[Tile]:
    did = activity.total(activity.activity_by_person_and_day(question).values())
    calls = [(_("Dials"), "dials"), (_("Right party"), "right_party")]
    promises = [(_("Promises"), "promises"), (_("Promises kept"), "kept")]
    return [
        *(Tile(label, getattr(did, name), rows_url("call-rows", question, measure=name)) for label, name in calls),
        *(Tile(label, getattr(did, name), rows_url("promise-rows", question, measure=name)) for label, name in promises),
    ]


def _recovered(question: Question, label: str) -> Tile:
    amount = behind.sum_of(activity.payments_credited(question), "amount")
    return Tile(label, amount, rows_url("payment-rows", question, measure="credited"))
