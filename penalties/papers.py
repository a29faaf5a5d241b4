"""The monthly statement on paper."""

from datetime import date, datetime

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from collection.lib.press.drawing import draw_one
from penalties.models import ClosedMonth
from penalties.selectors import policy, statement_by_person, statement_by_team, totals_of
from staff.models import User

CSS = """
html { font-family: Letter; font-size: 9pt; line-height: 1.5; color: #000; }
body, h1, h2, p, table { margin: 0; padding: 0; font-weight: 400; font-size: inherit; }
@page { size: A4; margin: 16mm 14mm; @bottom-center { content: "第 " counter(page) " 页 共 " counter(pages) " 页"; font-family: Letter; font-size: 8pt; } }
h1 { font-weight: 700; font-size: 15pt; text-align: center; margin-bottom: 3mm; }
h2 { font-weight: 700; font-size: 11pt; margin: 5mm 0 1.5mm; }
.facts { margin-bottom: 1mm; }
table { border-collapse: collapse; width: 100%; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
th, td { border: .6pt solid #000; padding: 1mm 1.6mm; text-align: left; }
th { font-weight: 700; text-align: center; }
td.number, th.number { text-align: right; white-space: nowrap; }
th.hand { width: 24mm; }
.signatures { margin-top: 10mm; }
.signatures span { display: inline-block; width: 32%; }
"""


def statement_pdf(month: date, *, user: User, serial: int, now: datetime) -> bytes:
    """The month by team and person, with a place to sign. In Chinese, as all papers of the agency. Raises NotDrawn."""
    context = {
        "month": month,
        "agency": settings.AGENCY_NAME,
        "closed": ClosedMonth.objects.filter(month=month, reopened_at=None).select_related("closed_by").first(),
        "totals": totals_of(month),
        "teams": statement_by_team(user, month).order_by("name"),
        "people": statement_by_person(user, month).order_by("team__name", "staff_no"),
        "uses_money": policy().uses_money,
        "person": user,
        "serial": serial,
        "now": now,
    }
    with translation.override("zh-hans"):
        return draw_one(render_to_string("penalties/pdf_statement.html", context), css=CSS).content
