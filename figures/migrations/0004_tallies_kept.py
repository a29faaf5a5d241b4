"""PostgreSQL keeps the tallies: each change of cases, or payment that comes, adds what it changed, in its own transaction.

Rows are only ever added (two who change the same placement at once don't wait for each other), and folded from time to time (figures.services.tallies).
A case's payments move with it into another stage or team; so a payment holds its case until it is through, as the services that book payments do anyway.
What comes and goes by the thousand is counted by statement; a change only where something counted changes, so that a case that is merely worked costs nothing.
SQLite has no desk so large that it needed tallies: there figures count the cases themselves.
"""

from django.conf import settings
from django.db import migrations

ZONE = settings.TIME_ZONE
KEY = "placement_id, team_id, stage, placed_on"
COUNTED = f"""{KEY}, (created_at AT TIME ZONE '{ZONE}')::date AS came_on, (ended_at AT TIME ZONE '{ZONE}')::date AS ended_on,
  amount, CASE WHEN state IN ('settled', 'returned', 'recalled') THEN 0 ELSE balance END AS owed"""
INTO_CASES = f"INSERT INTO figures_casetally ({KEY}, came_on, ended_on, cases, placed, remaining)"
INTO_PAYMENTS = f"INSERT INTO figures_paymenttally ({KEY}, paid_on, paid)"

ADDED_OR_TAKEN = f"""
CREATE FUNCTION figures_tally_cases() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    {INTO_CASES} SELECT {KEY}, came_on, ended_on, count(*), sum(amount), sum(owed) FROM (SELECT {COUNTED} FROM fresh) added GROUP BY {KEY}, came_on, ended_on;
  ELSE
    {INTO_CASES} SELECT {KEY}, came_on, ended_on, -count(*), -sum(amount), -sum(owed) FROM (SELECT {COUNTED} FROM gone) taken GROUP BY {KEY}, came_on, ended_on;
  END IF;
  RETURN NULL;
END $$"""  # noqa: S608 -- only our own words


def _of(row: str, sign: str) -> str:
    """What a case (OLD or NEW) counts for."""
    owed = f"CASE WHEN {row}.state IN ('settled', 'returned', 'recalled') THEN 0 ELSE {row}.balance END"
    days = f"({row}.created_at AT TIME ZONE '{ZONE}')::date, ({row}.ended_at AT TIME ZONE '{ZONE}')::date"
    return f"({row}.placement_id, {row}.team_id, {row}.stage, {row}.placed_on, {days}, {sign}1, {sign}{row}.amount, {sign}({owed}))"


def _paid(row: str, sign: str) -> str:
    key = f"{row}.placement_id, {row}.team_id, {row}.stage, {row}.placed_on"
    return f"SELECT {key}, paid_on, {sign}sum(amount) FROM cases_payment WHERE case_id = NEW.id AND currency = 'CNY' GROUP BY paid_on"  # noqa: S608


CHANGED = f"""
CREATE FUNCTION figures_tally_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  {INTO_CASES} VALUES {_of("OLD", "-")}, {_of("NEW", "")};
  IF (OLD.placement_id, OLD.team_id, OLD.stage, OLD.placed_on) IS DISTINCT FROM (NEW.placement_id, NEW.team_id, NEW.stage, NEW.placed_on) THEN
    {INTO_PAYMENTS} {_paid("OLD", "-")} UNION ALL {_paid("NEW", "")};
  END IF;
  RETURN NULL;
END $$"""

PAYMENTS = f"""
CREATE FUNCTION figures_tally_payments() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    PERFORM 1 FROM cases_case WHERE id IN (SELECT case_id FROM fresh) ORDER BY id FOR NO KEY UPDATE;
    {INTO_PAYMENTS} SELECT {KEY}, paid_on, sum(fresh.amount) FROM fresh JOIN cases_case paid_for ON paid_for.id = fresh.case_id
    WHERE currency = 'CNY' GROUP BY {KEY}, paid_on;
  ELSE
    PERFORM 1 FROM cases_case WHERE id IN (SELECT case_id FROM gone) ORDER BY id FOR NO KEY UPDATE;
    {INTO_PAYMENTS} SELECT {KEY}, paid_on, -sum(gone.amount) FROM gone JOIN cases_case paid_for ON paid_for.id = gone.case_id
    WHERE currency = 'CNY' GROUP BY {KEY}, paid_on;
  END IF;
  RETURN NULL;
END $$"""  # noqa: S608 -- only our own words

WATCHED = "placement_id, team_id, stage, placed_on, created_at, ended_at, amount, balance, state"
DIFFERS = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in WATCHED.split(", "))
OLD, NEW = "REFERENCING OLD TABLE AS gone FOR EACH STATEMENT", "REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT"
TRIGGERS = [
    ("figures_cases_added", "INSERT", "cases_case", NEW, "figures_tally_cases"),
    ("figures_cases_changed", f"UPDATE OF {WATCHED}", "cases_case", f"FOR EACH ROW WHEN ({DIFFERS})", "figures_tally_change"),
    ("figures_cases_taken", "DELETE", "cases_case", OLD, "figures_tally_cases"),
    ("figures_payments_added", "INSERT", "cases_payment", NEW, "figures_tally_payments"),
    ("figures_payments_taken", "DELETE", "cases_payment", OLD, "figures_tally_payments"),
]


def keep(apps, schema_editor) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    for function in (ADDED_OR_TAKEN, CHANGED, PAYMENTS):
        schema_editor.execute(function, params=None)
    for name, verb, table, how, function in TRIGGERS:
        schema_editor.execute(f"CREATE TRIGGER {name} AFTER {verb} ON {table} {how} EXECUTE FUNCTION {function}()", params=None)


def let_go(apps, schema_editor) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    for name, _verb, table, _how, _function in TRIGGERS:
        schema_editor.execute(f"DROP TRIGGER {name} ON {table}")
    for function in ("cases", "change", "payments"):
        schema_editor.execute(f"DROP FUNCTION figures_tally_{function}()")


class Migration(migrations.Migration):
    dependencies = [("figures", "0003_tallies"), ("cases", "0011_client_kind")]
    operations = [migrations.RunPython(keep, let_go)]
