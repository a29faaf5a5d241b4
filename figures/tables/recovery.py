"""Recovery against target, and how cases roll from stage to stage."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from cases.models import Client
from figures.rules import heat, share
from figures.selectors import recovery, stages
from figures.selectors.question import Question, as_text, names
from figures.selectors.recovery import Standing
from figures.tables.table import Cell, Head, Line, Table, bars, counted, curves, rows_url

CASES, PAYMENTS, ROLLED = "case-rows", "payment-rows", "roll-rows"
STEPS = {"week": 13, "month": 12}
CHARTED = 20
PALETTE = tuple(f"--chart-{number}" for number in range(1, 9))


def recovery_tables(question: Question, *, unit: str = "week") -> list[Table]:
    """By placement against its target, the curve since the placement, by client, stage and team."""
    named, clients = names(), dict(Client.objects.values_list("pk", "short_name"))
    return [
        _by_placement(question),
        _vintage(question, unit),
        _by(question, "client", _("By client"), _("Client"), clients.get),
        _by(question, "stage", _("By stage"), _("Stage"), lambda stage: stage or _("Not said")),
        _by(question, "team", _("By team"), _("Team"), named.team),
    ]


def _heads(*, with_target: bool = False) -> list[Head]:
    target = [Head("target", _("Target"), "money"), Head("of_target", _("Of target, %"), "percent")] if with_target else []
    return [
        Head("cases", _("Cases")),
        Head("placed", _("Amount placed"), "money"),
        Head("recovered", _("Recovered"), "money", _("Payments in yuan until today; taken back ones with a minus sign.")),
        Head("rate", _("Recovered, %"), "percent"),
        *target,
        Head("remaining", _("Still owed"), "money", _("The balance of cases that are neither settled, returned nor recalled.")),
    ]


def _cells(question: Question, standing: Standing, more: dict[str, Any], *, with_target: bool = False) -> list[Cell]:
    placed, remaining = (rows_url(CASES, question, measure=name, person=None, **more) for name in ("placed", "owing"))
    paid = rows_url(PAYMENTS, question, measure="placed", person=None, **more)
    target = [Cell(standing.target or None, "money"), Cell(standing.of_target, "percent")] if with_target else []
    return [
        counted(standing.cases, placed),
        Cell(standing.placed, "money", placed),
        Cell(standing.recovered, "money", paid if standing.recovered else ""),
        Cell(standing.rate, "percent"),
        *target,
        Cell(standing.remaining, "money", remaining if standing.remaining else ""),
    ]


def _total(standings: list[Standing]) -> Standing:
    whole = Standing()
    for standing in standings:
        for name in ("cases", "placed", "remaining", "recovered", "target"):
            setattr(whole, name, getattr(whole, name) + getattr(standing, name))
    return whole


def _by_placement(question: Question) -> Table:
    found = recovery.placements_with_standing(question)
    may_set = question.user.has_perm("figures.set_target")
    lines = []
    for placement, standing, percent in found:
        note = " · ".join(str(part) for part in (placement.client, placement.placed_on) if part)
        if percent:
            note += " · " + _("target %(percent)s%%") % {"percent": f"{percent.normalize():f}"}
        cells = _cells(question, standing, {"placement": placement.pk}, with_target=True)
        lines.append(Line(placement.code, cells, url=reverse("figures:target-placement", args=[placement.pk]) if may_set else "", note=note))
    shown = found[:CHARTED]
    series = [
        (_("Recovered, %"), [standing.rate for _placement, standing, _percent in shown], "--accent"),
        (_("Target, %"), [percent for _placement, _standing, percent in shown], "--bar-before"),
    ]
    chart = bars([placement.code for placement, _standing, _percent in shown], series, flat=True, unit="percent") if shown else None
    total = Line(_("In all"), _cells(question, _total([standing for _placement, standing, _percent in found]), {}, with_target=True))
    return Table(
        "by-placement", _("By placement, against the target"), _("Placement"), _heads(with_target=True), lines, total=total if lines else None, chart=chart
    )


def _by(question: Question, by: str, title: str, first: str, say: Any) -> Table:
    found = recovery.standing_by(question, by)
    keys = sorted(found, key=(lambda key: str(key)) if by == "stage" else (lambda key: (-found[key].placed, str(say(key)))))
    said = (lambda key: key or "none") if by == "stage" else as_text
    lines = [Line(str(say(key)), _cells(question, found[key], {by: said(key)})) for key in keys]
    chart = None
    if by == "stage" and lines:
        chart = bars([line.label for line in lines], [(_("Recovered, %"), [found[key].rate for key in keys], "--accent")], unit="percent")
    return Table(f"by-{by}", title, first, _heads(), lines, chart=chart)


def _vintage(question: Question, unit: str) -> Table:
    """A line for each month of placement: the share of it recovered by the end of each week or month since."""
    steps = STEPS[unit]
    found = recovery.vintages(question, unit=unit, steps=steps)
    heads = [Head("placed", _("Amount placed"), "money"), *(Head(f"s{step}", str(step + 1), "percent") for step in range(steps))]
    most = max((value for vintage in found for value in vintage.shares if value is not None), default=0)
    lines = []
    for vintage in found:
        more = {"measure": "vintage", "unit": unit, "cohort": f"{vintage.month:%Y-%m}", "person": None}
        cells = [
            Cell(
                value,
                "percent",
                rows_url(PAYMENTS, question, step=step, **more) if value else "",
                heat(int(value * 10), int(most * 10)) if value is not None else None,
            )
            for step, value in enumerate(vintage.shares)
        ]
        lines.append(Line(f"{vintage.month:%Y-%m}", [Cell(vintage.placed, "money"), *cells]))
    title = _("Recovered since the placement, by week") if unit == "week" else _("Recovered since the placement, by month")
    series = [(line.label, vintage.shares, PALETTE[place % len(PALETTE)]) for place, (line, vintage) in enumerate(zip(lines, found, strict=True))]
    chart = curves([head.label for head in heads[1:]], series, unit="percent") if found else None
    note = _("Cases by the month of their placement; the share of the amount placed that was recovered by the end of each step of %(days)s days.")
    return Table("vintage", title, _("Placed in"), heads, lines, note=note % {"days": recovery.DAYS_OF[unit]}, chart=chart, is_heat=True)


def stage_tables(question: Question) -> list[Table]:
    """Where cases were when the period began (down), and where when it ended (across)."""
    found = stages.transitions(question)
    begins = _ordered({begin for begin, _end in found})
    ends = _ordered({end for _begin, end in found} | {begin for begin in begins if begin != stages.NEW})
    heads = [Head("all", _("All")), *(Head(f"to-{end}", stage_text(end)) for end in ends)]
    lines = []
    for begin in begins:
        row = [found[begin, end] for end in ends]
        cells = [counted(value, _rolled_url(question, begin, end), heat=heat(value, sum(row))) for value, end in zip(row, ends, strict=True)]
        lines.append(Line(stage_text(begin), [counted(sum(row), _rolled_url(question, begin, None)), *cells]))
    totals = [sum(found[begin, end] for begin in begins) for end in ends]
    whole = Line(
        _("In all"),
        [
            counted(sum(totals), _rolled_url(question, None, None)),
            *(counted(value, _rolled_url(question, None, end)) for value, end in zip(totals, ends, strict=True)),
        ],
    )
    note = _("From the stage at the beginning of the period (down) to the stage at its end (across). Stages come with the banks' files.")
    matrix = Table("roll", _("Cases by stage, from and to"), _("From stage"), heads, lines, note=note, total=whole if lines else None, is_heat=True)
    return [matrix, _shares(found, begins, ends)]


def _shares(found: Any, begins: list[str], ends: list[str]) -> Table:
    lines = []
    for begin in begins:
        row = [found[begin, end] for end in ends]
        lines.append(Line(stage_text(begin), [Cell(share(value, sum(row)), "percent", heat=heat(value, sum(row))) for value in row]))
    heads = [Head(f"to-{end}", stage_text(end), "percent") for end in ends]
    series = [(head.label, [line.cells[place].value for line in lines], PALETTE[place % len(PALETTE)]) for place, head in enumerate(heads)]
    chart = bars([line.label for line in lines], series, stacked=True, flat=True, unit="percent") if lines else None
    return Table("roll-shares", _("The same in percent of where they came from"), _("From stage"), heads, lines, chart=chart, is_heat=True)


def _rolled_url(question: Question, begin: str | None, end: str | None) -> str:
    said = {"rolled_from": begin, "rolled_to": end}
    return rows_url(ROLLED, question, person=None, **{name: "none" if value == "" else value for name, value in said.items() if value is not None})


def stage_text(stage: str) -> str:
    return {stages.NEW: _("New in the period"), stages.ENDED: _("Case ended"), "": _("Not said")}.get(stage, stage)


def _ordered(found: set[str]) -> list[str]:
    """Stages by their text, what is new first, what ended last."""
    return sorted(found, key=lambda stage: (stage != stages.NEW, stage == stages.ENDED, len(stage), stage))
