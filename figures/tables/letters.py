"""Letters: how far they came, and how long they waited for the carrier."""

from typing import Any

from django.utils.translation import gettext as _

from cases.models import Client
from figures.rules import share
from figures.selectors import letters
from figures.selectors.question import Question, as_text
from figures.tables.table import Cell, Head, Line, Table, bars, counted, rows_url
from letters.choices import Carrier

ROWS = "letter-rows"


def letter_tables(question: Question) -> list[Table]:
    clients, carriers = dict(Client.objects.values_list("pk", "short_name")), dict(Carrier.choices)
    return [
        _by(question, "template", _("By template"), _("Template"), str),
        _by(question, "carrier", _("By carrier"), _("Carrier"), lambda carrier: carriers.get(carrier) or _("Not mailed yet")),
        _by(question, "client", _("By client"), _("Client"), clients.get),
    ]


def _heads() -> list[Head]:
    return [
        Head("asked", _("Asked for")),
        Head("approved", _("Approved")),
        Head("refused", _("Refused")),
        Head("printed", _("Printed")),
        Head("mailed", _("Mailed")),
        Head("delivered", _("Delivered")),
        Head("came_back", _("Came back")),
        Head("back_rate", _("Came back, %"), "percent", _("Of those mailed.")),
        Head("median", _("Half within"), "minutes", _("Working time from approval to the carrier.")),
        Head("p90", _("Nine in ten within"), "minutes"),
    ]


def _by(question: Question, by: str, title: str, first: str, say: Any) -> Table:
    found, spans = letters.letters_by(question, by), letters.minutes_to_dispatch(question, by)
    lines = []
    for key in sorted(found, key=lambda key: (-found[key]["asked"], str(say(key)))):
        counts, (_count, median, p90) = found[key], spans.get(key, (0, None, None))
        more = {by: as_text(key) if by == "client" else key or "none"}
        cells = [counted(counts[name], rows_url(ROWS, question, measure=name, **more)) for name in letters.MEASURES]
        lines.append(
            Line(str(say(key)), [*cells, Cell(share(counts["came_back"], counts["mailed"]), "percent"), Cell(median, "minutes"), Cell(p90, "minutes")])
        )
    totals = {name: sum(counts[name] for counts in found.values()) for name in letters.MEASURES}
    whole = [counted(totals[name], rows_url(ROWS, question, measure=name)) for name in letters.MEASURES]
    total = Line(_("In all"), [*whole, Cell(share(totals["came_back"], totals["mailed"]), "percent"), Cell(None), Cell(None)])
    chart = None
    if by == "template" and lines:
        parts = {"asked": "--bar-before", "mailed": "--accent", "delivered": "--good", "came_back": "--warn"}
        places = {head.key: (place, head.label) for place, head in enumerate(_heads())}
        series = [(places[name][1], [line.cells[places[name][0]].value for line in lines[:12]], colour) for name, colour in parts.items()]
        chart = bars([line.label for line in lines[:12]], series, flat=True)
    return Table(f"by-{by}", title, first, _heads(), lines, total=total if lines else None, chart=chart)
