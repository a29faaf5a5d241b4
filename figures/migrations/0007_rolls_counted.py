"""The changes of stage that there are already are counted, while everybody works on (as in migration 0005)."""

from django.conf import settings
from django.db import migrations

ZONE = settings.TIME_ZONE
ROLLS = f"""
WITH gone AS (DELETE FROM figures_rolltally)
INSERT INTO figures_rolltally (placement_id, team_id, stage, came_on, ended_on, before, changed_on, previous_on, changes)
SELECT placement_id, team_id, stage, (created_at AT TIME ZONE '{ZONE}')::date, (ended_at AT TIME ZONE '{ZONE}')::date, before, changed_on, previous_on, count(*)
FROM (
  SELECT case_id, before, (at AT TIME ZONE '{ZONE}')::date AS changed_on,
    lag((at AT TIME ZONE '{ZONE}')::date) OVER (PARTITION BY case_id ORDER BY at, id) AS previous_on
  FROM cases_stagechange
) told JOIN cases_case changed ON changed.id = told.case_id GROUP BY 1, 2, 3, 4, 5, 6, 7, 8"""  # noqa: S608 -- only our own words


def count(apps, schema_editor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(ROLLS, params=None)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("figures", "0006_rolls_kept")]
    operations = [migrations.RunPython(count, migrations.RunPython.noop)]
