"""What there is already is counted, while everybody works on: what is changed meanwhile, the triggers have added (figures.services.tallies says why)."""

from django.conf import settings
from django.db import migrations

ZONE = settings.TIME_ZONE
CASES = f"""
WITH gone AS (DELETE FROM figures_casetally)
INSERT INTO figures_casetally (placement_id, team_id, stage, placed_on, came_on, ended_on, cases, placed, remaining)
SELECT placement_id, team_id, stage, placed_on, (created_at AT TIME ZONE '{ZONE}')::date, (ended_at AT TIME ZONE '{ZONE}')::date, count(*), sum(amount),
  sum(CASE WHEN state IN ('settled', 'returned', 'recalled') THEN 0 ELSE balance END)
FROM cases_case GROUP BY 1, 2, 3, 4, 5, 6"""  # noqa: S608 -- only our own words
PAYMENTS = """
WITH gone AS (DELETE FROM figures_paymenttally)
INSERT INTO figures_paymenttally (placement_id, team_id, stage, placed_on, paid_on, paid)
SELECT placement_id, team_id, stage, placed_on, paid_on, sum(payment.amount)
FROM cases_payment payment JOIN cases_case paid_for ON paid_for.id = payment.case_id WHERE currency = 'CNY' GROUP BY 1, 2, 3, 4, 5"""


def count(apps, schema_editor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for statement in (CASES, PAYMENTS):
            schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("figures", "0004_tallies_kept")]
    operations = [migrations.RunPython(count, migrations.RunPython.noop)]
