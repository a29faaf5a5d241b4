"""What collectors did, by team, person, day, and hour of the week."""

from collections.abc import Hashable
from datetime import date
from typing import Any

from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext as _

from figures.rules import heat, share
from figures.selectors import activity
from figures.selectors.activity import Activity
from figures.selectors.question import Question, as_text, names
from figures.tables.table import Cell, Head, Line, Table, bars, counted, curves, rows_url

CALLS, PROMISES, PAYMENTS = "call-rows", "promise-rows", "payment-rows"
MOST_DAYS = 62


def activity_tables(question: Question) -> list[Table]:
    """By team and day, when in the week calls are made and reach the debtor, and by person."""
    named, found = names(), activity.activity_by_person_and_day(question)
    teams = activity.summed(found, lambda person, _day: named.team_of(person))
    people = activity.summed(found, lambda person, _day: person)
    whole = activity.total(found.values())
    hours = activity.calls_by_weekday_and_hour(question)
    return [
        _lines(question, "by-team", _("By team"), _("Team"), teams, named.team, "team", whole),
        _by_day(question, activity.summed(found, lambda _person, day: day)),
        _heat(question, "dials-by-hour", _("Dials by weekday and hour"), hours, "dials"),
        _heat(question, "right-party-by-hour", _("Debtors reached by weekday and hour"), hours, "right_party"),
        _lines(question, "by-person", _("By person"), _("Person"), people, named.person, "person", whole, note=lambda key: named.team(named.team_of(key))),
    ]


def _heads() -> list[Head]:
    return [
        Head("dials", _("Dials"), tip=_("Calls made and recorded, without those that came in.")),
        Head("reached", _("Reached"), tip=_("Somebody answered.")),
        Head("right_party", _("Right party"), tip=_("The debtor was spoken with.")),
        Head("contact_rate", _("Right party, %"), "percent", _("Of the dials.")),
        Head("promises", _("Promises"), tip=_("Made in these calls.")),
        Head("kept", _("Kept"), tip=_("Promises kept in the period, whenever they were made.")),
        Head("broken", _("Broken")),
        Head("recovered", _("Recovered"), "money", _("Payments in yuan of the period, credited to who held the case.")),
    ]


def _cells(question: Question, did: Activity, more: dict[str, Any]) -> list[Cell]:
    calls = [counted(getattr(did, name), rows_url(CALLS, question, measure=name, **more)) for name in ("dials", "reached", "right_party")]
    promises = [counted(getattr(did, name), rows_url(PROMISES, question, measure=name, **more)) for name in ("promises", "kept", "broken")]
    money = Cell(did.recovered, "money", rows_url(PAYMENTS, question, measure="credited", **more) if did.recovered else "")
    return [*calls, Cell(share(did.right_party, did.dials), "percent"), *promises, money]


def _lines(
    question: Question, code: str, title: str, first: str, found: dict[Hashable, Activity], say: Any, param: str, whole: Activity, *, note: Any = None
) -> Table:
    keys = sorted(found, key=lambda key: (-found[key].dials, -found[key].recovered, str(say(key))))
    lines = [Line(str(say(key)), _cells(question, found[key], {param: as_text(key)}), note=note(key) if note else "") for key in keys]
    chart = None
    if param == "team" and len(lines) > 1:
        rates = [(_("Reached, percent of dials"), "reached", "--bar-before"), (_("Right party, percent of dials"), "right_party", "--accent")]
        series = [(name, [share(getattr(found[key], part), found[key].dials) for key in keys[:20]], colour) for name, part, colour in rates]
        chart = bars([line.label for line in lines[:20]], series, flat=True, unit="percent")
    return Table(code, title, first, _heads(), lines, total=Line(_("In all"), _cells(question, whole, {})) if lines else None, chart=chart)


def _by_day(question: Question, found: dict[date, Activity]) -> Table:
    days = sorted(found, reverse=True)
    lines = [Line(f"{day:%Y-%m-%d} {WEEKDAYS_ABBR[day.weekday()]}", _cells(question, found[day], {"since": day, "until": day})) for day in days]
    shown = sorted(found)[-MOST_DAYS:]
    series = [
        (_("Dials"), [found[day].dials for day in shown], "--bar-before"),
        (_("Right party"), [found[day].right_party for day in shown], "--accent"),
        (_("Promises"), [found[day].promises for day in shown], "--good"),
    ]
    return Table("by-day", _("By day"), _("Day"), _heads(), lines, chart=curves([f"{day:%m-%d}" for day in shown], series) if len(shown) > 1 else None)


def _heat(question: Question, code: str, title: str, found: dict[tuple[int, int], dict[str, int]], measure: str) -> Table:
    """A map of the week: the warmer, the more. Hours without any call at all are left out."""
    hours = sorted({hour for _weekday, hour in found})
    span = range(hours[0], hours[-1] + 1) if hours else []
    most = max((cell[measure] for cell in found.values()), default=0)
    lines = []
    for weekday in sorted({weekday for weekday, _hour in found}):
        values = [found.get((weekday, hour), {}).get(measure, 0) for hour in span]
        cells = [
            counted(value, rows_url(CALLS, question, measure=measure, weekday=weekday, hour=hour), heat=heat(value, most))
            for value, hour in zip(values, span, strict=True)
        ]
        lines.append(Line(str(WEEKDAYS_ABBR[weekday]), cells))
    return Table(code, title, _("Weekday"), [Head(f"h{hour}", f"{hour:02}") for hour in span], lines, is_heat=True)
