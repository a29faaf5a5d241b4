"""The duty board."""

from typing import Any

from django.utils.translation import gettext as _

from duties.models import DutyKind
from figures.rules import share
from figures.selectors import duties
from figures.selectors.question import Names, Question, as_text, names
from figures.tables.table import Cell, Head, Line, Table, bars, counted, rows_url

ROWS = "duty-rows"
CHARTED = 20


def duty_tables(question: Question) -> list[Table]:
    """What is open, by kind and team; of the period's duties what was kept, by month, kind, team and person; and how long it took."""
    named, kinds = names(), {kind.pk: str(kind) for kind in DutyKind.objects.all()}
    rows = duties.kept_and_missed(question)
    return [
        _open(question, "kind", _("Open now, by kind"), _("Duty"), kinds.get, "kind"),
        _open(question, "answers_team", _("Open now, by team"), _("Team"), named.team, "team"),
        _kept(question, rows, "month", _("Kept and missed by month"), _("Month"), lambda month: f"{month:%Y-%m}" if month else "—"),
        _kept(question, rows, "kind", _("Kept and missed by kind"), _("Duty"), kinds.get),
        _kept(question, rows, "answers_team", _("Kept and missed by team"), _("Team"), named.team),
        _by_person(question, rows, named),
        _time_to_meet(question, kinds),
    ]


def _open(question: Question, by: str, title: str, first: str, say: Any, param: str) -> Table:
    found = sorted(duties.open_by(question, by).items(), key=lambda item: (-item[1].counts["overdue"], -item[1].total, str(say(item[0]))))
    heads = [
        Head("overdue", _("Overdue")),
        Head("soon", _("Within the hour")),
        Head("today", _("Later today")),
        Head("later", _("Later")),
        Head("paused", _("Paused")),
        Head("next_due", _("Next due"), "moment"),
    ]
    lines = []
    for key, standing in found:
        cells = [
            counted(standing.counts[name], rows_url(ROWS, question, measure=name, since=None, until=None, **{param: as_text(key)})) for name in duties.NEARNESS
        ]
        lines.append(Line(str(say(key)), [*cells, Cell(standing.next_due, "moment")]))
    totals = [sum(standing.counts[name] for _key, standing in found) for name in duties.NEARNESS]
    next_due = min((standing.next_due for _key, standing in found if standing.next_due), default=None)
    urls = [rows_url(ROWS, question, measure=name, since=None, until=None) for name in duties.NEARNESS]
    total = Line(_("In all"), [*(counted(value, url) for value, url in zip(totals, urls, strict=True)), Cell(next_due, "moment")])
    chart = None
    if by == "kind" and lines:
        series = [
            (head.label, [line.cells[place].value for line in lines[:CHARTED]], colour)
            for place, (head, colour) in enumerate(zip(heads, COLOURS, strict=False))
        ]
        chart = bars([line.label for line in lines[:CHARTED]], series, stacked=True, flat=True)
    return Table(f"open-by-{param}", title, first, heads, lines, total=total if lines else None, chart=chart)


COLOURS = ("--bad", "--warn", "--accent", "--bar-before", "--chart-7")


def _heads() -> list[Head]:
    return [
        Head("kept", _("Met in time"), tip=_("Met before it was due.")),
        Head("missed", _("Missed"), tip=_("Not met when it was due, even if met later.")),
        Head("rate", _("Met in time, %"), "percent"),
    ]


def _kept(question: Question, rows: list[dict[str, Any]], by: str, title: str, first: str, say: Any) -> Table:
    found = duties.folded(rows, by)
    keys = sorted(found, key=lambda key: str(key)) if by == "month" else sorted(found, key=lambda key: (-found[key].missed, str(say(key))))
    param = {"answers_team": "team", "answers": "person"}.get(by, by)
    lines = [_kept_line(question, str(say(key)), found[key], {param: f"{key:%Y-%m}" if by == "month" else as_text(key)}) for key in keys]
    chart = None
    if lines and by in ("month", "kind"):
        shown = lines if by == "month" else lines[:CHARTED]
        series = [
            (head.label, [line.cells[place].value for line in shown], colour)
            for place, (head, colour) in enumerate(zip(_heads()[:2], ("--good", "--bad"), strict=True))
        ]
        chart = bars([line.label for line in shown], series, stacked=True, flat=by == "kind")
    kept, missed = (sum(getattr(value, name) for value in found.values()) for name in duties.JUDGED)
    total = _kept_line(question, _("In all"), duties.Kept(kept, missed), {})
    return Table(f"kept-by-{param}", title, first, _heads(), lines, total=total if lines else None, chart=chart)


def _kept_line(question: Question, label: str, kept: duties.Kept, more: dict[str, str], note: str = "") -> Line:
    cells = [counted(getattr(kept, name), rows_url(ROWS, question, measure=name, **more)) for name in duties.JUDGED]
    return Line(label, [*cells, Cell(share(kept.kept, kept.total), "percent")], note=note)


def _by_person(question: Question, rows: list[dict[str, Any]], named: Names) -> Table:
    found = duties.folded(rows, "answers")
    keys = sorted(found, key=lambda key: (-found[key].missed, named.person(key), key or 0))
    lines = [_kept_line(question, named.person(key), found[key], {"person": as_text(key)}, named.team(named.team_of(key))) for key in keys]
    return Table("kept-by-person", _("Kept and missed by person"), _("Person"), _heads(), lines)


def _time_to_meet(question: Question, kinds: dict[str, str]) -> Table:
    heads = [
        Head("met", _("Met"), tip=_("In time or late.")),
        Head("median", _("Half within"), "minutes", _("Working time from begin to met: half of them took no longer.")),
        Head("p90", _("Nine in ten within"), "minutes"),
    ]
    found = duties.minutes_to_meet(question)
    lines = [
        Line(kinds.get(kind, kind), [counted(count, rows_url(ROWS, question, measure="met", kind=kind)), Cell(median, "minutes"), Cell(p90, "minutes")])
        for kind, (count, median, p90) in sorted(found.items(), key=lambda item: -item[1][2])
    ]
    return Table("time-to-meet", _("Time to meet"), _("Duty"), heads, lines, note=_("In working time, from the beginning of the duty until it was met."))
