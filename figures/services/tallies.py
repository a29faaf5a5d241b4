"""The tallies of cases, payments and changes of stage on PostgreSQL: triggers add to them (migrations 0004, 0006); here their rows become one for each key again.

One statement takes the old rows away and puts the new ones in their place, of one and the same moment: who changes a case meanwhile adds rows of his own,
which were neither taken away nor are they counted. Whoever reads sees the old rows or the new ones.
"""

from django.db import connection, transaction
from django.db.models import Model
from django.utils import timezone

from cases.choices import ENDED
from figures.models import CaseTally, PaymentTally, RollTally
from figures.selectors.tallies import YUAN, are_kept

# Two who count at once would both put their rows in.
LOCK = 4_020_002

CASES = """
WITH gone AS (DELETE FROM figures_casetally)
INSERT INTO figures_casetally (placement_id, team_id, stage, placed_on, came_on, ended_on, cases, placed, remaining)
SELECT placement_id, team_id, stage, placed_on, CAST(created_at AT TIME ZONE %(zone)s AS date), CAST(ended_at AT TIME ZONE %(zone)s AS date),
  COUNT(*), SUM(amount), SUM(CASE WHEN state IN %(ended)s THEN 0 ELSE balance END)
FROM cases_case GROUP BY 1, 2, 3, 4, 5, 6"""
PAYMENTS = """
WITH gone AS (DELETE FROM figures_paymenttally)
INSERT INTO figures_paymenttally (placement_id, team_id, stage, placed_on, paid_on, paid)
SELECT placement_id, team_id, stage, placed_on, paid_on, SUM(payment.amount)
FROM cases_payment payment JOIN cases_case paid_for ON paid_for.id = payment.case_id WHERE currency = %(yuan)s GROUP BY 1, 2, 3, 4, 5"""
ROLLS = """
WITH gone AS (DELETE FROM figures_rolltally)
INSERT INTO figures_rolltally (placement_id, team_id, stage, came_on, ended_on, before, changed_on, previous_on, changes)
SELECT placement_id, team_id, stage, CAST(created_at AT TIME ZONE %(zone)s AS date), CAST(ended_at AT TIME ZONE %(zone)s AS date),
  before, changed_on, previous_on, COUNT(*)
FROM (
  SELECT case_id, before, CAST(at AT TIME ZONE %(zone)s AS date) AS changed_on,
    LAG(CAST(at AT TIME ZONE %(zone)s AS date)) OVER (PARTITION BY case_id ORDER BY at, id) AS previous_on
  FROM cases_stagechange
) told JOIN cases_case changed ON changed.id = told.case_id GROUP BY 1, 2, 3, 4, 5, 6, 7, 8"""


# More rows than this that await folding are worth it.
MANY = 2000

FOLD_CASES = """
WITH gone AS (DELETE FROM figures_casetally RETURNING *)
INSERT INTO figures_casetally (placement_id, team_id, stage, placed_on, came_on, ended_on, cases, placed, remaining)
SELECT placement_id, team_id, stage, placed_on, came_on, ended_on, SUM(cases), SUM(placed), SUM(remaining)
FROM gone GROUP BY 1, 2, 3, 4, 5, 6 HAVING SUM(cases) <> 0 OR SUM(placed) <> 0 OR SUM(remaining) <> 0"""
FOLD_PAYMENTS = """
WITH gone AS (DELETE FROM figures_paymenttally RETURNING *)
INSERT INTO figures_paymenttally (placement_id, team_id, stage, placed_on, paid_on, paid)
SELECT placement_id, team_id, stage, placed_on, paid_on, SUM(paid) FROM gone GROUP BY 1, 2, 3, 4, 5 HAVING SUM(paid) <> 0"""
FOLD_ROLLS = """
WITH gone AS (DELETE FROM figures_rolltally RETURNING *)
INSERT INTO figures_rolltally (placement_id, team_id, stage, came_on, ended_on, before, changed_on, previous_on, changes)
SELECT placement_id, team_id, stage, came_on, ended_on, before, changed_on, previous_on, SUM(changes)
FROM gone GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 HAVING SUM(changes) <> 0"""
TALLIES = (CaseTally, PaymentTally, RollTally)
SUMS = ("cases", "placed", "remaining", "paid", "changes")


def fold() -> bool:
    """Rows of the same key become one, where many were added since the last time. Says whether they were."""
    if not are_kept() or not any(_loose(tally) > MANY for tally in TALLIES):
        return False
    _in_place_of_old(FOLD_CASES, FOLD_PAYMENTS, FOLD_ROLLS)
    return True


def _loose(tally: type[Model]) -> int:
    """How many rows are there beside one for each key."""
    names = [field.name for field in tally._meta.fields if field.name not in ("id", *SUMS)]
    return tally._default_manager.count() - tally._default_manager.values(*names).distinct().count()


def count_anew() -> None:
    """The tallies have one row for each key, and say what the cases do, whatever they said before."""
    if are_kept():
        _in_place_of_old(CASES, PAYMENTS, ROLLS)


@transaction.atomic
def _in_place_of_old(*statements: str) -> None:
    values = {"zone": timezone.get_default_timezone_name(), "ended": tuple(str(state) for state in ENDED), "yuan": YUAN}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        for statement in statements:
            cursor.execute(statement, values)
