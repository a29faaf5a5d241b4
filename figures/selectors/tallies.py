"""Cases, payments and changes of stage to be summed up: from the tallies where the database keeps them, from the rows themselves elsewhere. With the same columns either way."""

from django.db import connection
from django.db.models import Case as Choice
from django.db.models import F, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, TruncDate

from cases.choices import ENDED
from cases.models import Case, Payment
from figures.models import CaseTally, PaymentTally, RollTally
from figures.selectors.question import Question, narrowed, of_cases

YUAN = "CNY"
LIVE = ~Q(state__in=ENDED)
WAYS = {"client": "bank", "team": "home"}
HOME = Coalesce(F("team"), F("placement__team"))


def are_kept() -> bool:
    return connection.vendor == "postgresql"


def tallied_cases(question: Question) -> QuerySet:
    """To be summed up: cases, placed, remaining. By: placement, bank, home (the team), stage, placed_on, came_on, ended_on."""
    if are_kept():
        rows = CaseTally.objects.annotate(bank=F("placement__client"), home=HOME)
    else:
        owed = Choice(When(LIVE, then=F("balance")), default=Value(0), output_field=Case._meta.get_field("balance"))
        days = {"came_on": TruncDate("created_at"), "ended_on": TruncDate("ended_at")}
        rows = Case.objects.annotate(bank=F("client"), home=HOME, cases=Value(1), placed=F("amount"), remaining=owed, **days)
    return narrowed(rows.filter(of_cases(question.user)), question, WAYS).order_by()


def tallied_payments(question: Question) -> QuerySet:
    """To be summed up: paid, in yuan. By: placement, bank, home, stage, placed_on (all of the case) and paid_on."""
    if are_kept():
        rows = PaymentTally.objects.filter(of_cases(question.user)).annotate(bank=F("placement__client"), home=HOME)
    else:
        case = {name: F(f"case__{name}") for name in ("placement", "stage", "placed_on")}
        home = Coalesce(F("case__team"), F("case__placement__team"))
        mine = Payment.objects.filter(of_cases(question.user, "case__"), currency=YUAN)
        rows = mine.annotate(bank=F("case__client"), home=home, paid=F("amount"), **case)
    return narrowed(rows, question, WAYS).order_by()


def tallied_rolls(question: Question) -> QuerySet:
    """Each case's first change of stage since the period began, to be summed up: changes. By: before, stage (of the case now), came_on, ended_on. PostgreSQL only."""
    rows = RollTally.objects.annotate(bank=F("placement__client"), home=HOME).filter(of_cases(question.user), changed_on__gte=question.first)
    return narrowed(rows.filter(Q(previous_on=None) | Q(previous_on__lt=question.first)), question, WAYS).order_by()
