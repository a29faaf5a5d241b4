"""PostgreSQL keeps a tally of changes of stage as well, so that the roll of a month needn't look for each case's first change in it.

A change counts with the days of itself and of the one before it, and with what its case is now: a case that comes into another stage, team or placement, or
ends, takes its changes along. A change that is written or taken away holds its case until it is through, as payments do (migration 0004).
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

ZONE = settings.TIME_ZONE
COLUMNS = "placement_id, team_id, stage, came_on, ended_on, before, changed_on, previous_on, changes"
DAY = f"(at AT TIME ZONE '{ZONE}')::date"
STORY = f"case_id, before, {DAY} AS changed_on, lag({DAY}) OVER (PARTITION BY case_id ORDER BY at, id) AS previous_on"


def _told(more: str, fewer: str) -> str:
    """What the changes of some cases counted for with `fewer` is taken away, what they count for with `more` is added."""
    return f"""
    PERFORM 1 FROM cases_case WHERE id IN (SELECT case_id FROM touched) ORDER BY id FOR NO KEY UPDATE;
    INSERT INTO figures_rolltally ({COLUMNS})
    SELECT placement_id, team_id, stage, (created_at AT TIME ZONE '{ZONE}')::date, (ended_at AT TIME ZONE '{ZONE}')::date,
      before, changed_on, previous_on, sum(sign)
    FROM (SELECT {STORY}, 1 AS sign FROM ({more}) later UNION ALL SELECT {STORY}, -1 FROM ({fewer}) sooner) told
    JOIN cases_case changed ON changed.id = told.case_id
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 HAVING sum(sign) <> 0;"""  # noqa: S608 -- only our own words


THERE = "SELECT id, case_id, before, at FROM cases_stagechange WHERE case_id IN (SELECT case_id FROM touched)"
WRITTEN_OR_TAKEN = f"""
CREATE FUNCTION figures_tally_rolls() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN {_told(THERE, f"{THERE} AND id NOT IN (SELECT id FROM touched)")}
  ELSE {_told(THERE, f"{THERE} UNION ALL SELECT id, case_id, before, at FROM touched")}
  END IF;
  RETURN NULL;
END $$"""  # noqa: S608 -- only our own words


def _of(row: str, sign: str) -> str:
    """What the changes of a case (OLD or NEW) count for."""
    key = f"{row}.placement_id, {row}.team_id, {row}.stage, ({row}.created_at AT TIME ZONE '{ZONE}')::date, ({row}.ended_at AT TIME ZONE '{ZONE}')::date"
    story = f"SELECT {STORY} FROM cases_stagechange WHERE case_id = NEW.id"  # noqa: S608 -- only our own words
    return f"SELECT {key}, before, changed_on, previous_on, {sign}count(*) FROM ({story}) told GROUP BY before, changed_on, previous_on"  # noqa: S608


TAKEN_ALONG = f"""
CREATE FUNCTION figures_tally_rolled() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO figures_rolltally ({COLUMNS}) {_of("OLD", "-")} UNION ALL {_of("NEW", "")};
  RETURN NULL;
END $$"""

WATCHED = "placement_id, team_id, stage, created_at, ended_at"
DIFFERS = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in WATCHED.split(", "))
TRIGGERS = [
    ("figures_rolls_added", "INSERT", "cases_stagechange", "REFERENCING NEW TABLE AS touched FOR EACH STATEMENT", "figures_tally_rolls"),
    ("figures_rolls_taken", "DELETE", "cases_stagechange", "REFERENCING OLD TABLE AS touched FOR EACH STATEMENT", "figures_tally_rolls"),
    ("figures_cases_rolled", f"UPDATE OF {WATCHED}", "cases_case", f"FOR EACH ROW WHEN ({DIFFERS})", "figures_tally_rolled"),
]


def keep(apps, schema_editor) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    for function in (WRITTEN_OR_TAKEN, TAKEN_ALONG):
        schema_editor.execute(function, params=None)
    for name, verb, table, how, function in TRIGGERS:
        schema_editor.execute(f"CREATE TRIGGER {name} AFTER {verb} ON {table} {how} EXECUTE FUNCTION {function}()", params=None)


def let_go(apps, schema_editor) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    for name, _verb, table, _how, _function in TRIGGERS:
        schema_editor.execute(f"DROP TRIGGER {name} ON {table}")
    for function in ("rolls", "rolled"):
        schema_editor.execute(f"DROP FUNCTION figures_tally_{function}()")


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0014_holder"),
        ("figures", "0005_tallies_counted"),
        ("staff", "0003_texts_of_notices"),
    ]

    operations = [
        migrations.CreateModel(
            name="RollTally",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("stage", models.CharField(max_length=10)),
                ("came_on", models.DateField()),
                ("ended_on", models.DateField(null=True)),
                ("before", models.CharField(max_length=10)),
                ("changed_on", models.DateField()),
                ("previous_on", models.DateField(null=True)),
                ("changes", models.IntegerField()),
                (
                    "placement",
                    models.ForeignKey(
                        db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name="+", to="cases.placement"
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name="+", to="staff.team"
                    ),
                ),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.RunPython(keep, let_go),
    ]
